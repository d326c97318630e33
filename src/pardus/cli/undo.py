"""`pardus undo`: take an entry back."""

from __future__ import annotations

from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Preview, Quiet, SurveyFolder
from pardus.model.language import _, ngettext


def undo(
    survey: SurveyFolder,
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="Its id, or the beginning of it; see `pardus log`.")
    ],
    preview: Preview = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Take an entry back; of an ingest, all of it. Nothing is deleted: undoing the undo brings it back."""
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config
    from pardus.app.undo import undo as act

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    done = act(survey, entry, sayer=Sayer(actor(config.organisation, by)), try_only=preview)
    what = ngettext("{kind}: {summary} ({n} entry)", "{kind}: {summary} ({n} entries)", done.entries)
    said = what.format(kind=done.target.kind, summary=done.summary, n=done.entries)
    if preview:
        text = _("Would undo {what}.").format(what=said)
    else:
        text = _("Undid {what}. To bring it back: pardus undo {survey} {id}").format(
            what=said, survey=survey, id=done.id
        )
    output.result(
        {"undo": done.id, "entry": done.target.id, "kind": done.target.kind, "entries": done.entries}, text
    )
