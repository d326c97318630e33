"""The result of fitting a model. A fit that failed is still a Fit, with a status that carries a sentence.

`to_json` gives the public form, schema "pardus-fit-1"; every key is described in docs/reference/fit.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pardus.model.capture import Floats
from pardus.model.language import remembered, said

SCHEMA = "pardus-fit-1"

STATUSES = ("ok", "doubtful", "cannot-say")
"""ok: numbers may be used. doubtful: numbers with named warnings. cannot-say: no number, only the reason."""


@dataclass(frozen=True, slots=True)
class FitWarning:
    """A doubt in words. code: stable kebab-case; sentence: for a person, in the language of the run;
    it can be said again in another (`pardus.model.language.again`)."""

    code: str
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient on the link scale, for example "D", "lambda0", "sigma.sexM" (secr's names).

    method: how its interval was made, "Wald" (the curvature at the maximum) or "profile".
    """

    name: str
    estimate: float
    se: float
    lower: float
    upper: float
    link: str = "log"
    method: str = "Wald"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One printed number with everything it must carry.

    quantity: "D" (animals per 100 km2), "E(N)", "N" (realised), "lambda0", "g0", "sigma", "esa", ...
    unit: in words ("animals per 100 km2", "m", "per night"). session, region, animal_class: "" = all.
    lower, upper: interval of `level`; method: how it was made ("Wald log", "profile", ...).
    note: a sentence when the number is a bound or cannot be given (then estimate is nan).
    """

    quantity: str
    estimate: float
    se: float
    lower: float
    upper: float
    unit: str
    session: str = ""
    region: str = ""
    animal_class: str = ""
    area_km2: float | None = None
    level: float = 0.95
    method: str = "Wald log"
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted spatial capture-recapture model.

    status: one of STATUSES; reason: the sentence that goes with it. model: parameter -> formula or
    "fixed: value"; detectfn: secr's letters ("HHN"); distribution: "poisson" or "binomial".
    log_likelihood: with all constants but the one in `constant` (log of the multinomial coefficient over
    identical histories, secr's convention; `log_likelihood` includes it). occasions_collapsed: whether
    the data were summed over occasions, which shifts log-likelihood and AIC by a data constant.
    coefficients with vcov (coefficient, coefficient) on the link scale.
    estimates: every number for people, in order. data: counts of sessions, animals, detections,
    detectors, effort. provenance: software versions, engine, data hash, seed, seconds.
    """

    status: str
    reason: str
    model: dict[str, str]
    detectfn: str
    distribution: str
    kind: str
    log_likelihood: float
    constant: float
    occasions_collapsed: bool
    coefficients: tuple[Coefficient, ...]
    vcov: Floats
    estimates: tuple[Estimate, ...]
    n_animals: int
    warnings: tuple[FitWarning, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    mask: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def n_parameters(self) -> int:
        """Number of estimated coefficients."""
        return len(self.coefficients)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """AIC with the small-sample term, n = number of animals; nan if n <= parameters + 1."""
        k, n = self.n_parameters, self.n_animals
        return self.aic + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else float("nan")

    def estimate(
        self, quantity: str, session: str = "", region: str = "", animal_class: str = ""
    ) -> Estimate:
        """Return one estimate. Raises KeyError if there is none of this name."""
        for e in self.estimates:
            if (e.quantity, e.session, e.region, e.animal_class) == (
                quantity,
                session,
                region,
                animal_class,
            ):
                return e
        raise KeyError((quantity, session, region, animal_class))

    def to_json(self) -> dict[str, Any]:
        """Return the public form; nan and infinities become None."""
        plain: dict[str, Any] = _plain(
            {
                "schema": SCHEMA,
                "status": self.status,
                "reason": self.reason,
                "model": self.model,
                "detectfn": self.detectfn,
                "distribution": self.distribution,
                "detector_type": self.kind,
                "log_likelihood": self.log_likelihood,
                "constant": self.constant,
                "occasions_collapsed": self.occasions_collapsed,
                "n_parameters": self.n_parameters,
                "n_animals": self.n_animals,
                "AIC": self.aic,
                "AICc": self.aicc,
                "coefficients": [asdict(c) for c in self.coefficients],
                "vcov": self.vcov.tolist(),
                "estimates": [asdict(e) for e in self.estimates],
                "warnings": [asdict(w) for w in self.warnings],
                "data": self.data,
                "mask": self.mask,
                "provenance": self.provenance,
            }
        )
        texts = [t for w in self.warnings for t in (w.sentence, w.remedy)]
        texts += [t for e in self.estimates for t in (e.unit, e.method, e.note)]
        how = said([self.reason, *texts])
        return {**plain, "said": how} if how else plain


def from_json(data: dict[str, Any]) -> Fit:
    """Read back what `Fit.to_json` wrote. Raises KeyError for a missing key, ValueError for another schema."""
    if data.get("schema") != SCHEMA:
        raise ValueError(f"expected schema {SCHEMA!r}, found {data.get('schema')!r}")

    def number(value: Any) -> float:
        return float("nan") if value is None else float(value)

    def coefficient(c: dict[str, Any]) -> Coefficient:
        return Coefficient(
            c["name"],
            number(c["estimate"]),
            number(c["se"]),
            number(c["lower"]),
            number(c["upper"]),
            c["link"],
            c.get("method", "Wald"),
        )

    how = data.get("said", {})

    def estimate(e: dict[str, Any]) -> Estimate:
        numbers = {k: number(e[k]) for k in ("estimate", "se", "lower", "upper")}
        texts: dict[str, Any] = {k: remembered(e[k], how) for k in ("unit", "method", "note") if k in e}
        values: dict[str, Any] = {**e, **numbers, **texts}
        return Estimate(**values)

    return Fit(
        status=data["status"],
        reason=remembered(data["reason"], how),
        model=data["model"],
        detectfn=data["detectfn"],
        distribution=data["distribution"],
        kind=data["detector_type"],
        log_likelihood=number(data["log_likelihood"]),
        constant=number(data["constant"]),
        occasions_collapsed=data["occasions_collapsed"],
        coefficients=tuple(coefficient(c) for c in data["coefficients"]),
        vcov=np.array([[number(v) for v in row] for row in data["vcov"]], dtype=np.float64),
        estimates=tuple(estimate(e) for e in data["estimates"]),
        n_animals=data["n_animals"],
        warnings=tuple(
            FitWarning(w["code"], *(remembered(w[k], how) for k in ("sentence", "remedy")))
            for w in data["warnings"]
        ),
        data=data["data"],
        mask=data["mask"],
        provenance=data["provenance"],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
