"""`pardus clock`: put a camera's clock right."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Preview, Quiet, SurveyFolder, as_typed
from pardus.model.errors import ParameterError, UsageError
from pardus.model.language import _

_OFFSET = re.compile(
    r"(?P<sign>[+-])?(?:(?P<days>\d+)d)?(?:(?P<h>\d+):(?P<m>[0-5]?\d)(?::(?P<s>[0-5]?\d))?)?"
)


def clock(
    survey: SurveyFolder,
    deployment: Annotated[
        str, typer.Option(help="The deployment whose media were taken with the wrong clock.")
    ],
    offset: Annotated[
        str,
        typer.Option(help="Add this to the camera's time: [+-][DAYSd]H:MM[:SS], as +1:00 or -3650d0:10:30."),
    ] = "",
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            help="CAMERA=TRUE, twice: the clock drifts between them, as 2014-03-02T12:00=2014-03-02T12:04:10."
        ),
    ] = None,
    zone: Annotated[
        str, typer.Option(help="The zone that the camera's clock was in: +11:00 or Asia/Vladivostok.")
    ] = "",
    start: Annotated[
        str, typer.Option("--from", help="Only camera times from here on (as the camera wrote them).")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="Only camera times before this.")] = "",
    reason: Annotated[str, typer.Option(help="How it is known.")] = "",
    preview: Preview = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """State that a camera's clock was wrong. Files are not touched, and `pardus undo` takes it back."""
    from pardus.app.clock import Times, correct_clock
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config
    from pardus.model.clock import ClockCorrection
    from pardus.model.ids import qualify

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    anchors: list[tuple[datetime | None, datetime | None]] = [_anchor(text) for text in anchor or ()]
    if (bool(offset) + bool(anchors) + bool(zone)) != 1 or len(anchors) not in (0, 2):
        raise UsageError(_("Give one of: --offset, --zone, or --anchor twice."))
    first, second = anchors or [(None, None), (None, None)]
    correction = ClockCorrection(
        qualify(config.organisation, deployment),
        "offset" if offset else "zone" if zone else "drift",
        offset_s=_seconds(offset) if offset else 0.0, zone=zone,
        wall_1=first[0], true_1=first[1], wall_2=second[0], true_2=second[1],
        from_wall=_wall(start) if start else None, to_wall=_wall(end) if end else None, reason=reason,
    )  # fmt: skip
    done = correct_clock(survey, correction, sayer=Sayer(actor(config.organisation, by)), try_only=preview)

    def times(when: str, t: Times) -> str:
        text = _(
            "{when}: {usable} of {media} with a date, {outside} outside the deployment; {first} to {last}."
        )
        return text.format(
            when=when,
            usable=t.usable,
            media=t.media,
            outside=t.outside,
            first=t.first or "-",
            last=t.last or "-",
        )

    lines = [times(_("Before"), done.before), times(_("After"), done.after)]
    if preview:
        lines.append(_("{n} media would move. Nothing was written.").format(n=done.moved))
    else:
        lines.append(
            _("{n} media moved. To take it back: {command}").format(
                n=done.moved, command=as_typed("undo", survey, done.entry)
            )
        )
    value = {
        "entry": done.entry,
        "moved": done.moved,
        "before": asdict(done.before),
        "after": asdict(done.after),
    }
    output.result(value, "\n".join(lines))


def _seconds(text: str) -> float:
    match = _OFFSET.fullmatch(text.strip())
    if not match or not (match["days"] or match["h"]):
        raise ParameterError(
            _("Offset {found!r}: expected [+-][DAYSd]H:MM[:SS], for example +1:00 or -3650d0:10:30.").format(
                found=text
            )
        )
    days, h, m, s = (int(match[part] or 0) for part in ("days", "h", "m", "s"))
    seconds = days * 86_400 + h * 3600 + m * 60 + s
    return float(-seconds if match["sign"] == "-" else seconds)


def _anchor(text: str) -> tuple[datetime, datetime]:
    camera, equals, true = text.partition("=")
    if not equals:
        raise ParameterError(_("Anchor {found!r}: expected CAMERA=TRUE, two times.").format(found=text))
    return _wall(camera), _wall(true)


def _wall(text: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ParameterError(
            _("Time {found!r}: expected YYYY-MM-DDTHH:MM[:SS], as the camera shows it.").format(found=text)
        ) from error
    if wall.tzinfo is not None:
        raise ParameterError(
            _("Time {found!r}: expected the camera's time, without an offset.").format(found=text)
        )
    return wall
