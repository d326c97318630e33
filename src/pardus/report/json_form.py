"""A report as one JSON object, schema "pardus-report-1"; docs/reference/report.md describes it."""

from __future__ import annotations

import base64
import json
from typing import Any

from pardus.app.content import Content
from pardus.app.surface import surface_records
from pardus.report.document import Report

SCHEMA = "pardus-report-1"


def as_json(content: Content, report: Report) -> dict[str, Any]:
    """Return everything that the pages are made from: rows, queries with their answers, fits, pictures.

    content: of the same edition as the report.
    """
    config = content.config
    rules = (
        "occasion_days", "occasion_start_hour", "independence_minutes", "output", "life_stages", "flank_rule",
        "camera_rule", "part_days", "detection",
    )  # fmt: skip
    return {
        "schema": SCHEMA,
        "title": content.title,
        "organisation": content.organisation,
        "species": content.species,
        "edition": content.edition,
        "languages": [p.language for p in report.parts],
        "sections": [s.key for s in report.parts[0].sections],
        "program": content.program,
        "head": content.head,
        "as_of": content.as_of.isoformat() if content.as_of else None,
        "zone": report.zone,
        "rules": {name: _plain(getattr(config, name)) for name in rules} if config else {},
        "tables": {
            name: {"columns": list(t.columns), "rows": [list(row) for row in t.rows]}
            for name, t in report.tables.items()
        },
        "numbers": [
            {"id": a.id, "query": a.query, "rows": [list(row) for row in a.rows]} for a in report.answers
        ],
        "fits": [fit.to_json() for fit in content.fits],
        "joint": content.joint.as_json() if content.joint else None,
        "surfaces": surface_records(content.surfaces),
        "pictures": [
            {
                "about": list(p.about),
                "session": p.session,
                "kind": p.kind,
                "media": p.media,
                "taken": p.taken.isoformat() if p.taken else None,
                "flank": p.flank,
                "width": p.width,
                "height": p.height,
                "jpeg": base64.b64encode(p.jpeg).decode("ascii"),
            }
            for p in content.pictures
        ],
        "sources": dict(content.sources),
    }


def text(value: dict[str, Any]) -> str:
    """Return the object as the text of a file."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
