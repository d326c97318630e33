"""A report as PDF/A, set by Typst with our own fonts; the same bytes for the same report and program.

All text reaches Typst as data in a JSON file and is never read as markup, so nothing in a name can act.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any

import typst

from pardus.report.appendix import printed_queries, printed_tables, together
from pardus.report.document import (
    Block,
    Cards,
    Column,
    Figure,
    Gallery,
    Heading,
    Paragraph,
    Part,
    Report,
    Run,
    Table,
    Text,
)
from pardus.report.fonts import FOLDER, drawable
from pardus.report.numbers import local
from pardus.report.page import LANGUAGE_NAMES

MOST_ROWS = 120
"""Rows of one table in the appendix; the others are in the JSON form."""
DOTS_PER_INCH = 200
"""Of drawings that become pictures."""
WIDEST_CM = 17.0
TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def pdf(report: Report) -> bytes:
    """Return a report as a PDF file (PDF/A-2b: fonts embedded, nothing from outside)."""
    with TemporaryDirectory(prefix="pardus-") as name:
        folder = Path(name)
        data = _Laid(folder).report(report)
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (folder / "report.typ").write_bytes(TEMPLATE.read_bytes())
        made = typst.compile(
            folder / "report.typ",
            root=folder,
            font_paths=fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2b"],
        )
    assert isinstance(made, bytes)
    return made


def pictures_of(figures: list[str]) -> list[bytes]:
    """Return drawings (SVG) as PNG, each on white, at most so wide: for formats that can't hold SVG."""
    if not figures:
        return []
    with TemporaryDirectory(prefix="pardus-") as name:
        folder = Path(name)
        pages = []
        for n, svg in enumerate(figures):
            (folder / f"{n}.svg").write_text(drawable(svg), encoding="utf-8")
            pages.append(f'#page[#image("{n}.svg", width: calc.min({WIDEST_CM}cm, {_width(svg)}pt))]')
        text = "#set page(width: auto, height: auto, margin: 2pt, fill: white)\n" + "\n".join(pages)
        (folder / "figures.typ").write_text(text, encoding="utf-8")
        made = typst.compile(
            folder / "figures.typ", root=folder, font_paths=fonts(), ignore_system_fonts=True, format="png",
            ppi=float(DOTS_PER_INCH),
        )  # fmt: skip
    return [made] if isinstance(made, bytes) else [bytes(page) for page in made or []]


def fonts() -> typst.Fonts:
    """Return our fonts alone: none of the machine, none of Typst's own."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])


def _width(svg: str) -> float:
    """Return the width in points that a drawing of ours states."""
    return float(svg[svg.index('width="') + 7 :].split('pt"', 1)[0])


class _Laid:
    """Lays a report into a folder: a JSON file, and beside it the pictures that it names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def report(self, r: Report) -> dict[str, Any]:
        """Return the data of the template."""
        return {
            "title": drawable(r.parts[0].title),
            "species": drawable(r.species),
            "edition": r.edition,
            "program": drawable(r.program),
            "head": r.head[:16],
            "state": local(r.at, r.zone) if r.at else "",
            "at": [r.at.year, r.at.month, r.at.day, r.at.hour, r.at.minute, r.at.second] if r.at else [],
            "signers": [drawable(s) for s in r.signers],
            "sources": [drawable(f"{name} {digest[:16]}") for name, digest in r.sources.items()],
            "words": {
                key: together([getattr(p.labels, key) for p in r.parts])
                for key in ("numbers", "state", "signed", "name", "date", "contents", "page")
            },
            "notes": [[p.language, p.labels.numbers_note] for p in r.parts],
            "parts": [self._part(p) for p in r.parts],
            "queries": [
                {"id": q.id, "query": drawable(q.query), "tables": list(q.tables)} for q in printed_queries(r)
            ],
            "tables": [
                {
                    "name": t.name,
                    "lines": [drawable(line) for line in t.lines],
                    "left": [p.labels.rows_left_out.format(n=t.left) for p in r.parts] if t.left else [],
                }
                for t in printed_tables(r, MOST_ROWS)
            ],
        }

    def _part(self, p: Part) -> dict[str, Any]:
        return {
            "language": p.language,
            "name": LANGUAGE_NAMES[p.language],
            "kind": p.kind,
            "title": drawable(p.title),
            "subtitle": [drawable(line) for line in p.subtitle],
            "sections": [
                {"title": s.title, "blocks": [self._block(b) for b in s.blocks]} for s in p.sections
            ],
        }

    def _block(self, b: Block) -> dict[str, Any]:
        match b:
            case Paragraph():
                return {"is": "paragraph", "kind": b.kind, "text": _runs(b.text)}
            case Heading():
                return {"is": "heading", "text": drawable(b.text)}
            case Cards():
                cards = [
                    {"value": _run(c.value), "lines": [_runs(line) for line in c.lines], "plain": c.plain}
                    for c in b.cards
                ]
                return {"is": "cards", "cards": cards}
            case Table():
                return {
                    "is": "table",
                    "columns": [{"head": _head(c), "kind": c.kind} for c in b.columns],
                    "rows": [[_runs(cell) for cell in row] for row in b.rows],
                    "foot": [[_runs(cell) for cell in row] for row in b.foot],
                    "strong": sorted(b.strong),
                    "caption": _runs(b.caption),
                }
            case Figure():
                return {
                    "is": "figure",
                    "file": self._file("svg", drawable(b.svg).encode()),
                    "caption": _runs(b.caption),
                    "alt": drawable(b.alt),
                }
            case Gallery():
                shots = [
                    {
                        "file": self._file("jpg", s.jpeg),
                        "title": drawable(s.title),
                        "lines": [drawable(x) for x in s.lines],
                    }
                    for s in b.shots
                ]
                return {"is": "gallery", "shots": shots}

    def _file(self, suffix: str, content: bytes) -> str:
        self._files += 1
        name = f"{self._files}.{suffix}"
        (self._folder / name).write_bytes(content)
        return name


def _head(column: Column) -> str:
    """Return a column's head, in short lines over numbers so that they stand close together."""
    return "\n".join(wrap(drawable(column.head), 12)) if column.kind == "number" else drawable(column.head)


def _runs(text: Text) -> list[dict[str, str]]:
    return [_run(r) for r in text]


def _run(run: Run) -> dict[str, str]:
    return {"t": drawable(run.text), "s": run.style, "r": run.ref}
