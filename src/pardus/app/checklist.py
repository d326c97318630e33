"""Is a survey ready to be estimated? One line for each thing an estimate hangs on, red, amber or green."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pardus.app.content import Content
from pardus.app.overview import Overview
from pardus.model.language import _, ngettext

FEW_ANIMALS, FEW_RECAPTURES, MUCH_LOST, MANY_UNNAMED = 5, 10, 0.25, 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing. state: "red" (no estimate can be trusted), "amber" (it can be doubted) or "green"."""

    state: str
    words: str
    address: str = ""


def checklist(content: Content, overview: Overview) -> list[Check]:
    """Return the checks in the order of the work."""
    return [check(content, overview) for check in _CHECKS]


def _sessions(content: Content, _overview: Overview) -> Check:
    n = len(content.sessions)
    text = ngettext("{n} closed survey is defined.", "{n} closed surveys are defined.", n).format(n=n)
    return Check("green" if n else "red", text if n else _("No closed survey is defined in survey.toml."))


def _effort(content: Content, _overview: Overview) -> Check:
    nominal = sum(s.nominal_days for s in content.sessions)
    worked = sum(s.operating_days for s in content.sessions)
    if not worked:
        return Check("red", _("No camera worked in any closed survey."), "/stations")
    lost = 1 - worked / nominal if nominal else 0.0
    text = _("{share:.0%} of the camera-days were lost.").format(share=max(lost, 0.0))
    return Check("amber" if lost > MUCH_LOST else "green", text, "/stations")


def _dates(_content: Content, overview: Overview) -> Check:
    text = ngettext("{n} file has no date.", "{n} files have no date.", overview.undated)
    return Check("amber" if overview.undated else "green", text.format(n=overview.undated), "/ingest")


def _held(_content: Content, overview: Overview) -> Check:
    text = ngettext("{n} file is held back.", "{n} files are held back.", overview.held)
    return Check("red" if overview.held else "green", text.format(n=overview.held), "/ingest")


def _named(_content: Content, overview: Overview) -> Check:
    total = overview.named + overview.unnamed
    share = overview.unnamed / total if total else 0.0
    text = _("{n} of {total} records of the species have no individual.")
    state = "red" if not overview.named else "amber" if share > MANY_UNNAMED else "green"
    return Check(state, text.format(n=overview.unnamed, total=total), "/match")


def _animals(content: Content, _overview: Overview) -> Check:
    n = max((m.animals for m in content.minimum_known), default=0)
    text = ngettext(
        "{n} animal in the largest closed survey.", "{n} animals in the largest closed survey.", n
    )
    return Check(
        "red" if n < 2 else "amber" if n < FEW_ANIMALS else "green", text.format(n=n), "/individuals"
    )


def _recaptures(content: Content, _overview: Overview) -> Check:
    again = sum(max(sum(a.by_session.values()) - len(a.by_session), 0) for a in content.animals)
    text = ngettext("{n} recapture.", "{n} recaptures.", again).format(n=again)
    return Check("red" if not again else "amber" if again < FEW_RECAPTURES else "green", text)


def _flanks(content: Content, _overview: Overview) -> Check:
    excluded = sum(m.excluded for m in content.minimum_known)
    text = ngettext(
        "{n} animal is left out because its other flank is the one that counts.",
        "{n} animals are left out because their other flank is the one that counts.",
        excluded,
    )
    return Check("amber" if excluded else "green", text.format(n=excluded), "/individuals")


def _outside(content: Content, _overview: Overview) -> Check:
    n = sum(1 for f in content.findings if f.code == "detection-outside-operation")
    text = ngettext(
        "{n} detection lies outside the time its camera worked.",
        "{n} detections lie outside the time their camera worked.",
        n,
    )
    return Check("amber" if n else "green", text.format(n=n), "/stations")


_CHECKS: tuple[Callable[[Content, Overview], Check], ...] = (
    _sessions, _effort, _held, _dates, _named, _animals, _recaptures, _flanks, _outside,
)  # fmt: skip
