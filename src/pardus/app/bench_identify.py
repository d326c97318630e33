"""`pardus bench identify`: how well the matcher finds the animals of a labelled folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pardus.app.executor import Executor, Serial
from pardus.app.telling import Tell, nobody
from pardus.identify.calibrate import LEAST_SAME, Reliability, cross_fitted, held_out
from pardus.identify.decisions import Point, decisions_to, p_ordered, simulate
from pardus.identify.evidence import gather
from pardus.identify.groups import Pair, ordered
from pardus.identify.labelled import LabelledFolder, read_labelled, usable_pairs
from pardus.identify.matcher import CoatMatcher, combined, score_parts
from pardus.identify.retrieval import Labels, Retrieval, bootstrap, chance, event_pairs, retrieve
from pardus.model.coat import Picture
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.observation import Box
from pardus.vision.boxes import beyond, cut, read_image
from pardus.vision.coat import describe
from pardus.vision.silhouette import Silhouette, find_silhouette

Floats = NDArray[np.float64]
RECALLS = (0.9, 0.95, 0.99)
RUNS = 40
"""Simulated observers per error rate; their mean and their worst are told."""

BEYOND = (0.06, 0.1, 0.15)
LEAK = 0.1
"""Shares of the diagonal: what lies farther than this from everything any outline held is described for the leak check.
Nearer than LEAK it is a head, a leg or a rump as often as ground; BEYOND shows how the answer changes with distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """One picture by what is inside its silhouette, and by what is farther than each distance of BEYOND outside.

    shares: of the picture, that the latter are.
    """

    inside: Picture
    outside: tuple[Picture, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """The figures as they are written to JSON, and the scores they come from: (picture, picture)."""

    figures: dict[str, Any]
    scores: Floats
    folder: LabelledFolder


def bench_identify(path: Path, executor: Executor | None = None, tell: Tell = nobody) -> Bench:
    """Describe, match and judge every picture of a folder with `labels.csv`. Raises TableError, MediaError.

    tell: told of every picture described, which takes most of the time.
    """
    folder = read_labelled(path)
    described = []
    for one in (executor or Serial()).map(partial(_describe, folder), range(len(folder.files))):
        described.append(one)
        tell(len(described), len(folder.files))
    parts = match([d.inside for d in described])
    scores = combined(parts)
    same, different = usable_pairs(folder)
    found: dict[str, Any] = {
        "pictures": len(folder.files),
        "unnamed": folder.unnamed,
        "same_pairs": len(same),
        "different_pairs": len(different),
        **judge(folder, scores),
        "leak": leak_check(folder.labels, described),
        "calibration": calibration(folder.labels, scores, tuple(parts.values())),
        "decisions": decisions(folder.labels, scores, tuple(parts.values())),
    }
    return Bench(found, scores, folder)


def leak_check(labels: Labels, described: list[Described]) -> dict[str, Any]:
    """Top-1 from what is outside the silhouette, beside what chance gives: at LEAK, and at each of BEYOND."""
    by_distance = []
    for n, distance in enumerate(BEYOND):
        summary = _summary(retrieve(labels, combined(match([d.outside[n] for d in described]))))
        kept = {k: v for k, v in summary.items() if k.startswith("top1")}
        share = float(np.median([d.shares[n] for d in described]))
        by_distance.append({"farther_than": distance, "share_of_picture": round(share, 2), **kept})
    told = next(row for row in by_distance if row["farther_than"] == LEAK)
    return {**told, "top1_by_chance": round(chance(labels), 3), "by_distance": by_distance}


def _describe(folder: LabelledFolder, i: int) -> Described:
    """Describe picture i."""
    image = read_image(folder.files[i])
    rows, columns = image.shape[:2]
    pixels = folder.boxes[i]
    box = pixels and Box(pixels[0] / columns, pixels[1] / rows, pixels[2] / columns, pixels[3] / rows)
    crop = cut(image, box)
    silhouette = find_silhouette(crop)
    far = [beyond(silhouette.widest, distance) > 0 for distance in BEYOND]
    labels = folder.labels

    def picture(outline: Silhouette) -> Picture:
        return Picture(folder.files[i].name, labels.event[i], labels.flank[i], describe(crop, outline))

    return Described(
        picture(silhouette),
        tuple(picture(replace(silhouette, mask=mask)) for mask in far),
        tuple(float(mask.mean()) for mask in far),
    )


def match(pictures: list[Picture]) -> dict[str, Floats]:
    """Score every picture against every other, by each kind of patch."""
    return score_parts(CoatMatcher.learn(pictures), pictures)


def judge(folder: LabelledFolder, scores: Floats) -> dict[str, Any]:
    """Ranks, pairs and intervals of one matrix of picture scores."""
    pairs = event_pairs(folder.labels, scores, folder.different)
    positive, negative = pairs.score[pairs.same], pairs.score[~pairs.same]
    found: dict[str, Any] = {
        unit: _summary(retrieve(folder.labels, scores, unit)) for unit in ("event", "picture")
    }
    if len(positive) and len(negative):
        found["pairs"] = {
            "auc": round(pairs.auc(), 3),
            "tpr_at_fpr": {f"{f:g}": round(pairs.true_positive_rate(f), 3) for f in (0.001, 0.01, 0.1)},
            "same_above_every_different": int(np.sum(positive > negative.max())),
        }
    return found


def _summary(found: Retrieval) -> dict[str, Any]:
    hit = (found.rank < 1.75).astype(float)
    if not len(hit):
        return {"queries": 0}
    return {
        "queries": len(hit),
        "animals_queried": len(set(found.individual)),
        "names": found.names,
        **{f"top{k}": round(found.top(k), 3) for k in (1, 5, 20)},
        "mAP": round(float(found.average_precision.mean()), 3),
        "top1_interval": _rounded(bootstrap(hit)),
        "top1_interval_animals": _rounded(bootstrap(hit, found.individual)),
    }


def gain(labels: Labels, before: Floats, after: Floats, unit: str) -> dict[str, Any]:
    """Top-1 of after minus before on the same queries, with paired 95 % intervals."""
    a, b = retrieve(labels, before, unit), retrieve(labels, after, unit)
    difference = (b.rank < 1.75).astype(float) - (a.rank < 1.75)
    return {
        "top1_gain": round(float(difference.mean()), 3),
        "interval": _rounded(bootstrap(difference)),
        "interval_animals": _rounded(bootstrap(difference, a.individual)),
    }


def calibration(labels: Labels, scores: Floats, parts: tuple[Floats, ...] = ()) -> dict[str, Any]:
    """Judge probabilities on held-out animals; says why where it can't."""
    evidence = gather(labels.event, labels.flank, scores, parts)
    who = dict(zip(labels.event, labels.individual, strict=True))
    a = [who[evidence.events[i]] for i in evidence.a]
    b = [who[evidence.events[i]] for i in evidence.b]
    same = np.array([x == y for x, y in zip(a, b, strict=True)], bool)
    try:
        found = held_out(evidence.features, same, a, b)
    except ParameterError as error:
        return {"cannot_say": str(error)}
    if found.same.sum() < LEAST_SAME:
        return {
            "cannot_say": _(
                "Only {found} held-out pairs of the same animal; at least {least} are needed to judge probabilities."
            ).format(found=int(found.same.sum()), least=LEAST_SAME)
        }
    return reliability_json(found)


def reliability_json(found: Reliability) -> dict[str, Any]:
    """Figures of held-out calibration."""
    return {
        "pairs": len(found.same),
        "same": int(found.same.sum()),
        "log_loss": round(found.log_loss, 4),
        "log_loss_of_prior": round(found.prior_log_loss, 4),
        "brier": round(found.brier, 4),
        "brier_of_prior": round(found.prior_brier, 4),
        "bins": [
            {
                "from": b.lower,
                "to": b.upper,
                "pairs": b.pairs,
                "stated": round(b.stated, 3),
                "true": round(b.true, 3),
                "interval": [round(b.low, 3), round(b.high, 3)],
                "holds": b.holds,
            }
            for b in found.bins
        ],
    }


def held_out_log_odds(
    labels: Labels, scores: Floats, parts: tuple[Floats, ...] = ()
) -> tuple[dict[Pair, float], dict[str, str]]:
    """Log odds of every pair of events, by a calibration that has not seen it, and who is in each event.

    Animals are dealt into two halves; a pair inside one half is judged by a fit to the other, a pair across by
    the mean of both fits. Raises ParameterError if a half has no same-animal pair.
    """
    evidence = gather(labels.event, labels.flank, scores, parts)
    who = dict(zip(labels.event, labels.individual, strict=True))
    a, b = ([who[evidence.events[i]] for i in side] for side in (evidence.a, evidence.b))
    log_odds = cross_fitted(evidence.features, a, b)
    pairs = {
        ordered(evidence.events[i], evidence.events[j]): float(v)
        for i, j, v in zip(evidence.a, evidence.b, log_odds, strict=True)
    }
    return pairs, who


def decisions(labels: Labels, scores: Floats, parts: tuple[Floats, ...] = ()) -> dict[str, Any]:
    """Count simulated decisions: the plain queue, ours with a perfect observer, with 3 % and 12.5 % errors.

    The observers with errors may answer 1.4 times (3 %) and 3 times (12.5 %) the perfect one's questions.
    """
    try:
        log_odds, who = held_out_log_odds(labels, scores, parts)
    except ParameterError as error:
        return {"cannot_say": str(error)}
    plain = p_ordered(log_odds, who)
    perfect = simulate(log_odds, who, 0.0, np.random.default_rng(0), stop=0.99)
    allowed = {0.03: round(1.4 * perfect[-1].decisions), 0.125: 3 * perfect[-1].decisions}
    found: dict[str, Any] = {
        "events": len(who),
        "animals": len(set(who.values())),
        "p_ordered": {f"{r:g}": decisions_to(plain, r) for r in RECALLS},
        "perfect": {f"{r:g}": decisions_to(perfect, r) for r in RECALLS},
        "curve": {"p_ordered": _curve(plain), "perfect": _curve(perfect)},
    }
    for rate, limit in allowed.items():
        runs = [simulate(log_odds, who, rate, np.random.default_rng(s), limit=limit) for s in range(RUNS)]
        ends = [run[-1] for run in runs]
        precision, recall = [p.precision for p in ends], [p.recall for p in ends]
        found["curve"][f"{rate:g}"] = _curve(runs[0])
        found[f"errors {rate:g}"] = {
            "runs": RUNS,
            "limit": limit,
            "decisions": round(sum(p.decisions for p in ends) / RUNS),
            "precision": _rounded([sum(precision) / RUNS, min(precision)]),
            "recall": _rounded([sum(recall) / RUNS, min(recall)]),
            "groups": round(sum(p.groups for p in ends) / RUNS, 1),
        }
    return found


def _curve(points: list[Point]) -> list[list[float]]:
    return [[p.decisions, round(p.precision, 4), round(p.recall, 4), p.groups] for p in points]


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(v), 3) for v in values]
