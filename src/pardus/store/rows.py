"""What one entry puts into the tables of the present: pure, and the only place that knows every kind of entry.

Every table is keyed. Of all rows with one key, the last one (in log order) whose entry counts is the present one;
a row whose record is None takes its key away. Lists (corrections, decisions, statements, relationships) give every
row a key of its own, so nothing in them is ever replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pardus.model.answer import ANSWERS, Answer
from pardus.model.clock import ClockCorrection
from pardus.model.decision import ABOUT, OUTCOMES, Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.entry import Entry, undone_by
from pardus.model.errors import LogError
from pardus.model.individual import Relationship, Statement
from pardus.model.language import _
from pardus.model.link import OUTCOMES as LINK_OUTCOMES
from pardus.model.link import Link
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.package import PackageRecord
from pardus.model.record import from_record

TABLES = (
    "surveys",
    "stations",
    "deployments",
    "ingests",
    "media",
    "ignored",
    "corrections",
    "observations",
    "decisions",
    "statements",
    "relationships",
    "resources",
    "fits",
    "packages",
    "links",
    "answers",
)

REMOVABLE = (
    "stations",
    "deployments",
    "observations",
    "decisions",
    "statements",
    "relationships",
    "resources",
)

UNIT = "\x1f"


@dataclass(frozen=True, slots=True)
class Row:
    """One row that an entry makes. record None: the key is gone from here on."""

    table: str
    key: str
    record: dict[str, Any] | None


def rows_of(entry: Entry) -> list[Row]:
    """Return the rows an entry makes, in order.

    Raises LogError if the kind is unknown or the payload is not what docs/reference/log.md says.
    """
    make = _MAKERS.get(entry.kind)
    if make is None:
        raise LogError(_("Entry {id}: unknown kind {kind!r}.").format(id=entry.id, kind=entry.kind))
    try:
        return list(make(entry))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"missing {error}" if isinstance(error, KeyError) else str(error)
        raise LogError(
            _("Entry {id} ({kind}): the payload is malformed: {detail}").format(
                id=entry.id, kind=entry.kind, detail=detail
            )
        ) from error


def _survey(entry: Entry) -> Iterator[Row]:
    payload = entry.payload
    yield Row("surveys", "survey", {name: payload[name] for name in ("name", "organisation", "program")})


def _listed(table: str, field: str, cls: type[Any]) -> Callable[[Entry], Iterator[Row]]:
    """Rows with an id each: a later one with the same id replaces the earlier."""

    def make(entry: Entry) -> Iterator[Row]:
        for record in entry.payload[field]:
            from_record(cls, record)
            yield Row(table, record["id"], record)

    return make


def _said(table: str, field: str, cls: type[Any]) -> Callable[[Entry], Iterator[Row]]:
    """Rows that stand for themselves: each has its own key."""

    def make(entry: Entry) -> Iterator[Row]:
        for n, record in enumerate(entry.payload[field]):
            value = from_record(cls, record)
            if isinstance(value, Decision) and (value.about not in ABOUT or value.outcome not in OUTCOMES):
                raise ValueError(f"unknown decision {value.about!r} {value.outcome!r}")
            if isinstance(value, Link) and value.outcome not in LINK_OUTCOMES:
                raise ValueError(f"unknown outcome of a link {value.outcome!r}")
            yield Row(table, f"{entry.id}{UNIT}{n}", record)

    return make


def _correction(entry: Entry) -> Iterator[Row]:
    """A correction, and when it was stated: whether the dates it gives lie in the future is judged from then."""
    from_record(ClockCorrection, entry.payload)
    yield Row("corrections", entry.id, {**entry.payload, "at": entry.at})


def _observations(entry: Entry) -> Iterator[Row]:
    """An observation without start and end takes those of its media (see `pardus.store.present`)."""
    for record in entry.payload["observations"]:
        if "start" not in record and not record.get("media"):
            raise ValueError(f"observation {record.get('id')!r} has neither a time nor media")
        times = (
            {}
            if "start" in record
            else {"start": "1970-01-01T00:00:00+00:00", "end": "1970-01-01T00:00:00+00:00"}
        )
        from_record(Observation, {**record, **times})
        yield Row("observations", record["id"], record)


def _ingest(stage: str) -> Callable[[Entry], Iterator[Row]]:
    def make(entry: Entry) -> Iterator[Row]:
        yield Row(
            "ingests",
            f"{entry.payload['ingest']}{UNIT}{stage}",
            {"at": entry.at, "stage": stage, **entry.payload},
        )

    return make


def _ignored(entry: Entry) -> Iterator[Row]:
    ingest = str(entry.payload["ingest"])
    for file in entry.payload["files"]:
        record = {"ingest": ingest, "path": str(file["path"]), "reason": str(file["reason"])}
        yield Row("ignored", f"{ingest}{UNIT}{record['path']}", record)


def _removed(entry: Entry) -> Iterator[Row]:
    for media in entry.payload["media"]:
        yield Row("media", str(media), None)


def _taken_out(entry: Entry) -> Iterator[Row]:
    table = entry.payload["table"]
    if table not in REMOVABLE:
        raise ValueError(f"rows of {table!r} can't be removed")
    for key in entry.payload["keys"]:
        yield Row(table, str(key), None)


def _resource(entry: Entry) -> Iterator[Row]:
    payload = entry.payload
    yield Row("resources", str(payload["name"]), {"text": str(payload["text"])})


def _fit(entry: Entry) -> Iterator[Row]:
    yield Row("fits", str(entry.payload["name"]), dict(entry.payload["fit"]))


def _package(direction: str) -> Callable[[Entry], Iterator[Row]]:
    """A package that went out or came in: named by its manifest's hash."""

    def make(entry: Entry) -> Iterator[Row]:
        record = from_record(PackageRecord, entry.payload)
        row = {**entry.payload, "direction": direction, "at": entry.at}
        yield Row("packages", f"{direction}{UNIT}{record.hash}", row)

    return make


