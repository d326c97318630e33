"""Write docs/reference/ingest-findings.md from the tables of codes: what each means, what to do, what it stops."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from pardus.app.matching import PROBLEMS
from pardus.ingest import faults
from pardus.ingest.faults import Fault

TARGET = Path(__file__).resolve().parent / "reference" / "ingest-findings.md"

INTRO = """# What ingest can find wrong

Made by `python docs/make_findings.py` from the program itself. Every finding has one of these codes,
the file or deployment it is about, a message with the particulars, and what to do. An **error** holds back
the files it is about until it is mended or accepted by its code (`--accept CODE`); a warning is shown and
counted. Codes are stable: they are in the log, in `--json` and in `Media.faults`. How each is found:
[from files to media](ingest-media.md). Faults of tables and coordinates: [tables](tables.md).
"""

SECTIONS = (
    ("Files that are not taken", "Listed and counted as ignored.", faults.IGNORED),
    (
        "Damage",
        "The file is kept as evidence. All but `damaged-metadata` exclude it from detection.",
        faults.DAMAGE,
    ),
    ("Dates of one file", "", faults.DATES),
    ("Where a file belongs", "", {**PROBLEMS, "layout": faults.NAMES["layout"]}),
    ("A deployment's files together", "", faults.ALARMS),
    ("Names", "", {code: fault for code, fault in faults.NAMES.items() if code != "layout"}),
    ("Tags and imported boxes", "", faults.LABELS),
)


def page() -> str:
    """Return the page as Markdown."""
    parts = [INTRO]
    for title, text, codes in SECTIONS:
        parts.append(f"## {title}\n" + (f"\n{text}\n" if text else ""))
        parts.append(table(codes))
    return "\n".join(parts)


def table(codes: Mapping[str, Fault]) -> str:
    """Return one Markdown table."""
    rows = [
        f"| `{code}` | {_cell(fault.meaning)} | {_cell(fault.remedy)} | {fault.severity} |"
        for code, fault in codes.items()
    ]
    return "\n".join(["| code | meaning | what to do | |", "|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != page())
    TARGET.write_text(page(), encoding="utf-8")
