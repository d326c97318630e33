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

from collections.abc import Iterable
from dataclasses import dataclass


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


class PardusError(Exception):
    """Base of all errors that a person must read.

    summary: one sentence. findings: every single fault, sorted; may be empty.
    """

    exit_code = 1

    def __init__(self, summary: str, findings: Iterable[Finding] = ()) -> None:
        self.summary = summary
        self.findings = tuple(sorted(findings))
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