def _answered(entry: Entry) -> Iterator[Row]:
    """Answers, and what follows from them: one entry, so that one undo takes all of it back."""
    for n, record in enumerate(entry.payload["answers"]):
        answer = from_record(Answer, record)
        if answer.said not in ANSWERS or answer.truth not in ("", "same", "different"):
            raise ValueError(f"unknown answer {answer.said!r} {answer.truth!r}")
        yield Row("answers", f"{entry.id}{UNIT}{n}", {**record, "at": entry.at})
    consequences = {"decisions": entry.payload.get("decisions", [])}
    yield from _said("decisions", "decisions", Decision)(replace(entry, payload=consequences))


def _undone(entry: Entry) -> Iterator[Row]:
    undone_by(entry)
    yield from ()


_MAKERS: dict[str, Callable[[Entry], Iterator[Row]]] = {
    "survey-created": _survey,
    "stations-declared": _listed("stations", "stations", Station),
    "deployments-declared": _listed("deployments", "deployments", Deployment),
    "ingest-started": _ingest("started"),
    "media-added": _listed("media", "media", Media),
    "media-ignored": _ignored,
    "media-removed": _removed,
    "ingest-finished": _ingest("finished"),
    "clock-corrected": _correction,
    "observations-made": _observations,
    "decisions-made": _said("decisions", "decisions", Decision),
    "records-removed": _taken_out,
    "individuals-stated": _said("statements", "statements", Statement),
    "relationships-stated": _said("relationships", "relationships", Relationship),
    "resource-kept": _resource,
    "fit-made": _fit,
    "package-sent": _package("sent"),
    "package-accepted": _package("accepted"),
    "links-decided": _said("links", "links", Link),
    "questions-answered": _answered,
    "entry-undone": _undone,
}
