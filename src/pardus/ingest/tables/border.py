"""Where China is, coarsely: enough to know whether GCJ-02 applies and on which side of the fence a station stands.

Vertices picked by hand from Natural Earth (public domain): 1:10 million from the Tumen to Lake Khanka, 1:110 million
elsewhere, and the land between the Tumen and the hills west of Lake Khasan, which Natural Earth leaves out, from
boundary marker 423 (42.4198 N 130.6393 E) northwards. It was not measured against a survey: between 42.4 and 45.1 N
reckon with 5 km (`FENCE_KM`, within which nothing is said), elsewhere with 60 km. It says how maps are shifted, and
nothing about territory.
"""

from __future__ import annotations

from functools import cache

from pyproj import Geod
from shapely import LineString, Point, Polygon, prepare
from shapely.ops import nearest_points

FENCE_KM = 5.0
"""Reckon with the fence between Khasan and Khanka being this far from the drawn line."""

# lon lat, from Lake Khanka south along the Russian border to the Tumen's mouth reach, and up the Tumen
_FENCE = """
133.10 45.14 132.97 45.03 131.97 45.23 131.85 45.34 131.79 45.30 131.72 45.22 131.64 45.20 131.62
45.10 131.47 45.00 131.42 44.96 131.31 44.96 131.24 44.92 131.16 44.90 131.10 44.92 131.04 44.91
131.02 44.86 130.97 44.85 130.93 44.83 131.02 44.75 131.07 44.68 131.17 44.37 131.264 44.054 131.213
44.007 131.208 43.960 131.217 43.908 131.173 43.799 131.175 43.701 131.188 43.657 131.181 43.623
131.192 43.588 131.161 43.533 131.262 43.464 131.278 43.438 131.281 43.380 131.248 43.344 131.238
43.266 131.193 43.231 131.169 43.202 131.167 43.182 131.190 43.139 131.169 43.108 131.127 43.082
131.112 43.052 131.085 43.042 131.075 43.020 131.074 42.993 131.099 42.935 131.103 42.910 131.074
42.897 131.024 42.896 131.002 42.873 130.992 42.849 130.856 42.850 130.794 42.869 130.757 42.853
130.735 42.824 130.649 42.829 130.586 42.817 130.491 42.781 130.407 42.735 130.380 42.697 130.404
42.678 130.438 42.675 130.504 42.678 130.551 42.646 130.584 42.599 130.585 42.569 130.578 42.540
130.580 42.500 130.588 42.465 130.597 42.440 130.6393 42.4198
"""
_TUMEN = """
130.632 42.416 130.600 42.430 130.575 42.455 130.550 42.480 130.531 42.530 130.525 42.549 130.517
42.599 130.484 42.610 130.455 42.585 130.468 42.555 130.431 42.562 130.430 42.591 130.393 42.606
130.325 42.650 130.263 42.709 130.243 42.743 130.242 42.782 130.256 42.867 130.239 42.902 130.140
42.907 130.099 42.922 130.134 42.973 130.047 42.962 129.996 42.962 129.934 43.008 129.880 42.996
129.907 42.976 129.848 42.951 129.799 42.837 129.756 42.722 129.788 42.677 129.742 42.629 129.763
42.606 129.731 42.551 129.703 42.442 129.592 42.448
"""
_REST = """
128.05 41.99 128.21 41.47 127.34 41.50 126.87 41.82 126.18 41.11 125.08 40.57 124.27 39.93 122.87
39.64 122.13 39.17 121.05 38.90 121.59 39.36 121.38 39.75 122.17 40.42 121.64 40.95 120.77 40.59
119.64 39.90 119.02 39.25 118.04 39.20 117.53 38.74 118.06 38.06 118.88 37.90 118.91 37.45 119.70
37.16 120.82 37.87 121.71 37.48 122.36 37.45 122.52 36.93 121.10 36.65 120.64 36.11 119.66 35.61
119.15 34.91 120.23 34.36 120.62 33.38 121.23 32.46 121.91 31.69 121.89 30.95 121.26 30.68 121.50
30.14 122.09 29.83 121.94 29.02 121.68 28.23 121.13 28.14 120.40 27.05 119.59 25.74 118.66 24.55
117.28 23.62 115.89 22.78 114.76 22.67 114.15 22.22 113.81 22.55 113.24 22.05 111.84 21.55 110.79
21.40 111.00 19.70 110.34 18.68 109.48 18.20 108.66 18.51 108.63 19.37 109.63 21.01 108.52 21.72
108.05 21.55 107.04 21.81 106.57 22.22 106.73 22.79 105.81 22.98 105.33 23.35 104.48 22.82 103.50
22.70 102.71 22.71 102.17 22.46 101.65 22.32 101.80 21.17 101.27 21.20 101.15 21.85 100.42 21.56
99.98 21.74 99.24 22.12 99.53 22.95 98.90 23.14 98.66 24.06 97.60 23.90 97.72 25.08 98.67 25.92
98.71 26.74 98.68 27.51 98.25 27.75 97.91 28.34 97.33 28.26 96.25 28.41 96.59 28.83 96.12 29.45
95.40 29.03 94.57 29.28 93.41 28.64 92.50 27.90 91.70 27.77 91.26 28.04 90.02 28.30 89.48 28.04
88.81 27.30 88.73 28.09 86.95 27.97 85.82 28.20 84.23 28.84 83.34 29.46 81.53 30.42 81.11 30.18
78.74 31.52 78.46 32.62 79.18 32.48 78.81 33.51 78.91 34.32 77.84 35.49 76.19 35.90 75.90 36.67
74.98 37.42 74.86 38.38 73.93 38.51 73.68 39.43 73.82 39.89 74.78 40.37 76.53 40.43 76.90 41.07
78.54 41.58 80.26 42.35 80.87 43.18 79.97 44.92 82.46 45.54 83.18 47.33 85.16 47.00 85.77 48.46
87.36 49.21 88.01 48.60 90.28 47.69 90.97 46.89 90.59 45.72 90.95 45.29 93.48 44.98 95.31 44.24
96.35 42.73 99.52 42.52 100.85 42.66 103.31 41.91 104.96 41.60 107.74 42.48 110.41 42.87 111.83
43.74 111.35 44.46 111.87 45.10 113.46 44.81 115.99 45.73 116.72 46.39 118.87 46.81 119.77 47.05
118.06 48.07 116.31 47.85 115.49 48.14 116.68 49.89 117.88 49.51 119.29 50.14 119.28 50.58 120.74
51.96 120.73 52.52 120.18 52.75 121.00 53.25 123.57 53.46 125.95 52.79 127.29 50.74 127.66 49.76
129.40 49.44 130.58 48.73 130.99 47.79 132.51 47.79 133.37 48.18 135.03 48.48 134.50 47.58 134.11
47.21 133.77 46.12 133.10 45.14
"""


