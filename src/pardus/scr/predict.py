"""Predictions: parameters for new values of the covariates, the detection curve, surfaces over the mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.scr import links
from pardus.scr.bootstrap import fitted_parts
from pardus.scr.detection import log_hazard
from pardus.scr.fit import FittedModel
from pardus.scr.formula import Matrix, again, categorical
from pardus.scr.intervals import z_value
from pardus.scr.surfaces import Surfaces, jacobian


@dataclass(frozen=True, slots=True)
class Prediction:
    """A parameter for one row of new covariates. D in animals per hectare."""

    row: int
    parameter: str
    estimate: float
    se: float
    lower: float
    upper: float


def predict(fitted: FittedModel, rows: pd.DataFrame, level: float = 0.95) -> list[Prediction]:
    """Return every parameter whose variables are all among the columns of `rows`, with Wald intervals.

    rows: one line for each combination wanted; text columns take the levels of the fit. Coordinates x and y are
    those of the formula (centred and scaled). Raises ParameterError if there is no row, if no column is one that the
    model uses, and for a text that the fit has not seen.
    """
    design, theta = fitted_parts(fitted)
    if fitted.optimum is None:
        raise ParameterError(fitted.fit.reason)
    vcov, z = fitted.optimum.vcov, z_value(level)
    _refuse_rows(fitted, rows)
    out: list[Prediction] = []
    for name, predictor in design.predictors.items():
        if predictor.fixed is not None:
            continue
        needed = predictor.matrix.variables
        if not needed <= set(rows.columns):
            continue
        _refuse_values(predictor.matrix, rows[sorted(needed)])
        frame = pd.DataFrame({c: categorical(rows[c].to_numpy()) for c in needed}, index=rows.index)
        X = again(predictor.matrix, name, frame)
        eta = X @ theta[predictor.place]
        se = np.sqrt(np.einsum("ri,ij,rj->r", X, vcov[predictor.place, predictor.place], X))
        value, low, high = (links.inverse(predictor.link, e) for e in (eta, eta - z * se, eta + z * se))
        for r in range(len(rows)):
            natural = links.natural_se(predictor.link, float(value[r]), float(se[r]))
            out.append(Prediction(r, name, float(value[r]), natural, float(low[r]), float(high[r])))
    return sorted(out, key=lambda p: p.row)


def _refuse_rows(fitted: FittedModel, rows: pd.DataFrame) -> None:
    """Raise ParameterError if nothing could be learnt from these rows."""
    design, _theta = fitted_parts(fitted)
    used = {v for p in design.predictors.values() if p.fixed is None for v in p.matrix.variables}
    if not len(rows):
        raise ParameterError(_("There is no row to predict for."))
    if used and not used & set(rows.columns):
        raise ParameterError(
            _("No column to predict from: the model uses {used}, the table has {found}.").format(
                used=", ".join(sorted(used)), found=", ".join(map(str, rows.columns))
            )
        )


def _refuse_values(matrix: Matrix, frame: pd.DataFrame) -> None:
    """Raise ParameterError for a missing value, and for a text that was not among those of the fit."""
    for name in frame.columns:
        known = [
            [str(level) for level in state["categories"]]
            for factor, state in getattr(matrix.spec, "encoder_state", {}).items()
            if str(factor) in (name, f"`{name}`", f"C({name})")
            for state in [state[1]]
            if "categories" in state
        ]
        values = frame[name]
        missing = (values.isna() | (values.astype(str) == "")).to_numpy()
        if missing.any():
            raise ParameterError(
                _("Row {row}: {name} is missing.").format(row=int(np.argmax(missing)) + 1, name=name)
            )
        for row, value in enumerate(values.astype(str) if known else [], start=1):
            if value not in known[0]:
                raise ParameterError(
                    _("Row {row}: {name} is {found!r}; in the data it is {known}.").format(
                        row=row, name=name, found=str(value), known=", ".join(known[0])
                    )
                )


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Chance of detection in one unit of usage against distance (metres), with a Wald band on the cloglog scale."""

    distance: Floats
    probability: Floats
    lower: Floats
    upper: Floats
    label: str


def detection_curves(fitted: FittedModel, distance: Floats, level: float = 0.95) -> list[Curve]:
    """Return the curve of each distinct parameter set."""
    design, theta = fitted_parts(fitted)
    if fitted.optimum is None:
        raise ParameterError(fitted.fit.reason)
    z = z_value(level)
    out = []
    for p, label in enumerate(design.set_labels):

        def log_h(at: Floats, p: int = p) -> Floats:
            own = design.parameters(at, [0])[0]
            return log_hazard(
                design.spec.detectfn, distance, own.log_amplitude[[p]], own.log_sigma[[p]], own.log_z[[p]]
            ).value

        value = log_h(theta)
        J = jacobian(log_h, theta, design.scale)
        se = np.sqrt(np.einsum("di,ij,dj->d", J, fitted.optimum.vcov, J))
        middle, low, high = (-np.expm1(-np.exp(value + k * se)) for k in (0.0, -z, z))
        out.append(
            Curve(
                distance,
                middle,
                low,
                high,
                ", ".join(f"{design.spec.hcov or k if k == 'h2' else k} = {v}" for k, v in label.items()),
            )
        )
    return out


def cell_table(fitted: FittedModel) -> pd.DataFrame:
    """Return one line per session, mask cell and group.

    Columns: session, x, y, group, density (animals per 100 km2, of the model), missed (chance that an animal living
    here was never detected), detected (sum over animals of the chance that its centre is here), animals (realised:
    detected + density x area x missed). Under the conditional likelihood density is relative.
    """
    design, theta = fitted_parts(fitted)
    surfaces = Surfaces(design)
    missed, density = surfaces.missed(theta), surfaces.density(theta)
    parts = []
    for s, problem in enumerate(design.problems):
        centres = surfaces.centres(theta, s) if problem.n_animals else np.zeros((0, problem.n_cells))
        for g in range(len(density[s])):
            mine = problem.surface_of_type[problem.type_of_animal] == g
            here = centres[mine].sum(axis=0)
            groups = design.axes[s].groups
            t = int(np.flatnonzero(problem.surface_of_type == g)[0])
            parts.append(
                pd.DataFrame(
                    {
                        "session": problem.session,
                        "x": problem.mask_xy[:, 0],
                        "y": problem.mask_xy[:, 1],
                        "group": groups[g] if groups else "",
                        "density": density[s][g] * 10_000,
                        "missed": missed[s][t],
                        "detected": here,
                        "animals": here + problem.cell_area * density[s][g] * missed[s][t],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
