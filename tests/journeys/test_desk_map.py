"""The map on a partner's basemap: drawn where there is one and WebGL, else the plain map; nothing from outside."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.chromium import chromium, served, sit_down, until
from tests.fixtures.desk_survey import desk_survey
from tests.fixtures.pmtiles import MVT, PNG, coloured, water_everywhere, write_pmtiles

SOFTWARE = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
ABOUT = {
    "attribution": '<b onclick="x()">© the partner</b>',
    "vector_layers": [{"id": "water", "fields": {}}],
}
GREEN, WATER = (40, 160, 70), (0xC3, 0xD7, 0xE2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return desk_survey(tmp_path / "survey", events=6, animals=2, pictures=1, stations=6).folder


def looked_at(page: Any) -> set[tuple[int, int, int]]:
    """Return the colours of the drawn map that cover much of it."""
    picture = page.locator("[data-map-canvas] canvas").screenshot()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    found = image.getcolors(image.width * image.height) or []
    return {colour for n, colour in found if n > 0.3 * image.width * image.height}


@pytest.mark.parametrize(
    ("kind", "tile", "colour"), [(PNG, coloured(GREEN), GREEN), (MVT, water_everywhere(), WATER)]
)
def test_a_basemap_is_drawn_from_the_survey_s_folder_alone(
    folder: Path, kind: int, tile: bytes, colour: tuple[int, int, int]
) -> None:
    write_pmtiles(folder / "land.pmtiles", tile, kind, ABOUT)
    with chromium(*SOFTWARE) as browser, served(folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        page.goto(f"{address}/stations")
        until(page, "() => document.querySelector('[data-map-base]').dataset.ready !== undefined", most_s=150)
        (drawn,) = looked_at(page)
        assert max(abs(a - b) for a, b in zip(drawn, colour, strict=True)) < 6
        assert page.inner_text("[data-map-credit]") == "© the partner"
        assert page.locator("[data-map-base] [onclick]").count() == 0
        assert not page.is_visible("[data-map-plain] svg")
        page.click("[data-map-switch]")
        assert page.is_visible("[data-map-plain] svg.map")
        page.click("[data-map-switch]")
        assert page.is_visible("[data-map-canvas] canvas")
        assert page.get_attribute("[data-map-base]", "data-error") is None
        assert seen.outside(address) == []
        assert seen.errors == []


def test_without_webgl_the_plain_map_is_there(folder: Path) -> None:
    write_pmtiles(folder / "land.pmtiles", coloured(GREEN), PNG, ABOUT)
    with chromium("--disable-gpu", "--disable-3d-apis") as browser, served(folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        page.goto(f"{address}/stations")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => document.createElement('canvas').getContext('webgl2')") is None
        assert page.is_visible("[data-map-plain] svg.map")
        assert not page.is_visible("[data-map-base]")
        assert seen.errors == []


def test_a_basemap_that_can_not_be_read_leaves_the_plain_map(folder: Path) -> None:
    (folder / "land.pmtiles").write_bytes(b"PMTiles\x03" + b"\xff" * 200)
    with chromium(*SOFTWARE) as browser, served(folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        page.goto(f"{address}/stations")
        page.wait_for_load_state("networkidle")
        assert page.is_visible("[data-map-plain] svg.map")
        assert not page.is_visible("[data-map-base]")
        assert seen.outside(address) == []
