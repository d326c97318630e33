"""`pardus desk`: the pages in the browser, and the people who may use them in a team room."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _

_PASSWORD = "PARDUS_PASSWORD"


def desk(
    survey: SurveyFolder,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    port: Annotated[
        int, typer.Option(help="Port to listen at; 0 = 8420, or any that is free.", min=0, max=65535)
    ] = 0,
    lan: Annotated[
        bool, typer.Option("--lan", help="Serve a team room: other computers, names and passwords.")
    ] = False,
    host: Annotated[
        list[str] | None, typer.Option(help="Another name of this computer in the team room.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate (PEM), so that passwords travel encrypted.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Private key (PEM) of the certificate.")] = None,
    cards: Annotated[
        list[Path] | None, typer.Option(help="Folder in which cards and packages are looked for.")
    ] = None,
    add_user: Annotated[
        str, typer.Option(help="Add a user of the team room, or give one a new password, and stop.")
    ] = "",
    remove_user: Annotated[str, typer.Option(help="Take a user away, and stop. What they said stays.")] = "",
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Open the desk: review pages in the browser, served by this computer alone, without any network."""
    from pardus.app.survey_folder import actor, survey_config

    # By name, as ASGI servers take applications: cli and web are two shells that do not import each other.
    serving: Any = import_module("pardus.web.serve")
    users: Any = import_module("pardus.web.users")
    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    if add_user:
        users.set_password(survey, add_user, _password())
        output.result({"added": add_user}, _("{name} can sign in.").format(name=add_user))
    if remove_user:
        users.remove_user(survey, remove_user)
        output.result({"removed": remove_user}, _("{name} can't sign in any more.").format(name=remove_user))
    if add_user or remove_user:
        return
    serving.check_pair(certificate, key)
    where = serving.Listening(port, lan, tuple(host or ()), certificate, key, tuple(cards or ()))
    person = actor(config.organisation, by).partition(":")[2]
    serving.serve(survey, person, where, typer.echo, browser=browser)


def _password() -> str:
    said = os.environ.get(_PASSWORD)
    if said is not None:
        return said
    return str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True))
