"""The act `pardus report`: everything that a survey's log says, gathered for a page."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pardus.app.content import Content, Files, Picture, Progress
from pardus.app.counting import Counted, counting
from pardus.app.exchange_state import AGREEMENT, load_agreement
from pardus.app.histories import survey_histories
from pardus.app.ingest_report import findings_kept
from pardus.app.joint_survey import kept_joint
from pardus.app.report_observers import agreement, answers_in, authors, observers
from pardus.app.report_pictures import pictures
from pardus.app.sampled_record import sampled_animals_from, sampled_from
from pardus.app.sensitivity import sensitivity_from
from pardus.app.surface import surfaces_from
from pardus.app.survey_estimate import KEPT_AS
from pardus.app.survey_folder import media_files, open_survey
from pardus.app.survey_report import CELL_DEGREES, content_of_survey
from pardus.history.build import Histories, build
from pardus.model.errors import Finding
from pardus.model.fit import Fit, from_json
from pardus.model.language import _
from pardus.model.survey import Survey
from pardus.store.protocol import Store

NOT_DATA = frozenset(
    {"fit-made", "survey-created", "ingest-started", "package-sent", "package-accepted", "links-decided"}
)


READ = ("fit-made", "ingest-started", "ingest-finished", "questions-answered")
"""Kinds of entries whose payload a report reads."""


def report(
    folder: Path,
    as_of: str | datetime | None = None,
    *,
    with_pictures: bool = True,
    known: tuple[Survey, Histories] | None = None,
) -> Content:
    """Return the content of the report of a survey, now or as it was at an earlier entry or moment.

    with_pictures: open the media for pictures of animals and families (a public edition shows none). known: the
    survey and its histories, where they are at hand.
    """
    with open_survey(folder) as store:
        survey, histories = known or _known(folder, store, as_of)
        entries = counting(store, READ, survey.head)
        made = _last_fit(entries)
        fit = from_json(made["fit"]) if made else None
        findings = _ingest_findings(entries)
        if _is_stale(entries, fit):
            findings.append(
                Finding(
                    "fit-stale",
                    _("estimate"),
                    _("The data changed after this estimate was made."),
                    _("Run `pardus estimate` again."),
                    "warning",
                )
            )
        content = content_of_survey(
            survey,
            histories,
            (fit,) if fit else (),
            _files(entries),
            sorted(set(findings)),
            load_agreement(folder).cell_degrees if (folder / AGREEMENT).is_file() else CELL_DEGREES,
        )
        shown: tuple[Picture, ...] = ()
        if with_pictures:
            wanted = {o.media[0] for o in survey.observations if o.media}
            media = survey.media if as_of else tuple(store.media(wanted))
            shown = pictures(replace(survey, media=media), histories, media_files(folder, store))
        log = _progress(store, survey.head)
    answers = answers_in(payload for kind, _hash, payload in entries if kind == "questions-answered")
    return replace(
        content,
        surfaces=surfaces_from(made.get("surface", ())) if made else (),
        sensitivity=sensitivity_from(made.get("sensitivity", ())) if made else (),
        sampled=sampled_from(made.get("identity")) if made else (),
        sampled_animals=sampled_animals_from(made.get("identity")) if made else None,
        pictures=shown,
        joint=kept_joint(folder, survey.head),
        log=log,
        authors=authors(survey),
        observers=observers(answers),
        agreement=agreement(answers, histories),
    )


def _known(folder: Path, store: Store, as_of: str | datetime | None) -> tuple[Survey, Histories]:
    if as_of is None:
        return survey_histories(folder)
    survey = store.survey(as_of)
    return survey, build(survey)


def _progress(store: Store, head: str) -> tuple[Progress, ...]:
    """Return how often each kind of entry was said up to a state, and when last."""
    count: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for _id, kind, digest, at in store.outline():
        count[kind] += 1
        last[kind] = datetime.fromisoformat(at)
        if digest == head:
            break
    return tuple(Progress(kind, n, last[kind]) for kind, n in sorted(count.items()))


def _last_fit(entries: list[Counted]) -> dict[str, Any] | None:
    """Return the payload of the last fit that counts: the fit, and what was kept beside it."""
    fits = [payload for kind, _hash, payload in entries if kind == "fit-made" and payload["name"] == KEPT_AS]
    return fits[-1] if fits else None


def _is_stale(entries: list[Counted], fit: Fit | None) -> bool:
    """Say whether anything but other fits was said after the state that a fit was made from."""
    if fit is None:
        return False
    state, after = str(fit.provenance.get("state", "")), False
    for kind, digest, _payload in entries:
        if after and kind not in NOT_DATA:
            return True
        after = after or digest == state
    return not after


def _files(entries: list[Counted]) -> Files | None:
    """Return what became of every file; None if no file was ever taken in.

    A folder that was ingested again counts once: what lay in it and what is held back as the last time found it, what
    was added summed over all times.
    """
    started = {
        p["ingest"]: str(p.get("folder", "")) for kind, _hash, p in entries if kind == "ingest-started"
    }
    by_folder: dict[str, list[dict[str, Any]]] = {}
    for kind, _hash, payload in entries:
        if kind == "ingest-finished" and "ignored" in payload["counts"]:  # else of boxes, of a catalogue
            folder = started.get(payload.get("ingest", ""), "")
            by_folder.setdefault(folder, []).append(payload["counts"])
    if not by_folder:
        return None
    last: Counter[str] = Counter()
    summed: Counter[str] = Counter()
    for counts in by_folder.values():
        last.update({key: counts[-1].get(key, 0) for key in ("files", "images", "videos", "held")})
        last["ignored"] += sum(counts[-1]["ignored"].values())
        for one in counts:
            summed.update({key: one.get(key, 0) for key in ("added", "damaged", "undated")})
    corrected = sum(1 for kind, _hash, _payload in entries if kind == "clock-corrected")
    return Files(
        total=last["files"],
        images=last["images"],
        videos=last["videos"],
        ignored=last["ignored"],
        added=summed["added"],
        duplicates=max(last["images"] + last["videos"] - summed["added"] - last["held"], 0),
        held=last["held"],
        damaged=summed["damaged"],
        undated=summed["undated"],
        clock_corrections=corrected,
    )


def _ingest_findings(entries: list[Counted]) -> list[Finding]:
    found = []
    for kind, _hash, payload in entries:
        if kind == "ingest-finished":
            found += findings_kept(payload)
    return found
