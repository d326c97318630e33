"""`survey.toml`: read with every fault at once, written with comments, documented to the last key."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.model.config import (
    DETECTION,
    KEYS,
    SECTIONS,
    TABLE_COLUMNS,
    TAG_FIELDS,
    read_config,
    write_config,
)
from pardus.model.errors import DataError
from pardus.model.survey import (
    CAMERA_RULES,
    FLANK_RULES,
    AreaRule,
    MaskRule,
    Session,
    SurveyConfig,
    TableMapping,
)

SMALLEST = 'organisation = "llnp"\nname = "Two valleys"\nspecies = "Panthera pardus"\n'
PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "survey-toml.md"


def codes(text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_config(text)
    return [finding.code for finding in caught.value.findings]


def test_the_smallest_survey_has_the_defaults():
    config, warnings = read_config(SMALLEST)
    assert config == SurveyConfig("llnp", "Two valleys", "Panthera pardus")
    assert warnings == ()


def test_everything_that_can_be_set_is_read():
    text = (
        SMALLEST
        + """
zone = "Asia/Vladivostok"
camera_zone = "+10:00"
decided_on = 2025-12-01
life_stages = ["adult"]
[mask]
buffer = 20000
unsuitable = ["sea.gpkg"]
[area]
country = "RU"
[regions]
park = "park.gpkg"
[[session]]
name = "2025"
start = 2025-11-20
end = 2026-02-20
[tables.records-ai]
file = "labels.csv"
method = "machine"
columns = {species = "вид"}
values.sex = {"самка" = "female"}
[tags]
species = "Species"
[partners]
ntlnp = "Northeast Tiger and Leopard National Park"
"""
    )
    config, warnings = read_config(text)
    assert config.mask == MaskRule(buffer=20_000.0, unsuitable=("sea.gpkg",))
    assert config.area == AreaRule(country="RU")
    assert config.sessions == (Session("2025", date(2025, 11, 20), date(2026, 2, 20)),)
    table = config.tables["records-ai"]
    assert table.columns == {"species": "вид"}
    assert table.values == {"sex": {"самка": "female"}}
    assert table.method == "machine"
    assert warnings == ()


def test_all_faults_are_named_at_once():
    text = """
