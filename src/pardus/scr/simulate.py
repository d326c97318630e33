"""New capture histories from a model: animals, their centres, and their detections, day by day.

Every model that can be fitted can be simulated: classes, types, learned response, all detector types.
"""

from __future__ import annotations

import numpy as np

from pardus.model.capture import CaptureHistory, Column, Floats, Ints, capture_history
from pardus.scr.assemble import problem_kind
from pardus.scr.derived import animal_areas
from pardus.scr.design import Design
from pardus.scr.detection import log_hazard
from pardus.scr.problem import Parameters
from pardus.scr.response import Bools


def simulate(design: Design, theta: Floats, rng: np.random.Generator) -> list[CaptureHistory]:
    """Return one simulated history for each session.

    The number of animals is Poisson, or fixed at the rounded N if the model's distribution is binomial; under the
    conditional likelihood it is Poisson around the derived number. Centres are cell centres. Animals keep the
    covariates of the type they are drawn from; a class known for some is known for the same share of detected animals.
    """
    return [_session(design, theta, s, rng) for s in range(len(design.problems))]


def expected_animals(design: Design, theta: Floats, session: int) -> Floats:
    """Return (type, cell) expected number of animals of each type with their centre in each cell."""
    problem = design.problems[session]
    parameters = design.parameters(theta, [session])[0]
    aD = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type])
    if design.spec.conditional:
        weight = np.zeros(problem.n_types)
        np.add.at(weight, problem.type_of_animal, 1 / animal_areas(problem, parameters))
        aD = aD * weight[:, None]
    return np.asarray(aD, dtype=np.float64)


def _session(design: Design, theta: Floats, s: int, rng: np.random.Generator) -> CaptureHistory:
    problem, parameters = design.problems[s], design.parameters(theta, [s])[0]
    expected = expected_animals(design, theta, s)
    kind, cell = _animals(expected, design.spec.distribution == "binomial", rng)
    pmix = np.exp(parameters.log_pmix[kind])
    label = (
        (rng.random(len(kind))[:, None] > np.cumsum(pmix, axis=1)).sum(axis=1).clip(max=problem.n_classes - 1)
    )
    dense = _detections(design, parameters, s, kind, label, cell, rng)
    seen = np.flatnonzero(dense.sum(axis=(1, 2)) > 0)
    history = design.histories[s]
    return capture_history(
        history.session,
        tuple(f"{history.session}-{i + 1}" for i in range(len(seen))),
        history.detectors,
        dense[seen],
        history.kind,
        _covariates(design, s, kind[seen], label[seen], rng),
    )


def _animals(expected: Floats, fixed: bool, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return type and cell of each animal."""
    if not fixed:
        counts = rng.poisson(expected)
        at = np.repeat(np.arange(expected.size), counts.reshape(-1))
    else:
        total = expected.sum()
        at = rng.choice(expected.size, size=int(np.rint(total)), p=(expected / total).reshape(-1))
    return at // expected.shape[1], at % expected.shape[1]


def _detections(
    design: Design,
    parameters: Parameters,
    s: int,
    kind: Ints,
    label: Ints,
    cell: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Return (animal, occasion, detector) counts."""
    history, axes, problem = design.histories[s], design.axes[s], design.problems[s]
    usage = history.detectors.usage
    J, K = usage.shape
    sets = design.sets[s]
    where = problem.mask_xy[cell][:, None, :] - problem.detector_xy[None, :, :]
    distance = np.hypot(where[..., 0], where[..., 1])  # (animal, detector)
    out = np.zeros((len(kind), K, J), dtype=np.int64)
    seen_before: Bools = np.zeros(len(kind), dtype=bool)
    seen_there: Bools = np.zeros((len(kind), J), dtype=bool)
    last: Bools = seen_before.copy()
    last_there: Bools = seen_there.copy()
    j = np.arange(J)[None, :]
    for k in range(K):
        status: dict[str, Bools] = {
            "b": seen_before[:, None],
            "bk": seen_there,
            "B": last[:, None],
            "Bk": last_there,
        }
        status |= {"k": np.atleast_2d(seen_there.any(axis=0)), "K": np.atleast_2d(last_there.any(axis=0))}
        code = np.zeros((len(kind), J), dtype=np.int64)
        for bit, response in enumerate(axes.responses):
            code |= np.broadcast_to(status[response], code.shape).astype(np.int64) << bit
        p = sets[kind[:, None], label[:, None], axes.occasion_group[k], axes.detector_group[j], code]
        h = np.exp(
            log_hazard(
                problem.detectfn,
                distance,
                parameters.log_amplitude[p],
                parameters.log_sigma[p],
                parameters.log_z[p],
            ).value
        )
        out[:, k] = _one_occasion(h, usage[:, k], history.kind, design.spec.binomial_size, rng)
        last_there[:] = out[:, k] > 0
        last[:] = last_there.any(axis=1)
        seen_before |= last
        seen_there |= last_there
    return out


def _one_occasion(
    h: Floats, usage: Floats, history_kind: str, size: int | str | None, rng: np.random.Generator
) -> Ints:
    """Return (animal, detector) counts of one occasion."""
    kind, size = problem_kind(history_kind, size)
    if kind == "poisson":
        return rng.poisson(h * usage)
    if kind == "bernoulli":
        trials = (
            np.rint(usage).astype(np.int64) if size == "usage" else np.where(usage > 0, int(size or 1), 0)
        )
        dose = np.ones_like(usage) if size == "usage" else usage
        return rng.binomial(np.broadcast_to(trials, h.shape), -np.expm1(-h * dose))
    H = h * usage
    total = H.sum(axis=1)
    caught = rng.random(len(H)) < -np.expm1(-total)
    share = np.cumsum(H, axis=1) / np.maximum(total, 1e-300)[:, None]
    first = (rng.random(len(H))[:, None] < share).argmax(axis=1)
    out: Ints = ((np.arange(H.shape[1])[None, :] == first[:, None]) & caught[:, None]).astype(np.int64)
    return out


def _covariates(
    design: Design, s: int, kind: Ints, label: Ints, rng: np.random.Generator
) -> dict[str, Column]:
    """Return covariates of detected animals, as far as the model knows them."""
    history, axes, spec = design.histories[s], design.axes[s], design.spec
    out: dict[str, Column] = {}
    if spec.groups:
        out[spec.groups] = np.asarray(axes.groups)[axes.group_of_type[kind]]
    elif history.n_animals:
        stands = axes.types[kind]
        out.update({name: np.asarray(column)[stands] for name, column in history.covariates.items()})
    if spec.hcov:
        known = (axes.class_of_animal >= 0).mean() if history.n_animals else 1.0
        told = rng.random(len(kind)) < known
        out[spec.hcov] = np.where(told, np.asarray(axes.classes)[label], "")
    return out
