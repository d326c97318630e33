"""Results of an animal finder (MegaDetector and its kin) into a survey: machine observations with boxes.

What a machine said never touches what a person said: these are observations of their own, with `method` "machine".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pardus.app.ingest_report import kept_findings
from pardus.app.saying import Sayer, timed_by_media
from pardus.app.survey_folder import open_survey, survey_config
from pardus.ingest.boxes import boxes_to_observations, read_results
from pardus.model.errors import Finding, ParameterError
from pardus.model.language import _, ngettext
from pardus.model.observation import UNDATED
from pardus.store.protocol import Store

DEFAULT_THRESHOLD = 0.2
"""Where the results advise none."""
BATCH = 500
"""Observations in one entry."""


@dataclass(frozen=True, slots=True)
class BoxReport:
    """What came of a results file. counts: see `ingest.boxes.Boxed`; added and known: boxes new and there before."""

    finder: str
    layout: str
    threshold: float
    added: int
    known: int
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]

    def sentences(self) -> list[str]:
        """Say it to a person, each step adding up."""
        c = self.counts
        files = c["matched"] + c["unknown"] + c["ambiguous"]
        matched = _("{matched} of this survey + {unknown} unknown + {ambiguous} ambiguous").format(
            matched=c["matched"], unknown=c["unknown"], ambiguous=c["ambiguous"]
        )
        return [
            ngettext(
                "{n} file in the results of {finder} = {matched}.",
                "{n} files in the results of {finder} = {matched}.",
                files,
            ).format(n=files, finder=self.finder, matched=matched),
            _(
                "Of this survey: {failed} not processed, {empty} without a box. Boxes: {added} new, {known} known, "
                "{below} below {threshold}."
            ).format(
                failed=c["failed"],
                empty=c["empty"],
                added=self.added,
                known=self.known,
                below=c["below"],
                threshold=self.threshold,
            ),
        ]


def import_boxes(
    folder: Path, results: Path, *, sayer: Sayer, threshold: float | None = None, prefix: str = ""
) -> BoxReport:
    """Read a results file into the survey in `folder`.

    threshold: least confidence (default: what the results advise, else DEFAULT_THRESHOLD). prefix: put before the
    results' paths to make them those of the survey. The same results twice add nothing. The time of a box is that of
    its file, whatever the clock turns out to be. Raises DataError if the file is not such results, ParameterError
    for a threshold outside 0 to 1.
    """
    found = read_results(results)
    least = next(t for t in (threshold, found.threshold, DEFAULT_THRESHOLD) if t is not None)
    if not 0 <= least <= 1:
        raise ParameterError(_("Threshold: expected 0 to 1, found {found}.").format(found=least))
    config, _warnings = survey_config(folder)
    with open_survey(folder, write=True) as store:
        media = (m if m.timestamp else replace(m, timestamp=UNDATED) for m in store.media())
        made = boxes_to_observations(found, media, config.organisation, least, prefix)
        known = store.told("observations", [o.id for o in made.observations])
        fresh = [timed_by_media(o) for o in made.observations if o.id not in known]
        report = BoxReport(
            found.finder,
            found.layout,
            least,
            len(fresh),
            len(known),
            made.counts,
            tuple(sorted(made.findings)),
        )
        if fresh:
            with store.transaction():
                _say(store, sayer, results.name, fresh, report)
    return report


def _say(store: Store, sayer: Sayer, name: str, records: list[dict[str, Any]], report: BoxReport) -> None:
    """Say it as one ingest, so that one undo takes all of it back."""
    ingest = sayer.new_id()
    options = {"finder": report.finder, "threshold": report.threshold}
    sayer.say(store, "ingest-started", {"ingest": ingest, "folder": name, "options": options})
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        sayer.say(store, "observations-made", {"ingest": ingest, "observations": batch})
    counts = {"boxes": report.added, "known": report.known, **report.counts}
    sayer.say(
        store, "ingest-finished", {"ingest": ingest, "counts": counts, **kept_findings(report.findings)}
    )
