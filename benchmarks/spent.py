"""What processes have spent: processor time and memory."""

from __future__ import annotations

import resource
from pathlib import Path


def cpu_s() -> float:
    """Return the CPU seconds of this process and of those that it started and that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(r.ru_utime + r.ru_stime for r in both)


def peak_kb(process: int | str = "self") -> int:
    """Return the largest resident memory of a process that runs. Not by getrusage, which remembers the parent's."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])
