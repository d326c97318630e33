"""A cat's body: one surface at rest, and its shape at any moment of a walk.

The surface is the zero level of smoothly joined rounded cones (surface nets: Gibson 1998), made once; a pose
moves its vertices with the bones they lie on (linear blend skinning). Forward is x, left is y, up is z, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

_GRID = 0.0125
_JOIN = 0.016


@dataclass(frozen=True, slots=True)
class Part:
    """A rounded cone from a to b, belonging to a bone; flat: its width over its height."""

    bone: str
    a: tuple[float, float, float]
    ra: float
    b: tuple[float, float, float]
    rb: float
    flat: float = 1.0


@dataclass(frozen=True, slots=True)
class Bone:
    """A joint: its parent and the point around which it turns, at rest."""

    name: str
    parent: str
    at: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """The surface at rest. vertices, normals: (vertex, 3). triangles: (triangle, 3). weights: (vertex, bone).

    coat: (vertex, 2) position on the flattened flank, metres, see `pardus.sim.coats`.
    """

    vertices: F64
    normals: F64
    triangles: I32
    weights: F64
    coat: F64
    bones: tuple[Bone, ...]


@dataclass(frozen=True, slots=True)
class Pose:
    """A moment of a walk. gait: 0 to 1 through a stride. Angles in radians.

    head_turn: to the left; head_down; bend: of the spine to the left; tail: raised.
    """

    gait: float
    stride: float = 1.0
    head_turn: float = 0.0
    head_down: float = 0.0
    bend: float = 0.0
    tail: float = 0.0


def _cat() -> tuple[Part, ...]:
    """Return a leopard's parts; those of one side are mirrored."""
    middle = [
        Part("hips", (-0.50, 0, 0.565), 0.115, (-0.36, 0, 0.568), 0.148, 0.78),
        Part("hips", (-0.36, 0, 0.562), 0.145, (-0.12, 0, 0.535), 0.145, 0.80),
        Part("chest", (-0.12, 0, 0.532), 0.148, (0.14, 0, 0.532), 0.172, 0.76),
        Part("chest", (0.14, 0, 0.535), 0.172, (0.30, 0, 0.570), 0.152, 0.76),
        Part("neck", (0.28, 0, 0.600), 0.138, (0.44, 0, 0.655), 0.112, 0.85),
        Part("head", (0.530, 0, 0.705), 0.093, (0.585, 0, 0.698), 0.084, 0.98),
        Part("head", (0.615, 0, 0.672), 0.062, (0.668, 0, 0.660), 0.048, 1.10),
        Part("head", (0.585, 0, 0.640), 0.052, (0.655, 0, 0.630), 0.036, 1.1),
        Part("tail1", (-0.53, 0, 0.600), 0.052, (-0.66, 0, 0.485), 0.040),
        Part("tail2", (-0.66, 0, 0.485), 0.040, (-0.80, 0, 0.360), 0.038),
        Part("tail3", (-0.80, 0, 0.360), 0.038, (-0.96, 0, 0.300), 0.037),
        Part("tail4", (-0.96, 0, 0.300), 0.037, (-1.16, 0, 0.345), 0.034),
    ]
    side = [
        Part("head", (0.505, 0.068, 0.772), 0.036, (0.490, 0.078, 0.806), 0.026, 0.75),
        Part("head", (0.575, 0.050, 0.665), 0.054, (0.60, 0.044, 0.658), 0.048),
        Part("fore", (0.245, 0.070, 0.560), 0.105, (0.205, 0.092, 0.385), 0.072, 0.72),
        Part("forearm", (0.205, 0.092, 0.385), 0.066, (0.235, 0.090, 0.180), 0.046),
        Part("forepaw", (0.235, 0.090, 0.180), 0.045, (0.240, 0.090, 0.070), 0.043),
        Part("forepaw", (0.245, 0.090, 0.050), 0.049, (0.300, 0.090, 0.040), 0.039),
        Part("thigh", (-0.400, 0.068, 0.550), 0.130, (-0.320, 0.094, 0.390), 0.092, 0.66),
        Part("shin", (-0.320, 0.092, 0.385), 0.080, (-0.440, 0.090, 0.235), 0.046, 0.85),
        Part("hind", (-0.440, 0.090, 0.235), 0.044, (-0.415, 0.090, 0.075), 0.040),
        Part("hind", (-0.405, 0.090, 0.050), 0.046, (-0.345, 0.090, 0.040), 0.038),
    ]
    return _mirrored(middle, side)


