"""Is a card in the right folder? Serial numbers, overlapping times, and the background of its pictures.

Pure: cards come as summaries, so memory does not grow with the files of other cards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pardus.ingest.clock_alarms import by_infrared, limits, usable
from pardus.ingest.faults import finding
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.language import _, ngettext, together
from pardus.model.media import Media

SCENE_BITS = 18
"""Of 64: typical scenes of one camera position differ by fewer bits, of two positions by more (about 32)."""
MIN_SIDE = 5
"""Pictures needed on both sides of a change of scene."""
INSIDE_OTHER, INSIDE_OWN = 0.9, 0.1

Bits = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What one deployment's files say about where they were taken.

    serials: serial -> number of files. seconds: (n,) sorted instants since 1970. scenes: "colour" and "infrared" ->
    (64,) share of pictures in which each bit of the background's signature is set, where there are MIN_SIDE pictures.
    """

    deployment: Deployment
    serials: Mapping[str, int]
    seconds: NDArray[np.float64]
    scenes: Mapping[str, Bits]

    @property
    def id(self) -> str:
        """The deployment's id."""
        return self.deployment.id


def summarise(media: Iterable[Media], deployment: Deployment) -> Card:
    """Return the summary of one deployment's media."""
    serials: Counter[str] = Counter()
    seconds: list[float] = []
    signatures: dict[str, list[Bits]] = {"colour": [], "infrared": []}
    for item in media:
        if item.metadata.get("serial"):
            serials[item.metadata["serial"]] += 1
        if usable(item) and item.timestamp is not None:
            seconds.append(item.timestamp.timestamp())
        if item.metadata.get("scene"):
            signatures[_light(item)].append(_bits(item.metadata["scene"]))
    scenes = {light: np.mean(bits, axis=0) for light, bits in signatures.items() if len(bits) >= MIN_SIDE}
    return Card(deployment, dict(serials), np.sort(np.array(seconds, dtype=np.float64)), scenes)


def _light(media: Media) -> str:
    return "infrared" if by_infrared(media) else "colour"


def _bits(signature: str) -> Bits:
    value = int(signature, 16)
    return np.array([value >> shift & 1 for shift in range(63, -1, -1)], dtype=np.float64)


def scene_distance(one: Mapping[str, Bits], other: Mapping[str, Bits]) -> float | None:
    """Return how many of the 64 bits differ between two typical scenes; None if they share no kind of light.

    The mean over the kinds of light that both have.
    """
    apart = [_apart(one[light], other[light]) for light in sorted(set(one) & set(other))]
    return sum(apart) / len(apart) if apart else None


def _apart(one: Bits, other: Bits) -> int:
    return int(((one > 0.5) != (other > 0.5)).sum())


def two_serials(card: Card) -> list[Finding]:
    """Return a finding if a deployment's files come from more than one camera, or not from the declared one."""
    if len(card.serials) > 1:
        shown = ", ".join(f"{serial} ({n})" for serial, n in sorted(card.serials.items()))
        return [
            finding(
                "two-serials", card.id, _("Serials found: {serials}; split or confirm.").format(serials=shown)
            )
        ]
    declared = card.deployment.camera_serial
    if declared and card.serials and declared not in card.serials:
        message = _("Expected serial {declared}, found {found}.")
        return [
            finding(
                "serial-not-declared",
                card.id,
                message.format(declared=declared, found=next(iter(card.serials))),
            )
        ]
    return []


def same_names(media: Iterable[Media], deployment: str) -> list[Finding]:
    """Return a finding if one name in one folder of a card (100RECNX/RCNX0001.JPG) stands for different contents.

    It happens where two cards were put below one deployment. Files that restart their numbers in the card's next
    folder are not meant.
    """
    contents: dict[str, dict[str, str]] = {}
    for item in media:
        for path in item.paths:
            contents.setdefault("/".join(path.split("/")[-2:]), {})[item.id] = path
    twice = {name: sorted(paths.values()) for name, paths in sorted(contents.items()) if len(paths) > 1}
    if not twice:
        return []
    message = ngettext(
        "{n} name stands for different contents; all are kept: {paths}.",
        "{n} names stand for different contents; all are kept. The first: {paths}.",
        len(twice),
    )
    first = ", ".join(next(iter(twice.values())))
    return [finding("same-name", deployment, message.format(n=len(twice), paths=first))]


def scene_change(media: Iterable[Media], deployment: str) -> list[Finding]:
    """Return a finding if the background changes for good within a deployment, with the pictures around the change.

    Colour and infrared pictures are looked at apart. Every place between two pictures is tried; the typical scene
    before the best one must differ from the one after by more than SCENE_BITS and by more than the scatter.
    """
    items = [m for m in media if usable(m) and m.metadata.get("scene")]
    items.sort(key=lambda m: (m.timestamp, m.paths))
    for light in ("colour", "infrared"):
        of_light = [m for m in items if _light(m) == light]
        split, apart = _best_split(np.array([_bits(m.metadata["scene"]) for m in of_light]))
        if split:
            message = _(
                "The background changes between {first} and {second} ({before} pictures before, {after} after): "
                "{bits} of 64 bits differ."
            )
            text = message.format(
                first=of_light[split - 1].paths[0],
                second=of_light[split].paths[0],
                before=split,
                after=len(of_light) - split,
                bits=apart,
            )
            return [finding("scene-change", deployment, text)]
    return []


