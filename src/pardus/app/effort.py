"""The act `pardus effort`: how long each station worked, and what in the field records does not fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pardus.app.content import Content
from pardus.app.histories import survey_histories
from pardus.app.outputs import OUT, write_files
from pardus.app.pair_clocks import PairClock, pair_clocks
from pardus.app.survey_report import content_of_survey
from pardus.history.build import Histories
from pardus.history.checks import check_effort
from pardus.history.write import effort_tables
from pardus.model.errors import Finding
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class EffortResult:
    """The effort of a survey.

    content: what a report says of it (sessions, stations, operation bars). clocks: pairs of facing cameras.
    tables: file name -> CSV. findings: of the effort, and of the records that contradict it.
    """

    content: Content
    clocks: tuple[PairClock, ...]
    tables: dict[str, str]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        return {
            "sessions": [asdict(s) for s in self.content.sessions],
            "stations": [
                {k: v for k, v in asdict(s).items() if k not in ("x", "y")} for s in self.content.stations
            ],
            "clocks": [asdict(c) for c in self.clocks],
            "findings": [asdict(f) for f in self.findings],
        }


def effort(folder: Path, out: Path | None = None) -> tuple[EffortResult, tuple[Path, ...]]:
    """Return the effort of the survey in a folder and the files written to `out` (default: its out/effort)."""
    survey, histories = survey_histories(folder)
    result = survey_effort(survey, histories)
    return result, write_files(out or folder / OUT / "effort", result.tables)


def survey_effort(survey: Survey, histories: Histories) -> EffortResult:
    """Return the effort of a survey with its checks."""
    clocks, disagree = pair_clocks(survey)
    outside = [f for f in histories.findings if f.code == "detection-outside-operation"]
    findings = sorted([*check_effort(survey, histories.effort), *disagree, *outside])
    return EffortResult(
        content_of_survey(survey, histories), clocks, effort_tables(histories.effort), tuple(findings)
    )
