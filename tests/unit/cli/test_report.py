"""`pardus report`: formats, languages, editions and the data status of a survey that was taken in in Russian."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pardus.cli.main import app
from pardus.model.errors import UsageError
from pardus.model.survey import Session
from tests.fixtures.small_survey import FIRST, STATIONS, TAGS, photo, small_config, small_survey

NAMES = {"S1": ("F01", "left"), "S2": ("F01", "right"), "S3": ("雌豹7", "left"), "S4": ("M02", "right")}


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four stations, three animals with a picture each, and a damaged and an empty file; all said in Russian."""
    folder = tmp_path_factory.mktemp("report")
    config = small_config(
        tags={**TAGS, "flank": "Flank"}, sessions=(Session("spring", date(2014, 3, 1), date(2014, 5, 30)),)
    )
    small_survey(folder / "survey", config)
    for n, station in enumerate(STATIONS):
        where = folder / "card" / station
        where.mkdir(parents=True)
        name, flank = NAMES[station]
        tags = ("Species|Panthera pardus", f"Individual|{name}", f"Flank|{flank}")
        picture = photo(n, FIRST + timedelta(days=n), serial=f"H{n}", tags=tags, size=(120, 160))
        (where / "IMG_0001.JPG").write_bytes(picture)
        (where / "IMG_0002.JPG").write_bytes(photo(50 + n, FIRST, serial=f"H{n}")[:-400])
    (folder / "card" / "S1" / "IMG_0003.JPG").write_bytes(b"")
    run("ingest", folder / "survey", folder / "card", "--workers", 1, "--by", "anna", "--lang", "ru")
    return folder / "survey"


def test_one_report_in_every_format_and_language(survey: Path, tmp_path: Path) -> None:
    target = tmp_path / "winter.html"
    asked = ("report", survey, "--format", "html,pdf,docx,json", "--lang", "en,zh", "--out", target)
    run(*asked)
    files = {form: tmp_path / f"winter.{form}" for form in ("html", "pdf", "docx", "json")}
    before = {form: path.read_bytes() for form, path in files.items()}
    assert before["pdf"].startswith(b"%PDF-1.7")
    assert before["docx"].startswith(b"PK")
    data = json.loads(before["json"])
    assert data["schema"] == "pardus-report-1"
    assert data["languages"] == ["en", "zh"]
    assert {p["about"][0] for p in data["pictures"]} == {"llnp:F01", "llnp:雌豹7", "llnp:M02"}
    assert len(data["tables"]["events"]["rows"]) == 4
    run(*asked)
    assert {form: path.read_bytes() for form, path in files.items()} == before


def test_a_page_of_one_language_lies_in_the_survey_s_own_folder(survey: Path) -> None:
    run("report", survey)
    page = (survey / "out" / "report.en.html").read_text(encoding="utf-8")
    assert "Kedrovaya" in page
    assert page.count("<image id=") == 4  # a picture of each flank of each animal that was seen from it


def test_findings_said_in_russian_are_read_in_the_reader_s_language(survey: Path) -> None:
    def shown(language: str) -> str:
        run("report", survey, "--lang", language, "--status")
        page = (survey / "out" / f"status.{language}.html").read_text(encoding="utf-8")
        return re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL).split('id="numbers"')[0]

    russian = shown("ru")
    assert "0 байт" in russian
    english = shown("en")
    assert "0 bytes: the camera" in english
    assert not re.search("[а-яА-Я]", english)
    assert not re.search("[а-яА-Я]", shown("zh"))


def test_the_public_edition_of_a_survey_names_nothing(survey: Path) -> None:
    run("report", survey, "--edition", "public", "--format", "html,json,docx,pdf")
    data = b"".join((survey / "out" / f"report.public.en.{form}").read_bytes() for form in ("html", "json"))
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", data.decode("utf-8"))
    for name in ("F01", "M02", "雌豹7", "IMG_0001", "llnp:S", ">S1<", "650000", "4770000", "2014-03-02"):
        assert name not in text
    assert (survey / "out" / "report.public.en.pdf").stat().st_size > 10_000


@pytest.mark.parametrize(
    "wrong",
    [("--format", "odt"), ("--edition", "secret"), ("--status", "--edition", "public"), ("--format", ",")],
)
def test_what_it_can_t_do_it_says(survey: Path, wrong: tuple[str, ...]) -> None:
    result: Any = CliRunner().invoke(app, ["report", str(survey), *wrong])
    assert isinstance(result.exception, UsageError)


def test_a_language_it_does_not_speak_is_refused(survey: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(survey), "--lang", "en,fr"])
    assert result.exit_code == 2
