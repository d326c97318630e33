"""What a partner's package has and we do not know: kept as it is, to be written back."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pardus.camtrapdp import extensions as ext
from pardus.camtrapdp.contents import DESCRIPTOR_KEY, RESOURCE_KEY
from pardus.camtrapdp.descriptor import Descriptor, Resource
from pardus.camtrapdp.schema import TABLES
from pardus.camtrapdp.source import Source
from pardus.model.errors import Finding
from pardus.model.ids import qualify
from pardus.model.language import _

MAX_KEPT = 256 << 20
"""Bytes of one resource."""


@dataclass(frozen=True, slots=True)
class Partner:
    """Keeps it. organisation: qualifies ids in columns that refer to the standard's tables. findings: grows."""

    source: Source
    descriptor: Descriptor
    organisation: str
    findings: list[Finding]

    def id(self, text: str) -> str:
        """Return an id in full."""
        return qualify(self.organisation, text) if text else ""

    def kept(self) -> dict[str, str]:
        """Return what is kept to be written back: the description, and every resource that is not ours."""
        properties = self.descriptor.properties
        name = str(properties.get("id") or properties.get("name") or "package")
        kept = {DESCRIPTOR_KEY + name: json.dumps(properties, ensure_ascii=False)}
        for resource in self.descriptor.others():
            if ext.which(resource.described) is not None:
                continue
            content: dict[str, Any] = {"described": self.qualified(resource.described)}
            if resource.path:
                data = self.bytes_of(resource)
                try:
                    content["text"] = self.qualified_text(resource.described, data.decode("utf-8"))
                except UnicodeDecodeError:
                    content["base64"] = base64.b64encode(data).decode()
            kept[f"{RESOURCE_KEY}{name}/{resource.name}"] = json.dumps(content, ensure_ascii=False)
            message = _("is not one that we know; kept, and written back on export.")
            self.findings.append(Finding("resource-kept", resource.name, message, severity="warning"))
        return kept

    def bytes_of(self, resource: Resource) -> bytes:
        """Return the content of a resource's file after checking its hash."""
        size = self.source.size(resource.path) or 0
        if size > MAX_KEPT:
            message = _("has {bytes} bytes, more than is kept.").format(bytes=size)
            self.findings.append(Finding("resource-too-large", resource.name, message))
            return b""
        with self.source.open(resource.path) as file:
            data = file.read(MAX_KEPT + 1)
        expected = stated_hash(resource)
        algorithm, _colon, digest = expected.partition(":")
        if expected and hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() != digest:
            message = _("its hash is not what the package says.")
            self.findings.append(Finding("hash-differs", resource.name, message))
        return data

    def references(self, described: Mapping[str, Any]) -> frozenset[str]:
        """Return the columns of a partner's own resource that refer to ids of the standard's tables."""
        schema = described.get("schema")
        found = set()
        for key in schema.get("foreignKeys", ()) if isinstance(schema, dict) else ():
            if isinstance(key, dict) and key.get("reference", {}).get("resource") in TABLES:
                columns = key.get("fields")
                found |= {columns} if isinstance(columns, str) else set(columns or ())
        return frozenset(found)

    def qualified(self, described: dict[str, Any]) -> dict[str, Any]:
        """Return a partner's description in which rows that stand in it refer to qualified ids."""
        columns = self.references(described)
        rows = described.get("data")
        if not columns or not isinstance(rows, list):
            return described
        data = [
            {k: self.id(v) if k in columns and isinstance(v, str) else v for k, v in row.items()}
            if isinstance(row, dict)
            else row
            for row in rows
        ]
        return {**described, "data": data}

    def qualified_text(self, described: dict[str, Any], text: str) -> str:
        """Return a partner's CSV in which references to the standard's tables are qualified ids."""
        columns = self.references(described)
        if not columns:
            return text
        lines = list(csv.reader(io.StringIO(text, newline="")))
        at = [n for n, name in enumerate(lines[0] if lines else ()) if name in columns]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        for number, line in enumerate(lines):
            writer.writerow([self.id(c) if number and n in at and c else c for n, c in enumerate(line)])
        return out.getvalue()


def stated_hash(resource: Resource) -> str:
    """Return "algorithm:digest" of a resource, "" if it states none that we know."""
    text = str(resource.described.get("hash") or "").lower()
    algorithm, colon, digest = text.partition(":")
    if not colon:
        algorithm, digest = "md5", text
    return f"{algorithm}:{digest}" if digest and algorithm in ("md5", "sha1", "sha256", "sha512") else ""
