"""The basemap's file, read in pieces as the map needs them; only from the survey's own folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from pardus.app.basemap import basemap, on_basemap
from pardus.app.ground import Ground
from pardus.web.desk import Desk
from pardus.web.pages.common import show

ADDRESS = "/basemap.pmtiles"


def routes(desk: Desk) -> list[Route]:
    """Return the route of the one file. It takes no name from the browser."""

    def file(_request: Request) -> Response:
        found = basemap(desk.folder)
        if found is None:
            raise HTTPException(404)
        return FileResponse(
            found, media_type="application/octet-stream", headers={"cache-control": "no-store"}
        )

    return [show(desk, ADDRESS, file)]


def map_data(
    desk: Desk,
    ground: Ground,
    *,
    sizes: Mapping[str, float] | None = None,
    paths: Sequence[tuple[str, Sequence[str]]] = (),
) -> dict[str, Any] | None:
    """Return what the map's script needs, None where there is no basemap: the page then has the plain map alone."""
    found = basemap(desk.folder)
    if found is None:
        return None
    stamp = found.stat()
    address = f"{ADDRESS}?{stamp.st_mtime_ns}-{stamp.st_size}"  # another file is another address
    return {"file": address, **on_basemap(ground, desk.config().crs, sizes=sizes, paths=paths)}
