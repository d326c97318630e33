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
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from pardus.camtrapdp import extensions as ext
from pardus.camtrapdp.check import Checker
from pardus.camtrapdp.contents import RESOURCE_KEY, Beneath
from pardus.camtrapdp.describe import Description
from pardus.camtrapdp.ours import Line, Ours, held_back, only_medium
from pardus.camtrapdp.rows import (
    OBSERVATION_DEFAULTS,
    base_name,
    cells,
    deployment_base,
    deployment_defaults,
    fits,
    media_base,
    observation_base,
)
from pardus.camtrapdp.schema import LATEST, TABLES, VERSIONS, columns, schema_url
from pardus.camtrapdp.source import DESCRIPTOR, unsafe_name
from pardus.model.errors import Finding, PackageError, ParameterError
from pardus.model.language import _
from pardus.model.survey import Survey

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
        self.ends = _last_records(survey)
        self.exported = {m.id: m for m in survey.media if not held_back(m)}
        self.ours = Ours(survey, beneath, self.exported, self.other)
        self.names: dict[str, str] = {}

    def write(self) -> Written:
        self._check_references()
        kept = _kept_resources(self.survey)
        self._name_resources(kept)
        resources = [self._standard(table, lines) for table, lines in self._tables()]
        taken = {r["path"] for r in resources}
        for name, content in kept:
            resources.append(self._kept(name, content, taken))
        for extension, lines in self.ours.tables():
            resource = self._extension(extension, lines)
            if resource is not None:
                resources.append(resource)
        levels = {"media" if only_medium(o, self.exported) else "event" for o in self.survey.observations}
        description = Description(
            self.survey, self.program, self.version, self.ends, self._known(), frozenset(levels)
        )
        properties = description.properties(resources)
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
            self.ours.other_media(m, base["filePath"])

    def _observations(self) -> Iterator[Line]:
        for o in self.survey.observations:
            base = observation_base(o, only_medium(o, self.exported))
            yield self._row("observations", o.id, base, o.extra, OBSERVATION_DEFAULTS)
            if o.box is not None and not fits(o.box):
                text = " ".join(repr(v) for v in (o.box.x, o.box.y, o.box.width, o.box.height))
                self.other.append(("observations", o.id, "box", text))

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


def _chain(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _second(moment: datetime) -> datetime:
    """Return a moment as the standard can write it: whole seconds."""
    return moment.replace(microsecond=0)


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
