"""Rows of the three tables, one after the other: what the standard forbids and what can't be true.

A row that can't be taken is set aside with its reasons (quarantine), never mended and never dropped silently; rows
that refer to it follow it. The same codes are used when a package is written. They are listed, each with its effect,
in docs/reference/camtrap-dp.md.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import IO, Any

from pardus.camtrapdp.cells import CellFault, parse
from pardus.camtrapdp.extent import km, within
from pardus.camtrapdp.hashing import Hashing
from pardus.camtrapdp.schema import MISSING
from pardus.camtrapdp.source import unsafe_name
from pardus.camtrapdp.tables import FIELDS, Field
from pardus.model.errors import Finding
from pardus.model.language import _

MAX_FIELD = 131_072
ACCEPTABLE = {
    "event-outside-deployment",
    "spreadsheet-formula",
    "coordinates-swapped",
    "box-outside-picture",
}
"""Codes that a person may accept by name: the rows are then taken as they are, with a warning."""

_FORMULA = re.compile(r"\s*(?:=|@|[+\-](?=[A-Za-z]))\s*@?[\w.$!']*\(|[\s]*[=+\-@].*\|.*!", re.DOTALL)
_ID_FIELDS = frozenset({"deploymentID", "mediaID", "observationID", "locationID", "eventID", "individualID"})
_HIDDEN = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. values: typed, None where missing; raw: as written; extra: columns that are not the standard's."""

    table: str
    number: int
    values: Mapping[str, Any]
    raw: Mapping[str, str]
    extra: Mapping[str, str]

    @property
    def where(self) -> str:
        """The row's place for a person."""
        return f"{self.table}, row {self.number}"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that was not taken: as written, and why."""

    table: str
    number: int
    raw: Mapping[str, str]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Period:
    """A deployment's time, for the checks on what refers to it."""

    start: datetime
    end: datetime


