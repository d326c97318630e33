"""Files as the field has them: encodings, separators, spreadsheets, dates, numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pardus.ingest.tables.encoding import decode
from pardus.ingest.tables.values import CellError, read_date, read_number, read_time
from pardus.model.survey import TableMapping

RUSSIAN = "Станция;Широта;Долгота;Установка;Снятие\nКедровая падь;43,1;131,5;2025-11-20;2026-02-20\n"
CHINESE = "站点,纬度,经度,安装,回收\n珲春东,42.9,130.7,2025-11-20,2026-02-20\n"
RU = {
    "station": "Станция",
    "latitude": "Широта",
    "longitude": "Долгота",
    "setup": "Установка",
    "retrieval": "Снятие",
}
ZH = {"station": "站点", "latitude": "纬度", "longitude": "经度", "setup": "安装", "retrieval": "回收"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
def test_a_russian_table_is_read_in_any_usual_encoding(desk, encoding):
    desk.stations(RUSSIAN.encode(encoding), columns=RU)
    (station,) = desk.read().stations
    assert station.name == "Кедровая падь"
    assert (station.latitude, station.longitude) == (43.1, 131.5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk", "gb18030"])
def test_a_chinese_table_is_read_in_any_usual_encoding(desk, encoding):
    desk.stations(CHINESE.encode(encoding), columns=ZH)
    assert desk.read().stations[0].id == "llnp:珲春东"


def test_a_legacy_encoding_is_told_with_a_preview():
    found = decode(RUSSIAN.encode("cp1251"))
    assert found.encoding == "cp1251"
    assert [f.code for f in found.findings] == ["encoding-detected"]
    assert "Станция" in found.findings[0].message
    assert found.findings[0].severity == "warning"


def test_bytes_that_two_encodings_explain_are_asked_about(desk):
    desk.stations("station,x,y\nБАРС,1,2\n".encode("cp1251"))  # two common Chinese characters as well
    (fault,) = desk.faults().items()
    assert fault[0][0] == "encoding-ambiguous"
    assert "БАРС" in fault[1]
    assert 'encoding = "cp1251"' in fault[1]


def test_a_declared_encoding_decides(desk):
    desk.stations("station,x,y\nЮг,700000,4750000\n".encode("cp1251"), encoding="cp1251")
    assert desk.read().stations[0].name == "Юг"


def test_a_declaration_that_the_bytes_contradict_is_refused(desk):
    desk.stations("station,x,y\nЮг,700000,4750000\n", encoding="cp1251")
    assert desk.codes() == ["encoding-contradicted"]
    desk.stations("station,x,y\nЮг,700000,4750000\n".encode("cp1251"), encoding="utf-8")
    assert desk.codes() == ["encoding-broken"]
    desk.stations("station,x,y\n", encoding="klingon")
    assert desk.codes() == ["encoding-unknown"]


@example("юя" + "барс идёт " * 5)
@example("яю" + "барс идёт " * 5)
@given(st.text(st.sampled_from("абвгдеёжзийклмнопрстуфхцчшщъыьэюя "), min_size=40, max_size=200))
def test_no_encoding_is_ever_taken_for_another(text):
    for encoding in ("cp1251", "koi8-r", "cp866"):
        found = decode(text.encode(encoding, "replace"))
        assert not found.text or found.text == text  # "?" never arises: all letters are in all three


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(desk, separator):
    desk.stations("station,x,y\nA,700000,4750000\nB,703000,4752000\n".replace(",", separator))
    assert len(desk.read().stations) == 2


def test_excels_own_separator_line_is_obeyed(desk):
    desk.stations("sep=;\nstation;x;y\nA;700000,5;4750000,25\n")
    (station,) = desk.read().stations
    assert (station.x, station.y) == (700000.5, 4750000.25)


def test_a_spreadsheet_is_read_by_sheet_with_dates_as_dates(desk):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Станции"
    sheet.append([])
    sheet.append(["Station", "X", "Y", "Setup", "Time", "Retrieval"])
    sheet.append(["A", 700000, 4750000, datetime(2025, 11, 20), time(14, 30), 46073])
    book.create_sheet("other")
    book.save(desk.folder / "notes.xlsx")
    mapping = {
        "station": "Station",
        "x": "X",
        "y": "Y",
        "setup": "Setup",
        "setup_time": "Time",
        "retrieval": "Retrieval",
    }
    desk.put("stations", (desk.folder / "notes.xlsx").read_bytes(), "notes.xlsx#Станции", columns=mapping)
    (deployment,) = desk.read().deployments
    assert deployment.start.isoformat() == "2025-11-20T14:30:00+10:00"
    assert not deployment.start_is_day
    assert deployment.end is not None
    # 46073 is 2026-02-20, to its last midnight.
    assert deployment.end.isoformat() == "2026-02-21T00:00:00+10:00"
    assert deployment.end_is_day
    assert "excel-serial" in desk.warnings()
    desk.put("stations", (desk.folder / "notes.xlsx").read_bytes(), "notes.xlsx", columns=mapping)
    assert desk.codes() == ["sheet-not-named"]


def test_missing_files_columns_and_sheets_are_named_with_the_nearest(desk):
    desk.stations("Станция,x,y\nA,1,2\n", columns={"station": "Станцыя"})
    desk.put("records", "a,b\n1,2\n")
    desk.tables["individuals"] = TableMapping("record.csv")
    faults = desk.faults()
    assert "Did you mean Станция?" in faults[("column-missing", "stations.csv")]
    assert "Did you mean records.csv?" in faults[("table-missing", "record.csv")]
    assert ("column-not-mapped", "records.csv") in faults


def test_ragged_rows_twice_named_columns_and_empty_files_are_named(desk):
    desk.stations("station,x,y\nA,700000,4750000,what,is,this\n")
    assert ("row-too-long", "stations.csv, row 2") in desk.faults()
    desk.stations("station,x,x,y\nA,700000,700000,4750000\n")
    assert "column-twice" in desk.codes()
    desk.stations("\n\n")
    assert desk.codes() == ["table-empty"]


def test_names_are_compared_in_nfc(desk):
    desk.stations("Станция й,x,y\nA,700000,4750000\n", columns={"station": "Станция й"})
    assert desk.read().stations[0].name == "A"


@pytest.mark.parametrize(
    ("cell", "format_", "expected"),
    [
        ("2025-11-20", "", (date(2025, 11, 20), None, "")),
        ("2025/11/20 17:05", "", (date(2025, 11, 20), time(17, 5), "")),
        ("2025.11.20 17:05:09", "", (date(2025, 11, 20), time(17, 5, 9), "")),
        ("2025年11月20日", "", (date(2025, 11, 20), None, "")),
        ("2025-11-20T17:05:09+10:00", "", (date(2025, 11, 20), time(17, 5, 9), "+10:00")),
        ("2025-11-20T17:05:09Z", "", (date(2025, 11, 20), time(17, 5, 9), "Z")),
        ("20.11.2025", "", (date(2025, 11, 20), None, "")),
        ("11/20/2025", "", (date(2025, 11, 20), None, "")),
        ("05/05/2025", "", (date(2025, 5, 5), None, "")),
        ("05/06/2025", "%d/%m/%Y", (date(2025, 6, 5), None, "")),
        ("05/06/2025 17:05", "%m/%d/%Y", (date(2025, 5, 6), time(17, 5), "")),
        ("05.06.25", "%d.%m.%y", (date(2025, 6, 5), None, "")),
        ("2025-06-05", "%d/%m/%Y", (date(2025, 6, 5), None, "")),
        (45981.0, "", (date(2025, 11, 20), None, "")),
        (45981.5, "", (date(2025, 11, 20), time(12), "")),
        ("45981", "", (date(2025, 11, 20), None, "")),
    ],
)
def test_dates_that_can_be_read_one_way_are_read(cell, format_, expected):
    assert read_date(cell, format_) == expected


@pytest.mark.parametrize(
    ("cell", "format_", "code"),
    [
        ("05/06/2025", "", "date-ambiguous"),
        ("05.06.2025", "", "date-ambiguous"),
        ("20.11.25", "", "date-ambiguous"),
        ("2025-02-30", "", "not-a-date"),
        ("20/11/2025", "%m/%d/%Y", "not-a-date"),
        ("winter", "", "not-a-date"),
        ("31/31/2025", "", "not-a-date"),
        (7.0, "", "not-a-date"),
        ("2025-11-20 25:00", "", "not-a-time"),
    ],
)
def test_dates_that_can_not_are_refused(cell, format_, code):
    with pytest.raises(CellError) as caught:
        read_date(cell, format_)
    assert caught.value.code == code


@given(st.dates(date(1955, 1, 1), date(2118, 12, 31)))
def test_excel_days_and_dates_are_the_same(day):
    serial = (day - date(1899, 12, 30)).days
    assert read_date(float(serial))[0] == day
    assert read_date(day.isoformat())[0] == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17:11", time(17, 11)),
        ("5:11 PM", time(17, 11)),
        ("12:05 am", time(0, 5)),
        (0.75, time(18)),
        ("0,5", time(12)),
    ],
)
def test_times_are_read(text, expected):
    assert read_time(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1 234,5", 1234.5), ("1,234,567.5", 1234567.5), ("−3", -3.0), ("4 750 000", 4750000.0), (7, 7.0)],
)
def test_numbers_are_read_with_comma_and_blanks(text, expected):
    assert read_number(text) == expected


def test_a_time_that_the_zone_left_out_is_refused_and_one_that_came_twice_is_told(desk):
    desk.stations("station,x,y,setup\nA,700000,4750000,2010-03-28 02:30\n", zone="Asia/Vladivostok")
    assert desk.codes() == ["time-not-in-zone"]
    desk.stations("station,x,y,setup\nA,700000,4750000,2010-10-31 02:30\n", zone="Asia/Vladivostok")
    assert "time-twice" in desk.warnings()


def test_vladivostok_was_eleven_hours_ahead_from_2011_to_2014(desk):
    rows = "".join(f"S{year},{700000 + year},4750000,{year}-01-15 12:00\n" for year in (2010, 2013, 2015))
    desk.stations("station,x,y,setup\n" + rows, zone="Asia/Vladivostok")
    hours = {d.start.year: d.start.astimezone(UTC).hour for d in desk.read().deployments}
    assert hours == {2010: 2, 2013: 1, 2015: 2}
