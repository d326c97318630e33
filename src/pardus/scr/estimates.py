"""The numbers for people: density, numbers, detection parameters, each with its interval and unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pardus.model.capture import Floats
from pardus.model.fit import Coefficient, Estimate
from pardus.model.language import N_, _
from pardus.scr import links
from pardus.scr.checks import FEW_IN_SESSION
from pardus.scr.derived import derived, derived_numbers
from pardus.scr.design import Design, Predictor
from pardus.scr.intervals import poisson_upper, z_value
from pardus.scr.levels import own_levels
from pardus.scr.optimise import Optimum
from pardus.scr.profile import ShapeIntervals
from pardus.scr.regions import RegionNumbers, region_numbers
from pardus.scr.surfaces import Surfaces

PER_100_KM2 = 10_000.0  # hectares in 100 km2
WALD_ALONE = ShapeIntervals({}, {})


def coefficients(
    design: Design, optimum: Optimum, level: float = 0.95, shapes: ShapeIntervals = WALD_ALONE
) -> tuple[Coefficient, ...]:
    """Return all coefficients with intervals on the link scale; no SE for one at the end of its range.

    Intervals are Wald's but for those in shapes.
    """
    se = np.sqrt(np.diag(optimum.vcov))
    se[list(optimum.at_bound)] = np.nan
    z = z_value(level)
    rows = zip(design.names, optimum.theta, se, design.link_of, strict=True)
    found = tuple(
        Coefficient(n, float(b), float(s), float(b - z * s), float(b + z * s), k) for n, b, s, k in rows
    )
    profiled = shapes.by_coefficient
    return tuple(
        replace(c, lower=profiled[c.name][0], upper=profiled[c.name][1], method="profile")
        if c.name in profiled
        else c
        for c in found
    )


def density_estimates(
    design: Design, theta: Floats, vcov: Floats, level: float = 0.95
) -> tuple[Estimate, ...]:
    """Return D, E(N), N and effective area for each session, region and group."""
    sessions = range(len(design.problems))
    if design.spec.conditional:
        return _derived_estimates(design, theta, vcov, level)
    regions = [_regions(design, s) for s in sessions]
    surfaces = Surfaces(design)
    found = region_numbers(design, theta, vcov, list(sessions), regions, level, surfaces)
    notes = _few_notes(design)
    out: list[Estimate] = []
    for numbers in found:
        note = "" if numbers.region else notes[numbers.session]
        out.extend(_number_estimates(design, theta, vcov, numbers, level, note))
    out.extend(effective_areas(design, theta, surfaces))
    return tuple(out)


def _derived_estimates(design: Design, theta: Floats, vcov: Floats, level: float) -> tuple[Estimate, ...]:
    out: list[Estimate] = []
    method = _("derived, lognormal")
    notes = _few_notes(design)
    for s, problem in enumerate(design.problems):
        if not problem.n_animals:
            out.append(
                cannot_give(
                    problem.session, _("Nobody was detected; the conditional likelihood says nothing.")
                )
            )
            continue
        for r in derived_numbers(design, theta, vcov, s, _regions(design, s), level):
            note = "" if r.region else notes[s]
            place = (problem.session, r.region, "", r.area / 100)
            per = PER_100_KM2 / r.area if r.area else float("nan")
            rows = (
                (
                    "D",
                    r.expected * per,
                    r.expected_se * per,
                    r.expected_interval,
                    per,
                    N_("animals per 100 km2"),
                ),
                ("E(N)", r.expected, r.expected_se, r.expected_interval, 1.0, N_("animals")),
                ("N", r.realised, r.realised_se, r.realised_interval, 1.0, N_("animals")),
            )
            for name, value, se, (low, high), k, unit in rows:
                out.append(Estimate(name, value, se, low * k, high * k, unit, *place, level, method, note))
        areas = derived(design, theta, vcov, s, level).areas
        esa = len(areas) / float((1 / areas).sum()) / 100
        nan = float("nan")
        out.append(Estimate("esa", esa, nan, nan, nan, "km2", problem.session, method=_("at the estimates")))
    return tuple(out)


def effective_areas(design: Design, theta: Floats, surfaces: Surfaces) -> list[Estimate]:
    """Return esa of each session: sum over cells of the chance of detection, weighted by relative density."""
    out = []
    missed, density = surfaces.missed(theta), surfaces.density(theta)
    for s, problem in enumerate(design.problems):
        for g in range(len(design.density_rows[s])):
            t = int(np.flatnonzero(problem.surface_of_type == g)[0])
            D = density[s][g]
            esa = problem.cell_area * float((D * (1 - missed[s][t])).sum() / D.mean())
            label = design.axes[s].groups[g] if design.axes[s].groups else ""
            out.append(
                Estimate(
                    "esa",
                    esa / 100,
                    float("nan"),
                    float("nan"),
                    float("nan"),
                    "km2",
                    problem.session,
                    animal_class=label,
                    method=_("at the estimates"),
                )
            )
    return out


def _regions(design: Design, s: int) -> dict[str, Floats]:
    mask = design.masks[s]
    whole = {"": np.ones(len(mask))}
    return {**whole, **{name: np.asarray(w, dtype=np.float64) for name, w in mask.regions.items()}}


def _number_estimates(
    design: Design, theta: Floats, vcov: Floats, r: RegionNumbers, level: float, note: str
) -> list[Estimate]:
    problem = design.problems[r.session]

    def estimate(
        name: str, value: float, se: float, interval: tuple[float, float], unit: str, method: str
    ) -> Estimate:
        return Estimate(
            name,
            value,
            se,
            *interval,
            unit,
            problem.session,
            r.region,
            r.group,
            r.area / 100,
            level,
            method,
            note,
        )

    per = PER_100_KM2 / r.area if r.area else float("nan")
    low, high = r.expected_interval
    delta, unit = _("delta method, lognormal"), N_("animals per 100 km2")
    D = estimate("D", r.expected * per, r.expected_se * per, (low * per, high * per), unit, delta)
    if r.region == "":
        D = _flat_density(design, theta, vcov, r, D) or D
    return [
        D,
        estimate("E(N)", r.expected, r.expected_se, r.expected_interval, N_("animals"), delta),
        estimate(
            "N",
            r.realised,
            r.realised_se,
            r.realised_interval,
            N_("animals"),
            _("realised number, lognormal on the undetected"),
        ),
    ]


def _flat_density(
    design: Design, theta: Floats, vcov: Floats, r: RegionNumbers, other: Estimate
) -> Estimate | None:
    """Return D on its own link where it is the same all over the session."""
    predictor = design.predictors["D"]
    rows = design.density_rows[r.session]
    if rows.shape[1] != 1 or predictor.fixed is not None:
        return None
    g = design.axes[r.session].groups.index(r.group) if r.group else 0
    value, se, low, high = wald(predictor, int(rows[g, 0]), theta, vcov, other.level)
    k = PER_100_KM2
    return Estimate(
        "D",
        value * k,
        se * k,
        low * k,
        high * k,
        other.unit,
        other.session,
        other.region,
        other.animal_class,
        other.area_km2,
        other.level,
        f"Wald {predictor.link}",
        other.note,
    )


def wald(
    predictor: Predictor, row: int, theta: Floats, vcov: Floats, level: float = 0.95
) -> tuple[float, float, float, float]:
    """Return estimate, SE and Wald interval of one design row, on the natural scale."""
    if predictor.fixed is not None:
        value = float(links.inverse(predictor.link, np.array([predictor.fixed]))[0])
        return value, 0.0, value, value
    x = predictor.matrix.values[row]
    eta = float(x @ theta[predictor.place])
    se = float(np.sqrt(x @ vcov[predictor.place, predictor.place] @ x))
    z = z_value(level)
    value, low, high = (
        float(v) for v in links.inverse(predictor.link, np.array([eta, eta - z * se, eta + z * se]))
    )
    return value, links.natural_se(predictor.link, value, se), low, high


def detection_estimates(
    design: Design,
    theta: Floats,
    vcov: Floats,
    level: float = 0.95,
    shapes: ShapeIntervals = WALD_ALONE,
) -> tuple[Estimate, ...]:
    """Return amplitude, sigma, z for each distinct parameter set, and pmix, with what each set stands for.

    Intervals are Wald's but for those in shapes.
    """
    units = {
        "lambda0": N_("per unit of usage"),
        "g0": N_("probability per unit of usage"),
        "a0": "ha",
        "sigma": "m",
        "z": "",
        "pmix": N_("share of the class"),
    }
    out: list[Estimate] = []
    labels = design.set_labels
    for name, predictor in design.predictors.items():
        if name in ("D", "pmix"):
            continue
        seen: set[bytes] = set()
        for row, label in enumerate(labels):
            key = predictor.matrix.values[row].tobytes()
            if key in seen:
                continue
            seen.add(key)
            kept = {k: v for k, v in label.items() if k in design.variables[name]}
            value, se, low, high = wald(predictor, row, theta, vcov, level)
            method = f"Wald {predictor.link}" if predictor.fixed is None else _("fixed")
            if (name, key) in shapes.by_row:
                ends = np.array(shapes.by_row[name, key])
                low, high = (float(v) for v in links.inverse(predictor.link, ends))
                method = _("profile likelihood")
            out.append(
                Estimate(
                    name,
                    value,
                    se,
                    low,
                    high,
                    units[name],
                    session=kept.pop("session", ""),
                    animal_class=kept.pop("h2", "") or kept.pop("g", ""),
                    level=level,
                    method=method,
                    note=", ".join(f"{k} = {v}" for k, v in kept.items()),
                )
            )
    if "pmix" in design.predictors:
        out.extend(_pmix_estimates(design, theta, vcov, units["pmix"], level))
    return tuple(out)


def _pmix_estimates(design: Design, theta: Floats, vcov: Floats, unit: str, level: float) -> list[Estimate]:
    predictor = design.predictors["pmix"]
    out = []
    seen: set[bytes] = set()
    for s, axes in enumerate(design.axes):
        row = int(design.pmix_rows[s][0])
        key = predictor.matrix.values[row].tobytes()
        if key in seen:
            continue
        seen.add(key)
        value, se, low, high = wald(predictor, row, theta, vcov, level)
        session = design.problems[s].session if "session" in design.variables["pmix"] else ""
        out.append(
            Estimate(
                "pmix",
                1 - value,
                se,
                1 - high,
                1 - low,
                unit,
                session,
                animal_class=axes.classes[0],
                level=level,
                method=f"Wald {predictor.link}",
            )
        )
        out.append(
            Estimate(
                "pmix",
                value,
                se,
                low,
                high,
                unit,
                session,
                animal_class=axes.classes[1],
                level=level,
                method=f"Wald {predictor.link}",
            )
        )
    return out


def nobody_seen(session: str, esa: float, area: float, shared: str, level: float = 0.95) -> list[Estimate]:
    """Return D = 0 with an upper bound for a session without a detection. esa, area: hectares.

    The bound is the exact Poisson one for a count of 0 over the effective area that the detection parameters of
    the other sessions give here.
    """
    upper = poisson_upper(0, level) / esa
    note = _(
        "Nobody was detected. The upper bound holds if animals here are as detectable as in {shared}; "
        "whether there are none or a few cannot be known."
    ).format(shared=shared)
    method = _("exact Poisson upper bound, effective area taken as known")
    km2, nan = area / 100, float("nan")

    def bounded(name: str, high: float, unit: str) -> Estimate:
        return Estimate(name, 0.0, nan, 0.0, high, unit, session, "", "", km2, level, method, note)

    return [
        bounded("D", upper * PER_100_KM2, N_("animals per 100 km2")),
        bounded("E(N)", upper * area, N_("animals")),
        Estimate(
            "esa",
            esa / 100,
            nan,
            nan,
            nan,
            "km2",
            session,
            method=_("at the estimates of the other sessions"),
        ),
    ]


def cannot_give(session: str, reason: str) -> Estimate:
    """Return a D without a number, with the reason."""
    nan = float("nan")
    return Estimate("D", nan, nan, nan, nan, N_("animals per 100 km2"), session, method="", note=reason)


def _few_notes(design: Design) -> list[str]:
    """Return for each session the doubt about a density of its own that rests on few animals, "" where it is shared."""
    if len(design.problems) == 1:
        return [""]
    pairs = zip(design.problems, own_levels(design), strict=True)
    return [_few_note(problem.n_animals) if own else "" for problem, own in pairs]


def _few_note(n: int) -> str:
    if n == 1:
        return _(
            "Rests on one animal, with detection parameters borrowed from the other sessions: it shows that there is "
            "at least one. Density, trend and range here cannot be known from it."
        )
    if n <= FEW_IN_SESSION:
        return _(
            "Rests on {n} animals and detection parameters borrowed from the other sessions; an order of magnitude."
        ).format(n=n)
    return ""
