"""Individuals: a list with a plate each, and the passport of one with everything that can be stated about it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.ground import ground
from pardus.app.passports import ABOUT, Passport, Plate, SeenAt, one_of, state, state_mother
from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError
from pardus.model.language import N_, _
from pardus.model.link import Link
from pardus.model.record import from_record
from pardus.web.desk import Desk
from pardus.web.drawing import station_map, timeline
from pardus.web.pages.basemap import map_data
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.match import QUALITIES, SIDES
from pardus.web.pages.waiting import wait
from pardus.web.ready import soon
from pardus.web.view import called, page

ABOUT_WORDS = {
    "sex": N_("sex"), "lifeStage": N_("age class"), "name": N_("name"), "alias": N_("alias"),
    "status": N_("status"), "birthYear": N_("year of birth"), "flank": N_("flank"), "comment": N_("remark"),
}  # fmt: skip
VALUE_WORDS = {
    "female": N_("female"), "male": N_("male"), "adult": N_("adult"), "subadult": N_("subadult"),
    "juvenile": N_("cub"), "alive": N_("alive"), "dead": N_("dead"), "removed": N_("removed"),
    "released": N_("released"), "collared": N_("collared"),
}  # fmt: skip


def routes(desk: Desk) -> list[Route]:
    """Return the list, a passport, and what can be stated."""

    def everyone(request: Request) -> Response:
        found = soon(desk, "passports")
        if found is None:
            return wait(desk, request, "passports", "individuals", _("Individuals"))
        return page(
            desk, request, "individuals.html.j2", passports=found, plate=plate_address,
            flanks=lambda p: ", ".join(_(SIDES[f]) for f in p.flanks), values=VALUE_WORDS,
        )  # fmt: skip

    def one(request: Request) -> Response:
        everybody = soon(desk, "passports")
        if everybody is None:
            return wait(desk, request, "passports", "individuals", _("Individuals"))
        found = one_of(everybody, request.path_params["id"])
        visits = [s.station for s in sorted(found.seen, key=lambda s: s.start)]
        counts: dict[str, float] = {}
        for station in visits:
            counts[station] = counts.get(station, 0.0) + 1
        land = ground(desk.folder)
        return page(
            desk, request, "individual.html.j2", here="individuals", p=found, plate=plate_address,
            map=station_map(land, width=560, height=340, sizes=counts, paths=(("query", visits),)),
            basemap=map_data(desk, land, sizes=counts, paths=(("query", visits),)),
            timeline=timeline([s.start for s in found.seen]), partners=_partners(desk, found), about=ABOUT,
            words=ABOUT_WORDS, names=called(desk), sides=SIDES, qualities=QUALITIES, values=VALUE_WORDS,
            others=everybody, who_said=_who_said(desk, found.id),
            picture_of=sighting_address, today=datetime.now(UTC).date().isoformat(),
        )  # fmt: skip

    def say(said: Said) -> Response:
        id_ = said.request.path_params["id"]
        day = said.text("on")
        try:
            on = date.fromisoformat(day) if day else None
        except ValueError:
            raise ParameterError(_("{text!r}: expected a day as YYYY-MM-DD.").format(text=day)) from None
        state(desk.folder, id_, said.text("about"), said.text("value"), desk.sayer(said.session), on=on,
              basis=said.text("basis"))  # fmt: skip
        return see(f"/individual/{quote(id_, safe='')}")

    def mother(said: Said) -> Response:
        id_ = said.request.path_params["id"]
        state_mother(
            desk.folder, id_, said.text("mother"), desk.sayer(said.session), evidence=said.text("evidence")
        )
        return see(f"/individual/{quote(id_, safe='')}")

    return [
        show(desk, "/individuals", everyone),
        show(desk, "/individual/{id}", one),
        action(desk, "/individual/{id}/state", say),
        action(desk, "/individual/{id}/mother", mother),
    ]


def plate_address(plate: Plate, width: int = 320) -> str:
    """Return the address of a plate's picture."""
    frame = "" if plate.frame is None else f"&f={plate.frame}"
    return f"/picture/{quote(plate.media, safe='')}?w={width}{frame}"


def sighting_address(seen: SeenAt) -> str:
    """Return the address of the first picture of a sighting, "" if there is none."""
    return f"/picture/{quote(seen.media[0], safe='')}?w=640" if seen.media else ""


def _who_said(desk: Desk, individual: str) -> dict[str, tuple[int, int]]:
    """Return who answered pairs of this animal; nothing while the answers of a large survey are still being read."""
    review = soon(desk, "review", 0.2)
    return {} if review is None else review.who_said(individual)


def _partners(desk: Desk, found: Passport) -> list[tuple[str, str, str]]:
    """Return (partner's id of the animal, outcome, who said so) of the answers across catalogues."""
    with open_survey(desk.folder) as store:
        links = [from_record(Link, record) for _key, record in store.present("links")]
    out = []
    for link in links:
        names = {link.one, link.other}
        if found.id in names:
            out.append(((names - {found.id} or {found.id}).pop(), link.outcome, link.by))
    return out
