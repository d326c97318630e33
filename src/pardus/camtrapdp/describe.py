"""datapackage.json of an export: ours, or a partner's brought up to date."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pardus.camtrapdp import extensions as ext
from pardus.camtrapdp.cells import render
from pardus.camtrapdp.contents import DESCRIPTOR_KEY
from pardus.camtrapdp.extent import extent
from pardus.camtrapdp.schema import profile_url
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class Description:
    """Makes the description. ends: each deployment's end. known: see `pardus.camtrapdp.check.Checker`.

    levels: "media" and "event", those that occur. program, version: as in `write_package`.
    """

    survey: Survey
    program: str
    version: str
    ends: Mapping[str, datetime] = field(hash=False)
    known: Mapping[str, frozenset[str]] = field(hash=False)
    levels: frozenset[str] = frozenset()

    def properties(self, resources: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return datapackage.json but for its resources.

        One source: its own words stand, brought up to date; several or none: ours, and theirs are kept inside.
        If the content is what a source said it is, even its date and id stand.
        """
        sources = _sources(self.survey)
        content = hashlib.sha256(
            json.dumps(
                [[r["name"], r.get("hash"), r.get("data")] for r in resources], ensure_ascii=False
            ).encode()
        ).hexdigest()
        base = dict(sources[0][1]) if len(sources) == 1 else self._own()
        said = base.get(ext.MARK)
        mark: dict[str, Any] = dict(said) if isinstance(said, dict) else {}
        if mark.get("content") == content and base.get("profile") == profile_url(self.version):
            return base
        created = self.survey.as_of or datetime(1970, 1, 1, tzinfo=UTC)
        mark |= {"organisation": self.survey.config.organisation, "program": self.program, "content": content}
        known = {code: sorted(ids) for code, ids in self.known.items()}
        mark.pop("known", None)
        if known:
            mark["known"] = known
        if len(sources) > 1:
            mark["sources"] = [properties for _name, properties in sources]
        id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"pardus:{self.survey.config.organisation}:{content}"))
        changed: dict[str, Any] = {
            "profile": profile_url(self.version),
            "id": id_,
            "created": render(created.astimezone(UTC)),
            "spatial": self._spatial(base.get("spatial")),
            "temporal": self._temporal(base.get("temporal")),
            "taxonomic": self._taxonomic(base.get("taxonomic")),
        }
        if len(sources) == 1 and base.get("id"):
            link = {
                "relationType": "IsDerivedFrom",
                "relatedIdentifier": str(base["id"]),
                "resourceTypeGeneral": "Dataset",
                "relatedIdentifierType": "URN",
            }
            links = base.get("relatedIdentifiers")
            changed["relatedIdentifiers"] = [*(links if isinstance(links, list) else []), link]
            mark.setdefault("from", []).append({"id": base["id"], "created": base.get("created")})
        return {**base, **changed, ext.MARK: mark}

    def _own(self) -> dict[str, Any]:
        config = self.survey.config
        levels = self.levels
        slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in config.name.lower()).strip("-")
        return {
            "profile": profile_url(self.version),
            "name": slug or config.organisation,
            "id": "",
            "created": "",
            "title": config.name,
            "contributors": [{"title": config.organisation, "role": "rightsHolder"}],
            "project": {
                "title": config.name,
                "samplingDesign": "targeted",
                "captureMethod": ["activityDetection"],
                "individualAnimals": True,
                "observationLevel": sorted(levels) or ["event"],
            },
        }

    def _spatial(self, said: Any) -> Any:
        """Return the extent: what was said if every station is in it, else the rectangle of all."""
        stations = {s.id: s for s in self.survey.stations}
        places = [stations[d.station] for d in self.survey.deployments]
        west, east = min(s.longitude for s in places), max(s.longitude for s in places)
        south, north = min(s.latitude for s in places), max(s.latitude for s in places)
        bounds = extent(said)
        if bounds and bounds[0] <= west and bounds[1] <= south and bounds[2] >= east and bounds[3] >= north:
            return said
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}

    def _temporal(self, said: Any) -> Any:
        start = min(d.start for d in self.survey.deployments).date()
        end = max(self.ends.values()).date()
        if (
            isinstance(said, dict)
            and str(said.get("start")) <= str(start)
            and str(said.get("end")) >= str(end)
        ):
            return said
        return {"start": str(start), "end": str(end)}

    def _taxonomic(self, said: Any) -> list[Any]:
        known = list(said) if isinstance(said, list) else []
        names = {taxon.get("scientificName") for taxon in known if isinstance(taxon, dict)}
        found = {o.scientific_name for o in self.survey.observations if o.scientific_name}
        return [*known, *({"scientificName": name} for name in sorted(found - names))]


def _sources(survey: Survey) -> list[tuple[str, dict[str, Any]]]:
    """Return (name, description) of the packages that were imported into the survey."""
    return [
        (key.removeprefix(DESCRIPTOR_KEY), json.loads(text))
        for key, text in survey.resources.items()
        if key.startswith(DESCRIPTOR_KEY)
    ]
