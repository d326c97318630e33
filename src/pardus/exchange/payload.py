"""What lies inside a package: which files a tier may hold, and the rows of a catalogue as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from pardus.exchange.history import HISTORY
from pardus.exchange.manifest import Manifest
from pardus.exchange.merge import Row
from pardus.model.entry import canonical
from pardus.model.errors import Finding, PackageError
from pardus.model.ids import is_digest
from pardus.model.language import _

ROWS = "catalogue/rows.jsonl"
TOTALS = "totals.json"
WITHDRAWN = "withdrawn.json"
TABLES = "camtrapdp"
MOST_LINE = 20_000
MOST_ROWS = 1_000_000
MOST_CROP_PIXELS = 4_000_000

_CROP = re.compile(r"crops/[0-9a-f]{20}\.(jpg|png)")
_TABLE = re.compile(r"camtrapdp/[a-z0-9-]+\.(csv|json)")


def allowed(tier: str, path: str) -> bool:
    """Say whether a package of a tier may hold a file of this path. An allow-list: nothing that could be run."""
    if path == WITHDRAWN:
        return True
    if tier == "T0":
        return path == TOTALS
    if tier == "T1":
        return bool(_TABLE.fullmatch(path))
    if tier == "T2":
        return path == ROWS or bool(_CROP.fullmatch(path))
    return path in (ROWS, HISTORY) or bool(_CROP.fullmatch(path) or _TABLE.fullmatch(path))


def file_faults(manifest: Manifest) -> list[Finding]:
    """Return the files that a package of its tier may not hold."""
    return [
        Finding(
            "file-kind",
            ascii(f.path),
            _("A package of tier {tier} holds no such file.").format(tier=manifest.tier),
        )
        for f in manifest.files
        if not allowed(manifest.tier, f.path)
    ]


def write_rows(rows: Iterable[Row]) -> bytes:
    """Return rows as JSON lines, sorted: the same rows give the same bytes."""
    lines = [canonical({"table": r.table, "key": r.key, "record": r.fields()}) for r in sorted(set(rows))]
    return ("\n".join(lines) + "\n").encode() if lines else b""


def read_rows(data: bytes) -> tuple[Row, ...]:
    """Read what `write_rows` wrote. Raises PackageError, naming the first lines that are something else."""
    found: list[Finding] = []
    rows = []
    keys = set()
    lines = data.split(b"\n")
    if len(lines) > MOST_ROWS:
        raise PackageError(_("{file}: more than {n} rows.").format(file=ROWS, n=MOST_ROWS))
    for n, line in enumerate(lines, 1):
        if not line:
            continue
        where = f"{ROWS}:{n}"
        if len(line) > MOST_LINE:
            found.append(Finding("huge-field", where, _("A line of {n} bytes.").format(n=len(line))))
            continue
        try:
            raw = json.loads(line.decode("utf-8"))
            if set(raw) != {"table", "key", "record"} or not isinstance(raw["record"], dict):
                raise ValueError("shape")
            if not (isinstance(raw["table"], str) and isinstance(raw["key"], str) and len(raw["key"]) <= 120):
                raise ValueError("key")
            row = Row(raw["table"], raw["key"], canonical(raw["record"]))
        except (ValueError, TypeError, RecursionError) as error:
            found.append(
                Finding("row-shape", where, _("Not a row: {reason}.").format(reason=type(error).__name__))
            )
            continue
        if (row.table, row.key) in keys:
            found.append(Finding("row-twice", where, _("The same table and key twice.")))
        keys.add((row.table, row.key))
        rows.append(row)
    if found:
        raise PackageError(_("The rows of the package can't be read."), found[:50])
    return tuple(rows)


def outline_of(crop: str) -> str:
    """Return the path of the outline that belongs to a crop."""
    return crop.removesuffix(".jpg") + ".png"


def crop_faults(folder: Path, manifest: Manifest) -> list[Finding]:
    """Return crops that are no plain JPEG picture of modest size, and outlines that do not fit theirs.

    Only their headers are read.
    """
    found = []
    sizes: dict[str, tuple[int, int]] = {}
    for f in manifest.files:
        if not _CROP.fullmatch(f.path):
            continue
        kind = "JPEG" if f.path.endswith(".jpg") else "PNG"
        try:
            with Image.open(folder / f.path, formats=(kind,)) as picture:
                sizes[f.path] = picture.size
                plain = picture.mode == "1" or kind == "JPEG"
            if picture.width * picture.height > MOST_CROP_PIXELS:
                found.append(
                    Finding(
                        "picture-too-large", f.path, _("{n} pixels.").format(n=picture.width * picture.height)
                    )
                )
            elif not plain:
                found.append(Finding("not-an-outline", f.path, _("Not a picture of one bit a pixel.")))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            found.append(Finding("not-a-picture", f.path, _("Not a {kind} picture.").format(kind=kind)))
    crops = {outline_of(path): size for path, size in sizes.items() if path.endswith(".jpg")}
    found += [
        Finding("not-an-outline", path, _("It does not fit the picture of its name."))
        for path, size in sizes.items()
        if path.endswith(".png") and crops.get(path) != size
    ]
    return found


def withdrawn_of(data: bytes) -> tuple[tuple[str, ...], str]:
    """Return (hashes, reason) of a withdrawal. Raises PackageError."""
    try:
        raw = json.loads(data.decode("utf-8"))
        hashes, reason = raw["hashes"], raw["reason"]
        if not (isinstance(hashes, list) and all(isinstance(h, str) and is_digest(h) for h in hashes)):
            raise ValueError("hashes")
        if not isinstance(reason, str) or len(reason) > 1000 or len(hashes) > 10_000:
            raise ValueError("reason")
        return tuple(hashes), reason
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PackageError(
            _("{file} is not a list of packages and a reason.").format(file=WITHDRAWN)
        ) from error
