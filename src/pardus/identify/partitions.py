"""A catalogue judged by plausible ones: how many animals, how many false merges and splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Partition = tuple[tuple[str, ...], ...]


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
