"""Two partners, from records to one joint estimate: bias, width and coverage of every total, through the real commands.

    python benchmarks/two_partner_study.py run --surveys 200 --results two-partners.jsonl
    python benchmarks/two_partner_study.py table --results two-partners.jsonl --out docs/studies/two-partners.md

Layer (a) of the simulator makes two-country surveys of the default landscape, border and stations. Each partner gets a
survey folder with stations, cameras and records under its own names. Then, by the functions that the commands call:
the first accepts the other's T2, a simulated reviewer answers the questions of `reconcile` (match scores are simulated
too), the first accepts the other's T3 and estimates jointly. By a reviewer without error, and again by one who errs
in 12.5 %. A run can be stopped and started again: surveys that are in the results are left out.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import beta
from shapely.geometry import shape

from pardus.app.exchange_open import accept, open_package
from pardus.app.exchange_pack import pack
from pardus.app.exchange_state import AGREEMENT
from pardus.app.joint_estimate import JointOptions
from pardus.app.joint_result import STRIP, JointEstimate
from pardus.app.joint_survey import JointSurveyOptions, estimate_joint
from pardus.app.reconcile import ReconcileOptions, answer, reconcile
from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey, open_survey
from pardus.exchange.agreement import Agreement, Partner, write_agreement
from pardus.exchange.keys import PrivateKeys, make_keys
from pardus.exchange.shared import ErrorRates
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Statement
from pardus.model.observation import Observation
from pardus.model.record import to_record
from pardus.model.survey import MaskRule, Session, SurveyConfig
from pardus.scr.use import along_the_border
from pardus.sim.detections import expected_visits
from pardus.sim.landscape import Landscape, make_landscape
from pardus.sim.observers import Observer
from pardus.sim.parameters import ObserverParameters, Parameters
from pardus.sim.population import density, draw_centres
from pardus.sim.stations import coordinates, place_stations
from pardus.sim.streams import stream

SEED, N, FEMALES = 1, 84, 0.6
NIGHTS, OCCASION_DAYS = 88, 8
SPACING, BUFFER, STRIP_M = 2_000.0, 15_000.0, 5_000.0
DISTANCE = 3.4
"""Between the scores of same and different flanks, in standard deviations."""
NOMINAL = (0.93, 0.97)
"""Coverage that the integrated interval should have."""
BATCH, ENOUGH, MOST_SHOWN = 40, 0.1, 0.15
START = date(2025, 12, 1)
RATES = {"0 %": ObserverParameters(false_split=0.0, false_merge=0.0, cannot_tell=0.0),
         "12.5 %": ObserverParameters(cannot_tell=0.0)}  # fmt: skip
CONVENTIONS = (("clipped", "mask clipped at the border"), ("across", "mask across the border, N in its own land"),
               ("all", "the same fit, N over all of its mask"))  # fmt: skip


class World(NamedTuple):
    """What stays the same in all surveys. owner: (station,) partner."""

    landscape: Landscape
    chance: np.ndarray
    stations: np.ndarray
    owner: np.ndarray
    parameters: Parameters


class Truth(NamedTuple):
    """One survey's truth. seen: (partner) -> animal -> name in its catalogue. mate: id -> animal."""

    centres: np.ndarray
    names: tuple[dict[int, str], ...]
    flanks: tuple[dict[int, str], ...]


@cache
def world() -> World:
    p = Parameters()
    landscape = make_landscape(SEED, p.landscape, p.partners)
    places = place_stations(SEED, landscape, p)
    owner = np.array([s.partner for s in places])
    return World(landscape, density(landscape, 0.0), coordinates(places), owner, p)


