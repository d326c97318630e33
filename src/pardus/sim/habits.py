"""Each partner's habits: words on folders and in tables, table formats, coordinate systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.xml.functions import tostring
from pyproj import Transformer

from pardus.sim.landscape import CRS
from pardus.sim.parameters import PartnerParameters

SYSTEMS = {"utm52n": "EPSG:32652", "sk42": "EPSG:28422", "cgcs2000": "EPSG:4531"}
ChineseMap = Callable[[float, float], tuple[float, float]]
"""WGS84 latitude and longitude -> those that a map published in China shows for the place."""
WRITTEN = datetime(2025, 1, 1)
"""When workbooks say they were written."""
ENCODINGS = {"csv-utf8": "utf-8", "csv-cp1251": "cp1251", "csv-gbk": "gbk"}


@dataclass(frozen=True, slots=True)
class Words:
    """A partner's words. columns: our name of a column -> theirs ({n} for problem periods)."""

    station: str
    camera: str
    copy: str
    animal: str
    author: str
    table: str
    records: str
    individuals: str
    date_format: str
    columns: Mapping[str, str]
    species: Mapping[str, str]
    flank: Mapping[str, str]
    sex: Mapping[str, str]
    juvenile: str


_LATIN = {
    "leopard": "Panthera pardus orientalis",
    "tiger": "Panthera tigris altaica",
    "deer": "Cervus nippon",
    "boar": "Sus scrofa",
    "person": "Homo sapiens",
}
WORDS: dict[str, Words] = {
    "en": Words(
        "Station {:02d}", "Camera {}", "copy", "Leo {number}{sex}", "R. Smith",
        "stations", "records", "individuals", "%Y-%m-%d",
        {
            "station": "Station", "camera": "Camera", "x": "X", "y": "Y", "coordinates": "Coordinates",
            "latitude": "Latitude", "longitude": "Longitude", "setup": "Setup", "retrieval": "Retrieval",
            "problem_from": "Problem{n}_from", "problem_to": "Problem{n}_to", "problem_state": "Problem{n}_state",
            "problem_cause": "Problem{n}_cause", "model": "Model", "serial": "Serial", "file": "File", "time": "Time",
            "species": "Species", "individual": "Individual", "flank": "Flank", "life_stage": "Age",
            "mother": "Mother", "count": "Count", "group": "Group", "sex": "Sex", "on": "Known since",
        },
        _LATIN, {"left": "left", "right": "right"}, {"F": "female", "M": "male"}, "juvenile",
    ),
    "ru": Words(
        "Станция {:02d}", "Камера {}", "копия", "Leo {number}{sex}", "Е. Иванова",
        "станции", "записи", "особи", "%d.%m.%Y",
        {
            "station": "Станция", "camera": "Камера", "x": "X", "y": "Y", "coordinates": "Координаты",
            "latitude": "Широта", "longitude": "Долгота", "setup": "Установка", "retrieval": "Снятие",
            "problem_from": "Сбой {n} с", "problem_to": "Сбой {n} по", "problem_state": "Состояние {n}",
            "problem_cause": "Причина {n}", "model": "Модель", "serial": "Серийный номер", "file": "Файл",
            "time": "Время", "species": "Вид", "individual": "Особь", "flank": "Бок", "life_stage": "Возраст",
            "mother": "Мать", "count": "Число", "group": "Группа", "sex": "Пол", "on": "Известен с",
        },
        {"leopard": "леопард", "tiger": "тигр", "deer": "пятнистый олень", "boar": "кабан", "person": "человек"},
        {"left": "Л", "right": "П"}, {"F": "самка", "M": "самец"}, "котёнок",
    ),
    "zh": Words(
        "监测点{:02d}", "相机{}", "副本", "豹{number:02d}{sex}", "王伟",
        "监测点", "记录", "个体", "%Y/%m/%d",
        {
            "station": "监测点", "camera": "相机编号", "x": "X坐标", "y": "Y坐标", "coordinates": "坐标",
            "latitude": "纬度", "longitude": "经度", "setup": "安放时间", "retrieval": "取回时间",
            "problem_from": "故障{n}开始", "problem_to": "故障{n}结束", "problem_state": "故障{n}状态",
            "problem_cause": "故障{n}原因", "model": "型号", "serial": "序列号", "file": "文件", "time": "时间",
            "species": "物种", "individual": "个体", "flank": "体侧", "life_stage": "年龄", "mother": "母亲",
            "count": "数量", "group": "群", "sex": "性别", "on": "首次记录",
        },
        {"leopard": "东北豹", "tiger": "东北虎", "deer": "梅花鹿", "boar": "野猪", "person": "人"},
        {"left": "左", "right": "右"}, {"F": "雌", "M": "雄"}, "幼崽",
    ),
}  # fmt: skip


