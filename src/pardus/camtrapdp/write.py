"""A survey as a Camtrap DP package, byte for byte the same whenever it is the same survey.

The standard's three tables are byte-standard; everything they have no place for is in our own resources
(`pardus.camtrapdp.extensions`), and what a partner's package had and we do not know goes back as it came.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
import tempfile
import uuid
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from pardus.camtrapdp import extensions as ext
from pardus.camtrapdp.cells import render
from pardus.camtrapdp.check import Checker, extent
from pardus.camtrapdp.contents import DESCRIPTOR_KEY, RESOURCE_KEY, Beneath
from pardus.camtrapdp.rows import (
    OBSERVATION_DEFAULTS,
    base_name,
    cells,
    deployment_base,
    deployment_defaults,
    file_path,
    fits,
    media_base,
    observation_base,
)
from pardus.camtrapdp.schema import LATEST, TABLES, VERSIONS, columns, profile_url, schema_url
from pardus.camtrapdp.source import DESCRIPTOR, unsafe_name
from pardus.model.errors import Finding, PackageError, ParameterError
from pardus.model.ids import derived, split
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.survey import Survey

Line = Sequence[str]
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows by table, what could not be put into the standard's tables, and doubts."""

    rows: dict[str, int] = field(hash=False)
    held_back: int = 0
    findings: tuple[Finding, ...] = ()


