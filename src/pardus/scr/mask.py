"""Masks from a buffer around the detectors, or from polygons; and what a mask must satisfy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.errors import Finding, MaskError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.nearest import gaps, nearest

HECTARE = 10_000.0
_MOST = 2_000_000


def around(
    detectors: Floats,
    buffer: float,
    spacing: float | None = None,
    habitat: Iterable[Any] = (),
    unsuitable: Iterable[Any] = (),
) -> Mask:
    """Return cells whose centre is within `buffer` of a detector, clipped to habitat.

    detectors: (detector, 2) metres. buffer, spacing: metres; spacing None: (x range + 2 buffer) / 64.
    habitat, unsuitable: shapely geometries in the same coordinates; a cell stays if its centre is inside
    some habitat (when any is given) and in no unsuitable ground. The grid starts half a spacing inside the
    lowest coordinate minus buffer, as make.mask(type = "trapbuffer") of secr. Raises MaskError.
    """
    low, high = detectors.min(axis=0) - buffer, detectors.max(axis=0) + buffer
    step = float(spacing or (high[0] - low[0]) / 64)
    if not (buffer > 0 and step > 0):
        raise MaskError(
            _("Mask: expected buffer and spacing above 0, found {b} and {s}.").format(b=buffer, s=step)
        )
    _refuse_too_many(low, high, step)
    x = np.arange(low[0] + step / 2, high[0] + 1e-9 * step, step)
    y = np.arange(low[1] + step / 2, high[1] + 1e-9 * step, step)
    xy = np.stack([g.reshape(-1) for g in np.meshgrid(x, y)], axis=1)
    distance = nearest(xy, detectors, within=buffer * (1 + 1e-12))
    return _clipped(xy[np.isfinite(distance)], step, habitat, unsuitable)


def within(habitat: Sequence[Any], spacing: float, unsuitable: Iterable[Any] = ()) -> Mask:
    """Return cells of a square grid whose centres are inside the habitat polygons. Raises MaskError."""
    bounds = np.array([g.bounds for g in habitat], dtype=np.float64)
    if not len(bounds) or not np.isfinite(bounds).all():
        raise MaskError(_("The habitat file holds no polygon."))
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    _refuse_too_many(low, high, spacing)
    x, y = (np.arange(low[a] + spacing / 2, high[a], spacing) for a in (0, 1))
    xy = np.stack([g.reshape(-1) for g in np.meshgrid(x, y)], axis=1)
    return _clipped(xy, spacing, habitat, unsuitable)


def inside(xy: Floats, geometries: Iterable[Any]) -> np.ndarray:
    """Return (cell,) whether each point lies in any of the geometries (border included)."""
    import shapely

    points = shapely.points(xy)
    out = np.zeros(len(xy), dtype=bool)
    for geometry in geometries:
        shapely.prepare(geometry)
        out |= shapely.intersects(geometry, points)
    return out


def check_mask(mask: Mask, history: CaptureHistory) -> None:
    """Raise MaskError if the mask lies elsewhere than the detectors, naming those it misses.

    A detector is missed if no cell is within 2 spacings and none within the typical distance between detectors.
    """
    xy = history.detectors.xy
    distance = nearest(xy, mask.xy)
    reach = 2 * mask.spacing
    if len(xy) > 1:
        reach = max(reach, float(np.median(gaps(xy))))
    far = np.flatnonzero(distance > reach)
    if len(far):
        raise MaskError(
            _("Session {session!r}: the mask misses {count} of {all} detectors.").format(
                session=history.session, count=len(far), all=len(xy)
            ),
            [
                Finding(
                    "mask-misses-detector",
                    history.detectors.ids[j],
                    _("The nearest mask cell is {km:.1f} km away.").format(km=distance[j] / 1000),
                    _(
                        "Check that both are in the same coordinate system and the habitat covers the stations."
                    ),
                )
                for j in far
            ],
        )


def _clipped(xy: Floats, spacing: float, habitat: Iterable[Any], unsuitable: Iterable[Any]) -> Mask:
    habitat, unsuitable = list(habitat), list(unsuitable)
    keep = inside(xy, habitat) if habitat else np.ones(len(xy), dtype=bool)
    if unsuitable:
        keep &= ~inside(xy, unsuitable)
    if not keep.any():
        raise MaskError(
            _("No mask cell is left: nothing within the buffer is habitat."),
            [
                Finding(
                    "mask-empty",
                    "",
                    _("{count} cells around the detectors, none on suitable ground.").format(count=len(xy)),
                    _("Check the polygon's coordinate system, the buffer and the spacing."),
                )
            ],
        )
    return Mask(np.ascontiguousarray(xy[keep]), spacing**2 / HECTARE, spacing)


def _refuse_too_many(low: Floats, high: Floats, spacing: float) -> None:
    cells = float(np.prod((high - low) / spacing))
    if cells > _MOST:
        raise MaskError(
            _("The mask would have {cells:,.0f} cells; at most {most:,} are taken.").format(
                cells=cells, most=_MOST
            ),
            [
                Finding(
                    "mask-too-fine",
                    "",
                    _("Spacing is {spacing:g} m.").format(spacing=spacing),
                    _("Use a wider spacing."),
                )
            ],
        )