organisation = "LLNP!"
name = "x"
specie = "Panthera pardus"
zone = "Asia/Vladivostock"
occasion_days = "5"
flank_rule = "left"
decided_on = "2025-12-01"
[mask]
bufer = 3
spacing = -1
[tables.station]
file = "a.csv"
[tables.records]
columns = {individuum = "id"}
"""
    with pytest.raises(DataError) as caught:
        read_config(text, "my.toml")
    found = {(f.code, f.where.removeprefix("my.toml, ")) for f in caught.value.findings}
    assert found == {
        ("config-value", "organisation"),
        ("config-unknown-key", "specie"),
        ("config-missing", "species"),
        ("config-zone", "zone"),
        ("config-type", "occasion_days"),
        ("config-value", "flank_rule"),
        ("config-type", "decided_on"),
        ("config-unknown-key", "mask.bufer"),
        ("config-value", "mask.spacing"),
        ("config-unknown-key", "tables.station"),
        ("config-missing", "tables.records.file"),
        ("config-unknown-key", "tables.records.columns.individuum"),
    }
    assert "Did you mean species?" in str(caught.value)
    assert "Did you mean buffer?" in str(caught.value)
    assert "Did you mean stations?" in str(caught.value)


def test_a_text_that_is_not_toml_says_where():
    assert codes("name = ") == ["config-syntax"]


def test_a_cub_never_enters_a_history():
    assert codes(SMALLEST + 'life_stages = ["adult", "juvenile"]') == ["config-value"]


@pytest.mark.parametrize("zone", ["Mars/Base", "+25:00", "+x", "10:00", "../etc/passwd"])
def test_a_zone_that_is_none_is_refused(zone):
    assert codes(SMALLEST + f'zone = "{zone}"') == ["config-zone"]


def session(name: str, start: str, end: str) -> str:
    return f'[[session]]\nname = "{name}"\nstart = {start}\nend = {end}\n'


def test_sessions_that_overlap_or_run_backwards_are_refused():
    first = SMALLEST + session("a", "2025-01-01", "2025-03-01")
    assert codes(first + session("b", "2025-03-01", "2025-05-01")) == ["session-overlap"]
    assert codes(first + session("a", "2025-06-01", "2025-07-01")) == ["session-name"]
    assert codes(SMALLEST + session("c", "2025-03-02", "2025-03-01")) == ["session-dates"]
    read_config(first + session("b", "2025-03-02", "2025-05-01"))


def test_a_session_of_more_than_a_hundred_days_is_warned_about():
    config, warnings = read_config(SMALLEST + session("a", "2025-01-01", "2025-04-11"))
    assert [w.code for w in warnings] == ["session-long"]
    assert "101 days" in warnings[0].message
    assert read_config(SMALLEST + session("a", "2025-01-01", "2025-04-10"))[1] == ()
    assert len(config.sessions) == 1


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
names = st.dictionaries(texts, texts, max_size=3)


@st.composite
def configs(draw: st.DrawFn) -> SurveyConfig:
    kind = draw(st.sampled_from(sorted(TABLE_COLUMNS)))
    columns = st.dictionaries(st.sampled_from(TABLE_COLUMNS[kind]), texts, max_size=3)
    table = TableMapping(
        draw(texts),
        draw(columns),
        f"%{draw(texts)}",
        values=draw(st.dictionaries(st.sampled_from(TABLE_COLUMNS[kind]), names, max_size=2)),
    )
    return SurveyConfig(
        organisation=draw(st.from_regex(r"\A[a-z][a-z0-9-]{0,31}\Z")),
        name=draw(texts),
        species=draw(texts),
        zone=draw(st.sampled_from(["UTC", "+10:00", "Asia/Shanghai"])),
        occasion_days=draw(st.integers(1, 30)),
        decided_on=draw(st.none() | st.dates()),
        flank_rule=draw(st.sampled_from(FLANK_RULES)),
        camera_rule=draw(st.sampled_from(CAMERA_RULES)),
        detection=draw(st.sampled_from(DETECTION)),
        mask=MaskRule(draw(st.floats(1, 1e6)), habitat=draw(texts)),
        area=AreaRule(sea=tuple(draw(st.lists(texts, max_size=2)))),
        regions=draw(names),
        sessions=(Session("s", date(2025, 1, 1), date(2025, 2, 1)),),
        tables={kind: table},
        tags=draw(st.dictionaries(st.sampled_from(TAG_FIELDS), texts, max_size=2)),
        partners={"ntlnp": draw(texts)},
    )


@settings(max_examples=60)
@given(configs())
def test_what_is_written_reads_back_the_same(config):
    text = write_config(config)
    assert read_config(text)[0] == config
    again = read_config(text)[0]
    assert (again.tables, again.regions, again.tags, again.partners) == (
        config.tables, config.regions, config.tags, config.partners,
    )  # fmt: skip  # dicts are compared too: they are part of equality
    assert write_config(again) == text


def test_every_setting_stands_in_the_written_file_under_a_comment():
    lines = write_config(SurveyConfig("llnp", "x", "y")).splitlines()
    for key in KEYS:
        number = next(i for i, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{key} = "))
        assert lines[number - 1].startswith("# ")


def test_every_field_of_the_configuration_is_a_key():
    fields = {f.name for f in dataclasses.fields(SurveyConfig)} - {"sessions"}
    assert fields == (set(KEYS) | set(SECTIONS)) - {"session"}


def test_the_reference_page_names_every_key():
    page = PAGE.read_text(encoding="utf-8")
    wanted = [*KEYS, *SECTIONS, *(name for _, names in SECTIONS.values() for name in names)]
    wanted += [name for names in TABLE_COLUMNS.values() for name in names]
    assert [key for key in wanted if f"`{key}`" not in page] == []


def test_the_example_on_the_reference_page_is_read():
    page = PAGE.read_text(encoding="utf-8")
    example = page.split("```toml\n", 1)[1].split("```", 1)[0]
    config, warnings = read_config(example)
    assert config.sessions
    assert config.tables
    assert warnings == ()


@pytest.mark.parametrize(
    ("written", "better"),
    [("dd.mm.yyyy", "%d.%m.%Y"), ("ДД/ММ/ГГ", "%d/%m/%y"), ("m/d/yyyy", "%m/%d/%Y"), ("day", "%d.%m.%Y")],
)
def test_an_order_of_dates_as_spreadsheets_write_it_is_answered_with_ours(written: str, better: str) -> None:
    text = f'{SMALLEST}[tables.stations]\nfile = "s.csv"\ndate_format = "{written}"\n'
    with pytest.raises(DataError) as caught:
        read_config(text)
    (finding,) = caught.value.findings
    assert finding.code == "config-value"
    assert f'"{better}"' in finding.remedy
