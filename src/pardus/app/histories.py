"""A survey's histories, from its folder: what effort, history, estimate and report all begin with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pardus.app.survey_folder import open_survey
from pardus.history.build import Histories, build
from pardus.model.media import Media
from pardus.model.survey import Survey
from pardus.store.protocol import Store


def survey_histories(folder: Path) -> tuple[Survey, Histories]:
    """Return the survey of a folder as it is now, and its histories.

    `Survey.media` holds only the last medium of each camera that is still out: a million pictures are not needed.
    Raises SurveyError if there is no survey, HistoryError if it contradicts itself.
    """
    with open_survey(folder) as store:
        survey = store.survey(media=False)
        survey = replace(survey, media=_last_media(store, survey))
    return survey, build(survey)


def _last_media(store: Store, survey: Survey) -> tuple[Media, ...]:
    out = {d.id for d in survey.deployments if d.end is None}
    last: dict[str, Media] = {}
    if out:
        for medium in store.media():
            if medium.deployment not in out or medium.timestamp is None:
                continue
            known = last.get(medium.deployment)
            if known is None or known.timestamp is None or known.timestamp < medium.timestamp:
                last[medium.deployment] = medium
    return tuple(last.values())
