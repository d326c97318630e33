"""Everything that can go wrong and that a person must read.

PardusError                 base; carries findings (all bad rows at once) and an exit code
├── UsageError        2     the command or a parameter is off
│   └── ParameterError      a value outside its range, in a function call
├── DataError         3     an input file, table or package is wrong; nothing was written
│   ├── TableError          rows and columns of a table
│   ├── MediaError          a picture or video
│   ├── MaskError           the mask does not fit the detectors
│   ├── HistoryError        captures, detectors and usage contradict each other
│   └── PackageError        a Camtrap DP or exchange package
├── SurveyError       4     the survey folder: absent, newer than this program, in use, damaged
│   └── LogError            the hash chain or a fold is broken
└── StoppedError      5     stopped by the user or the machine; what was done is kept, resume is possible

A fit that failed is not an exception: see `pardus.model.fit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pardus.model.language import _

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong (or doubtful), where it is, and what to do about it.

    code: stable kebab-case name, for example "capture-outside-usage"; tests and docs use it.
    where: file, row and column, or an id; empty if it concerns the whole input.
    message: what was expected and what was found, in the reader's language.
    remedy: what to do.
    severity: "error" stops the act, "warning" lets it go on and is shown and counted.
    """

    code: str
    where: str
    message: str
    remedy: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """One or two lines for a person."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  {self.remedy}" if self.remedy else head


def told(findings: Iterable[Finding], most: int = 3) -> list[str]:
    """Return what a person reads of findings: of those alike `most` in full, of the others every place, in one line.

    Alike: the same code, and places that differ in numbers only ("stations.csv, row 7, column X"). A remedy that is
    the same for all is said once.
    """
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.code, _NUMBER.sub("#", finding.where)), []).append(finding)
    lines = []
    for some in alike.values():
        if len(some) <= most + 1:
            lines += [str(finding) for finding in some]
            continue
        one_remedy = len({finding.remedy for finding in some}) == 1
        for finding in some[:most]:
            lines.append(str(replace(finding, remedy="") if one_remedy else finding))
        places = _places([finding.where for finding in some[most:]])
        lines.append(_("... and {n} more like this: {places}").format(n=len(some) - most, places=places))
        if one_remedy and some[0].remedy:
            lines.append(f"  {some[0].remedy}")
    return lines


def _order(finding: Finding) -> tuple[Any, ...]:
    """Errors before warnings, then by code and place, row 9 before row 10."""
    parts = _NUMBER.split(finding.where)
    numbers = [int(n) for n in _NUMBER.findall(finding.where)]
    return finding.severity != "error", finding.code, parts, numbers, finding.message, finding.remedy


def _places(wheres: Sequence[str]) -> str:
    """Return places in one line; where only one number differs, once with all of its numbers: "row 5-9, 11"."""
    numbers = [_NUMBER.findall(where) for where in wheres]
    differ = [k for k in range(len(numbers[0])) if len({n[k] for n in numbers}) > 1]
    if len(differ) != 1:
        return "; ".join(dict.fromkeys(wheres))
    runs: list[list[int]] = []
    for n in sorted({int(n[differ[0]]) for n in numbers}):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    head, tail = list(_NUMBER.finditer(wheres[0]))[differ[0]].span()
    return wheres[0][:head] + text + wheres[0][tail:]


class PardusError(Exception):
    """Base of all errors that a person must read.

    summary: one sentence. findings: every single fault, sorted; may be empty.
    """

    exit_code = 1

    def __init__(self, summary: str, findings: Iterable[Finding] = ()) -> None:
        self.summary = summary
        self.findings = tuple(sorted(findings, key=_order))
        super().__init__("\n".join([summary, *(str(finding) for finding in self.findings)]))


class UsageError(PardusError):
    """The command or a parameter is off."""

    exit_code = 2


class ParameterError(UsageError):
    """A value outside its range, in a function call."""


class DataError(PardusError):
    """An input is wrong; nothing was written."""

    exit_code = 3


class TableError(DataError):
    """Rows or columns of a table are wrong."""


class MediaError(DataError):
    """A picture or a video can't be used."""


class MaskError(DataError):
    """The mask does not fit the detectors."""


class HistoryError(DataError):
    """Captures, detectors and usage contradict each other."""


class PackageError(DataError):
    """A Camtrap DP or exchange package is wrong."""


class SurveyError(PardusError):
    """The survey folder is absent, newer than this program, in use, or damaged."""

    exit_code = 4


class LogError(SurveyError):
    """The hash chain is broken, or the tables are not what the log says."""


class StoppedError(PardusError):
    """Stopped by the user or the machine; what was done is kept."""

    exit_code = 5
