"""The camera table: deployments with any number of problem periods; every contradiction named with row and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import combinations, pairwise

from pardus.ingest.tables.grid import Cell, Columns, Row, as_text, is_blank
from pardus.ingest.tables.times import DAY, Clock
from pardus.model.config import zone_is_known
from pardus.model.deployment import OPERATION_STATES, Deployment, ProblemPeriod
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.lookalike import clean, skeleton

_INSTANT = timedelta(microseconds=1)
_CAMERA = 'columns = {..., camera = "..."}'
_NEVER = datetime.max.replace(tzinfo=UTC) - 2 * DAY


@dataclass(frozen=True, slots=True)
class _Placed:
    row: Row
    deployment: Deployment


def read_deployments(
    columns: Columns, organisation: str, stations: Mapping[str, str], zone: tzinfo
) -> tuple[Deployment, ...]:
    """Return the deployments of a table.

    stations: name -> id. zone: in which the table's days and times are written. A day without a time is kept as
    one (`start_is_day`, `end_is_day`): it starts at that day's first midnight and ends at its last. A problem
    given by days has both in it. Findings are in `columns.findings`.
    """
    if not columns.require("station", "setup"):
        return ()
    clock = Clock(columns, zone)
    placed = [
        p
        for row in columns.grid.rows
        if (p := _read(columns, row, organisation, stations, clock)) is not None
    ]
    clock.report()
    _check_together(columns, placed)
    return tuple(p.deployment for p in placed)


def find_station(columns: Columns, row: Row, stations: Mapping[str, str]) -> str:
    """Return the id of the station a row names; "" with a finding if there is none of that name."""
    name = clean(columns.text(row, "station"))
    if not name:
        columns.fault("cell-missing", row, "station", _("expected the station's name."))
        return ""
    if name in stations:
        return stations[name]
    near = [known for known in stations if skeleton(known) == skeleton(name)]
    if name in columns.blocked:
        return ""
    remedy = (
        _("{near} looks the same; write them alike.").format(near=near[0])
        if near
        else _("Add it to the station table, or correct the name.")
    )
    columns.fault(
        "station-unknown", row, "station", _("there is no station {name!r}.").format(name=name), remedy
    )
    return ""


def _read(
    columns: Columns, row: Row, organisation: str, stations: Mapping[str, str], clock: Clock
) -> _Placed | None:
    station = find_station(columns, row, stations)
    camera = clean(columns.text(row, "camera"))
    setup_cell = columns.raw(row, "setup")
    if setup_cell is None:
        columns.fault("cell-missing", row, "setup", _("expected the date of setup."))
    setup = clock.at(row, "setup", setup_cell, columns.raw(row, "setup_time"))
    retrieval_cell = columns.raw(row, "retrieval")
    retrieval = clock.at(row, "retrieval", retrieval_cell, columns.raw(row, "retrieval_time"))
    if not station or setup is None or (retrieval_cell is not None and retrieval is None):
        return None
    start, start_is_day = setup
    end, end_is_day = retrieval if retrieval else (None, False)
    if end is not None and end_is_day:
        end = _next_day(end, clock.zone)
    if end is not None and end <= start:
        columns.fault(
            "retrieval-before-setup",
            row,
            "retrieval",
            _("retrieval {end} is before setup {start}.").format(
                end=columns.text(row, "retrieval"), start=columns.text(row, "setup")
            ),
            _("Correct one of them; day and month may be exchanged."),
        )
        return None
    local = station.partition(":")[2]
    name = clean(columns.text(row, "deployment")) or "_".join(
        part for part in (local, camera, f"{start:%Y-%m-%d}") if part
    )
    rule = columns.text(row, "clock")
    if rule and not zone_is_known(rule):
        columns.fault(
            "config-zone",
            row,
            "clock",
            _("{found!r} is no time zone.").format(found=rule),
            _("Write +10:00."),
        )
    deployment = Deployment(
        id=qualify(organisation, name),
        station=station,
        camera=camera,
        start=start,
        end=end,
        start_is_day=start_is_day,
        end_is_day=end_is_day,
        problems=tuple(_problems(columns, row, start, end, clock)),
        camera_model=columns.text(row, "model"),
        camera_serial=columns.text(row, "serial"),
        clock=rule,
        setup_by=columns.text(row, "setup_by"),
        comments=columns.text(row, "comments"),
        extra=columns.rest(row),
    )
    return _Placed(row, deployment)


def _next_day(moment: datetime, zone: tzinfo) -> datetime:
    return datetime.combine(moment.date() + DAY, time(), zone)


def _problems(
    columns: Columns, row: Row, start: datetime, end: datetime | None, clock: Clock
) -> Iterator[ProblemPeriod]:
    """Yield the problem periods of a row, in order, after naming those that can't be."""
    ends = dict(columns.numbered("problem_to"))
    states, causes = dict(columns.numbered("problem_state")), dict(columns.numbered("problem_cause"))
    found = []
    for n, column in columns.numbered("problem_from"):
        column_to = ends.get(n, "")
        first = clock.at(row, "problem_from", _cell(row, column), column=column)
        last = clock.at(row, "problem_to", _cell(row, column_to), column=column_to)
        if first is None or last is None:
            if _cell(row, column) is not None and _cell(row, column_to) is None:
                message = _("a problem begins here and has no end.")
                remedy = _(
                    "Write its end; if the camera was dead when it was taken down, the day of retrieval."
                )
                columns.fault("problem-without-end", row, "problem_from", message, remedy, column=column)
            elif _cell(row, column) is None and _cell(row, column_to) is not None:
                message = _("a problem ends here and has no beginning.")
                columns.fault("problem-without-start", row, "problem_to", message, column=column_to)
            continue
        begin = first[0]
        finish = _next_day(last[0], clock.zone) if last[1] else last[0]
        if finish <= begin:
            message = _("the problem ends before it begins.")
            columns.fault("problem-dates", row, "problem_to", message, column=column_to)
            continue
        if first[1] and begin.date() == start.date():
            begin = max(begin, start)
        if end is not None and last[1] and last[0].date() == (end - _INSTANT).date():
            finish = min(finish, end)
        if begin < start or (end is not None and finish > end):
            message = _("the problem from {begin} to {finish} is outside the deployment.").format(
                begin=_say(row, column), finish=_say(row, column_to)
            )
            remedy = _("Correct it, or setup and retrieval.")
            columns.fault("problem-outside-deployment", row, "problem_from", message, remedy, column=column)
            continue
        state = _say(row, states.get(n, "")).casefold() or "failed"
        if state not in OPERATION_STATES:
            message = _("expected one of {names}, found {found!r}.").format(
                names=", ".join(OPERATION_STATES), found=state
            )
            columns.fault("word-unknown", row, "problem_state", message, column=states[n])
            continue
        found.append(
            (begin, finish, column, ProblemPeriod(begin, finish, state, _say(row, causes.get(n, ""))))
        )
    for (_b1, f1, _c1, _p1), (b2, _f2, c2, _p2) in pairwise(sorted(found, key=lambda p: p[0])):
        if b2 < f1:
            message = _("two problems overlap.")
            columns.fault(
                "problems-overlap", row, "problem_from", message, _("Join them or cut one."), column=c2
            )
    for *_rest, problem in sorted(found, key=lambda p: p[0]):
        yield problem