@cache
def keys() -> tuple[PrivateKeys, ...]:
    return tuple(make_keys(q.id) for q in Parameters().partners)


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.at = datetime(2026, 4, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class Desk(NamedTuple):
    """One partner's place of work."""

    folder: Path
    keys: PrivateKeys
    sayer: Sayer


def desks(folder: Path, rng: np.random.Generator) -> tuple[list[Desk], Truth]:
    """Make both partners' surveys: stations, cameras, records, and what must not be in them: the truth."""
    w = world()
    p = w.parameters.detection
    n = int(rng.poisson(N))
    centres = draw_centres(rng, w.landscape, w.chance, n)
    male = (rng.random(n) >= FEMALES).astype(np.int64)
    lambda0, sigma = np.array((p.lambda0_female, p.lambda0_male)), np.array((p.sigma_female, p.sigma_male))
    visits = rng.poisson(NIGHTS * expected_visits("HHN", centres, male, w.stations, lambda0, sigma))
    partners = w.parameters.partners
    terms = Agreement(
        name="study", purpose="to measure", until=date(2030, 1, 1), species="Panthera pardus", zone="Asia/Vladivostok",
        partners=tuple(Partner(q.id, q.id, k.public(), {"*": "T3"}) for q, k in zip(partners, keys(), strict=True)),
    )  # fmt: skip
    setup = datetime(START.year, START.month, START.day, 2, tzinfo=UTC)  # noon in the zone of the programme
    made, names, flanks = [], [], []
    for c, partner in enumerate(partners):
        org = partner.id
        desk = Desk(folder / org, keys()[c], Sayer(f"{org}:study", Clock()))
        config = SurveyConfig(
            org, org, "Panthera pardus", zone="Asia/Vladivostok", occasion_days=OCCASION_DAYS, output="count",
            sessions=(Session("winter", START, START + timedelta(days=NIGHTS - 1)),), flank_rule="all",
            mask=MaskRule(BUFFER, SPACING, habitat="habitat.geojson"),
        )  # fmt: skip
        desk.folder.mkdir(parents=True)
        new_survey(desk.folder, config, desk.sayer)
        shutil.copy(folder / "habitat.geojson", desk.folder)
        (desk.folder / AGREEMENT).write_text(write_agreement(terms), encoding="utf-8")
        own = np.flatnonzero(w.owner == c)
        stations = [
            Station(f"{org}:s{k}", f"s{k}", float(x), float(y), 43.0, 131.0)
            for k, (x, y) in zip(own.tolist(), w.stations[own].tolist(), strict=True)
        ]
        cameras = [
            Deployment(f"{org}:d{k}", f"{org}:s{k}", f"{org}:c{k}", setup, setup + timedelta(days=NIGHTS))
            for k in own.tolist()
        ]
        seen = np.flatnonzero(visits[:, own].sum(axis=1))
        order = rng.permutation(len(seen))
        called = {int(a): f"{org}:L{k:03}" for a, k in zip(seen, order, strict=True)}
        sides = {int(a): str(rng.choice(["both", "left", "right"], p=[0.7, 0.15, 0.15])) for a in seen}
        records = []
        for a, j in zip(*np.nonzero(visits[:, own]), strict=True):
            for _again in range(int(visits[a, own[j]])):
                at = setup + timedelta(hours=float(rng.uniform(1, 24 * NIGHTS - 1)))
                records.append(
                    Observation(f"{org}:o{len(records)}", cameras[j].id, at, at, flank=sides[int(a)],
                                scientific_name="Panthera pardus", individual=called[int(a)])
                )  # fmt: skip
        sexes = [
            Statement(name, "sex", "male" if male[a] else "female", START)
            for a, name in called.items()
            if rng.random() < 0.8
        ]
        with open_survey(desk.folder, write=True) as store, store.transaction():
            desk.sayer.say(store, "stations-declared", {"stations": [to_record(s) for s in stations]})
            desk.sayer.say(store, "deployments-declared", {"deployments": [to_record(d) for d in cameras]})
            desk.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in records]})
            desk.sayer.say(store, "individuals-stated", {"statements": [to_record(s) for s in sexes]})
        made.append(desk)
        names.append(called)
        flanks.append(sides)
    return made, Truth(centres, tuple(names), tuple(flanks))


def swap(made: list[Desk], tier: str) -> None:
    """Pack, open and accept at the first partner what every other sends."""
    first, *others = made
    for one in others:
        path = one.folder.parent / f"{one.keys.organisation}-{tier}.pardus"
        pack(one.folder, path, tier, [first.keys.organisation], keys=one.keys, sayer=one.sayer)
        done = open_package(first.folder, path, keys=first.keys, sayer=first.sayer)
        accept(first.folder, done.hash, sayer=first.sayer)
        path.unlink()


