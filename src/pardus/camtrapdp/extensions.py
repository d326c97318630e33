"""Our own resources beside the standard's three tables: what it has no place for, each with its schema and keys.

The route that the standard recommends: the three tables stay as they are, everything else is a custom resource. Each
carries `"pardus": {"resource": ..., "version": 1}`, by which it is known whatever its name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from pardus.camtrapdp.cells import CellFault, parse
from pardus.camtrapdp.tables import Field
from pardus.model.errors import Finding
from pardus.model.language import _

VERSION = 1
MARK = "pardus"


@dataclass(frozen=True, slots=True)
class Extension:
    """One resource of ours. columns: (name, type, what it is). keys: column -> (resource, column)."""

    name: str
    about: str
    columns: tuple[tuple[str, str, str], ...]
    primary: str = ""
    keys: tuple[tuple[str, str, str], ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return the names of its columns."""
        return tuple(name for name, _type, _about in self.columns)


_DEPLOYMENT = ("deploymentID", "deployments", "deploymentID")
_OBSERVATION = ("observationID", "observations", "observationID")
_FILE = (
    ("sha256", "string", "SHA-256 of the file's content"),
    ("bytes", "integer", "size of the file"),
    ("width", "integer", "pixels"),
    ("height", "integer", "pixels"),
    ("duration", "number", "seconds"),
    ("wallTime", "string", "time on the camera's clock, without a zone"),
    ("dateSource", "string", "where the time comes from"),
    ("rawDate", "string", "the time as the file says it"),
    ("faults", "string", "codes of what is wrong with the file, separated by |"),
    ("statedTimestamp", "string", "the time as it was stated before clocks were corrected, if it differs"),
)

