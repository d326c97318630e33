"""The content of a report when there are only tables: histories and a fit, no survey folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

import pardus
from pardus.app.content import Content, MinimumKnown, SessionEffort, StationEffort
from pardus.model.capture import CaptureHistory
from pardus.model.fit import Fit


def content_of_tables(
    title: str,
    species: str,
    histories: Sequence[CaptureHistory],
    fits: Sequence[Fit],
    sources: Mapping[str, str] | None = None,
) -> Content:
    """Return what can be said from capture histories alone.

    sources: file name -> SHA-256. Sex is the animal covariate `sex`: F / M, or female / male.
    Effort is the sum of usage; it is both nominal and operating, since the tables do not tell failures.
    """
    not_used: dict[str, int] = {}
    for history in histories:
        for reason, count in history.not_used.items():
            not_used[reason] = not_used.get(reason, 0) + count
    return Content(
        title=title,
        organisation="",
        species=species,
        config=None,
        as_of=None,
        head="",
        program=f"pardus {pardus.__version__}",
        sessions=tuple(_effort(h) for h in histories),
        stations=tuple(s for h in histories for s in _stations(h)),
        minimum_known=tuple(_known(h) for h in histories),
        animals=(),
        not_used=not_used,
        fits=tuple(fits),
        sources=dict(sources or {}),
    )


def _effort(history: CaptureHistory) -> SessionEffort:
    days = float(history.detectors.usage.sum())
    return SessionEffort(
        session=history.session,
        start=None,
        end=None,
        occasions=history.n_occasions,
        stations=len(history.detectors.ids),
        nominal_days=days,
        operating_days=days,
    )


def _stations(history: CaptureHistory) -> list[StationEffort]:
    totals = history.totals()
    days = history.detectors.usage.sum(axis=1)
    return [
        StationEffort(
            session=history.session,
            station=station,
            x=float(history.detectors.xy[j, 0]),
            y=float(history.detectors.xy[j, 1]),
            operating_days=float(days[j]),
            nominal_days=float(days[j]),
            events=int(totals[:, j].sum()),
            animals=int((totals[:, j] > 0).sum()),
        )
        for j, station in enumerate(history.detectors.ids)
    ]


def _known(history: CaptureHistory) -> MinimumKnown:
    values = np.asarray(history.covariates.get("sex", np.array([""] * history.n_animals)))
    first = np.array([str(v)[:1].upper() for v in values])
    females, males = int((first == "F").sum()), int((first == "M").sum())
    return MinimumKnown(
        session=history.session,
        rule="",
        animals=history.n_animals,
        females=females,
        males=males,
        unknown_sex=history.n_animals - females - males,
        seen_once=int((history.totals().sum(axis=1) == 1).sum()),
    )
