"""How every kernel is compiled: cached on disk, without the interpreter's lock, sums may be reordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from pardus.scr.compiled.cache import folder

Kernel = TypeVar("Kernel", bound=Callable[..., object])

FASTMATH = {"contract", "reassoc", "nsz", "arcp", "nnan"}
"""Reordered sums and fused products let loops vectorise. Infinity keeps its meaning; the engine lets no nan in."""


def kernel(function: Kernel) -> Kernel:
    """Compile a function that Python calls, when it is first called; its machine code is kept on disk.

    Numba notes a changed source file by its date, but not changes in the functions it calls; so the folder's name
    has the hash of all sources in it (see `cache`).
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder())
    try:
        compiled = numba.njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return cast(Kernel, compiled)


def part(function: Kernel) -> Kernel:
    """Compile a piece of a kernel's loop, under the same rules."""
    return cast(Kernel, numba.njit(nogil=True, fastmath=FASTMATH, error_model="numpy")(function))


def inline(function: Kernel) -> Kernel:
    """Compile a small function that only kernels call, its operations kept in the order written."""
    return cast(Kernel, numba.njit(nogil=True, fastmath={"contract"}, error_model="numpy")(function))
