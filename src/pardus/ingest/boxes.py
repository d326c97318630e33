"""Results of MegaDetector and its kin: JSON to machine observations with boxes. Two layouts, told apart by their top.

A JSON object: the format of https://lila.science/megadetector-output-format, `format_version` 1.x; boxes are
[x, y, width, height] as shares of the picture after EXIF rotation; `failure` means "not processed".
A JSON list: the layout of Microsoft's `megadetector` command line; boxes are [x1, y1, x2, y2] in pixels.
Units are never guessed: a box outside what its layout allows is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeGuard

from pardus.ingest.faults import finding
from pardus.model import ids
from pardus.model.errors import DataError, Finding
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.observation import Box, Observation

_TYPES = {"animal": "animal", "person": "human", "human": "human", "vehicle": "vehicle", "empty": "blank"}
_SLACK = 0.01
"""How far a relative box may reach over the edge (rounding); it is cut there."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One box of one file as the results state it: box in shares, or pixels (x1, y1, x2, y2); the other is None."""

    category: str
    confidence: float
    box: Box | None = None
    pixels: tuple[float, float, float, float] | None = None
    frame: int | None = None
    classifications: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """What the results say of one file. failure "" and no detections: looked at, nothing found."""

    file: str
    detections: tuple[Detection, ...] = ()
    failure: str = ""
    frame_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A whole results file. threshold: what the finder's makers advise, or None. layout: "shares" or "pixels"."""

    finder: str
    layout: str
    files: tuple[FileResult, ...]
    threshold: float | None = None
    findings: tuple[Finding, ...] = field(default_factory=tuple)


