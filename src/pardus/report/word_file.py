"""A report as DOCX, for agencies that edit text: the same bytes for the same report and program."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from PIL import Image

from pardus.report.appendix import printed_queries, printed_tables, together
from pardus.report.document import (
    Block,
    Cards,
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
from pardus.report.numbers import local
from pardus.report.page import LANGUAGE_NAMES
from pardus.report.pdf import DOTS_PER_INCH, pictures_of

MOST_ROWS = 40
"""Rows of one table in the appendix; the others are in the JSON form."""
WIDTH = 17.4
"""Centimetres between the margins."""
MARGIN_CM = 0.12
"""Blank at each side of a cell."""
LATIN, CHINESE = "Arial", "Microsoft YaHei"
"""Fonts that office programs have; a DOCX carries none."""
INK, QUIET, ACCENT, WARN = (RGBColor.from_string(x) for x in ("1D2327", "5C656C", "8F3D08", "B0213A"))
LOCALES = {"en": "en-GB", "ru": "ru-RU", "zh": "zh-CN"}
_FIXED = (1980, 1, 1, 0, 0, 0)


def docx(report: Report) -> bytes:
    """Return a report as a DOCX file. Text is only ever written as text: no fields, no macros, nothing from outside."""
    buffer = io.BytesIO()
    _Pages(report).made().save(buffer)
    return _fixed(buffer.getvalue())


def _fixed(made: bytes) -> bytes:
    """Return the same package with fixed dates and order of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(out, "w") as after:
        for name in sorted(before.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            member = zipfile.ZipInfo(name, _FIXED)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o600 << 16
            after.writestr(member, before.read(name))
    return out.getvalue()


def _room(text: str) -> int:
    """Return how wide a text is, in letters; a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class _Pages:
    """Writes one report into one document."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._document: Any = Document()
        self._bookmarks = 0
        self._language = "en"
        drawings = [
            b.svg for p in report.parts for s in p.sections for b in s.blocks if isinstance(b, Figure)
        ]
        self._drawn: Iterator[bytes] = iter(pictures_of(drawings))

    def made(self) -> Any:
        """Return the document."""
        r = self._report
        self._frame()
        self._cover()
        for part in r.parts:
            self._language = part.language
            self._part(part)
        self._language = "en"
        self._appendix()
        core = self._document.core_properties
        core.title, core.author, core.subject = r.parts[0].title, ", ".join(r.signers), r.species
        core.comments, core.keywords, core.last_modified_by = r.program, r.head[:16], ""
        core.created = core.modified = (
            (r.at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
        )
        core.revision = 1
        return self._document

    def _frame(self) -> None:
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(1.8)
        section.top_margin = section.bottom_margin = Cm(2)
        sizes = {"Normal": 9.5, "Heading 1": 19, "Heading 2": 13, "Heading 3": 10.5, "Title": 24}
        for name, size in sizes.items():
            style = self._document.styles[name]
            style.font.size, style.font.name = Pt(size), LATIN
            style.font.color.rgb = INK
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for attribute in ("w:ascii", "w:hAnsi", "w:cs"):
                fonts.set(qn(attribute), LATIN)
            fonts.set(qn("w:eastAsia"), CHINESE)
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                if fonts.get(qn(theme)) is not None:
                    del fonts.attrib[qn(theme)]
        self._document.styles["Normal"].paragraph_format.space_after = Pt(5)
        for borders in self._document.styles["Title"].element.iter(qn("w:pBdr")):
            borders.getparent().remove(borders)
            break
        foot = section.footer.paragraphs[0]
        self._write(foot, (Run(f"{self._report.program} · {self._report.head[:16]}   "),), 7.5, QUIET)
        self._page_number(foot)

    def _cover(self) -> None:
        r = self._report
        for part in r.parts:
            self._language = part.language
            self._add((Run(part.kind, "strong"),), 10, ACCENT)
            title = self._document.add_paragraph(style="Title")
            self._write(title, (Run(part.title),), 22 if len(r.parts) > 1 else 26)
        self._add((Run(r.species, "em"),), 11)
        for part in r.parts:
            self._language = part.language
            self._add((Run(" · ".join(part.subtitle)),), 9, QUIET)
        if r.at:
            state = together([p.labels.state for p in r.parts])
            self._add((Run(f"{state}: {local(r.at, r.zone)}"),), 8, QUIET)
        if r.signers:
            self._add(
                (Run(together([p.labels.signed for p in r.parts]), "strong"),), 11
            ).paragraph_format.space_before = Pt(120)
            table = self._document.add_table(rows=1, cols=min(2, len(r.signers)))
            words = [together([getattr(p.labels, key) for p in r.parts]) for key in ("name", "date")]
            for n, who in enumerate(r.signers):
                if n and n % 2 == 0:
                    table.add_row()
                place = table.rows[-1].cells[n % 2]
                self._write(place.paragraphs[0], (Run(who, "strong"),))
                for word in words:
                    place.add_paragraph()
                    self._write(place.add_paragraph(), (Run("_" * 38),))
                    self._write(place.add_paragraph(), (Run(word),), 7.5, QUIET)

    def _part(self, part: Part) -> None:
        head = f"{LANGUAGE_NAMES[part.language]} · {part.kind}" if len(self._report.parts) > 1 else part.title
        self._break()
        self._write(self._document.add_paragraph(style="Heading 1"), (Run(head),))
        for section in part.sections:
            self._write(self._document.add_paragraph(style="Heading 2"), (Run(section.title),))
            for block in section.blocks:
                self._block(block)

    def _block(self, b: Block) -> None:
        match b:
            case Paragraph():
                warn = b.kind == "warn"
                p = self._add(b.text, 8.5 if b.kind == "note" else None, QUIET if b.kind == "note" else None)
                if warn:
                    p.paragraph_format.left_indent = Cm(0.4)
                    self._edge(p)
            case Heading():
                self._write(self._document.add_paragraph(style="Heading 3"), (Run(b.text),))
            case Cards():
                self._cards(b)
            case Table():
                self._table(b)
            case Figure():
                self._picture(next(self._drawn), b.alt)
                self._add(b.caption, 8, QUIET)
            case Gallery():
                self._gallery(b)

    def _cards(self, b: Cards) -> None:
        across = min(4, len(b.cards))
        table = self._document.add_table(rows=-(-len(b.cards) // across), cols=across)
        for n, card in enumerate(b.cards):
            place = table.rows[n // across].cells[n % across]
            self._shade(place, "F5F1E9")
            self._write(place.paragraphs[0], (Run(card.value.text, "strong", card.value.ref),), 17)
            for line in card.lines:
                p = place.add_paragraph()
                p.paragraph_format.space_after = Pt(0)
                self._write(p, line, 8, QUIET)
        self._document.add_paragraph()

    def _table(self, b: Table) -> None:
        if b.caption:
            caption = self._add(b.caption, 8, QUIET)
            caption.paragraph_format.keep_with_next = True
        table = self._document.add_table(rows=0, cols=len(b.columns))
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        size = 7 if len(b.columns) > 8 else 8
        heads = tuple((Run(c.head, "strong"),) for c in b.columns)
        self._row(table, heads, b, size, head=True)
        self._repeat(table.rows[0])
        for n, row in enumerate(b.rows):
            self._row(table, row, b, size, shade=n in b.strong)
        for row in b.foot:
            self._row(
                table, tuple(tuple(Run(r.text, "strong", r.ref) for r in cell) for cell in row), b, size
            )
        self._widths(table, b)
        self._document.add_paragraph().paragraph_format.space_after = Pt(4)

    def _row(
        self,
        table: Any,
        cells: tuple[Text, ...],
        b: Table,
        size: float,
        *,
        shade: bool = False,
        head: bool = False,
    ) -> None:
        row = table.add_row()
        self._whole(row)
        for place, text, column in zip(row.cells, cells, b.columns, strict=True):
            p = place.paragraphs[0]
            p.paragraph_format.space_after = Pt(1)
            p.paragraph_format.keep_with_next = len(b.rows) <= 16 and len(table.rows) <= len(b.rows)
            if column.kind == "number":
                p.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            bold = tuple(Run(r.text, "strong", r.ref) for r in text) if shade else text
            self._write(p, bold, size)
            if shade:
                self._shade(place, "F5F1E9")
            self._under(place, "1D2327" if head else "D9D4CB", 8 if head else 4)

    def _gallery(self, b: Gallery) -> None:
        across = 4
        table = self._document.add_table(rows=0, cols=across)
        for n, shot in enumerate(b.shots):
            if n % across == 0:
                self._whole(table.add_row())
            place = table.rows[-1].cells[n % across]
            wide = min(4.0, 3.0 * shot.width / shot.height)
            place.paragraphs[0].add_run().add_picture(io.BytesIO(shot.jpeg), width=Cm(wide))
            self._describe(place.paragraphs[0], shot.title)
            p = place.add_paragraph()
            self._write(p, (Run(shot.title, "strong"),), 8)
            p.paragraph_format.space_after = Pt(0)
            for line in shot.lines:
                p = place.add_paragraph()
                p.paragraph_format.space_after = Pt(0)
                self._write(p, (Run(line),), 7.5, QUIET)
        self._document.add_paragraph()

    def _appendix(self) -> None:
        r = self._report
        self._break()
        title = together([p.labels.numbers for p in r.parts])
        self._write(self._document.add_paragraph(style="Heading 1"), (Run(title),))
        for part in r.parts:
            self._language = part.language
            self._add((Run(part.labels.numbers_note),), 8, QUIET)
        self._language = "en"
        for q in printed_queries(r):
            p = self._document.add_paragraph()
            p.paragraph_format.space_after = Pt(2)
            self._bookmark(p, q.id)
            self._write(p, (Run(f"{q.id}  ", "strong"), Run(q.query)), 7.5)
        for t in printed_tables(r, MOST_ROWS):
            self._add((Run(f"{t.name}.csv", "strong"),), 8.5).paragraph_format.keep_with_next = True
            for line in t.lines:
                p = self._add((Run(line),), 6.5)
                p.paragraph_format.space_after = Pt(0)
            if t.left:
                for part in r.parts:
                    self._language = part.language
                    self._add((Run(part.labels.rows_left_out.format(n=t.left)),), 7, QUIET)
                self._language = "en"

    def _add(self, text: Text, size: float | None = None, colour: RGBColor | None = None) -> Any:
        paragraph = self._document.add_paragraph()
        self._write(paragraph, text, size, colour)
        return paragraph

    def _write(
        self, paragraph: Any, text: Text, size: float | None = None, colour: RGBColor | None = None
    ) -> None:
        for run in text:
            made = paragraph.add_run(run.text)
            made.bold = True if run.style == "strong" else None
            made.italic = True if run.style == "em" else None
            if size:
                made.font.size = Pt(size)
            if run.style == "code":
                made.font.color.rgb = ACCENT
            elif colour is not None:
                made.font.color.rgb = colour
            language = OxmlElement("w:lang")
            language.set(qn("w:val"), LOCALES[self._language])
            language.set(qn("w:eastAsia"), "zh-CN")
            made._r.get_or_add_rPr().append(language)
            if run.ref:
                link = OxmlElement("w:hyperlink")
                link.set(qn("w:anchor"), run.ref)
                made._r.addprevious(link)
                link.append(made._r)

    def _bookmark(self, paragraph: Any, name: str) -> None:
        self._bookmarks += 1
        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self._bookmarks))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), name)
            paragraph._p.append(mark)

    def _page_number(self, paragraph: Any) -> None:
        for kind in ("begin", "", "end"):
            run = paragraph.add_run()
            run.font.size = Pt(7.5)
            if kind:
                field = OxmlElement("w:fldChar")
                field.set(qn("w:fldCharType"), kind)
            else:
                field = OxmlElement("w:instrText")
                field.text = "PAGE"
            run._r.append(field)

    def _picture(self, png: bytes, alt: str) -> None:
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        with Image.open(io.BytesIO(png)) as image:
            natural = Cm(image.width / DOTS_PER_INCH * 2.54)
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=natural)
        if shape.width > Cm(WIDTH):
            shape.height, shape.width = int(shape.height * Cm(WIDTH) / shape.width), Cm(WIDTH)
        if shape.height > Cm(21):
            shape.width, shape.height = int(shape.width * Cm(21) / shape.height), Cm(21)
        self._describe(paragraph, alt)

    def _describe(self, paragraph: Any, alt: str) -> None:
        for properties in paragraph._p.iter(qn("wp:docPr")):
            properties.set("descr", alt)

    def _widths(self, table: Any, b: Table) -> None:
        """Give each column room by what stands in it."""
        longest = []
        for n, column in enumerate(b.columns):
            cells = [sum(_room(r.text) for r in row[n]) for row in (*b.rows, *b.foot)]
            words = max((_room(word) for word in column.head.split()), default=1)
            most = max([*cells, words])
            longest.append(min(most, 40) if column.kind == "wide" else min(max(most, words), 24))
        letter = (7 if len(b.columns) > 8 else 8) * 0.6 / 72 * 2.54
        needed = [2 * MARGIN_CM + letter * n for n in longest]
        wide = [n for n, column in enumerate(b.columns) if column.kind == "wide"]
        over = sum(needed) - WIDTH
        room = sum(needed[n] for n in wide)
        # The wide ones alone give way: their text can be broken.
        if over > 0 and room - over > 2.0 * len(wide) > 0:
            for n in wide:
                needed[n] *= (room - over) / room
        table.autofit = False
        self._margins(table)
        for n, column in enumerate(table.columns):
            width = Cm(WIDTH * needed[n] / sum(needed))
            column.width = width
            for place in column.cells:
                place.width = width

    def _margins(self, table: Any) -> None:
        """Set the blank at both sides of every cell."""
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            edge = OxmlElement(f"w:{side}")
            edge.set(qn("w:w"), str(round(MARGIN_CM / 2.54 * 1440)))
            edge.set(qn("w:type"), "dxa")
            margins.append(edge)
        table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")

    def _break(self) -> None:
        self._document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _edge(self, paragraph: Any) -> None:
        edges = OxmlElement("w:pBdr")
        left = OxmlElement("w:left")
        for key, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", str(WARN))):
            left.set(qn(f"w:{key}"), value)
        edges.append(left)
        after = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
        paragraph._p.get_or_add_pPr().insert_element_before(edges, *after)

    def _shade(self, place: Any, colour: str) -> None:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
            shade.set(qn(f"w:{key}"), value)
        place._tc.get_or_add_tcPr().append(shade)

    def _under(self, place: Any, colour: str, size: int) -> None:
        borders = OxmlElement("w:tcBorders")
        bottom = OxmlElement("w:bottom")
        for key, value in (("val", "single"), ("sz", str(size)), ("space", "0"), ("color", colour)):
            bottom.set(qn(f"w:{key}"), value)
        borders.append(bottom)
        properties = place._tc.get_or_add_tcPr()
        properties.insert_element_before(borders, "w:shd", "w:noWrap", "w:tcMar", "w:vAlign")

    def _repeat(self, row: Any) -> None:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def _whole(self, row: Any) -> None:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
