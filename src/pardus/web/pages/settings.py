"""Settings: language, keys, backup, and how the survey is counted (survey.toml is the place to change that)."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.backup import backup
from pardus.app.executor import Processes
from pardus.app.survey_folder import CONFIG
from pardus.app.telling import Tell
from pardus.app.verify import Verified, verify
from pardus.model.config import KEYS
from pardus.model.errors import ParameterError
from pardus.model.language import N_, _
from pardus.web.desk import Desk
from pardus.web.keys import ACTIONS, checked_keys, twice
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.home import state
from pardus.web.pages.places import place
from pardus.web.preferences import Likes
from pardus.web.view import page

PAGE_WORDS = {
    "": N_("Everywhere"), "match": N_("Match review"), "triage": N_("Detections to check"), "clip": N_("Clips"),
}  # fmt: skip


def routes(desk: Desk) -> list[Route]:
    """Return the settings, and what they change."""

    def settings(request: Request) -> Response:
        likes = desk.preferences.of(request.state.session.person)
        return page(
            desk, request, "settings.html.j2", likes=likes, actions=ACTIONS, page_words=PAGE_WORDS,
            rules=[(key, words, _as_written(getattr(desk.config(), key))) for key, words in KEYS.items()],
            o=state(desk), roots=desk.roots, file=str(desk.folder / CONFIG), saved="saved" in request.query_params,
        )  # fmt: skip

    def set_keys(said: Said) -> Response:
        keys = checked_keys({a.name: said.text(a.name) for a in ACTIONS if said.text(a.name)})
        clash = twice(keys)
        if clash:
            words = {a.name: _(a.words) for a in ACTIONS}
            pairs = "; ".join(f"{words[a]} / {words[b]}" for a, b in clash)
            raise ParameterError(_("One key can't do two things on one page: {pairs}.").format(pairs=pairs))
        likes = desk.preferences.of(said.session.person)
        desk.preferences.set(said.session.person, Likes(likes.language, keys))
        return see("/settings?saved#keys")

    def usual_keys(said: Said) -> Response:
        likes = desk.preferences.of(said.session.person)
        desk.preferences.set(said.session.person, dataclasses.replace(likes, keys={}))
        return see("/settings?saved#keys")

    def keep(said: Said) -> Response:
        target = place(desk, said.text("folder"))
        if not target.is_dir():
            raise ParameterError(_("{path} is no folder.").format(path=target))
        job = desk.jobs.start(
            _("Backup"), said.session.person, "/settings?saved#backup",
            lambda _tell: backup(desk.folder, target, now=datetime.now(UTC)),
        )  # fmt: skip
        return see(f"/jobs/{job.id}")

    def check(said: Said) -> Response:
        def work(tell: Tell) -> Verified:
            with Processes() as executor:
                return verify(desk.folder, executor=executor, media=bool(said.text("media")), tell=tell)

        job = desk.jobs.start(_("Verifying"), said.session.person, "/settings/verified/{job}", work)
        return see(f"/jobs/{job.id}")

    def verified(request: Request) -> Response:
        job = desk.jobs.get(request.path_params["id"])
        if job is None or not isinstance(job.result, Verified):
            raise HTTPException(404)
        return page(desk, request, "verified.html.j2", here="settings", found=job.result)

    return [
        show(desk, "/settings", settings),
        show(desk, "/settings/verified/{id}", verified),
        action(desk, "/settings/keys", set_keys),
        action(desk, "/settings/keys/usual", usual_keys),
        action(desk, "/settings/backup", keep),
        action(desk, "/settings/verify", check),
    ]


def _as_written(value: object) -> str:
    """Return a rule's value as a person reads it: what is empty is seen to be."""
    if value is None or value == "":
        return "–"
    if isinstance(value, tuple | list):
        return ", ".join(str(one) or '""' for one in value)
    return str(value)