def _bones() -> tuple[Bone, ...]:
    out = [
        Bone("hips", "", (-0.12, 0, 0.55)),
        Bone("chest", "", (-0.12, 0, 0.55)),
        Bone("neck", "chest", (0.30, 0, 0.60)),
        Bone("head", "neck", (0.47, 0, 0.67)),
        Bone("tail1", "hips", (-0.53, 0, 0.61)),
        Bone("tail2", "tail1", (-0.66, 0, 0.50)),
        Bone("tail3", "tail2", (-0.80, 0, 0.375)),
        Bone("tail4", "tail3", (-0.96, 0, 0.31)),
    ]
    for sign, letter in ((1, "L"), (-1, "R")):
        out += [
            Bone("fore" + letter, "chest", (0.25, sign * 0.07, 0.58)),
            Bone("forearm" + letter, "fore" + letter, (0.205, sign * 0.088, 0.395)),
            Bone("forepaw" + letter, "forearm" + letter, (0.235, sign * 0.088, 0.180)),
            Bone("thigh" + letter, "hips", (-0.40, sign * 0.07, 0.58)),
            Bone("shin" + letter, "thigh" + letter, (-0.32, sign * 0.09, 0.40)),
            Bone("hind" + letter, "shin" + letter, (-0.44, sign * 0.09, 0.235)),
        ]
    return tuple(out)


def _mirrored(middle: list[Part], side: list[Part]) -> tuple[Part, ...]:
    """Return all parts, those of one side on both."""
    out = list(middle)
    for sign, letter in ((1, "L"), (-1, "R")):
        for part in side:
            bone = part.bone if part.bone in ("head", "chest") else part.bone + letter
            a, b = ((p[0], sign * p[1], p[2]) for p in (part.a, part.b))
            out.append(Part(bone, a, part.ra, b, part.rb, part.flat))
    return tuple(out)


def _deer() -> tuple[Part, ...]:
    middle = [
        Part("hips", (-0.50, 0, 0.600), 0.105, (-0.36, 0, 0.595), 0.130, 0.75),
        Part("hips", (-0.36, 0, 0.590), 0.128, (-0.12, 0, 0.560), 0.135, 0.78),
        Part("chest", (-0.12, 0, 0.558), 0.135, (0.16, 0, 0.565), 0.145, 0.72),
        Part("chest", (0.16, 0, 0.570), 0.143, (0.30, 0, 0.610), 0.110, 0.72),
        Part("neck", (0.28, 0, 0.620), 0.095, (0.40, 0, 0.770), 0.055, 0.80),
        Part("head", (0.41, 0, 0.800), 0.058, (0.50, 0, 0.790), 0.046, 0.90),
        Part("head", (0.50, 0, 0.785), 0.042, (0.60, 0, 0.755), 0.026, 0.90),
        Part("tail1", (-0.585, 0, 0.64), 0.03, (-0.62, 0, 0.55), 0.018),
    ]
    side = [
        Part("head", (0.39, 0.045, 0.825), 0.020, (0.35, 0.085, 0.860), 0.014, 0.6),
        Part("fore", (0.245, 0.055, 0.560), 0.082, (0.215, 0.070, 0.400), 0.045, 0.72),
        Part("forearm", (0.215, 0.070, 0.400), 0.040, (0.235, 0.070, 0.200), 0.024),
        Part("forepaw", (0.235, 0.070, 0.200), 0.022, (0.250, 0.070, 0.025), 0.020),
        Part("thigh", (-0.400, 0.055, 0.570), 0.115, (-0.330, 0.072, 0.410), 0.062, 0.62),
        Part("shin", (-0.330, 0.070, 0.405), 0.052, (-0.440, 0.070, 0.260), 0.027),
        Part("hind", (-0.440, 0.070, 0.260), 0.025, (-0.415, 0.070, 0.025), 0.020),
    ]
    return _mirrored(middle, side)


