"""One table: each country alone under three conventions, their sums, and all partners in one integrated estimate.

Conventions of a country alone (its own cameras and animals only; its mask: cells within the buffer of its cameras):
  clipped  the mask ends at the border; N over it
  across   the mask runs across the border; N in its own land
  all      the same fit; N over all of its mask
Animals that live on both sides are counted by both countries, so the sums count them twice; "integrated" does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pardus.app.estimate import EstimateOptions, estimate_model
from pardus.app.joint_histories import Part, join
from pardus.app.joint_result import STRIP, JointAnimal, JointEstimate, Region, Seen, Total, Use
from pardus.app.surface import surface_records, surfaces
from pardus.exchange.joint import JointTable
from pardus.model.capture import CaptureHistory, Floats
from pardus.model.errors import Finding, HistoryError, MaskError
from pardus.model.fit import Fit
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.detection import amplitude_name
from pardus.scr.fit import FittedModel
from pardus.scr.intervals import logit_interval, lognormal
from pardus.scr.nearest import nearest
from pardus.scr.regions import region_numbers
from pardus.scr.use import USED, border_strip, part, use_shares

FEW = 10
"""Detections that a partner must have for a detection parameter of its own."""
FEW_OF_A_SEX = 5
"""Animals of each sex that must be known for a detection function of their own; the others are a mixture."""


@dataclass(frozen=True, slots=True, eq=False)
class JointSession:
    """One closed survey of all partners. mask: over all countries; its regions hold one for each country."""

    name: str
    parts: tuple[Part, ...]
    mask: Mask


@dataclass(frozen=True, slots=True)
class JointOptions:
    """estimate: model and detection function ("" and () choose). buffer: metres, of a country's own mask. strip: metres
    on each side of the border."""

    estimate: EstimateOptions = field(default_factory=EstimateOptions)
    buffer: float = 15_000.0
    strip: float = 5_000.0


def minimum_known(histories: Mapping[str, CaptureHistory], table: JointTable | None) -> int:
    """Return how many different animals several partners saw.

    Raises HistoryError without the table of shared animals: the sum of two minimum counts is no count of anything.
    """
    if table is None:
        raise HistoryError(
            _("The minimum counts of {names} can't be added without the table of shared animals.").format(
                names=", ".join(histories)
            ),
            [
                Finding(
                    "no-shared-table",
                    "",
                    _("An animal that two partners know would count twice."),
                    _("Reconcile the catalogues with `pardus reconcile`, or give the table with --shared."),
                )
            ],
        )
    return len({table.joint.get(a, a) for h in histories.values() for a in h.animals})


def joint_estimate(
    sessions: Sequence[JointSession], table: JointTable | None, options: JointOptions | None = None
) -> JointEstimate:
    """Return every total of the module's table.

    Raises HistoryError without the table of shared animals, MaskError if a country has no region in the mask.
    """
    o = options or JointOptions()
    countries = list(dict.fromkeys(p.country for s in sessions for p in s.parts))
    seen = tuple(_seen(s, table) for s in sessions)
    assert table is not None
    masks = [_with_strip(s, countries, o.strip) for s in sessions]
    totals: list[Total] = []
    fits: dict[str, Fit] = {}
    for country in countries:
        own = [(s, tuple(p for p in s.parts if p.country == country)) for s in sessions]
        for convention in ("clipped", "across"):
            label = f"{country} {convention}"
            made = [
                (
                    join(s.name, parts, table.joint),
                    _own_mask(m, parts, country, o.buffer, convention == "clipped"),
                )
                for (s, parts), m in zip(own, masks, strict=True)
                if parts
            ]
            fitted = _fit(made, o, several_countries=False)
            fits[label] = fitted.fit
            totals += _rows(fitted.fit, country, "clipped", "") if convention == "clipped" else [
                *_rows(fitted.fit, country, "across", country),
                *_rows(fitted.fit, country, "all", ""),
            ]  # fmt: skip
    totals += _sums(totals, countries, o.estimate.level)
    whole = [(join(s.name, s.parts, table.joint), m) for s, m in zip(sessions, masks, strict=True)]
    fitted = _fit(whole, o, several_countries=len(countries) > 1)
    fits["integrated"] = fitted.fit
    for region in ("", *masks[0].regions):
        totals += _rows(fitted.fit, "integrated", "integrated", region)
    use = _uses(fitted, countries, o) if fitted.design is not None else ()
    nobodys = [f for s in sessions for f in _of_no_country(s, countries)]
    order = {s.name: n for n, s in enumerate(sessions)}
    totals.sort(key=lambda t: order.get(t.session, 0))
    return JointEstimate(
        tuple(totals),
        seen,
        use,
        fits,
        (*nobodys, *_doubts(fits)),
        regions=tuple(
            r for s, m in zip(sessions, masks, strict=True) for r in _regions(s.name, m, countries)
        ),
        animals=tuple(a for s in sessions for a in _animals(s, table)),
        groups=table.groups,
        surfaces=tuple(surface_records(surfaces(fitted))),
    )


def _regions(session: str, mask: Mask, countries: Sequence[str]) -> list[Region]:
    """Return the mask and its parts, with what each is."""
    out = [Region(session, "", "all", len(mask) * mask.cell_area / 100)]
    for name, inside in mask.regions.items():
        kind = "country" if name in countries else "strip" if name == STRIP else "park"
        area = float(np.asarray(inside, dtype=np.float64).sum()) * mask.cell_area / 100
        out.append(Region(session, name, kind, area))
    return out


def _animals(session: JointSession, table: JointTable) -> list[JointAnimal]:
    """Return who was seen in a session, each joint animal once, with what partners call it."""
    ids: dict[str, set[str]] = {}
    countries: dict[str, set[str]] = {}
    detections: dict[str, int] = {}
    for p in session.parts:
        count = np.bincount(p.history.animal, p.history.count, p.history.n_animals)
        for a, n in zip(p.history.animals, count.tolist(), strict=True):
            joint = table.joint.get(a, a)
            ids.setdefault(joint, set()).add(a)
            countries.setdefault(joint, set()).add(p.country)
            detections[joint] = detections.get(joint, 0) + int(n)
    return [
        JointAnimal(session.name, j, tuple(sorted(ids[j])), tuple(sorted(countries[j])), detections[j])
        for j in sorted(ids)
    ]


def _seen(session: JointSession, table: JointTable | None) -> Seen:
    histories = {p.partner: p.history for p in session.parts}
    together = minimum_known(histories, table)
    assert table is not None
    where: dict[str, set[str]] = {}
    for p in session.parts:
        for a in p.history.animals:
            where.setdefault(table.joint.get(a, a), set()).add(p.country)
    countries = dict.fromkeys(p.country for p in session.parts)
    only = {c: sum(w == {c} for w in where.values()) for c in countries}
    several = sum(len(w) > 1 for w in where.values())
    return Seen(session.name, only, several, together, {n: h.n_animals for n, h in histories.items()})


def _with_strip(session: JointSession, countries: Sequence[str], width: float) -> Mask:
    mask = session.mask
    missing = [c for c in countries if c not in mask.regions]
    if missing:
        raise MaskError(
            _("The mask has no region for {names}.").format(names=", ".join(missing)),
            [
                Finding(
                    "no-country-region",
                    name,
                    _("Regions are {known}.").format(known=", ".join(mask.regions) or "-"),
                    _("Give a polygon of each country's land: --region {name}=FILE.").format(name=name),
                )
                for name in missing
            ],
        )
    claimed = np.stack([np.asarray(mask.regions[c], dtype=np.float64) for c in countries])
    claimed /= np.maximum(claimed.sum(axis=0), 1.0)  # a cell on the line itself belongs to each in part
    sides = dict(zip(countries, claimed, strict=True))
    strip = mask.regions.get(STRIP, border_strip(mask, sides, width))  # from polygons if it is there
    country = np.array(countries)[np.argmax(claimed, axis=0)]
    regions = {**mask.regions, **sides, STRIP: strip}
    if not strip.any():
        del regions[STRIP]
    return Mask(mask.xy, mask.cell_area, mask.spacing, {**mask.covariates, "country": country}, regions)


def _of_no_country(session: JointSession, countries: Sequence[str]) -> list[Finding]:
    """Say how much of the mask lies in no country of the table: its animals are in the total and in no part."""
    shares = sum(np.asarray(session.mask.regions[c], dtype=np.float64) for c in countries)
    left = float(np.clip(1.0 - shares, 0.0, 1.0).sum()) * session.mask.cell_area / 100
    if left < 0.005 * session.mask.area / 100:
        return []
    return [
        Finding(
            "land-of-no-country",
            session.name,
            _(
                "{area:.0f} km2 of the mask lie in none of {names}; the parts add up to less than the total."
            ).format(area=left, names=", ".join(countries)),
            _("Let the polygons of the countries cover the mask."),
            "warning",
        )
    ]


def _own_mask(mask: Mask, parts: Sequence[Part], country: str, buffer: float, clipped: bool) -> Mask:
    xy = np.concatenate([p.history.detectors.xy for p in parts])
    keep = np.isfinite(nearest(mask.xy, xy, within=buffer * (1 + 1e-12)))
    if clipped:
        keep &= np.asarray(mask.regions[country], dtype=np.float64) > 0.5
    own = part(mask, keep)
    return replace(own, regions={country: own.regions[country]})


def _fit(
    made: Sequence[tuple[CaptureHistory, Mask]], o: JointOptions, *, several_countries: bool
) -> FittedModel:
    histories, masks = [h for h, _m in made], [m for _h, m in made]
    partners = {str(p) for h in histories for p in h.detectors.covariates["partner"]}
    enough = min(_detections(histories, p) for p in partners) >= FEW
    by_sex = not o.estimate.model and not o.estimate.hcov and _sexes_known(histories)
    amplitude = amplitude_name(o.estimate.detectfn or "HHN")
    density = (["session"] if len(made) > 1 else []) + (["country"] if several_countries else [])
    detection = (["partner"] if len(partners) > 1 and enough else []) + (["h2"] if by_sex else [])
    model = o.estimate.model or (
        f"D~{'+'.join(density) or '1'}",
        f"{amplitude}~{'+'.join(detection) or '1'}",
        *(("sigma~h2",) if by_sex else ()),
    )
    dropped = set() if several_countries else {"country"}
    dropped |= set() if len(partners) > 1 else {"partner"}
    model = tuple(_without(formula, dropped) for formula in model)
    hcov = "sex" if by_sex else o.estimate.hcov
    return estimate_model(histories, masks, replace(o.estimate, model=model, hcov=hcov))


def _sexes_known(histories: Sequence[CaptureHistory]) -> bool:
    """Say whether enough animals of each sex are known that each can have a detection function of its own."""
    sex = {
        a: str(s)
        for h in histories
        for a, s in zip(h.animals, h.covariates.get("sex", np.full(h.n_animals, "")), strict=True)
        if s
    }
    known = [sum(s == one for s in sex.values()) for one in set(sex.values())]
    return len(known) == 2 and min(known) >= FEW_OF_A_SEX


def _detections(histories: Sequence[CaptureHistory], partner: str) -> int:
    return sum(
        int(h.count[h.detectors.covariates["partner"][h.detector] == partner].sum()) for h in histories
    )


def _without(formula: str, dropped: set[str]) -> str:
    """Return a formula without the terms that are constant in this fit."""
    left, tilde, right = formula.partition("~")
    terms = [t.strip() for t in right.split("+")]
    kept = [t for t in terms if not any(name in t.replace("*", ":").split(":") for name in dropped)]
    return f"{left}{tilde}{' + '.join(kept) or '1'}"


def _rows(fit: Fit, who: str, convention: str, region: str) -> list[Total]:
    rows = [
        Total(
            e.session,
            who,
            convention,
            region,
            e.quantity,
            e.estimate,
            e.se,
            e.lower,
            e.upper,
            e.area_km2 or math.nan,
        )
        for e in fit.estimates
        if e.quantity in ("E(N)", "N") and e.region == region and not e.animal_class
    ]
    if rows or fit.status != "cannot-say":
        return rows
    nan = math.nan
    sessions = fit.data.get("sessions", [])
    names = (
        [str(s.get("session", "")) if isinstance(s, dict) else str(s) for s in sessions]
        if isinstance(sessions, list)
        else [""]
    )
    return [
        Total(name, who, convention, region, q, nan, nan, nan, nan, nan, fit.reason)
        for name in names
        for q in ("E(N)", "N")
    ]


def _sums(totals: Sequence[Total], countries: Sequence[str], level: float) -> list[Total]:
    """Add the countries' own numbers as the press does: as if nobody lived on both sides and fits were independent."""
    out = []
    for session in dict.fromkeys(t.session for t in totals):
        for convention in ("clipped", "across", "all"):
            for quantity in ("E(N)", "N"):
                chosen = [
                    t
                    for t in totals
                    if (t.session, t.convention, t.quantity) == (session, convention, quantity)
                ]
                if {t.who for t in chosen} != set(countries):
                    continue
                value = sum(t.estimate for t in chosen)
                se = math.sqrt(sum(t.se**2 for t in chosen))
                low, high = lognormal(value, se, level)
                reason = next((t.reason for t in chosen if t.reason), "")
                out.append(
                    Total(
                        session,
                        "sum",
                        convention,
                        "",
                        quantity,
                        value,
                        se,
                        low,
                        high,
                        sum(t.area_km2 for t in chosen),
                        reason,
                    )
                )
    return out


