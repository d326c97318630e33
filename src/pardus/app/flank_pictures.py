"""The act `pardus exchange pictures`: flanks cut out for partners, looked at by a person before any of them leaves.

`silhouettes/proposed/ID.png` is the machine's outline. Accepting moves it to `silhouettes/ID.png` and writes who looked
at it, with its hash, into `silhouettes/checked.csv`; only what is named there, unchanged, is packed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from pardus.app.executor import Executor, Serial
from pardus.app.saying import Sayer
from pardus.app.survey_folder import media_files, open_survey
from pardus.app.telling import Tell, nobody
from pardus.exchange.crops import SHARES, shown
from pardus.exchange.pictures import REASONS, Wanted, wanted
from pardus.model.errors import Finding, MediaError
from pardus.model.language import _, again, ngettext
from pardus.model.media import DAMAGE_FAULTS, Media
from pardus.vision.boxes import read_image
from pardus.vision.cutout import cut_out

SILHOUETTES = "silhouettes"
PROPOSED = "proposed"
CHECKED = "checked.csv"
LEAST_SIDE = 32
"""Pixels: of a coat in a smaller picture neither a person nor the machine can say whose it is."""
SHEET_COLUMNS, SHEET_ROWS, CELL = 4, 5, 240


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was cut out and waits for a person. known: cut out before. left_out: reason (REASONS) -> how many more."""

    proposed: int
    known: int
    left_out: Mapping[str, int]
    sheets: tuple[Path, ...]
    findings: tuple[Finding, ...]

    def sentences(self) -> list[str]:
        """Say it to a person."""
        said = [
            ngettext("{n} picture was cut out, {known} were before.", "{n} pictures were cut out, {known} were before.",
                     self.proposed).format(n=self.proposed, known=self.known)
        ]  # fmt: skip
        said += [
            _("Not cut out: {n} {what}.").format(n=n, what=_(REASONS[r])) for r, n in self.left_out.items()
        ]
        if self.sheets:
            said.append(
                _(
                    "Look at the sheets in {folder}; delete every picture that shows more than the animal, "
                    "or its place. Then run it again with --accept."
                ).format(folder=self.sheets[0].parent)
            )
        return said


def propose_pictures(
    folder: Path,
    *,
    executor: Executor | None = None,
    tell: Tell = nobody,
) -> Pictures:
    """Cut the flanks of named individuals out of the survey's pictures and lay them aside, with sheets to look at.

    What is proposed or accepted already is left as it is. Raises SurveyError if there is no survey.
    """
    place = folder / SILHOUETTES
    with open_survey(folder) as store:
        chosen, left = wanted(store.survey())
        fresh = [
            w
            for w in chosen
            if not any((p / picture_name(w.observation)).exists() for p in (place, place / PROPOSED))
        ]
        media = {m.id: m for m in store.media({w.media for w in fresh})}
        locate = media_files(folder, store)
        files = {id_: locate(m) for id_, m in media.items()}
    (place / PROPOSED).mkdir(parents=True, exist_ok=True)
    findings = []
    proposed = 0
    jobs = [(w, media[w.media], files[w.media]) for w in fresh if w.media in media]
    made = (executor or Serial()).map(partial(_cut, place / PROPOSED), jobs)
    for n, (w, reason) in enumerate(zip((job[0] for job in jobs), made, strict=True), 1):
        proposed += not reason
        if reason:
            findings.append(Finding("not-cut-out", w.observation, again(reason), severity="warning"))
        tell(n, len(jobs))
    sheets = _sheets(place / PROPOSED, {picture_name(w.observation): w for w in chosen})
    return Pictures(proposed, len(chosen) - len(fresh), left, tuple(sheets), tuple(findings))


def accept_pictures(folder: Path, *, sayer: Sayer) -> int:
    """Take every proposed picture as looked at by the sayer; return how many. Hand-made ones may lie among them."""
    place = folder / SILHOUETTES
    found = sorted((place / PROPOSED).glob("*.png"))
    known = checked_pictures(folder)
    now = sayer.clock().isoformat(timespec="seconds")
    for path in found:
        data = path.read_bytes()
        known[path.name] = (hashlib.sha256(data).hexdigest(), sayer.actor, now)
    _write_checked(place, known)
    for path in found:
        path.replace(place / path.name)
    for sheet in (place / PROPOSED).glob("sheet-*.jpg"):
        sheet.unlink()
    return len(found)


def checked_pictures(folder: Path) -> dict[str, tuple[str, str, str]]:
    """Return file name -> (SHA-256, who looked at it, when) of the pictures that may leave."""
    try:
        text = (folder / SILHOUETTES / CHECKED).read_text(encoding="utf-8")
    except OSError:
        return {}
    rows = csv.DictReader(io.StringIO(text))
    return {r["file"]: (r["sha256"], r["by"], r["at"]) for r in rows if None not in r.values()}