def _boar() -> tuple[Part, ...]:
    middle = [
        Part("hips", (-0.45, 0, 0.500), 0.140, (-0.30, 0, 0.510), 0.180, 0.72),
        Part("hips", (-0.30, 0, 0.510), 0.180, (-0.12, 0, 0.510), 0.190, 0.72),
        Part("chest", (-0.12, 0, 0.510), 0.190, (0.22, 0, 0.545), 0.205, 0.66),
        Part("neck", (0.22, 0, 0.540), 0.190, (0.40, 0, 0.500), 0.145, 0.70),
        Part("head", (0.42, 0, 0.490), 0.125, (0.56, 0, 0.420), 0.075, 0.75),
        Part("head", (0.56, 0, 0.415), 0.070, (0.69, 0, 0.355), 0.042, 0.85),
        Part("tail1", (-0.57, 0, 0.53), 0.016, (-0.61, 0, 0.40), 0.010),
    ]
    side = [
        Part("head", (0.40, 0.070, 0.600), 0.034, (0.375, 0.085, 0.665), 0.016, 0.6),
        Part("fore", (0.245, 0.070, 0.450), 0.100, (0.220, 0.085, 0.310), 0.058, 0.72),
        Part("forearm", (0.220, 0.085, 0.310), 0.050, (0.235, 0.085, 0.150), 0.034),
        Part("forepaw", (0.235, 0.085, 0.150), 0.032, (0.245, 0.085, 0.030), 0.028),
        Part("thigh", (-0.380, 0.070, 0.460), 0.140, (-0.330, 0.085, 0.320), 0.075, 0.62),
        Part("shin", (-0.330, 0.085, 0.315), 0.060, (-0.420, 0.085, 0.190), 0.036),
        Part("hind", (-0.420, 0.085, 0.190), 0.032, (-0.400, 0.085, 0.030), 0.028),
    ]
    return _mirrored(middle, side)


def _person() -> tuple[Part, ...]:
    """Return a walking person at half size; the hind bones are its legs, the fore bones its arms."""
    middle = [
        Part("chest", (-0.39, 0, 0.470), 0.088, (-0.39, 0, 0.640), 0.105, 1.35),
        Part("chest", (-0.39, 0, 0.640), 0.095, (-0.385, 0, 0.715), 0.050, 1.5),
        Part("chest", (-0.385, 0, 0.72), 0.034, (-0.375, 0, 0.77), 0.034),
        Part("chest", (-0.370, 0, 0.800), 0.055, (-0.375, 0, 0.830), 0.056, 0.9),
        Part("chest", (-0.375, 0, 0.845), 0.058, (-0.385, 0, 0.860), 0.050),
    ]
    side = [
        Part("chest", (-0.39, 0.125, 0.690), 0.042, (-0.40, 0.150, 0.560), 0.034),
        Part("chest", (-0.40, 0.150, 0.560), 0.032, (-0.35, 0.150, 0.455), 0.026),
        Part("thigh", (-0.395, 0.052, 0.460), 0.070, (-0.380, 0.056, 0.250), 0.048),
        Part("shin", (-0.380, 0.056, 0.250), 0.046, (-0.400, 0.056, 0.060), 0.036),
        Part("hind", (-0.400, 0.056, 0.040), 0.034, (-0.310, 0.060, 0.026), 0.024),
    ]
    return _mirrored(middle, side)


KINDS: dict[str, tuple[Part, ...]] = {
    "cat": _cat(),
    "deer": _deer(),
    "boar": _boar(),
    "person": _person(),
}


def _distance(points: F64, part: Part) -> F64:
    """Return signed distances of points (n, 3) to a rounded cone, widened or narrowed sideways."""
    a, b = np.array(part.a), np.array(part.b)
    scale = np.array((1.0, 1 / part.flat, 1.0))
    p, ab = (points - a) * scale, (b - a) * scale
    t = np.clip(p @ ab / (ab @ ab), 0, 1)
    radius = part.ra + (part.rb - part.ra) * t
    out: F64 = np.linalg.norm(p - t[:, None] * ab, axis=1) - radius
    return out


