"""The files that a report can be: one function for each format."""

from __future__ import annotations

from collections.abc import Callable

from pardus.app.content import Content
from pardus.report import json_form
from pardus.report.document import Report
from pardus.report.page import html

FORMATS = ("html", "pdf", "docx", "json")


def write(content: Content, report: Report, form: str) -> bytes:
    """Return a report as the bytes of a file. form: one of FORMATS. The same report gives the same bytes."""
    return _WRITERS[form](content, report)


def _pdf(_content: Content, report: Report) -> bytes:
    from pardus.report.pdf import pdf

    return pdf(report)


def _docx(_content: Content, report: Report) -> bytes:
    from pardus.report.word_file import docx

    return docx(report)


_WRITERS: dict[str, Callable[[Content, Report], bytes]] = {
    "html": lambda _content, report: html(report).encode("utf-8"),
    "pdf": _pdf,
    "docx": _docx,
    "json": lambda content, report: json_form.text(json_form.as_json(content, report)).encode("utf-8"),
}
