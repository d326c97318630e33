"""The grid of possible activity centres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pardus.model.capture import Column, Floats
from pardus.model.errors import MaskError
from pardus.model.language import _


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Cells in which an animal can have its activity centre.

    xy: (cell, 2) centres in metres. cell_area: hectares, the same for all cells. spacing: metres.
    covariates: name -> (cell,). regions: name -> (cell,) bool, or float share of the cell, for N by region.
    """

    xy: Floats
    cell_area: float
    spacing: float
    covariates: Mapping[str, Column] = field(default_factory=dict)
    regions: Mapping[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.xy.ndim != 2 or self.xy.shape[1:] != (2,) or not len(self.xy):
            raise MaskError(
                _("Mask: expected at least one cell as (cell, 2), found {shape}.").format(shape=self.xy.shape)
            )
        if not np.isfinite(self.xy).all() or not self.cell_area > 0:
            raise MaskError(_("Mask: expected finite coordinates and a cell area above 0."))
        self.xy.setflags(write=False)

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def area(self) -> float:
        """Whole area in hectares."""
        return len(self.xy) * self.cell_area