def _uses(fitted: FittedModel, countries: Sequence[str], o: JointOptions) -> tuple[Use, ...]:
    """Return centres and use by side, from the integrated fit, with intervals."""
    assert fitted.design is not None
    assert fitted.optimum is not None
    kernels = _kernels(fitted.fit)
    if not kernels:
        return ()
    regions = []
    for mask in fitted.design.masks:
        sides = {c: np.asarray(mask.regions[c], dtype=np.float64) for c in countries}
        own: dict[str, Floats] = {"whole": np.ones(len(mask))}
        shares = [(w, use_shares(mask, sides, fitted.fit.detectfn, sigma, z)) for w, sigma, z in kernels]
        for c in countries:
            own |= {
                f"{c}|centres": sides[c],
                f"{c}|using": np.sum([w * (s[c] >= USED) for w, s in shares], axis=0),
                f"{c}|share": np.sum([w * s[c] for w, s in shares], axis=0),
            }
            own[f"{c}|rest"] = 1.0 - own[f"{c}|share"]
        regions.append(own)
    design = fitted.design
    sessions = list(range(len(design.problems)))
    level = o.estimate.level
    numbers = region_numbers(design, fitted.optimum.theta, fitted.optimum.vcov, sessions, regions, level)
    value: dict[tuple[int, str], tuple[float, float]] = {}
    for n in numbers:
        before = value.get((n.session, n.region), (0.0, 0.0))
        value[n.session, n.region] = (before[0] + n.realised, math.hypot(before[1], n.realised_se))
    return tuple(
        _use(design.problems[s].session, c, {k: v for (t, k), v in value.items() if t == s}, level)
        for s in sessions
        for c in countries
    )