def _best_split(bits: Bits) -> tuple[int, int]:
    """Return (number of pictures before the change, bits apart), or (0, 0) if the scene does not change."""
    n = len(bits)
    if n < 2 * MIN_SIDE:
        return 0, 0
    sums = np.vstack([np.zeros(64), np.cumsum(bits, axis=0)])
    splits = np.arange(MIN_SIDE, n - MIN_SIDE + 1)
    before = sums[splits] / splits[:, None]
    after = (sums[n] - sums[splits]) / (n - splits)[:, None]
    # the sum of squares that a split into two groups explains: largest at the true change
    explained = splits * (n - splits) / n * ((before - after) ** 2).sum(axis=1)
    best = int(np.argmax(explained))
    split, apart = int(splits[best]), _apart(before[best], after[best])
    scatter = max(_scatter(bits[:split]), _scatter(bits[split:]))
    return (split, apart) if apart > max(SCENE_BITS, scatter) else (0, 0)


def _scatter(bits: Bits) -> float:
    typical = bits.mean(axis=0) > 0.5
    return float(np.median((bits != typical).sum(axis=1)))


def check_cards(cards: Sequence[Card], earlier: Sequence[Card] = ()) -> list[Finding]:
    """Return findings over several cards: one camera in two places, and pairs of cards that look exchanged.

    earlier: cards already in the survey, which show what each station's scene looks like and which camera was there.
    """
    found = []
    for one, other in combinations(sorted([*cards, *earlier], key=lambda c: c.id), 2):
        if one.deployment.station != other.deployment.station:
            found += _same_camera(one, other)
    known = {card.deployment.station: card for card in sorted(earlier, key=lambda c: c.deployment.start)}
    for one, other in combinations(sorted(cards, key=lambda c: c.id), 2):
        reasons = _exchanged(one, other, known)
        if reasons:
            message = _("The cards of {one} and {other} look exchanged: {reasons}.")
            where = f"{one.id}, {other.id}"
            found.append(
                finding(
                    "swapped-cards",
                    where,
                    message.format(one=one.id, other=other.id, reasons=together(reasons, "; ")),
                )
            )
    return found


def _same_camera(one: Card, other: Card) -> list[Finding]:
    shared = sorted(set(one.serials) & set(other.serials))
    if not shared or not len(one.seconds) or not len(other.seconds):
        return []
    overlap = min(one.seconds[-1], other.seconds[-1]) - max(one.seconds[0], other.seconds[0])
    if overlap <= 0:
        return []
    message = _("Camera {serial} has files at {one} and at {other} over the same {days:.1f} days.")
    return [
        finding(
            "serial-in-two-places",
            f"{one.id}, {other.id}",
            message.format(serial=", ".join(shared), one=one.id, other=other.id, days=overlap / 86_400),
        )
    ]


def _exchanged(one: Card, other: Card, known: Mapping[str, Card]) -> list[str]:
    """Return the evidence, in words, that two cards are each in the other's folder; every kind holds both ways."""
    reasons = []
    if _serial_of(one, other, known) and _serial_of(other, one, known):
        reasons.append(_("each has the serial number of the other's camera"))
    if _fits_times(one, other) and _fits_times(other, one):
        reasons.append(_("the dates of each lie in the other's deployment and not in its own"))
    if _looks_like(one, other, known) and _looks_like(other, one, known):
        reasons.append(_("each shows the background of earlier pictures at the other's station"))
    return reasons


def _serial_of(card: Card, place: Card, known: Mapping[str, Card]) -> bool:
    def declared(at: Card) -> set[str]:
        if at.deployment.camera_serial:
            return {at.deployment.camera_serial}
        before = known.get(at.deployment.station)
        return set(before.serials) if before else set()

    serials = set(card.serials)
    return len(serials) == 1 and serials <= declared(place) and not serials & declared(card)


def _fits_times(card: Card, place: Card) -> bool:
    if len(card.seconds) < MIN_SIDE:
        return False
    return _inside(card, place.deployment) >= INSIDE_OTHER and _inside(card, card.deployment) <= INSIDE_OWN


def _inside(card: Card, deployment: Deployment) -> float:
    start, end = limits(deployment)
    low = np.searchsorted(card.seconds, start.timestamp())
    high = np.searchsorted(card.seconds, end.timestamp()) if end else len(card.seconds)
    return float(high - low) / len(card.seconds)


def _looks_like(card: Card, place: Card, known: Mapping[str, Card]) -> bool:
    here, there = known.get(card.deployment.station), known.get(place.deployment.station)
    if here is None or there is None:
        return False
    own, others = scene_distance(card.scenes, here.scenes), scene_distance(card.scenes, there.scenes)
    return own is not None and others is not None and own > SCENE_BITS >= others and own - others >= 8
