"""A report without a format: parts, sections and blocks, from which HTML, PDF and DOCX are made alike.

Text is data here, never markup: each format writes it so that nothing in it can act. What would turn text round or
hide is written as its code already here (`pardus.report.numbers.plain`), so no format can forget it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pardus.report.numbers import plain
from pardus.report.trace import Answer, Rows


def _show(block: object, *names: str) -> None:
    """Make the named texts of a frozen block plain."""
    for name in names:
        value = getattr(block, name)
        made = plain(value) if isinstance(value, str) else tuple(plain(v) for v in value)
        object.__setattr__(block, name, made)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text. style: "", "strong", "em" (a taxon) or "code". ref: id of the query it is the answer of."""

    text: str
    style: str = ""
    ref: str = ""

    def __post_init__(self) -> None:
        _show(self, "text")


Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """kind: "", "note" (small) or "warn" (a doubt, set off)."""

    text: Text
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section."""

    text: str

    def __post_init__(self) -> None:
        _show(self, "text")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. kind: "text" (as wide as it needs), "number" (to the right) or "wide" (takes what is left)."""

    head: str
    kind: str = "text"

    def __post_init__(self) -> None:
        _show(self, "head")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. foot: rows of totals. strong: numbers of rows that are set off."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: Text = ()
    foot: tuple[tuple[Text, ...], ...] = ()
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Card:
    """One number of the headline with what it is. plain: a count, not an estimate."""

    value: Run
    lines: tuple[Text, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """The headline."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing. svg: text; alt: what it shows, in words."""

    svg: str
    caption: Text
    alt: str

    def __post_init__(self) -> None:
        _show(self, "alt")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a gallery. width, height: pixels."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    title: str
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        _show(self, "title", "lines")


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures beside each other."""

    shots: tuple[Shot, ...]


Block = Paragraph | Heading | Table | Cards | Figure | Gallery


@dataclass(frozen=True, slots=True)
class Section:
    """key: the same in every language."""

    key: str
    title: str
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        _show(self, "title")


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of the frame around the sections, in one language."""

    contents: str
    numbers: str
    numbers_note: str
    rows_note: str
    rows_left_out: str
    state: str
    edition: str
    signed: str
    name: str
    date: str
    page: str


@dataclass(frozen=True, slots=True)
class Part:
    """The whole report in one language. kind: what sort of report it is, in words."""

    language: str
    kind: str
    title: str
    subtitle: tuple[str, ...]
    sections: tuple[Section, ...]
    labels: Labels

    def __post_init__(self) -> None:
        _show(self, "title", "subtitle")


@dataclass(frozen=True, slots=True)
class Report:
    """A report in one or several languages that say the same, with the rows behind its numbers.

    signers: organisations that sign, () for a public edition. at: moment of the state of the data. tables: rows that
    the queries of `answers` were asked of; withheld: names of tables that this edition does not show.
    """

    parts: tuple[Part, ...]
    answers: tuple[Answer, ...]
    tables: Mapping[str, Rows]
    edition: str
    program: str
    head: str
    at: datetime | None
    zone: str
    species: str
    signers: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _show(self, "species", "program", "signers")
