"""The act `pardus identify`: describe events, rank them against the catalogue, calibrate by the survey's own decisions.

Everything it makes lies in the survey's folder `identify/` and may be deleted. What people said is only read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pardus.app.describe import chosen, coat_path, describe_all, read_coat
from pardus.app.executor import Executor, Serial
from pardus.app.individuals import Names, groups
from pardus.app.review import FOLDER, Progress, Review
from pardus.app.survey_folder import media_files, open_survey
from pardus.identify.animals import AnimalEvent, animals
from pardus.identify.calibrate import LEAST_SAME, Calibration, Reliability, fit, held_out
from pardus.identify.index_folder import read_index, staleness, write_index
from pardus.identify.matcher import CoatMatcher
from pardus.identify.pair_features import PairFeatures, pair_features
from pardus.identify.pairs_folder import MachinePairs, write_pairs
from pardus.identify.prior import distance_log_odds
from pardus.identify.queue import Queue
from pardus.identify.rows import Rows, read_rows, write_rows
from pardus.model.coat import KINDS, Picture
from pardus.model.errors import ParameterError, StoppedError
from pardus.model.language import _
from pardus.model.media import Media
from pardus.vision.coat import VERSION

Floats = NDArray[np.float64]
Tell = Callable[[int, int | None], None]

INDEX = "index"
LEARNED_ON = 400
"""Pictures from which the projection of an index is learned, at most."""

ADDED = 100
"""Pictures put into an index at once: the fewer, the less memory."""

INDEX_SAVED_EVERY = 6_000
"""Pictures put into an index between two writings of it; what is killed loses no more than these."""

SAVED_EVERY = 250
"""Pictures scored between two writings of the rows."""

SIGMA = 5000.0
"""Metres: how far places of one animal scatter, for the distance of two events; its weight is learned."""

DEFAULT = Calibration(np.zeros(3), np.ones(3), np.array([0.5, 1.7, 0.9, -2.3]))
"""Used for the order of questions until there are decisions to learn from; no probability is told from it.

