"""What an engine is given: one session's data as arrays, and parameters as arrays. No formulas here.

Symbols: i animal, t animal type, c class, m mask cell, s trial (a group of like occasions), u kernel.

A *type* is a set of animals that are alike in everything known before the survey (sex group, covariates).
A *class* is a component of a mixture (sex when partly known, or an unknown two-point mixture); C = 1 without
one. A *parameter set* p holds log amplitude, log sigma and log z. A *kernel* u is a parameter set seen from
one detector: h_u(m) is its hazard at cell m. Everything else is linear in the kernels:

    H_tcs(m) = sum_u exposure[tcs, u] h_u(m)      hazard of one occasion of trial s to a naive animal
    H_tc(m)  = sum_s repeats[s] H_tcs(m)
    H_ic(m)  = H_t(i)c(m) + sum_s sum_u correction[ics, u] h_u(m)     learned response, removal from the survey
    log f_ic(m) = sum_v events[ic, v] psi_v(m) - H_ic(m)  (+ sum over caught (i, s) of phi(H_ics(m)) if multi)

    psi_v = log h                  kind "poisson"  (counts) and "multi"
    psi_v = log(exp(dose h) - 1)   kind "bernoulli" (proximity, binomial counts)
    phi(H) = log((exp(H) - 1) / H)

    A = sum_i log sum_cm  a D_k(t(i))m  pmix_t(i)c  1{class of i may be c}  f_ic(m)
    Lambda_t = sum_cm  a D_km pmix_tc (1 - exp(-H_tc(m)))      expected number of animals detected
    N_t = sum_m a D_km

and the log-likelihood is A + count_term(Lambda, N) (see `counting`) + constants of the data (see `constants`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse

from pardus.model.capture import Floats, Ints

KINDS = ("poisson", "bernoulli", "multi")


@dataclass(frozen=True, slots=True, eq=False)
class SessionProblem:
    """One session as arrays; see the page's head for the formulas.

    session: its name. kind: one of KINDS. detectfn: letters. counting: "poisson", "binomial", "conditional".
    detector_xy: (detector, 2), mask_xy: (cell, 2) metres. cell_area: hectares.
    kernel_set, kernel_detector: (kernel,) parameter set and detector of each kernel.
    n_types T, n_classes C, repeats: (trial,) number of occasions in each trial (always [1.0] unless multi).
    exposure: (T*C*S, kernel) effort, row ((t*C)+c)*S+s. correction: (n*C*S, kernel) or None, same order.
    event_kernel, event_dose: (event,); events: (n*C, event) counts, row i*C+c.
    caught_animal, caught_trial: (catch,) only for "multi", one per detection; empty otherwise.
    type_of_animal: (n,). class_of_animal: (n,), -1 = unknown. surface_of_type: (T,) row of `log_density`.
    """

    session: str
    kind: str
    detectfn: str
    counting: str
    detector_xy: Floats
    mask_xy: Floats
    cell_area: float
    kernel_set: Ints
    kernel_detector: Ints
    n_types: int
    n_classes: int
    repeats: Floats
    exposure: sparse.csr_array
    correction: sparse.csr_array | None
    event_kernel: Ints
    event_dose: Floats
    events: sparse.csr_array
    caught_animal: Ints
    caught_trial: Ints
    type_of_animal: Ints
    class_of_animal: Ints
    surface_of_type: Ints

    @property
    def n_animals(self) -> int:
        """Number of animals detected."""
        return len(self.type_of_animal)

    @property
    def n_cells(self) -> int:
        """Number of mask cells."""
        return len(self.mask_xy)

    @property
    def animals_by_type(self) -> Floats:
        """(T,) number of animals detected of each type."""
        return np.bincount(self.type_of_animal, minlength=self.n_types).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Parameters, or the derivatives of a log-likelihood with respect to them, as arrays.

    log_amplitude: (set,) log lambda0 or log g0. log_sigma: (set,) log metres. log_z: (set,).
    log_density: (surface, cell) log animals per hectare. log_pmix: (type, class) log share of each class.
    """

    log_amplitude: Floats
    log_sigma: Floats
    log_z: Floats
    log_density: Floats
    log_pmix: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What an engine gives back.

    value: A + count term, without the constants of the data. expected: (T,) Lambda. region: (T,) N.
    adjoint: d value / d each parameter array, or None if it was not asked for.
    """

    value: float
    expected: Floats
    region: Floats
    adjoint: Parameters | None


class Engine(Protocol):
    """Computes the log-likelihood of one session. Implementations agree to 1e-8 relative (contract suite)."""

    name: str

    def supports(self, problem: SessionProblem) -> bool:
        """Whether this engine can do this problem."""
        ...

    def evaluate(self, problem: SessionProblem, parameters: Parameters, gradient: bool = True) -> Evaluation:
        """Return value, expected numbers and adjoints. Pure: the same input gives the same output."""
        ...
