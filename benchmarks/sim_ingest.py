"""What ingest and effort find of a simulated survey's faults, against the truth.

    python benchmarks/sim_ingest.py [--full | --parameters FILE] [--seed 4] [--folder DIR]

Prints a table: each kind of planted fault, how many were planted, how many were named, and which were missed;
the largest difference of camera-days; and, after the simulated field staff answered what was held back, how many
litters and pairs that were before cameras stand in the report. Without options a small world of 20 stations is
made; --full makes the default world (two winters, 212 stations) with small pictures. A world in --folder is used again.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.effort import effort
from pardus.app.executor import Processes
from pardus.app.field_answers import act_on, field_answers
from pardus.app.ingest import ingest
from pardus.app.ingest_report import IngestReport
from pardus.app.ingest_run import IngestOptions
from pardus.app.report import report as make_report
from pardus.app.saying import Sayer
from pardus.app.simulate import simulate
from pardus.app.survey_folder import new_survey, open_survey, survey_config
from pardus.app.true_animals import animals_of_catalogues, reported_families, true_families
from pardus.sim.faults import swap
from pardus.sim.habits import WORDS, Words
from pardus.sim.parameters import read_parameters
from tests.fixtures.worlds import SMALL, toml_of

TWENTY = toml_of(
    SMALL,
    {
        "landscape": {"area_km2": 500},
        "population": {"n": 9},
        "survey": {"stations": 20, "other_visits": 0.06},
        "pictures": {"width": 448, "height": 256, "video_fps": 2},
        "cameras": {
            "lost": 0.05, "half_season": 0.1, "gap": 0.1, "dead_flash": 0.08, "clock_zone": 0.08,
            "clock_12_hours": 0.08, "clock_reset": 0.08, "clock_drift": 0.08,
        },
    },
)  # fmt: skip
FULL = toml_of({"pictures": SMALL["pictures"]})
CODES = {
    "truncated": ("truncated", "undecodable"),
    "zero-byte": ("empty-file",),
    "wrong-extension": ("wrong-extension",),
    "not-media": ("system-file", "apple-double", "not-media"),
    "swapped-cards": ("swapped-cards", "serial-not-declared", "serial-in-two-places"),
    "clock_reset": ("factory-date", "before-2005", "clock-reset"),
    "clock_12_hours": ("day-night-flip", "pair-offset", "outside-deployment", "clock-offset"),
    "clock_zone": ("pair-offset", "outside-deployment", "day-night-flip", "clock-offset"),
    "clock_drift": ("pair-offset", "clock-drift"),
}


def survey_check(folder: Path, partner: str, language: str, facts: dict[str, Any], truth: Path) -> list[str]:
    """Ingest one partner's survey; return lines of a table."""
    for made in ("survey.sqlite", "survey.sqlite-wal", "survey.sqlite-shm"):
        (folder / made).unlink(missing_ok=True)
    for made in ("media", "out", ".incoming", "quarantine"):
        shutil.rmtree(folder / made, ignore_errors=True)
    config, _warnings = survey_config(folder)
    sayer = Sayer(f"{partner}:check")
    new_survey(folder, config, sayer)
    with Processes() as executor:
        report = ingest(
            folder, folder / "cards", IngestOptions(container="local"), sayer=sayer, executor=executor
        )
    result, _files = effort(folder)
    findings = [*report.findings, *result.findings]
    words = WORDS[language]
    with open_survey(folder) as store:
        media = store.survey().media
    said = {
        kind: [f"{f.where} {f.message} {f.remedy}" for f in findings if f.code in codes]
        + [path for m in media if set(m.faults) & set(codes) for path in m.paths]
        for kind, codes in CODES.items()
    }
    lines = []
    planted = [f for f in facts["faults"] if f["partner"] == partner]
    for kind in (*CODES, "duplicated-card"):
        own = [f for f in planted if f["fault"] == kind and f.get("files", True)]
        missed = []
        for fault in own:
            if kind == "duplicated-card":
                found = report.counts()["copies"] > 0
            else:
                found = any(mark in text for mark in _marks(fault, words) for text in said[kind])
            if not found:
                missed.append(
                    " ".join(str(fault.get(k, "")) for k in ("station", "camera", "file", "folders"))
                )
        lines.append(f"| {partner} | {kind} | {len(own)} | {len(own) - len(missed)} | {'; '.join(missed)} |")
    lines += _families(folder, partner, report, facts, words)
    lines.append(
        f"| {partner} | effort: largest difference in days of a station | | {_effort(folder, truth, partner):.4f} | |"
    )
    return lines


def _families(
    folder: Path, partner: str, report: IngestReport, facts: dict[str, Any], words: Words
) -> list[str]:
    """Answer what was held back, take it in, and compare litters and pairs in the report with those before cameras."""
    answers = field_answers(folder, report.findings, facts, words)
    sayer = Sayer(f"{partner}:check")
    act_on(folder, answers, facts, sayer)
    with Processes() as executor:
        again = ingest(
            folder, folder / "cards", IngestOptions(container="local"), sayer=sayer, executor=executor
        )
    lines = [
        f"| {partner} | files held back, then after the staff's answers | {report.held} | {again.held} | |"
    ]
    true = true_families(facts, partner)
    found = reported_families(make_report(folder), animals_of_catalogues(facts))
    for kind in ("litter", "pair"):
        planted = {key for key in true if key[1] == kind}
        alike = planted & set(found)
        text = f"{sum(true[key] == found[key] for key in alike)} with the same number of cubs or times"
        lines.append(f"| {partner} | {kind}s before cameras | {len(planted)} | {len(alike)} | {text} |")
    for year, one, other in answers.exchanged:  # as it was handed in, to be used again
        swap(folder / "cards" / str(year), one, other, [])
    return lines


def _marks(fault: dict[str, Any], words: Any) -> list[str]:
    """Return texts one of which a finding about this fault holds."""
    if "file" in fault:
        return [f"{fault['year']}/{fault['file']}", Path(fault["file"]).name]
    if "folders" in fault:
        return [part for folder in fault["folders"] for part in (folder, folder.replace("/", "_"))]
    station, camera = words.station.format(fault["station"]), words.camera.format(fault["camera"])
    return [f"{station}_{camera}", f"{station}/{camera}"]


def _effort(folder: Path, truth: Path, partner: str) -> float:
    def totals(path: Path, prefix: str) -> dict[int, float]:
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        out: dict[int, float] = {}
        for row in rows:
            if row["detector"].startswith(prefix):
                number = int("".join(c for c in row["detector"][len(prefix) :] if c.isdigit()))
                days = [float(v) for k, v in row.items() if k.startswith("o") and v]
                out[number] = out.get(number, 0.0) + sum(days)
        return out

    found = totals(folder / "out" / "effort" / "usage.csv", "")
    true = totals(truth / "usage.csv", f"{partner}-")
    return max(abs(found.get(k, 0.0) - v) for k, v in true.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--parameters", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    text = FULL if options.full else TWENTY
    if options.parameters:
        text = options.parameters.read_text(encoding="utf-8")
    p = read_parameters(text)
    with tempfile.TemporaryDirectory() as temporary:
        root = options.folder or Path(temporary) / "world"
        truth = root.with_name(f"{root.name}-truth")
        if not truth.is_dir():
            with Processes() as executor:
                simulate(root, p, seed=options.seed, truth=truth, executor=executor)
        facts = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
        print("| partner | planted | how many | named | missed |\n|---|---|---|---|---|")
        for partner in p.partners:
            lines = survey_check(root / partner.id, partner.id, partner.language, facts, truth)
            print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
