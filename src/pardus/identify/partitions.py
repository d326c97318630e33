"""Not one catalogue but many plausible ones: samples over the questions that are not settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pardus.identify.groups import CLOSE, Groups, Link

Partition = tuple[tuple[str, ...], ...]

SWEEPS = 30
THINNING = 3


def sample_partitions(groups: Groups, count: int, rng: np.random.Generator) -> list[Partition]:
    """Draw catalogues from the posterior over the undecided links between groups.

    Groups that people joined stay whole. One group at a time is taken out and put back (Gibbs sampling): with
    a candidate of other groups in proportion to the odds of the best link between them, alone in proportion
    to 1; never where a link is forbidden or closed. Taking the best link, not the product, keeps pairs that share
    one misleading picture from counting many times; it is an approximation.
    """
    names = sorted(groups.members)
    links: dict[str, dict[str, Link]] = {name: {} for name in names}
    for a, b, link in groups.links():
        links[a][b] = links[b][a] = link
    candidate = {name: i for i, name in enumerate(names)}
    inside: dict[int, set[str]] = {i: {name} for i, name in enumerate(names)}
    free = len(names)
    samples: list[Partition] = []
    for sweep in range(SWEEPS + THINNING * count):
        for k in rng.permutation(len(names)):
            name = names[k]
            home = candidate[name]
            inside[home].discard(name)
            if not inside[home]:
                del inside[home]
            near = {candidate[other] for other in links[name] if candidate[other] in inside}
            options = sorted(c for c in near if _open(links[name], inside[c]))
            weights = np.array([1.0] + [_odds(links[name], inside[c]) for c in options])
            pick = int(rng.choice(len(weights), p=weights / weights.sum()))
            chosen = options[pick - 1] if pick else free
            free += not pick
            candidate[name] = chosen
            inside.setdefault(chosen, set()).add(name)
        if sweep >= SWEEPS and (sweep - SWEEPS) % THINNING == 0:
            samples.append(
                tuple(sorted(tuple(sorted(e for g in c for e in groups.members[g])) for c in inside.values()))
            )
    return samples[:count]


def _open(links: Mapping[str, Link], others: Iterable[str]) -> bool:
    for other in others:
        link = links.get(other)
        if link is not None and (link.forbidden or (link.asked and link.log_odds <= CLOSE)):
            return False
    return True


def _odds(links: Mapping[str, Link], others: Iterable[str]) -> float:
    return float(np.exp(min(max(links[o].log_odds for o in others if o in links), 30.0)))


@dataclass(frozen=True, slots=True)
class Errors:
    """Of a catalogue, over the samples: individuals in it, and mean and 95 % interval of the number of animals;
    false_merges: animals hidden in groups of others; false_splits: groups too many."""

    individuals: int
    animals: float
    low: float
    high: float
    false_merges: float
    false_splits: float


def expected_errors(reported: Partition, samples: Sequence[Partition]) -> Errors:
    """Compare the reported catalogue with each sample.

    In a sample, a reported group that is spread over k animals hides k - 1; an animal spread over k reported
    groups is k - 1 too many.
    """
    group = {event: i for i, members in enumerate(reported) for event in members}
    counts, merges, splits = [], [], []
    for sample in samples:
        animal = {event: i for i, members in enumerate(sample) for event in members}
        together = {(group[e], animal[e]) for e in group}
        counts.append(len(sample))
        merges.append(len(together) - len(reported))
        splits.append(len(together) - len(sample))
    low, high = np.quantile(counts, [0.025, 0.975])
    return Errors(
        len(reported),
        float(np.mean(counts)),
        float(low),
        float(high),
        float(np.mean(merges)),
        float(np.mean(splits)),
    )
