"""The manifest of a package: who sends what to whom, and the size and hash of every file. It is what is signed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pardus.model.errors import Finding, PackageError
from pardus.model.ids import is_digest
from pardus.model.language import _

SCHEMA = "pardus-package-1"
TIERS = ("T0", "T1", "T2", "T3")
MOST_FILES = 200_000
MOST_BYTES = 64 * 2**20

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of the payload: relative POSIX path, size, SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself.

    package: its id. origin: organisation that speaks. key: fingerprint of its keys. sequence: 1, 2, 3 ... in the
    stream from this origin to these recipients; previous: SHA-256 of the manifest before in it ("" for the first).
    created, expires, not_before: aware ISO instants ("" = none; not_before is the embargo). tier: one of TIERS.
    recipients: organisations. agreement: SHA-256 of the agreement's content. files: sorted by path.
    """

    package: str
    origin: str
    key: str
    sequence: int
    previous: str
    created: str
    tier: str
    recipients: tuple[str, ...]
    purpose: str
    agreement: str
    files: tuple[PackedFile, ...]
    expires: str = ""
    not_before: str = ""
    program: str = ""

    @property
    def stream(self) -> str:
        """Name of the sequence it belongs to: who speaks to whom. Other recipients never see a gap."""
        return stream(self.origin, self.recipients)

    def to_bytes(self) -> bytes:
        """Return the exact bytes that are signed."""
        text = json.dumps({"schema": SCHEMA, **asdict(self)}, sort_keys=True, ensure_ascii=False, indent=1)
        return (text + "\n").encode()


def stream(origin: str, recipients: Iterable[str]) -> str:
    """Return the name of the sequence of packages from an origin to a set of recipients."""
    return f"{origin}>{','.join(sorted(recipients))}"


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest's bytes. Raises PackageError with every fault: it is trusted for nothing before that."""
    if len(data) > MOST_BYTES:
        raise PackageError(_("The manifest is larger than {limit} bytes.").format(limit=MOST_BYTES))
    try:
        raw = json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PackageError(_("The manifest is not JSON text in UTF-8.")) from error
    if not isinstance(raw, dict) or raw.pop("schema", None) != SCHEMA:
        raise PackageError(_("The manifest is not of schema {schema}.").format(schema=SCHEMA))
    expected = set(Manifest.__dataclass_fields__)
    if set(raw) != expected:
        odd = sorted(set(raw) ^ expected)
        raise PackageError(
            _("The manifest has missing or unknown keys: {keys}.").format(keys=", ".join(odd)[:300])
        )
    findings = _check(raw)
    if findings:
        raise PackageError(_("The manifest is not as it must be; nothing was opened."), findings)
    files = tuple(PackedFile(**entry) for entry in raw["files"])
    return Manifest(**{**raw, "files": files, "recipients": tuple(raw["recipients"])})


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _check(raw: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []

    def fault(code: str, where: str, message: str) -> None:
        found.append(Finding(code, where, message))

    texts = {k: v for k, v in raw.items() if k not in ("sequence", "files", "recipients")}
    for key, value in texts.items():
        if (
            not isinstance(value, str)
            or len(value) > 2000
            or any(unicodedata.category(c)[0] == "C" for c in value)
        ):
            fault("manifest-text", key, _("Expected a short text without control characters."))
    if not isinstance(raw["sequence"], int) or isinstance(raw["sequence"], bool) or raw["sequence"] < 1:
        fault("manifest-sequence", "sequence", _("Expected a whole number from 1."))
    if raw["tier"] not in TIERS:
        fault("manifest-tier", "tier", _("Expected one of {tiers}.").format(tiers=", ".join(TIERS)))
    recipients = raw["recipients"]
    if not isinstance(recipients, list) or not all(isinstance(r, str) and len(r) <= 32 for r in recipients):
        fault("manifest-recipients", "recipients", _("Expected a list of organisation ids."))
    for key in ("created", "expires", "not_before"):
        if isinstance(raw[key], str) and (raw[key] or key == "created") and not _is_instant(raw[key]):
            fault("manifest-time", key, _("Expected an ISO date and time with an offset."))
    files = raw["files"]
    if not isinstance(files, list) or len(files) > MOST_FILES:
        fault("manifest-files", "files", _("Expected a list of at most {n} files.").format(n=MOST_FILES))
        return found
    paths = []
    for n, entry in enumerate(files):
        shaped = isinstance(entry, dict) and set(entry) == {"path", "bytes", "sha256"}
        if not shaped or not _file_is_plain(entry):
            fault("manifest-file", f"files[{n}]", _("Expected path, bytes and sha256 of one file."))
        else:
            paths.append(entry["path"])
    return found + path_faults(paths)


def _file_is_plain(entry: dict[str, Any]) -> bool:
    size, digest = entry["bytes"], entry["sha256"]
    whole = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    return whole and isinstance(entry["path"], str) and isinstance(digest, str) and is_digest(digest)


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def path_faults(paths: Iterable[str]) -> list[Finding]:
    """Return why paths can't be taken: anything but plain relative ASCII names, device names, twins by case.

    The rule is an allow-list: letters, digits, '.', '_' and '-', parts joined by '/', no part that begins or ends
    with a dot, at most 8 deep and 200 long.
    """
    found, seen = [], {}
    for path in paths:
        shown = ascii(path)[:120]
        parts = path.split("/")
        if (
            len(path) > 200
            or len(parts) > 8
            or not all(_PART.fullmatch(p) and not p.endswith(".") for p in parts)
        ):
            found.append(
                Finding(
                    "unsafe-path", shown, _("Not a plain relative path of letters, digits, '.', '_', '-'.")
                )
            )
        elif any(part.split(".")[0].casefold() in _DEVICES for part in parts):
            found.append(Finding("device-name", shown, _("A name that some systems take for a device.")))
        elif path in ("manifest.json", "manifest.sig"):
            found.append(Finding("reserved-name", shown, _("The payload can't hold a manifest of its own.")))
        elif path.casefold() in seen:
            found.append(
                Finding("twin-names", shown, _("Another path differs by case only, or is the same."))
            )
        seen[path.casefold()] = path
    folders = {"/".join(p.split("/")[:k]) for p in seen for k in range(1, p.count("/") + 1)}
    found += [
        Finding("file-is-folder", ascii(p)[:120], _("A file and a folder of one name."))
        for p in folders & set(seen)
    ]
    return found
