"""How fast is an ingest, and does its memory stay flat?

    python benchmarks/ingest.py [--files 20000] [--stations 20] [--workers 2] [--folder DIR]

Makes a card of small JPEG files (640 x 480), ingests it with copying, and prints the rate beside two references from
the same run: reading and hashing the same files alone, and reading, hashing and decoding them, each over the same
number of processes. Then the same for a quarter of the files, to compare the peak memory.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import resource
import shutil
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from pardus.app.executor import Processes
from pardus.app.ingest import ingest
from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey
from pardus.app.verify import verify
from pardus.model.survey import SurveyConfig, TableMapping
from spent import peak_kb

BASES = 60
FIRST = datetime.fromisoformat("2014-03-02T10:00:00")
A_DAY = 300
"""Pictures of a station a day, one a minute from ten o'clock: colour pictures belong into daylight."""


def make_card(folder: Path, files: int, stations: int) -> None:
    """Write files of about 50 kB: one of BASES pictures each, with its own date and a comment that makes it unique."""
    rng = np.random.default_rng(1)
    bases = []
    for _ in range(BASES):
        noise = rng.normal((150, 128, 90), 60, (480, 640, 3)).clip(0, 255).astype(np.uint8)
        picture = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(1.5))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=88)
        bases.append(out.getvalue())
    for n in range(files):
        station, shot = n % stations, n // stations
        where = folder / f"S{station:03}" / "DCIM" / f"{100 + shot // 999}RECNX"
        if shot % 999 == 0:
            where.mkdir(parents=True, exist_ok=True)
        taken = FIRST + timedelta(days=shot // A_DAY, minutes=shot % A_DAY)
        body = bases[n % BASES]
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Reconyx", "PC900"
        exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
        app1, comment = exif.tobytes(), f"file {n}".encode()
        segments = b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1
        segments += b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        (where / f"RCNX{shot % 999 + 1:04}.JPG").write_bytes(body[:2] + segments + body[2:])


def make_survey(folder: Path, stations: int) -> None:
    folder.mkdir(parents=True)
    rows = [f"S{n:03},{650_000 + 3000 * n},4770000,2014-03-01,2014-12-31" for n in range(stations)]
    (folder / "stations.csv").write_text(
        "\n".join(["Station,x,y,Setup,Retrieval", *rows]) + "\n", encoding="utf-8"
    )
    columns = {"station": "Station", "x": "x", "y": "y", "setup": "Setup", "retrieval": "Retrieval"}
    tables = {"stations": TableMapping("stations.csv", columns)}
    config = SurveyConfig("llnp", "benchmark", "Panthera pardus", camera_zone="+10:00", tables=tables)
    new_survey(folder, config, Sayer("llnp:benchmark"))


def read_and_hash(paths: list[Path]) -> int:
    return sum(len(hashlib.sha256(path.read_bytes()).digest()) for path in paths)


def read_hash_and_decode(paths: list[Path]) -> int:
    for path in paths:
        data = path.read_bytes()
        hashlib.sha256(data).digest()
        Image.open(io.BytesIO(data)).load()
    return len(paths)


def rate(work: Callable[[list[Path]], int], paths: list[Path], workers: int) -> float:
    """Return files per second of `work` over the processes, without their start."""
    with Processes(workers) as executor:
        list(executor.map(work, [paths[:1]] * workers * 2))
        began = time.perf_counter()
        list(executor.map(work, [paths[at : at + 32] for at in range(0, len(paths), 32)]))
        return len(paths) / (time.perf_counter() - began)


def _measure(
    root: str, files: int, stations: int, workers: int, answers: multiprocessing.SimpleQueue[object]
) -> None:
    """Ingest in a fresh process, so that its peak memory is its own."""
    folder = Path(root)
    shutil.rmtree(folder / "survey", ignore_errors=True)
    make_survey(folder / "survey", stations)
    began = time.perf_counter()
    with Processes(workers) as executor:
        report = ingest(folder / "survey", folder / "card", sayer=Sayer("llnp:benchmark"), executor=executor)
    seconds = time.perf_counter() - began
    assert report.tally.added == files, report.counts()
    main = peak_kb() / 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    cpu = [
        1000 * (usage.ru_utime + usage.ru_stime) / files
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    ]
    answers.put(
        {
            "rate": files / seconds,
            "main_mb": main,
            "worker_mb": worker,
            "main_ms": cpu[0],
            "worker_ms": cpu[1],
        }
    )


def measure(folder: Path, files: int, stations: int, workers: int) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    answers: multiprocessing.SimpleQueue[object] = spawn.SimpleQueue()
    process = spawn.Process(target=_measure, args=(str(folder), files, stations, workers, answers))
    process.start()
    process.join()
    assert process.exitcode == 0
    return answers.get()  # type: ignore[return-value]


def run(files: int, stations: int, workers: int, folder: Path) -> Iterator[tuple[str, object]]:
    for part in (files // 4, files):
        shutil.rmtree(folder / "card", ignore_errors=True)
        make_card(folder / "card", part, stations)
        paths = sorted((folder / "card").rglob("*.JPG"))
        yield f"{part} files, mean kB", round(sum(p.stat().st_size for p in paths) / len(paths) / 1000, 1)
        alone = rate(read_and_hash, paths, workers)
        decoded = rate(read_hash_and_decode, paths, workers)
        found = measure(folder, part, stations, workers)
        yield f"{part} files, reading and hashing alone, files/s", round(alone)
        yield f"{part} files, reading, hashing and decoding, files/s", round(decoded)
        yield f"{part} files, ingest, files/s", round(found["rate"])
        yield f"{part} files, ingest / reading and hashing", round(found["rate"] / alone, 3)
        yield f"{part} files, ingest / reading, hashing and decoding", round(found["rate"] / decoded, 3)
        cpu = [round(found["main_ms"], 2), round(found["worker_ms"], 2)]
        peak = [round(found["main_mb"]), round(found["worker_mb"])]
        yield f"{part} files, CPU ms per file (main, all workers)", cpu
        yield f"{part} files, peak MB (main, largest worker)", peak
    began = time.perf_counter()
    with Processes(workers) as executor:
        verified = verify(folder / "survey", executor=executor)
    assert verified.sound
    yield f"{files} files, verify, files/s", round(files / (time.perf_counter() - began))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--stations", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work; by default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, value in run(options.files, options.stations, options.workers, Path(folder)):
            print(json.dumps({name: value}), flush=True)


if __name__ == "__main__":
    main()
