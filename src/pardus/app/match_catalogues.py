"""Match scores between catalogues, from the flanks that partners swapped: what `pardus reconcile --match` makes.

Each flank alone: left is never compared with right. Crops of both sides are treated alike, cut and encoded as they
travel.

What a score says is learned from the catalogues' own animals: the crops of an animal are dealt into two halves, and
a half is to be found again among all others. Without enough animals that have two crops of a flank nothing is said of
how likely a pair is; scores then give the order of the questions only.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pardus.app.exchange_state import accepted_manifest, known, place_of
from pardus.app.executor import Executor, Serial
from pardus.app.flank_pictures import Checked, checked_finder, checked_pictures, picture_name
from pardus.app.survey_folder import open_survey
from pardus.app.telling import Tell, nobody
from pardus.exchange.crops import cut
from pardus.exchange.merge import Known
from pardus.exchange.payload import outline_of
from pardus.identify.calibrate import LEAST_SAME, Calibration, fit, held_out
from pardus.identify.evidence import gather
from pardus.identify.matcher import CoatMatcher, combined, score_parts
from pardus.model.coat import Coat, Patches, Picture
from pardus.model.errors import MediaError, ParameterError
from pardus.model.ids import split
from pardus.model.language import _
from pardus.model.observation import SIDES
from pardus.model.survey import Survey
from pardus.store.protocol import Store
from pardus.vision.coat import VERSION, describe
from pardus.vision.given import given_silhouette

SCHEMA = "pardus-matches-1"
MATCHES = "partners/matches.json"
COATS = "partners/coats"
MOST = 6.0
"""The machine's word on a flank never counts for more than this, in log likelihood ratio; people decide."""


@dataclass(frozen=True, slots=True)
class Flank:
    """One crop of an individual. key: what it is called; data: JPEG and PNG of the outline."""

    key: str
    individual: str
    side: str
    picture: bytes
    outline: bytes


@dataclass(frozen=True, slots=True)
class Matches:
    """Scores of pairs of individuals of different catalogues.

    rows: (one, other, flank) -> log likelihood ratio, or, if not calibrated, a number that is larger for what looks
    more alike and means nothing else. crops: how many of each organisation. same: pairs of halves of one animal that
    taught what a score means. calibrated: whether they were enough. better: log-loss on animals not learned from is
    below that of knowing nothing (None: too few to hold any out). inputs: see `inputs_of`.
    """

    rows: Mapping[tuple[str, str, str], float]
    crops: Mapping[str, int]
    same: int
    calibrated: bool
    better: bool | None
    inputs: str

    def sentences(self) -> list[str]:
        """Say it to a person."""
        said = [
            _("{n} flank pictures of {organisation}.").format(n=n, organisation=o)
            for o, n in self.crops.items()
        ]
        said.append(_("{n} pairs of animals and flanks compared.").format(n=len(self.rows)))
        if not self.calibrated:
            said.append(
                _(
                    "Only {n} animals have two pictures of a flank, {least} are needed to learn what a score means: "
                    "scores order the questions and say nothing of how many are shared."
                ).format(n=self.same, least=LEAST_SAME)
            )
        return said


def match_catalogues(
    folder: Path,
    *,
    executor: Executor | None = None,
    tell: Tell = nobody,
) -> Matches:
    """Compare the flanks of our animals with those of partners, keep the scores beside the packages, return them."""
    with open_survey(folder) as store:
        flanks = list(catalogue_flanks(folder, store))
        inputs = inputs_of(folder, store.survey(media=False), known(folder, store))
    place = folder / COATS
    place.mkdir(parents=True, exist_ok=True)
    coats: list[Coat | None] = []
    for n, coat in enumerate((executor or Serial()).map(partial(_coat, place), flanks), 1):
        coats.append(coat)
        tell(n, len(flanks))
    usable = [(f, c) for f, c in zip(flanks, coats, strict=True) if c is not None]
    matches = compare([f for f, _c in usable], [c for _f, c in usable], inputs)
    text = json.dumps(_json(matches), ensure_ascii=False, indent=0, sort_keys=True)
    fresh = folder / f"{MATCHES}.new"
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(folder / MATCHES)
    return matches


def read_matches(folder: Path) -> Matches | None:
    """Return the scores that were kept, None if there are none or they can't be read."""
    try:
        raw = json.loads((folder / MATCHES).read_text(encoding="utf-8"))
        if raw.pop("schema") != SCHEMA:
            return None
        rows = {(str(a), str(b), str(side)): float(v) for a, b, side, v in raw.pop("rows")}
        return Matches(rows=rows, **raw)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _json(m: Matches) -> dict[str, Any]:
    rows = [[*key, round(v, 9)] for key, v in sorted(m.rows.items())]
    return {"schema": SCHEMA, "rows": rows, "crops": dict(m.crops), "same": m.same, "calibrated": m.calibrated,
            "better": m.better, "inputs": m.inputs}  # fmt: skip


def inputs_of(folder: Path, survey: Survey, partners: Known) -> str:
    """Return the hash of what would be compared: our checked pictures and whose they are, and partners' packages."""
    checked = checked_pictures(folder)
    lines = [f"{p.origin} {p.tier} {p.hash}" for p in partners.in_force()]
    for o in survey.observations:
        name = picture_name(o.id)
        if name in checked:
            lines.append(f"{o.id} {o.individual} {o.flank} {checked[name][0]}")
    return hashlib.sha256("\n".join([str(VERSION), *sorted(lines)]).encode()).hexdigest()


