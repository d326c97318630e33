"""Detection functions: how the chance of being recorded falls with distance from the activity centre.

All six are written as a hazard h(d), expected detections per unit of usage. Functions whose letters start
with H shape the hazard itself (amplitude lambda0); the others shape a probability g(d) (amplitude g0), and
h = -log(1 - g). Letters and numbers are secr's (Efford, secr manual, "detectfn").

    HN, HHN    exp(-d^2 / (2 sigma^2))          half-normal        0, 14
    EX, HEX    exp(-d / sigma)                  exponential        2, 16
    HR, HHR    1 - exp(-(d / sigma)^-z)         hazard rate        1, 15
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _

NUMBERS = {"HN": 0, "HR": 1, "EX": 2, "HHN": 14, "HHR": 15, "HEX": 16}
"""Letters -> the number secr gives the function."""

TINY = 1e-300
_NEAREST = 1e-9  # metres; the hazard-rate shape has no logarithm at distance 0


def letters(name: str | int) -> str:
    """Return the letters of a detection function given by letters or by secr's number.

    Raises ParameterError for one we do not have.
    """
    for known, number in NUMBERS.items():
        if str(name).upper() == known or str(name) == str(number):
            return known
    raise ParameterError(
        _("Detection function {name!r}: expected one of {known}.").format(name=name, known=", ".join(NUMBERS))
    )


def is_hazard(detectfn: str) -> bool:
    """Whether the amplitude is lambda0 (a hazard) rather than g0 (a probability)."""
    return detectfn.startswith("H") and detectfn not in ("HN", "HR")


def amplitude_name(detectfn: str) -> str:
    """Return "lambda0" or "g0"."""
    return "lambda0" if is_hazard(detectfn) else "g0"


def has_z(detectfn: str) -> bool:
    """Whether the function has the shape parameter z."""
    return detectfn in ("HR", "HHR")


@dataclass(frozen=True, slots=True)
class LogHazard:
    """log h and its derivatives with respect to log amplitude, log sigma and log z, all of one shape."""

    value: Floats
    by_amplitude: Floats
    by_sigma: Floats
    by_z: Floats | None


def log_hazard(
    detectfn: str, distance: Floats, log_amplitude: Floats, log_sigma: Floats, log_z: Floats
) -> LogHazard:
    """Return log hazard per unit of usage, with derivatives.

    distance: metres, >= 0. log_amplitude: log lambda0 or log g0. log_sigma: log metres. Shapes broadcast.
    """
    shape, by_sigma, by_z = _log_shape(detectfn, distance, log_sigma, log_z)
    value = log_amplitude + shape
    if is_hazard(detectfn):
        return LogHazard(value, np.ones_like(value), by_sigma, by_z)
    g = np.minimum(np.exp(value), 1 - 1e-15)
    h = -np.log1p(-g)
    slope = np.where(g < 1e-8, 1 + g / 2, g / ((1 - g) * np.maximum(h, TINY)))
    log_h = np.where(g < 1e-8, value + g / 2, np.log(np.maximum(h, TINY)))
    return LogHazard(log_h, slope, slope * by_sigma, None if by_z is None else slope * by_z)


def hazard(detectfn: str, distance: Floats, amplitude: float, sigma: float, z: float = 1.0) -> Floats:
    """Return expected detections per unit of usage at a distance from the activity centre.

    distance: any shape, metres. amplitude: lambda0 per unit of usage, or g0. sigma: metres.
    Raises ParameterError unless amplitude and sigma are above 0 (and g0 below 1).
    """
    detectfn = letters(detectfn)
    if not (amplitude > 0 and sigma > 0 and z > 0) or (not is_hazard(detectfn) and amplitude >= 1):
        raise ParameterError(
            _("Expected {name} > 0 (g0 also < 1), sigma > 0, z > 0; found {a}, {s}, {z}.").format(
                name=amplitude_name(detectfn), a=amplitude, s=sigma, z=z
            )
        )
    logs = (np.array(np.log(v)) for v in (amplitude, sigma, z))
    out: Floats = np.exp(log_hazard(detectfn, np.asarray(distance, dtype=np.float64), *logs).value)
    return out


def probability(detectfn: str, distance: Floats, amplitude: float, sigma: float, z: float = 1.0) -> Floats:
    """Return the chance of at least one detection in one unit of usage, 1 - exp(-h)."""
    out: Floats = -np.expm1(-hazard(detectfn, distance, amplitude, sigma, z))
    return out


def fall_width(detectfn: str, z: float = 1.0) -> float:
    """Return the distance over which the shape falls from 0.9 to 0.1, in units of sigma.

    1.69 for half-normal, 2.20 for exponential, 0.72 for hazard-rate functions of z = 5: what cells must resolve.
    """
    high, low = -np.log(0.9), -np.log(0.1)
    if detectfn in ("HN", "HHN"):
        return float(np.sqrt(2 * low) - np.sqrt(2 * high))
    if detectfn in ("EX", "HEX"):
        return float(low - high)
    return float(high ** (-1 / z) - low ** (-1 / z))


def _log_shape(
    detectfn: str, distance: Floats, log_sigma: Floats, log_z: Floats
) -> tuple[Floats, Floats, Floats | None]:
    """Return the log of the shape, and its derivatives by log sigma and log z."""
    sigma = np.exp(log_sigma)
    if detectfn in ("HN", "HHN"):
        q = (distance / sigma) ** 2
        return -0.5 * q, q, None
    if detectfn in ("EX", "HEX"):
        q = distance / sigma
        return -q, q, None
    z = np.exp(log_z)
    log_r = np.log(np.maximum(distance, _NEAREST)) - log_sigma
    u = np.exp(np.clip(-z * log_r, -700.0, 700.0))
    value = np.where(u > 1e-8, np.log(np.maximum(-np.expm1(-u), TINY)), np.log(np.maximum(u, TINY)) - u / 2)
    slope = np.where(u > 700, 0.0, u / np.expm1(np.clip(u, 1e-12, 700.0)))  # d log(1 - e^-u) / d log u
    return value, slope * z, -slope * z * log_r
