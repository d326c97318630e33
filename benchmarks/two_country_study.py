"""Two countries, one population: what each would report alone, the sums, and the integrated estimate.

    python benchmarks/two_country_study.py --surveys 1000 --out docs/studies/two-countries.md

Layer (a) of the simulator makes surveys of the default landscape, border and stations. Each is fitted five times:
each country's stations with its mask clipped at the border, each with its mask running across it, and all
stations together. Numbers come out as totals with nominal 95 % intervals, set beside the truth they aim at.
"""

from __future__ import annotations

import argparse
import datetime
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from pardus.model.capture import CaptureHistory, Detectors
from pardus.model.mask import Mask
from pardus.scr.design import make_design
from pardus.scr.engines import likelihood_of, ready_engine, search
from pardus.scr.loop import QUICK
from pardus.scr.regions import region_numbers
from pardus.scr.spec import model_spec
from pardus.sim.detections import expected_visits, simulate_history
from pardus.sim.landscape import Landscape, make_landscape
from pardus.sim.parameters import DetectionParameters, Parameters
from pardus.sim.population import density, draw_centres
from pardus.sim.stations import coordinates, place_stations
from pardus.sim.streams import stream

SEED, NIGHTS, CELL, BUFFER = 1, 88, 2_000.0, 15_000.0
N, FEMALES = 84, 0.6
BY_LAND = 5
CONVENTIONS = (
    ("clipped", "mask clipped at the border, N over it"),
    ("across, own land", "mask across the border, N in its own land"),
    ("across, whole mask", "mask across the border, N over all of the mask"),
)


class Setting(NamedTuple):
    """What stays the same in all surveys. owner: (station,) country. land: (cell,) country of a mask cell."""

    landscape: Landscape
    chance: np.ndarray
    stations: np.ndarray
    owner: np.ndarray
    mask: Mask
    land: np.ndarray
    across: tuple[np.ndarray, ...]
    parameters: Parameters


class Answer(NamedTuple):
    """One total: which, what it is, interval, its target, and whether the fit converged."""

    who: str
    convention: str
    estimate: float
    lower: float
    upper: float
    se: float
    target: float
    ok: bool


@cache
def setting(stations: int) -> Setting:
    base = Parameters()
    parameters = replace(base, survey=replace(base.survey, stations=stations))
    landscape = make_landscape(SEED, parameters.landscape, parameters.partners)
    coarse = replace(parameters.landscape, cell=CELL)
    mask = make_landscape(SEED, coarse, parameters.partners).mask
    places = place_stations(SEED, landscape, parameters)
    xy = coordinates(places)
    owner = np.array([s.partner for s in places])
    land = landscape.owner(mask.xy)
    across = tuple(
        cKDTree(xy[owner == c]).query(mask.xy)[0] <= BUFFER for c in range(len(parameters.partners))
    )
    flat = density(landscape, 0.0)
    return Setting(landscape, flat, xy, owner, mask, land, across, parameters)