@cache
def rest(kind: str = "cat") -> Rest:
    """Return the surface at rest of a kind in KINDS (made at the first call, about a second)."""
    parts, bones = KINDS[kind], _bones()
    low, high = np.array((-1.26, -0.24, -0.02)), np.array((0.80, 0.24, 0.96))
    axes = [np.arange(a, b, _GRID) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    flat = points.reshape(-1, 3)
    total = np.zeros(len(flat))
    for part in parts:
        total += np.exp(-np.clip(_distance(flat, part), -0.3, 0.6) / _JOIN)
    field = (-_JOIN * np.log(np.maximum(total, 1e-30))).reshape(points.shape[:3])
    vertices, triangles = _surface_nets(field, low)
    normals = _normals(vertices, triangles)
    weights = _weights(vertices, parts, bones)
    return Rest(vertices, normals, triangles, weights, _coat_position(vertices, weights, bones), bones)


def _surface_nets(field: F64, low: F64) -> tuple[F64, I32]:
    """Return vertices (n, 3) and triangles of the zero level: a vertex in each cell that it crosses."""
    inside = field < 0
    corner = [tuple((c >> k) & 1 for k in range(3)) for c in range(8)]
    size = np.array(field.shape) - 1

    def at(grid: NDArray[Any], c: tuple[int, ...]) -> NDArray[Any]:
        return grid[tuple(slice(c[k], c[k] + size[k]) for k in range(3))]

    count = np.zeros(size)
    total = np.zeros((*size, 3))
    for c in corner:
        for axis in range(3):
            if c[axis]:
                continue
            d = tuple(c[k] + (k == axis) for k in range(3))
            fa, fb = at(field, c), at(field, d)
            crossed = at(inside, c) != at(inside, d)
            t = np.where(crossed, fa / np.where(crossed, fa - fb, 1.0), 0.0)
            count += crossed
            for k in range(3):
                total[..., k] += np.where(crossed, c[k] + (t if k == axis else 0.0), 0.0)
    used = count > 0
    index = np.full(size, -1, dtype=np.int64)
    index[used] = np.arange(used.sum())
    cell = np.argwhere(used)
    vertices = low + (cell + total[used] / count[used][:, None]) * _GRID
    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        step = np.zeros(3, dtype=np.int64)
        step[axis] = 1
        first = inside[tuple(slice(1 if k != axis else 0, field.shape[k] - 1) for k in range(3))]
        second = np.take(inside, np.arange(1, field.shape[axis]), axis=axis)
        second = second[
            tuple(slice(1, field.shape[k] - 1) if k != axis else slice(0, size[axis]) for k in range(3))
        ]
        for flip, edge in ((False, first & ~second), (True, ~first & second)):
            base = np.argwhere(edge) + np.array([1 if k != axis else 0 for k in range(3)])
            ring = []
            for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1)):
                at_cell = base.copy()
                at_cell[:, u] -= du
                at_cell[:, v] -= dv
                ring.append(index[tuple(at_cell.T)])
            quad = np.stack(ring, axis=1)
            quads.append(quad[:, ::-1] if flip else quad)
    quad = np.concatenate(quads)
    quad = quad[(quad >= 0).all(axis=1)]
    triangles = np.concatenate((quad[:, (0, 1, 2)], quad[:, (0, 2, 3)]))
    return vertices, triangles.astype(np.int32)


def _normals(vertices: F64, triangles: I32) -> F64:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    out = np.zeros_like(vertices)
    for k in range(3):
        for d in range(3):
            out[:, d] += np.bincount(triangles[:, k], weights=face[:, d], minlength=len(vertices))
    length = np.linalg.norm(out, axis=1, keepdims=True)
    normals: F64 = out / np.maximum(length, 1e-12)
    return normals


def _weights(vertices: F64, parts: tuple[Part, ...], bones: tuple[Bone, ...]) -> F64:
    """Return how much each vertex follows each bone: by its distance to the bone's parts."""
    names = [bone.name for bone in bones]
    nearest = np.full((len(vertices), len(bones)), np.inf)
    for part in parts:
        column = names.index(part.bone)
        nearest[:, column] = np.minimum(nearest[:, column], np.maximum(_distance(vertices, part), -0.06))
    weight = np.exp(-(nearest - nearest.min(axis=1, keepdims=True)) / 0.022)
    out: F64 = weight / weight.sum(axis=1, keepdims=True)
    return out


