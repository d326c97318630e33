"""Recovery: simulate, fit, and ask whether estimates are unbiased and intervals cover what they should.

    python -m tests.recovery.study --keep FILE --write docs/studies/scr-recovery.md

For each family of models: surveys with a Poisson number of animals, on which D, E(N) and all coefficients are
judged, and surveys with the same number of animals each time, on which realised N is judged. Families that FILE, or the
results beside the page (scr-recovery.json), have with as many surveys are not run again, so a run can be stopped and
started. The page gets its tables anew; what people wrote around them stays. `--page-only` runs nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.stats import beta

from pardus.model.fit import Coefficient, Fit
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.fit import fit_model
from pardus.scr.spec import model_spec
from tests.recovery.families import FAMILIES, Family, Survey, cameras, habitat, survey, truths
from tests.recovery.kept import (
    RELATIVE_LIMIT,
    SE_LIMIT,
    Judgement,
    Kept,
    load,
    merged,
    save,
    tables,
    write_page,
)

BATCH = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fit against the truth of one quantity. target: what the interval should cover."""

    quantity: str
    estimate: float
    se: float
    lower: float
    upper: float
    target: float


def outcomes(family: Family, surveys: int, seed: int) -> tuple[list[Outcome], dict[str, int]]:
    """Simulate and fit. Return outcomes, and how many fits ended in which status."""
    found: list[Outcome] = []
    statuses: dict[str, int] = {}
    rng = np.random.default_rng((seed, crc32(family.name.encode())))
    detectors, mask = cameras(np.random.default_rng(1)), habitat(family.cell, family.buffer)
    spec = model_spec(family.model, family.detectfn, **family.options)
    engine = CompiledEngine(threads=1)
    for fixed in (True,) if family.fixed_only else (False, True):
        for _survey in range(surveys):
            made = survey(family, detectors, mask, rng, fixed)
            result = fit_model(made.histories, mask, spec, engine).fit
            statuses[result.status] = statuses.get(result.status, 0) + 1
            if result.status != "cannot-say":
                found += _judged(family, made, result, fixed, mask.area)
    return found, statuses


def _judged(family: Family, made: Survey, result: Fit, fixed: bool, area: float) -> Iterator[Outcome]:
    mean = family.density * area
    if fixed:
        for session, n in enumerate(made.population[:1]):
            yield _total(result, "N", float(n), str(session + 1))
            if family.fixed_only:
                yield _total(result, "E(N)", float(n), str(session + 1))
    else:
        yield _total(result, "E(N)", mean, "1")
    if not fixed or family.fixed_only:
        true = truths(family, tuple(c.name for c in result.coefficients))
        for c in _in_order(result):
            if c.name in true and math.isfinite(c.se):  # at the end of its range: no estimate of it is given
                yield Outcome(c.name, c.estimate, c.se, c.lower, c.upper, true[c.name])


def _in_order(result: Fit) -> tuple[Coefficient, ...]:
    """Return the coefficients; of two unknown classes, which may exchange names, the second has the larger sigma."""
    names = [c.name for c in result.coefficients]
    if "sigma.h22" not in names or result.coefficients[names.index("sigma.h22")].estimate >= 0:
        return result.coefficients
    exchange = np.eye(len(names))
    for j, name in enumerate(names):
        if name == "pmix" or name.endswith(".h22"):
            exchange[j, j] = -1.0
        elif f"{name}.h22" in names:
            exchange[j, names.index(f"{name}.h22")] = 1.0
    b = exchange @ [c.estimate for c in result.coefficients]
    se = np.sqrt(np.diag(exchange @ result.vcov @ exchange.T))
    rows = zip(result.coefficients, b, se, strict=True)
    return tuple(
        replace(c, estimate=float(v), se=float(s), lower=float(v - 1.96 * s), upper=float(v + 1.96 * s))
        for c, v, s in rows
    )


