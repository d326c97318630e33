"""Density, expected and realised number of animals, for the mask and for any part of it.

E(N) is the number expected under the model; N is the number that was there in this survey ("realised"):

    E(N) = sum over the region of D a
    N    = sum over animals of the chance that its centre is in the region  +  sum over the region of D a (1 - p.)

For the whole mask the first sum is n. Prediction variance of N: the delta-method variance of the expression
above, plus the Poisson variance of the undetected, plus the Bernoulli variance of where detected animals live.
For the whole mask that is var(E(N)) - E(N), which is used there as in secr (coverage: docs/studies/scr-recovery.md).
Efford & Fewster (2013) Oikos 122: 918-928.

Where the number of animals is fixed (binomial), N is a parameter: its variance on the whole mask is that of E(N), with
nothing to take away, and in a region the N - n undetected animals fall there with the share r of the undetected that
the region holds: the variance is that of inside + (N - n) r, plus (N - n) r (1 - r) for where they happen to live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.scr.design import Design
from pardus.scr.intervals import lognormal
from pardus.scr.surfaces import Surfaces, jacobian


@dataclass(frozen=True, slots=True)
class RegionNumbers:
    """Numbers of one session and region. area: hectares. group: label or "". D: animals per hectare (mean)."""

    session: int
    region: str
    group: str
    area: float
    expected: float
    expected_se: float
    expected_interval: tuple[float, float]
    realised: float
    realised_se: float
    realised_interval: tuple[float, float]
    detected_inside: float


def region_numbers(
    design: Design,
    theta: Floats,
    vcov: Floats,
    sessions: Sequence[int],
    regions: Sequence[dict[str, Floats]],
    level: float = 0.95,
    surfaces: Surfaces | None = None,
) -> list[RegionNumbers]:
    """Return numbers for each session, region and group.

    regions: for each session, name -> (cell,) share of each cell that is inside (bool or 0..1); "" is the mask.
    For the full likelihood; see `pardus.scr.derived` for the conditional one.
    """
    surfaces = surfaces or Surfaces(design)
    keys = [
        (s, name, g)
        for s, own in zip(sessions, regions, strict=True)
        for name in own
        for g in range(len(design.density_rows[s]))
    ]
    shares = {
        (s, name): np.asarray(w, dtype=np.float64)
        for s, own in zip(sessions, regions, strict=True)
        for name, w in own.items()
    }

    def numbers(at: Floats) -> Floats:
        missed, density = surfaces.missed(at), surfaces.density(at)
        centres: dict[int, dict[str, Floats]] = {}
        out = []
        for s, name, g in keys:
            w = shares[s, name]
            aD = design.problems[s].cell_area * density[s][g] * w
            inside = _inside(design, surfaces, at, s, g, name, shares, centres)
            undetected = float((aD * missed[s][g]).sum())
            if at_fixed_number:
                whole = design.problems[s].cell_area * density[s][g]
                unseen = float(whole.sum()) - len(inside)
                undetected = unseen * undetected / float((whole * missed[s][g]).sum())
            out.append((float(aD.sum()), float(inside.sum()) + undetected))
        return np.array(out).reshape(-1)

    at_fixed_number = False
    value = numbers(theta).reshape(-1, 2)
    at_fixed_number = fixed = design.spec.distribution == "binomial"
    J = jacobian(numbers, theta, design.scale)
    variance = np.einsum("qi,ij,qj->q", J, vcov, J).reshape(-1, 2)
    missed, density = surfaces.missed(theta), surfaces.density(theta)
    centres: dict[int, dict[str, Floats]] = {}
    found = []
    for row, (s, name, g) in enumerate(keys):
        w = shares[s, name]
        problem = design.problems[s]
        q = _inside(design, surfaces, theta, s, g, name, shares, centres)
        undetected = float((problem.cell_area * density[s][g] * w * missed[s][g]).sum())
        share = undetected / float((problem.cell_area * density[s][g] * missed[s][g]).sum()) if fixed else 0.0
        spread = float((q * (1 - q)).sum()) + undetected * (1 - share)
        expected, realised = float(value[row, 0]), float(value[row, 1])
        expected_se = _expected_se(design, vcov, s, g, expected, float(variance[row, 0]))
        realised_se = float(np.sqrt(variance[row, 1] + spread))
        if name == "" and fixed:
            realised_se = expected_se
        elif name == "" and expected_se**2 > expected and realised > len(q):
            realised_se = float(np.sqrt(expected_se**2 - expected))
        sure = float(np.floor(q.sum() + 1e-9)) if name == "" else 0.0
        labels = design.axes[s].groups
        found.append(
            RegionNumbers(
                s,
                name,
                labels[g] if labels else "",
                float(w.sum()) * problem.cell_area,
                expected,
                expected_se,
                lognormal(expected, expected_se, level),
                realised,
                realised_se,
                lognormal(realised, realised_se, level, floor=sure),
                float(q.sum()),
            )
        )
    return found


def _expected_se(design: Design, vcov: Floats, s: int, g: int, expected: float, variance: float) -> float:
    """Return SE of E(N): that of a lognormal where log D is one linear predictor, else the delta method's."""
    predictor, rows = design.predictors["D"], design.density_rows[s]
    if rows.shape[1] != 1 or predictor.fixed is not None or predictor.link != "log":
        return float(np.sqrt(variance))
    x = predictor.matrix.values[rows[g, 0]]
    return float(expected * np.sqrt(np.expm1(x @ vcov[predictor.place, predictor.place] @ x)))


def _inside(
    design: Design,
    surfaces: Surfaces,
    theta: Floats,
    s: int,
    g: int,
    name: str,
    shares: dict[tuple[int, str], Floats],
    centres: dict[int, dict[str, Floats]],
) -> Floats:
    """Return (animal of the group,) chance that the centre is in the region."""
    problem = design.problems[s]
    mine = problem.surface_of_type[problem.type_of_animal] == g
    if name == "":
        return np.ones(int(mine.sum()))
    if s not in centres:
        named = {region: share for (session, region), share in shares.items() if session == s and region}
        chances = surfaces.inside(theta, s, np.stack(list(named.values())))
        centres[s] = dict(zip(named, chances.T, strict=True))
    out: Floats = np.clip(centres[s][name][mine], 0.0, 1.0)
    return out
