"""Study: a simulated survey identified by an observer who is wrong on 12.5 % of captures: N true, naive, and sampled.

python benchmarks/identity_study.py --worlds 10 --json OUT

Every world goes through the commands' own functions: simulated tables are ingested, each visit becomes pictures of both
flanks, and the estimate is that of `pardus estimate` four times: with the true names; with the names of an observer
who gives a known animal a new name on 10 % and another animal's name on 2.5 % of captures (naive); with what the review
makes of the answers of people who are wrong on 12.5 % of questions (decided); and over catalogues sampled from what is
left undecided (sampled). No pictures are drawn: the machine's log odds are drawn as those of pairs of nyala
encounters were measured to be distributed, pairs of the same two animals alike.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logit
from scipy.stats import norm

from pardus.app.ingest import ingest
from pardus.app.review import FOLDER, Review
from pardus.app.sampled_identity import sampled_identity
from pardus.app.saying import Sayer
from pardus.app.simulate import simulate
from pardus.app.survey_estimate import estimate_survey
from pardus.app.survey_folder import new_survey, open_survey, survey_config
from pardus.identify.decisions import quality
from pardus.identify.pairs_folder import MachinePairs, write_pairs
from pardus.model.decision import Decision
from pardus.model.fit import Fit
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from pardus.sim.observers import Observer
from pardus.sim.parameters import ObserverParameters, Parameters, read_parameters

QUANTILES = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1)
SAME = (-2.05, -0.73, -0.38, 0.43, 1.16, 1.73, 2.45, 3.01, 3.58, 4.22, 5.31, 6.2, 6.66, 7.19, 7.64, 8.43)
DIFFERENT = (
    -2.05,
    -1.4,
    -1.27,
    -1.08,
    -0.91,
    -0.74,
    -0.55,
    -0.3,
    -0.01,
    0.42,
    1.17,
    1.86,
    2.73,
    3.25,
    3.87,
    8.43,
)
"""Log likelihood ratios of held-out pairs of nyala encounters, as calibrated: what evidence is like. Both ends are
those
of all pairs. Read as straight lines between so few points they are no log likelihood ratios any more (a pair "at 7"
would be
one animal less often than that says), so what the machine states is `stated` of them."""

TOGETHER = 0.31
"""Share of the variance of a ratio that all pairs of the same two animals have in common, measured there."""

PARTNERS = 25
WORLD = """
[landscape]
area_km2 = 1700
elongation = 1.3
sea = false
[population]
n = 40
years = 1
[detection]
lambda0_female = 0.02
lambda0_male = 0.02
[survey]
stations = 42
days = 88
[cameras]
lost = 0
clock_zone = 0
clock_12_hours = 0
clock_reset = 0
clock_drift = 0
[observers]
tagged = false
[[partner]]
id = "llnp"
name = "Park"
share = 1.0
stations = 1.0
zone = "+10:00"
language = "en"
layout = "station/camera"
table = "csv-utf8"
coordinates = "utm52n"
"""
NOBODY = Sayer("llnp:study")
PEOPLE = ("llnp:anna", "llnp:boris")


def make(folder: Path, world: dict[str, Any]) -> tuple[list[str], list[int]]:
    """Ingest the tables, say every visit with two pictures of each flank; return the events and who is on them."""
    config, _warnings = survey_config(folder)
    new_survey(folder, config, NOBODY)
    ingest(folder, None, sayer=NOBODY)
    with open_survey(folder, write=True) as store:
        survey = store.survey()
        cameras: dict[int, str] = {}
        for d in survey.deployments:
            number = int("".join(c for c in d.station.rpartition(":")[2] if c.isdigit()))
            cameras.setdefault(number - 1, d.id)  # visits count stations from 0, their names from 1
        media, observations, events, who = [], [], [], []
        for n, visit in enumerate(world["years"][0]["visits"]):
            at = datetime.fromisoformat(visit["at"])
            deployment = cameras.get(visit["station"])
            if deployment is None:
                continue
            events.append(f"llnp:v{n:04}-0")
            who.append(visit["animal"])
            for k in range(4):
                moment = at + timedelta(seconds=2 * k)
                m = Media(
                    f"llnp:m{n:04}-{k}", f"{10 * n + k:064x}", 1, "image", "image/jpeg", (f"{n}-{k}.jpg",), deployment,
                    timestamp=moment, date_source="exif-original",
                )  # fmt: skip
                media.append(m)
                observations.append(
                    Observation(
                        f"llnp:v{n:04}-{k}",
                        deployment,
                        moment,
                        moment,
                        (m.id,),
                        scientific_name=config.species,
                        flank="left" if k < 2 else "right",
                        box=Box(0.2, 0.2, 0.6, 0.6),
                    )
                )
        with store.transaction():
            NOBODY.say(store, "media-added", {"ingest": "i", "media": [to_record(m) for m in media]})
            NOBODY.say(store, "observations-made", {"observations": [to_record(o) for o in observations]})
    return events, who


def name_all(folder: Path, events: Sequence[str], names: Sequence[str]) -> str:
    """Say who is on each event; return the entry, to be undone."""
    decisions = [
        to_record(
            Decision(
                f"{e[:-1]}{k}", "individual", f"llnp:{name}" if name else "", "same", "llnp:study", "table"
            )
        )
        for e, name in zip(events, names, strict=True)
        for k in range(4)
    ]
    with open_survey(folder, write=True) as store, store.transaction():
        return NOBODY.say(store, "decisions-made", {"decisions": decisions}).id


def take_back(folder: Path, entry: str) -> None:
    """Undo an entry."""
    with open_survey(folder, write=True) as store, store.transaction():
        NOBODY.say(store, "entry-undone", {"entry": entry})


def stated(drawn: np.ndarray) -> np.ndarray:
    """Return the log likelihood ratio of values drawn from SAME or DIFFERENT: what a calibrated machine says of
    them."""
    edges = np.unique(np.concatenate([SAME, DIFFERENT]))
    same, different = (np.diff(np.interp(edges, points, QUANTILES)) for points in (SAME, DIFFERENT))
    bin_of = np.clip(np.searchsorted(edges, drawn, side="right") - 1, 0, len(edges) - 2)
    ratio: np.ndarray = np.log(same / different)[bin_of]
    return ratio


def score(folder: Path, events: Sequence[str], who: Sequence[int], rng: np.random.Generator) -> None:
    """Draw what the machine says of every pair: log odds that are true on average; keep the best of each event."""
    a, b = np.triu_indices(len(events), 1)
    animal = np.array(who)
    same = animal[a] == animal[b]
    names, first = np.unique(animal, return_inverse=True)
    alike = np.triu(
        rng.normal(size=(len(names), len(names)))
    )  # two animals look alike, or not, in all their pairs
    alike += np.triu(alike, 1).T
    normal = TOGETHER**0.5 * alike[first[a], first[b]] + (1 - TOGETHER) ** 0.5 * rng.normal(size=len(a))
    drawn = np.where(
        same, np.interp(norm.cdf(normal), QUANTILES, SAME), np.interp(norm.cdf(normal), QUANTILES, DIFFERENT)
    )
    ratio = stated(drawn)
    log_odds = logit(same.mean()) + ratio
    keep = np.zeros(len(a), bool)
    for e in range(len(events)):
        own = np.flatnonzero((a == e) | (b == e))
        keep[own[np.argsort(-log_odds[own])[:PARTNERS]]] = True
    order = sorted(range(len(events)), key=lambda i: events[i])
    place = {old: new for new, old in enumerate(order)}
    one = np.array([place[i] for i in a[keep]], np.int32)
    other = np.array([place[i] for i in b[keep]], np.int32)
    pairs = MachinePairs(
        tuple(events[i] for i in order), one, other, log_odds[keep].astype(np.float32), {"calibrated": True}
    )
    write_pairs(folder / FOLDER, pairs)


def review(
    folder: Path, who: dict[str, int], error: float, limit: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Answer the queue with errors until it is empty or `limit` answers are given."""
    desk = Review(folder, seed=1)
    given, idle = 0, 0
    while given < limit and idle < len(PEOPLE):
        by = PEOPLE[given % len(PEOPLE)] if not idle else PEOPLE[(given + idle) % len(PEOPLE)]
        question = desk.next_question(by)
        if question is None:
            idle += 1
            continue
        idle = 0
        same = (who[question.a.event] == who[question.b.event]) != (rng.random() < error)
        desk.answer(question.id, "same" if same else "different", by)
        given += 1
    groups = {g.name: list(g.events) for g in desk.groups()}
    precision, recall = quality(groups, who)
    p = desk.progress()
    return {
        "answers": given,
        "controls": p.controls,
        "individuals": p.individuals,
        "candidates": p.candidates,
        "open": p.open,
        "precision": precision,
        "recall": recall,
        "error_rates": {
            o.by: [o.false_same.estimate, o.false_same.low, o.false_same.high, o.false_different.estimate,
                   o.false_different.low, o.false_different.high] for o in p.observers
        },
        "kappa": [[one, other, k, n] for one, other, k, n in desk.agreement()],
    }  # fmt: skip


