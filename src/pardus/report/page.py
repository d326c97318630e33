"""A report as one self-contained HTML page: inline SVG and pictures, its own fonts, no scripts, the same bytes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from pardus.app.content import Content
from pardus.report.appendix import printed_queries, printed_tables, together
from pardus.report.book import make
from pardus.report.document import Report
from pardus.report.environment import templates_of
from pardus.report.fonts import faces_for
from pardus.report.numbers import local

MOST_ROWS = 5_000
"""Rows of one table in the appendix."""
LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "zh": "中文"}


def render(content: Content, languages: Sequence[str] = ()) -> str:
    """Return the report as HTML text in these languages (default: the current one)."""
    return html(make(content, languages))


def html(report: Report) -> str:
    """Return a report as HTML text."""
    css = Markup(files("pardus.report").joinpath("templates/report.css").read_text(encoding="utf-8"))
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            r=report,
            css=css,
            fonts=Markup("/*fonts*/"),
            queries=printed_queries(report),
            rows=printed_tables(report, MOST_ROWS),
            together=together,
            state=local(report.at, report.zone) if report.at else "",
            names=LANGUAGE_NAMES,
            album=Album(),
        )
    )
    return page.replace("/*fonts*/", faces_for(page), 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of the page. first: it stands here; else it stands further up and is only shown again."""

    id: str
    first: bool


class Album:
    """The pictures of a page, each of which stands in it once, however many languages show it."""

    def __init__(self) -> None:
        self._ids: dict[bytes, str] = {}

    def see(self, jpeg: bytes) -> Seen:
        """Return the id of a picture, and whether it was not there before."""
        first = jpeg not in self._ids
        return Seen(self._ids.setdefault(jpeg, f"picture{len(self._ids) + 1}"), first)


def _environment() -> Environment:
    environment = templates_of("pardus.report")
    environment.filters |= {
        "block": lambda block: type(block).__name__.lower(),
        "short": lambda cell: sum(len(run.text) for run in cell) <= 24,
        "svg": Markup,
        "data": lambda jpeg: base64.b64encode(jpeg).decode("ascii"),
    }
    return environment
