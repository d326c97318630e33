"""A survey folder with tables written on the spot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pardus.ingest.tables import FieldTables, read_tables
from pardus.model.errors import TableError
from pardus.model.survey import AreaRule, SurveyConfig, TableMapping

CONFIG = SurveyConfig("llnp", "Two valleys", "Panthera pardus", zone="Asia/Vladivostok", camera_zone="+10:00")
STATIONS = """station,x,y,setup,retrieval
A,700000,4750000,2025-11-20,2026-02-20
B,703000,4752000,2025-11-21,2026-02-21
"""


class Desk:
    """Writes tables into a folder and reads them as a survey would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = CONFIG
        self.tables: dict[str, TableMapping] = {}

    def put(self, name: str, content: str | bytes, file: str = "", **mapping: object) -> None:
        file = file or f"{name}.csv"
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / file.partition("#")[0]).write_bytes(data)
        self.tables[name] = TableMapping(file, **mapping)  # type: ignore[arg-type]

    def stations(self, content: str | bytes = STATIONS, **mapping: object) -> None:
        self.put("stations", content, **mapping)

    def area(self, **rule: object) -> None:
        self.config = replace(self.config, area=AreaRule(**rule))  # type: ignore[arg-type]

    def read(self) -> FieldTables:
        return read_tables(self.folder, replace(self.config, tables=self.tables))

    def faults(self) -> Mapping[tuple[str, str], str]:
        """Return (code, place) -> message and remedy, of the errors of tables that must be refused."""
        with pytest.raises(TableError) as caught:
            self.read()
        return {
            (f.code, f.where): f"{f.message} {f.remedy}"
            for f in caught.value.findings
            if f.severity == "error"
        }

    def codes(self) -> list[str]:
        return sorted(code for code, _where in self.faults())

    def warnings(self) -> list[str]:
        return [f.code for f in self.read().warnings]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[[str], Desk]:
    def make(name: str) -> Desk:
        (tmp_path / name).mkdir()
        return Desk(tmp_path / name)

    return make