Means of what fits to nyala (0.2, 0.2, 1.4, 0.9) and to tigers (0.9, 3.3, 0.4, -5.5) gave."""

PLACE_AND_TIME = 0.5, 0.1
"""Weights of place and time until then."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a run did. described: pictures new and in all. failed: observation -> why it can't be described.

    calibrated: whether probabilities rest on this survey's decisions, else `why_not`. reliability: on animals held out.
    """

    events: int
    described: int
    known: int
    failed: Mapping[str, str]
    pairs: int
    index: str
    calibrated: bool
    why_not: str
    reliability: Reliability | None
    progress: Progress

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        out = {
            "events": self.events,
            "described": self.described,
            "known": self.known,
            "failed": dict(self.failed),
            "pairs": self.pairs,
            "index": self.index,
            "calibrated": self.calibrated,
            "why_not": self.why_not,
            "progress": asdict(self.progress),
        }
        if self.reliability is not None:
            out["reliability"] = {
                "pairs": len(self.reliability.same),
                "same": int(self.reliability.same.sum()),
                "log_loss": self.reliability.log_loss,
                "log_loss_of_prior": self.reliability.prior_log_loss,
                "brier": self.reliability.brier,
                "brier_of_prior": self.reliability.prior_brier,
                "bins": [asdict(b) | {"holds": b.holds} for b in self.reliability.bins],
            }
        return out


def identify(
    folder: Path,
    *,
    executor: Executor | None = None,
    tell: Callable[[str], Tell] = lambda label: lambda done, total: None,
    unsorted: bool = False,
    embedder: Path | None = None,
) -> Identified:
    """Bring the machine's part of the identification up to date; nothing is written to the log.

    tell: given what is being done, returns what is told of the progress. unsorted: take boxes whose species nobody
    has said for the species. embedder: a user's ONNX model whose likeness is fused. Raises StoppedError on Ctrl-C:
    what was done is kept, the next run goes on from there.
    """
    made = folder / FOLDER
    made.mkdir(exist_ok=True)
    with open_survey(folder) as store:
        survey = store.survey(media=False)
        names = Names(store)
        found = animals(survey, names.all_said(), unsorted=unsorted)
        locate = media_files(folder, store)

        def media(ids: Sequence[str]) -> dict[str, tuple[Media, Path]]:
            return {m.id: (m, locate(m)) for m in store.media(ids)}

        try:
            before = sum(1 for e in found.events for s in chosen(e) if coat_path(made, s.id).exists())
            failed = describe_all(made, found.events, media, executor or Serial(), tell(_("Describing")))
            matcher, said = _matcher(made, found.events, tell(_("Indexing")))
            rows = _score(made, matcher, found.events, tell(_("Comparing")))
            vectors = {}
            if embedder is not None:
                from pardus.app.embedding import embed_all

                vectors = embed_all(made, embedder, found.events, media, tell(_("Embedding")))
        except KeyboardInterrupt as stop:
            raise StoppedError(
                _("Stopped. What was done is kept in {folder}; run the same command to go on.").format(
                    folder=made
                )
            ) from stop
    event = {s.id: e.id for e in found.events for s in e.seen}
    side = {s.id: s.side for e in found.events for s in e.seen}
    pairs = pair_features(rows, event, side)
    by_pictures = pairs.features
    if vectors:
        from pardus.app.embedding import likeness

        by_pictures = np.column_stack([by_pictures, likeness(pairs, found.events, vectors)])
    features = np.column_stack([by_pictures, _place_and_time(pairs, {e.id: e for e in found.events})])
    review = Review(folder)
    who = _who(review)
    calibration, reliability, why_not = _calibrate(
        pairs, features, who, place=features.shape[1] > by_pictures.shape[1]
    )
    without_place = _calibrate(pairs, by_pictures, who, place=False)[0]
    about = {
        "calibrated": not why_not,
        "why_not": why_not,
        "unsorted": unsorted,
        "embedder": "" if embedder is None else embedder.name,
        "weights": calibration.weights.tolist(),
        "reliability": None
        if reliability is None
        else {"log_loss": reliability.log_loss, "brier": reliability.brier},
    }
    kept_pairs = MachinePairs(
        pairs.events,
        pairs.a,
        pairs.b,
        calibration.log_odds(features).astype(np.float32),
        about,
        without_place.log_odds(by_pictures).astype(np.float32),
    )
    write_pairs(made, kept_pairs)
    kept = len(matcher.ids)
    return Identified(
        len(found.events), kept - min(before, kept), kept, failed, len(pairs.a), said, not why_not, why_not,
        reliability, Review(folder).progress(),
    )  # fmt: skip


def _pictures(
    made: Path, events: Sequence[AnimalEvent], skip: frozenset[str] = frozenset()
) -> list[tuple[str, str, str]]:
    """Return (observation, event, side) of everything described."""
    return [
        (s.id, e.id, s.side)
        for e in events
        for s in chosen(e)
        if s.id not in skip and coat_path(made, s.id).exists()
    ]


def _load(made: Path, keys: Sequence[tuple[str, str, str]]) -> list[Picture]:
    out = []
    for id_, event, side in keys:
        described = read_coat(coat_path(made, id_))
        if described is not None:
            out.append(Picture(id_, event, side, described.coat))
    return out


def _matcher(made: Path, events: Sequence[AnimalEvent], tell: Tell) -> tuple[CoatMatcher | _Empty, str]:
    """Read the index and add what is new; build it anew if it is stale. Returns it and why it was built, or ""."""
    keys = _pictures(made, events)
    flanks = {id_: side for id_, _event, side in keys}
    event_of = {id_: event for id_, event, _side in keys}
    place = made / INDEX
    why = staleness(place, VERSION, flanks)
    learned_on = len(keys)
    if not why:
        matcher = read_index(place)
        if any(event_of.get(i) != e for i, e in zip(matcher.ids, matcher.events, strict=True)):
            why = _("Events changed.")
        learned_on = int(json.loads((place / "index.json").read_text(encoding="utf-8"))["learned_on"])
    if not keys:
        return _Empty(), ""
    if why:
        learned_on = len(keys)
        rng = np.random.default_rng(0)
        some = sorted(rng.choice(len(keys), min(len(keys), LEARNED_ON), replace=False).tolist())
        matcher = CoatMatcher.learn(_load(made, [keys[i] for i in some]), expected=len(keys))
    known = set(matcher.ids)
    new = [k for k in keys if k[0] not in known]
    for at in range(0, len(new), ADDED):
        if at and at % INDEX_SAVED_EVERY == 0:
            write_index(place, matcher, VERSION, learned_on)
        matcher.add(_load(made, new[at : at + ADDED]))
        tell(min(at + ADDED, len(new)), len(new))
    if new or why:
        write_index(place, matcher, VERSION, learned_on)
    return matcher, why


class _Empty:
    """No catalogue: nothing is described yet."""

    ids: tuple[str, ...] = ()


def _score(made: Path, matcher: CoatMatcher | _Empty, events: Sequence[AnimalEvent], tell: Tell) -> Rows:
    """Score every described picture that has no row yet against the catalogue."""
    if isinstance(matcher, _Empty):
        return Rows()
    basis = hashlib.sha256(
        b"".join(matcher.indexes[kind].projection.axes.tobytes() for kind in KINDS)
    ).hexdigest()[:16]
    rows = read_rows(made, basis)
    new = [k for k in _pictures(made, events) if k[0] not in rows.rows]
    try:
        for n, key in enumerate(new, 1):
            (query,) = _load(made, [key])
            rows.put(query.id, matcher.parts(query), matcher.ids)
            tell(n, len(new))
            if n % SAVED_EVERY == 0:
                write_rows(made, rows)
    finally:
        if new:
            write_rows(made, rows)
    return rows


def _place_and_time(pairs: PairFeatures, events: Mapping[str, AnimalEvent]) -> Floats:
    """Return what place and time say of each pair: distance as log odds, and how close in time.

    How much they count is learned. No columns where there are fewer than three stations.
    """
    stations = {(e.x, e.y) for e in events.values() if e.station}
    if len(stations) < 3 or not len(pairs.a):
        return np.zeros((len(pairs.a), 0))
    xy = np.array(sorted(stations))
    area = max(float(np.prod(np.ptp(xy, axis=0) + 4 * SIGMA)), 1.0)
    place, time = np.zeros(len(pairs.a)), np.zeros(len(pairs.a))
    for k, (i, j) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)):
        a, b = events[pairs.events[i]], events[pairs.events[j]]
        if not (a.station and b.station):
            continue
        place[k] = distance_log_odds(float(np.hypot(a.x - b.x, a.y - b.y)), SIGMA, area)
        days = abs((a.start - b.start).total_seconds()) / 86_400
        time[k] = -np.log1p(days) * (place[k] > 0)
    return np.column_stack([place, time])


def _who(review: Review) -> dict[str, str]:
    """Return event -> individual, of those that people settled."""
    queue: Queue = review.queue()
    return {e: g.id for g in groups(queue, review.organisation) if g.id for e in g.events}


def _calibrate(
    pairs: PairFeatures, features: Floats, who: Mapping[str, str], *, place: bool
) -> tuple[Calibration, Reliability | None, str]:
    """Learn from the decisions of this survey; without enough of them use DEFAULT and say why."""
    a = [who.get(pairs.events[i], "") for i in pairs.a.tolist()]
    b = [who.get(pairs.events[j], "") for j in pairs.b.tolist()]
    rows = np.array([bool(x and y) for x, y in zip(a, b, strict=True)], bool)
    same = np.array([x == y for x, y in zip(a, b, strict=True)], bool)[rows]
    more = np.zeros(features.shape[1] - pairs.features.shape[1])
    if place:
        more[-2:] = PLACE_AND_TIME
    weights = np.concatenate([DEFAULT.weights[:3], more, DEFAULT.weights[-1:]])
    default = Calibration(np.zeros(features.shape[1]), np.ones(features.shape[1]), weights)
    least = _(
        "pairs decided and compared so far: {found} of the same animal, {other} of different ones; at least {least} of "
        "each are needed."
    ).format(found=int(same.sum()), other=int((~same).sum()), least=LEAST_SAME)
    if same.sum() < LEAST_SAME or (~same).sum() < LEAST_SAME:
        return default, None, least
    known_a, known_b = (np.array(side, object)[rows].tolist() for side in (a, b))
    calibration = fit(features[rows], same)
    try:
        reliability = held_out(features[rows], same, known_a, known_b)
    except ParameterError as error:
        return default, None, str(error)
    if not reliability.better_than_prior:
        return (
            calibration,
            reliability,
            _("On animals held out the evidence says no more than the share of pairs."),
        )
    return calibration, reliability, ""
