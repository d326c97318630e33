"""Recovery: simulate, fit, and ask whether estimates are unbiased and intervals cover what they should.

    python -m tests.recovery.study --surveys 1000 --write docs/studies/scr-recovery.md

For each family of models: surveys with a Poisson number of animals, on which D, E(N) and all coefficients are
judged, and surveys with the same number of animals each time, on which realised N is judged.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
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

COVERAGE = (0.93, 0.97)
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """A quantity over many surveys.

    bias: relative for D and N, else in units of the mean SE. error: Monte-Carlo standard error of the bias.
    covered: share of intervals that hold the target, with its 99.9 % binomial interval.
    """

    family: str
    quantity: str
    n: int
    bias: float
    error: float
    limit: float
    covered: float
    lower: float
    upper: float

    @property
    def passed(self) -> bool:
        """Bias within its limit (for D and N plus twice its Monte-Carlo error), coverage near 95 %."""
        good = self.upper >= COVERAGE[0] and self.lower <= COVERAGE[1]
        slack = 2 * self.error if self.limit == RELATIVE_LIMIT else 0.0
        return good and abs(self.bias) <= self.limit + slack


RELATIVE_LIMIT = 0.03
SE_LIMIT = 0.2


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


def page(results: list[tuple[str, list[Judgement], dict[str, int]]], surveys: int) -> str:
    """Return the study as Markdown."""
    lines = [
        "# Recovery of known truth",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}. {surveys} simulated surveys for each line (`python -m tests.recovery.study`; "
        "the surveys are described and made in `tests/recovery/families.py`): 64 cameras 1.5 sigma apart, 60 nights "
        "with failures, about 40 animals detected 140 times.",
        "",
        "E(N) and coefficients: populations of Poisson size. N (realised): the same number of animals in each survey. "
        "Bias of E(N) and N is relative, that of coefficients (on the link scale) in units of their mean standard "
        "error, each with its Monte-Carlo standard error. Wanted: bias of E(N) and N below 3 % plus twice its "
        "Monte-Carlo error, of coefficients below 0.2 SE; the 99.9 % binomial interval of the coverage of the "
        "nominal 95 % intervals meets 93 to 97 %.",
        "",
        "| family | quantity | fits | bias | coverage (99.9 % interval) | |",
        "|---|---|---|---|---|---|",
    ]
    for _name, judgements, _statuses in results:
        for j in judgements:
            unit = "%" if j.limit == RELATIVE_LIMIT else "SE"
            factor, digits = (100, 1) if unit == "%" else (1, 2)
            covered = "" if math.isnan(j.covered) else f"{j.covered:.3f} ({j.lower:.3f} to {j.upper:.3f})"
            lines.append(
                f"| {j.family} | {j.quantity} | {j.n} | {factor * j.bias:+.{digits}f} {unit} "
                f"(+- {factor * j.error:.{digits}f}) | {covered} | {'' if j.passed else 'outside'} |"
            )
    lines += ["", "How the fits ended:", ""]
    for name, _judgements, statuses in results:
        counted = ", ".join(f"{n} {status}" for status, n in sorted(statuses.items()))
        lines.append(f"- {name}: {counted}")
    return "\n".join([*lines, ""])


def main() -> None:
    """Run all families and print or write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--surveys", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--family", action="append", help="only this one (may be repeated)")
    parser.add_argument(
        "--keep", type=Path, help="JSON file to which families are added, and from which the page is made"
    )
    parser.add_argument("--write", type=Path, help="Markdown page to write")
    arguments = parser.parse_args()
    chosen = [f for f in FAMILIES if not arguments.family or f.name in arguments.family]
    kept = json.loads(arguments.keep.read_text()) if arguments.keep and arguments.keep.exists() else {}
    for family in chosen:
        judgements, statuses = run(family, arguments.surveys, arguments.workers)
        kept[family.name] = {"judgements": [asdict(j) for j in judgements], "statuses": statuses}
        for j in judgements:
            print(j, "ok" if j.passed else "OUTSIDE", flush=True)
        if arguments.keep:
            arguments.keep.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    order = [f.name for f in FAMILIES if f.name in kept]
    results = [(n, [Judgement(**j) for j in kept[n]["judgements"]], dict(kept[n]["statuses"])) for n in order]
    text = page(results, arguments.surveys)
    print(text)
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
