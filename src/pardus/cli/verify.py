"""`pardus verify`: is everything still as it was said?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.errors import LogError
from pardus.model.language import _, ngettext


def verify(
    survey: SurveyFolder,
    media: Annotated[bool, typer.Option(help="Re-read and re-hash every media file.")] = True,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First fold the tables anew from the log.")
    ] = False,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Re-hash the media, check the log's chain, fold the tables from scratch and compare."""
    from pardus.app.executor import Processes
    from pardus.app.verify import rebuild as fold_anew
    from pardus.app.verify import verify as act

    output = Output(quiet=quiet, json=json)
    if rebuild:
        fold_anew(survey)
    with Processes() as executor, output.progress(_("Verifying")) as tell:
        found = act(survey, executor=executor, media=media, tell=tell)
    errors = [finding for finding in found.findings if finding.severity == "error"]
    output.findings(finding for finding in found.findings if finding.severity != "error")
    text = _(
        "{entries} entries, {media} media; {files} files re-read ({gigabytes:.2f} GB), {elsewhere} not here."
    )
    said = text.format(
        entries=found.entries,
        media=found.media,
        files=found.files,
        gigabytes=found.bytes / 1e9,
        elsewhere=found.elsewhere,
    )
    value = {
        "sound": found.sound, "entries": found.entries, "media": found.media, "files": found.files,
        "bytes": found.bytes, "elsewhere": found.elsewhere, "findings": [asdict(f) for f in found.findings],
    }  # fmt: skip
    output.result(value, said + " " + _("All is sound.") if found.sound else said)
    if errors:
        summary = ngettext(
            "{n} thing is wrong with the survey.", "{n} things are wrong with the survey.", len(errors)
        )
        raise LogError(summary.format(n=len(errors)), errors)