def scores(path: Path, truth: Truth, rng: np.random.Generator) -> None:
    """Write simulated match scores: for each pair and common flank a log likelihood ratio."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["one", "other", "flank", "log_ratio"])
        for a, one in sorted(truth.names[0].items()):
            for b, other in sorted(truth.names[1].items()):
                for flank in ("left", "right"):
                    if {truth.flanks[0][a], truth.flanks[1][b]} <= {"both", flank}:
                        s = rng.normal() + DISTANCE * (a == b)
                        table.writerow([one, other, flank, f"{DISTANCE * s - DISTANCE**2 / 2:.4f}"])


def match(
    desk: Desk, truth: Truth, rates: ObserverParameters, table: Path, rng: np.random.Generator
) -> dict[str, Any]:
    """Let a simulated reviewer answer until little is open, or 15 % of all pairs were shown."""
    animal = {name: a for names in truth.names for a, name in names.items()}
    reviewer = Observer(rng, rates, {})
    believed = ErrorRates(max(rates.false_split, 0.001), max(rates.false_merge, 0.001))
    options = ReconcileOptions(table, believed, most=BATCH)
    shown = 0
    while True:
        state = reconcile(desk.folder, options)
        (between,) = state.shared
        left = int(MOST_SHOWN * between.pairs) - shown
        if not state.questions or between.open < ENOUGH or left <= 0:
            break
        said: dict[str, list[tuple[str, str]]] = {}
        settled: set[str] = set()
        for q in state.questions[:left]:
            if not settled & {q.one, q.other}:
                outcome = reviewer.answer(animal[q.one], animal[q.other])
                said.setdefault(outcome, []).append((q.one, q.other))
                if outcome == "same":
                    settled |= {q.one, q.other}
        for outcome, pairs in sorted(said.items()):
            answer(desk.folder, pairs, outcome, sayer=desk.sayer)
            shown += len(pairs)
    both = set(truth.names[0]) & set(truth.names[1])
    linked = [{animal[i] for i in g} for g in state.table.groups]
    return {
        "pairs": between.pairs, "shown": shown, "shared": len(both), "linked": len(linked),
        "wrong": sum(len(g) > 1 for g in linked), "lower": between.lower, "upper": between.upper,
        "contradictions": len(state.table.contradictions),
    }  # fmt: skip


def survey(number: int) -> list[dict[str, Any]]:
    """Simulate survey `number` and take it the whole way, once for each reviewer of RATES."""
    w = world()
    out = []
    with tempfile.TemporaryDirectory(prefix="pardus-study-") as place:
        folder = Path(place)
        began = time.process_time()
        lands = countries(folder)
        made, truth = desks(folder, stream(SEED, "two-partners", number))
        table = folder / "scores.csv"
        scores(table, truth, stream(SEED, "two-partners scores", number))
        swap(made, "T2")
        before = time.process_time() - began
        for n, rate in enumerate(RATES):
            began = time.process_time()
            again = folder / f"again{n}"
            here = [desk._replace(folder=again / desk.folder.name) for desk in made]
            for desk, copy in zip(made, here, strict=True):
                shutil.copytree(desk.folder, copy.folder)
            reviewer = stream(SEED, "two-partners reviewer", number, rate)
            matched = match(here[0], truth, RATES[rate], table, reviewer)
            swap(here, "T3")
            options = JointSurveyOptions(JointOptions(strip=STRIP_M), regions=lands)
            done = estimate_joint([here[0].folder], options, here[0].sayer)
            out.append({
                "number": number, "rate": rate, **matched, "seen": done.seen[0].together,
                "truly_seen": len(set(truth.names[0]) | set(truth.names[1])), "totals": totals(done, truth, w),
                "areas": {r.name: round(r.area_km2) for r in done.regions},
                "cpu_s": round(before + time.process_time() - began, 1),
            })  # fmt: skip
    return out


def countries(folder: Path) -> dict[str, Path]:
    """Write the habitat and each partner's land, as squares along the cells of the landscape; return the lands."""
    w = world()
    partners = [q.id for q in w.parameters.partners]
    lands = {name: folder / f"{name}.geojson" for name in partners}
    if not _drawn():
        _draw()
    for name, text in _drawn().items():
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    return lands


_TEXTS: dict[str, str] = {}


def _drawn() -> dict[str, str]:
    return _TEXTS


def _draw() -> None:
    from shapely.geometry import box, mapping
    from shapely.ops import unary_union

    w = world()
    mask = w.landscape.mask
    owner, half = w.landscape.owner(mask.xy), mask.spacing / 2
    cells = [box(x - half, y - half, x + half, y + half) for x, y in mask.xy.tolist()]
    shapes = {"habitat": unary_union(cells)}
    for c, q in enumerate(w.parameters.partners):
        shapes[q.id] = unary_union(
            [cell for cell, who in zip(cells, owner.tolist(), strict=True) if who == c]
        )
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32652"}}
    for name, geometry in shapes.items():
        feature = {"type": "Feature", "properties": {}, "geometry": mapping(geometry)}
        _TEXTS[name] = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})


