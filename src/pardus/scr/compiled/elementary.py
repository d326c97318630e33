"""Elementary functions written so that loops over them become vector instructions."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from pardus.scr.compiled.jit import inline

LOG2E = 1.4426950408889634
LN2_HIGH = 0.693145751953125
LN2_LOW = 1.42860682030941723212e-6
ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest integer in the low bits
LOWEST = -708.0  # below this exp() is not a normal number; the result stays at 3e-308


@intrinsic  # type: ignore[untyped-decorator,unused-ignore]
def _scale(typingctx: Any, value: Any, power: Any) -> Any:
    """Return value * 2**k, k being the integer in the low bits of `power` (a float made with ROUND)."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(64)
        bits = builder.bitcast(arguments[0], integer)
        shift = builder.shl(builder.bitcast(arguments[1], integer), ir.Constant(integer, 52))
        return builder.bitcast(builder.add(bits, shift), ir.DoubleType())

    return types.float64(types.float64, types.float64), codegen


@inline
def exp(x: float) -> float:
    """Return exp(x) for -708 <= x <= 708, relative error below 1e-15 (Cody-Waite reduction, Taylor series)."""
    x = max(x, LOWEST)
    shifted = x * LOG2E + ROUND
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return _scale(p, shifted)


SERIES_LIMIT = 0.7
"""Up to this hazard the two power series below hold to 1e-15; beyond it exponentials are taken."""


@inline
def log_excess(h: float) -> float:
    """Return log((exp(h) - 1) / h) for 0 <= h <= SERIES_LIMIT: h/2 + sum of B_2n h^2n / (2n (2n)!)."""
    q = h * h
    p = 9.55895466477477e-13
    p = p * q - 4.403491782239578e-11
    p = p * q + 2.08767569878681e-09
    p = p * q - 1.033399470899471e-07
    p = p * q + 5.5114638447971785e-06
    p = p * q - 0.00034722222222222224
    p = p * q + 0.041666666666666664
    return 0.5 * h + p * q


@inline
def odds_slope(h: float) -> float:
    """Return h / (1 - exp(-h)) for 0 <= h <= SERIES_LIMIT: 1 + h/2 + sum of B_2n h^2n / (2n)!."""
    q = h * h
    p = -3.3896802963225827e-13
    p = p * q + 1.3382536530684679e-11
    p = p * q - 5.284190138687493e-10
    p = p * q + 2.08767569878681e-08
    p = p * q - 8.267195767195768e-07
    p = p * q + 3.306878306878307e-05
    p = p * q - 0.001388888888888889
    p = p * q + 0.08333333333333333
    return 1.0 + 0.5 * h + p * q
