"""The act `pardus history`: independent events and capture histories, as tables and as secr's text files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pardus.app.content import Content
from pardus.app.histories import survey_histories
from pardus.app.outputs import OUT, write_files
from pardus.app.survey_report import content_of_survey
from pardus.history.build import Histories
from pardus.history.secr import secr_files
from pardus.history.write import history_tables
from pardus.model.errors import Finding
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """The histories of a survey.

    content: what a report says of it. tables: file name -> text, secr's files under "secr/".
    """

    histories: Histories
    content: Content
    tables: dict[str, str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person must know."""
        return self.histories.findings

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        h = self.histories
        visits, with_company = h.unidentified()
        return {
            "sessions": [
                {
                    "session": s.session,
                    "animals": s.n_animals,
                    "detections": s.n_detections,
                    "occasions": s.n_occasions,
                    "detectors": len(s.detectors.ids),
                    "effort": float(s.detectors.usage.sum()),
                    "kind": s.kind,
                    "not_used": dict(s.not_used),
                }
                for s in h.sessions
            ],
            "records": dict(h.records),
            "events": self.content.events,
            "unidentified_visits": {"all": visits, "with_an_identified_animal": with_company},
            "flank_rule": {
                "asked": h.flank.asked,
                "rule": h.flank.rule,
                "known": self.content.known_by_rule,
                "excluded": sorted(h.flank.excluded),
            },
            "minimum_known": [asdict(m) for m in self.content.minimum_known],
            "families": [asdict(f) for f in self.content.families],
            "findings": [asdict(f) for f in self.findings],
        }


def history(folder: Path, out: Path | None = None) -> tuple[HistoryResult, tuple[Path, ...]]:
    """Return the histories of the survey in a folder and the files written to `out` (default: its out/history)."""
    survey, histories = survey_histories(folder)
    result = survey_history(survey, histories)
    return result, write_files(out or folder / OUT / "history", result.tables)


def survey_history(survey: Survey, histories: Histories) -> HistoryResult:
    """Return the histories of a survey with their tables."""
    tables = history_tables(histories, survey.config.zone)
    tables |= {f"secr/{name}": text for name, text in secr_files(histories.sessions).items()}
    return HistoryResult(histories, content_of_survey(survey, histories), tables)