def latin(species: str) -> str:
    """Return the scientific name of a species of ours ("leopard", "deer", ...)."""
    return _LATIN[species]


def written_day(words: Words, at: datetime) -> str:
    """Return day and time as the partner writes them."""
    return f"{at:{words.date_format}} {at:%H:%M}"


def place_columns(partner: PartnerParameters) -> tuple[str, ...]:
    """Return which columns hold a station's place."""
    if partner.coordinates in ("degrees", "gcj02"):
        return ("latitude", "longitude")
    return ("coordinates",) if partner.coordinates == "dms" else ("x", "y")


def place_cells(
    partner: PartnerParameters, x: float, y: float, chinese_map: ChineseMap
) -> tuple[object, ...]:
    """Return a station's place in the partner's system. x, y: metres in UTM 52N."""
    if partner.coordinates in SYSTEMS:
        system = SYSTEMS[partner.coordinates]
        if system == CRS:
            return round(x, 1), round(y, 1)
        easting, northing = _from_utm(system).transform(x, y)
        return round(easting, 1), round(northing, 1)
    longitude, latitude = _from_utm("EPSG:4326").transform(x, y)
    if partner.coordinates == "gcj02":
        latitude, longitude = chinese_map(latitude, longitude)
    if partner.coordinates in ("degrees", "gcj02"):
        return round(latitude, 6), round(longitude, 6)
    return (f"{_dms(latitude)}N {_dms(longitude)}E",)


@cache
def _from_utm(system: str) -> Transformer:
    return Transformer.from_crs(CRS, system, always_xy=True)


def _dms(angle: float) -> str:
    tenths = round(angle * 36_000)
    degrees, rest = divmod(tenths, 36_000)
    minutes, tenths = divmod(rest, 600)
    return f"{degrees}°{minutes:02d}'{tenths / 10:04.1f}\""


def table_crs(partner: PartnerParameters) -> str:
    """Return the coordinate system that survey.toml must name for the partner's table, "" for degrees."""
    return {**SYSTEMS, "dms": "EPSG:4326", "gcj02": "GCJ-02"}.get(partner.coordinates, "")


def write_table(
    folder: Path,
    name: str,
    partner: PartnerParameters,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> str:
    """Write a table in the partner's format; return the file's name."""
    if partner.table == "xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet(name)
        sheet.append(list(header))
        for row in rows:
            sheet.append(list(row))
        path = folder / f"{name}.xlsx"
        _save(book, path)
        return path.name
    comma = partner.table == "csv-cp1251"
    out = io.StringIO()
    table = csv.writer(out, delimiter=";" if comma else ",", lineterminator="\r\n")
    table.writerow(header)
    for row in rows:
        table.writerow([str(c).replace(".", ",") if comma and isinstance(c, float) else c for c in row])
    path = folder / f"{name}.csv"
    path.write_bytes(out.getvalue().encode(ENCODINGS[partner.table]))
    return path.name


def _save(book: Workbook, path: Path) -> None:
    """Write a workbook with the same bytes each time: whoever saves one dates it, and every file within."""
    dated = io.BytesIO()
    book.save(dated)
    book.properties.created = book.properties.modified = WRITTEN
    with ZipFile(dated) as there, ZipFile(path, "w") as here:
        for name in there.namelist():
            data = tostring(book.properties.to_tree()) if name == "docProps/core.xml" else there.read(name)
            here.writestr(ZipInfo(name, WRITTEN.timetuple()[:6]), data, ZIP_DEFLATED)
