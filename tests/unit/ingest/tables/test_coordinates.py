"""Coordinates in every usual system land within 10 m; what can't be is blocked with the likely reason."""

from __future__ import annotations

import json
from math import asinh, atan2, atanh, cos, cosh, degrees, hypot, radians, sin, sinh, sqrt, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from pardus.ingest.tables.border import in_china, km_to_fence, side
from pardus.ingest.tables.coordinates import distance_m, read_angle, read_crs, read_pair, to_metres, to_wgs84
from pardus.ingest.tables.gcj02 import from_gcj02, to_gcj02
from pardus.ingest.tables.values import CellError

GEOD = Geod(ellps="WGS84")
# A point in Land of the Leopard.
PLACE = (43.1, 131.3)


def test_utm_is_where_the_projection_formula_puts_it():
    """Snyder's series for the transverse Mercator (USGS 1395, eq. 8-9 to 8-15), written out here on its own."""
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    ep2 = e2 / (1 - e2)
    phi, lam = radians(PLACE[0]), radians(PLACE[1] - 129)
    n, t, c, big_a = a / sqrt(1 - e2 * sin(phi) ** 2), tan(phi) ** 2, ep2 * cos(phi) ** 2, lam * cos(phi)
    m = a * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * sin(4 * phi)
        - (35 * e2**3 / 3072) * sin(6 * phi)
    )
    x = 500000 + 0.9996 * n * (
        big_a + (1 - t + c) * big_a**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * ep2) * big_a**5 / 120
    )
    y = 0.9996 * (
        m
        + n * tan(phi) * (
            big_a**2 / 2
            + (5 - t + 9 * c + 4 * c**2) * big_a**4 / 24
            + (61 - 58 * t + t**2 + 600 * c - 330 * ep2) * big_a**6 / 720
        )
    )  # fmt: skip
    found = to_metres(*PLACE, "EPSG:32652")
    assert found == pytest.approx((x, y), abs=0.05)


def gauss_krueger(
    latitude: float, longitude: float, a: float, f: float, meridian: float
) -> tuple[float, float]:
    """Transverse Mercator with scale 1 and 500 km false easting on any ellipsoid: Krueger's n-series (Karney 2011)."""
    n = f / (2 - f)
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    e = sqrt(f * (2 - f))
    phi, lam = radians(latitude), radians(longitude - meridian)
    tau = tan(phi)
    sigma = sinh(e * atanh(e * tau / hypot(1, tau)))
    conformal = tau * hypot(1, sigma) - sigma * hypot(1, tau)
    xi, eta = atan2(conformal, cos(lam)), asinh(sin(lam) / hypot(conformal, cos(lam)))
    north = radius * (xi + sum(k * sin(2 * j * xi) * cosh(2 * j * eta) for j, k in enumerate(alpha, 1)))
    east = radius * (eta + sum(k * cos(2 * j * xi) * sinh(2 * j * eta) for j, k in enumerate(alpha, 1)))
    return 500_000 + east, north


def pulkovo(latitude: float, longitude: float) -> tuple[float, float]:
    """WGS84 to Pulkovo 1942 degrees by the seven parameters of GOST R 51794-2001, written out here on its own."""
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    phi, lam = radians(latitude), radians(longitude)
    n = a / sqrt(1 - e2 * sin(phi) ** 2)
    x, y, z = n * cos(phi) * cos(lam), n * cos(phi) * sin(lam), n * (1 - e2) * sin(phi)
    dx, dy, dz = 23.57, -140.95, -79.8  # to WGS84 (EPSG::5044), coordinate frame
    rx, ry, rz = (radians(v / 3600) for v in (0.0, -0.35, -0.79))
    scale = -0.22e-6
    x, y, z = (x - dx) / (1 + scale), (y - dy) / (1 + scale), (z - dz) / (1 + scale)
    # the coordinate frame rotation undone: small angles, so that its transpose serves
    x, y, z = x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z
    a2, f2 = 6378245.0, 1 / 298.3
    e22 = f2 * (2 - f2)
    p = hypot(x, y)
    lat = atan2(z, p * (1 - e22))
    for _round in range(10):
        n2 = a2 / sqrt(1 - e22 * sin(lat) ** 2)
        lat = atan2(z + e22 * n2 * sin(lat), p)
    return degrees(lat), degrees(atan2(y, x))