EXTENSIONS: tuple[Extension, ...] = (
    Extension(
        "stations",
        "Places of cameras in the survey's own coordinate system, with the coordinates as they were written.",
        (
            ("locationID", "string", "the place; as in deployments"),
            ("name", "string", "its name"),
            ("x", "number", "metres east in the system `crs`"),
            ("y", "number", "metres north"),
            ("crs", "string", "EPSG code of x and y"),
            ("latitude", "number", "WGS84 degrees"),
            ("longitude", "number", "WGS84 degrees"),
            ("originalCoordinates", "string", "as written"),
            ("originalCRS", "string", "the system they were written in"),
            ("uncertainty", "number", "metres"),
        ),
        "locationID",
    ),
    Extension(
        "deployment-details",
        "What the deployments table has no column for.",
        (
            ("deploymentID", "string", ""),
            ("camera", "string", "which camera of the station"),
            ("cameraSerial", "string", "serial number"),
            ("startPrecision", "string", "day: the hour of setup is not known; second otherwise"),
            ("endPrecision", "string", "day or second; running: still out, deploymentEnd is the last record"),
            (
                "clockRule",
                "string",
                "what the camera's clock shows: an offset or a zone; empty = the survey's rule",
            ),
            ("start", "string", "exact start if it has parts of a second"),
            ("end", "string", "exact end if it has parts of a second"),
        ),
        "deploymentID",
        (_DEPLOYMENT,),
    ),
    Extension(
        "camera-operation",
        "Times in which a deployed camera did not work as it should.",
        (
            ("deploymentID", "string", ""),
            ("from", "string", "first moment"),
            ("to", "string", "moment after the last"),
            ("state", "string", "failed, partial or unknown"),
            ("cause", "string", ""),
            ("basis", "string", "fieldNote, timeLapse or inferred"),
        ),
        keys=(_DEPLOYMENT,),
    ),
    Extension(
        "clock-corrections",
        "Statements that a camera's clock was wrong; the times in media and observations are already right.",
        (
            ("deploymentID", "string", ""),
            ("type", "string", "offset, drift or zone"),
            ("offset", "number", "seconds to add"),
            ("zone", "string", ""),
            ("wall1", "string", "first anchor, camera's time"),
            ("true1", "string", "first anchor, true time"),
            ("wall2", "string", "second anchor, camera's time"),
            ("true2", "string", "second anchor, true time"),
            ("fromWall", "string", "applies from this time of the camera"),
            ("toWall", "string", "applies before this time of the camera"),
            ("reason", "string", ""),
        ),
        keys=(_DEPLOYMENT,),
    ),
    Extension(
        "sessions",
        "Closed surveys and how occasions are cut in them.",
        (
            ("sessionID", "string", ""),
            ("start", "date", "first day"),
            ("end", "date", "last day"),
            ("zone", "string", "time zone in which occasions are cut"),
            ("startHour", "integer", "hour at which an occasion begins"),
            ("occasionDays", "integer", "days of an occasion"),
            ("targetTaxon", "string", "species under study"),
        ),
        "sessionID",
    ),
    Extension(
        "individuals",
        "Animals that a person has confirmed; a summary of individual-statements and observations.",
        (
            ("individualID", "string", ""),
            ("name", "string", ""),
            ("sex", "string", ""),
            ("sexBasis", "string", ""),
            ("birthYear", "string", ""),
            ("status", "string", ""),
            ("firstSeen", "string", "day of the first observation in this package"),
            ("lastSeen", "string", "day of the last one"),
        ),
        "individualID",
    ),
    Extension(
        "individual-statements",
        "Dated statements about individuals, each by its author; the last one stated wins among equals.",
        (
            ("individualID", "string", ""),
            ("about", "string", "sex, lifeStage, name, alias, status or birthYear"),
            ("value", "string", ""),
            ("on", "date", "date it holds from"),
            ("by", "string", "author"),
            ("basis", "string", ""),
        ),
        keys=(("individualID", "individuals", "individualID"),),
    ),
    Extension(
        "individual-aliases",
        "Other names of individuals, out of individual-statements.",
        (
            ("individualID", "string", ""),
            ("partner", "string", "organisation that uses the other name, if it is qualified"),
            ("localID", "string", "the other name"),
            ("assertedBy", "string", "author"),
            ("on", "date", ""),
        ),
        keys=(("individualID", "individuals", "individualID"),),
    ),
    Extension(
        "individual-relationships",
        "Links between individuals.",
        (
            ("individualID", "string", ""),
            ("relatedIndividualID", "string", ""),
            ("relationType", "string", "motherOf, siblingOf or seenWith"),
            ("certainty", "string", ""),
            ("evidence", "string", ""),
        ),
        keys=(
            ("individualID", "individuals", "individualID"),
            ("relatedIndividualID", "individuals", "individualID"),
        ),
    ),
    Extension(
        "identifications",
        "Every decision on an observation, in order: the last one that counts is what observations say.",
        (
            ("identificationID", "string", ""),
            ("observationID", "string", ""),
            ("about", "string", "individual or species"),
            ("outcome", "string", "same, different, cannot-tell or new"),
            ("individualID", "string", "whom it is about"),
            ("scientificName", "string", "or which species"),
            ("reviewer", "string", "who decided"),
            ("decidedAt", "string", "when"),
            ("basis", "string", "what on: tag, folder, table, review, camtrap-dp"),
        ),
        "identificationID",
        (_OBSERVATION,),
    ),
    Extension(
        "observation-details",
        "What the observations table has no column for.",
        (
            ("observationID", "string", ""),
            ("flank", "string", "left, right, both, front, rear or unknown"),
            ("frame", "integer", "frame of a video, from 0"),
            ("groupID", "string", "observations with the same one were seen together"),
            ("motherID", "string", "individual that this cub belongs to"),
            ("statedScientificName", "string", "what the observation says itself, before decisions"),
            ("statedIndividualID", "string", "whom it names itself, before decisions"),
            ("statedStart", "string", "start before clocks were corrected, or with parts of a second"),
            ("statedEnd", "string", "end before clocks were corrected, or with parts of a second"),
            ("timeFrom", "string", "media: the times are those of its media"),
        ),
        "observationID",
        (_OBSERVATION,),
    ),
    Extension(
        "observation-media",
        "All media of observations that have several (or one without a date).",
        (
            ("observationID", "string", ""),
            ("mediaID", "string", ""),
            ("order", "integer", "from 1"),
        ),
        keys=(_OBSERVATION,),
    ),
    Extension(
        "media-hashes",
        "What the media table has no column for.",
        (("mediaID", "string", ""), *_FILE),
        "mediaID",
        (("mediaID", "media", "mediaID"),),
    ),
    Extension(
        "media-held-back",
        "Media that the standard has no place for: without a date, or without a deployment.",
        (
            ("mediaID", "string", ""),
            ("deploymentID", "string", ""),
            ("reason", "string", ""),
            ("timestamp", "string", ""),
            ("filePath", "string", ""),
            ("fileMediatype", "string", ""),
            ("kind", "string", "image or video"),
            *_FILE,
        ),
        "mediaID",
    ),
    Extension(
        "observations-held-back",
        "Observations that the standard has no place for: without a time, because their media have none.",
        (("observationID", "string", ""), ("observation", "object", "as JSON")),
        "observationID",
    ),
    Extension(
        "other-fields",
        "Fields of the other tables that have no column of their own, one per row.",
        (
            ("table", "string", ""),
            ("id", "string", "of the row"),
            ("field", "string", ""),
            ("value", "string", "as a JSON text, so that no spreadsheet runs it"),
        ),
    ),
    Extension(
        "estimates",
        "Numbers of animals with their uncertainty, out of fits.",
        (
            ("fitID", "string", ""),
            ("quantity", "string", ""),
            ("session", "string", ""),
            ("region", "string", ""),
            ("class", "string", ""),
            ("estimate", "number", ""),
            ("se", "number", ""),
            ("lower", "number", ""),
            ("upper", "number", ""),
            ("unit", "string", ""),
            ("status", "string", "how the fit ended"),
        ),
        keys=(("fitID", "fits", "fitID"),),
    ),
    Extension(
        "fits",
        "Whole fits as JSON: model, coefficients, estimates, software versions, seeds, hash of the data.",
        (("fitID", "string", ""), ("fit", "object", "")),
        "fitID",
    ),
)