def survey(job: tuple[int, str, int]) -> list[Answer]:
    """Simulate and fit survey number `number`. job: number, "fixed" or "poisson", stations."""
    number, n_is, stations = job
    s = setting(stations)
    p: DetectionParameters = s.parameters.detection
    rng = stream(SEED, "study", n_is, number)
    n = N if n_is == "fixed" else int(rng.poisson(N))
    centres = draw_centres(rng, s.landscape, s.chance, n)
    male = (rng.random(n) >= FEMALES).astype(np.int64)
    lambda0, sigma = np.array((p.lambda0_female, p.lambda0_male)), np.array((p.sigma_female, p.sigma_male))
    rate = expected_visits("HHN", centres, male, s.stations, lambda0, sigma)
    sex = np.where(male == 1, "M", "F")
    detectors = Detectors(
        tuple(map(str, range(len(s.stations)))),
        s.stations.copy(),
        np.full((len(s.stations), 1), float(NIGHTS)),
    )
    history = simulate_history(rng, rate, detectors, ids=tuple(map(str, range(n))), sex=sex, kind="count")
    land = s.landscape.owner(centres)
    names = [q.id for q in s.parameters.partners]
    out = []
    for c, name in enumerate(names):
        own = _only(history, s.owner == c)
        clipped = s.land == c
        inside = float((land == c).sum()) if n_is == "fixed" else N * clipped.mean()
        reach = _count(s, centres, s.across[c]) if n_is == "fixed" else N * s.across[c].mean()
        out += _fit(own, s.mask, clipped, {"": np.ones(clipped.sum())}, n_is, name, ("clipped",), (inside,))
        regions = {"own": (s.land[s.across[c]] == c).astype(float), "": np.ones(s.across[c].sum())}
        target_own = (
            _count(s, centres, s.across[c] & clipped)
            if n_is == "fixed"
            else N * (s.across[c] & clipped).mean()
        )
        out += _fit(
            own,
            s.mask,
            s.across[c],
            regions,
            n_is,
            name,
            ("across, own land", "across, whole mask"),
            (target_own, reach),
        )
    everywhere = np.ones(len(s.mask), dtype=bool)
    regions = {"": np.ones(len(s.mask))}
    by_land = number % BY_LAND == 0  # where centres are takes most of the time, so only in some surveys
    if by_land:
        regions |= {name: (s.land == c).astype(float) for c, name in enumerate(names)}
    targets = [float(n) if n_is == "fixed" else float(N)]
    targets += [
        float((land == c).sum()) if n_is == "fixed" else N * (s.land == c).mean() for c in range(len(names))
    ]
    kept = len(regions)
    whole = _fit(
        history, s.mask, everywhere, regions, n_is, "", ("total", *names)[:kept], tuple(targets[:kept])
    )
    out += [
        a._replace(who="both" if a.convention == "total" else a.convention, convention="integrated")
        for a in whole
    ]
    seen = [set(_only(history, s.owner == c).animals) for c in range(len(names))]
    out.append(Answer("both", "seen", len(seen[0] | seen[1]), 0, 0, 0, len(seen[0] & seen[1]), True))
    return out


def _count(s: Setting, centres: np.ndarray, cells: np.ndarray) -> float:
    """Return how many centres lie in cells of the fitted mask."""
    apart, nearest = cKDTree(s.mask.xy).query(centres)
    return float((cells[nearest] & (apart < CELL)).sum())


def _only(history: CaptureHistory, keep: np.ndarray) -> CaptureHistory:
    """Return the history at some of the detectors."""
    rows = keep[history.detector]
    animals, index = np.unique(history.animal[rows], return_inverse=True)
    where = np.cumsum(keep) - 1
    d = history.detectors
    ids = tuple(i for i, k in zip(d.ids, keep, strict=True) if k)
    return CaptureHistory(
        session=history.session,
        animals=tuple(history.animals[a] for a in animals),
        detectors=Detectors(ids, d.xy[keep].copy(), d.usage[keep].copy()),
        animal=index.astype(np.int64),
        occasion=history.occasion[rows].copy(),
        detector=where[history.detector[rows]],
        count=history.count[rows].copy(),
        kind=history.kind,
        covariates={"sex": np.asarray(history.covariates["sex"])[animals]},
    )


def _fit(
    history: CaptureHistory,
    mask: Mask,
    cells: np.ndarray,
    regions: dict[str, np.ndarray],
    n_is: str,
    who: str,
    conventions: tuple[str, ...],
    targets: tuple[float, ...],
) -> list[Answer]:
    spec = model_spec("lambda0~h2, sigma~h2", hcov="sex")
    design = make_design([history], [Mask(mask.xy[cells].copy(), mask.cell_area, mask.spacing)], spec)
    p = Parameters().detection
    guess = {
        "D": np.log(0.01 / 100),
        "lambda0": np.log(p.lambda0_female),
        "sigma": np.log(p.sigma_female),
        "pmix": np.log(0.4 / 0.6),
        "lambda0.h2M": np.log(p.lambda0_male / p.lambda0_female),
        "sigma.h2M": np.log(p.sigma_male / p.sigma_female),
    }
    start = np.array(
        [
            guess.get(name, next((v for k, v in guess.items() if name.startswith(k)), 0.0))
            for name in design.names
        ]
    )
    found = search(likelihood_of(design, ready_engine(design.problems)), start, QUICK)
    answers = []
    if not found.converged or not np.isfinite(found.vcov).all():
        return [
            Answer(who, c, np.nan, np.nan, np.nan, np.nan, t, False)
            for c, t in zip(conventions, targets, strict=True)
        ]
    order = {name: i for i, name in enumerate(regions)}
    numbers = sorted(
        region_numbers(design, found.theta, found.vcov, [0], [regions]), key=lambda r: order[r.region]
    )
    for r, convention, target in zip(numbers, conventions, targets, strict=True):
        value, (low, high), se = (
            (r.realised, r.realised_interval, r.realised_se)
            if n_is == "fixed"
            else (r.expected, r.expected_interval, r.expected_se)
        )
        answers.append(Answer(who, convention, value, low, high, se, target, True))
    return answers


