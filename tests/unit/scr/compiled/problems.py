"""Random problems that are small, but have every complication at once."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from pardus.model.capture import Floats
from pardus.scr.compiled.engine import Jacobian
from pardus.scr.problem import Parameters, SessionProblem

DETECTFNS = ("HHN", "HEX", "HHR", "HN", "EX", "HR")


def random_problem(
    seed: int,
    detectfn: str = "HHN",
    kind: str = "bernoulli",
    counting: str = "poisson",
    n_types: int = 1,
    n_classes: int = 1,
    n_sets: int = 1,
    corrections: bool = False,
    grid: bool = True,
) -> tuple[SessionProblem, Parameters]:
    """Return a problem and parameters near which its likelihood is not absurd.

    About 12 animals, 25 detectors 1 km apart, a mask with a hole and a ragged edge (or scattered points).
    """
    rng = np.random.default_rng(seed)
    detectors = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2) * 1_000
    detectors += rng.normal(0, 100, detectors.shape)
    K, C, T = len(detectors), n_classes, n_types
    if grid:
        mask = np.stack(np.meshgrid(np.arange(-3, 7.1, 0.4), np.arange(-3, 7.1, 0.4)), axis=-1).reshape(-1, 2)
        hole = np.hypot(mask[:, 0] - 3.3, mask[:, 1] - 1.2) < 0.9
        ragged = np.hypot(mask[:, 0] - 2, mask[:, 1] - 2) > 5.5 + np.sin(3 * mask[:, 0])
        mask = mask[~hole & ~ragged] * 1_000
        mask = mask[rng.permutation(len(mask))]
    else:
        mask = rng.uniform(-3_000, 7_000, (500, 2))
    n = int(rng.integers(8, 14))
    set_of = rng.integers(0, n_sets, (T, C, K)) if n_sets > 1 else np.zeros((T, C, K), dtype=int)
    kernels = sorted({(int(p), k) for t in range(T) for c in range(C) for k, p in enumerate(set_of[t, c])})
    if corrections:
        kernels = sorted({*kernels, *((n_sets - 1, k) for k in range(K))})
    column = {pair: u for u, pair in enumerate(kernels)}
    effort = rng.choice([5.0, 12.5, 30.0], K)
    exposure = np.zeros((T * C, len(kernels)))
    for t in range(T):
        for c in range(C):
            for k in range(K):
                exposure[t * C + c, column[int(set_of[t, c, k]), k]] += effort[k]
    type_of = np.arange(n) % T
    class_of = np.where(rng.random(n) < 0.5, rng.integers(0, C, n), -1) if C > 1 else np.full(n, -1)
    centres = rng.uniform(0, 4_000, (n, 2))
    doses = np.array([1.0, 2.5])
    events = np.zeros((n * C, len(kernels) * len(doses)))
    correction = np.zeros((n * C, len(kernels)))
    for i in range(n):
        near = np.exp(-((detectors - centres[i]) ** 2).sum(axis=1) / (2 * 900**2))
        seen = rng.poisson(1.5 * near)
        seen[np.argmax(near)] += seen.sum() == 0
        which = rng.integers(0, len(doses), K)
        learned = rng.random(K) < 0.3 if corrections else np.zeros(K, dtype=bool)
        for c in range(C):
            for k in range(K):
                p = n_sets - 1 if learned[k] else int(set_of[type_of[i], c, k])
                events[i * C + c, column[p, k] * len(doses) + which[k]] = seen[k]
                if learned[k] and p != set_of[type_of[i], c, k]:
                    correction[i * C + c, column[p, k]] += 0.4 * effort[k]
                    correction[i * C + c, column[int(set_of[type_of[i], c, k]), k]] -= 0.4 * effort[k]
    n_surfaces = min(T, 2)
    problem = SessionProblem(
        session="1",
        kind=kind,
        detectfn=detectfn,
        counting=counting,
        detector_xy=detectors,
        mask_xy=mask,
        cell_area=16.0,
        kernel_set=np.array([p for p, _k in kernels], dtype=np.int64),
        kernel_detector=np.array([k for _p, k in kernels], dtype=np.int64),
        n_types=T,
        n_classes=C,
        repeats=np.ones(1),
        exposure=sparse.csr_array(exposure),
        correction=sparse.csr_array(correction) if corrections else None,
        event_kernel=np.repeat(np.arange(len(kernels)), len(doses)),
        event_dose=np.tile(doses, len(kernels)),
        events=sparse.csr_array(events),
        caught_animal=np.empty(0, dtype=np.int64),
        caught_trial=np.empty(0, dtype=np.int64),
        type_of_animal=type_of.astype(np.int64),
        class_of_animal=class_of.astype(np.int64),
        surface_of_type=(np.arange(T) % n_surfaces).astype(np.int64),
    )
    sigma = 600.0 if detectfn in ("EX", "HEX") else 800.0
    log_pmix = np.log(rng.dirichlet(np.full(C, 5.0), T)) if C > 1 else np.zeros((T, 1))
    parameters = Parameters(
        log_amplitude=np.log(rng.uniform(0.03, 0.15, n_sets)),
        log_sigma=np.log(sigma * rng.uniform(0.8, 1.2, n_sets)),
        log_z=np.log(rng.uniform(2.5, 4.0, n_sets)),
        log_density=np.log(0.003) + rng.normal(0, 0.5, (n_surfaces, len(mask))),
        log_pmix=log_pmix,
    )
    return problem, parameters


def random_jacobian(seed: int, problem: SessionProblem, parameters: Parameters, q: int = 4) -> Jacobian:
    """Return derivatives of the arrays by q made-up coefficients."""
    rng = np.random.default_rng(seed + 1)
    shape = parameters.log_density.shape
    return Jacobian(
        log_amplitude=rng.normal(size=(len(parameters.log_sigma), q)),
        log_sigma=0.3 * rng.normal(size=(len(parameters.log_sigma), q)),
        log_z=0.3 * rng.normal(size=(len(parameters.log_sigma), q)),
        log_density=rng.normal(size=(*shape, q)),
        log_pmix=0.3 * rng.normal(size=(*parameters.log_pmix.shape, q)),
    )


def moved(parameters: Parameters, jacobian: Jacobian, by: Floats) -> Parameters:
    """Return parameters moved along the coefficients."""
    return Parameters(
        parameters.log_amplitude + jacobian.log_amplitude @ by,
        parameters.log_sigma + jacobian.log_sigma @ by,
        parameters.log_z + jacobian.log_z @ by,
        parameters.log_density + jacobian.log_density @ by,
        parameters.log_pmix + jacobian.log_pmix @ by,
    )


def pulled_back(adjoint: Parameters, jacobian: Jacobian) -> Floats:
    """Return the gradient by the coefficients."""
    return (
        adjoint.log_amplitude @ jacobian.log_amplitude
        + adjoint.log_sigma @ jacobian.log_sigma
        + adjoint.log_z @ jacobian.log_z
        + np.einsum("sm,smq->q", adjoint.log_density, jacobian.log_density)
        + np.einsum("tc,tcq->q", adjoint.log_pmix, jacobian.log_pmix)
    )
