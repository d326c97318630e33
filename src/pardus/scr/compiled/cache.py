"""Where the kernels' machine code is kept, and whether it is there. Imports nothing heavy.

Compiling takes some 15 seconds, once for each version of pardus, Numba and Python on a machine. Until it is
done the plain engine answers; a process in the background does it (`warm_in_background`). See ADR 0020.

Environment: PARDUS_CACHE names another folder. PARDUS_ENGINE = plain, compiled (compile now, if need be) or auto.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_READY = "ready"
_BUSY = "busy"
_BUSY_SECONDS = 600.0


def choice() -> str:
    """Return what PARDUS_ENGINE asks for: "plain", "compiled" or "auto"."""
    asked = os.environ.get("PARDUS_ENGINE", "auto").strip().lower()
    return asked if asked in ("plain", "compiled") else "auto"


def user_cache() -> Path:
    """Return the user's own cache folder for pardus (it need not exist)."""
    named = os.environ.get("PARDUS_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "pardus" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pardus"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pardus"


def fingerprint() -> str:
    """Return a name that changes with everything that changes machine code: sources, versions, machine.

    Numba looks at the path and the date of a source file too, so they are in it.
    """
    sources = sorted(Path(__file__).resolve().parent.glob("*.py"))
    parts = (
        sys.version,
        platform.machine(),
        platform.node(),
        *(_version(p) for p in ("numba", "llvmlite", "numpy")),
    )
    return _digest(tuple((str(source), source.stat().st_mtime_ns) for source in sources), parts)


@functools.cache
def _digest(sources: tuple[tuple[str, int], ...], parts: tuple[str, ...]) -> str:
    """Return the hash of sources (path, date) with their contents, and of parts."""
    digest = hashlib.sha256()
    for path, date in sources:
        digest.update(f"{path}|{date}|".encode())
        digest.update(Path(path).read_bytes())
    digest.update("|".join(parts).encode())
    return digest.hexdigest()[:20]


def folder() -> Path:
    """Return the folder for this version's machine code, made if need be; a temporary one if that fails."""
    name = fingerprint()
    try:
        path = user_cache() / "kernels" / name
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # not writable, or no home at all
        path = Path(tempfile.gettempdir()) / f"pardus-{os.environ.get('USER', 'user')}" / name
        path.mkdir(parents=True, exist_ok=True)
    return path


def is_ready() -> bool:
    """Whether every kernel's machine code is on disk."""
    return (folder() / _READY).exists()


def mark_ready() -> None:
    """Note that every kernel has been compiled."""
    (folder() / _READY).write_text("")
    (folder() / _BUSY).unlink(missing_ok=True)


def forget_old(days: float = 90.0) -> None:
    """Remove the machine code of versions that were compiled long ago; at worst it is made again."""
    own = folder()
    for other in own.parent.iterdir():
        stamp = other / _READY
        if other != own and stamp.exists() and time.time() - stamp.stat().st_mtime > days * 86_400:
            shutil.rmtree(other, ignore_errors=True)


def warm_in_background() -> bool:
    """Start a process of low priority that compiles the kernels, unless one is at it; return whether it did.

    The process outlives this one. Failure is silent: the plain engine goes on answering.
    """
    busy = folder() / _BUSY
    try:
        if busy.exists() and time.time() - busy.stat().st_mtime > _BUSY_SECONDS:
            busy.unlink()
        busy.touch(exist_ok=False)
        command = [sys.executable, "-m", "pardus.scr.compiled.warm"]
        quiet = subprocess.DEVNULL
        if sys.platform == "win32":
            flags = subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS
            process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, creationflags=flags)
        else:
            process = subprocess.Popen(
                command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
            )
        process.returncode = 0  # nobody will wait for it; else Python warns when the object goes
    except OSError:
        return False
    return True


@functools.cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
