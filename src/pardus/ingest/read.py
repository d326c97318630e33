"""One file to facts: hash, size, kind, dimensions, damage, dates, keywords, camera. Opened once, never written.

`read_file` is a pure function of a path: it can run in a process pool, and keeps nothing between files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from pardus.ingest.dates import Dated, RawDates
from pardus.ingest.exif import read_exif
from pardus.ingest.faults import finding
from pardus.ingest.jpeg import decode
from pardus.ingest.keywords import read_keywords, xmp_date
from pardus.ingest.makernotes import read_description, read_maker_note
from pardus.ingest.names import shown
from pardus.ingest.scan import Found
from pardus.ingest.scene import colourfulness, signature
from pardus.ingest.video import read_video
from pardus.model.errors import Finding
from pardus.model.media import DAMAGE_FAULTS, Media

_CHUNK = 1 << 20
IN_MEMORY = 64 << 20
"""Pictures larger than this are hashed in chunks and called undecodable: no camera trap writes them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file is. Picklable.

    path: as in `Found`, relative. sha256: of the whole content. width, height: as shown, after EXIF rotation.
    dates: every date it offers; `dates.believe` chooses. faults: codes of `faults.DAMAGE`. keywords: "A|B" paths.
    metadata: make, model, serial, sequence, event, trigger, temperature_c, moon, infrared, scene ... as text.
    copied: bytes written to `copy_to`.
    """

    path: str
    sha256: str
    bytes: int
    kind: str
    mime: str
    width: int = 0
    height: int = 0
    duration_s: float | None = None
    dates: RawDates = field(default_factory=RawDates)
    faults: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    copied: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The damage as Findings."""
        return tuple(finding(code, shown(self.path)) for code in self.faults)


def read_file(root: Path, found: Found, copy_to: BinaryIO | None = None, every_frame: bool = False) -> Facts:
    """Read one scanned file.

    copy_to: an open binary file; gets every byte that was hashed, in the same pass (the caller flushes, syncs and
    renames). every_frame: decode videos whole, see `video.read_video`. Raises OSError if the file can't be read or
    copy_to can't be written; never for bad content.
    """
    path = root / found.path
    side = _sidecar_bytes(root, found)
    if found.kind == "video":
        sha256, size = _hash(path, copy_to)
        facts = _video(path, found, sha256, size, every_frame)
    elif found.bytes > IN_MEMORY:
        sha256, size = _hash(path, copy_to)
        facts = Facts(found.path, sha256, size, found.kind, found.mime, faults=("undecodable",))
    else:
        data = path.read_bytes()
        if copy_to is not None:
            copy_to.write(data)
        facts = image_facts(data, found.path, found.mime)
    facts = _with_sidecar(facts, found.sidecar, side)
    name = found.path.rpartition("/")[2]
    return replace(
        facts,
        dates=replace(facts.dates, name=name, mtime=found.mtime),
        copied=facts.bytes if copy_to is not None else 0,
    )


def image_facts(data: bytes, path: str = "", mime: str = "image/jpeg") -> Facts:
    """Return the facts of a JPEG's bytes."""
    picture = decode(data)
    exif = read_exif(picture.exif)
    keywords, bad_xmp = read_keywords(picture.xmp, picture.iptc)
    faults = [picture.fault] if picture.fault else []
    if picture.width and (exif.damaged or picture.odd_metadata or bad_xmp):
        faults.append("damaged-metadata")
    text = dict(exif.text)
    described = read_description(text.pop("description", ""), text.get("make", ""), text.get("model", ""))
    metadata = {**text, **described, **read_maker_note(exif.maker_note)}
    if picture.thumb is not None:
        metadata["scene"] = signature(picture.thumb)
        metadata["colour"] = f"{colourfulness(picture.thumb):.1f}"
    width, height = picture.width, picture.height
    if exif.orientation >= 5:
        width, height = height, width
    if exif.orientation != 1:
        metadata["orientation"] = str(exif.orientation)
    return Facts(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        kind="image",
        mime=mime,
        width=width,
        height=height,
        dates=RawDates(exif_original=exif.original, exif_digitized=exif.digitized),
        faults=tuple(faults),
        keywords=keywords,
        metadata=metadata,
    )


def _video(path: Path, found: Found, sha256: str, size: int, every_frame: bool) -> Facts:
    video = read_video(path, every_frame)
    return Facts(
        path=found.path,
        sha256=sha256,
        bytes=size,
        kind="video",
        mime=found.mime,
        width=video.width,
        height=video.height,
        duration_s=video.duration_s,
        dates=RawDates(
            container=video.creation,
            container_local=video.local,
            riff=video.riff,
        ),
        faults=(video.fault,) if video.fault else (),
        metadata=dict(video.metadata),
    )


def _hash(path: Path, copy_to: BinaryIO | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if copy_to is not None:
                copy_to.write(chunk)
    return digest.hexdigest(), size


def _sidecar_bytes(root: Path, found: Found) -> bytes:
    if not found.sidecar:
        return b""
    path = root / found.sidecar
    return path.read_bytes() if path.stat().st_size <= IN_MEMORY else b""


def _with_sidecar(facts: Facts, name: str, data: bytes) -> Facts:
    if not data:
        return facts
    if name.casefold().endswith(".thm"):
        exif = read_exif(_thm_exif(data))
        return replace(facts, dates=replace(facts.dates, sidecar=exif.original))
    keywords, damaged = read_keywords(data, {})
    return replace(
        facts,
        dates=replace(facts.dates, sidecar=xmp_date(data)),
        keywords=tuple(sorted({*facts.keywords, *keywords})),
        faults=(*facts.faults, "damaged-metadata")
        if damaged and "damaged-metadata" not in facts.faults
        else facts.faults,
    )


def _thm_exif(data: bytes) -> Image.Exif | None:
    return decode(data).exif


def to_media(
    facts: Facts, organisation: str, label: str, deployment: str = "", dated: Dated | None = None
) -> Media:
    """Return the Media of a file: facts of its content, the path as shown (`Found.label`), the date believed.

    metadata holds what was read as text; keywords are kept under "keywords", separated by a line break.
    """
    dated = dated or Dated(faults=("no-date",))
    metadata = dict(facts.metadata)
    if facts.keywords:
        metadata["keywords"] = "\n".join(facts.keywords)
    return Media(
        id=f"{organisation}:{facts.sha256[:20]}",
        sha256=facts.sha256,
        bytes=facts.bytes,
        kind=facts.kind,
        mime=facts.mime,
        paths=(label,),
        deployment=deployment,
        wall=dated.wall,
        timestamp=dated.timestamp,
        date_source=dated.source,
        raw_date=dated.raw,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        faults=(*facts.faults, *dated.faults),
        metadata=metadata,
    )


def is_damaged(facts: Facts) -> bool:
    """Say whether the content is damaged (the metadata alone do not count)."""
    return any(code in DAMAGE_FAULTS for code in facts.faults)
