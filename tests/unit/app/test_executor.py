"""Work is spread in order, a little ahead, and a worker's error is the caller's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pardus.app.executor import Processes, Serial, cores


def double(n: int) -> int:
    if n == 13:
        raise ValueError("thirteen")
    return 2 * n


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2) as executor:
        yield executor


def test_results_come_in_the_order_of_the_items(processes: Processes) -> None:
    assert (
        list(processes.map(double, range(12)))
        == list(Serial().map(double, range(12)))
        == [2 * n for n in range(12)]
    )


def test_items_are_taken_only_a_little_ahead(processes: Processes) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for _ in range(10_000):
            taken += 1
            yield 1

    results = processes.map(double, items())
    assert next(results) == 2
    assert taken <= 2 * 2 + 1


def test_an_error_in_a_worker_is_raised_and_the_rest_can_be_used(processes: Processes) -> None:
    with pytest.raises(ValueError, match="thirteen"):
        list(processes.map(double, range(20)))
    assert list(processes.map(double, [1])) == [2]


def test_processes_are_used_within_a_with_block() -> None:
    with pytest.raises(RuntimeError, match="with Processes"):
        next(Processes(1).map(double, [1]))


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1
