from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from pardus.model.errors import DataError
from pardus.vision.onnx_model import OnnxEmbedder, OnnxFinder, read_sidecar
from tests.fixtures.tiny_onnx import embedder, finder, save

WIDE = np.zeros((100, 200, 3), np.uint8)


def test_a_finder_gives_boxes_of_the_picture_not_of_its_input(tmp_path: Path) -> None:
    rows = np.array([[16, 8, 48, 24, 0.9, 0], [0, 0, 32, 32, 0.5, 2], [0, 0, 9, 9, 0.1, 0]], np.float32)
    model = save(
        tmp_path / "m.onnx", finder(64, rows), kind="finder", classes={"0": "animal", "2": "vehicle"}
    )
    look = OnnxFinder(model).find([WIDE])[0]
    assert [f.category for f in look.found] == ["animal", "vehicle"]
    box = look.found[0].box  # 200 x 100 shrinks to 64 x 32
    assert (box.x, box.y, box.width, box.height) == pytest.approx((0.25, 0.25, 0.5, 0.5))


def test_candidates_of_a_yolo_head_are_suppressed_here(tmp_path: Path) -> None:
    out = np.array(
        [[[32, 33, 10], [32, 32, 10], [20, 20, 8], [20, 20, 8], [0.9, 0.8, 0.7], [0, 0, 0.1]]], np.float32
    )
    model = save(
        tmp_path / "m.onnx", finder(64, out), kind="finder", layout="yolo", letterbox=False,
        classes={"0": "animal", "1": "human"},
    )  # fmt: skip
    look = OnnxFinder(model).find([WIDE])[0]
    assert [round(f.confidence or 0, 2) for f in look.found] == [0.9, 0.7]


def test_an_embedder_gives_unit_vectors_in_the_channel_order_it_asks_for(tmp_path: Path) -> None:
    model = save(tmp_path / "e.onnx", embedder(64), kind="embedder", letterbox=False)
    red = np.zeros((40, 40, 3), np.uint8)
    red[:, :, 2] = 200
    vectors = OnnxEmbedder(model).embed([red, red[:, :, ::-1]])
    assert vectors.shape == (2, 3)
    assert vectors[0] == pytest.approx([1, 0, 0], abs=1e-5)
    assert vectors[1] == pytest.approx([0, 0, 1], abs=1e-5)


def test_a_pickled_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    for name in ("weights.pt", "weights.onnx"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps({"weights": [1, 2, 3]}))
        with pytest.raises(DataError, match="run whatever program") as error:
            read_sidecar(path)
        assert error.value.findings[0].code == "pickled-model"


def test_a_model_that_is_not_the_one_the_sidecar_describes_is_refused(tmp_path: Path) -> None:
    model = save(tmp_path / "e.onnx", embedder(64), kind="embedder")
    model.write_bytes(embedder(32))
    with pytest.raises(DataError, match="sha256"):
        read_sidecar(model)


def test_every_fault_of_a_sidecar_is_told_at_once(tmp_path: Path) -> None:
    model = save(
        tmp_path / "e.onnx", embedder(64), kind="oracle", width=0, classes={"0": "leopard"}, layout="x"
    )
    with pytest.raises(DataError) as error:
        read_sidecar(model)
    assert {f.where for f in error.value.findings} == {"kind", "width", "classes", "layout"}


def test_no_sidecar_no_model_wrong_kind_and_no_graph(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_sidecar(tmp_path / "none.onnx")
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(embedder(64))
    with pytest.raises(DataError, match="sidecar"):
        read_sidecar(bare)
    model = save(tmp_path / "e.onnx", embedder(64), kind="embedder")
    with pytest.raises(DataError, match="no finder"):
        OnnxFinder(model)
    junk = save(tmp_path / "j.onnx", b"\x08junk", kind="finder")
    with pytest.raises(DataError, match="not an ONNX graph"):
        OnnxFinder(junk)
