"""Time the spatial capture-recapture engines: `python benchmarks/scr.py [--data DIR] [--quick] [--write FILE]`.

CPU seconds (user and system) of fits with standard errors, from arrays in memory, warm, the median of several;
each as a ratio to the plain engine in the same run where that is feasible. Data: the simulated `scale_*` cases,
or, without --data, surveys of the same size simulated here. Also: peak memory, the first fit ever (empty cache,
process start included), and fits in a simulation loop. Every measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spent import peak_kb

SIZES = {"i": (89, 356, 1190.0), "ii": (282, 1000, 860.0), "iii": (1072, 2500, 790.0)}
TARGETS = {"i": 0.05, "ii": 0.2, "iii": 0.6}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "D~1": ("", {}),
    "D~forest+country": ("D~forest+country", {}),
    "lambda0~camera": ("lambda0~camera", {}),
    "sex known, sigma and lambda0 by sex": ("D~g,lambda0~g,sigma~g", {"groups": "sex"}),
    "sex as hybrid mixture": ("lambda0~h2,sigma~h2", {"hcov": "sex"}),
    "two unknown classes": ("lambda0~h2,sigma~h2", {}),
    "learned response, site (bk)": ("lambda0~bk", {}),
    "learned response, global (b)": ("lambda0~b", {}),
    "half-normal (HN)": ("", {"detectfn": "HN"}),
    "hazard exponential (HEX)": ("", {"detectfn": "HEX"}),
    "hazard rate (HHR)": ("", {"detectfn": "HHR"}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("PARDUS_SHARED")
    parser.add_argument("--data", type=Path, default=Path(shared) / "data" if shared else None)
    parser.add_argument("--quick", action="store_true", help="size i only")
    parser.add_argument("--write", type=Path, help="write the result as a Markdown page")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(TASKS[arguments.one.split(":")[0]](arguments.data, *arguments.one.split(":")[1:])))
        return
    page = report(arguments.data, ["i"] if arguments.quick else list(SIZES))
    print(page)
    if arguments.write:
        arguments.write.write_text(page, encoding="utf-8")


# ---- the tasks, each run in its own process ---------------------------------------------------------------------


def task_fit(data: Path | None, size: str, kind: str, model: str = "D~1") -> dict[str, Any]:
    """Fit with the compiled engine: search with standard errors, and the whole `fit` with all derived numbers."""
    from pardus.scr.fit import fit

    history, mask = survey(data, size, kind)
    formula, options = MODELS[model]
    search_seconds, found = cpu(lambda: searched(history, mask, formula, options, "compiled"), 5)
    whole_seconds, result = cpu(lambda: fit(history, mask, formula, **options), 3)
    return {
        "search": search_seconds,
        "whole": whole_seconds,
        "converged": found.converged,
        "log_likelihood": found.value,
        "engine": result.provenance["engine"],
        "peak_mb": peak_kb() / 1024,
    }


def task_plain(data: Path | None, size: str, kind: str, model: str = "D~1") -> dict[str, Any]:
    """Do the same search with the plain engine."""
    history, mask = survey(data, size, kind)
    formula, options = MODELS[model]
    seconds, found = cpu(lambda: searched(history, mask, formula, options, "plain"), 1, warm=0)
    return {"search": seconds, "log_likelihood": found.value, "converged": found.converged}


def task_evaluation(data: Path | None, size: str, kind: str) -> dict[str, Any]:
    """Time one value with gradient by each engine, at the same parameters, and compare what they say."""
    import numpy as np

    from pardus.scr.compiled.session import CompiledEngine
    from pardus.scr.design import make_design
    from pardus.scr.plain import PlainEngine
    from pardus.scr.spec import model_spec
    from pardus.scr.start import starting_values

    history, mask = survey(data, size, kind)
    design = make_design([history], [mask], model_spec())
    theta = starting_values(design)
    problem, parameters = design.problems[0], design.parameters(theta)[0]
    engine = CompiledEngine()
    fast, ours = cpu(lambda: engine.evaluate(problem, parameters), 5)
    slow, theirs = cpu(lambda: PlainEngine().evaluate(problem, parameters), 1, warm=0)
    one = design.pull_back(theta, [ours.adjoint])
    two = design.pull_back(theta, [theirs.adjoint])
    return {
        "compiled": fast,
        "plain": slow,
        "relative_log_likelihood": abs(ours.value / theirs.value - 1),
        "relative_gradient": float(np.abs(one - two).max() / np.abs(two).max()),
    }


def task_first(data: Path | None, size: str) -> dict[str, Any]:
    """Do one fit, as a program does that was just installed; the caller counts from process start."""
    from pardus.scr.fit import fit

    history, mask = survey(data, size, "prox")
    began = time.perf_counter()
    result = fit(history, mask)
    return {"fit_wall": time.perf_counter() - began, "engine": result.provenance["engine"]}


def task_loop(data: Path | None, fits: str) -> dict[str, Any]:
    """Simulate surveys and fit them, cameras and mask being the same."""
    import numpy as np

    from pardus.scr.loop import fit_many
    from pardus.scr.spec import model_spec

    history, mask = survey(data, "i", "prox")
    truth = searched(history, mask, "", {}, "compiled").theta
    rng = np.random.default_rng(1)
    surveys = [simulated(history.detectors, mask, truth, rng, "proximity") for _fit in range(int(fits))]
    spec = model_spec()
    list(fit_many(surveys[:3], mask, spec, truth))
    seconds, found = cpu(lambda: list(fit_many(surveys, mask, spec, truth)), 3, warm=0)
    return {"per_fit": seconds / len(surveys), "converged": sum(f.converged for f in found) / len(surveys)}


def task_compile(data: Path | None) -> dict[str, Any]:
    """Compile every kernel into an empty cache."""
    from pardus.scr.compiled.warm import warm

    before = time.process_time()
    warm()
    return {"cpu": time.process_time() - before}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "fit": task_fit,
    "plain": task_plain,
    "evaluation": task_evaluation,
    "first": task_first,
    "loop": task_loop,
    "compile": task_compile,
}


def searched(history: Any, mask: Any, formula: str, options: dict[str, Any], engine: str) -> Any:
    """Return the optimum (estimates, Hessian) found from arrays in memory, starting values included."""
    from pardus.scr.compiled.session import CompiledEngine
    from pardus.scr.design import make_design
    from pardus.scr.engines import likelihood_of, search
    from pardus.scr.plain import PlainEngine
    from pardus.scr.spec import model_spec
    from pardus.scr.start import starting_values
    from pardus.scr.threads import one_blas_thread

    with one_blas_thread():
        design = make_design([history], [mask], model_spec(formula, **options))
        chosen = CompiledEngine() if engine == "compiled" else PlainEngine()
        optimum = search(likelihood_of(design, chosen), starting_values(design))
        _ = optimum.vcov
    return optimum


def cpu(act: Callable[[], Any], times: int, warm: int = 1) -> tuple[float, Any]:
    """Return the median CPU seconds of an act (all threads) and its last result."""
    for _again in range(warm):
        act()
    seconds, result = [], None
    for _again in range(times):
        before = time.process_time()
        result = act()
        seconds.append(time.process_time() - before)
    return statistics.median(seconds), result


# ---- data -------------------------------------------------------------------------------------------------------


def survey(data: Path | None, size: str, kind: str) -> tuple[Any, Any]:
    """Return (history, mask): the scale case from disk, or a simulated survey of that size."""
    if data is not None and (data / f"scale_{size}_prox").is_dir():
        return from_tables(data, size, kind)
    import numpy as np

    rng = np.random.default_rng(len(size))
    detectors, mask = made_design(size, rng)
    truth = np.array([np.log(1.25 * SIZES[size][0] / mask.area), np.log(0.018), np.log(3_800.0)])
    return simulated(detectors, mask, truth, rng, "proximity" if kind == "prox" else "count"), mask


def from_tables(data: Path, size: str, kind: str) -> tuple[Any, Any]:
    """Read a scale case."""
    import numpy as np
    import pandas as pd

    from pardus.model.capture import CaptureHistory, Detectors
    from pardus.model.mask import Mask

    def table(name: str, case: str) -> Any:
        path = data / case / name
        if path.exists():
            return pd.read_csv(path)
        with gzip.open(path.with_name(name + ".gz"), "rt") as file:
            return pd.read_csv(file)

    base, case = f"scale_{size}_prox", f"scale_{size}_{kind}"
    traps, cells, captures = table("traps.csv", base), table("mask.csv", base), table("captures.csv", case)
    usage = table("usage.csv", base).set_index("detector").loc[traps.detector]
    usage = usage[[c for c in usage if c.startswith("o")]].to_numpy(float)
    area = json.loads((data / base / "metadata.json").read_text())["mask"]["cell_area_ha"]
    animals = {a: i for i, a in enumerate(sorted(captures.individual.unique()))}
    places = {d: k for k, d in enumerate(traps.detector)}
    captures = captures.assign(
        i=captures.individual.map(animals), j=captures.occasion - 1, k=captures.detector.map(places)
    ).sort_values(["i", "j", "k"])
    camera = np.where(np.arange(len(traps)) % 3 == 0, "white", "infrared")
    detectors = Detectors(tuple(traps.detector), traps[["x", "y"]].to_numpy(float), usage, {"camera": camera})
    history = CaptureHistory(
        "1",
        tuple(animals),
        detectors,
        captures.i.to_numpy(),
        captures.j.to_numpy(),
        captures.k.to_numpy(),
        captures["count"].to_numpy(),
        "proximity" if kind == "prox" else "count",
        {"sex": captures.groupby("i").sex.first().to_numpy().astype(str)},
    )
    covariates = {"forest": cells.forest.to_numpy(float), "country": cells.country.to_numpy().astype(str)}
    return history, Mask(cells[["x", "y"]].to_numpy(float), area, float(np.sqrt(area * 1e4)), covariates)


def made_design(size: str, rng: Any) -> tuple[Any, Any]:
    """Return cameras 2.5 km apart with failures over 90 nights, and a mask with a 15 km buffer."""
    import numpy as np

    from pardus.model.capture import Detectors
    from pardus.model.mask import Mask

    _animals, n_detectors, spacing = SIZES[size]
    side = int(np.ceil(np.sqrt(n_detectors)))
    xy = (
        np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)[:n_detectors]
        * 2_500.0
    )
    xy += rng.uniform(-400, 400, xy.shape)
    usage = np.ones((n_detectors, 90))
    for k, (start, days) in enumerate(
        zip(rng.integers(0, 90, n_detectors), rng.integers(0, 40, n_detectors), strict=True)
    ):
        usage[k, start : start + days] = 0.0
    camera = np.where(np.arange(n_detectors) % 3 == 0, "white", "infrared")
    detectors = Detectors(tuple(f"S{k:04d}" for k in range(n_detectors)), xy, usage, {"camera": camera})
    axis = np.arange(-15_000.0, side * 2_500.0 + 15_000.0, spacing)
    cells = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    covariates = {
        "forest": np.sin(cells[:, 0] / 17_000) + np.cos(cells[:, 1] / 23_000),
        "country": np.where(cells[:, 0] > axis.mean(), "CN", "RU"),
    }
    return detectors, Mask(cells, spacing**2 / 1e4, spacing, covariates)


def simulated(detectors: Any, mask: Any, theta: Any, rng: Any, kind: str) -> Any:
    """Simulate a survey under D~1, hazard half-normal: theta = log D (per ha), log lambda0, log sigma."""
    import numpy as np

    from pardus.model.capture import CaptureHistory

    density, lambda0, sigma = np.exp(theta)
    n = rng.poisson(density * mask.area)
    centres = mask.xy[rng.integers(0, len(mask), n)] + rng.uniform(-0.5, 0.5, (n, 2)) * mask.spacing
    squares = ((centres[:, None] - detectors.xy[None]) ** 2).sum(axis=-1)
    hazard = lambda0 * np.exp(-squares / (2 * sigma**2))
    rows = []
    for i in range(n):
        near = np.flatnonzero(hazard[i] > 1e-9)
        rate = hazard[i, near, None] * detectors.usage[near]
        seen = rng.poisson(rate) if kind == "count" else rng.random(rate.shape) < -np.expm1(-rate)
        k, j = np.nonzero(seen)
        rows.append(np.stack((np.full(len(k), i), j, near[k], seen[k, j]), axis=1).astype(np.int64))
    found = np.concatenate(rows)
    found = found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]
    ids, animal = np.unique(found[:, 0], return_inverse=True)
    sex = np.where(rng.random(len(ids)) < 0.5, "F", "M")
    columns = (animal, found[:, 1], found[:, 2], found[:, 3])
    names = tuple(f"A{i:04d}" for i in ids)
    return CaptureHistory("1", names, detectors, *columns, kind=kind, covariates={"sex": sex})


# ---- the report -------------------------------------------------------------------------------------------------


def run(data: Path | None, task: str, engine: str = "compiled", cache: str | None = None) -> dict[str, Any]:
    """Run one task in a process of its own; add its wall and CPU seconds from start to end."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PARDUS_ENGINE": engine}
    if cache:
        environment["PARDUS_CACHE"] = cache
    command = [sys.executable, __file__, "--one", task, *(["--data", str(data)] if data else [])]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "process_wall": wall, "process_cpu": seconds}