def totals(done: JointEstimate, truth: Truth, w: World) -> list[dict[str, Any]]:
    """Return every total with its target: the true number of centres there, and the number expected there."""
    mask = w.landscape.mask
    owner = w.landscape.owner(mask.xy)
    land = w.landscape.owner(truth.centres)
    names = [q.id for q in w.parameters.partners]
    reach = [cKDTree(w.stations[w.owner == c]).query(mask.xy)[0] <= BUFFER for c in range(len(names))]
    near = [cKDTree(w.stations[w.owner == c]).query(truth.centres)[0] <= BUFFER for c in range(len(names))]
    lands = [[shape(json.loads(_drawn()[name])["features"][0]["geometry"])] for name in names]
    strip = along_the_border(mask.xy, lands, STRIP_M)
    cell = cKDTree(mask.xy).query(truth.centres)[1]

    def target(who: str, convention: str, region: str) -> tuple[np.ndarray, np.ndarray]:
        """(animal,) and (cell,) whether it is in the total."""
        if who in names:
            c = names.index(who)
            if convention == "clipped":
                return near[c] & (land == c), reach[c] & (owner == c)
            if convention == "across":
                return near[c] & (land == c), reach[c] & (owner == c)
            return near[c], reach[c]
        if who == "integrated" and region in names:
            c = names.index(region)
            return land == c, owner == c
        if region == STRIP:
            return strip[cell], strip
        return np.ones(len(land), dtype=bool), np.ones(len(owner), dtype=bool)

    out = []
    for t in done.totals:
        animals, cells = target(t.who, t.convention, t.region)
        true = float(animals.sum()) if t.quantity == "N" else N * float(cells.mean())
        out.append({"who": t.who, "convention": t.convention, "region": t.region, "quantity": t.quantity,
                    "estimate": t.estimate, "lower": t.lower, "upper": t.upper, "se": t.se,
                    "target": true})  # fmt: skip
    return out


def read(path: Path) -> list[dict[str, Any]]:
    """Return the results so far; a line that was cut by a stop is left out."""
    out = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            out.append(json.loads(line))
        except ValueError:
            continue
    return out


def run(surveys: int, results: Path, workers: int, minutes: float) -> None:
    """Do what is not in the results yet; stop after some minutes."""
    there = {r["number"] for r in read(results)}
    jobs = [n for n in range(surveys) if n not in there]
    until = time.monotonic() + 60 * minutes
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
        results.open("a", encoding="utf-8") as file,
    ):
        for at in range(0, len(jobs), workers):
            if time.monotonic() > until:
                break
            for several in pool.map(survey, jobs[at : at + workers]):
                file.write("".join(json.dumps(done) + "\n" for done in several))
                file.flush()