def test_sk42_lands_within_ten_metres_of_the_state_standard():
    for place in (PLACE, (42.6, 130.9), (44.5, 131.6)):
        east, north = gauss_krueger(*pulkovo(*place), 6378245.0, 1 / 298.3, 129.0)
        assert distance_m(to_wgs84(22_000_000 + east, north, "EPSG:28422"), place) < 10


def test_sk42_read_as_wgs84_is_a_hundred_metres_off_so_that_the_system_matters():
    assert 80 < distance_m(pulkovo(*PLACE), PLACE) < 110


@pytest.mark.parametrize(("crs", "zone", "meridian"), [("EPSG:4531", 43, 129.0), ("EPSG:4532", 44, 132.0)])
def test_cgcs2000_lands_within_ten_metres(crs, zone, meridian):
    for place in ((42.9, 130.7), (43.4, 130.2), (44.0, 131.2)):
        east, north = gauss_krueger(*place, 6378137.0, 1 / 298.257222101, meridian)
        assert distance_m(to_wgs84(zone * 1e6 + east, north, crs), place) < 1


# Pairs as the many maps' clients have them in their tests: WGS84, GCJ-02.
KNOWN_GCJ = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("wgs", "gcj"), KNOWN_GCJ)
def test_gcj02_is_the_published_shift_and_is_undone(wgs, gcj):
    assert to_gcj02(*wgs) == pytest.approx(gcj, abs=1e-7)
    assert distance_m(from_gcj02(*gcj), wgs) < 0.05


@given(st.floats(20, 53), st.floats(75, 134))
def test_undoing_gcj02_is_exact_anywhere_in_china(latitude, longitude):
    assert distance_m(from_gcj02(*to_gcj02(latitude, longitude)), (latitude, longitude)) < 0.01


def test_gcj02_is_undone_in_hunchun_and_left_alone_in_land_of_the_leopard():
    hunchun, leopard = (42.87, 130.36), (43.1, 131.5)
    shifted = to_gcj02(*hunchun)
    assert 600 < distance_m(shifted, hunchun) < 700
    assert distance_m(to_wgs84(shifted[1], shifted[0], "GCJ-02"), hunchun) < 1
    assert to_wgs84(leopard[1], leopard[0], "GCJ-02") == leopard


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "expected"),
    [
        ("Hunchun", 42.862, 130.366, "CN"), ("Chunhua", 43.16, 130.95, "CN"), ("Dongning", 44.06, 131.12, "CN"),
        ("Beijing", 39.9, 116.4, "CN"), ("Slavyanka", 42.862, 131.383, "RU"), ("Kraskino", 42.71, 130.78, "RU"),
        ("Barabash", 43.19, 131.49, "RU"), ("Kedrovaya Pad", 43.1, 131.5, "RU"), ("Vladivostok", 43.12, 131.89, "RU"),
        ("Khasan station", 42.428, 130.645, ""), ("Fangchuan", 42.427, 130.615, ""),
    ],
)  # fmt: skip
def test_known_places_are_on_their_side_of_the_fence(name, latitude, longitude, expected):
    assert side(latitude, longitude) == expected


def test_places_at_the_fence_are_within_its_doubt():
    assert km_to_fence(42.4198, 130.6393) < 0.1  # boundary marker 423
    assert in_china(42.46, 130.58)  # Fangchuan's strip between the river and the hills
    assert not in_china(42.45, 130.62)  # Lake Khasan


@pytest.mark.parametrize(
    ("text", "degrees", "axis"),
    [
        ("43.125", 43.125, ""), ("43,125", 43.125, ""), ("-43.125", -43.125, ""), ("43.125°", 43.125, ""),
        ("43°07'30\"N", 43.125, "lat"), ("43° 07' 30.0\" N", 43.125, "lat"), ("N43 07 30", 43.125, "lat"),
        ("43°07,5' с.ш.", 43.125, "lat"), ("131°30'в.д.", 131.5, "lon"), ("131 30 00 E", 131.5, "lon"),
        ("43º07′30″", 43.125, ""), ("北纬43度7分30秒", 43.125, "lat"), ("东经131度30分", 131.5, "lon"),
        ("7°30'S", -7.5, "lat"), ("12°15'W", -12.25, "lon"), ("43 07.5", 43.125, ""), ("43°07'30''N", 43.125, "lat"),
    ],
)  # fmt: skip
def test_degrees_are_read_as_people_write_them(text, degrees, axis):
    found = read_angle(text)
    assert found[0] == pytest.approx(degrees, abs=1e-9)
    assert found[1] == axis


