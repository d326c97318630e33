"""A survey's folder: making it, opening it, and finding the files of its media."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pardus
from pardus.app.saying import Sayer
from pardus.model.config import read_config, write_config
from pardus.model.errors import Finding, ParameterError, SurveyError
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.survey import SurveyConfig
from pardus.store.blobs import blob_path
from pardus.store.place import place_findings
from pardus.store.protocol import Store
from pardus.store.sqlite import SqliteStore

CONFIG = "survey.toml"
DATABASE = "survey.sqlite"
QUARANTINE = "quarantine"
"""Folder for what was read from partners and not taken."""


def new_survey(folder: Path, config: SurveyConfig, sayer: Sayer) -> tuple[Finding, ...]:
    """Make a survey in a folder, which may hold other things but not a survey; return warnings about the place.

    A `survey.toml` that is already there is kept as it is (`config` is then what it says).
    Raises SurveyError if there is a survey.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / DATABASE).exists():
        raise SurveyError(
            _(
                "{folder} already holds a survey; nothing was changed. Go on with it (`pardus ingest`), or give a "
                "new folder."
            ).format(folder=folder)
        )
    if not (folder / CONFIG).exists():
        (folder / CONFIG).write_text(write_config(config), encoding="utf-8")
    store = SqliteStore(folder / DATABASE, config)
    try:
        with store.transaction():
            created = {"name": config.name, "organisation": config.organisation}
            sayer.say(store, "survey-created", {**created, "program": f"pardus {pardus.__version__}"})
    finally:
        store.close()
    return tuple(place_findings(folder))


def survey_config(folder: Path) -> tuple[SurveyConfig, tuple[Finding, ...]]:
    """Return what `survey.toml` says, and warnings. Raises SurveyError if it is absent, DataError if it is wrong."""
    path = folder / CONFIG
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SurveyError(_no_survey(folder)) from error
    return read_config(text, str(path))


def _no_survey(folder: Path) -> str:
    """Say that a folder holds no survey, and where one lies near it."""
    if folder.is_file():
        return _("{folder} is a file. Give the folder of the survey: {other}").format(
            folder=folder, other=folder.parent
        )
    if not folder.exists():
        return _(
            "There is no folder {folder}; looked for {whole}. Go to where the survey's folder lies, or give its whole "
            "name. `pardus new` makes a new survey."
        ).format(folder=folder, whole=folder.absolute())
    near = [*sorted(folder.glob(f"*/{CONFIG}")), *(up / CONFIG for up in folder.absolute().parents)]
    found = next((path.parent for path in near if path.is_file()), None)
    if found is not None:
        return _("There is no survey in {folder}, but there is one in {other}: give that folder.").format(
            folder=folder, other=found
        )
    return _(
        "There is no survey in {folder}: {file} can't be read. Give the folder of a survey, or make one in a new "
        "folder with `pardus new`."
    ).format(folder=folder, file=CONFIG)


@contextmanager
def open_survey(folder: Path, *, write: bool = False) -> Iterator[Store]:
    """Open the survey in a folder: `with open_survey(folder) as store: survey = store.survey()`.

    Raises SurveyError if there is none, if it is newer than this program, or if it can't be opened.
    """
    config, _warnings = survey_config(folder)
    if not (folder / DATABASE).is_file():
        raise SurveyError(
            _("There is no survey in {folder}. Make one with `pardus new`.").format(folder=folder)
        )
    store = SqliteStore(folder / DATABASE, config, write=write)
    try:
        yield store
    finally:
        store.close()


def actor(organisation: str, person: str = "") -> str:
    """Return `organisation:person`, by default the person who is logged in at this computer."""
    if not person:
        try:
            person = getpass.getuser()
        except (OSError, KeyError) as error:
            raise ParameterError(_("Say who you are with --by NAME.")) from error
    return qualify(organisation, person)


def media_files(folder: Path, store: Store) -> Callable[[Media], Path]:
    """Return the function that says where a media's content lies: copied into the survey, or left in place.

    The file may be gone (a card left in place and taken out); the caller finds out by opening it.
    """
    folders: dict[str, Path] = {}
    places: dict[str, Path] = {}

    def locate(media: Media) -> Path:
        copied = blob_path(folder, media.sha256)
        if copied.exists():
            return copied
        entry_id = store.told("media", [media.id]).get(media.id, "")
        if entry_id not in folders:
            entry = store.entry(entry_id)
            ingest = "" if entry is None else str(entry.payload.get("ingest", ""))
            if not places:
                started = (
                    record for _key, record in store.present("ingests") if record["stage"] == "started"
                )
                places.update({str(r["ingest"]): Path(r["in_place"]) for r in started if r.get("in_place")})
            folders[entry_id] = places.get(ingest, copied.parent)
        root = folders[entry_id]
        for path in media.paths:
            if (root / path).is_file():
                return root / path
        return copied

    return locate
