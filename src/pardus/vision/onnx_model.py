"""Models that users bring: ONNX graphs with a sidecar that says what they are. Nothing that runs code is opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pardus.model.errors import DataError, Finding
from pardus.model.language import _
from pardus.model.observation import Box
from pardus.vision.finder import Found, Look
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image

PICKLED = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")
KINDS = ("finder", "embedder")
LAYOUTS = ("boxes", "yolo")
CATEGORIES = ("animal", "human", "vehicle")


class Embedder(Protocol):
    """Turns crops into vectors: one row of length 1 for each crop, in order. May be repeated."""

    name: str

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(crop,) images, (row, column, 3) uint8 BGR -> (crop, d) float32."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the file beside a model says: MODEL.onnx has MODEL.json.

    kind: of KINDS. name, licence: text. sha256: of the model. width, height: input pixels. rgb: channel order.
    scale, mean, std: input = (pixel * scale - mean) / std. letterbox: keep the shape and pad with grey 114.
    layout (finder): "boxes" rows of x1, y1, x2, y2, score, class in input pixels after suppression in the graph;
    "yolo" (4 + classes, candidates) of centre, size and class scores. classes: index -> category. threshold: 0..1.
    """

    kind: str
    name: str
    licence: str
    sha256: str
    width: int
    height: int
    rgb: bool = True
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    letterbox: bool = True
    layout: str = "boxes"
    classes: tuple[tuple[int, str], ...] = ((0, "animal"),)
    threshold: float = 0.2


def read_sidecar(model: Path) -> Sidecar:
    """Read and check the sidecar of a model file. Raises DataError with every fault; pickles are refused."""
    _refuse_pickle(model)
    path = model.with_suffix(".json")
    if not path.is_file():
        raise DataError(
            _("{path}: a model needs a sidecar that says what it is.").format(path=path),
            [
                Finding(
                    "sidecar-absent",
                    str(path),
                    _("Expected JSON with kind, name, licence, sha256, width, height."),
                )
            ],
        )
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(_("{path} is not JSON: {reason}").format(path=path, reason=error)) from error
    faults = (
        list(_faults(said, model)) if isinstance(said, dict) else [_fault("sidecar", _("expected an object"))]
    )
    if faults:
        raise DataError(_("{path} can't be used.").format(path=path), faults)
    known = {key: value for key, value in said.items() if key in Sidecar.__dataclass_fields__}
    for key in ("mean", "std"):
        if key in known:
            known[key] = tuple(float(v) for v in known[key])
    if "classes" in known:
        known["classes"] = tuple(sorted((int(k), str(v)) for k, v in known["classes"].items()))
    return Sidecar(**known)


def _fault(where: str, message: str) -> Finding:
    return Finding("sidecar-field", where, message)


def _faults(said: dict[str, Any], model: Path) -> Sequence[Finding]:
    faults = [
        _fault(key, _("is missing"))
        for key in ("kind", "name", "licence", "sha256", "width", "height")
        if key not in said
    ]
    if said.get("kind", "finder") not in KINDS:
        faults.append(_fault("kind", _("expected one of {names}").format(names=", ".join(KINDS))))
    if said.get("layout", "boxes") not in LAYOUTS:
        faults.append(_fault("layout", _("expected one of {names}").format(names=", ".join(LAYOUTS))))
    classes = said.get("classes", {})
    if not isinstance(classes, dict) or not set(classes.values()) <= set(CATEGORIES):
        faults.append(
            _fault("classes", _("expected index: one of {names}").format(names=", ".join(CATEGORIES)))
        )
    for key in ("width", "height"):
        if not isinstance(said.get(key, 1), int) or said.get(key, 1) < 1:
            faults.append(_fault(key, _("expected a number of pixels")))
    if "sha256" in said and said["sha256"] != sha256(model.read_bytes()).hexdigest():
        faults.append(
            _fault("sha256", _("is not that of the model file: it was changed, or it is another one"))
        )
    return faults


def _refuse_pickle(model: Path) -> None:
    if not model.is_file():
        raise DataError(_("{path}: no such file.").format(path=model))
    with model.open("rb") as source:
        head = source.read(4)
    if model.suffix.lower() in PICKLED or head[:2] == b"PK" or head[:1] == b"\x80":
        raise DataError(
            _("{path} is a pickled model: loading it would run whatever program is in it.").format(
                path=model
            ),
            [
                Finding(
                    "pickled-model", str(model), _("Expected an ONNX graph."), _("Export the model to ONNX.")
                )
            ],
        )


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own unlisted kinds
        raise DataError(
            _("{path} is not an ONNX graph: {reason}").format(path=model, reason=error)
        ) from error