BY_NAME: dict[str, Extension] = {extension.name: extension for extension in EXTENSIONS}


def described(
    extension: Extension, name: str, path: str, rename: Callable[[str], str], *, keys: bool = True
) -> dict[str, Any]:
    """Return the resource's description.

    name: what it is called in this package; rename: our names to those. keys False: its rows may refer to what was
    held back.
    """
    fields = []
    for column, kind, about in extension.columns:
        field: dict[str, Any] = {"name": column, "type": kind}
        if about:
            field["description"] = about
        if column == extension.primary:
            field["constraints"] = {"required": True, "unique": True}
        fields.append(field)
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if extension.primary:
        schema["primaryKey"] = extension.primary
    if extension.keys and keys:
        schema["foreignKeys"] = [
            {"fields": ours, "reference": {"resource": rename(resource), "fields": theirs}}
            for ours, resource, theirs in extension.keys
        ]
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": extension.about,
        "schema": schema,
        MARK: {"resource": extension.name, "version": VERSION},
    }


def which(resource: Mapping[str, Any]) -> Extension | None:
    """Return which of our resources this is, by its mark; None if it is a partner's own."""
    mark = resource.get(MARK)
    if isinstance(mark, dict) and mark.get("version") == VERSION:
        return BY_NAME.get(str(mark.get("resource")))
    return None


def read_rows(extension: Extension, file: IO[bytes], findings: list[Finding]) -> Iterator[dict[str, Any]]:
    """Yield the rows of one of our resources, typed, "" or None where empty; a faulty row is an error."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    typed = {name: Field(name, kind) for name, kind, _about in extension.columns}
    for number, raw in enumerate(csv.DictReader(text), 2):
        where = f"{extension.name}, row {number}"
        row: dict[str, Any] = {}
        for name, field in typed.items():
            cell = raw.get(name) or ""
            try:
                row[name] = (
                    (cell if field.type in ("string", "object") else None) if not cell else parse(field, cell)
                )
            except CellFault as error:
                findings.append(Finding(error.code, f"{where}, column {name}", error.message))
                break
        else:
            yield row
    text.detach()


def unreadable(name: str, reason: object) -> Finding:
    """Return the finding for a resource of ours that can't be read at all."""
    return Finding("resource-unreadable", name, _("can't be read: {reason}").format(reason=reason))
