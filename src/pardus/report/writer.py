"""What a section is written with: the content, and a hand that turns answers of queries into runs of text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any

from pardus.app.content import Content
from pardus.model.language import _
from pardus.report.document import Paragraph, Run, Text
from pardus.report.numbers import between, days, name, number, percent, percents, plain, whole
from pardus.report.trace import Answer, Trace


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in the current language. content: as its edition shows it."""

    content: Content
    trace: Trace

    @property
    def public(self) -> bool:
        """Whether this is the public edition."""
        return self.content.edition == "public"

    @property
    def zone(self) -> str:
        """The zone of dates and times."""
        return self.content.config.zone if self.content.config else "UTC"

    def ask(self, query: str) -> Answer:
        """Ask the tables; see `Trace.ask`."""
        return self.trace.ask(query)

    def level(self) -> Run:
        """Return the confidence level of the report's intervals, in per cent."""
        a = self.ask("SELECT 100 * level FROM estimates WHERE level > 0 LIMIT 1")
        return Run(number(a.rows[0][0] if a.rows else 95.0), "", a.id)

    def interval_head(self) -> str:
        """Return the head of a column of intervals."""
        return _("{level}\u00a0% interval").format(level=self.level().text)

    def name(self, identifier: str) -> str:
        """Return an id as this report writes it."""
        return plain(name(identifier, self.content.organisation))


def text(value: str, style: str = "") -> Text:
    """Return one run of text."""
    return (Run(value, style),)


def runs(*pieces: Run | Text | str) -> Text:
    """Return pieces as one text."""
    out: list[Run] = []
    for piece in pieces:
        out += [Run(piece)] if isinstance(piece, str) else [piece] if isinstance(piece, Run) else piece
    return tuple(out)


def joined(pieces: Iterable[Text]) -> Text:
    """Return texts one after the other, with the comma of the language."""
    out: list[Run | Text | str] = []
    for piece in pieces:
        out += [_(", "), piece] if out else [piece]
    return runs(*out)


def say(template: str, **values: Run | Text | str) -> Text:
    """Fill the named placeholders of a translated sentence with runs, keeping their links."""
    out: list[Run | Text | str] = []
    for before, field, _spec, _conversion in Formatter().parse(template):
        if before:
            out.append(before)
        if field:
            out.append(values[field])
    return runs(*out)


def paragraph(template: str, **values: Run | Text | str) -> Paragraph:
    """Return `say` as a paragraph."""
    return Paragraph(say(template, **values))


def num(value: Any, answer: Answer, significant: int = 3, style: str = "") -> Run:
    """Return a number that is an answer's."""
    return Run(number(value, significant), style, answer.id)


def count(value: Any, answer: Answer, style: str = "") -> Run:
    """Return a count that is an answer's."""
    return Run(whole(value), style, answer.id)


def day_count(value: Any, answer: Answer) -> Run:
    """Return a number of days that is an answer's."""
    return Run(days(value), "", answer.id)


def span(low: Any, high: Any, answer: Answer, *, bound: bool = False) -> Run:
    """Return an interval that is an answer's."""
    return Run(between(low, high, bound=bound), "", answer.id)


def share(value: Any, answer: Answer) -> Run:
    """Return a share in percent that is an answer's."""
    return Run(percent(value), "", answer.id)


def percents_of(value: Any, low: Any, high: Any, answer: Answer) -> Run:
    """Return a share with its interval, both in percent, that are an answer's."""
    return Run(f"{percent(value)} ({percents(low, high)})", "", answer.id)


def cell(run: Run) -> Text:
    """Return a run as the text of a cell."""
    return (run,)
