"""`pardus identify`: who is who, as far as the machine can say; tables of questions and answers; a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.errors import UsageError
from pardus.model.language import _, ngettext


def identify(
    survey: SurveyFolder,
    catalogue: Annotated[
        Path | None, typer.Option(help="Passport table of animals that are known: CSV or XLSX.")
    ] = None,
    plates: Annotated[
        Path | None, typer.Option(help="Folder of their plates, one folder for each animal and flank.")
    ] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Write the best questions to this CSV table.")
    ] = None,
    count: Annotated[int, typer.Option(help="How many questions.")] = 100,
    answers: Annotated[
        Path | None,
        typer.Option(help="Take answers from this CSV table (the questions, with a column answer)."),
    ] = None,
    embedder: Annotated[
        Path | None, typer.Option(help="An embedding model of your own (ONNX with its JSON), fused.")
    ] = None,
    unsorted: Annotated[
        bool, typer.Option("--unsorted", help="Take boxes whose species nobody has said for the species.")
    ] = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Describe the animals, rank them against the catalogue, and show what is to be decided. People decide.

    Nothing is accepted by itself. It may be stopped (Ctrl-C) and run again; only what is new is done.
    """
    from pardus.app.executor import Processes
    from pardus.app.identify import identify as act
    from pardus.app.questions_table import take_answers, write_questions
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    sayer = Sayer(actor(config.organisation, by))
    lines: list[str] = []
    more: dict[str, object] = {}
    if plates is not None and catalogue is None:
        raise UsageError(_("--plates needs --catalogue TABLE: which animals they show."))
    if catalogue is not None:
        from pardus.app.catalogue import import_catalogue

        taken = import_catalogue(survey, catalogue, plates, sayer=sayer)
        output.findings(taken.findings)
        lines += taken.sentences()
        more["catalogue"] = taken.as_json()
    if answers is not None:
        done = take_answers(survey, answers, sayer)
        more["answers"] = {"added": done.added, "known": done.known, "changed": done.changed}
        lines.append(
            _(
                "Answers: {added} new, {known} known; {changed} animals in pictures changed their name."
            ).format(added=done.added, known=done.known, changed=done.changed)
        )

    with Processes() as executor:
        bars: list[Any] = []

        def tell(label: str) -> Any:
            for bar in bars:
                bar.__exit__(None, None, None)
            bars[:] = [output.progress(label)]
            return bars[0].__enter__()

        try:
            result = act(survey, executor=executor, tell=tell, unsorted=unsorted, embedder=embedder)
        finally:
            for bar in bars:
                bar.__exit__(None, None, None)
    if questions is not None:
        written = write_questions(survey, questions, count, sayer.actor)
        more["questions"] = written
        lines.append(
            ngettext("{n} question in {file}.", "{n} questions in {file}.", written).format(
                n=written, file=questions
            )
        )
    p = result.progress
    lines += [
        _("{events} events with {pictures} pictures: the best {known} compared, {failed} can't be.").format(
            events=p.events, pictures=p.pictures, known=result.known, failed=len(result.failed)
        ),
        _("Individuals: {individuals}; events not settled: {candidates}; pairs to ask about: {open}.").format(
            individuals=p.individuals, candidates=p.candidates, open=p.open
        ),
        _("Answers: {answers}; blind controls: {controls}; contradictions: {contradictions}.").format(
            answers=p.answers, controls=p.controls, contradictions=p.contradictions
        ),
    ]
    if result.why_not:
        lines.append(_("Questions are ordered, but no probability is told: {why}").format(why=result.why_not))
    lines += [
        ngettext("{n} animal left out: {why}.", "{n} animals left out: {why}.", n).format(
            n=n, why=_left_out(why)
        )
        for why, n in sorted(p.left_out.items())
    ]
    output.result({**result.as_json(), **more}, "\n".join(lines))
    if p.left_out.get("no-species"):
        output.next(
            _(
                "Say the species of what a machine found, on the page Detections to check: {command}. Or take all "
                "of it for the species under study: --unsorted."
            ),
            "desk",
            survey,
        )
    if p.open:
        output.next(_("Next, answer pairs on the page Match review: {command}"), "desk", survey)
    elif not p.events and not p.left_out:
        output.next(_("There is no animal to compare yet. Find them first: {command}"), "find", survey)


def _left_out(why: str) -> str:
    """Say why animals are not among those to identify."""
    return {
        "without-media": _("no picture"),
        "other-species": _("another species"),
        "no-species": _("nobody has said the species"),
        "no-station": _("no known station"),
        "row-without-its-box": _("several animals in the picture, and it is not said which is which"),
    }[why]
