"""The page is self-contained, repeatable, escapes what it is given and says what it cannot say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from pardus.model.fit import Estimate
from pardus.model.language import speaking
from pardus.report import density_plot, numbers, page
from tests.fixtures.content import content, fit


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "br", "link", "img", "use", "path", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"use", "path"}:
            assert self.open.pop() == tag


def test_the_page_has_no_script_and_asks_for_nothing_from_outside() -> None:
    html = page.render(content((fit(),)))
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert not tags.seen & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"(src|href)=[\"']?(https?:|//)", html)
    assert "@import" not in html


def test_names_from_files_are_escaped() -> None:
    html = page.render(content((fit(),)))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_same_content_gives_the_same_bytes() -> None:
    estimates = [
        Estimate("D", d, 0.1, d / 2, d * 2, "animals per 100 km2", session=f"s{d}") for d in (1.0, 2.0)
    ]
    assert density_plot.density_plot(estimates) == density_plot.density_plot(estimates)
    assert page.render(content((fit(),))) == page.render(content((fit(),)))


def test_weak_data_give_the_reason_and_no_number() -> None:
    html = page.render(content((fit("cannot-say"),)))
    assert "No animal was seen twice." in html
    assert "1.23" not in html


def test_minimum_count_stands_beside_the_estimate_and_names_what_it_is() -> None:
    html = page.render(content((fit(),)))
    assert "minimum count, not an estimate" in html
    assert "1.23" in html


def test_a_page_without_an_estimate_says_so() -> None:
    assert "No estimate has been made" in page.render(content())


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "1,234.5"), ("ru", "1\xa0234,5"), ("zh", "1,234.5")]
)
def test_numbers_are_written_as_the_language_writes_them(language: str, expected: str) -> None:
    with speaking(language):
        assert numbers.number(1234.5, 5) == expected


def test_an_upper_bound_is_shown_as_one() -> None:
    zero = Estimate("D", 0.0, float("nan"), 0.0, 0.31, "animals per 100 km2")
    assert numbers.interval(zero) == "≤ 0.310"
