"""Who in the catalogue looks like this animal: the Matcher interface, and matching by coat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pardus.identify.geometry import agreeing
from pardus.identify.patch_index import PatchIndex, place_of
from pardus.identify.votes import Votes, vote
from pardus.model.coat import KINDS, Picture

SIDES = ("left", "right", "other")
VERIFIED = 200
"""Pictures of the catalogue, best first, whose votes are checked for a common place."""

WEIGHTS = {"grid": 1.0, "points": 2.5}
"""How much each kind of patch counts; points are fewer, and their sums smaller."""

LEARNED_FROM = 400
"""Pictures that projections, cells and codes are learned from."""

KEYPOINTS_SHOWN = 60


@dataclass(frozen=True, slots=True, eq=False)
class KeyPairs:
    """Marks that agree, heaviest first, for the eye: query and mate (pair, 2) in half axes, weight (pair,)."""

    query: NDArray[np.float32]
    mate: NDArray[np.float32]
    weight: NDArray[np.float64]


class Matcher(Protocol):
    """Scores pictures against a catalogue that grows.

    `add` may be called at any time and changes no score between pictures added before. `score` may be
    repeated and gives the same; it never compares two pictures of one event, nor a left flank with a right one.
    """

    def add(self, pictures: Sequence[Picture]) -> None:
        """Take pictures into the catalogue; an id that is there is left as it is."""

    def score(self, query: Picture) -> NDArray[np.float64]:
        """Return one score per picture of the catalogue, in the order added: larger is more alike, 0 not compared."""


def side_of(flank: str) -> str:
    """Return which index a flank belongs to."""
    return flank if flank in ("left", "right") else "other"


def sides_for(flank: str) -> tuple[str, ...]:
    """Return what a flank may be compared with: its own side and unsaid ones; an unsaid flank with all."""
    side = side_of(flank)
    return SIDES if side == "other" else (side, "other")


class CoatMatcher:
    """Matches coats by votes of patches over the catalogue, checked for a common place."""

    def __init__(self, indexes: dict[str, PatchIndex], pictures: Sequence[tuple[str, str, str]] = ()) -> None:
        self.indexes = indexes
        self.ids: list[str] = []
        self.events: list[str] = []
        self.flanks: list[str] = []
        self._known: set[str] = set()
        self._side = np.zeros(0, np.int8)
        self._of_event: dict[str, list[int]] = {}
        self._note(pictures)

    @classmethod
    def learn(cls, pictures: Sequence[Picture], expected: int = 0) -> CoatMatcher:
        """Return a matcher whose catalogue is these pictures.

        Projections, cells and codes are learned from up to LEARNED_FROM of them. expected: pictures that the catalogue
        will hold, if these are only the first.
        """
        some = pictures
        if len(pictures) > LEARNED_FROM:
            chosen = np.random.default_rng(1).choice(len(pictures), LEARNED_FROM, replace=False)
            some = [pictures[i] for i in np.sort(chosen)]
        grown = max(expected, len(pictures)) / max(len(some), 1)
        indexes = {}
        for kind in KINDS:
            patches = [p.coat.patches(kind) for p in some]
            indexes[kind] = PatchIndex.learn(patches, round(grown * sum(map(len, patches))))
        matcher = cls(indexes)
        matcher.add(pictures)
        return matcher

    def add(self, pictures: Sequence[Picture]) -> None:
        """Take pictures into the catalogue; an id that is there is left as it is."""
        new: list[Picture] = []
        known = set(self._known)
        for picture in pictures:
            if picture.id not in known:
                known.add(picture.id)
                new.append(picture)
        first = len(self.ids)
        self._note([(p.id, p.event, p.flank) for p in new])
        for side in SIDES:
            numbers = [first + i for i, p in enumerate(new) if side_of(p.flank) == side]
            for kind, index in self.indexes.items():
                index.add(side, numbers, [new[n - first].coat.patches(kind) for n in numbers])

    def _note(self, pictures: Sequence[tuple[str, str, str]]) -> None:
        """Take down id, event and flank of pictures."""
        for number, (id_, event, flank) in enumerate(pictures, len(self.ids)):
            self.ids.append(id_)
            self.events.append(event)
            self.flanks.append(flank)
            self._known.add(id_)
            self._of_event.setdefault(event, []).append(number)
        sides = [SIDES.index(side_of(flank)) for _id, _event, flank in pictures]
        self._side = np.concatenate([self._side, np.array(sides, np.int8)])

    def score(self, query: Picture) -> NDArray[np.float64]:
        """Return one score per picture of the catalogue, in the order added; 0 where it may not be compared."""
        return combined(self.parts(query))

    def parts(self, query: Picture) -> dict[str, NDArray[np.float64]]:
        """Return the score by each kind of patch."""
        found = {}
        for kind in self.indexes:
            votes = self._votes(query, kind)
            best = np.argsort(-votes.sums(), kind="stable")[:VERIFIED]
            support, _share = agreeing(votes, best, query.coat.patches(kind).xy)
            found[kind] = np.zeros(len(self.ids))
            found[kind][best] = support
        return found

    def key_pairs(self, query: Picture, picture: int) -> KeyPairs:
        """Return the marks that agree between a picture and one of the catalogue, for the eye to check."""
        votes = self._votes(query, "grid")
        _support, share = agreeing(votes, np.array([picture]), query.coat.grid.xy)
        rows = np.arange(votes.start[picture], votes.start[picture + 1])
        weight = votes.weight[rows] * share[rows]
        rows = rows[np.argsort(-weight, kind="stable")][:KEYPOINTS_SHOWN]
        weight = votes.weight[rows] * share[rows]
        return KeyPairs(query.coat.grid.xy[votes.patch[rows]], place_of(votes.mate[rows]), weight)

    def _votes(self, query: Picture, kind: str) -> Votes:
        index = self.indexes[kind]
        patches = query.coat.patches(kind)
        sides = sides_for(query.flank)
        distance, mate = index.search(patches, sides)
        allowed = np.isin(self._side, [SIDES.index(side) for side in sides])
        allowed[self._of_event.get(query.event, [])] = False
        return vote(distance, mate, allowed)


def combined(parts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the weighted sum of the scores by kind of patch."""
    return np.sum([WEIGHTS[kind] * part for kind, part in parts.items()], axis=0)  # type: ignore[no-any-return]


def score_parts(matcher: CoatMatcher, pictures: Sequence[Picture]) -> dict[str, NDArray[np.float64]]:
    """Score every picture against every other by each kind of patch, both directions averaged: (picture, picture)."""
    number = {id_: n for n, id_ in enumerate(matcher.ids)}
    columns = np.array([number[p.id] for p in pictures])
    found = [matcher.parts(p) for p in pictures]
    stacked = {kind: np.vstack([f[kind][columns] for f in found]) for kind in KINDS}
    return {kind: (part + part.T) / 2 for kind, part in stacked.items()}
