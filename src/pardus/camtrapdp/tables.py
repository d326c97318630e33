"""The columns of the three standard tables of Camtrap DP 1.0: what each may hold. Our own record of the standard.

Names, types and limits are those of the published table schemas (https://camtrap-dp.tdwg.org/data), in their order; a
test compares them with the published files where these are at hand. 1.0, 1.0.1 and 1.0.2 have the same terms.
"""

from __future__ import annotations

from dataclasses import dataclass

DATETIME = "%Y-%m-%dT%H:%M:%S%z"
"""The one form of a datetime: with its offset, in whole seconds."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table: its type as Table Schema names it, and its limits."""

    name: str
    type: str
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""


FIELDS: dict[str, tuple[Field, ...]] = {
    "deployments": (
        Field("deploymentID", "string", required=True, unique=True),
        Field("locationID", "string"),
        Field("locationName", "string"),
        Field("latitude", "number", required=True, minimum=-90, maximum=90),
        Field("longitude", "number", required=True, minimum=-180, maximum=180),
        Field("coordinateUncertainty", "integer", minimum=1),
        Field("deploymentStart", "datetime", required=True),
        Field("deploymentEnd", "datetime", required=True),
        Field("setupBy", "string"),
        Field("cameraID", "string"),
        Field("cameraModel", "string"),
        Field("cameraDelay", "integer", minimum=0),
        Field("cameraHeight", "number", minimum=0),
        Field("cameraDepth", "number", minimum=0),
        Field("cameraTilt", "integer", minimum=-90, maximum=90),
        Field("cameraHeading", "integer", minimum=0, maximum=360),
        Field("detectionDistance", "number", minimum=0),
        Field("timestampIssues", "boolean"),
        Field("baitUse", "boolean"),
        Field(
            "featureType",
            "string",
            enum=(
                "roadPaved",
                "roadDirt",
                "trailHiking",
                "trailGame",
                "roadUnderpass",
                "roadOverpass",
                "roadBridge",
                "culvert",
                "burrow",
                "nestSite",
                "carcass",
                "waterSource",
                "fruitingTree",
            ),
        ),
        Field("habitat", "string"),
        Field("deploymentGroups", "string"),
        Field("deploymentTags", "string"),
        Field("deploymentComments", "string"),
    ),
    "media": (
        Field("mediaID", "string", required=True, unique=True),
        Field("deploymentID", "string", required=True),
        Field("captureMethod", "string", enum=("activityDetection", "timeLapse")),
        Field("timestamp", "datetime", required=True),
        Field("filePath", "string", required=True, pattern=r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"),
        Field("filePublic", "boolean", required=True),
        Field("fileName", "string"),
        Field("fileMediatype", "string", required=True, pattern=r"^(image|video|audio)/.*$"),
        Field("exifData", "any"),
        Field("favorite", "boolean"),
        Field("mediaComments", "string"),
    ),
    "observations": (
        Field("observationID", "string", required=True, unique=True),
        Field("deploymentID", "string", required=True),
        Field("mediaID", "string"),
        Field("eventID", "string"),
        Field("eventStart", "datetime", required=True),
        Field("eventEnd", "datetime", required=True),
        Field("observationLevel", "string", required=True, enum=("media", "event")),
        Field(
            "observationType",
            "string",
            required=True,
            enum=("animal", "human", "vehicle", "blank", "unknown", "unclassified"),
        ),
        Field("cameraSetupType", "string", enum=("setup", "calibration")),
        Field("scientificName", "string"),
        Field("count", "integer", minimum=1),
        Field("lifeStage", "string", enum=("adult", "subadult", "juvenile")),
        Field("sex", "string", enum=("female", "male")),
        Field("behavior", "string"),
        Field("individualID", "string"),
        Field("individualPositionRadius", "number", minimum=0),
        Field("individualPositionAngle", "number", minimum=-90, maximum=90),
        Field("individualSpeed", "number", minimum=0),
        Field("bboxX", "number", minimum=0, maximum=1),
        Field("bboxY", "number", minimum=0, maximum=1),
        Field("bboxWidth", "number", minimum=1e-15, maximum=1),
        Field("bboxHeight", "number", minimum=1e-15, maximum=1),
        Field("classificationMethod", "string", enum=("human", "machine")),
        Field("classifiedBy", "string"),
        Field("classificationTimestamp", "datetime"),
        Field("classificationProbability", "number", minimum=0, maximum=1),
        Field("observationTags", "string"),
        Field("observationComments", "string"),
    ),
}

PACKAGE = ("resources", "profile", "created", "contributors", "project", "spatial", "temporal", "taxonomic")
"""What a package must say of itself."""

PROJECT = ("title", "samplingDesign", "captureMethod", "individualAnimals", "observationLevel")
"""What it must say of its project."""