def read_results(path: Path) -> Results:
    """Read a results file of either layout.

    Raises DataError if it is neither. Detections with missing or impossible fields are left out, each with a finding.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DataError(
            _("{file}: expected JSON, found something else ({error}).").format(file=path.name, error=error)
        ) from None
    return parse_results(content, path.name)


def parse_results(content: object, name: str = "") -> Results:
    """Return the results in parsed JSON; see `read_results`."""
    if isinstance(content, dict) and isinstance(content.get("images"), list):
        return _shares(content, name)
    if isinstance(content, list) and all(isinstance(item, dict) and "file" in item for item in content):
        return _pixels(content)
    raise DataError(
        _(
            "{file}: expected a JSON object with 'images' (format_version 1.x) or a list of objects with 'file'."
        ).format(file=name or _("results"))
    )


def _shares(content: Mapping[str, Any], name: str) -> Results:
    info = _table(content.get("info"))
    version = str(info.get("format_version", ""))
    if not version.startswith("1."):
        raise DataError(
            _("{file}: expected format_version 1.x, found {found!r}.").format(
                file=name, found=version or "none"
            )
        )
    categories = {str(key): str(value) for key, value in _table(content.get("detection_categories")).items()}
    species = {
        str(key): str(value) for key, value in _table(content.get("classification_categories")).items()
    }
    threshold = _table(info.get("detector_metadata")).get("typical_detection_threshold")
    findings: list[Finding] = []
    files = []
    for entry in content["images"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
            findings.append(finding("box-row", name, _("An entry of 'images' has no 'file'.")))
            continue
        where = entry["file"]
        failure = str(entry.get("failure") or "")
        rows = entry.get("detections")
        if rows is None and not failure:
            failure = "no detections given"
        detections = []
        for row in [] if failure else rows or []:
            detection = _share_detection(row, categories, species, where, findings)
            if detection:
                detections.append(detection)
        rate = entry.get("frame_rate")
        files.append(
            FileResult(
                where, tuple(detections), failure, float(rate) if isinstance(rate, int | float) else None
            )
        )
    return Results(
        finder=str(info.get("detector") or "MegaDetector"),
        layout="shares",
        files=tuple(files),
        threshold=float(threshold) if isinstance(threshold, int | float) else None,
        findings=tuple(findings),
    )


def _share_detection(
    row: object,
    categories: Mapping[str, str],
    species: Mapping[str, str],
    where: str,
    findings: list[Finding],
) -> Detection | None:
    numbers = _numbers(row, "conf", where, findings)
    if numbers is None:
        return None
    detail, confidence, (x, y, width, height) = numbers
    inside = (
        min(x, y) >= -_SLACK
        and min(width, height) > 0
        and x + width <= 1 + _SLACK
        and y + height <= 1 + _SLACK
    )
    if not inside:
        findings.append(
            finding(
                "box-units",
                where,
                _("Expected [x, y, width, height] as shares from 0 to 1, found {box}.").format(
                    box=detail["bbox"]
                ),
            )
        )
        return None
    key = str(detail.get("category", ""))
    if key not in categories:
        findings.append(
            finding(
                "box-row",
                where,
                _("Category {found!r} is not in detection_categories ({known}).").format(
                    found=key, known=", ".join(sorted(categories)) or "-"
                ),
            )
        )
        return None
    frame = detail.get("frame_number")
    classified = tuple(
        (species.get(str(pair[0]), str(pair[0])), float(pair[1]))
        for pair in detail.get("classifications") or ()
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], int | float)
    )
    return Detection(
        category=categories[key],
        confidence=confidence,
        box=_clipped(Box(x, y, width, height)),
        frame=frame if isinstance(frame, int) else None,
        classifications=classified,
    )


def _clipped(box: Box) -> Box:
    x, y = max(0.0, box.x), max(0.0, box.y)
    width, height = box.width - (x - box.x), box.height - (y - box.y)
    return Box(x, y, min(width, 1 - x), min(height, 1 - y))


def _pixels(content: list[Any]) -> Results:
    findings: list[Finding] = []
    files = []
    for entry in content:
        where, rows = str(entry["file"]), entry.get("detections")
        if not isinstance(rows, list):
            files.append(FileResult(where, failure=str(entry.get("error") or "no detections given")))
            continue
        detections = []
        for row in rows:
            numbers = _numbers(row, "confidence", where, findings)
            if numbers is None:
                continue
            detail, confidence, (x1, y1, x2, y2) = numbers
            if not (0 <= x1 < x2 and 0 <= y1 < y2):
                message = _("Expected [x1, y1, x2, y2] in pixels with x1 < x2 and y1 < y2, found {box}.")
                findings.append(finding("box-units", where, message.format(box=detail["bbox"])))
                continue
            detections.append(Detection(str(detail.get("category", "")), confidence, pixels=(x1, y1, x2, y2)))
        files.append(FileResult(where, tuple(detections)))
    return Results("MegaDetector", "pixels", tuple(files), findings=tuple(findings))


def _numbers(
    row: object, confidence_key: str, where: str, findings: list[Finding]
) -> tuple[dict[str, Any], float, tuple[float, float, float, float]] | None:
    if isinstance(row, dict):
        confidence, box = row.get(confidence_key), row.get("bbox")
        if (
            _number(confidence)
            and 0 <= confidence <= 1
            and isinstance(box, list)
            and len(box) == 4
            and all(_number(value) for value in box)
        ):
            return row, float(confidence), (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    message = _("Expected a detection with {key} from 0 to 1 and a bbox of four numbers, found {row}.")
    findings.append(finding("box-row", where, message.format(key=confidence_key, row=str(row)[:120])))
    return None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> TypeGuard[int | float]:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e9
    )


@dataclass(frozen=True, slots=True)
class Boxed:
    """What was made of a results file. counts: files "matched", "unknown", "ambiguous", "failed", "empty"; "below"
    is the number of detections under the threshold."""

    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]


def boxes_to_observations(
    results: Results, media: Iterable[Media], organisation: str, threshold: float, prefix: str = ""
) -> Boxed:
    """Return one machine observation for each box at or above a confidence.

    media: those of the survey; a file of the results is found by its path, `prefix` put before it, or by the end
    of its path if exactly one media has it. A failed or unknown file gives a finding and no observation; a looked-at
    file without boxes gives none either (an "empty" verdict is a person's to give). A pixel box needs the picture's
    size and no EXIF rotation, else it is refused. Ids come from content: reading the same results twice adds nothing.
    """
    index = _PathIndex(media)
    observations, findings = [], list(results.findings)
    counts = dict.fromkeys(("matched", "unknown", "ambiguous", "failed", "empty", "below"), 0)
    by = f"{organisation}:{results.finder}"
    for result in results.files:
        found = index.find(prefix + result.file.replace("\\", "/"))
        if len(found) != 1:
            kind = "ambiguous" if found else "unknown"
            counts[kind] += 1
            findings.append(finding(f"box-file-{kind}", result.file))
            continue
        counts["matched"] += 1
        if result.failure:
            counts["failed"] += 1
            findings.append(
                finding("box-failure", result.file, _("Not processed: {why}").format(why=result.failure))
            )
            continue
        counts["empty"] += not result.detections
        for number, detection in enumerate(result.detections):
            if detection.confidence < threshold:
                counts["below"] += 1
                continue
            made = _observation(detection, number, found[0], result, organisation, by)
            if isinstance(made, Finding):
                findings.append(made)
            else:
                observations.append(made)
    return Boxed(tuple(observations), tuple(findings), counts)


def _observation(
    detection: Detection, number: int, media: Media, result: FileResult, organisation: str, by: str
) -> Observation | Finding:
    box = detection.box or _relative(detection, media)
    if box is None:
        message = _("Pixels {box} do not fit a picture of {width} x {height}, EXIF orientation {turn}.")
        return finding(
            "box-units",
            result.file,
            message.format(
                box=detection.pixels,
                width=media.width,
                height=media.height,
                turn=media.metadata.get("orientation", "1"),
            ),
        )
    if media.timestamp is None:
        return finding("box-undated", result.file)
    at = media.timestamp
    if detection.frame is not None and result.frame_rate:
        at += timedelta(seconds=detection.frame / result.frame_rate)
    best = max(detection.classifications, key=lambda pair: pair[1], default=None)
    extra = {"classification": best[0], "classification_probability": f"{best[1]:.4f}"} if best else {}
    parts = (
        "box",
        media.id,
        by,
        detection.category,
        str(detection.frame),
        str(number),
        f"{detection.confidence}",
    )
    return Observation(
        id=ids.derived(organisation, *parts, *(f"{v:.5f}" for v in (box.x, box.y, box.width, box.height))),
        deployment=media.deployment,
        start=at,
        end=at,
        media=(media.id,),
        type=_TYPES.get(detection.category.casefold(), "unknown"),
        box=box,
        frame=detection.frame,
        method="machine",
        classified_by=by,
        probability=detection.confidence,
        extra=extra,
    )


def _relative(detection: Detection, media: Media) -> Box | None:
    if detection.pixels is None or not media.width or not media.height:
        return None
    x1, y1, x2, y2 = detection.pixels
    outside = x2 > media.width * (1 + _SLACK) or y2 > media.height * (1 + _SLACK)
    in_shares = max(x2, y2) <= 1.0  # a box of less than one pixel is shares under the wrong layout
    if outside or in_shares or media.metadata.get("orientation", "1") != "1":
        return None
    width, height = (x2 - x1) / media.width, (y2 - y1) / media.height
    return _clipped(Box(x1 / media.width, y1 / media.height, width, height))


class _PathIndex:
    """Media by path and by the ends of paths."""

    def __init__(self, media: Iterable[Media]) -> None:
        self._by_name: dict[str, list[tuple[str, Media]]] = {}
        for item in media:
            for path in item.paths:
                self._by_name.setdefault(path.rpartition("/")[2], []).append((path, item))

    def find(self, path: str) -> list[Media]:
        wanted = path.removeprefix("./").lstrip("/")
        same_name = self._by_name.get(wanted.rpartition("/")[2], [])
        exact = [item for known, item in same_name if known == wanted]
        if exact:
            return _distinct(exact)
        return _distinct(
            item
            for known, item in same_name
            if f"/{wanted}".endswith(f"/{known}") or f"/{known}".endswith(f"/{wanted}")
        )


def _distinct(items: Iterable[Media]) -> list[Media]:
    return list({item.id: item for item in items}.values())
