"""Files a second through `read_file`, as a ratio to reading and hashing alone in the same run.

    python benchmarks/ingest_read.py [--files 4000] [--width 640 --height 480] [--processes 1 2]

The ratio is of processor time, which other work on the machine disturbs less. The pictures are made first and then
read, so that all runs find them in the disk cache. No database and no copying: that is measured with the whole ingest.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from PIL import Image

from pardus.ingest.read import read_file
from pardus.ingest.scan import Found, scan

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from spent import cpu_s, peak_kb
from tests.fixtures.cards import START, Shot


def make(folder: Path, files: int, size: tuple[int, int]) -> None:
    for i in range(files):
        where = folder / f"S{i // 1000:02d}" / "DCIM" / "100RECNX"
        where.mkdir(parents=True, exist_ok=True)
        shot = Shot(wall=START + i * timedelta(minutes=7), noise=i, size=size, keywords=("Species|Leopard",))
        (where / f"RCNX{i % 1000:04d}.JPG").write_bytes(shot.jpeg())


def hash_only(root: Path, found: Found) -> str:
    return hashlib.sha256((root / found.path).read_bytes()).hexdigest()


def decode_whole(root: Path, found: Found) -> str:
    data = (root / found.path).read_bytes()
    Image.open(io.BytesIO(data)).load()
    return hashlib.sha256(data).hexdigest()


def facts_only(root: Path, found: Found) -> str:
    return read_file(root, found).sha256


@dataclass(frozen=True)
class Rate:
    """Files a second by the clock, files a second of processor time, and the largest process so far in MB."""

    wall: float
    cpu: float
    peak: float


def rate(act: Callable[[Path, Found], str], root: Path, items: list[Found], processes: int) -> Rate:
    act_here = partial(act, root)
    start, cpu = time.perf_counter(), cpu_s()
    if processes == 1:
        for item in items:
            act_here(item)
    else:
        with ProcessPoolExecutor(processes) as pool:
            for _ in pool.map(act_here, items, chunksize=32):
                pass
    wall, cpu = time.perf_counter() - start, cpu_s() - cpu
    peak = max(peak_kb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return Rate(len(items) / wall, len(items) / cpu, peak / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root, options.files, (options.width, options.height))
        start = time.perf_counter()
        items = [item for item in scan(root) if isinstance(item, Found)]
        print(f"scan: {len(items) / (time.perf_counter() - start):.0f} files/s")
        print(f"mean size: {sum(item.bytes for item in items) / len(items) / 1000:.0f} kB")
        print("files a second by the clock (files a second of processor time)")
        print("processes    read and hash    + whole decode        read_file  ratio  peak MB at n/4, n")
        for processes in options.processes:
            base = rate(hash_only, root, items, processes)
            whole = rate(decode_whole, root, items, processes)
            early = rate(facts_only, root, items[: len(items) // 4], processes)
            ours = rate(facts_only, root, items, processes)
            columns = "  ".join(f"{r.wall:6.0f} ({r.cpu:6.0f})" for r in (base, whole, ours))
            print(f"{processes:9d}  {columns}  {ours.cpu / base.cpu:.3f}  {early.peak:.0f}, {ours.peak:.0f}")


if __name__ == "__main__":
    main()
