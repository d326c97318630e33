"""Rows of the standard's tables and objects of the model, both ways.

What we have no attribute for stays in `extra` under the standard's column name. So does a cell that we would write
differently (1.30 for 1.3, Z for +00:00, an empty count for 1): it is written back as it was as long as it still means
the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from urllib.parse import quote

from pardus.camtrapdp.cells import CellFault, parse, render, same
from pardus.camtrapdp.check import Row, is_formula
from pardus.camtrapdp.schema import MISSING
from pardus.camtrapdp.source import unsafe_name
from pardus.camtrapdp.tables import FIELDS, Field
from pardus.model.deployment import Deployment, Station
from pardus.model.ids import qualify, split
from pardus.model.media import Media
from pardus.model.observation import Box, Observation

IDS = frozenset({"deploymentID", "locationID", "mediaID", "observationID", "individualID"})
AS_WRITTEN = frozenset({"observationLevel", "coordinateUncertainty", "filePublic", "fileName"})
DECIDED = frozenset({"scientificName", "individualID"})
NOT_TEXT = frozenset(text for texts in MISSING.values() for text in texts)
"""Texts that the standard takes for an empty cell. A real one, or one that a spreadsheet would run, goes to our
resource other-fields, where it is quoted."""


@cache
def _fields(table: str) -> Mapping[str, Field]:
    return {field.name: field for field in FIELDS[table]}


def kept(table: str, row: Row, base: Mapping[str, str]) -> dict[str, str]:
    """Return what of a row goes to `extra`: other columns, and cells that we would not write as they are."""
    extra = dict(row.extra)
    for name in _fields(table):
        raw = row.raw.get(name, "")
        if name in IDS or name in DECIDED:
            continue
        if row.values[name] is None:
            raw = ""
        if (name in base and raw != base[name]) or (name not in base and raw):
            extra[name] = raw
    return extra


def cells(
    table: str, base: Mapping[str, str], extra: Mapping[str, str], defaults: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return (the row's cells in the standard's order, what of base and extra it has no place for).

    The latter by its name in other-fields: "column:" what a column can't hold, "extra:" what has no column.
    defaults: column -> text that an empty cell stands for.
    """
    line: list[str] = []
    left = {f"extra:{name}": text for name, text in extra.items() if name not in _fields(table)}
    for name, field in _fields(table).items():
        text = base.get(name, "")
        if name in extra and name not in IDS:
            said = extra[name]
            if name not in base or name in AS_WRITTEN:
                if _valid(field, said):
                    text = said
                elif said:
                    left[f"extra:{name}"] = said
            elif said == "" and text == defaults.get(name):
                text = ""
            elif said and _valid(field, said) and same(field, said, text):
                text = said
        if text and (text in NOT_TEXT or is_formula(text)):
            left[f"column:{name}"] = text
            text = ""
        line.append(text)
    return line, left


def _valid(field: Field, text: str) -> bool:
    if not text:
        return not field.required
    try:
        parse(field, text)
    except CellFault:
        return False
    return True


# --- deployments -----------------------------------------------------------------------------------------


def deployment_base(deployment: Deployment, station: Station, end: datetime) -> dict[str, str]:
    """Return a deployment's cells that the model knows. end: its end, or the last that is known of it."""
    return {
        "deploymentID": deployment.id,
        "locationID": station.id,
        "locationName": station.name,
        "latitude": render(station.latitude),
        "longitude": render(station.longitude),
        "coordinateUncertainty": _metres(station.uncertainty_m),
        "deploymentStart": render(deployment.start),
        "deploymentEnd": render(end),
        "setupBy": deployment.setup_by,
        "cameraID": deployment.camera_serial or deployment.camera,
        "cameraModel": deployment.camera_model,
        "deploymentComments": deployment.comments,
    }


def deployment_defaults(station: Station) -> dict[str, str]:
    """Return what an empty cell of a deployment stands for."""
    return {"locationName": split(station.id)[1]}


def _metres(uncertainty: float | None) -> str:
    return "" if uncertainty is None else str(max(1, math.ceil(uncertainty)))


def deployment_of(row: Row, organisation: str, station: Station) -> Deployment:
    """Return the deployment a row describes; its camera is the row's cameraID."""
    v = row.values
    camera = v["cameraID"] or ""
    found = Deployment(
        id=qualify(organisation, v["deploymentID"]),
        station=station.id,
        camera=camera,
        start=v["deploymentStart"],
        end=v["deploymentEnd"],
        camera_model=v["cameraModel"] or "",
        camera_serial=camera,
        setup_by=v["setupBy"] or "",
        comments=v["deploymentComments"] or "",
    )
    base = deployment_base(found, station, v["deploymentEnd"])
    return replace(found, extra=kept("deployments", row, base))


