"""HTML, PDF and DOCX of one report: the same bytes again, our own fonts, nothing missing, names that do nothing."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path

import pypdf
import pytest
import typst
from babel.messages.pofile import read_po
from docx import Document

from pardus.app.content import Content
from pardus.app.public_edition import public
from pardus.report.book import make
from pardus.report.document import Report
from pardus.report.fonts import CHINESE, FACES, FOLDER, LATIN, characters, drawable
from pardus.report.formats import FORMATS, write
from pardus.report.pdf import fonts
from tests.fixtures.full_content import HOSTILE, whole

LOCALES = Path(__file__).resolve().parents[3] / "src" / "pardus" / "locale"


@cache
def report(
    names: tuple[str, ...] = (), languages: tuple[str, ...] = ("en",), edition: str = "restricted"
) -> tuple[Content, Report]:
    content = whole(*names)
    content = public(content) if edition == "public" else content
    return content, make(content, languages)


def made(form: str, *names: str, languages: tuple[str, ...] = ("en",), edition: str = "restricted") -> bytes:
    return write(*report(names, languages, edition), form)


def words(data: bytes, form: str) -> str:
    """Return the text that a reader of the file sees."""
    if form == "pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    if form == "docx":
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return re.sub(r"<[^>]+>", "", package.read("word/document.xml").decode())
    return data.decode("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_report_gives_the_same_bytes(form: str) -> None:
    assert made(form) == made(form)


def test_drawn_again_it_is_the_same() -> None:
    content = whole()
    assert write(content, make(content, ("zh",)), "html") == write(content, make(content, ("zh",)), "html")


def test_a_pdf_carries_its_own_fonts_for_every_script_and_no_others() -> None:
    reader = pypdf.PdfReader(io.BytesIO(made("pdf", languages=("en", "ru", "zh"))))
    seen: dict[str, bool] = {}
    for page in reader.pages:
        for _name, entry in (page["/Resources"].get("/Font") or {}).items():  # type: ignore[union-attr]
            font = entry.get_object()
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"])
            seen[str(font["/BaseFont"]).split("+")[-1]] = bool(embedded)
    assert all(seen.values())
    assert {name.removesuffix("-Identity-H") for name in seen} >= {
        "PardusSans-Regular", "PardusSans-Bold", "PardusSansSC-Regular", "PardusSansSC-Bold",
    }  # fmt: skip
    assert all(name.startswith("PardusSans") for name in seen)
    text = "".join(page.extract_text() for page in reader.pages)
    assert "Survey report" in text
    assert "Минимальное число" in text
    assert "最少已知个体数" in text


def test_a_glyph_that_is_missing_would_stop_the_pdf() -> None:
    page = b"#set document(date: datetime(year: 2026, month: 1, day: 1))\n"
    page += b'#set text(font: ("Pardus Sans", "Pardus Sans SC"), fallback: false)\n'
    known = {"font_paths": fonts(), "format": "pdf", "pdf_standards": ["a-2b"]}
    assert typst.compile(page + "豹 Leopard Леопард".encode(), **known)
    with pytest.raises(typst.TypstError):
        typst.compile(page + "𠮷".encode(), **known)
    assert drawable("豹𠮷") == "豹[U+20BB7]"


def test_every_character_of_every_translation_can_be_drawn() -> None:
    known = characters(LATIN) | characters(CHINESE)
    for language in ("ru", "zh"):
        with (LOCALES / language / "LC_MESSAGES" / "pardus.po").open("rb") as file:
            texts = [m.string for m in read_po(file, locale=language)]
        every = "".join(t if isinstance(t, str) else "".join(t or ()) for t in texts)
        assert {c for c in every if ord(c) not in known and c != "\n"} == set()


def test_the_fonts_stay_small_and_bring_their_licence() -> None:
    assert sum((FOLDER / file).stat().st_size for file in FACES.values()) < 4_000_000
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_are_shown_and_do_nothing(form: str) -> None:
    for n in range(0, len(HOSTILE), 3):
        one, other, third = (HOSTILE[(n + k) % len(HOSTILE)] for k in range(3))
        data = made(form, one, other, third)
        text = words(data, form)
        if form != "json":
            assert "\u202e" not in text
            assert "\x07" not in text
        if form == "html":
            tags = re.findall(r"<(\w+)", text)
            assert not {"script", "iframe", "object", "form"} & set(tags)
            assert "onerror=alert(1)>" not in text
            assert not re.search(r"(src|href)=[\"']?(https?:|//|javascript:)", text)
        if form == "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                xml = package.read("word/document.xml").decode()
                links = package.read("word/_rels/document.xml.rels").decode()
            assert "<w:instrText" not in xml
            assert 'TargetMode="External"' not in links
        if form == "pdf":
            raw = pypdf.PdfReader(io.BytesIO(data))
            assert not any("/URI" in str(page.get("/Annots", "")) for page in raw.pages)
            assert "/JavaScript" not in str(raw.trailer["/Root"])


def test_typst_shows_markup_as_text() -> None:
    text = words(made("pdf", '#panic("x") *b* $y$'), "pdf")
    assert '#panic("x") *b* $y$' in text


def test_a_docx_can_be_opened_and_says_what_the_page_says() -> None:
    content, _report = report((), ("zh",))
    document = Document(io.BytesIO(made("docx", languages=("zh",))))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "概要" in text
    heads = {tuple(c.text for c in t.rows[0].cells) for t in document.tables if t.rows}
    assert any("Кедровая-1" in c.text for t in document.tables for r in t.rows for c in r.cells)
    assert len(heads) > 8
    assert document.core_properties.created == content.as_of
    with zipfile.ZipFile(io.BytesIO(made("docx"))) as package:
        assert {i.date_time for i in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("form", FORMATS)
def test_the_public_edition_names_no_animal_no_station_and_no_day_of_a_passage(form: str) -> None:
    data = made(form, "Кедровая-1", "雌豹7", languages=("en", "ru", "zh"), edition="public")
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", words(data, form))
    for secret in (
        "Кедровая",
        "雌豹7",
        "F01",
        "2025-12-01T",
        "ntlnp:q",
        "image/jpeg;",
        "e1,",
        "anna",
        "Anna",
    ):
        assert secret not in text
    assert "[[1.0, 2.0]" not in text


def test_the_public_page_tells_places_by_cells_only() -> None:
    html = made("html", edition="public").decode()
    assert "cells of 0.2 degrees" in html
    assert "restricted edition" in html  # where findings are listed
    assert "2 breeding" not in html


def test_a_page_in_every_language_is_one_page() -> None:
    html = made("html", languages=("en", "ru", "zh")).decode()
    assert html.count("<main ") == 3
    assert html.count("data:image/jpeg") == 2  # each picture stands in it once
    assert 'lang="zh"' in html
    outside = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    ids = re.findall(r' id="([^"]+)"', outside)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', outside)) <= set(ids)
