"""What an estimate of a survey takes from files that are not the survey's own: rasters, regions, covariate tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from pardus.app.covariate_tables import CovariateTables
from pardus.app.estimate import MaskOptions
from pardus.history.build import Histories
from pardus.model.capture import CaptureHistory


@dataclass(frozen=True, slots=True)
class OtherFiles:
    """Files named for one estimate. rasters: mask covariate -> raster. regions: further ones, name -> polygons.

    tables: of covariates of occasions and sessions.
    """

    rasters: Mapping[str, Path] = field(default_factory=dict)
    regions: Mapping[str, Path] = field(default_factory=dict)
    tables: CovariateTables = field(default_factory=CovariateTables)

    def histories(self, built: Histories, formulas: Iterable[str] = ()) -> tuple[CaptureHistory, ...]:
        """Return the histories of sessions in which a camera was set up, with covariates. Raises TableError.

        formulas: see `CovariateTables.put_on`.
        """
        used = tuple(h for h in built.sessions if len(h.detectors.ids))
        return self.tables.put_on(used, [e.calendar for e in built.effort], formulas)

    def mask(self, options: MaskOptions) -> MaskOptions:
        """Return how the mask is made, with rasters and regions of these files."""
        return replace(options, rasters=dict(self.rasters), regions={**options.regions, **self.regions})

    def digests(self) -> dict[str, str]:
        """Return name -> SHA-256 of each file, so that an estimate says what it was made from. Raises OSError."""
        tables = (self.tables.occasions, self.tables.sessions)
        files = [*self.rasters.values(), *self.regions.values(), *(t for t in tables if t is not None)]
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}