@dataclass(slots=True)
class Checker:
    """Takes the rows of a package in the order deployments, media, observations; grows by what it set aside.

    accept: codes out of ACCEPTABLE whose rows are taken all the same. known: row ids that the package itself
    declares to be as they are (code -> ids), as `pardus` does for records outside their deployment.
    bounds: (west, south, east, north) of the package, if it states any.
    """

    version: str
    accept: frozenset[str] = frozenset()
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bounds: tuple[float, float, float, float] | None = None
    findings: list[Finding] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    periods: dict[str, Period] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    soft: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows(self, table: str, file: IO[bytes], stated_hash: str = "") -> Iterator[Row]:
        """Yield the rows of a table that can be taken; memory stays flat but for the ids.

        stated_hash: "algorithm:digest" of the file's bytes, "" if the package does not say; checked at the end,
        and reported as the error "hash-differs".
        """
        algorithm, _colon, expected = stated_hash.partition(":")
        hashing = Hashing(file, algorithm or "sha256")
        text = io.TextIOWrapper(io.BufferedReader(hashing, 1 << 16), encoding="utf-8-sig", newline="")
        try:
            yield from self._rows(table, _bounded(csv.reader(text)))
        except UnicodeDecodeError as error:
            self._refuse("not-utf8", table, _("is not UTF-8 ({reason}).").format(reason=error.reason))
        except csv.Error as error:
            self._refuse("not-csv", table, _("can't be read as CSV: {reason}.").format(reason=error))
        else:
            found = hashing.digest()
            if expected and found != expected:
                message = _("its hash is {found}, the package says {expected}.").format(
                    found=found, expected=expected
                )
                self._refuse("hash-differs", table, message, _("The file was changed; ask for it again."))
        finally:
            text.detach()

    def _refuse(self, code: str, where: str, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(code, where, message, remedy))

    def _rows(self, table: str, reader: Iterator[list[str]]) -> Iterator[Row]:
        header = next(reader, [])
        if not self._header(table, header):
            return
        described = {f.name: f for f in FIELDS[table]}
        checks = {"deployments": self._deployment, "media": self._media, "observations": self._observation}[
            table
        ]
        taken = self._deployments if table == "deployments" else _as_they_are
        yield from taken(self._typed(table, reader, header, described, checks))

    def _header(self, table: str, header: Sequence[str]) -> bool:
        names = [f.name for f in FIELDS[table]]
        twice = sorted({c for c in header if header.count(c) > 1})
        lacking = [f.name for f in FIELDS[table] if f.required and f.name not in header]
        for name in lacking:
            self._refuse("column-missing", table, _("the column {name} is required.").format(name=name))
        for name in twice:
            self._refuse("column-twice", table, _("the column {name} stands there twice.").format(name=name))
        for name in [n for n in names if n not in header and n not in lacking]:
            message = _("the column {name} is missing; taken as empty.").format(name=name)
            self.findings.append(Finding("column-absent", table, message, severity="warning"))
        for name in [n for n in header if n not in names]:
            message = _("the column {name} is not the standard's; kept.").format(name=name)
            self.findings.append(Finding("column-unknown", table, message, severity="warning"))
        ours = [n for n in header if n in names]
        if ours != [n for n in names if n in header]:
            message = _("the columns are not in the standard's order; read by their names.")
            self.findings.append(Finding("column-order", table, message, severity="warning"))
        return not lacking and not twice

    def _typed(
        self,
        table: str,
        reader: Iterator[list[str]],
        header: Sequence[str],
        described: Mapping[str, Field],
        checks: Callable[[Row, list[Finding]], None],
    ) -> Iterator[Row]:
        missing = MISSING[self.version]
        key = FIELDS[table][0].name
        required = [column for column in described.values() if column.required]
        seen: set[str] = set()
        for number, cells in enumerate(reader, 2):
            if not cells:
                continue
            self.counts[table] += 1
            raw = dict(zip(header, cells, strict=False))
            values: dict[str, Any] = dict.fromkeys(described)
            faults: list[Finding] = []
            where = f"{table}, row {number}"
            if len(cells) != len(header):
                message = _("has {found} cells, the header {expected}.").format(
                    found=len(cells), expected=len(header)
                )
                faults.append(Finding("row-length", where, message))
            for name, text in raw.items():
                if not text:
                    continue
                fault = _text_fault(name, text)
                if fault and not self._accepted(fault[0], raw.get(key, "")):
                    faults.append(Finding(fault[0], f"{where}, column {name}", fault[1]))
                column = described.get(name)
                if column is None or text in missing:
                    continue
                try:
                    values[name] = parse(column, text)
                except CellFault as error:
                    if error.soft:
                        self.soft[(table, error.code)] += 1
                        values[name] = error.value
                    else:
                        faults.append(Finding(error.code, f"{where}, column {name}", error.message))
            for column in required:
                if raw.get(column.name, "") in missing:
                    message = _("expected a value.")
                    faults.append(Finding("value-missing", f"{where}, column {column.name}", message))
            id_ = values.get(key) or ""
            if id_ in seen:
                faults.append(Finding("id-twice", where, _("the id {id} was there before.").format(id=id_)))
            row = Row(table, number, values, raw, {n: t for n, t in raw.items() if n not in described and t})
            if not faults:
                checks(row, faults)
            if faults:
                self._set_aside(row, faults, id_ if id_ not in seen else "")
            else:
                yield row
            seen.add(id_)

    def _accepted(self, code: str, id_: str) -> bool:
        """Say whether a row may be taken in spite of a code, and count it."""
        if (code in ACCEPTABLE and code in self.accept) or id_ in self.known.get(code, ()):
            self.soft[("accepted", code)] += 1
            return True
        return False

    def _set_aside(self, row: Row, faults: Iterable[Finding], id_: str) -> None:
        self.quarantine.append(Quarantined(row.table, row.number, row.raw, tuple(faults)))
        if id_:
            self.gone.add((row.table, id_))

    # --- what can't be true ------------------------------------------------------------------------------

    def _deployment(self, row: Row, faults: list[Finding]) -> None:
        if row.values["deploymentEnd"] < row.values["deploymentStart"]:
            message = _("ends before it starts.")
            faults.append(Finding("deployment-end-before-start", row.where, message))
        if row.values["latitude"] == 0 and row.values["longitude"] == 0:
            faults.append(Finding("coordinates-zero", row.where, _("stands at 0, 0.")))

    def _deployments(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the deployments after comparing their places with each other and with the package's extent."""
        kept = list(rows)
        places = [(r.values["latitude"], r.values["longitude"]) for r in kept]
        for row, place in zip(kept, places, strict=True):
            fault = self._misplaced(row, place, places)
            if fault is not None and not self._accepted(fault.code, row.values["deploymentID"]):
                self._set_aside(row, [fault], row.values["deploymentID"])
                continue
            self.periods[row.values["deploymentID"]] = Period(
                row.values["deploymentStart"], row.values["deploymentEnd"]
            )
            yield row

    def _misplaced(
        self, row: Row, place: tuple[float, float], places: Sequence[tuple[float, float]]
    ) -> Finding | None:
        latitude, longitude = place
        swapped = (longitude, latitude)
        message = _("latitude {latitude} and longitude {longitude} look exchanged.").format(
            latitude=latitude, longitude=longitude
        )
        wrong = Finding("coordinates-swapped", row.where, message, _("Exchange them."))
        outside = self.bounds is not None and not within(place, self.bounds)
        if outside and self.bounds is not None and within(swapped, self.bounds):
            return wrong
        if len(places) > 2 and abs(longitude) <= 90:
            centre = (median(p[0] for p in places), median(p[1] for p in places))
            if km(place, centre) > 500 and km(swapped, centre) < 200:
                return wrong
        if outside:
            message = _("stands outside the extent that the package states.")
            self.findings.append(
                Finding("coordinates-outside-extent", row.where, message, severity="warning")
            )
        return None

    def _refers(
        self, row: Row, faults: list[Finding], table: str, column: str, there: Mapping[str, Any]
    ) -> bool:
        id_ = row.values[column]
        if id_ in there:
            return True
        code = (
            f"{table.removesuffix('s')}-set-aside"
            if (table, id_) in self.gone
            else f"{table.removesuffix('s')}-unknown"
        )
        message = (
            _("its {table} row {id} was set aside.")
            if (table, id_) in self.gone
            else _("there is no {id} in {table}.")
        ).format(table=table, id=id_)
        faults.append(Finding(code, f"{row.where}, column {column}", message))
        return False

    def _media(self, row: Row, faults: list[Finding]) -> None:
        path = row.values["filePath"]
        fault = unsafe_name(path)
        if fault and not path.lower().startswith(("https://", "http://")):
            message = _("the path {path!r} is neither a URL of the web nor inside the package.").format(
                path=path
            )
            faults.append(Finding(fault, f"{row.where}, column filePath", message))
        if not self._refers(row, faults, "deployments", "deploymentID", self.periods):
            return
        period = self.periods[row.values["deploymentID"]]
        if not period.start <= row.values["timestamp"] <= period.end:
            self.soft[("media", "media-outside-deployment")] += 1
        if not faults:
            self.media[row.values["mediaID"]] = row.values["deploymentID"]

    def _observation(self, row: Row, faults: list[Finding]) -> None:
        start, end = row.values["eventStart"], row.values["eventEnd"]
        if end < start:
            faults.append(Finding("event-end-before-start", row.where, _("the event ends before it starts.")))
        media = row.values["mediaID"]
        if media is not None and self._refers(row, faults, "media", "mediaID", self.media):
            self._same_deployment(row, self.media[media], faults)
        self._box(row, faults)
        if not self._refers(row, faults, "deployments", "deploymentID", self.periods):
            return
        period = self.periods[row.values["deploymentID"]]
        code = "event-outside-deployment"
        if (start < period.start or end > period.end) and not self._accepted(
            code, row.values["observationID"]
        ):
            message = _("the event ({start} to {end}) is outside its deployment ({first} to {last}).").format(
                start=row.raw["eventStart"], end=row.raw["eventEnd"], first=period.start, last=period.end
            )
            faults.append(Finding(code, row.where, message, _("Correct the clock, or accept this code.")))

    def _same_deployment(self, row: Row, deployment: str, faults: list[Finding]) -> None:
        if deployment != row.values["deploymentID"]:
            message = _("its picture belongs to another deployment.")
            faults.append(Finding("media-of-other-deployment", row.where, message))

    def _box(self, row: Row, faults: list[Finding]) -> None:
        box = [row.values[name] for name in ("bboxX", "bboxY", "bboxWidth", "bboxHeight")]
        if all(value is None for value in box):
            return
        if None in box:
            faults.append(Finding("box-incomplete", row.where, _("a box needs all of its four numbers.")))
        elif max(box[0] + box[2], box[1] + box[3]) > 1 + 1e-6 and not self._accepted(
            "box-outside-picture", row.values["observationID"]
        ):
            faults.append(Finding("box-outside-picture", row.where, _("the box reaches out of the picture.")))

    def report(self) -> list[Finding]:
        """Return the findings about tables, with what was taken on a rule as counted warnings."""
        told = {
            "integer-with-decimals": _(
                "{count} whole numbers were written with decimals (1.0); read as whole."
            ),
            "media-outside-deployment": _("{count} pictures are dated outside their deployment; kept."),
        }
        counted = []
        for (table, code), count in sorted(self.soft.items()):
            if table == "accepted":
                message = _("{count} rows were taken as they are: {code}.").format(count=count, code=code)
                counted.append(Finding("accepted", "", message, severity="warning"))
            else:
                counted.append(Finding(code, table, told[code].format(count=count), severity="warning"))
        return [*self.findings, *counted]


def _bounded(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield the lines; one with a field longer than MAX_FIELD is an error, whatever the process-wide limit is."""
    for cells in reader:
        if max(map(len, cells), default=0) > MAX_FIELD:
            raise csv.Error(_("a field is longer than {limit} characters").format(limit=MAX_FIELD))
        yield cells


def _as_they_are(rows: Iterable[Row]) -> Iterator[Row]:
    yield from rows


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet would run a text: a function call (=HYPERLINK(...)) or a DDE link (=cmd|...!A0)."""
    return text[:1] in {"=", "+", "-", "@", "\t", "\r", " "} and _FORMULA.match(text) is not None


def _text_fault(name: str, text: str) -> tuple[str, str] | None:
    """Return (code, message) for a text that no table should hold."""
    if "\0" in text:
        return "text-control", _("holds a zero character.")
    if name in _ID_FIELDS and _HIDDEN.search(text):
        return "id-unsafe", _("the id {found!r} holds characters that can't be seen.").format(found=text)
    if is_formula(text):
        message = _("{found!r} is a formula to a spreadsheet; expected text.").format(found=text[:80])
        return "spreadsheet-formula", message
    return None
