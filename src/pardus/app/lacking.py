"""Why a survey has nothing to count yet, and the command that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pardus.app.survey_folder import CONFIG, open_survey, survey_config
from pardus.model.language import _


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing. sentence: with a place {command}. words: of the command that comes next."""

    sentence: str
    words: tuple[object, ...]


def what_lacks(folder: Path, *, animals: bool = False) -> Lack | None:
    """Return why there is no day to count (animals: nor an animal to put into a history), None if there is."""
    config, _warnings = survey_config(folder)
    with open_survey(folder) as store:
        cameras = sum(store.tally("deployments").values())
        files = sum(store.tally("media").values())
        seen = sum(store.tally("observations").values())
    if not cameras and not config.tables:
        return Lack(
            _(
                "Nothing can be counted yet: no camera stands in the field. Name your table of stations in {file} "
                "([tables.stations]), then: {command}"
            ).format(file=folder / CONFIG, command="{command}"),
            ("ingest", folder),
        )
    if not cameras:
        return Lack(
            _("Nothing can be counted yet: the tables were not read. Read them: {command}"),
            ("ingest", folder),
        )
    if not animals:
        return None
    if not files and not seen:
        return Lack(
            _("There is no animal yet: no picture and no record was taken in. Take in a card: {command}"),
            ("ingest", folder, _("CARD")),
        )
    if not seen:
        return Lack(
            _("There is no animal yet: nobody has looked at the pictures. Find the animals: {command}"),
            ("find", folder),
        )
    return Lack(
        _("There is no animal with a name yet. Compare them and say who is who: {command}"),
        ("identify", folder),
    )
