"""datapackage.json: read as data, checked; which version it is, where its tables are, and what we do not know in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pardus.camtrapdp.schema import PROFILE, TABLES, VERSIONS, known_url
from pardus.camtrapdp.source import DESCRIPTOR, Source, unsafe_name
from pardus.camtrapdp.tables import PACKAGE, PROJECT
from pardus.model.errors import Finding, PackageError
from pardus.model.language import _, ngettext

MAX_DESCRIPTOR = 64 << 20


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its description, and the name of its file ("" if its rows stand in the description)."""

    name: str
    described: dict[str, Any] = field(hash=False)
    path: str = ""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What datapackage.json says. properties: all of it but the resources. findings: warnings."""

    version: str
    properties: dict[str, Any] = field(hash=False)
    resources: tuple[Resource, ...] = ()
    findings: tuple[Finding, ...] = ()

    def table(self, name: str) -> Resource:
        """Return the resource of a name. Raises KeyError."""
        for resource in self.resources:
            if resource.name == name:
                return resource
        raise KeyError(name)

    def others(self) -> tuple[Resource, ...]:
        """Return the resources that are not one of the standard's three tables."""
        return tuple(r for r in self.resources if r.name not in TABLES)


def read_descriptor(source: Source) -> Descriptor:
    """Read and check datapackage.json.

    Raises PackageError with every fault for which the package has to be refused: not JSON, a version we do not
    read, a table that is absent, remote, outside the package, or not what its bytes or hash say.
    """
    reader = _Reader(source)
    data = reader.load()
    resources = reader.resources(data)
    version = reader.version(data, resources)
    reader.profile(data)
    errors = [f for f in reader.findings if f.severity == "error"]
    if errors:
        summary = ngettext(
            "The package is refused for {count} fault; nothing was read.",
            "The package is refused for {count} faults; nothing was read.",
            len(errors),
        )
        raise PackageError(summary.format(count=len(errors)), reader.findings)
    properties = {key: value for key, value in data.items() if key != "resources"}
    return Descriptor(version, properties, tuple(resources), tuple(sorted(reader.findings)))


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []

    def fault(self, code: str, where: str, message: str, remedy: str = "", severity: str = "error") -> None:
        self.findings.append(Finding(code, where, message, remedy, severity))

    def load(self) -> dict[str, Any]:
        size = self.source.size(DESCRIPTOR)
        if size is None or size > MAX_DESCRIPTOR:
            message = _("is not there.") if size is None else _("has {bytes} bytes.").format(bytes=size)
            raise PackageError(
                _("This is no Camtrap DP."), [Finding("descriptor-missing", DESCRIPTOR, message)]
            )
        with self.source.open(DESCRIPTOR) as file:
            raw = file.read(MAX_DESCRIPTOR + 1)
        try:
            data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            finding = Finding(
                "descriptor-not-json", DESCRIPTOR, _("can't be read: {reason}").format(reason=error)
            )
            raise PackageError(_("This is no Camtrap DP."), [finding]) from None
        if not isinstance(data, dict):
            finding = Finding("descriptor-not-json", DESCRIPTOR, _("expected an object."))
            raise PackageError(_("This is no Camtrap DP."), [finding])
        return data

    def resources(self, data: dict[str, Any]) -> list[Resource]:
        described = data.get("resources")
        if not isinstance(described, list) or not all(isinstance(item, dict) for item in described):
            self.fault("resource-missing", DESCRIPTOR, _("expected a list of resources."))
            return []
        found: list[Resource] = []
        for number, item in enumerate(described, 1):
            name = item.get("name")
            if not isinstance(name, str) or not name:
                self.fault(
                    "resource-name", DESCRIPTOR, _("resource {number} has no name.").format(number=number)
                )
            elif any(name == other.name for other in found):
                self.fault("resource-twice", name, _("stands there twice."))
            else:
                found.append(Resource(name, item, self.path(name, item)))
        for table in TABLES:
            if all(table != resource.name for resource in found):
                self.fault(
                    "resource-missing", table, _("the package has no table {name}.").format(name=table)
                )
        return found

    def path(self, name: str, item: dict[str, Any]) -> str:
        """Return the name of a resource's file after checking that it is one of the package, of the right bytes."""
        path = item.get("path")
        if isinstance(path, list) and len(path) == 1:
            path = path[0]
        if path is None and "data" in item and name not in TABLES:
            return ""
        if not isinstance(path, str):
            message = _("expected one path, found {found!r}.").format(found=path)
            self.fault("resource-path", name, message, _("Join the parts of the table in one file."))
            return ""
        fault = unsafe_name(path)
        if fault == "path-remote":
            message = _("its file is at {path}; a package holds its tables itself, and nothing is fetched.")
            self.fault(
                "resource-remote",
                name,
                message.format(path=path),
                _("Ask for a package with the file in it."),
            )
            return ""
        if fault:
            message = _("its path {path!r} leads out of the package or is none.").format(path=path)
            self.fault("resource-path", name, message)
            return ""
        size = self.source.size(path)
        if size is None:
            self.fault(
                "resource-missing", name, _("its file {path} is not in the package.").format(path=path)
            )
            return ""
        stated = item.get("bytes")
        if isinstance(stated, int) and stated != size:
            message = _("has {found} bytes, the package says {expected}.").format(found=size, expected=stated)
            self.fault("bytes-differ", name, message, _("The file was changed or cut; ask for it again."))
        return path

    def version(self, data: dict[str, Any], resources: list[Resource]) -> str:
        """Return the version; every schema and the profile must name the same."""
        named = {("profile", str(data.get("profile", "")))}
        for resource in resources:
            if resource.name in TABLES:
                schema = resource.described.get("schema")
                if isinstance(schema, dict):
                    message = _("its schema stands in the package; the standard's own URL is expected.")
                    self.fault("schema-inline", resource.name, message, severity="warning")
                    continue
                named.add((resource.name, str(schema or "")))
        versions = set()
        for where, url in sorted(named):
            known = known_url(url)
            if known is None:
                message = _("{url!r} is not the standard's URL.").format(url=url)
                remedy = _("Expected {expected}.").format(
                    expected="https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/..."
                )
                self.fault("schema-unknown", where, message, remedy)
                continue
            version, file = known
            if file != (PROFILE if where == "profile" else f"{where}-table-schema.json"):
                self.fault(
                    "schema-unknown", where, _("{url!r} is the schema of something else.").format(url=url)
                )
            elif version not in VERSIONS:
                message = _("Camtrap DP {version} can't be read; known are {names}.").format(
                    version=version, names=", ".join(VERSIONS)
                )
                self.fault(
                    "version-unsupported", where, message, _("Write the package anew in version 1.0.2.")
                )
            else:
                versions.add(version)
        if len(versions) > 1:
            message = _("the package names several versions: {names}.").format(
                names=", ".join(sorted(versions))
            )
            self.fault("version-mixed", DESCRIPTOR, message, severity="warning")
        return max(versions, default=VERSIONS[-1])

    def profile(self, data: dict[str, Any]) -> None:
        """Warn about what the profile asks for and the package lacks; the data are none the worse for it."""
        missing = [key for key in PACKAGE if not data.get(key) and key not in ("resources", "profile")]
        if isinstance(data.get("project"), dict):
            missing += [f"project.{key}" for key in PROJECT if key not in data["project"]]
        for key in missing:
            self.fault("property-missing", DESCRIPTOR, _("lacks {key}.").format(key=key), severity="warning")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _value in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(_("{key} stands there twice").format(key=", ".join(sorted(twice))))
    return dict(pairs)


def _no_constant(text: str) -> None:
    raise ValueError(_("{text} is no JSON").format(text=text))
