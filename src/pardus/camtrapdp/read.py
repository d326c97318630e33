"""A Camtrap DP package into the model's terms: what it says, what was set aside, and what we do not know and keep."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pyproj import Transformer

from pardus.camtrapdp import extensions as ext
from pardus.camtrapdp.check import Checker, Row
from pardus.camtrapdp.contents import Contents
from pardus.camtrapdp.descriptor import Descriptor, read_descriptor
from pardus.camtrapdp.extent import extent
from pardus.camtrapdp.partner import Partner, stated_hash
from pardus.camtrapdp.rows import deployment_of, media_of, observation_of
from pardus.camtrapdp.source import Source, leads_out, open_source
from pardus.model.clock import ClockCorrection
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.errors import Finding, PackageError
from pardus.model.ids import check_organisation, derived, qualify
from pardus.model.individual import Relationship, Statement
from pardus.model.language import _, ngettext
from pardus.model.lookalike import look_alikes, shown
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import from_record
from pardus.model.survey import Session

DECLARABLE = ("event-outside-deployment",)
"""What a package of ours may say of rows of its own: they are so, and kept."""

T = TypeVar("T")
Rows = dict[str, list[dict[str, Any]]]
Others = Mapping[tuple[str, str], Mapping[str, str]]


def read_package(path: Path, organisation: str, crs: str, accept: Iterable[str] = ()) -> Contents:
    """Read a package: a folder or a zip file. Nothing is written and nothing is fetched.

    organisation: qualifies ids that have none. crs: the survey's projected system, for x and y of stations.
    accept: codes out of `check.ACCEPTABLE` whose rows are taken in spite of them.
    Rows that can't be taken are in `quarantine`, each with its reasons. Raises PackageError, with every fault,
    if the package itself can't be read.
    """
    check_organisation(organisation)
    with open_source(path) as source:
        descriptor = read_descriptor(source)
        reader = _Reader(source, descriptor, organisation, crs, frozenset(accept))
        return reader.contents()


def package_organisation(path: Path) -> str:
    """Return the organisation that a package of ours says its ids are of, "" if it does not. Raises PackageError."""
    with open_source(path) as source:
        mark = read_descriptor(source).properties.get(ext.MARK)
    return str(mark.get("organisation") or "") if isinstance(mark, dict) else ""


class _Reader:
    """Reads the three tables in order, then lets our own resources complete what they said."""

    def __init__(
        self, source: Source, descriptor: Descriptor, organisation: str, crs: str, accept: frozenset[str]
    ) -> None:
        self.source, self.descriptor, self.organisation, self.crs = source, descriptor, organisation, crs
        ours = descriptor.properties.get(ext.MARK)
        known = ours.get("known", {}) if isinstance(ours, dict) else {}
        self.checker = Checker(
            descriptor.version,
            accept,
            {code: frozenset(map(str, known.get(code) or ())) for code in DECLARABLE},
            extent(descriptor.properties.get("spatial")),
        )
        self.findings: list[Finding] = list(descriptor.findings)
        self.partner = Partner(source, descriptor, organisation, self.findings)
        self.to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)

    def contents(self) -> Contents:
        """Return everything the package says."""
        extra = self.extensions()
        others = self.others(extra["other-fields"])
        deployments, stations = self.deployments(others)
        media = list(self.rows("media", media_of, others))
        observations = list(self.rows("observations", observation_of, others))
        self.findings += self.checker.report()
        self._stop_at_errors()
        stations = self.stations(stations, extra["stations"], others)
        deployments = self.detailed_deployments(deployments, extra)
        media = self.detailed_media(media, extra, others)
        observations, timed = self.detailed_observations(observations, extra, others)
        observations, decisions = self.decisions(observations, extra, others)
        self.look_alikes(decisions)
        contents = Contents(
            stations=tuple(stations),
            deployments=tuple(deployments),
            media=tuple(media),
            observations=tuple(observations),
            timed_by_media=timed,
            held_back={row["observationID"]: self.held(row) for row in extra["observations-held-back"]},
            decisions=tuple(decisions),
            statements=tuple(self.statements(extra)),
            relationships=tuple(self.relationships(extra)),
            corrections=tuple(self.corrections(extra, frozenset(d.id for d in deployments))),
            sessions=tuple(Session(row["sessionID"], row["start"], row["end"]) for row in extra["sessions"]),
            resources=self.partner.kept(),
            fits=dict(self.fits(extra)),
            quarantine=tuple(self.checker.quarantine),
            findings=tuple(sorted(self.findings)),
            counts=self.counts(extra),
            version=self.descriptor.version,
        )
        self._stop_at_errors()
        return contents

    def counts(self, extra: Rows) -> dict[str, int]:
        """Return the rows read of each table, those that the standard has no place for included."""
        counts = dict(self.checker.counts)
        for table in ("media", "observations"):
            counts[table] = counts.get(table, 0) + len(extra[f"{table}-held-back"])
        return counts

    def _stop_at_errors(self) -> None:
        errors = [f for f in self.findings if f.severity == "error"]
        if errors:
            summary = ngettext(
                "The package is refused for {count} fault; nothing was read.",
                "The package is refused for {count} faults; nothing was read.",
                len(errors),
            )
            raise PackageError(summary.format(count=len(errors)), self.findings)

    def id(self, text: str) -> str:
        return qualify(self.organisation, text) if text else ""

    # --- the standard's tables ---------------------------------------------------------------------------

    def checked(self, table: str, others: Others) -> Iterator[Row]:
        """Yield the rows of a table that can be taken, with texts that the standard can't hold put back."""
        resource = self.descriptor.table(table)
        key = {"deployments": "deploymentID", "media": "mediaID", "observations": "observationID"}[table]
        with self.source.open(resource.path) as file:
            for row in self.checker.rows(table, file, stated_hash(resource)):
                said = others.get((table, self.id(row.values[key])), {})
                exact = {name[7:]: text for name, text in said.items() if name.startswith("column:")}
                if exact:
                    row = replace(row, values={**row.values, **exact}, raw={**row.raw, **exact})
                yield row

    def rows(self, table: str, make: Callable[[Row, str], Any], others: Others) -> Iterator[Any]:
        for row in self.checked(table, others):
            value = make(row, self.organisation)
            yield restored(value, others.get((table, value.id), {}))

    def deployments(self, others: Others) -> tuple[list[Deployment], list[Station]]:
        stations: dict[str, Station] = {}
        places: dict[tuple[str, float, float], str] = {}
        taken: dict[str, int] = defaultdict(int)
        found = []
        for row in self.checked("deployments", others):
            v = row.values
            place = (v["latitude"], v["longitude"])
            location = v["locationID"] or v["locationName"]
            name = self.id(location) if location else derived(self.organisation, "location", *map(str, place))
            key = (name, *place)
            if key not in places:
                taken[name] += 1
                places[key] = name if taken[name] == 1 else f"{name}~{taken[name]}"
                if taken[name] > 1:
                    message = _("the location {name} has another place than before; taken as {new}.").format(
                        name=location, new=places[key]
                    )
                    self.findings.append(
                        Finding("location-at-two-places", row.where, message, severity="warning")
                    )
                stations[places[key]] = self.station(places[key], row)
            deployment = deployment_of(row, self.organisation, stations[places[key]])
            found.append(restored(deployment, others.get(("deployments", deployment.id), {})))
        return found, list(stations.values())

    def station(self, id_: str, row: Row) -> Station:
        latitude, longitude = row.values["latitude"], row.values["longitude"]
        x, y = self.to_metres.transform(longitude, latitude)
        uncertainty = row.values["coordinateUncertainty"]
        return Station(
            id=id_,
            name=row.values["locationName"] or id_.partition(":")[2],
            x=float(x),
            y=float(y),
            latitude=latitude,
            longitude=longitude,
            original=f"{row.raw['latitude']} {row.raw['longitude']}",
            original_crs="EPSG:4326",
            uncertainty_m=None if uncertainty is None else float(uncertainty),
        )

    # --- our own resources -------------------------------------------------------------------------------

    def extensions(self) -> Rows:
        """Return the rows of each of our resources, [] for one that is not there."""
        found: Rows = {extension.name: [] for extension in ext.EXTENSIONS}
        for resource in self.descriptor.others():
            extension = ext.which(resource.described)
            if extension is None or not resource.path:
                continue
            data = self.partner.bytes_of(resource)
            try:
                found[extension.name] += ext.read_rows(extension, io.BytesIO(data), self.findings)
            except (UnicodeDecodeError, csv.Error) as error:
                self.findings.append(ext.unreadable(resource.name, error))
        self._stop_at_errors()
        return found

    def others(self, rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, str]]:
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for number, row in enumerate(rows, 2):
            with self.faults("other-fields", number):
                found[row["table"], row["id"]][row["field"]] = str(json.loads(row["value"]))
        return dict(found)

    def stations(self, found: list[Station], rows: list[dict[str, Any]], others: Others) -> list[Station]:
        """Return the stations with what our resource says of them, in its order; those it lacks follow."""
        by_id = {station.id: station for station in found}
        stated = {}
        for number, row in enumerate(rows, 2):
            id_ = self.id(row["locationID"])
            x, y = row["x"], row["y"]
            if not id_ or row["latitude"] is None or row["longitude"] is None:
                self.findings.append(
                    ext.unreadable(f"stations, row {number}", _("expected an id and a place"))
                )
                continue
            if row["crs"] != self.crs or x is None or y is None:
                x, y = map(float, self.to_metres.transform(row["longitude"], row["latitude"]))
            station = Station(
                id=id_,
                name=row["name"],
                x=x,
                y=y,
                latitude=row["latitude"],
                longitude=row["longitude"],
                original=row["originalCoordinates"],
                original_crs=row["originalCRS"],
                uncertainty_m=row["uncertainty"],
            )
            station = restored(station, others.get(("stations", id_), {}))
            there = by_id.get(id_)
            if there is not None and (there.latitude, there.longitude) != (
                station.latitude,
                station.longitude,
            ):
                message = _(
                    "{name} stands elsewhere in deployments than in stations; taken from deployments."
                ).format(name=id_)
                self.findings.append(Finding("station-contradicts", id_, message, severity="warning"))
                station = there
            stated[id_] = station
        return [*stated.values(), *(s for s in found if s.id not in stated)]

    def detailed_deployments(self, found: list[Deployment], extra: Rows) -> list[Deployment]:
        details = {self.id(row["deploymentID"]): row for row in extra["deployment-details"]}
        problems: dict[str, list[ProblemPeriod]] = defaultdict(list)
        for number, row in enumerate(extra["camera-operation"], 2):
            with self.faults("camera-operation", number):
                problems[self.id(row["deploymentID"])].append(
                    ProblemPeriod(
                        datetime.fromisoformat(row["from"]),
                        datetime.fromisoformat(row["to"]),
                        row["state"],
                        row["cause"],
                        row["basis"],
                    )
                )
        out = []
        for deployment in found:
            detail = details.get(deployment.id)
            if detail is not None:
                running = detail["endPrecision"] == "running"
                with self.faults("deployment-details", 0):
                    start = datetime.fromisoformat(detail["start"]) if detail["start"] else deployment.start
                    end = datetime.fromisoformat(detail["end"]) if detail["end"] else deployment.end
                    deployment = replace(
                        deployment,
                        camera=detail["camera"],
                        camera_serial=detail["cameraSerial"],
                        start=start,
                        end=None if running else end,
                        start_is_day=detail["startPrecision"] == "day",
                        end_is_day=detail["endPrecision"] == "day",
                        clock=detail["clockRule"],
                    )
            out.append(replace(deployment, problems=tuple(problems[deployment.id])))
        return out

    def detailed_media(self, found: list[Media], extra: Rows, others: Others) -> list[Media]:
        details = {self.id(row["mediaID"]): row for row in extra["media-hashes"]}
        out = []
        for media in found:
            detail = details.get(media.id)
            out.append(media if detail is None else self.with_file(media, detail))
        for row in extra["media-held-back"]:
            stamp = datetime.fromisoformat(row["timestamp"]) if row["timestamp"] else None
            held = Media(
                id=self.id(row["mediaID"]),
                sha256="",
                bytes=0,
                kind=row["kind"],
                mime=row["fileMediatype"],
                paths=(row["filePath"],),
                deployment=self.id(row["deploymentID"]),
                timestamp=stamp,
            )
            out.append(restored(self.with_file(held, row), others.get(("media", held.id), {})))
        return out

    def with_file(self, media: Media, row: Mapping[str, Any]) -> Media:
        """Return a medium with what our resource says of its file."""
        wall, timestamp = None, media.timestamp
        with self.faults("media-hashes", 0):
            if row["wallTime"]:
                wall = datetime.fromisoformat(row["wallTime"])
            if row["statedTimestamp"]:
                timestamp = datetime.fromisoformat(row["statedTimestamp"])
        return replace(
            media,
            wall=wall,
            timestamp=timestamp,
            sha256=row["sha256"],
            bytes=row["bytes"] or 0,
            width=row["width"] or 0,
            height=row["height"] or 0,
            duration_s=row["duration"],
            date_source=row["dateSource"] or media.date_source,
            raw_date=row["rawDate"],
            faults=tuple(row["faults"].split("|")) if row["faults"] else (),
        )

    def detailed_observations(
        self, found: list[Observation], extra: Rows, others: Others
    ) -> tuple[list[Observation], frozenset[str]]:
        details = {self.id(row["observationID"]): row for row in extra["observation-details"]}
        several: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for row in extra["observation-media"]:
            several[self.id(row["observationID"])].append((row["order"] or 0, self.id(row["mediaID"])))
        timed = set()
        out = []
        for observation in found:
            if observation.id in several:
                media = tuple(id_ for _order, id_ in sorted(several[observation.id]))
                observation = replace(observation, media=media)
            box = others.get(("observations", observation.id), {}).get("box")
            if box:
                observation = replace(observation, box=Box(*map(float, box.split())))
            detail = details.get(observation.id)
            if detail is not None:
                if detail["timeFrom"] == "media":
                    timed.add(observation.id)
                with self.faults("observation-details", 0):
                    observation = replace(
                        observation,
                        flank=detail["flank"] or "unknown",
                        frame=detail["frame"],
                        group=self.id(detail["groupID"]),
                        mother=self.id(detail["motherID"]),
                        start=datetime.fromisoformat(detail["statedStart"])
                        if detail["statedStart"]
                        else observation.start,
                        end=datetime.fromisoformat(detail["statedEnd"])
                        if detail["statedEnd"]
                        else observation.end,
                    )
            out.append(observation)
        return out, frozenset(timed)

    def decisions(
        self, found: list[Observation], extra: Rows, others: Others
    ) -> tuple[list[Observation], list[Decision]]:
        """Return the observations with the names they give themselves, and the decisions that name them.

        Without our resource every name in the table becomes a decision by its author; with it, only a name that
        its decisions do not lead to (the table was edited by other software).
        """
        stated = {self.id(row["observationID"]): row for row in extra["observation-details"]}
        held = extra["observations-held-back"]
        decided: dict[str, list[Decision]] = defaultdict(list)
        decisions: list[Decision] = []
        there = {o.id: o.media for o in found} | {self.id(row["observationID"]): () for row in held}
        for number, row in enumerate(extra["identifications"], 2):
            of = self.id(row["observationID"])
            if of not in there:
                continue  # set aside with its observation
            media = others.get(("identifications", row["identificationID"]), {}).get("media")
            with self.faults("identifications", number):
                decision = Decision(
                    observation=of,
                    about=row["about"],
                    value=self.id(row["individualID"])
                    if row["about"] == "individual"
                    else row["scientificName"],
                    outcome=row["outcome"],
                    by=row["reviewer"],
                    basis=row["basis"],
                    media=there[of] if media is None else tuple(media.split("\n")) if media else (),
                    at=datetime.fromisoformat(row["decidedAt"]) if row["decidedAt"] else None,
                )
                decisions.append(decision)
                decided[of].append(decision)
        out = []
        for observation in found:
            detail = stated.get(observation.id)
            own = {
                "species": detail["statedScientificName"] if detail else "",
                "individual": self.id(detail["statedIndividualID"]) if detail else "",
            }
            for about, value in (
                ("species", observation.scientific_name),
                ("individual", observation.individual),
            ):
                if fold(own[about], [d for d in decided[observation.id] if d.about == about]) != value:
                    decisions.append(self.named(observation, about, value, bool(extra["identifications"])))
            out.append(replace(observation, scientific_name=own["species"], individual=own["individual"]))
        return out, decisions

    def named(self, observation: Observation, about: str, value: str, edited: bool) -> Decision:
        """Return the decision that a name in the table stands for."""
        if edited:
            message = _(
                "the {about} in the table is not what its identifications lead to; the table's is taken."
            ).format(about=about)
            self.findings.append(Finding("name-contradicts", observation.id, message, severity="warning"))
        stamp = observation.extra.get("classificationTimestamp", "")
        return Decision(
            observation=observation.id,
            about=about,
            value=value,
            by=observation.classified_by or self.organisation,
            basis="camtrap-dp",
            media=observation.media,
            at=datetime.fromisoformat(stamp) if stamp else None,
        )

    def held(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record of an observation without a time, after checking that it is one."""
        with self.faults("observations-held-back", 0):
            record: dict[str, Any] = json.loads(row["observation"])
            epoch = "1970-01-01T00:00:00+00:00"
            from_record(Observation, {"start": epoch, "end": epoch, **record})
            if record["id"] == row["observationID"]:
                return record
        return {}

    def statements(self, extra: Rows) -> Iterator[Statement]:
        for number, row in enumerate(extra["individual-statements"], 2):
            on: date | None = row["on"]
            if on is None or not row["individualID"]:
                where = f"individual-statements, row {number}"
                self.findings.append(ext.unreadable(where, _("expected an individual and a date")))
                continue
            individual = self.id(row["individualID"])
            yield Statement(individual, row["about"], row["value"], on, row["by"], row["basis"])

    def relationships(self, extra: Rows) -> Iterator[Relationship]:
        for row in extra["individual-relationships"]:
            yield Relationship(
                self.id(row["individualID"]),
                self.id(row["relatedIndividualID"]),
                row["relationType"],
                row["certainty"],
                row["evidence"],
            )

    def fits(self, extra: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
        for number, row in enumerate(extra["fits"], 2):
            with self.faults("fits", number):
                yield row["fitID"], dict(json.loads(row["fit"]))

    def corrections(self, extra: Rows, there: frozenset[str]) -> Iterator[ClockCorrection]:
        for number, row in enumerate(extra["clock-corrections"], 2):
            if self.id(row["deploymentID"]) not in there:
                continue  # set aside with its deployment
            walls = {}
            with self.faults("clock-corrections", number):
                for name, ours in (
                    ("wall1", "wall_1"), ("true1", "true_1"), ("wall2", "wall_2"), ("true2", "true_2"),
                    ("fromWall", "from_wall"), ("toWall", "to_wall"),
                ):  # fmt: skip
                    walls[ours] = datetime.fromisoformat(row[name]) if row[name] else None
                yield ClockCorrection(
                    deployment=self.id(row["deploymentID"]),
                    kind=row["type"],
                    offset_s=row["offset"] or 0.0,
                    zone=row["zone"],
                    reason=row["reason"],
                    **walls,
                )

    def look_alikes(self, decisions: list[Decision]) -> None:
        names = {d.value for d in decisions if d.about == "individual" and d.value}
        for group in look_alikes(sorted(names), {}):
            message = _("these individuals look the same but are written differently: {names}.").format(
                names=", ".join(shown(name) for name in group)
            )
            self.findings.append(Finding("look-alike-ids", "observations", message, severity="warning"))

    @contextmanager
    def faults(self, name: str, number: int) -> Iterator[None]:
        """Turn a value that a resource of ours should not hold into an error."""
        try:
            yield
        except (ValueError, TypeError) as error:
            where = f"{name}, row {number}" if number else name
            self.findings.append(Finding("resource-unreadable", where, str(error)))


def fold(own: str, decisions: Iterable[Decision]) -> str:
    """Return the name that decisions lead to, in order, from the one an observation gives itself."""
    value = own
    for decision in decisions:
        if decision.outcome in ("same", "new"):
            value = decision.value
        elif decision.outcome == "cannot-tell" or value == decision.value:
            value = ""
    return value


def restored(value: T, said: Mapping[str, str]) -> T:
    """Return a value of the model with what the resource other-fields says of it."""
    changes: dict[str, Any] = {name: said[name] for name in ("mime", "kind") if name in said}
    for prefix, attribute in (("extra:", "extra"), ("metadata:", "metadata"), ("covariate:", "covariates")):
        more = {name[len(prefix) :]: text for name, text in said.items() if name.startswith(prefix)}
        if more:
            changes[attribute] = getattr(value, attribute) | more
    paths = {
        int(name[5:]): text
        for name, text in said.items()
        if name.startswith("path:") and name[5:].isdecimal() and not leads_out(text)
    }
    if paths and isinstance(value, Media):
        paths = dict(enumerate(value.paths)) | paths
        changes["paths"] = tuple(paths[n] for n in sorted(paths))
    return replace(value, **changes) if changes else value  # type: ignore[type-var]