# --- media -----------------------------------------------------------------------------------------------


def media_base(media: Media) -> dict[str, str]:
    """Return a medium's cells that the model knows."""
    path = file_path(media)
    return {
        "mediaID": media.id,
        "deploymentID": media.deployment,
        "timestamp": render(media.timestamp),
        "filePath": path,
        "filePublic": "false",
        "fileName": base_name(media.paths[0] if media.paths else path),
        "fileMediatype": media.mime if "/" in media.mime else f"{media.kind}/unknown",
    }


def file_path(media: Media) -> str:
    """Return the path under which a medium is known in a package: its own if that is safe, else an escaped one."""
    path = media.paths[0] if media.paths else f"media/{media.sha256[:2]}/{media.sha256}"
    if path.startswith(("https://", "http://")):
        return path
    if unsafe_name(path) or path.startswith(".") or ".." in path:
        path = quote(path, safe="/ ()[]+,;=@&!'-_.").replace("..", "%2E%2E").lstrip("/")
        path = f"%2E{path[1:]}" if path.startswith(".") else path
    return path


def base_name(path: str) -> str:
    """Return the last part of a path."""
    return path.rsplit("/", 1)[-1]


def media_of(row: Row, organisation: str) -> Media:
    """Return the medium a row describes: without content, and with the time of the table."""
    v = row.values
    mime = v["fileMediatype"]
    found = Media(
        id=qualify(organisation, v["mediaID"]),
        sha256="",
        bytes=0,
        kind="image" if mime.startswith("image/") else "video",
        mime=mime,
        paths=(v["filePath"],),
        deployment=qualify(organisation, v["deploymentID"]),
        timestamp=v["timestamp"],
        date_source="table",
        raw_date=row.raw["timestamp"],
    )
    return replace(found, extra=kept("media", row, media_base(found)))


# --- observations ----------------------------------------------------------------------------------------

OBSERVATION_DEFAULTS = {"count": "1", "classificationMethod": "human"}


def observation_base(observation: Observation, media: str) -> dict[str, str]:
    """Return an observation's cells that the model knows. media: id of its only medium that is in the package."""
    o = observation
    base = {
        "observationID": o.id,
        "deploymentID": o.deployment,
        "mediaID": media,
        "eventStart": render(o.start),
        "eventEnd": render(o.end),
        "observationLevel": "media" if media else "event",
        "observationType": o.type,
        "scientificName": o.scientific_name,
        "count": str(o.count),
        "lifeStage": o.life_stage,
        "sex": o.sex,
        "behavior": o.behaviour,
        "individualID": o.individual,
        "classificationMethod": o.method,
        "classifiedBy": o.classified_by,
        "classificationProbability": render(o.probability),
        "observationComments": o.comments,
        "bboxX": "",
        "bboxY": "",
        "bboxWidth": "",
        "bboxHeight": "",
    }
    if o.box is not None and fits(o.box):
        base |= {
            "bboxX": render(o.box.x),
            "bboxY": render(o.box.y),
            "bboxWidth": render(o.box.width),
            "bboxHeight": render(o.box.height),
        }
    return base


def fits(box: Box) -> bool:
    """Say whether the standard has a place for a box: inside the picture, and not empty."""
    inside = min(box.x, box.y) >= 0 and max(box.x + box.width, box.y + box.height) <= 1 + 1e-6
    return inside and min(box.width, box.height) >= 1e-15 and max(box.width, box.height, box.x, box.y) <= 1


def observation_of(row: Row, organisation: str) -> Observation:
    """Return the observation a row describes, with the names it gives; what it is on is its one medium, if any."""
    v = row.values
    box = [v[name] for name in ("bboxX", "bboxY", "bboxWidth", "bboxHeight")]
    media = qualify(organisation, v["mediaID"]) if v["mediaID"] else ""
    found = Observation(
        id=qualify(organisation, v["observationID"]),
        deployment=qualify(organisation, v["deploymentID"]),
        start=v["eventStart"],
        end=v["eventEnd"],
        media=(media,) if media else (),
        type=v["observationType"],
        scientific_name=v["scientificName"] or "",
        count=v["count"] or 1,
        individual=qualify(organisation, v["individualID"]) if v["individualID"] else "",
        sex=v["sex"] or "",
        life_stage=v["lifeStage"] or "",
        behaviour=v["behavior"] or "",
        box=None if None in box else Box(*box),
        method=v["classificationMethod"] or "human",
        classified_by=v["classifiedBy"] or "",
        probability=v["classificationProbability"],
        comments=v["observationComments"] or "",
    )
    return replace(found, extra=kept("observations", row, observation_base(found, media)))
