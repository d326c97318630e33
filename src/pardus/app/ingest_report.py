"""What an ingest did, in numbers that add up at every step, and the sentences that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pardus.app.matching import PROBLEMS
from pardus.ingest.faults import FAULTS, finding
from pardus.ingest.scan import Counts
from pardus.model.errors import Finding
from pardus.model.language import _, ngettext, remembered, said
from pardus.model.media import DAMAGE_FAULTS, DATE_FAULTS, Media

EXAMPLES = 5


@dataclass(slots=True)
class Tally:
    """Counts while an ingest runs.

    scan: every file of the card. added + known + copies + held = images + videos: said now (or before a stop), in
    the survey already, further copies of a content on the same card, held back by a finding.
    damaged and undated are among the added. already: (day, deployment) -> files known from before.
    individuals: whom this card's new labels name. mtimes: first and last modification time of files without a date.
    """

    scan: Counts = field(default_factory=Counts)
    added: int = 0
    known: int = 0
    copies: int = 0
    held: int = 0
    damaged: int = 0
    undated: int = 0
    observations: int = 0
    decisions: int = 0
    already: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    individuals: set[str] = field(default_factory=set)
    mtimes: tuple[float, float] | None = None

    def note(self, code: str, where: str) -> None:
        """Count something doubtful about one file."""
        self.codes[code] += 1
        shown = self.examples.setdefault(code, [])
        if len(shown) < EXAMPLES:
            shown.append(where)

    def take(self, media: Media) -> None:
        """Count a file that was added."""
        self.added += 1
        if any(code in DAMAGE_FAULTS for code in media.faults):
            self.damaged += 1
        elif media.timestamp is None or any(code in DATE_FAULTS for code in media.faults):
            self.undated += 1
        for code in media.faults:
            self.note(code, media.paths[0])

    def undated_at(self, mtime: float) -> None:
        """Note the modification time of a file without a date."""
        first, last = self.mtimes or (mtime, mtime)
        self.mtimes = min(first, mtime), max(last, mtime)

    def findings(self) -> list[Finding]:
        """Return one finding for each code: how many files, and the first of them."""
        found = [self._finding(code, count) for code, count in sorted(self.codes.items())]
        if self.mtimes:
            first, last = (datetime.fromtimestamp(int(t), UTC).isoformat(" ") for t in self.mtimes)
            text = _("The files without a date have modification times from {first} to {last}.")
            found.append(finding("mtime-range", "", text.format(first=first, last=last)))
        return found

    def _finding(self, code: str, count: int) -> Finding:
        shown = ", ".join(self.examples[code]) + (", ..." if count > len(self.examples[code]) else "")
        return counted(code, count, shown)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    ingest: its id in the log, "" if nothing was added. tables: table -> (said, taken out). findings: everything
    that a person should read; those of severity "error" are why files are held back.
    """

    folder: str = ""
    ingest: str = ""
    tally: Tally = field(default_factory=Tally)
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def held(self) -> int:
        """Number of files held back."""
        return self.tally.held

    def counts(self) -> dict[str, Any]:
        """Return the numbers, for the log and for `--json`."""
        t = self.tally
        return {
            "files": t.scan.total,
            "images": t.scan.images,
            "videos": t.scan.videos,
            "ignored": dict(sorted(t.scan.ignored.items())),
            "added": t.added,
            "known": t.known,
            "copies": t.copies,
            "held": t.held,
            "damaged": t.damaged,
            "undated": t.undated,
            "observations": t.observations,
            "decisions": t.decisions,
        }

    def sentences(self) -> list[str]:
        """Say it to a person, each step adding up."""
        said = [self._table(table, *numbers) for table, numbers in self.tables.items()]
        if not self.folder:
            return said or [_("Nothing in the tables has changed.")]
        t = self.tally
        said.append(f"{t.scan.sentence()}.")
        media = t.scan.images + t.scan.videos
        if media and not t.added and t.known + t.copies == media:
            return [*said, *self._all_known()]
        if media:
            step = _(
                "{media} images and videos = {added} new + {known} known + {copies} copies + {held} held back."
            )
            said.append(step.format(media=media, added=t.added, known=t.known, copies=t.copies, held=t.held))
        if t.added:
            usable = t.added - t.damaged - t.undated
            said.append(
                _("{added} new = {usable} usable + {undated} without a date + {damaged} damaged.").format(
                    added=t.added, usable=usable, undated=t.undated, damaged=t.damaged
                )
            )
        if t.decisions:
            said.append(
                ngettext(
                    "{n} label of an animal was taken.", "{n} labels of animals were taken.", t.decisions
                ).format(n=t.decisions)
            )
        return said

    def _all_known(self) -> list[str]:
        t = self.tally
        if len(t.already) > EXAMPLES:
            days = sorted({day for day, _deployment in t.already})
            text = _("All {n} files already imported between {first} and {last} as {m} deployments.")
            said = [text.format(n=t.known, first=days[0], last=days[-1], m=len(t.already))]
        else:
            said = [self._known(n, day, deployment) for (day, deployment), n in sorted(t.already.items())]
        if t.copies:
            copies = ngettext(
                "{n} more is a copy of one of them.", "{n} more are copies of some of them.", t.copies
            )
            said.append(copies.format(n=t.copies))
        return said

    def _known(self, count: int, day: str, deployment: str) -> str:
        if len(self.tally.already) == 1 and count > 1:
            text = _("All {n} files already imported on {day} as deployment {deployment}.")
        else:
            text = ngettext(
                "{n} file already imported on {day} as deployment {deployment}.",
                "{n} files already imported on {day} as deployment {deployment}.",
                count,
            )
        return text.format(n=count, day=day, deployment=deployment or _("(none)"))

    def _table(self, table: str, said: int, gone: int) -> str:
        text = _("Table {table}: {said} new or changed, {gone} taken out.")
        return text.format(table=table, said=said, gone=gone)


def counted(code: str, count: int, where: str) -> Finding:
    """Return the finding that so many files have a fault."""
    fault = (FAULTS | PROBLEMS)[code]
    text = ngettext("{n} file. {meaning}", "{n} files. {meaning}", count)
    message = text.format(n=count, meaning=_(fault.meaning))
    return Finding(code, where, message, _(fault.remedy), fault.severity)


def kept_findings(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return findings for a payload of the log: `findings`, and `said`: how each sentence was said."""
    ordered = sorted(set(findings))
    records = [
        {"code": f.code, "where": f.where, "message": f.message, "remedy": f.remedy, "severity": f.severity}
        for f in ordered
    ]
    how = said(text for f in ordered for text in (f.where, f.message, f.remedy))
    return {"findings": records, **({"said": how} if how else {})}


def findings_kept(payload: Mapping[str, Any]) -> list[Finding]:
    """Return the findings of such a payload, ready to be said in another language."""
    how = payload.get("said", {})
    texts = ("where", "message", "remedy")
    return [
        Finding(**{**record, **{key: remembered(record[key], how) for key in texts if key in record}})
        for record in payload.get("findings", [])
    ]