def _total(result: Fit, quantity: str, target: float, session: str) -> Outcome:
    """Return an estimate for the mask of one session; groups are added (no interval then)."""
    own = [e for e in result.estimates if e.quantity == quantity and e.session == session and not e.region]
    if len(own) == 1:
        (e,) = own
        return Outcome(quantity, e.estimate, e.se, e.lower, e.upper, target)
    return Outcome(quantity, sum(e.estimate for e in own), math.nan, math.nan, math.nan, target)


def judge(family: Family, found: list[Outcome]) -> list[Judgement]:
    """Return one judgement for each quantity."""
    out = []
    for quantity in dict.fromkeys(o.quantity for o in found):
        mine = [o for o in found if o.quantity == quantity and math.isfinite(o.estimate)]
        estimate, target = (np.array([getattr(o, name) for o in mine]) for name in ("estimate", "target"))
        if quantity in ("N", "E(N)"):
            away, limit = (estimate - target) / target, RELATIVE_LIMIT
        else:
            away, limit = (estimate - target) / np.mean([o.se for o in mine]), SE_LIMIT
        held = [o.lower <= o.target <= o.upper for o in mine if math.isfinite(o.lower)]
        low, high = _exact(sum(held), len(held))
        covered = float(np.mean(held)) if held else math.nan
        error = float(away.std(ddof=1) / np.sqrt(len(away)))
        out.append(
            Judgement(family.name, quantity, len(mine), float(away.mean()), error, limit, covered, low, high)
        )
    return out


def _exact(k: int, n: int) -> tuple[float, float]:
    """Return the 99.9 % Clopper-Pearson interval of a share; (0, 1) when nothing was counted."""
    if not n:
        return 0.0, 1.0
    low = 0.0 if k == 0 else float(beta.ppf(0.0005, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(0.9995, k + 1, n - k))
    return low, high


def run(family: Family, surveys: int, workers: int = 1) -> tuple[list[Judgement], dict[str, int]]:
    """Run a family in batches, each with its own seed, so that any number of workers gives the same numbers."""
    sizes = [min(BATCH, surveys - start) for start in range(0, surveys, BATCH)]
    jobs = ([family] * len(sizes), sizes, range(len(sizes)))
    if workers == 1:
        parts = list(map(outcomes, *jobs))
    else:
        with ProcessPoolExecutor(workers) as pool:
            parts = list(pool.map(outcomes, *jobs))
    statuses: dict[str, int] = {}
    for _found, counted in parts:
        for status, n in counted.items():
            statuses[status] = statuses.get(status, 0) + n
    return judge(family, [o for found, _counted in parts for o in found]), statuses


def main() -> None:
    """Run the families that are wanted and not there yet, keep them, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--surveys", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--family", action="append", help="run this one, kept or not (may be repeated)")
    parser.add_argument("--keep", type=Path, help="JSON file to which each family is added when it is done")
    parser.add_argument("--write", type=Path, help="page to write; its results are kept beside it as JSON")
    parser.add_argument(
        "--page-only", action="store_true", help="run nothing, write the page from what is kept"
    )
    arguments = parser.parse_args()
    if arguments.page_only and not arguments.write:
        parser.error("--page-only needs --write")
    data = arguments.write.with_suffix(".json") if arguments.write else None
    kept = load(arguments.keep) if arguments.keep else {}
    known = merged(load(data), kept) if data else kept
    for family in FAMILIES:
        there = family.name in known and known[family.name].surveys >= arguments.surveys
        wanted = family.name in arguments.family if arguments.family else not there
        if arguments.page_only or not wanted:
            continue
        judgements, statuses = run(family, arguments.surveys, arguments.workers)
        today = datetime.now(UTC).date().isoformat()
        done = {family.name: Kept(arguments.surveys, today, tuple(judgements), statuses)}
        for j in judgements:
            print(j, "ok" if j.passed else "OUTSIDE", flush=True)
        kept, known = {**kept, **done}, {**known, **done}
        if arguments.keep:
            save(arguments.keep, kept)
    if data:
        save(data, known)
        write_page(arguments.write, known)
    else:
        print(tables(known))


if __name__ == "__main__":
    main()
