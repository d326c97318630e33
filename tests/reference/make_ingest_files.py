"""Make `ingest_files.csv`: date, source and damage of every file of the real data, by ExifTool and ffprobe.

Run by hand where both programs and the shared data are:  python tests/reference/make_ingest_files.py SHARED
The table holds names, dates and yes/no only; it was looked at by eye beside the pictures.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

FOLDERS = ("data/reid/camera_stills", "data/reid/videos")
TABLE = Path(__file__).with_name("ingest_files.csv")
COLUMNS = ("folder", "file", "source", "date", "damaged")
_STEPS = ("EXIF:DateTimeOriginal", "EXIF:CreateDate", "RIFF:DateTimeOriginal", "QuickTime:CreateDate")


def exiftool(folder: Path, *tags: str) -> list[dict[str, object]]:
    """What ExifTool says of every file of a folder and those below, by group."""
    wanted = [f"-{tag}" for tag in tags]
    command = ["exiftool", "-json", "-G0", "-r", "-n", *wanted, str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    return json.loads(done.stdout)


def is_damaged(path: Path) -> bool:
    """Whether ffprobe decodes every frame of the first video stream (a JPEG is one frame) without a complaint."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries"]
    command += ["stream=nb_read_frames", "-of", "csv=p=0", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    frames = done.stdout.strip().strip(",")
    return bool(done.returncode or done.stderr.strip() or not frames.isdigit() or int(frames) < 1)


def rows(shared: Path) -> list[dict[str, str]]:
    """The table, sorted by folder and file; files that are neither pictures nor videos are left out."""
    out = []
    for folder in FOLDERS:
        for said in exiftool(shared / folder, "FileName", "MIMEType", *_STEPS):
            if not str(said.get("File:MIMEType", "")).startswith(("image/", "video/")):
                continue
            dated = [
                (step, str(said[step]))
                for step in _STEPS
                if not str(said.get(step, "0000")).startswith("0000")
            ]
            source, date = dated[0] if dated else ("none", "")
            name = str(said["File:FileName"])
            damaged = is_damaged(shared / folder / name)
            row = (folder, name, source, date, "yes" if damaged else "no")
            out.append(dict(zip(COLUMNS, row, strict=True)))
    return sorted(out, key=lambda row: (row["folder"], row["file"]))


def main() -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