def _points(text: str) -> list[tuple[float, float]]:
    values = [float(number) for number in text.split()]
    return list(zip(values[0::2], values[1::2], strict=True))


@cache
def _china() -> Polygon:
    polygon = Polygon([*_points(_FENCE), *_points(_TUMEN), *_points(_REST)])
    prepare(polygon)
    return polygon


def in_china(latitude: float, longitude: float) -> bool:
    """Say whether a WGS84 point is in China, by the coarse line of this file."""
    return bool(_china().contains(Point(longitude, latitude)))


def km_to_fence(latitude: float, longitude: float) -> float:
    """Return the distance of a WGS84 point to the Russia-China border between Lake Khanka and the Tumen, km."""
    here = Point(longitude, latitude)
    near = nearest_points(LineString(_points(_FENCE)), here)[0]
    return float(Geod(ellps="WGS84").inv(longitude, latitude, near.x, near.y)[2]) / 1000


def side(latitude: float, longitude: float) -> str:
    """Return "CN", or "RU" for ground east of the fence, or "" where the line is too coarse to say."""
    if km_to_fence(latitude, longitude) < FENCE_KM:
        return ""
    if in_china(latitude, longitude):
        return "CN"
    return "RU" if longitude > 130.4 and latitude > 42.3 else ""
