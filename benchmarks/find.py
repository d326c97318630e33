"""Finding animals without a model: processor time for a still of a burst and for a clip, and two cores' files an hour.

    python benchmarks/find.py [--bursts 2]

The files are made here: a spotted animal walks through grass before a camera whose picture is a little noisy. What is
measured is all that `pardus find` does with a file: reading, motion against the frames of the same camera, sketch of
the outline, grade and flank of what moved. Needs the extra `vision`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np

from pardus.app.looking import Work, look

BURST, CONTEXT, CORES = 3, 6, 2
SIZES = ((1920, 1080), (4000, 3000))
CLIP = (1280, 720)
SECONDS, RATE = 15, 30


class Scene:
    """Frames of one camera."""

    def __init__(self, width: int, height: int) -> None:
        rng = np.random.default_rng(1)
        rough = rng.normal(110, 60, (height // 8, width // 8, 3)).clip(0, 255).astype(np.uint8)
        self.ground = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
        self.noise = rng.normal(0, 4, (height, width)).astype(np.int16)
        self.width, self.height = width, height

    def frame(self, along: float, number: int) -> np.ndarray:
        """Return a frame; along: where the animal is, 0 to 1."""
        image = self.ground.copy()
        x, y = int((0.15 + 0.7 * along) * self.width), int(0.6 * self.height)
        half = int(0.12 * self.width), int(0.1 * self.height)
        cv2.ellipse(image, (x, y), half, 0, 0, 360, (60, 140, 220), -1)
        spots = np.random.default_rng(2).uniform(-0.7, 0.7, (60, 2))
        for u, v in spots:
            cv2.circle(image, (int(x + u * half[0]), int(y + v * half[1])), half[1] // 12, (20, 30, 40), -1)
        noisy = image.astype(np.int16) + np.roll(self.noise, 7 * number, axis=1)[..., None]
        return np.clip(noisy, 0, 255).astype(np.uint8)


def bursts(folder: Path, width: int, height: int, count: int) -> list[Work]:
    """Write bursts of stills, each with the frames before it that tell the background."""
    scene, work = Scene(width, height), []
    for burst in range(count):
        files = []
        for i in range(BURST + CONTEXT):
            files.append(folder / f"{width}-{burst}-{i}.jpg")
            cv2.imwrite(str(files[-1]), scene.frame(i / (BURST + CONTEXT), i))
        work.append(Work(None, tuple((f.name, f) for f in files[:BURST]), tuple(files[BURST:])))
    return work


def clip(folder: Path) -> list[Work]:
    """Write one clip."""
    path, scene = folder / "clip.mp4", Scene(*CLIP)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *CLIP, "yuv420p"
        for i in range(SECONDS * RATE):
            frame = av.VideoFrame.from_ndarray(scene.frame(i / (SECONDS * RATE), i), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return [Work(None, ((path.name, path),), clip=True)]


def timed(work: list[Work]) -> dict[str, float]:
    """Look at everything; return what it cost."""
    files = sum(len(w.pictures) for w in work)
    began = time.process_time()
    seen = [s for w in work for s in look(w).seen]
    each = (time.process_time() - began) / max(files, 1)
    return {
        "files": files,
        "with_box": sum(bool(s.animals) for s in seen),
        "cpu_s_each": round(each, 3),
        "files_an_hour": round(3600 * CORES / each),
    }


def main() -> None:
    """Make the files, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bursts", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {f"still {w} x {h}": timed(bursts(folder, w, h, options.bursts)) for w, h in SIZES}
        found[f"clip {SECONDS} s, {CLIP[0]} x {CLIP[1]}"] = timed(clip(folder))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
