"""Is a survey ready to be estimated? One line for each thing an estimate hangs on, red, amber or green."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pardus.app.content import Content
from pardus.app.overview import Overview, Records
from pardus.model.language import _, ngettext


@dataclass(frozen=True, slots=True)
class _Known:
    content: Content
    overview: Overview
    records: Records


FEW_ANIMALS, FEW_RECAPTURES, MUCH_LOST, MANY_UNNAMED = 5, 10, 0.25, 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing. state: "red" (no estimate can be trusted), "amber" (it can be doubted) or "green"."""

    state: str
    words: str
    address: str = ""


def checklist(content: Content, overview: Overview, records: Records) -> list[Check]:
    """Return the checks in the order of the work."""
    known = _Known(content, overview, records)
    return [check(known) for check in _CHECKS]


def _sessions(known: _Known) -> Check:
    n = len(known.content.sessions)
    text = ngettext("{n} closed survey is defined.", "{n} closed surveys are defined.", n).format(n=n)
    return Check("green" if n else "red", text if n else _("No closed survey is defined in survey.toml."))


def _effort(known: _Known) -> Check:
    nominal = sum(s.nominal_days for s in known.content.sessions)
    worked = sum(s.operating_days for s in known.content.sessions)
    if not worked:
        return Check("red", _("No camera worked in any closed survey."), "/stations")
    lost = 1 - worked / nominal if nominal else 0.0
    text = _("{share:.0%} of the camera-days were lost.").format(share=max(lost, 0.0))
    return Check("amber" if lost > MUCH_LOST else "green", text, "/stations")


def _dates(known: _Known) -> Check:
    text = ngettext("{n} file has no date.", "{n} files have no date.", known.overview.undated)
    return Check(
        "amber" if known.overview.undated else "green", text.format(n=known.overview.undated), "/ingest"
    )


def _held(known: _Known) -> Check:
    text = ngettext("{n} file is held back.", "{n} files are held back.", known.overview.held)
    return Check("red" if known.overview.held else "green", text.format(n=known.overview.held), "/ingest")


def _named(known: _Known) -> Check:
    total = known.records.named + known.records.unnamed
    share = known.records.unnamed / total if total else 0.0
    text = _("{n} of {total} records of the species have no individual.")
    state = "red" if not known.records.named else "amber" if share > MANY_UNNAMED else "green"
    return Check(state, text.format(n=known.records.unnamed, total=total), "/match")


def _animals(known: _Known) -> Check:
    n = max((m.animals for m in known.content.minimum_known), default=0)
    text = ngettext(
        "{n} animal in the largest closed survey.", "{n} animals in the largest closed survey.", n
    )
    return Check(
        "red" if n < 2 else "amber" if n < FEW_ANIMALS else "green", text.format(n=n), "/individuals"
    )


def _recaptures(known: _Known) -> Check:
    again = sum(max(sum(a.by_session.values()) - len(a.by_session), 0) for a in known.content.animals)
    text = ngettext("{n} recapture.", "{n} recaptures.", again).format(n=again)
    return Check("red" if not again else "amber" if again < FEW_RECAPTURES else "green", text)


def _flanks(known: _Known) -> Check:
    excluded = sum(m.excluded for m in known.content.minimum_known)
    text = ngettext(
        "{n} animal is left out because its other flank is the one that counts.",
        "{n} animals are left out because their other flank is the one that counts.",
        excluded,
    )
    return Check("amber" if excluded else "green", text.format(n=excluded), "/individuals")


def _outside(known: _Known) -> Check:
    n = sum(1 for f in known.content.findings if f.code == "detection-outside-operation")
    text = ngettext(
        "{n} detection lies outside the time its camera worked.",
        "{n} detections lie outside the time their camera worked.",
        n,
    )
    return Check("amber" if n else "green", text.format(n=n), "/stations")


_CHECKS: tuple[Callable[[_Known], Check], ...] = (
    _sessions, _effort, _held, _dates, _named, _animals, _recaptures, _flanks, _outside,
)  # fmt: skip
