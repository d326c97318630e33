"""The scripts that are shipped are what their sources give, and ask nobody but the desk for anything."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "src" / "pardus" / "web" / "static"
SOURCES = sorted(p for p in (ROOT / "web" / "src").glob("*.ts") if not p.name.endswith(".d.ts"))
VENDOR = ROOT / "src" / "pardus" / "web" / "vendor"


def test_every_script_has_a_source() -> None:
    assert {p.stem for p in STATIC.glob("*.js")} == {p.stem for p in SOURCES}


def test_scripts_are_what_the_sources_give(tmp_path: Path) -> None:
    own = ROOT / "web" / "node_modules" / ".bin" / "tsc"
    compiler = str(own) if own.exists() else shutil.which("tsc")
    if compiler is None:
        pytest.skip("the TypeScript compiler is not on this machine (npm install in web/)")
    done = subprocess.run(
        [compiler, "-p", str(ROOT / "web"), "--outDir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    stale = [p.name for p in STATIC.glob("*.js") if (tmp_path / p.name).read_bytes() != p.read_bytes()]
    assert stale == [], "run `npm run build` in web/"


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_name_no_other_place_and_make_no_code_from_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert re.findall(r"https?:|//[a-z]+\.|\beval\(|new Function|document\.write|import\(", text) == []


def test_the_style_sheet_loads_our_own_fonts_only() -> None:
    text = (STATIC / "desk.css").read_text(encoding="utf-8")
    assert "@import" not in text
    wanted = re.findall(r"url\(([^)]*)\)", text)
    assert len(wanted) == 4
    fonts = ROOT / "src" / "pardus" / "report" / "fonts"
    assert [w for w in wanted if not (fonts / w.strip('"').removeprefix("/static/")).is_file()] == []


def test_what_others_built_is_as_they_built_it_and_with_its_licences() -> None:
    kept = json.loads((VENDOR / "versions.json").read_text(encoding="utf-8"))
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in VENDOR.glob("*.js")}
    assert found == kept["files"]
    licences = (VENDOR / "LICENCES.txt").read_text(encoding="utf-8")
    assert [
        name for name, version in kept["packages"].items() if f"\n{name} {version} (" not in licences
    ] == []
    assert "GPL" not in licences
    modules = ROOT / "web" / "node_modules"
    if (modules / "maplibre-gl").is_dir():
        for name, version in kept["packages"].items():
            about = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
            assert about["version"] == version
