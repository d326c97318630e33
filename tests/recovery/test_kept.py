"""The page of the recovery study: made from what is kept, and what people wrote in it stays."""

from dataclasses import replace

import pytest

from tests.recovery.kept import BEGIN, END, Judgement, Kept, load, merged, save, tables, write_page

NAN = float("nan")
LINE = Judgement("HHN, counts", "N", 248, 0.012, 0.004, 0.03, 0.94, 0.9, 0.97)
COUNTS = Kept(250, "2026-11-20", (LINE,), {"ok": 498, "doubtful": 2})


def test_results_are_read_back_as_they_were_with_what_is_not_there(tmp_path):
    groups = Kept(100, "2026-11-20", (replace(LINE, family="groups by sex", covered=NAN),), {"ok": 200})
    save(tmp_path / "kept.json", {"groups by sex": groups, "HHN, counts": COUNTS})
    found = load(tmp_path / "kept.json")
    assert list(found) == ["HHN, counts", "groups by sex"]
    assert found["HHN, counts"] == COUNTS
    assert found["groups by sex"].judgements[0].covered != found["groups by sex"].judgements[0].covered
    assert "null" in (tmp_path / "kept.json").read_text(encoding="utf-8")


def test_the_run_with_more_surveys_stays_and_of_equal_ones_the_newer():
    more, later = replace(COUNTS, surveys=1000), replace(COUNTS, made="2026-11-21")
    assert merged({"HHN, counts": more}, {"HHN, counts": COUNTS})["HHN, counts"] is more
    assert merged({"HHN, counts": COUNTS}, {"HHN, counts": more})["HHN, counts"] is more
    assert merged({"HHN, counts": COUNTS}, {"HHN, counts": later})["HHN, counts"] is later
    assert merged({"HHN, counts": later}, {"HHN, counts": COUNTS})["HHN, counts"] is later


def test_a_line_says_how_many_surveys_and_whether_it_is_outside():
    text = tables({"HHN, counts": COUNTS})
    assert "| HHN, counts | N | 250 | 248 | +1.2 % (+- 0.4) | 0.940 (0.900 to 0.970) |  |" in text
    assert "- HHN, counts: 2 doubtful, 498 ok (2026-11-20)" in text
    assert "Not run yet: " in text
    biased = replace(COUNTS, judgements=(replace(LINE, bias=0.05),))
    assert "| +5.0 % (+- 0.4) | 0.940 (0.900 to 0.970) | outside |" in tables({"HHN, counts": biased})


def test_what_people_wrote_around_the_tables_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}old\n{END}\n## By hand\n\nA reason.\n", encoding="utf-8")
    for _time in range(2):
        write_page(page, {"HHN, counts": COUNTS})
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# Title\n\n")
        assert text.endswith("\n## By hand\n\nA reason.\n")
        assert "old" not in text
        assert text.count("| HHN, counts | N |") == 1
    page.write_text("# Title\n", encoding="utf-8")
    with pytest.raises(ValueError, match="results"):
        write_page(page, {"HHN, counts": COUNTS})
