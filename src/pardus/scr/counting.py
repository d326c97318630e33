"""The part of the log-likelihood that is about how many animals were detected.

Given A = sum_i log(sum over cells of D a f_i), the log-likelihood is A + count_term, where Lambda is the
expected number detected and N the expected number in the mask, for each animal type t:

    poisson       - Lambda
    binomial      lnG(N+1) - lnG(N-n+1) - lnG(n+1) + n ln(p) + (N-n) ln(1-p) - n ln(Lambda),  p = Lambda / N
    conditional   - n ln(Lambda)

Borchers & Efford (2008) Biometrics 64: 377-385, eqs 1-3; N real-valued in the binomial as in secr.
The -ln n! of the Poisson cancels the ln n! of the multinomial constant (see `constants`).
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from pardus.model.capture import Floats


def count_term(counting: str, n: Floats, expected: Floats, region: Floats) -> tuple[float, Floats, Floats]:
    """Return the term and its derivatives with respect to Lambda (expected) and N (region), each (type,).

    minus infinity where a binomial N is below n.
    """
    zero = np.zeros_like(expected)
    if counting == "poisson":
        return -float(expected.sum()), zero - 1.0, zero
    seen = n > 0
    safe = np.where(seen, expected, 1.0)
    if counting == "conditional":
        return -float((n * np.log(safe)).sum()), np.where(seen, -n / safe, 0.0), zero
    if (region <= n).any() or (expected >= region).any():
        return -np.inf, zero, zero
    p = expected / region
    term = gammaln(region + 1) - gammaln(region - n + 1) - gammaln(n + 1) + (region - n) * np.log1p(-p)
    value = float((term - n * np.log(region)).sum())  # n ln p - n ln Lambda = -n ln N
    by_expected = -(region - n) / (region - expected)
    by_region = (
        digamma(region + 1)
        - digamma(region - n + 1)
        + np.log1p(-p)
        + (region - n) * p / (region - expected)
        - n / region
    )
    return value, by_expected, by_region


def count_term_curvature(
    counting: str, n: Floats, expected: Floats, region: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the term's second derivatives by (Lambda, Lambda), (Lambda, N) and (N, N), each (type,)."""
    zero = np.zeros_like(expected)
    if counting == "poisson":
        return zero, zero, zero
    if counting == "conditional":
        return np.where(n > 0, n / np.where(n > 0, expected, 1.0) ** 2, 0.0), zero, zero
    if (region <= n).any() or (expected >= region).any():
        return zero, zero, zero
    missed = region - expected
    by_both = -(n - expected) / missed**2
    of_region = polygamma(1, region + 1) - polygamma(1, region - n + 1) + n / region**2
    of_region += expected / (region * missed)
    of_region += (
        expected * (region * missed - (region - n) * (2 * region - expected)) / (region * missed) ** 2
    )
    return -(region - n) / missed**2, by_both, of_region
