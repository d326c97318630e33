"""The colours of the style sheet, computed: text can be read, and colours that mean something differ for every eye."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import pardus.web

SHEET = (Path(pardus.web.__file__).parent / "static" / "desk.css").read_text(encoding="utf-8")
EYES = {
    "all cones": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
    "no colours": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
"""Linear red, green and blue as such an eye sees them: Machado, Oliveira and Fernandes 2009, severity 1."""
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def said(selector: str, property_: str) -> str:
    """Return the colour that the style sheet gives: the last rule of exactly this selector that has the property."""
    bodies = re.findall(r"(?:^|[}\s,])" + re.escape(selector) + r"\s*(?:,[^{}]*)?\{([^}]*)\}", SHEET)
    found = [
        m[1] for b in bodies if (m := re.search(rf"(?:^|[;\s]){property_}:[^;]*?(#\w+|var\(--\w+\))", b))
    ]
    assert found, f"{selector} has no {property_}"
    return found[-1]


def linear(colour: str) -> np.ndarray:
    """Return a colour as linear red, green and blue, 0 to 1."""
    if colour.startswith("var"):
        found = re.search(rf"{colour[4:-1]}:\s*(#\w+)", SHEET)
        assert found, colour
        colour = found[1]
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:4])
    rgb = np.array([int(digits[n : n + 2], 16) for n in (0, 2, 4)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    light, dark = sorted((float(XYZ[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, eye: str) -> np.ndarray:
    """Return a colour as an eye sees it, in CIELAB under D65."""
    xyz = XYZ @ np.clip(np.array(EYES[eye]) @ linear(colour), 0, 1) / XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, eye: str) -> float:
    return float(np.linalg.norm(seen(one, eye) - seen(other, eye)))


def test_the_measure_is_right() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)
    assert seen("#fff", "all cones") == pytest.approx([100, 0, 0], abs=0.02)
    assert apart("#d62728", "#2ca02c", "all cones") > 100  # red and green
    assert apart("#b35900", "#6b7a00", "no red cones") < 12


PAPER, SOFT, GROUND, DARK = "var(--paper)", "var(--soft)", "var(--ground)", "var(--dark)"
TEXT = {
    "text": ("var(--ink)", GROUND),
    "notes": ("var(--quiet)", PAPER),
    "notes on soft ground": ("var(--quiet)", SOFT),
    "links": ("var(--accent)", PAPER),
    "links in a warning": ("var(--accent)", said(".warn", "background")),
    "links in a hint": ("var(--accent)", SOFT),
    "the main button": ("#fff", said("button.main", "background")),
    "a button that is on": ("#fff", said("button[aria-pressed=true]", "background")),
    "the answer same": ("var(--ink)", said(".decide .same", "background")),
    "the answer different": ("var(--ink)", said(".decide .different", "background")),
    "not saved": (said(".state.bad", "color"), PAPER),
    "the head of a strip": (said(".strip span", "color"), DARK),
    "what is in order": ("#fff", said(".green .light", "background")),
    "what is doubtful": ("#fff", said(".amber .light", "background")),
    "what is missing": ("#fff", said(".red .light", "background")),
    "taken back": (said(".chip.care", "color"), SOFT),
    "a name on the map": (said(".map text", "fill"), said(".map", "background")),
}


@pytest.mark.parametrize("name", TEXT)
def test_text_can_be_read(name: str) -> None:
    assert contrast(*TEXT[name]) >= 4.5


SHAPES = {
    "the frame of a field": ("#8b8579", "#fff"),
    "what has the focus": (said(":focus-visible", "outline"), PAPER),
    "the chosen picture of a strip": (said(".strip button[aria-pressed=true]", "border-color"), DARK),
    "the chosen tile": (said(".tile[aria-current]", "outline"), PAPER),
    "a checked tile": (said(".tile[data-done]", "border-color"), "#fff"),
    "a station": (said(".map .dot", "fill"), said(".map .land", "fill")),
    "a station at sea": (said(".map .dot", "fill"), said(".map .sea", "fill")),
    "the query": (said(".map .query", "fill"), said(".map .land", "fill")),
    "the candidate": (said(".map circle.candidate", "stroke"), said(".map .land", "fill")),
    "days that worked": (said(".bars .works", "fill"), PAPER),
    "days that failed": (said(".bars .failed", "fill"), PAPER),
    "days in part": (said(".bars .partial", "fill"), PAPER),
    "days unknown": (said(".bars .unknown", "stroke"), PAPER),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_stand_out(name: str) -> None:
    assert contrast(*SHAPES[name]) >= 3


@pytest.mark.parametrize("eye", EYES)
def test_the_two_animals_of_a_pair_differ_on_the_map(eye: str) -> None:
    query, candidate = said(".map .query", "fill"), said(".map circle.candidate", "fill")
    assert apart(query, candidate, eye) > 30  # one is filled, the other a ring
    lines = said(".map polyline.query", "stroke"), said(".map polyline.candidate", "stroke")
    assert eye == "no colours" or apart(*lines, eye) > 30


@pytest.mark.parametrize("eye", EYES)
def test_the_states_of_a_camera_differ(eye: str) -> None:
    states = {name: said(f".bars .{name}", "fill") for name in ("works", "failed", "partial", "unknown")}
    near = {pair: round(apart(states[pair[0]], states[pair[1]], eye)) for pair in combinations(states, 2)}
    assert min(near.values()) > (8 if eye == "no colours" else 20), near


def test_bars_and_their_legend_have_the_same_colours() -> None:
    for name in ("works", "failed", "partial", "unknown"):
        assert said(f".bars .{name}", "fill") == said(f".swatch.{name}", "background")
