"""The files are read back by a small reader that follows secr's description of its formats, not our writer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np

from pardus.history.build import build
from pardus.history.secr import secr_files
from pardus.model.capture import CaptureHistory
from pardus.model.survey import Session, Survey
from tests.fixtures.field import at, deployment, individual, seen, survey

A = deployment("A", at(1, 18), at(11))
B = deployment("B_2", at(2), at(11))


def lines(text: str) -> list[list[str]]:
    """Return the fields of each line: text after '#' and blank lines are ignored, blanks separate."""
    kept = [line.split("#")[0].strip() for line in text.splitlines()]
    return [line.split() for line in kept if line]


def traps(text: str) -> dict[str, tuple[float, float, list[float], list[str]]]:
    found = {}
    for fields in lines(text):
        values, _slash, covariates = " ".join(fields).partition("/")
        name, x, y, *usage = values.split()
        found[name] = (float(x), float(y), [float(u) for u in usage], covariates.split())
    return found


def winter(**changes: object) -> Survey:
    records = [
        seen(1, A, at(2, 20), "F 1", "left"),
        seen(2, A, at(2, 23), "F 1", "left"),
        seen(3, B, at(3, 2), "Леопард", "both"),
        seen(4, B, at(8, 2), "Леопард", "both"),
    ]
    people = [
        individual("F 1", ("sex", "female", date(2024, 1, 1))),
        individual("Леопард", ("status", "dead", date(2025, 12, 8))),
    ]
    of = survey([A, B], records, people, **({"output": "count"} | changes))
    return replace(of, stations=tuple(replace(s, covariates={"trail": "old road"}) for s in of.stations))


def counted(files: dict[str, str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(fields[:4]) for fields in lines(files["captures.txt"]))


def test_captures_and_traps_say_what_the_history_says() -> None:
    (history,) = build(winter()).sessions
    files = secr_files([history])
    assert counted(files) == {
        ("winter", "park:F-1", "2", "park:A"): 2,
        ("winter", "park:Леопард", "3", "park:B-2"): 1,
        ("winter", "park:Леопард", "-8", "park:B-2"): 1,
    }
    assert {f[1]: f[4:] for f in lines(files["captures.txt"])} == {"park:F-1": ["F"], "park:Леопард": ["NA"]}
    read = traps(files["traps-1.txt"])
    assert list(read) == ["park:A", "park:B-2"]
    assert all("_" not in name for name in read)
    for k, (x, y, usage, covariates) in enumerate(read.values()):
        np.testing.assert_array_equal([x, y], history.detectors.xy[k])
        np.testing.assert_array_equal(usage, history.detectors.usage[k])
        assert covariates == ["old-road"]
    assert "# park:B-2 = park:B_2" in files["traps-1.txt"]
    assert "# park:F-1 = park:F 1" in files["captures.txt"]


def test_the_lines_of_r_name_everything_secr_needs() -> None:
    files = secr_files(build(winter()).sessions)
    for part in (
        'read.capthist("captures.txt"',
        'c("traps-1.txt")',
        'detector = "count"',
        "binary.usage = FALSE",
        "noccasions = c(10)",
        'covnames = c("sex")',
        'trapcovnames = c("trail")',
        "fastproximity = FALSE",
    ):
        assert part in files["read.R"]


def test_trap_files_follow_the_order_in_which_secr_sorts_sessions() -> None:
    def sessions(*names: str) -> list[CaptureHistory]:
        weeks = [(1, 2), (3, 5), (6, 10)]
        of = winter(
            sessions=tuple(
                Session(name, date(2025, 12, a), date(2025, 12, b))
                for name, (a, b) in zip(names, weeks, strict=True)
            )
        )
        return list(build(of).sessions)

    numbers = secr_files(sessions("10", "9", "100"))
    assert [len(traps(numbers[f"traps-{n}.txt"])["park:A"][2]) for n in (1, 2, 3)] == [3, 2, 5]
    assert "noccasions = c(3, 2, 5)" in numbers["read.R"]
    words = secr_files(sessions("10", "9", "a"))
    assert [len(traps(words[f"traps-{n}.txt"])["park:A"][2]) for n in (1, 2, 3)] == [2, 3, 5]


def test_a_session_without_detections_has_the_line_secr_expects() -> None:
    of = replace(winter(), observations=())
    assert lines(secr_files(build(of).sessions)["captures.txt"]) == [["winter", "NONE", "1", "park:A", "NA"]]


def test_two_names_that_become_alike_stay_two() -> None:
    of = winter()
    twins = tuple(replace(o, individual=n) for o, n in zip(of.observations, ["a b", "a-b"] * 2, strict=True))
    names = {f[1] for f in lines(secr_files(build(replace(of, observations=twins)).sessions)["captures.txt"])}
    assert names == {"a-b", "a-b-2"}
