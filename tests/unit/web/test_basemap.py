"""The basemap's file is read in pieces, by who is signed in, and only from the survey's own folder."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from pardus.app.basemap import basemap, on_basemap
from pardus.app.ground import ground
from tests.fixtures.desk import browser, make_desk
from tests.fixtures.desk_survey import desk_survey
from tests.fixtures.pmtiles import PNG, coloured, write_pmtiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1, stations=4).folder


def test_pieces_of_the_file_are_served(folder: Path) -> None:
    file = write_pmtiles(folder / "land.pmtiles", coloured((1, 2, 3)), PNG, {})
    with browser(make_desk(folder)) as anna:
        answer = anna.client.get("/basemap.pmtiles", headers={"range": "bytes=7-20"})
        assert answer.status_code == 206
        assert answer.content == file.read_bytes()[7:21]
        assert answer.headers["content-range"] == f"bytes 7-20/{file.stat().st_size}"
        assert anna.client.get("/basemap.pmtiles", headers={"range": "bytes=900000-"}).status_code == 416
        assert 'id="map-data"' in anna.get("/stations")[1]
    with browser(make_desk(folder), inside=False) as stranger:
        assert stranger.client.get("/basemap.pmtiles").status_code == 401


def test_only_a_file_of_the_survey_s_own_folder_is_a_basemap(folder: Path, tmp_path: Path) -> None:
    outside = write_pmtiles(tmp_path / "secret.pmtiles", coloured((1, 2, 3)), PNG, {})
    (folder / "link.pmtiles").symlink_to(outside)
    (folder / "text.pmtiles").write_text("no tiles")
    (folder / "deep").mkdir()
    write_pmtiles(folder / "deep" / "land.pmtiles", coloured((1, 2, 3)), PNG, {})
    assert basemap(folder) is None
    with browser(make_desk(folder)) as anna:
        assert anna.client.get("/basemap.pmtiles").status_code == 404
        assert 'id="map-data"' not in anna.get("/stations")[1]
        assert "maplibre" not in anna.get("/stations")[1]


def test_places_are_those_of_the_plain_map(folder: Path) -> None:
    land = ground(folder)
    first = land.stations[0]
    drawn = on_basemap(land, "EPSG:32652", sizes={first.id: 3.0})
    points = [f["geometry"]["coordinates"] for f in drawn["stations"]["features"]]
    assert [f["properties"]["seen"] for f in drawn["stations"]["features"]] == [True, False, False, False]
    west, south, east, north = drawn["bounds"]
    assert west == min(p[0] for p in points) < east < 140
    assert south == min(p[1] for p in points) < north < 50
    hidden = replace(first, x=math.nan, y=math.nan)
    fewer = on_basemap(replace(land, stations=(hidden, *land.stations[1:])), "EPSG:32652")
    assert len(fewer["stations"]["features"]) == 3
    assert on_basemap(replace(land, stations=()), "EPSG:32652")["bounds"] is None
