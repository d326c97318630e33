"""`pardus report`: what a survey found, as pages, as files to print, sign and edit, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import Json, Output, Quiet, SurveyFolder
from pardus.model.errors import UsageError
from pardus.model.language import LANGUAGES, _, set_language


def _speak(languages: str) -> str:
    """Speak the first language of a list. Raises BadParameter for one we do not have."""
    chosen = [language.strip() for language in languages.split(",")]
    for language in chosen:
        if language not in LANGUAGES:
            raise typer.BadParameter(f"{language!r}: {' | '.join(LANGUAGES)}")
    set_language(chosen[0])
    return ",".join(dict.fromkeys(chosen))


def report(
    survey: SurveyFolder,
    form: Annotated[
        str, typer.Option("--format", help="html, pdf, docx, json: one, or several with commas.")
    ] = "html",
    edition: Annotated[
        str,
        typer.Option(
            help="restricted, or public: coarse cells for places, no animal by name, no pictures, no dates of passages."
        ),
    ] = "restricted",
    status: Annotated[
        bool, typer.Option("--status", help="The data-status report: what is there and what is missing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; with several formats, each gets its own ending. "
            "Else out/report.<language>.<format> in the survey."
        ),
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(help="An entry's id or hash, or a moment (ISO with offset): the report as it was then."),
    ] = "",
    lang: Annotated[
        str,
        typer.Option(
            "--lang",
            envvar="PARDUS_LANG",
            callback=_speak,
            is_eager=True,
            help="Language: en, ru or zh; several with commas stand in one document.",
        ),
    ] = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the report of a survey, in one language or in several that say the same from the same numbers.

    HTML is one self-contained page, PDF and DOCX are for signing and editing, JSON is for programs. The same input
    gives the same bytes. Every number links to the query and the rows behind it.
    """
    from pardus.app.content import EDITIONS
    from pardus.app.moment import moment
    from pardus.app.outputs import OUT, write_bytes
    from pardus.app.public_edition import public
    from pardus.app.report import report as act
    from pardus.report.book import make
    from pardus.report.formats import FORMATS, write
    from pardus.report.json_form import as_json

    output = Output(quiet=quiet, json=json)
    forms = _chosen("--format", form, FORMATS)
    (kind,) = _chosen("--edition", edition, EDITIONS)
    if status and kind == "public":
        raise UsageError(
            _("The data-status report names stations and files; there is no public edition of it.")
        )
    content = act(survey, moment(as_of), with_pictures=kind == "restricted" and not status)
    content = public(content) if kind == "public" else content
    made = make(content, lang.split(","), of_status=status)
    name = ".".join(
        ["status" if status else "report", *(["public"] if kind == "public" else []), lang.replace(",", "-")]
    )
    files = {}
    for one in forms:
        target = survey / OUT / f"{name}.{one}" if out is None else out
        target = target if out is None or len(forms) == 1 else out.with_name(f"{out.stem}.{one}")
        files[one] = write_bytes(target, write(content, made, one))
    shown = "\n".join(_("The report is in {file}.").format(file=path) for path in files.values())
    if json:
        output.result(as_json(content, made) | {"files": {k: str(v) for k, v in files.items()}})
    else:
        output.result({}, shown)


def _chosen(option: str, text: str, known: tuple[str, ...]) -> list[str]:
    """Return the values of a list with commas. Raises UsageError for one that is not known."""
    found = [value.strip() for value in text.split(",") if value.strip()]
    wrong = [value for value in found if value not in known]
    if wrong or not found:
        raise UsageError(
            _("{option}: expected one of {known}, found {found!r}.").format(
                option=option, known=", ".join(known), found=", ".join(wrong) or text
            )
        )
    return list(dict.fromkeys(found))
