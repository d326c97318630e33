"""Stations and effort: a map, a bar for each camera, days that count, and failures with their reasons."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.failures import CAUSES, from_tables, say_failure, take_back_failure
from pardus.app.ground import ground
from pardus.app.survey_folder import open_survey
from pardus.app.survey_report import operation_of
from pardus.model.clock import parse_zone
from pardus.model.deployment import OPERATION_STATES, Deployment
from pardus.model.errors import ParameterError
from pardus.model.language import N_, _
from pardus.model.record import from_record
from pardus.report.sections.quality import remarks
from pardus.web.desk import Desk
from pardus.web.drawing import operation_bars, station_map
from pardus.web.pages.basemap import map_data
from pardus.web.pages.common import Said, action, see, show
from pardus.web.ready import soon
from pardus.web.view import page

STATES = {"failed": N_("nothing recorded"), "partial": N_("recorded in part"), "unknown": N_("not known")}
RULES = {
    "any": N_(
        "A station works while one of its cameras does (camera_rule = any), so a camera may lose days that its station "
        "does not."
    ),
    "all": N_(
        "A station works only while all of its cameras do (camera_rule = all): two cameras that fail on one day lose "
        "two camera-days and one station-day."
    ),
    "sum": N_("The days of all cameras of a station are added up (camera_rule = sum)."),
}


def routes(desk: Desk) -> list[Route]:
    """Return the page, and what is said about failures."""

    def stations(request: Request) -> Response:
        with open_survey(desk.folder) as store:
            deployments = [from_record(Deployment, r) for _key, r in store.present("deployments")]
        result = soon(desk, "effort")
        content = result.content if result else None
        events: dict[str, float] = {}
        for row in content.stations if content else ():
            events[row.station] = events.get(row.station, 0.0) + row.events
        bare = operation_of(deployments, {}, datetime.now(UTC)) if content is None else content.operation
        rows = sorted(bare, key=lambda r: (r.station, r.camera, r.start))
        begin = min((r.start for r in rows), default=None)
        bars = operation_bars(rows[:400], begin, max(r.end for r in rows)) if begin else ""
        land, sizes = ground(desk.folder), events if content else None
        ids = tuple(d.id for d in deployments)
        return page(
            desk, request, "stations.html.j2", content=content, remarks=remarks(result.findings if result else ()),
            map=station_map(land, sizes=sizes), basemap=map_data(desk, land, sizes=sizes), bars=bars,
            deployments=deployments,
            states=STATES, causes=CAUSES, of_tables=from_tables(desk.folder, ids),
            rule=_(RULES[desk.config().camera_rule]), failures=[(d, p) for d in deployments for p in d.problems],
        )  # fmt: skip

    def fail(said: Said) -> Response:
        zone = parse_zone(desk.config().zone)
        start = datetime.combine(_day(said.text("from")), time(), zone)
        end = datetime.combine(_day(said.text("to")) + timedelta(days=1), time(), zone)
        state = said.text("state")
        say_failure(
            desk.folder, said.text("deployment"), start, end, state if state in OPERATION_STATES else "",
            said.text("cause"), desk.sayer(said.session),
        )  # fmt: skip
        return see("/stations#failures")

    def take_back(said: Said) -> Response:
        try:
            start = datetime.fromisoformat(said.text("start"))
        except ValueError:
            raise ParameterError(_("{text!r}: expected a moment.").format(text=said.text("start"))) from None
        take_back_failure(desk.folder, said.text("deployment"), start, desk.sayer(said.session))
        return see("/stations#failures")

    return [
        show(desk, "/stations", stations),
        action(desk, "/stations/fail", fail),
        action(desk, "/stations/works", take_back),
    ]


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise ParameterError(_("{text!r}: expected a day as YYYY-MM-DD.").format(text=text)) from None