def report(data: Path | None, sizes: list[str]) -> str:
    """Return the results as Markdown."""
    run(data, "compile")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    lines = [
        "# Speed of the capture-recapture engines",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; load at the start {load:.1f} (CPU seconds rise under load). "
        "Made by `benchmarks/scr.py`; what the columns mean is at the end.",
        "",
        "## Fit of D~1, hazard half-normal",
        "",
        "| case | animals x detectors x cells | fit with SE, CPU s | target | whole `fit`, CPU s | peak MB "
        "| one gradient: plain / compiled | difference of log-likelihood, gradient (relative) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        for kind in ("prox", "count"):
            one = run(data, f"fit:{size}:{kind}")
            two = run(data, f"evaluation:{size}:{kind}")
            animals, detectors, _spacing = SIZES[size]
            cells = {"i": "5,000", "ii": "20,000", "iii": "50,000"}[size]
            lines.append(
                f"| {size} {kind} | {animals} x {detectors} x {cells} | {one['search']:.3f} | {TARGETS[size]} "
                f"| {one['whole']:.3f} | {one['peak_mb']:.0f} | {two['plain'] / two['compiled']:.0f} "
                f"| {two['relative_log_likelihood']:.0e}, {two['relative_gradient']:.0e} |"
            )
    lines += [
        "",
        "## Other models, size i, proximity",
        "",
        "| model | fit with SE, CPU s | times D~1 | plain engine, CPU s | plain / compiled "
        "| difference of log-likelihood |",
        "|---|---|---|---|---|---|",
    ]
    base = None
    for model in MODELS:
        fast, slow = run(data, f"fit:i:prox:{model}"), run(data, f"plain:i:prox:{model}", "plain")
        base = base or fast["search"]
        lines.append(
            f"| {model} | {fast['search']:.3f} | {fast['search'] / base:.1f} | {slow['search']:.2f} "
            f"| {slow['search'] / fast['search']:.0f} "
            f"| {fast['log_likelihood'] - slow['log_likelihood']:.0e} |"
        )
    with tempfile.TemporaryDirectory() as empty:
        first = run(data, "first:i", "auto", empty)
        marks = list(Path(empty).rglob("busy"))  # the background process: let it end before its folder goes
        while marks and not any(Path(empty).rglob("ready")):
            time.sleep(1)
    with tempfile.TemporaryDirectory() as empty:
        made = run(data, "compile", "compiled", empty)
    second = run(data, "first:i")
    loop = run(data, "loop:60")
    lines += [
        "",
        "## First fit, and fits in a loop, size i",
        "",
        "| measurement | CPU s | wall s | target |",
        "|---|---|---|---|",
        f"| first fit ever, from process start ({first['engine']} engine) | {first['process_cpu']:.2f} "
        f"| {first['process_wall']:.2f} | 3 |",
        f"| compiling all kernels, in the background | {made['cpu']:.1f} | {made['process_wall']:.1f} | |",
        f"| a later first fit, from process start ({second['engine']} engine) | {second['process_cpu']:.2f} "
        f"| {second['process_wall']:.2f} | |",
        f"| a fit in a simulation loop ({100 * loop['converged']:.0f} % converged) | {loop['per_fit']:.4f} | | 0.010 |",
        "",
        "## What is measured",
        "",
        "*Fit with SE*: design, starting values, search, Hessian and its inverse, from a history and a mask in "
        "memory, warm, median of 5. *Whole `fit`*: the same through `pardus.scr.fit`, with D, E(N), realised N, "
        "effective area and their intervals. *One gradient*: log-likelihood with gradient at the starting values. "
        "*Peak MB*: largest resident size of the process that did the fits, Python and libraries included. "
        "A process of its own for each line.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
