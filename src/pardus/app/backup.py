"""A snapshot of a survey's database that can be carried away, taken while others go on working."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

from pardus.app.survey_folder import CONFIG, DATABASE, open_survey
from pardus.model.errors import StoppedError, SurveyError
from pardus.model.language import _
from pardus.store.check import check_file
from pardus.store.sqlite import SqliteStore

LAST_BACKUP = "last-backup.json"
"""Beside survey.toml: when and where the last backup was made, and of how many entries."""


def backup(folder: Path, to: Path, *, now: datetime) -> Path:
    """Copy the database and survey.toml into a new folder `NAME-YYYYMMDDTHHMMSSZ` in `to`, check it, return it.

    Media are not in it: they are files that never change, and any copying program keeps a second copy of `media/`.
    Raises SurveyError if the snapshot exists already or is not sound, StoppedError if it can't be written.
    """
    name = f"{folder.resolve().name}-{now:%Y%m%dT%H%M%SZ}"
    place = to / name
    try:
        place.mkdir(parents=True)
        with open_survey(folder) as store:
            assert isinstance(store, SqliteStore)
            store.backup(place / DATABASE)
        shutil.copyfile(folder / CONFIG, place / CONFIG)
    except FileExistsError as error:
        raise SurveyError(_("{place} is there already.").format(place=place)) from error
    except OSError as error:
        raise StoppedError(_("The backup can't be written: {error}.").format(error=error)) from error
    entries, findings = check_file(place / DATABASE)
    if findings:
        raise SurveyError(_("The copy in {place} is not sound.").format(place=place), findings)
    note = {"at": now.isoformat(), "place": str(place.resolve()), "entries": entries}
    (folder / LAST_BACKUP).write_text(json.dumps(note, ensure_ascii=False) + "\n", encoding="utf-8")
    return place