def number_of(fit: Fit, quantity: str = "N") -> list[float]:
    """Return estimate, lower, upper of the whole mask."""
    found = [e for e in fit.estimates if e.quantity == quantity and not e.region and not e.animal_class]
    return [found[0].estimate, found[0].lower, found[0].upper] if found else [float("nan")] * 3


def one_world(seed: int, parameters: Parameters, error: float, per_event: float) -> dict[str, Any]:
    """Simulate, identify and estimate one world."""
    rng = np.random.default_rng(seed)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as place:
        made = simulate(
            Path(place) / "w",
            replace(parameters, pictures=replace(parameters.pictures, make=False)),
            seed=seed,
        )
        folder = made.surveys["llnp"]
        events, who = make(folder, made.facts)
        out: dict[str, Any] = {
            "seed": seed,
            "N": made.facts["years"][0]["N"],
            "events": len(events),
            "seen": len(set(who)),
        }
        entry = name_all(folder, events, [f"T{w}" for w in who])
        out["true"] = number_of(estimate_survey(folder).fit)
        take_back(folder, entry)
        sexes = {a["animal"]: a["sex"] for a in made.facts["animals"]}
        observer = Observer(rng, ObserverParameters(True, 0.10, 0.025, 0.0), sexes, "X{number}{sex}")
        names = [observer.name(w) for w in who]
        out["naive_animals"] = len(set(names))
        entry = name_all(folder, events, names)
        out["naive"] = number_of(estimate_survey(folder).fit)
        take_back(folder, entry)
        score(folder, events, who, rng)
        out["review"] = review(
            folder, dict(zip(events, who, strict=True)), error, round(per_event * len(events)), rng
        )
        decided = estimate_survey(folder)
        out["decided"] = number_of(decided.fit)
        done = sampled_identity(folder, samples=20, seed=seed)
        for n in done.numbers:
            if n.quantity == "N":
                out["sampled"] = [n.mean, n.lower, n.upper]
                out["se"] = [n.se_fit, n.se_identity]
                out["samples"] = n.samples
        out["animals"] = list(done.animals)
        out["catalogue"] = [
            done.errors.animals,
            done.errors.low,
            done.errors.high,
            done.errors.false_merges,
            done.errors.false_splits,
        ]
    out["cpu_s"] = round(time.process_time() - started, 1)
    return out


def main() -> None:
    """Run the worlds and write what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--error", type=float, default=0.125)
    parser.add_argument("--per-event", type=float, default=4.0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    parameters = read_parameters(WORLD)
    worlds = []
    for seed in range(args.first, args.first + args.worlds):
        worlds.append(one_world(seed, parameters, args.error, args.per_event))
        print(json.dumps(worlds[-1]), flush=True)
        if args.json:
            args.json.write_text(json.dumps(worlds, indent=1) + "\n", encoding="utf-8")
    for kind in ("true", "naive", "decided", "sampled"):
        known = [w for w in worlds if np.isfinite(w.get(kind, [np.nan])[0])]
        bias = [100 * (w[kind][0] / w["N"] - 1) for w in known]
        covered = sum(w[kind][1] <= w["N"] <= w[kind][2] for w in known)
        number, bias_mean, sd = np.mean([w[kind][0] for w in known]), np.mean(bias), np.std(bias)
        print(
            f"{kind:8} N {number:6.1f}  bias {bias_mean:+6.1f} % (sd {sd:.1f})  holds {covered}/{len(known)}"
        )


if __name__ == "__main__":
    main()