def _coat_position(vertices: F64, weights: F64, bones: tuple[Bone, ...]) -> F64:
    """Return (x, z) on the flattened flank: around the trunk the height is unrolled, elsewhere kept."""
    names = [bone.name for bone in bones]
    trunk = weights[:, [names.index(n) for n in ("hips", "chest", "neck")]].sum(axis=1)
    x, y, z = vertices.T
    centre = np.interp(x, (-0.5, -0.1, 0.15, 0.30, 0.46), (0.565, 0.535, 0.532, 0.570, 0.655))
    radius = np.interp(x, (-0.5, -0.1, 0.15, 0.30, 0.46), (0.12, 0.147, 0.172, 0.152, 0.112))
    angle = np.arctan2(z - centre, np.abs(y) / 0.78)
    unrolled = centre + 0.88 * radius * angle
    return np.stack((x, trunk * unrolled + (1 - trunk) * z), axis=1)


def _turn(axis: str, angle: float) -> F64:
    c, s = np.cos(angle), np.sin(angle)
    if axis == "y":
        return np.array(((c, 0, s), (0, 1, 0), (-s, 0, c)))
    return np.array(((c, -s, 0), (s, c, 0), (0, 0, 1)))


def _joints(pose: Pose) -> dict[str, F64]:
    """Return the turn of each bone. A positive turn about y swings what hangs below backwards."""
    turns = {
        "neck": _turn("z", 0.45 * pose.head_turn) @ _turn("y", 0.25 + 0.5 * pose.head_down),
        "head": _turn("z", 0.65 * pose.head_turn) @ _turn("y", -0.15 + 0.6 * pose.head_down),
        "chest": _turn("z", 0.5 * pose.bend),
        "hips": _turn("z", -0.5 * pose.bend),
        "tail1": _turn("y", 0.25 * pose.tail) @ _turn("z", -0.6 * pose.bend),
        "tail2": _turn("y", 0.35 * pose.tail),
        "tail3": _turn("y", 0.45 * pose.tail),
        "tail4": _turn("y", 0.55 * pose.tail) @ _turn("z", 0.8 * pose.bend),
    }
    for name, phase in (("L", 0.25), ("R", 0.75)):
        swing, lift = _leg(pose.gait + phase, pose.stride)
        turns["fore" + name] = _turn("y", -0.42 * swing)
        turns["forearm" + name] = _turn("y", -0.10 * swing - 0.75 * lift)
        turns["forepaw" + name] = _turn("y", 0.30 * swing + 0.95 * lift)
    for name, phase in (("L", 0.0), ("R", 0.5)):
        swing, lift = _leg(pose.gait + phase, pose.stride)
        turns["thigh" + name] = _turn("y", -0.40 * swing - 0.30 * lift)
        turns["shin" + name] = _turn("y", 0.12 * swing + 0.70 * lift)
        turns["hind" + name] = _turn("y", 0.10 * swing - 0.35 * lift)
    return turns


def _leg(phase: float, stride: float) -> tuple[float, float]:
    """Return how far forward a leg is (-1 to 1) and how far lifted (0 to 1); on the ground two thirds of the time."""
    t = phase % 1.0
    if t < 0.66:
        return stride * (1 - 2 * t / 0.66), 0.0
    u = (t - 0.66) / 0.34
    return stride * (-np.cos(np.pi * u)), float(stride * np.sin(np.pi * u))


def turned(heading: float) -> F64:
    """Return the rotation (3, 3) of a body that walks towards a heading."""
    return _turn("z", heading)


def posed(pose: Pose, size: float = 1.0, kind: str = "cat") -> tuple[F64, F64]:
    """Return vertices and normals (vertex, 3) of a pose, the lowest paw on the ground."""
    surface = rest(kind)
    turns = _joints(pose)
    rotation: dict[str, F64] = {"": np.eye(3)}
    shift: dict[str, F64] = {"": np.zeros(3)}
    for bone in surface.bones:
        at = np.array(bone.at)
        parent = rotation[bone.parent]
        rotation[bone.name] = parent @ turns.get(bone.name, np.eye(3))
        shift[bone.name] = parent @ at + shift[bone.parent] - rotation[bone.name] @ at
    turn = np.stack([rotation[bone.name] for bone in surface.bones])
    move = np.stack([shift[bone.name] for bone in surface.bones])
    blended = np.tensordot(surface.weights, turn, axes=1)
    vertices = np.einsum("vij,vj->vi", blended, surface.vertices) + surface.weights @ move
    normals = np.einsum("vij,vj->vi", blended, surface.normals)
    vertices[:, 2] -= vertices[:, 2].min()
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return vertices * size, normals