def _write_checked(place: Path, known: Mapping[str, tuple[str, str, str]]) -> None:
    place.mkdir(exist_ok=True)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["file", "sha256", "by", "at"])
    table.writerows([name, *row] for name, row in sorted(known.items()))
    fresh = place / f"{CHECKED}.new"
    fresh.write_text(out.getvalue(), encoding="utf-8")
    fresh.replace(place / CHECKED)


def picture_name(observation: str) -> str:
    """Return what the cut-out of an observation is called."""
    return f"{observation.partition(':')[2]}.png"


def _cut(target: Path, job: tuple[Wanted, Media, Path]) -> str:
    """Cut one picture out; return why it can't be, or ""."""
    w, media, path = job
    if set(media.faults) & set(DAMAGE_FAULTS):
        return _("The file is damaged.")
    try:
        image = _frame(path, w.frame or 0) if media.kind == "video" else read_image(path)
        pixels = cut_out(image, w.box)
    except (MediaError, OSError, ValueError, IndexError, av.FFmpegError) as error:
        return str(error)
    share = shown(pixels[..., 3])
    if not SHARES[0] <= share <= SHARES[1]:
        return _("The outline fills {share:.0%} of the box.").format(share=share)
    there = pixels[..., 3] >= 128
    height, width = (int(there.any(axis=axis).sum()) for axis in (1, 0))
    if min(height, width) < LEAST_SIDE:
        return _("The outline is {width} x {height} pixels; expected {least} or more.").format(
            width=width, height=height, least=LEAST_SIDE
        )
    Image.fromarray(pixels).save(target / picture_name(w.observation), "PNG")
    return ""


def _frame(path: Path, number: int) -> np.ndarray:
    """Return a frame of a clip, BGR; the last one if it has fewer."""
    with av.open(str(path), metadata_errors="replace") as container:
        last = None
        for n, frame in enumerate(container.decode(container.streams.video[0])):
            last = frame
            if n >= number:
                break
        if last is None:
            raise ValueError(_("The clip has no frame."))
        pixels: np.ndarray = last.to_ndarray(format="bgr24")
        return pixels


def _sheets(place: Path, by_name: Mapping[str, Wanted]) -> Iterable[Path]:
    """Draw all that is proposed on sheets, each picture on a loud ground with its file, animal and flank."""
    for old in place.glob("sheet-*.jpg"):
        old.unlink()
    files = sorted(
        place.glob("*.png"), key=lambda p: (by_name[p.name].individual if p.name in by_name else "", p.name)
    )
    each = SHEET_COLUMNS * SHEET_ROWS
    out = []
    for n in range(0, len(files), each):
        sheet = Image.new("RGB", (SHEET_COLUMNS * CELL, SHEET_ROWS * (CELL + 30)), "white")
        draw = ImageDraw.Draw(sheet)
        for k, path in enumerate(files[n : n + each]):
            x, y = k % SHEET_COLUMNS * CELL, k // SHEET_COLUMNS * (CELL + 30)
            with Image.open(path) as picture:
                small = picture.convert("RGBA")
                small = small.crop(small.getbbox())
            small.thumbnail((CELL - 8, CELL - 8))
            ground = Image.new("RGBA", small.size, (255, 0, 255, 255))
            sheet.paste(Image.alpha_composite(ground, small).convert("RGB"), (x + 4, y + 4))
            w = by_name.get(path.name)
            draw.text((x + 4, y + CELL), path.stem[:38], fill="black")
            draw.text((x + 4, y + CELL + 13), f"{w.individual} {w.flank}" if w else "", fill="black")
        target = place / f"sheet-{n // each + 1:02}.jpg"
        sheet.save(target, "JPEG", quality=90)
        out.append(target)
    return out


@dataclass(frozen=True, slots=True)
class Checked:
    """A cut-out that somebody looked at. sha256: of what was looked at."""

    path: Path
    sha256: str

    def read(self) -> bytes | None:
        """Return the file, None if it is gone or not what was looked at."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == self.sha256 else None


def checked_finder(folder: Path) -> Callable[[str], Checked | None]:
    """Return the function that finds the checked picture of an observation: None if nobody checked any."""
    known = checked_pictures(folder)
    place = folder / SILHOUETTES

    def find(observation: str) -> Checked | None:
        name = picture_name(observation)
        return Checked(place / name, known[name][0]) if name in known else None

    return find


def unchecked(folder: Path) -> Counter[str]:
    """Return how many cut-outs lie there that may not leave: not looked at, or changed since."""
    known = checked_pictures(folder)
    place = folder / SILHOUETTES
    out: Counter[str] = Counter()
    out["proposed"] = sum(1 for _p in (place / PROPOSED).glob("*.png"))
    out["strange"] = sum(p.name not in known for p in place.glob("*.png"))
    return out