def write_package(
    survey: Survey, beneath: Beneath, path: Path, *, program: str = "pardus", version: str = LATEST
) -> Written:
    """Write a survey as a package: a new folder, or a zip file if the name ends in .zip.

    beneath: what the log says beneath the survey. program: named in the package with its version. version: of
    the standard. Raises PackageError if there is nothing to write, ParameterError for a version we do not write;
    the file or folder must not be there (or the folder be empty).
    """
    if version not in VERSIONS:
        raise ParameterError(
            _("Camtrap DP {version}: expected one of {names}.").format(
                version=version, names=", ".join(VERSIONS)
            )
        )
    if not survey.deployments:
        raise PackageError(_("There is nothing to export: the survey has no deployments."))
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise PackageError(_("{path} is there already; give a new name.").format(path=path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pardus-export-", dir=path.parent) as aside:
        folder = Path(aside) / "package"
        folder.mkdir()
        writer = _Writer(survey, beneath, folder, program, version)
        written = writer.write()
        if path.suffix.lower() == ".zip":
            _zip(folder, Path(aside) / "package.zip")
            (Path(aside) / "package.zip").replace(path)
        else:
            if path.exists():
                path.rmdir()
            shutil.move(folder, path)
    return written


def _zip(folder: Path, target: Path) -> None:
    """Pack a folder with fixed dates and order, so that the same content gives the same bytes."""
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w") as out, file.open("rb") as source:
                shutil.copyfileobj(source, out)


class _Writer:
    """Writes one table after the other, then the description of all."""

    def __init__(self, survey: Survey, beneath: Beneath, folder: Path, program: str, version: str) -> None:
        self.survey, self.beneath, self.folder = survey, beneath, folder
        self.program, self.version = program, version
        self.rows: Counter[str] = Counter()
        self.other: list[tuple[str, str, str, str]] = []
        self.stations = {s.id: s for s in survey.stations}
        self.observations = {o.id: o for o in survey.observations}
        self.ends = _last_records(survey)
        self.exported = {m.id: m for m in survey.media if _held_back(m, survey) == ""}
        self.names: dict[str, str] = {}

    def write(self) -> Written:
        self._check_references()
        sources = _sources(self.survey)
        kept = _kept_resources(self.survey)
        self._name_resources(kept)
        resources = [self._standard(table, lines) for table, lines in self._tables()]
        taken = {r["path"] for r in resources}
        for name, content in kept:
            resources.append(self._kept(name, content, taken))
        for extension, lines in self._extensions():
            resource = self._extension(extension, lines)
            if resource is not None:
                resources.append(resource)
        properties = self._properties(sources, resources)
        text = json.dumps({**properties, "resources": resources}, ensure_ascii=False, indent=2) + "\n"
        (self.folder / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
        held = self.rows["media-held-back"] + self.rows["observations-held-back"]
        return Written(dict(self.rows), held, tuple(self._findings()))

    def _findings(self) -> Iterator[Finding]:
        """Yield what an import of this package would warn about or refuse: the same checks, on what was written."""
        checker = Checker(self.version, known=self._known())
        for table in TABLES:
            with (self.folder / f"{table}.csv").open("rb") as file:
                for _row in checker.rows(table, cast(IO[bytes], file)):
                    pass
        for row in checker.quarantine:
            yield from row.findings
        yield from checker.report()

    # --- checks ------------------------------------------------------------------------------------------

    def _check_references(self) -> None:
        deployments = {d.id for d in self.survey.deployments}
        findings = [
            Finding("deployment-unknown", o.id, _("there is no deployment {id}.").format(id=o.deployment))
            for o in self.survey.observations
            if o.deployment not in deployments
        ]
        findings += [
            Finding("station-unknown", d.id, _("there is no station {id!r}.").format(id=d.station))
            for d in self.survey.deployments
            if d.station not in self.stations
        ]
        if findings:
            raise PackageError(_("The survey can't be exported: something refers to nothing."), findings)

    def _known(self) -> dict[str, frozenset[str]]:
        """Return the ids of observations outside their deployment: kept in this survey, and said to be so."""
        periods = {d.id: (_second(d.start), _second(self.ends[d.id])) for d in self.survey.deployments}
        outside = frozenset(
            o.id
            for o in self.survey.observations
            if _second(o.start) < periods[o.deployment][0] or _second(o.end) > periods[o.deployment][1]
        )
        return {"event-outside-deployment": outside} if outside else {}

    # --- the standard's tables ---------------------------------------------------------------------------

    def _tables(self) -> Iterator[tuple[str, Iterator[Line]]]:
        yield "deployments", self._deployments()
        yield "media", self._media()
        yield "observations", self._observations()

    def _row(
        self,
        table: str,
        id_: str,
        base: Mapping[str, str],
        extra: Mapping[str, str],
        defaults: Mapping[str, str],
    ) -> Line:
        line, left = cells(table, base, extra, defaults)
        for name, text in left.items():
            self.other.append((table, id_, name, text))
        return line

    def _deployments(self) -> Iterator[Line]:
        for d in self.survey.deployments:
            station = self.stations[d.station]
            base = deployment_base(d, station, self.ends[d.id])
            yield self._row("deployments", d.id, base, d.extra, deployment_defaults(station))

    def _media(self) -> Iterator[Line]:
        for m in self.exported.values():
            base = media_base(m)
            yield self._row("media", m.id, base, m.extra, {"fileName": base["fileName"]})
            self._other_media(m, base["filePath"])

    def _other_media(self, m: Media, path: str) -> None:
        for n, other in enumerate(m.paths):
            if n or other != path:
                self.other.append(("media", m.id, f"path:{n}", other))
        for key, text in m.metadata.items():
            self.other.append(("media", m.id, f"metadata:{key}", text))
        if "/" not in m.mime:
            self.other.append(("media", m.id, "mime", m.mime))
        if m.kind != ("image" if m.mime.startswith("image/") else "video"):
            self.other.append(("media", m.id, "kind", m.kind))

    def _observations(self) -> Iterator[Line]:
        for o in self.survey.observations:
            base = observation_base(o, self._only_medium(o))
            yield self._row("observations", o.id, base, o.extra, OBSERVATION_DEFAULTS)
            if o.box is not None and not fits(o.box):
                text = " ".join(repr(v) for v in (o.box.x, o.box.y, o.box.width, o.box.height))
                self.other.append(("observations", o.id, "box", text))

    def _only_medium(self, o: Observation) -> str:
        """Return the id of an observation's medium if it has just one, and that is in the package."""
        if len(o.media) != 1 or o.media[0] not in self.exported:
            return ""
        return o.media[0] if self.exported[o.media[0]].deployment == o.deployment else ""

    # --- our own resources -------------------------------------------------------------------------------

    def _extensions(self) -> Iterator[tuple[str, Iterator[Line]]]:
        yield "stations", self._stations()
        yield "deployment-details", self._details()
        yield "camera-operation", self._operation()
        yield "clock-corrections", self._corrections()
        yield "sessions", self._sessions()
        yield "individuals", self._individuals()
        yield "individual-statements", self._statements()
        yield "individual-aliases", self._aliases()
        yield "individual-relationships", self._relationships()
        yield "identifications", self._identifications()
        yield "observation-details", self._observation_details()
        yield "observation-media", self._observation_media()
        yield "media-hashes", self._media_details()
        yield "media-held-back", self._media_held_back()
        yield (
            "observations-held-back",
            ((id_, json.dumps(r, ensure_ascii=False)) for id_, r in self.beneath.held_back.items()),
        )
        yield "fits", ((name, json.dumps(fit, ensure_ascii=False)) for name, fit in self.beneath.fits.items())
        yield "estimates", self._estimates()
        yield (
            "other-fields",
            (
                (table, id_, name, json.dumps(text, ensure_ascii=False))
                for table, id_, name, text in self.other
            ),
        )

    def _stations(self) -> Iterator[Line]:
        for s in self.survey.stations:
            yield (
                s.id, s.name, render(s.x), render(s.y), self.survey.config.crs, render(s.latitude),
                render(s.longitude), s.original, s.original_crs, render(s.uncertainty_m),
            )  # fmt: skip
            for key, text in s.covariates.items():
                self.other.append(("stations", s.id, f"covariate:{key}", text))

    def _details(self) -> Iterator[Line]:
        for d in self.survey.deployments:
            precision = "running" if d.end is None else "day" if d.end_is_day else "second"
            yield (
                d.id, d.camera, d.camera_serial, "day" if d.start_is_day else "second", precision, d.clock,
                d.start.isoformat() if d.start.microsecond else "",
                d.end.isoformat() if d.end is not None and d.end.microsecond else "",
            )  # fmt: skip

    def _operation(self) -> Iterator[Line]:
        for d in self.survey.deployments:
            for p in d.problems:
                yield d.id, p.start.isoformat(), p.end.isoformat(), p.state, p.cause, p.basis

    def _corrections(self) -> Iterator[Line]:
        there = {d.id for d in self.survey.deployments}
        for c in self.survey.corrections:
            if c.deployment in there:
                walls = (c.wall_1, c.true_1, c.wall_2, c.true_2, c.from_wall, c.to_wall)
                texts = ["" if wall is None else wall.isoformat() for wall in walls]
                yield c.deployment, c.kind, render(c.offset_s), c.zone, *texts, c.reason

    def _sessions(self) -> Iterator[Line]:
        config = self.survey.config
        for s in config.sessions:
            yield (
                s.name, str(s.start), str(s.end), config.zone, str(config.occasion_start_hour),
                str(config.occasion_days), config.species,
            )  # fmt: skip

    def _individuals(self) -> Iterator[Line]:
        seen: dict[str, list[datetime]] = defaultdict(list)
        for o in self.survey.observations:
            if o.individual:
                seen[o.individual].append(o.start)
        for i in self.survey.individuals:
            said = {s.about: s for s in sorted(i.statements, key=lambda s: s.on)}
            days = sorted(seen[i.id])
            sex = said.get("sex")
            yield (
                i.id,
                said["name"].value if "name" in said else "",
                sex.value if sex else "",
                sex.basis if sex else "",
                said["birthYear"].value if "birthYear" in said else "",
                said["status"].value if "status" in said else "",
                str(days[0].date()) if days else "",
                str(days[-1].date()) if days else "",
            )

    def _statements(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for s in i.statements:
                yield s.individual, s.about, s.value, str(s.on), s.by, s.basis

    def _aliases(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for s in i.statements:
                if s.about == "alias":
                    partner, local = _partner(s.value)
                    yield i.id, partner, local, s.by, str(s.on)

    def _relationships(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for r in i.relationships:
                yield r.individual, r.related, r.kind, r.certainty, r.evidence

    def _identifications(self) -> Iterator[Line]:
        seen: Counter[tuple[str, ...]] = Counter()
        organisation = self.survey.config.organisation
        for d in self.beneath.decisions:
            observation = self.observations.get(d.observation)
            if observation is None and d.observation not in self.beneath.held_back:
                continue
            media = observation.media if observation else ()
            moment = "" if d.at is None else d.at.isoformat()
            content = (d.observation, d.about, d.value, d.outcome, d.by, d.basis, moment)
            seen[content] += 1
            id_ = derived(
                split(d.observation)[0] or organisation, "identification", *content, str(seen[content])
            )
            who, what = (d.value, "") if d.about == "individual" else ("", d.value)
            yield id_, d.observation, d.about, d.outcome, who, what, d.by, moment, d.basis
            if d.media != media:
                self.other.append(("identifications", id_, "media", "\n".join(d.media)))

    def _observation_details(self) -> Iterator[Line]:
        for o in self.survey.observations:
            stated = self.beneath.observations.get(o.id, o)
            timed = o.id in self.beneath.timed_by_media
            own = self._own_names(o, stated)
            exact = [
                "" if timed else moment.isoformat() if moment != shown or moment.microsecond else ""
                for moment, shown in ((stated.start, o.start), (stated.end, o.end))
            ]
            line = (
                "" if o.flank == "unknown" else o.flank,
                "" if o.frame is None else str(o.frame),
                o.group,
                o.mother,
                *own,
                *exact,
                "media" if timed else "",
            )
            if any(line):
                yield o.id, *line

    def _own_names(self, o: Observation, stated: Observation) -> tuple[str, str]:
        return stated.scientific_name, stated.individual

    def _observation_media(self) -> Iterator[Line]:
        for o in self.survey.observations:
            if o.media and not self._only_medium(o):
                for n, media in enumerate(o.media, 1):
                    yield o.id, media, str(n)

    def _file(self, m: Media) -> tuple[str, ...]:
        stated = self.beneath.media.get(m.id, m)
        differs = stated.timestamp is not None and (
            stated.timestamp != m.timestamp or stated.timestamp.microsecond != 0
        )
        return (
            m.sha256,
            str(m.bytes) if m.sha256 or m.bytes else "",
            str(m.width or ""),
            str(m.height or ""),
            render(m.duration_s),
            "" if m.wall is None else m.wall.isoformat(),
            m.date_source,
            m.raw_date,
            "|".join(m.faults if stated is m else stated.faults),
            stated.timestamp.isoformat() if differs and stated.timestamp is not None else "",
        )

    def _media_details(self) -> Iterator[Line]:
        for m in self.exported.values():
            yield m.id, *self._file(m)

    def _media_held_back(self) -> Iterator[Line]:
        for m in self.survey.media:
            reason = _held_back(m, self.survey)
            if reason:
                stamp = "" if m.timestamp is None else m.timestamp.isoformat()
                path = file_path(m)
                yield m.id, m.deployment, reason, stamp, path, m.mime, m.kind, *self._file(m)
                for key, text in m.extra.items():
                    self.other.append(("media", m.id, f"extra:{key}", text))
                self._other_media(m, path)

    def _estimates(self) -> Iterator[Line]:
        for name, fit in self.beneath.fits.items():
            for e in fit.get("estimates", ()):
                numbers = [render(e.get(key)) for key in ("estimate", "se", "lower", "upper")]
                texts = [str(e.get(key) or "") for key in ("quantity", "session", "region", "animal_class")]
                yield name, *texts, *numbers, str(e.get("unit") or ""), str(fit.get("status") or "")

    # --- files -------------------------------------------------------------------------------------------

    def _name_resources(self, kept: Sequence[tuple[str, dict[str, Any]]]) -> None:
        taken = {name for name, _content in kept}
        for extension in ext.EXTENSIONS:
            name = extension.name
            while name in taken:
                name = f"pardus-{name}"
            self.names[extension.name] = name

    def _standard(self, table: str, lines: Iterable[Line]) -> dict[str, Any]:
        path = f"{table}.csv"
        size, digest = self._csv(table, path, columns(table), lines)
        return {
            "name": table,
            "path": path,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": size,
            "hash": f"sha256:{digest}",
            "schema": schema_url(table, self.version),
        }

    def _extension(self, name: str, lines: Iterable[Line]) -> dict[str, Any] | None:
        """Write one of our resources; None if it has no rows."""
        extension = ext.BY_NAME[name]
        first = next(iterator := iter(lines), None)
        if first is None:
            return None
        called = self.names[name]
        path = f"{called}.csv"
        size, digest = self._csv(name, path, extension.names(), _chain(first, iterator))
        whole = name != "identifications" or not self.beneath.held_back
        described = ext.described(
            extension, called, path, lambda other: self.names.get(other, other), keys=whole
        )
        return {**described, "bytes": size, "hash": f"sha256:{digest}"}

    def _csv(self, table: str, path: str, header: Sequence[str], lines: Iterable[Line]) -> tuple[int, str]:
        """Write a table; return its bytes and SHA-256."""
        digest, size = hashlib.sha256(), 0
        with (self.folder / path).open("xb") as file:
            buffer = io.StringIO(newline="")
            writer = csv.writer(buffer, lineterminator="\n")

            def flush() -> int:
                data = buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
                digest.update(data)
                return file.write(data)

            writer.writerow(header)
            for line in lines:
                writer.writerow(line)
                self.rows[table] += 1
                if buffer.tell() > 1 << 20:
                    size += flush()
            size += flush()
        return size, digest.hexdigest()

    def _kept(self, name: str, content: dict[str, Any], taken: set[str]) -> dict[str, Any]:
        """Write a partner's resource back; return its description."""
        described: dict[str, Any] = {**content["described"], "name": name}
        if "text" not in content and "base64" not in content:
            return described
        data = content["text"].encode() if "text" in content else base64.b64decode(content["base64"])
        path = described.get("path")
        path = path[0] if isinstance(path, list) else str(path)
        if (
            path in taken
            or path == DESCRIPTOR
            or unsafe_name(path)
            or path.removesuffix(".csv") in self.names.values()
        ):
            path = f"partner/{name}/{base_name(path)}"
        taken.add(path)
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        described["path"] = path
        if "bytes" in described or "hash" in described:
            described |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        return described

    # --- the description ---------------------------------------------------------------------------------

    def _properties(
        self, sources: Sequence[tuple[str, dict[str, Any]]], resources: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return datapackage.json but for its resources.

        One source: its own words stand, brought up to date; several or none: ours, and theirs are kept inside.
        If the content is what a source said it is, even its date and id stand.
        """
        content = hashlib.sha256(
            json.dumps(
                [[r["name"], r.get("hash"), r.get("data")] for r in resources], ensure_ascii=False
            ).encode()
        ).hexdigest()
        base = dict(sources[0][1]) if len(sources) == 1 else self._own()
        said = base.get(ext.MARK)
        mark: dict[str, Any] = dict(said) if isinstance(said, dict) else {}
        if mark.get("content") == content and base.get("profile") == profile_url(self.version):
            return base
        created = self.survey.as_of or datetime(1970, 1, 1, tzinfo=UTC)
        mark |= {"organisation": self.survey.config.organisation, "program": self.program, "content": content}
        known = {code: sorted(ids) for code, ids in self._known().items()}
        mark.pop("known", None)
        if known:
            mark["known"] = known
        if len(sources) > 1:
            mark["sources"] = [properties for _name, properties in sources]
        id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"pardus:{self.survey.config.organisation}:{content}"))
        changed: dict[str, Any] = {
            "profile": profile_url(self.version),
            "id": id_,
            "created": render(created.astimezone(UTC)),
            "spatial": self._spatial(base.get("spatial")),
            "temporal": self._temporal(base.get("temporal")),
            "taxonomic": self._taxonomic(base.get("taxonomic")),
        }
        if len(sources) == 1 and base.get("id"):
            link = {
                "relationType": "IsDerivedFrom",
                "relatedIdentifier": str(base["id"]),
                "resourceTypeGeneral": "Dataset",
                "relatedIdentifierType": "URN",
            }
            links = base.get("relatedIdentifiers")
            changed["relatedIdentifiers"] = [*(links if isinstance(links, list) else []), link]
            mark.setdefault("from", []).append({"id": base["id"], "created": base.get("created")})
        return {**base, **changed, ext.MARK: mark}

    def _own(self) -> dict[str, Any]:
        config = self.survey.config
        levels = {"media" if self._only_medium(o) else "event" for o in self.survey.observations}
        slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in config.name.lower()).strip("-")
        return {
            "profile": profile_url(self.version),
            "name": slug or config.organisation,
            "id": "",
            "created": "",
            "title": config.name,
            "contributors": [{"title": config.organisation, "role": "rightsHolder"}],
            "project": {
                "title": config.name,
                "samplingDesign": "targeted",
                "captureMethod": ["activityDetection"],
                "individualAnimals": True,
                "observationLevel": sorted(levels) or ["event"],
            },
        }

    def _spatial(self, said: Any) -> Any:
        """Return the extent: what was said if every station is in it, else the rectangle of all."""
        places = [self.stations[d.station] for d in self.survey.deployments]
        west, east = min(s.longitude for s in places), max(s.longitude for s in places)
        south, north = min(s.latitude for s in places), max(s.latitude for s in places)
        bounds = extent(said)
        if bounds and bounds[0] <= west and bounds[1] <= south and bounds[2] >= east and bounds[3] >= north:
            return said
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}

    def _temporal(self, said: Any) -> Any:
        start = min(d.start for d in self.survey.deployments).date()
        end = max(self.ends.values()).date()
        if (
            isinstance(said, dict)
            and str(said.get("start")) <= str(start)
            and str(said.get("end")) >= str(end)
        ):
            return said
        return {"start": str(start), "end": str(end)}

    def _taxonomic(self, said: Any) -> list[Any]:
        known = list(said) if isinstance(said, list) else []
        names = {taxon.get("scientificName") for taxon in known if isinstance(taxon, dict)}
        found = {o.scientific_name for o in self.survey.observations if o.scientific_name}
        return [*known, *({"scientificName": name} for name in sorted(found - names))]


def _chain(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _second(moment: datetime) -> datetime:
    """Return a moment as the standard can write it: whole seconds."""
    return moment.replace(microsecond=0)


def _held_back(media: Media, survey: Survey) -> str:
    """Return why a medium has no place in the standard's table, "" if it has."""
    if media.timestamp is None:
        return "no-date"
    if not media.deployment:
        return "no-deployment"
    return ""


def _last_records(survey: Survey) -> dict[str, datetime]:
    """Return each deployment's end; of one still out the last moment of which there is a record."""
    last = {d.id: d.end or d.start for d in survey.deployments}
    running = {d.id for d in survey.deployments if d.end is None}
    records = [(m.deployment, m.timestamp) for m in survey.media if m.timestamp is not None]
    for deployment, moment in [*records, *((o.deployment, o.end) for o in survey.observations)]:
        if deployment in running and moment > last[deployment]:
            last[deployment] = moment
    whole = {}
    for id_, moment in last.items():
        second = _second(moment)
        whole[id_] = second if second == moment or id_ not in running else second + timedelta(seconds=1)
    return whole


def _partner(alias: str) -> tuple[str, str]:
    try:
        return split(alias)
    except ParameterError:
        return "", alias


def _sources(survey: Survey) -> list[tuple[str, dict[str, Any]]]:
    """Return (name, description) of the packages that were imported into the survey."""
    return [
        (key.removeprefix(DESCRIPTOR_KEY), json.loads(text))
        for key, text in survey.resources.items()
        if key.startswith(DESCRIPTOR_KEY)
    ]


def _kept_resources(survey: Survey) -> list[tuple[str, dict[str, Any]]]:
    """Return (name in this package, content) of partners' resources; two of one name are told apart."""
    found: list[tuple[str, dict[str, Any]]] = []
    taken: Counter[str] = Counter()
    for key, text in survey.resources.items():
        if key.startswith(RESOURCE_KEY):
            name = key.rpartition("/")[2]
            taken[name] += 1
            found.append((name if taken[name] == 1 else f"{name}-{taken[name]}", json.loads(text)))
    return found