def _input(image: Image, s: Sidecar) -> tuple[NDArray[np.float32], float, float]:
    """(1, 3, height, width) input and the scales of x and y."""
    rows, columns = image.shape[:2]
    fx, fy = s.width / columns, s.height / rows
    if s.letterbox:
        fx = fy = min(fx, fy)
    size = max(1, round(columns * fx)), max(1, round(rows * fy))
    canvas = np.full((s.height, s.width, 3), 114, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA if fx < 1 else cv2.INTER_LINEAR
    )
    pixels = canvas[:, :, ::-1] if s.rgb else canvas
    scaled = (pixels.astype(np.float32) * s.scale - np.array(s.mean)) / np.array(s.std)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], dtype=np.float32), fx, fy


class OnnxFinder:
    """An AnimalFinder by a user's ONNX graph."""

    def __init__(self, model: Path) -> None:
        self.sidecar = read_sidecar(model)
        if self.sidecar.kind != "finder":
            raise DataError(_("{path} is no finder but {kind}.").format(path=model, kind=self.sidecar.kind))
        self._session = _session(model)
        self.name = f"{self.sidecar.name} {self.sidecar.sha256[:12]}"

    def find(self, images: Sequence[Image]) -> list[Look]:
        """Look at pictures; boxes below the sidecar's threshold are left out."""
        return [self._look(image) for image in images]

    def _look(self, image: Image) -> Look:
        s = self.sidecar
        pixels, fx, fy = _input(image, s)
        out = np.asarray(self._session.run(None, {self._session.get_inputs()[0].name: pixels})[0], np.float32)
        rows = (
            out.reshape(-1, 6)
            if s.layout == "boxes"
            else _suppressed(out.reshape(out.shape[-2:]), s.threshold)
        )
        height, width = image.shape[:2]
        names = dict(s.classes)
        found = []
        for x1, y1, x2, y2, score, kind in rows.tolist():
            if score < s.threshold or int(kind) not in names:
                continue
            left, right = (min(max(x / fx / width, 0.0), 1.0) for x in (x1, x2))
            top, bottom = (min(max(y / fy / height, 0.0), 1.0) for y in (y1, y2))
            if right > left and bottom > top:
                found.append(
                    Found(names[int(kind)], Box(left, top, right - left, bottom - top), float(score))
                )
        return Look(tuple(sorted(found, key=lambda f: -(f.confidence or 0))))


def _suppressed(out: NDArray[np.float32], threshold: float, overlap: float = 0.5) -> NDArray[np.float32]:
    """(4 + classes, candidate) centres, sizes and scores -> rows of corners, score, class; overlapping ones dropped."""
    scores, kind = out[4:].max(axis=0), out[4:].argmax(axis=0)
    keep = scores >= threshold
    x, y, w, h = out[:4, keep]
    corners = np.column_stack([x - w / 2, y - h / 2, w, h])
    chosen = cv2.dnn.NMSBoxes(corners.tolist(), scores[keep].tolist(), threshold, overlap)
    i = np.array(chosen, int).ravel()
    corners[:, 2:] += corners[:, :2]
    rows: NDArray[np.float32] = np.column_stack([corners, scores[keep], kind[keep]]).astype(np.float32)[i]
    return rows


class OnnxEmbedder:
    """An Embedder by a user's ONNX graph."""

    def __init__(self, model: Path) -> None:
        self.sidecar = read_sidecar(model)
        if self.sidecar.kind != "embedder":
            raise DataError(_("{path} is no embedder but {kind}.").format(path=model, kind=self.sidecar.kind))
        self._session = _session(model)
        self.name = f"{self.sidecar.name} {self.sidecar.sha256[:12]}"

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """(crop,) images -> (crop, d) float32 of length 1."""
        entry = self._session.get_inputs()[0].name
        rows = [self._session.run(None, {entry: _input(c, self.sidecar)[0]})[0].ravel() for c in crops]
        vectors = np.array(rows, np.float32)
        unit: NDArray[np.float32] = vectors / np.maximum(
            np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9
        )
        return unit