def _use(session: str, side: str, value: Mapping[str, tuple[float, float]], level: float) -> Use:
    """Return one side's row. value: region -> (realised number, its standard error)."""
    (centres, centres_se), (using, using_se) = value[f"{side}|centres"], value[f"{side}|using"]
    (here, here_se), (rest, rest_se), (whole, whole_se) = (
        value[f"{side}|share"], value[f"{side}|rest"], value["whole"],
    )  # fmt: skip
    share = here / whole if whole else math.nan
    covariance = (whole_se**2 - here_se**2 - rest_se**2) / 2
    variance = (rest * here_se) ** 2 + (here * rest_se) ** 2 - 2 * here * rest * covariance
    share_se = math.sqrt(max(variance, 0.0)) / whole**2 if whole else math.nan
    return Use(
        session, side, centres, using, share,
        centres_se, *lognormal(centres, centres_se, level),
        using_se, *lognormal(using, using_se, level),
        share_se, *logit_interval(share, share_se, level),
    )  # fmt: skip


def _kernels(fit: Fit) -> list[tuple[float, float, float]]:
    """Return (weight, sigma, z) of each class of animals; one of weight 1 if there are no classes."""

    def by_class(quantity: str) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for e in fit.estimates:
            if e.quantity == quantity and math.isfinite(e.estimate):
                found.setdefault(e.animal_class, []).append(e.estimate)
        return {c: float(np.mean(v)) for c, v in found.items()}

    sigma, z, weight = by_class("sigma"), by_class("z"), by_class("pmix")
    whole = sum(weight.get(c, 1.0) for c in sigma)
    return [(weight.get(c, 1.0) / whole, s, z.get(c, z.get("", 1.0))) for c, s in sorted(sigma.items())]


def _doubts(fits: Mapping[str, Fit]) -> list[Finding]:
    return [
        Finding(w.code, label, w.sentence, w.remedy, "warning")
        for label, fit in fits.items()
        for w in fit.warnings
    ]