def catalogue_flanks(folder: Path, store: Store) -> Iterator[Flank]:
    """Yield the crops of our individuals that were looked at, then those of partners' packages in force."""
    survey = store.survey(media=False)
    checked = checked_finder(folder)
    for o in survey.observations:
        if o.individual and o.flank in SIDES and split(o.individual)[0] == survey.config.organisation:
            found = checked(o.id)
            data = found.read() if found else None
            if data is None:
                continue
            try:
                crop = cut(data)
            except MediaError:
                continue
            yield Flank(o.id, o.individual, o.flank, crop.picture, crop.outline)
    done = set()
    for p in known(folder, store).in_force():
        place = place_of(folder, p.origin, p.hash)
        hashes = {f.path: f.sha256 for f in accepted_manifest(place, p.hash).files}
        for row in sorted(p.rows):
            fields = row.fields() if row.table == "plates" else {}
            if "crop" not in fields or row.key in done:
                continue
            done.add(row.key)
            paths = str(fields["crop"]), outline_of(str(fields["crop"]))
            parts = [Checked(place / path, hashes.get(path, "")).read() for path in paths]
            if parts[0] is not None and parts[1] is not None:
                yield Flank(row.key, str(fields["individual"]), str(fields["flank"]), parts[0], parts[1])


def _coat(place: Path, flank: Flank) -> Coat | None:
    """Return what a crop looks like, from what is kept of it if it was described before; None if it can't be."""
    kept = place / f"{hashlib.sha256(flank.picture + flank.outline).hexdigest()[:20]}-{VERSION}.npz"
    try:
        with np.load(kept, allow_pickle=False) as a:
            return Coat(Patches(a["grid_xy"], a["grid"]), Patches(a["points_xy"], a["points"]))
    except (OSError, ValueError, KeyError, EOFError):
        pass
    try:
        with Image.open(io.BytesIO(flank.picture), formats=("JPEG",)) as picture:
            pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])
        with Image.open(io.BytesIO(flank.outline), formats=("PNG",)) as picture:
            outline = np.asarray(picture.convert("1"))
        coat = describe(pixels, given_silhouette(outline))
    except (MediaError, OSError, ValueError, SyntaxError):
        return None
    out = io.BytesIO()
    np.savez(
        out,
        grid_xy=coat.grid.xy,
        grid=coat.grid.descriptor,
        points_xy=coat.points.xy,
        points=coat.points.descriptor,
    )
    kept.write_bytes(out.getvalue())
    return coat


def compare(flanks: Sequence[Flank], coats: Sequence[Coat], inputs: str) -> Matches:
    """Return the scores of all pairs of individuals of different organisations that a flank connects."""
    found = [_of_side(flanks, coats, side) for side in SIDES]
    features = np.concatenate([s.features for s in found])
    one = [i for s in found for i in s.one]
    other = [i for s in found for i in s.other]
    own = np.array([split(a)[0] == split(b)[0] for a, b in zip(one, other, strict=True)], dtype=np.bool_)
    same = np.array([a == b for a, b in zip(one, other, strict=True)], dtype=np.bool_)
    mine = np.flatnonzero(own)
    calibration, better = _learn(features[own], same[own], [one[i] for i in mine], [other[i] for i in mine])
    if calibration is None:
        value = features.sum(axis=1)
    else:
        share = float(same[own].mean())
        value = np.clip(calibration.log_odds(features) - np.log(share / (1 - share)), -MOST, MOST)
    sides = [side for side, s in zip(SIDES, found, strict=True) for _pair in s.one]
    several: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for a, b, side, v, alone in zip(one, other, sides, value.tolist(), own.tolist(), strict=True):
        if not alone:
            several[(*sorted((a, b)), side)].append(v)  # type: ignore[index]
    crops: dict[str, int] = defaultdict(int)
    for f in flanks:
        crops[split(f.individual)[0]] += 1
    rows = {key: float(np.mean(v)) for key, v in sorted(several.items())}
    return Matches(rows, dict(crops), int(same[own].sum()), calibration is not None, better, inputs)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Pairs of halves of one side. one, other: (pair,) individuals. features: (pair, feature)."""

    one: list[str]
    other: list[str]
    features: np.ndarray


def _of_side(flanks: Sequence[Flank], coats: Sequence[Coat], side: str) -> _Side:
    chosen = [(f, c) for f, c in zip(flanks, coats, strict=True) if f.side == side]
    count: dict[str, int] = defaultdict(int)
    pictures = []
    for f, coat in sorted(chosen, key=lambda x: (x[0].individual, x[0].key)):
        pictures.append(Picture(f.key, f"{f.individual}\x1f{count[f.individual] % 2}", side, coat))
        count[f.individual] += 1
    if len(pictures) < 2:
        return _Side([], [], np.zeros((0, 3)))
    parts = score_parts(CoatMatcher.learn(pictures), pictures)
    events = tuple(p.event for p in pictures)
    evidence = gather(events, (side,) * len(events), combined(parts), tuple(parts.values()))
    names = [e.partition("\x1f")[0] for e in evidence.events]
    return _Side([names[i] for i in evidence.a], [names[i] for i in evidence.b], evidence.features)


def _learn(
    features: np.ndarray, same: np.ndarray, one: Sequence[str], other: Sequence[str]
) -> tuple[Calibration | None, bool | None]:
    """Return what scores mean, and whether that holds for animals it was not learned from; None if too few."""
    if same.sum() < LEAST_SAME or same.all():
        return None, None
    try:
        better: bool | None = held_out(features, same, one, other).better_than_prior
    except ParameterError:
        better = None
    return fit(features, same), better
