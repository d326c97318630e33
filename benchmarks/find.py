"""Finding animals without a model: processor time for a still of a burst, and for a clip, the two cores' files an hour.

    python benchmarks/find.py CARDS [--bursts 15] [--clips 6]

CARDS: the cards of a simulated survey (`pardus simulate`), a folder for each camera. What is measured is all that
`pardus find` does with a file: reading, motion against the frames of the same camera, outline, grade and flank of what
moved.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

from pardus.app.looking import Work, look

BURST, CONTEXT, CORES = 3, 12, 2


def timed(work: list[Work]) -> dict[str, float]:
    """Look at everything; return what it cost."""
    files = sum(len(w.pictures) for w in work)
    began = time.process_time()
    seen = [s for w in work for s in look(w).seen]
    each = (time.process_time() - began) / max(files, 1)
    boxed = sum(bool(s.animals) for s in seen)
    return {
        "files": files,
        "with_box": boxed,
        "cpu_s_each": round(each, 3),
        "files_an_hour": round(3600 * CORES / each),
    }


def main() -> None:
    """Measure stills and clips; print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", type=Path)
    parser.add_argument("--bursts", type=int, default=15)
    parser.add_argument("--clips", type=int, default=6)
    options = parser.parse_args()
    cameras: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(options.cards.rglob("*")):
        cameras[path.parent].append(path)
    stills, clips = [], []
    for files in cameras.values():
        pictures = [f for f in files if f.suffix.lower() in (".jpg", ".jpeg")]
        for at in range(0, len(pictures) - BURST, BURST):
            own = pictures[at : at + BURST]
            others = [f for f in pictures[max(0, at - CONTEXT // 2) : at + CONTEXT] if f not in own]
            stills.append(Work(None, tuple((f.name, f) for f in own), tuple(others[:CONTEXT])))
        clips += [
            Work(None, ((f.name, f),), clip=True)
            for f in files
            if f.suffix.lower() in (".mp4", ".avi", ".mov")
        ]
    every = max(1, len(stills) // options.bursts)
    look(stills[0])  # machine code
    print(
        json.dumps(
            {"stills": timed(stills[::every][: options.bursts]), "clips": timed(clips[: options.clips])},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