def rows(found: list[dict[str, Any]], rate: str, quantity: str) -> list[str]:
    """Return the table of one reviewer and one quantity."""
    chosen = [r for r in found if r["rate"] == rate]
    by_key: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for r in chosen:
        for t in r["totals"]:
            if t["quantity"] == quantity:
                by_key.setdefault((t["who"], t["convention"], t["region"]), []).append(t)
    names = [q.id for q in Parameters().partners]
    wanted: list[tuple[str, tuple[str, str, str]]] = []
    for convention, text in CONVENTIONS:
        wanted += [
            (f"{name} alone: {text}", (name, convention, name if convention == "across" else ""))
            for name in names
        ]
        wanted.append((f"**sum**: {text}", ("sum", convention, "")))
    wanted += [(f"integrated, {name}", ("integrated", "integrated", name)) for name in names]
    wanted.append(("integrated, border strip", ("integrated", "integrated", STRIP)))
    wanted.append(("**integrated, both countries**", ("integrated", "integrated", "")))
    lines = [
        f"| total ({quantity}) | target, mean | estimate, mean | bias | CV | width of the 95 % interval "
        "| coverage | surveys |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label, key in wanted:
        all_of = by_key.get(key, [])
        good = [t for t in all_of if t["estimate"] == t["estimate"] and t["estimate"] is not None]
        if good:
            lines.append(_row(label, good, len(all_of)))
    return lines


def _row(label: str, good: list[dict[str, Any]], surveys: int) -> str:
    e, t = (np.array([x[k] for x in good], dtype=float) for k in ("estimate", "target"))
    low, high, se = (np.array([x[k] for x in good], dtype=float) for k in ("lower", "upper", "se"))
    inside = int(((low <= t) & (t <= high)).sum())
    least, most = interval(inside, len(good))
    return (
        f"| {label} | {t.mean():.1f} | {e.mean():.1f} | {100 * (e.mean() / t.mean() - 1):+.1f} % | "
        f"{100 * (se / e).mean():.1f} % | {(high - low).mean():.1f} | {100 * inside / len(good):.1f} % "
        f"({100 * least:.0f}-{100 * most:.0f}) | {len(good)}/{surveys} |"
    )


def summary(chosen: list[dict[str, Any]]) -> list[str]:
    """Return what the surveys of one reviewer say of the integrated total of both countries."""

    def covered(quantity: str, of: list[dict[str, Any]]) -> str:
        totals = [
            t
            for r in of
            for t in r["totals"]
            if (t["who"], t["region"], t["quantity"]) == ("integrated", "", quantity)
        ]
        k = sum(t["lower"] <= t["target"] <= t["upper"] for t in totals)
        low, high = interval(k, len(totals))
        meets = "overlaps" if low <= NOMINAL[1] and high >= NOMINAL[0] else "does not overlap"
        return (
            f"{100 * k / len(totals):.1f} % (99.9 %: {100 * low:.0f} to {100 * high:.0f}: {meets} 93 to 97)"
        )

    whole = [r for r in chosen if r["seen"] == r["truly_seen"] and not r["wrong"]]
    other = [r for r in chosen if r not in whole]
    lines = [
        f"- The integrated interval holds the realised N in {covered('N', chosen)}, E(N) in {covered('E(N)', chosen)}."
    ]
    for of, what in ((whole, "every shared animal was found and none linked wrongly"), (other, "not")):
        if of:
            lines.append(f"- Where {what} ({len(of)} surveys), that of N holds in {covered('N', of)}.")
    return lines


def interval(k: int, n: int, level: float = 0.999) -> tuple[float, float]:
    """Return the exact binomial interval (Clopper and Pearson 1934)."""
    tail = (1 - level) / 2
    return (
        float(beta.ppf(tail, k, n - k + 1)) if k else 0.0,
        float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0,
    )


def table(results: Path, out: Path | None) -> None:
    """Print the tables, and put them into a page below its mark."""
    found = read(results)
    lines = []
    for rate in RATES:
        chosen = [r for r in found if r["rate"] == rate]
        if not chosen:
            continue

        def mean(key: str, of: list[dict[str, Any]] = chosen) -> float:
            return float(np.mean([r[key] for r in of]))

        holds = float(np.mean([r["lower"] <= r["shared"] <= r["upper"] for r in chosen]))
        shown = float(np.mean([r["shown"] / r["pairs"] for r in chosen]))
        wide = float(np.mean([r["upper"] - r["lower"] for r in chosen]))
        lines += [
            f"### Reviewer wrong in {rate} of answers",
            "",
            f"{len(chosen)} surveys. {mean('truly_seen'):.1f} animals seen on average, {mean('shared'):.1f} of them "
            f"by both partners; {mean('linked'):.1f} linked, {mean('wrong'):.2f} of them wrongly; "
            f"{mean('seen'):.1f} animals in the joint history. {100 * shown:.1f} % of pairs shown. The interval of "
            f"the number shared holds the truth in {100 * holds:.0f} %, {wide:.1f} wide. "
            f"{mean('cpu_s'):.0f} CPU s a survey.",
            "",
        ]
        lines += [*summary(chosen), ""]
        for quantity in ("N", "E(N)"):
            lines += [*rows(found, rate, quantity), ""]
    text = "\n".join(lines)
    print(text)
    if out is not None:
        today = dt.datetime.now(dt.UTC).date()
        head, mark, _old = out.read_text(encoding="utf-8").partition("<!-- results -->\n")
        out.write_text(f"{head}{mark}\nMeasured {today}.\n\n{text}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ("run", "table"):
        act = acts.add_parser(name)
        act.add_argument("--results", type=Path, required=True)
        act.add_argument("--surveys", type=int, default=200)
        act.add_argument("--workers", type=int, default=2)
        act.add_argument("--minutes", type=float, default=1e6)
        act.add_argument("--out", type=Path, default=None)
    asked = parser.parse_args()
    if asked.act == "run":
        run(asked.surveys, asked.results, asked.workers, asked.minutes)
    else:
        table(asked.results, asked.out)


if __name__ == "__main__":
    main()
