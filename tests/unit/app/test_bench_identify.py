"""The whole bench on a folder of painted animals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pardus.app.bench_identify import bench_identify
from pardus.cli.main import app
from pardus.report.bench_page import render_bench
from pardus.vision.opencv import cv2

ANIMALS, EVENTS = 5, 2


def paint(animal: int, event: int) -> np.ndarray:
    """A flank with spots of its own, moved a little, before another ground each time."""
    rng = np.random.default_rng([animal, event])
    image = np.zeros((180, 260, 3), np.float32)
    image[:] = (60 + 10 * event, 110, 70)
    image += rng.normal(0, 8, image.shape)
    x0, y0 = rng.integers(-8, 8, 2)
    cv2.ellipse(image, (130 + int(x0), 85 + int(y0)), (88, 44), 0, 0, 360, (60, 140, 220), -1)
    spots = np.random.default_rng(animal)
    for _ in range(70):
        x, y = spots.uniform(55, 205), spots.uniform(50, 120)
        cv2.circle(image, (int(x + x0), int(y + y0)), int(spots.integers(2, 5)), (25, 35, 45), -1)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painted")
    rows = ["file,individual,flank,timestamp,encounter"]
    for animal in range(ANIMALS):
        for event in range(EVENTS):
            name = f"{animal}_{event}.png"
            cv2.imwrite(str(path / name), paint(animal, event))
            rows.append(f"{name},animal {animal},left,,{animal}-{event}")
    (path / "labels.csv").write_text("\n".join(rows) + "\n")
    return path


def test_painted_animals_are_told_apart_by_their_spots(folder: Path) -> None:
    found = bench_identify(folder).figures
    assert found["event"]["queries"] == ANIMALS * EVENTS
    assert found["event"]["top1"] > 0.9
    leak = found["leak"]
    assert leak["top1_by_chance"] < 0.3
    assert leak["top1"] < 0.5, "the ground is the same behind all"
    shares = [row["share_of_picture"] for row in leak["by_distance"]]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < shares[0] < 1
    assert found["decisions"]["perfect"]["0.99"] is not None
    page = render_bench("painted", found)
    assert page.count("<svg") >= 1
    assert page == render_bench("painted", found)


def test_the_command_writes_json_and_a_page(folder: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    lines = (folder / "labels.csv").read_text().splitlines()[:5]
    (few / "labels.csv").write_text("\n".join(lines) + "\n")
    for line in lines[1:]:
        name = line.split(",")[0]
        (few / name).write_bytes((folder / name).read_bytes())
    result = CliRunner().invoke(
        app, ["bench", "identify", str(few), "--out", str(tmp_path / "out"), "--json"]
    )
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out" / "identify.json").read_text())
    assert written["pictures"] == 4
    assert "cannot_say" in written["calibration"]
    assert "Cannot say" in (tmp_path / "out" / "identify.html").read_text()
