"""Files a second through `read_file`, as a ratio to reading and hashing alone in the same run.

    python benchmarks/ingest_read.py [--files 4000] [--width 640 --height 480] [--processes 1 2]

The pictures are made first and then read once, so that all runs find them in the disk cache. No database and no
copying: that is measured with the whole ingest.
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
from datetime import timedelta
from functools import partial
from pathlib import Path

from PIL import Image

from pardus.ingest.read import read_file
from pardus.ingest.scan import Found, scan

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
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


def rate(
    act: Callable[[Path, Found], str], root: Path, items: list[Found], processes: int
) -> tuple[float, float]:
    """(files a second, peak memory of the largest process in MB)."""
    act_here = partial(act, root)
    start = time.perf_counter()
    if processes == 1:
        for item in items:
            act_here(item)
    else:
        with ProcessPoolExecutor(processes) as pool:
            for _ in pool.map(act_here, items, chunksize=32):
                pass
    took = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return len(items) / took, peak / 1024


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
        print(
            "processes  read and hash  + whole decode  read_file  read_file / read and hash  peak MB (n/4, n)"
        )
        for processes in options.processes:
            base, _peak = rate(hash_only, root, items, processes)
            whole, _peak = rate(decode_whole, root, items, processes)
            _rate, early = rate(facts_only, root, items[: len(items) // 4], processes)
            ours, peak = rate(facts_only, root, items, processes)
            print(
                f"{processes:9d}  {base:11.0f}/s  {whole:12.0f}/s  {ours:7.0f}/s"
                f"  {ours / base:25.3f}  {early:.0f}, {peak:.0f}"
            )


if __name__ == "__main__":
    main()