@pytest.mark.parametrize("text", ["43°75'", "43°07'61\"", "north", "43.5°07.5'", "1 2 3 4"])
def test_degrees_that_can_not_be_are_refused(text):
    with pytest.raises(CellError):
        read_angle(text)


@pytest.mark.parametrize(
    "text",
    ["43.125, 131.5", "43.125 131.5", "43,125; 131,5", "43,125 131,5", "43.125,131.5", "43°07'30\"N 131°30'00\"E",
     "131°30'E 43°07'30\"N", "N43°07'30\", E131°30'", "43 07 30 N 131 30 00 E", "北纬43度7分30秒 东经131度30分",
     "43°07,5' с.ш. 131°30' в.д."],
)  # fmt: skip
def test_both_coordinates_in_one_text_are_read(text):
    assert read_pair(text) == pytest.approx((43.125, 131.5), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "EPSG:32652"), ("WGS 84", "EPSG:4326"), ("EPSG:28422", "EPSG:28422"), ("28422", "EPSG:28422"),
        ("UTM 52N", "EPSG:32652"), ("utm zone 52", "EPSG:32652"), ("WGS 84 / UTM zone 52N", "EPSG:32652"),
        ("SK-42 zone 22", "EPSG:28422"), ("СК-42 зона 22", "EPSG:28422"), ("gcj02", "GCJ-02"), ("GCJ-02", "GCJ-02"),
    ],
)  # fmt: skip
def test_systems_are_known_by_their_usual_names(text, expected):
    assert read_crs(text, "EPSG:32652") == expected


@pytest.mark.parametrize(
    ("text", "code"), [("UTM", "crs-incomplete"), ("BD-09", "crs-unknown"), ("EPSG:1", "crs-unknown")]
)
def test_systems_that_are_none_are_refused(text, code):
    with pytest.raises(CellError) as caught:
        read_crs(text, "EPSG:32652")
    assert caught.value.code == code


GOOD = [f"G{i},{690000 + 3000 * i},4770000" for i in range(4)]


def table(*rows: str, header: str = "station,x,y") -> str:
    return "\n".join([header, *GOOD, *rows]) + "\n"


@pytest.mark.parametrize(
    ("row", "code", "guess"),
    [
        ("Z,4770000,695000", "coordinates-impossible", "exchanged"),
        ("Z,-695000,4770000", "coordinates-impossible", "sign"),
        ("Z,695.0,4770.0", "coordinates-impossible", "instead of metres"),
        ("Z,0,0", "coordinates-zero", "missing"),
        ("Z,131.4,43.06", "coordinates-impossible", "EPSG:4326"),
        ("Z,43.06,131.4", "coordinates-impossible", "EPSG:4326"),
        ("Z,22695050,4770400", "coordinates-impossible", "EPSG:28422"),
        ("Z,4770400,22695050", "coordinates-impossible", "EPSG:28422"),
        ("Z,43695150,4772000", "coordinates-impossible", "EPSG:4531"),
        ("Z,,4772000", "coordinate-missing", ""),
        ("Z,abc,4772000", "not-a-number", ""),
        ("Z,6950000,4770000", "coordinates-impossible", "decimal mark"),
    ],
)
def test_impossible_coordinates_are_blocked_with_the_likely_reason(desk, row, code, guess):
    desk.stations(table(row))
    (((found, where), text),) = desk.faults().items()
    assert found == code
    assert where.startswith("stations.csv, row 6")
    assert guess in text