def _cell(row: Row, column: str) -> Cell | None:
    cell = row.cells.get(column) if column else None
    return None if is_blank(cell) else cell


def _say(row: Row, column: str) -> str:
    return as_text(_cell(row, column))


def _counted(deployment: Deployment) -> tuple[datetime, datetime]:
    """Return from when to when a deployment is out for certain: from and to noon where only the day is known."""
    start = deployment.start.replace(hour=12) if deployment.start_is_day else deployment.start
    end = deployment.end or _NEVER
    return start, (end - DAY / 2 if deployment.end_is_day else end)


def _check_together(columns: Columns, placed: Sequence[_Placed]) -> None:
    """Name deployments that can't both be: the same id, one camera twice at a time, one serial at two stations."""
    by_id: dict[str, list[_Placed]] = defaultdict(list)
    by_camera: dict[tuple[str, str], list[_Placed]] = defaultdict(list)
    by_serial: dict[str, list[_Placed]] = defaultdict(list)
    for one in placed:
        by_id[one.deployment.id].append(one)
        by_camera[one.deployment.station, one.deployment.camera].append(one)
        if one.deployment.camera_serial:
            by_serial[one.deployment.camera_serial].append(one)
    twice = set()
    for same in by_id.values():
        for other in same[1:]:
            twice.add(id(other))
            columns.fault(
                "deployment-twice",
                other.row,
                "deployment" if columns.has("deployment") else "station",
                _("the same deployment is in row {row}.").format(row=same[0].row.number),
                _(
                    "Delete one. If two cameras stood there, the column that names them is missing: {how}."
                ).format(how=_CAMERA),
            )
    for same in by_camera.values():
        for one, other in _overlapping([p for p in same if id(p) not in twice]):
            columns.fault(
                "deployments-overlap",
                other.row,
                "setup",
                _("this camera was still out by row {row}.").format(row=one.row.number),
                _(
                    "Correct the dates. If two cameras stood there, the column that names them is missing: {how}."
                ).format(how=_CAMERA),
            )
    for same in by_serial.values():
        for one, other in _overlapping(same):
            if one.deployment.station != other.deployment.station:
                columns.fault(
                    "camera-at-two-stations",
                    other.row,
                    "serial",
                    _("the camera {serial} was at another station at that time, by row {row}.").format(
                        serial=other.deployment.camera_serial, row=one.row.number
                    ),
                    _("Check the serial number and the dates."),
                    "warning",
                )


def _overlapping(placed: Sequence[_Placed]) -> Iterator[tuple[_Placed, _Placed]]:
    for one, other in combinations(placed, 2):
        (start, end), (start_2, end_2) = _counted(one.deployment), _counted(other.deployment)
        if start < end_2 and start_2 < end:
            yield one, other
