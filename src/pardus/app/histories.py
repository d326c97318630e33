"""A survey's histories, from its folder: what effort, history, estimate and report all begin with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pardus.app.following import Following
from pardus.app.survey_folder import open_survey
from pardus.history.build import Histories, build
from pardus.model.media import Media
from pardus.model.survey import Survey
from pardus.store.protocol import Store


def survey_histories(folder: Path, following: Following | None = None) -> tuple[Survey, Histories]:
    """Return the survey of a folder as it is now, and its histories. following: of the same survey.

    `Survey.media` holds only what histories need of a million pictures: the last medium of each camera that is still
    out, and those with observations that have no date. Raises SurveyError if there is no survey, HistoryError if it
    contradicts itself.
    """
    known = (following or Following(folder)).known()
    with open_survey(folder) as store:
        undated = store.media(known.undated_media) if known.undated_media else ()
        media = {m.id: m for m in (*undated, *_last_media(store, known.survey))}
    survey = replace(known.survey, media=tuple(media.values()))
    return survey, build(survey)


def _last_media(store: Store, survey: Survey) -> tuple[Media, ...]:
    out = {d.id for d in survey.deployments if d.end is None}
    last: dict[str, Media] = {}
    if out:
        for medium in (m for deployment in sorted(out) for m in store.media(deployment=deployment)):
            if medium.timestamp is None:
                continue
            known = last.get(medium.deployment)
            if known is None or known.timestamp is None or known.timestamp < medium.timestamp:
                last[medium.deployment] = medium
    return tuple(last.values())
