"""`pardus reconcile`: who is who across catalogues."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.errors import UsageError
from pardus.model.language import _


def reconcile(
    survey: SurveyFolder,
    same: Annotated[list[str] | None, typer.Option(help="ID=ID: these two are one animal.")] = None,
    different: Annotated[
        list[str] | None, typer.Option(help="ID=ID: these two are different animals.")
    ] = None,
    cannot_tell: Annotated[list[str] | None, typer.Option(help="ID=ID: it can't be told.")] = None,
    flank: Annotated[str, typer.Option(help="The flank that was compared: left or right.")] = "",
    match: Annotated[
        bool,
        typer.Option("--match", help="Compare the flank pictures of all catalogues first; keeps the scores."),
    ] = False,
    scores: Annotated[
        Path | None, typer.Option(help="Match scores: one, other, flank, log_ratio (log likelihood ratio).")
    ] = None,
    split_rate: Annotated[float, typer.Option(help="How often one animal is called two.")] = 0.001,
    merge_rate: Annotated[float, typer.Option(help="How often two animals are called one.")] = 0.001,
    questions: Annotated[int, typer.Option(help="How many questions to list.")] = 20,
    as_of: Annotated[
        str, typer.Option(help="State at a moment, as 2026-03-01 or 2026-03-01T12:00+10:00.")
    ] = "",
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say who is who across catalogues (--same, --different, --cannot-tell), and show the state.

    The state: the table of shared animals, contradictions, how many are shared, what to ask next.
    """
    from pardus.app.reconcile import ReconcileOptions, answer
    from pardus.app.reconcile import reconcile as act
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config
    from pardus.exchange.shared import ErrorRates

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    for outcome, pairs in (("same", same), ("different", different), ("cannot-tell", cannot_tell)):
        if pairs:
            sayer = Sayer(actor(config.organisation, by))
            answer(survey, [_pair(text) for text in pairs], outcome, sayer=sayer, flank=flank)
    if match:
        from pardus.app.executor import Processes
        from pardus.app.match_catalogues import match_catalogues

        with Processes() as executor, output.progress(_("Comparing flanks")) as tell:
            for sentence in match_catalogues(survey, executor=executor, tell=tell).sentences():
                output.say(sentence)
    done = act(
        survey, ReconcileOptions(scores, ErrorRates(split_rate, merge_rate), questions, as_of=_moment(as_of))
    )
    output.findings(done.findings)
    lines = ["  ".join((_("joint"), *done.origins)), *("  ".join(row) for row in done.rows())]
    lines += [
        _(
            "{one} ({n}) and {other} ({m}) share {lower} to {upper} animals ({level:.0%}): {found} found, "
            "{shown} of {pairs} pairs answered, {open:.1f} more expected among open pairs, "
            "{unfindable:.1f} among pairs without a common flank."
        ).format(
            one=s.one, other=s.other, n=s.animals[0], m=s.animals[1], lower=s.lower, upper=s.upper, level=s.level,
            found=s.found, shown=s.shown, pairs=s.pairs, open=s.open, unfindable=s.unfindable,
        )
        for s in done.shared
    ]  # fmt: skip
    for q in done.questions:
        text = _("Ask: {one} = {other}? ({flanks}; {chance:.1%})")
        lines.append(text.format(one=q.one, other=q.other, flanks=", ".join(q.flanks), chance=q.chance))
        lines += [f"     {a}   {b}" for a, b in zip(q.of_one[:1], q.of_other[:1], strict=False)]
    output.result(done.as_json(), "\n".join(lines))


def _pair(text: str) -> tuple[str, str]:
    one, equals, other = text.partition("=")
    if not equals or not one.strip() or not other.strip():
        raise UsageError(_("{text!r}: expected ID=ID, for example llnp:F01=ntlnp:L7.").format(text=text))
    return one.strip(), other.strip()


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("{text!r}: expected a date, or a date and time.").format(text=text)) from error
    return found if found.tzinfo else found.astimezone()
