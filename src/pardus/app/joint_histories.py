"""Histories of several partners as one: detectors beside each other, shared animals once, occasions by the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import CaptureHistory, Column, Detectors
from pardus.model.errors import Finding, HistoryError
from pardus.model.language import _


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One partner's history of a session. start: occasions by which its first comes after the joint session's."""

    partner: str
    country: str
    history: CaptureHistory
    start: int = 0


def join(session: str, parts: Sequence[Part], joint: Mapping[str, str]) -> CaptureHistory:
    """Return the history of all partners together.

    joint: individual -> joint id (an id that is not in it stands for itself). Detectors get the covariates "partner"
    and "country". Covariates are kept that all partners have. An animal of two partners whose values differ has none.
    Raises HistoryError if a detector is in two parts or kinds differ.
    """
    findings = [
        Finding(
            "detector-twice",
            d,
            _("Two partners have this detector."),
            _("Ids of stations are organisation:name."),
        )
        for d in _twice([d for p in parts for d in p.history.detectors.ids])
    ]
    kinds = sorted({p.history.kind for p in parts})
    if len(kinds) != 1 or findings or kinds == ["multi"]:
        if len(kinds) != 1 or kinds == ["multi"]:
            findings.append(
                Finding(
                    "kinds-differ",
                    ", ".join(kinds),
                    _("All partners count occasions alike: binary or count."),
                )
            )
        raise HistoryError(
            _("Session {session!r}: the histories don't fit together.").format(session=session), findings
        )
    n_occasions = max(p.start + p.history.n_occasions for p in parts)
    animals = tuple(sorted({joint.get(a, a) for p in parts for a in p.history.animals}))
    row = {a: n for n, a in enumerate(animals)}
    cells: dict[tuple[int, int, int], int] = {}
    usage = np.zeros((sum(len(p.history.detectors.ids) for p in parts), n_occasions))
    removed = np.full(len(animals), -1, dtype=np.int64)
    at = 0
    for p in parts:
        h = p.history
        k = len(h.detectors.ids)
        usage[at : at + k, p.start : p.start + h.n_occasions] = h.detectors.usage
        mine = np.array([row[joint.get(a, a)] for a in h.animals], dtype=np.int64)
        for i, o, d, n in zip(mine[h.animal], h.occasion + p.start, h.detector + at, h.count, strict=True):
            key = (int(i), int(o), int(d))
            n_before = cells.get(key, 0)
            cells[key] = 1 if h.kind == "proximity" else n_before + int(n)
        if h.removed is not None:
            for i, o in zip(mine, h.removed, strict=True):
                removed[i] = max(removed[i], o + p.start) if o >= 0 else removed[i]
        at += k
    keys = np.array(sorted(cells), dtype=np.int64).reshape(-1, 3)
    return CaptureHistory(
        session=session,
        animals=animals,
        detectors=Detectors(
            tuple(d for p in parts for d in p.history.detectors.ids),
            np.concatenate([p.history.detectors.xy for p in parts]),
            usage,
            _detector_covariates(parts),
        ),
        animal=keys[:, 0].copy(),
        occasion=keys[:, 1].copy(),
        detector=keys[:, 2].copy(),
        count=np.array([cells[i, o, d] for i, o, d in keys.tolist()], dtype=np.int64),
        kind=kinds[0],
        covariates=_animal_covariates(parts, joint, animals),
        removed=removed if (removed >= 0).any() else None,
        not_used=_added([p.history.not_used for p in parts]),
    )


def _twice(ids: Sequence[str]) -> list[str]:
    return sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) < len(ids) else []


def _detector_covariates(parts: Sequence[Part]) -> dict[str, Column]:
    out: dict[str, Column] = {}
    for name in set.intersection(*(set(p.history.detectors.covariates) for p in parts)) - {
        "partner",
        "country",
    }:
        columns = [p.history.detectors.covariates[name] for p in parts]
        if len({c.dtype.kind == "U" for c in columns}) == 1:
            out[name] = np.concatenate(columns)
    for name in ("partner", "country"):
        out[name] = np.array([getattr(p, name) for p in parts for _d in p.history.detectors.ids])
    return out


def _animal_covariates(
    parts: Sequence[Part], joint: Mapping[str, str], animals: Sequence[str]
) -> dict[str, Column]:
    out: dict[str, Column] = {}
    for name in sorted(set.intersection(*(set(p.history.covariates) for p in parts))):
        columns = [p.history.covariates[name] for p in parts]
        text = {c.dtype.kind == "U" for c in columns}
        if len(text) != 1:
            continue
        said: dict[str, set[object]] = {a: set() for a in animals}
        for p, column in zip(parts, columns, strict=True):
            for a, value in zip(p.history.animals, column.tolist(), strict=True):
                if value not in ("", None) and value == value:
                    said[joint.get(a, a)].add(value)
        none: object = "" if text == {True} else float("nan")
        out[name] = np.array([next(iter(said[a])) if len(said[a]) == 1 else none for a in animals])
    return out


def _added(several: Sequence[Mapping[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for counts in several:
        for reason, n in counts.items():
            out[reason] = out.get(reason, 0) + n
    return out
