"""Estimates that carry the doubt about who is who: one for each of many plausible catalogues, put together.

The catalogue as it is gives the plain estimate. Samples over the questions that are not settled give others; their
spread is the doubt of identity, and is added to that of the fit (Rubin 1987: total variance = mean variance +
(1 + 1/m) variance between m samples). What people decided is drawn anew as well, by how often they err.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from pardus.app.estimate import EstimateOptions, estimate_model, make_masks
from pardus.app.individuals import groups
from pardus.app.other_files import OtherFiles
from pardus.app.review import Review
from pardus.app.saying import Sayer
from pardus.app.survey_estimate import KEPT_AS, default_model, mask_options
from pardus.app.survey_folder import open_survey
from pardus.history.build import build
from pardus.identify.animals import AnimalEvent
from pardus.identify.home_ranges import NOWHERE, Ground, coarse, united
from pardus.identify.partitions import Errors, Partition, expected_errors
from pardus.identify.plausible import plausible_catalogues
from pardus.identify.queue import Queue
from pardus.model.errors import HistoryError, ParameterError
from pardus.model.fit import Fit
from pardus.model.ids import derived
from pardus.model.language import _, said
from pardus.model.observation import Observation
from pardus.model.survey import Survey

nan = float("nan")

MOST_CELLS = 600
"""Of the ground on which catalogues are drawn; a mask's cells are put together until there are no more."""

LEAST_USED = 0.8
"""Share of samples that must give an estimate for them to be put together."""


@dataclass(frozen=True, slots=True)
class SampledNumber:
    """One number over the samples. plain: from the catalogue as it is. animals: in histories, plain and sampled.

    mean, se, lower, upper: put together; se_fit and se_identity are its two parts. samples: that gave a number.
    """

    session: str
    quantity: str
    plain: float
    plain_lower: float
    plain_upper: float
    mean: float
    se: float
    se_fit: float
    se_identity: float
    lower: float
    upper: float
    samples: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SampledIdentity:
    """animals: in the histories, (plain, mean of samples, smallest, largest). errors: of the catalogue as it is."""

    numbers: tuple[SampledNumber, ...]
    animals: tuple[int, float, int, int]
    seen_once: tuple[int, float]
    errors: Errors
    plain: Fit

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        return {
            "numbers": [asdict(n) for n in self.numbers],
            "animals": dict(zip(("plain", "mean", "smallest", "largest"), self.animals, strict=True)),
            "seen_once": dict(zip(("plain", "mean"), self.seen_once, strict=True)),
            "catalogue": asdict(self.errors),
        }


def sampled_identity(
    folder: Path,
    options: EstimateOptions | None = None,
    *,
    samples: int = 50,
    seed: int = 1,
    level: float = 0.95,
    files: OtherFiles | None = None,
    tell: Callable[[int, int | None], None] = lambda done, total: None,
    sayer: Sayer | None = None,
) -> SampledIdentity:
    """Estimate the survey in a folder for its catalogue and for sampled ones.

    tell: told of every catalogue drawn and of every fit. files: rasters, regions and covariate tables of every fit.
    With a sayer the result is kept in the log beside the last estimate, if that was made from this state of the data.
    Raises ParameterError if the machine has not compared the animals yet: then there is nothing to sample over.
    """
    files = files or OtherFiles()
    review = Review(folder)
    queue = review.queue()
    if not review.progress().pairs:
        raise ParameterError(_("Run `pardus identify` first: without compared pairs no doubt can be told."))
    with open_survey(folder) as store:
        survey = store.survey()
    people = {o.by: (o.false_same, o.false_different) for o in review.observers()}
    ground, station = _ground(folder, survey, files)
    evidence = queue.evidence(people, ground, station)
    drawn = plausible_catalogues(
        evidence, samples, np.random.default_rng(seed), lambda done: tell(done, 2 * samples)
    )
    reported = _reported(queue, review.organisation)
    errors = expected_errors(reported, [_as_events(queue, p) for p in drawn])
    wanted = options or EstimateOptions(detectfn=survey.config.detection)
    plain, counted = _fit(folder, survey, wanted, files)
    fits, sizes = [], []
    for n, partition in enumerate(drawn, 1):
        try:
            fit, size = _fit(folder, renamed(survey, queue, partition, review.organisation), wanted, files)
            fits.append(fit)
            sizes.append(size)
        except HistoryError:
            pass
        tell(samples + n, 2 * samples)
    animals = [s[0] for s in sizes] or [counted[0]]
    done = SampledIdentity(
        tuple(_together(plain, fits, samples, level)),
        (counted[0], float(np.mean(animals)), min(animals), max(animals)),
        (counted[1], float(np.mean([s[1] for s in sizes] or [counted[1]]))),
        errors,
        plain,
    )
    if sayer is not None:
        _keep(folder, survey.head, done, sayer)
    return done


def _keep(folder: Path, head: str, done: SampledIdentity, sayer: Sayer) -> None:
    """Say the last estimate once more with the samples beside it, if nothing else was said since it was made."""
    with open_survey(folder, write=True) as store, store.transaction():
        last = store.newest(1)[0][1]
        made = last.kind == "fit-made" and last.payload["name"] == KEPT_AS
        if made and last.hash == head:
            sayer.say(store, "fit-made", {**last.payload, "identity": kept(done)})


