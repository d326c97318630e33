"""How every kernel is compiled: cached on disk, without the interpreter's lock, sums may be reordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])

FASTMATH = {"contract", "reassoc", "nsz", "arcp", "nnan"}
"""Reordered sums and fused products let the loops vectorise. Infinity keeps its meaning; the engine lets no nan in."""


def kernel(function: Kernel) -> Kernel:
    """Compile a function that Python calls; its machine code is kept in numba's cache."""
    return cast(Kernel, numba.njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")(function))


def part(function: Kernel) -> Kernel:
    """Compile a piece of a kernel's loop, under the same rules."""
    return cast(Kernel, numba.njit(nogil=True, fastmath=FASTMATH, error_model="numpy")(function))


def inline(function: Kernel) -> Kernel:
    """Compile a small function that only kernels call, its operations kept in the order written."""
    return cast(Kernel, numba.njit(nogil=True, fastmath={"contract"}, error_model="numpy")(function))