def test_a_whole_table_in_sk42_is_one_question_and_names_the_system_alone(desk):
    rows = [f"S{i},{22669000 + 500 * i},4804000,2025-11-20" for i in range(9)]
    desk.stations("station,x,y,setup\n" + "\n".join(rows) + "\n")
    faults = desk.faults()
    assert {code for code, _where in faults} == {
        "coordinates-impossible"
    }  # the same rows are no unknown stations
    assert len(faults) == 9
    for text in faults.values():
        assert 'crs = "EPSG:28422"' in text
        assert "decimal mark" not in text


def test_a_guess_shows_where_it_lands(desk):
    desk.stations(table("Z,4770000,695000"))
    (text,) = desk.faults().values()
    assert "43.05765, 131.39458" in text


def test_swapped_degrees_are_blocked_with_the_likely_reason(desk):
    desk.stations("station,latitude,longitude\nA,43.1,131.4\nB,43.12,131.42\nC,131.41,43.11\n")
    (((code, _where), text),) = desk.faults().items()
    assert code == "coordinates-impossible"
    assert "exchanged" in text


def test_degrees_with_the_letters_of_the_other_axis_are_refused(desk):
    desk.stations("station,latitude,longitude\nA,131°24'E,43°06'N\n")
    assert desk.codes() == ["coordinates-exchanged"]


def test_sk42_with_its_zone_number_forgotten_is_recognised(desk):
    desk.stations("station,x,y\nA,22690000,4770000\nB,22693000,4770000\nC,696000,4770000\n", crs="EPSG:28422")
    (text,) = desk.faults().values()
    assert "zone number 22" in text


def test_a_station_fifty_kilometres_off_is_flagged(desk):
    desk.stations(table("Z,690000,4840000"))
    assert desk.warnings() == ["station-far"]


def square(folder, name: str, west: float, south: float, east: float, north: float) -> None:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


def test_stations_in_the_sea_and_outside_the_study_area_are_refused(desk):
    square(desk.folder, "study.geojson", 131.0, 42.5, 132.0, 43.5)
    square(desk.folder, "sea.geojson", 131.6, 42.5, 132.0, 43.0)
    desk.area(study="study.geojson", sea=("sea.geojson",))
    desk.stations("station,latitude,longitude\nA,43.1,131.4\nSea,42.8,131.8\nFar,44.2,131.5\n")
    assert set(desk.faults()) == {
        ("station-in-sea", "stations.csv, row 3, column latitude"),
        ("station-outside-area", "stations.csv, row 4, column latitude"),
    }


def test_a_polygon_file_that_is_none_is_named(desk):
    desk.area(study="nothing.gpkg")
    desk.stations("station,latitude,longitude\nA,43.1,131.4\n")
    assert ("polygon-unreadable", "nothing.gpkg") in desk.faults()


def test_a_station_over_the_border_is_flagged(desk):
    desk.area(country="RU")
    desk.stations("station,latitude,longitude\nA,43.1,131.5\nB,43.16,130.95\n")
    assert desk.warnings() == ["station-over-border"]


def test_gcj02_declared_on_the_russian_side_is_not_undone_and_told(desk):
    desk.stations("station,latitude,longitude,crs\nA,43.1,131.5,GCJ-02\nB,43.16,131.45,\n")
    tables = desk.read()
    assert tables.stations[0].latitude == 43.1
    assert [w.code for w in tables.warnings] == ["gcj02-outside-china"]


def test_gcj02_declared_in_hunchun_lands_within_ten_metres(desk):
    place = (42.95, 130.55)
    shifted = to_gcj02(*place)
    desk.stations(f"station,latitude,longitude\nA,{shifted[0]},{shifted[1]}\n", crs="GCJ-02")
    (station,) = desk.read().stations
    assert distance_m((station.latitude, station.longitude), place) < 10
    assert (station.original_crs, station.original.split()[0]) == ("GCJ-02", str(shifted[1]))


def test_what_was_written_is_kept_beside_what_it_means(desk):
    desk.stations("station,coordinates\nA,43°06'00\"N 131°18'00\"E\n")
    (station,) = desk.read().stations
    assert (station.latitude, station.longitude) == pytest.approx((43.1, 131.3))
    assert station.original == "43°06'00\"N 131°18'00\"E"
    assert station.original_crs == "EPSG:4326"
    assert (station.x, station.y) == pytest.approx((687168.3, 4774487.3), abs=0.1)
