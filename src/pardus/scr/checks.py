"""What is doubtful about data, mask and fit, in words.

Each check returns warnings; `grave` codes mean that no number can be given. docs/statistics.md says what each means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.fit import Estimate, FitWarning
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.nearest import gaps, nearest
from pardus.scr.optimise import Optimum

GRAVE = frozenset(
    {
        "no-animals",
        "one-animal",
        "no-recaptures",
        "no-spatial-recaptures",
        "one-detector",
        "no-effort",
        "did-not-converge",
        "flat-likelihood",
        "sigma-at-bound",
        "density-not-bounded",
    }
)
"""Codes after which a fit says "cannot-say"."""

FEW_ANIMALS = 5
FEW_SPATIAL_RECAPTURES = 5
FEW_IN_SESSION = 3
WIDEST_CV = 3.0
WIDEST_CELL = 0.6
EDGE_CHANCE = 0.01
MUCH = 0.3
LONGEST_BUFFER = 20.0


def is_grave(warnings: Sequence[FitWarning]) -> bool:
    """Whether any warning means that no number can be given."""
    return any(w.code in GRAVE for w in warnings)


def spatial_recaptures(history: CaptureHistory) -> int:
    """Return the number of detectors beyond the first at which animals were recorded, summed over animals."""
    pairs = np.unique(np.stack((history.animal, history.detector), axis=1), axis=0)
    return len(pairs) - history.n_animals


def check_data(histories: Sequence[CaptureHistory]) -> list[FitWarning]:
    """Return doubts about the data alone."""
    n = sum(h.n_animals for h in histories)
    detections = sum(h.n_detections for h in histories)
    again = sum(spatial_recaptures(h) for h in histories)
    if not any((h.detectors.usage > 0).any() for h in histories):
        return [
            FitWarning("no-effort", _("No detector worked: there is no effort."), _("Check the usage table."))
        ]
    if n == 0:
        return [
            FitWarning(
                "no-animals",
                _("No animal was detected, so neither density nor range can be estimated."),
                _(
                    "Report the effort and that none was recorded; a bound needs lambda0 and sigma from elsewhere."
                ),
            )
        ]
    if max(len(h.detectors.ids) for h in histories) < 2:
        return [
            FitWarning(
                "one-detector",
                _("There is one detector, so distances that animals move cannot be seen."),
                _("Use several stations, closer than the diameter of a home range."),
            )
        ]
    if n == 1:
        return [
            FitWarning(
                "one-animal",
                _("One animal was detected. How many were missed cannot be known from one."),
                _("Join this survey with others that share detection parameters."),
            )
        ]
    if detections == n:
        return [
            FitWarning(
                "no-recaptures",
                _(
                    "Each of the {n} animals was detected once. "
                    "Without recaptures, range and density cannot be told apart."
                ).format(n=n),
                _(
                    "More occasions or denser stations are needed, or a joint fit with a survey that has recaptures."
                ),
            )
        ]
    if again == 0:
        return [
            FitWarning(
                "no-spatial-recaptures",
                _(
                    "No animal was recorded at two detectors, so sigma, and with it density, cannot be estimated."
                ),
                _("Stations are too far apart for this species, or too few animals came back."),
            )
        ]
    out: list[FitWarning] = []
    if n < FEW_ANIMALS:
        out.append(
            FitWarning(
                "few-animals",
                _(
                    "Only {n} animals were detected; the interval is wide and its coverage is not assured."
                ).format(n=n),
                _("Treat the estimate as an order of magnitude."),
            )
        )
    if again < FEW_SPATIAL_RECAPTURES:
        out.append(
            FitWarning(
                "few-spatial-recaptures",
                _(
                    "Animals were recorded at a second detector only {again} times; sigma rests on them alone."
                ).format(again=again),
                _("Treat sigma and density with care."),
            )
        )
    return out


def check_sessions(histories: Sequence[CaptureHistory], own: Sequence[bool]) -> list[FitWarning]:
    """Return a doubt about sessions whose own density rests on one to three animals.

    own: whether each session has a density of its own (see `levels`).
    """
    pairs = zip(histories, own, strict=True)
    few = [h.session for h, alone in pairs if alone and 0 < h.n_animals <= FEW_IN_SESSION]
    if not few:
        return []
    return [
        FitWarning(
            "session-with-few-animals",
            _(
                "At most {most} animals were detected in {names}; density there is an order of magnitude at best."
            ).format(most=FEW_IN_SESSION, names=", ".join(few)),
            _("Read the interval, not the estimate; it rests on detection parameters of the other sessions."),
        )
    ]


def check_classes(histories: Sequence[CaptureHistory], covariate: str) -> list[FitWarning]:
    """Return a doubt about classes (sex) that few animals are known to belong to."""
    known: dict[str, int] = {}
    for h in histories:
        for value in np.asarray(h.covariates.get(covariate, [])).astype(str):
            if value not in ("", "nan", "NA"):
                known[value] = known.get(value, 0) + 1
    few = {name: count for name, count in sorted(known.items()) if count <= FEW_IN_SESSION}
    if not few:
        return []
    return [
        FitWarning(
            "class-with-few-animals",
            _(
                "Of {covariate} only {few} are known; its parameters rest on these animals and on guesses about others."
            ).format(covariate=covariate, few=", ".join(f"{count} {name}" for name, count in few.items())),
            _("Share parameters between the classes, or leave the classes out."),
        )
    ]


def check_space(
    sigma: float, histories: Sequence[CaptureHistory], masks: Sequence[Mask], label: str = ""
) -> list[FitWarning]:
    """Return doubts about mask and array against an estimated sigma (metres)."""
    buffers = [mask_reach(m, h) for m, h in zip(masks, histories, strict=True)]
    buffer, spacing = min(buffers), max(m.spacing for m in masks)
    extent = max(float(np.hypot(*np.ptp(h.detectors.xy, axis=0))) for h in histories)
    gap = min((g for g in (nearest_gap(h) for h in histories) if g > 0), default=0.0)
    out: list[FitWarning] = []
    where = f" ({label})" if label else ""
    if sigma > 2 * extent or (gap and sigma < gap / 20):
        out.append(
            FitWarning(
                "sigma-at-bound",
                _(
                    "Sigma{where} went to {sigma:.1f} km, while detectors are {gap:.1f} to {extent:.1f} km apart: "
                    "the data do not bound it."
                ).format(where=where, sigma=sigma / 1000, gap=gap / 1000, extent=extent / 1000),
                _("The array is too small or too sparse for these movements; density cannot be given."),
            )
        )
    elif buffer < 4 * sigma:
        out.append(
            FitWarning(
                "mask-too-small",
                _(
                    "Sigma{where} is estimated at {sigma:.1f} km but the mask ends {buffer:.1f} km from the detectors."
                ).format(where=where, sigma=sigma / 1000, buffer=buffer / 1000),
                _(
                    "Expected at least 4 x sigma = {need:.1f} km. Rebuild it with a buffer of {metres:.0f} m."
                ).format(need=4 * sigma / 1000, metres=np.ceil(4 * sigma / 100) * 100),
            )
        )
    if spacing > sigma:
        out.append(
            FitWarning(
                "mask-too-coarse",
                _(
                    "Mask cells are {spacing:.0f} m wide, more than sigma{where} ({sigma:.0f} m); "
                    "sums over cells are then inaccurate."
                ).format(spacing=spacing, where=where, sigma=sigma),
                _("Use a spacing of at most {need:.0f} m (0.6 sigma).").format(need=0.6 * sigma),
            )
        )
    return out


def check_steepness(fall: float, masks: Sequence[Mask]) -> list[FitWarning]:
    """Return a doubt about cells too wide for a steep hazard-rate curve.

    fall: metres within which detection falls from 90 % to 10 % of its height. A cell of 0.6 of it is what a cell of
    one sigma is to a half-normal curve; at 0.85 of it sigma was biased by a quarter of its SE (docs/studies).
    """
    spacing = max(m.spacing for m in masks)
    if spacing <= WIDEST_CELL * fall:
        return []
    return [
        FitWarning(
            "mask-too-coarse",
            _(
                "Mask cells are {spacing:.0f} m wide, but detection falls from 90 % to 10 % of its height within "
                "{fall:.0f} m; sums over cells are then inaccurate."
            ).format(spacing=spacing, fall=fall),
            _("Use a spacing of at most {need:.0f} m.").format(need=0.43 * fall),
        )
    ]


def check_edge(
    missed: Sequence[Floats],
    histories: Sequence[CaptureHistory],
    masks: Sequence[Mask],
    detectfn: str,
    sigma: float,
    z: float,
) -> list[FitWarning]:
    """Return a doubt about a mask at whose edge animals would still be detected.

    missed: for each session (type, cell) chance of no detection. sigma: the largest; z: the smallest. For exponential
    and hazard-rate functions, whose tails reach beyond 4 sigma: there D was too high by 4 to 30 % (docs/statistics.md).
    """
    worst, reach = 0.0, 0.0
    for chance, mask, history in zip(missed, masks, histories, strict=True):
        away = nearest(mask.xy, history.detectors.xy)
        edge = away > away.max() - mask.spacing
        seen = float((1 - chance[:, edge]).mean(axis=1).max())
        if seen > worst:
            worst, reach = seen, float(away.max()) + mask.spacing / 2
    if worst <= EDGE_CHANCE:
        return []
    fewer = -np.log1p(-worst) / EDGE_CHANCE
    need = reach + sigma * np.log(fewer) if detectfn in ("EX", "HEX") else reach * fewer ** (1 / z)
    remedy = (
        _("Rebuild it with a buffer of {metres:.0f} m, unless no animal can live beyond it.").format(
            metres=np.ceil(need / 100) * 100
        )
        if need <= LONGEST_BUFFER * sigma
        else _("The tail of this curve has no end that data could show; use another detection function.")
    )
    return [
        FitWarning(
            "mask-too-small",
            _(
                "At the edge of the mask, {buffer:.1f} km from the detectors, an animal would still be detected with a "
                "chance of {share:.1f} %: animals beyond it are missing from the sums, and density is too high."
            ).format(buffer=reach / 1000, share=100 * worst),
            remedy,
        )
    ]


def check_numbers(numbers: Sequence[Estimate]) -> list[FitWarning]:
    """Return a doubt if the standard error of the number of animals is a multiple of the number itself."""
    wide = [e for e in numbers if e.quantity == "E(N)" and not e.region and e.se > WIDEST_CV * e.estimate > 0]
    if not wide:
        return []
    return [
        FitWarning(
            "density-not-bounded",
            _(
                "The data do not bound density: its standard error is more than {times:g} times the estimate."
            ).format(times=WIDEST_CV),
            _(
                "Usually a class of animals that is almost never detected could have any size; use a simpler model."
            ),
        )
    ]


def mask_reach(mask: Mask, history: CaptureHistory) -> float:
    """Return how far the mask reaches beyond the detectors: the largest distance of a cell to its nearest one."""
    return float(nearest(mask.xy, history.detectors.xy).max()) + mask.spacing / 2


def nearest_gap(history: CaptureHistory) -> float:
    """Return the median distance between neighbouring detectors, 0 if there is one."""
    found = gaps(history.detectors.xy)
    return float(np.median(found)) if len(found) else 0.0


def flat_coefficients(found: Optimum, names: Sequence[str]) -> list[str]:
    """Return the coefficients along which the log-likelihood is flattest (or rises); all if that is not known."""
    rest = np.setdiff1d(np.arange(len(names)), found.at_bound)
    H = found.hessian[np.ix_(rest, rest)]
    if not len(rest) or not np.isfinite(H).all():
        return list(names)
    size = np.sqrt(np.abs(np.diag(H)))
    size[size == 0] = 1.0
    flattest = np.linalg.eigh(-H / np.outer(size, size))[1][:, 0]
    weight = np.abs(flattest) / np.abs(flattest).max()
    return [names[j] for j, w in zip(rest, weight, strict=True) if w > MUCH]


def check_optimum(found: Optimum, names: Sequence[str]) -> list[FitWarning]:
    """Return doubts about the maximum that was found."""
    vcov = found.vcov
    if not found.converged and not (np.isfinite(vcov).all() and np.isfinite(found.decrement)):
        return [
            FitWarning(
                "flat-likelihood",
                _(
                    "The likelihood has no clear maximum: with these data, coefficients cannot be told apart ({names})."
                ).format(names=", ".join(flat_coefficients(found, names))),
                _("Use a simpler model, or share parameters between sessions."),
            )
        ]
    if not found.converged:
        return [
            FitWarning(
                "did-not-converge",
                _(
                    "The search for the maximum did not end "
                    "(scale-free criterion {decrement:.1e}, expected below 1e-8)."
                ).format(decrement=found.decrement),
                _("Try other starting values or a simpler model."),
            )
        ]
    out = []
    edge = [names[j] for j in found.at_bound]
    if edge:
        out.append(
            FitWarning(
                "parameter-at-bound",
                _(
                    "{names} ran to the end of its range; it has no standard error, the rest is given that it is there."
                ).format(names=", ".join(edge)),
                _("Another shape of the detection function, or fewer classes, may suit these data better."),
            )
        )
    se = np.sqrt(np.diag(vcov))
    wide = [n for n, s in zip(names, se, strict=True) if s > 3 and not n.startswith("D.") and n not in edge]
    if wide:
        out.append(
            FitWarning(
                "parameter-not-informed",
                _("The data say little about {names}: standard error above 3 on the link scale.").format(
                    names=", ".join(wide)
                ),
                _("Use a simpler model for them."),
            )
        )
    return out