def kept(done: SampledIdentity) -> dict[str, Any]:
    """Return the samples as the log keeps them; what can't be given is None."""
    record = done.as_json()
    record["numbers"] = [
        {k: None if isinstance(v, float) and v != v else v for k, v in n.items()}
        | ({"said": said([number.note])} if number.note else {})
        for n, number in zip(record["numbers"], done.numbers, strict=True)
    ]
    return record


def renamed(survey: Survey, queue: Queue, partition: Partition, organisation: str) -> Survey:
    """Return the survey as a sampled catalogue has it: every event is somebody, known animals keep their ids."""
    who: dict[str, str] = {}
    for units in partition:
        known = sorted(u for u in units if u not in queue.events)
        id_ = known[0] if known else derived(organisation, "sampled", min(units))
        for unit in units:
            for event in queue.events_of(unit):
                for seen in event.seen:
                    for row in seen.rows:
                        who[row] = id_
    return replace(
        survey,
        observations=tuple(
            o if who.get(o.id, o.individual) == o.individual else _named(o, who[o.id], survey)
            for o in survey.observations
        ),
    )


def _named(o: Observation, who: str, survey: Survey) -> Observation:
    return replace(o, individual=who, scientific_name=o.scientific_name or survey.config.species)


def _ground(
    folder: Path, survey: Survey, files: OtherFiles
) -> tuple[Ground, Callable[[AnimalEvent], int | None]]:
    """Return where animals of a survey may live, and the station of an event: of the masks and cameras that are fitted.

    Effort is that of all sessions. An event at no station of a session has none.
    """
    histories = files.histories(build(survey))
    masks = make_masks(histories, files.mask(mask_options(survey.config, folder))) if histories else ()
    nights: dict[tuple[float, float], float] = defaultdict(float)
    for history in histories:
        for (x, y), usage in zip(history.detectors.xy.tolist(), history.detectors.usage, strict=True):
            nights[x, y] += float(usage.sum())
    worked = {place: n for place, n in nights.items() if n > 0}
    if not worked:
        return NOWHERE, lambda event: 0
    xy, area = coarse(*united(masks), MOST_CELLS)
    ground = Ground(xy, area, np.array(list(worked)), np.array(list(worked.values())))

    def station(event: AnimalEvent) -> int | None:
        away = np.hypot(*(ground.stations - [event.x, event.y]).T)
        nearest = int(np.argmin(away))
        return nearest if away[nearest] < 1.0 else None

    return ground, station


def _reported(queue: Queue, organisation: str) -> Partition:
    return tuple(tuple(g.events) for g in groups(queue, organisation))


def _as_events(queue: Queue, partition: Partition) -> Partition:
    return tuple(tuple(e.id for unit in units for e in queue.events_of(unit)) for units in partition)


def _fit(
    folder: Path, survey: Survey, options: EstimateOptions, files: OtherFiles
) -> tuple[Fit, tuple[int, int]]:
    """Return the fit, and how many animals are in the histories and how many of them were detected once."""
    histories = files.histories(build(survey))
    if not histories:
        raise HistoryError(_("No camera was set up in any session."))
    wanted = options if options.model else replace(options, model=default_model(histories))
    masks = make_masks(histories, files.mask(mask_options(survey.config, folder)))
    fit = estimate_model(histories, masks, wanted).fit
    once = sum(int((h.totals().sum(axis=1) == 1).sum()) for h in histories)
    return fit, (sum(h.n_animals for h in histories), once)


def _together(plain: Fit, fits: Sequence[Fit], samples: int, level: float) -> list[SampledNumber]:
    out = []
    reported = {(e.quantity, e.session, e.region, e.animal_class): e for e in plain.estimates}
    every = [e for fit in (plain, *fits) for e in fit.estimates]
    wanted = {(e.quantity, e.session, e.region, e.animal_class): e for e in reversed(every)}
    for key, template in wanted.items():
        # the catalogue as it is may be too thin for a number where the samples are not
        e = reported.get(key) or replace(template, estimate=nan, lower=nan, upper=nan)
        if e.quantity not in ("N", "E(N)", "D") or e.animal_class or e.region:
            continue
        same = [
            x
            for f in fits
            for x in f.estimates
            if (x.quantity, x.session, x.region, x.animal_class) == (e.quantity, e.session, e.region, "")
            and np.isfinite(x.estimate)
            and np.isfinite(x.se)
        ]
        if len(same) < max(LEAST_USED * samples, 2):
            note = _("Only {n} of {samples} sampled catalogues give this number.").format(
                n=len(same), samples=samples
            )
            out.append(
                SampledNumber(
                    e.session,
                    e.quantity,
                    e.estimate,
                    e.lower,
                    e.upper,
                    nan,
                    nan,
                    nan,
                    nan,
                    nan,
                    nan,
                    len(same),
                    note,
                )
            )
            continue
        values = np.array([x.estimate for x in same])
        within = float(np.mean([x.se**2 for x in same]))
        between = float(values.var(ddof=1)) * (1 + 1 / len(values))
        mean, se = float(values.mean()), float(np.sqrt(within + between))
        spread = np.exp(norm.ppf(0.5 + level / 2) * np.sqrt(np.log1p((se / mean) ** 2)))
        out.append(
            SampledNumber(
                e.session, e.quantity, e.estimate, e.lower, e.upper, mean, se,
                float(np.sqrt(within)), float(np.sqrt(between)), float(mean / spread), float(mean * spread),
                len(values),
            )
        )  # fmt: skip
    return out