def summary(answers: list[list[Answer]], n_is: str) -> list[str]:
    """Return the table of one kind of truth."""
    quantity = "realised N" if n_is == "fixed" else "E(N)"
    lines = [
        f"| total ({quantity}) | target (mean) | estimate (mean) | bias against target | bias against 84 | CV "
        "| width of interval | coverage of target | fits |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    names = [q.id for q in Parameters().partners]
    by_key: dict[tuple[str, str], list[Answer]] = {}
    for one in answers:
        for a in one:
            by_key.setdefault((a.who, a.convention), []).append(a)
    for convention, text in CONVENTIONS:
        for name in names:
            lines.append(_row(f"{name} alone: {text}", by_key[name, convention], None))
        sums = [_sum([by_key[name, convention][i] for name in names]) for i in range(len(answers))]
        lines.append(_row(f"**sum**: {text}", sums, N))
    for name in names:
        lines.append(_row(f"integrated fit, {name}'s land", by_key[name, "integrated"], None))
    lines.append(_row("**integrated fit, both countries**", by_key["both", "integrated"], N))
    seen = by_key["both", "seen"]
    detected, shared = np.mean([a.estimate for a in seen]), np.mean([a.target for a in seen])
    lines += [
        "",
        f"Detected animals: {detected:.1f} on average, {100 * shared / detected:.0f} % of them in both countries.",
    ]
    return lines


def _sum(parts: list[Answer]) -> Answer:
    """Add estimates; the interval is lognormal around the sum with variances added, as an agency would do."""
    value, se = sum(a.estimate for a in parts), float(np.sqrt(sum(a.se**2 for a in parts)))
    half = np.exp(1.959964 * np.sqrt(np.log1p((se / value) ** 2))) if np.isfinite(value) else np.nan
    return Answer("sum", "", value, value / half, value * half, se, float(N), all(a.ok for a in parts))


def _row(label: str, answers: list[Answer], total: int | None) -> str:
    good = [a for a in answers if a.ok]
    e, t = np.array([a.estimate for a in good]), np.array([a.target for a in good])
    width = np.array([a.upper - a.lower for a in good])
    covered = np.mean([a.lower <= a.target <= a.upper for a in good])
    cv = np.mean([a.se / a.estimate for a in good])
    bias = 100 * (e.mean() / t.mean() - 1)
    against = f"{100 * (e.mean() / total - 1):+.1f} %" if total else ""
    return (
        f"| {label} | {t.mean():.1f} | {e.mean():.1f} | {bias:+.1f} % | {against} | {100 * cv:.1f} % | "
        f"{width.mean():.1f} | {100 * covered:.1f} % | {len(good)}/{len(answers)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--surveys", type=int, default=1000, help="half with a fixed, half with a Poisson number"
    )
    parser.add_argument("--stations", type=int, default=Parameters().survey.stations)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    lines = []
    for n_is in ("fixed", "poisson"):
        began = time.perf_counter()
        jobs = [(i, n_is, options.stations) for i in range(options.surveys // 2)]
        if options.workers == 1:
            answers = [survey(job) for job in jobs]
        else:
            with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
                answers = list(pool.map(survey, jobs, chunksize=4))
        seconds = time.perf_counter() - began
        what = (
            "exactly 84 animals in each survey" if n_is == "fixed" else "a Poisson number of animals, mean 84"
        )
        lines += [f"### Truth: {what}", "", *summary(answers, n_is), ""]
        lines += [f"{len(jobs)} surveys, {options.stations} stations, {seconds:.0f} s.", ""]
    today = datetime.datetime.now(datetime.UTC).date()
    text = "\n".join(
        [
            f"Measured {today} with `python benchmarks/two_country_study.py --surveys {options.surveys}`.",
            "",
            *lines,
        ]
    )
    print(text)
    if options.out:
        head, mark, _old = options.out.read_text(encoding="utf-8").partition("<!-- results -->\n")
        options.out.write_text(head + mark + "\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main()
