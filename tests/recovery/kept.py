"""Results of the recovery study: kept in JSON files, merged, and written into the page between its marks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.recovery.families import FAMILIES

COVERAGE = (0.93, 0.97)
RELATIVE_LIMIT = 0.03
SE_LIMIT = 0.2
BEGIN, END = "<!-- results -->\n", "<!-- /results -->\n"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A quantity over many surveys.

    bias: relative for N and E(N), else in units of the mean SE. error: Monte-Carlo standard error of the bias.
    covered: share of intervals that hold the target, with its 99.9 % binomial interval; nan if there is none.
    """

    family: str
    quantity: str
    n: int
    bias: float
    error: float
    limit: float
    covered: float
    lower: float
    upper: float

    @property
    def passed(self) -> bool:
        """Bias within its limit (for N and E(N) plus twice its Monte-Carlo error), coverage near 95 %."""
        good = self.upper >= COVERAGE[0] and self.lower <= COVERAGE[1]
        slack = 2 * self.error if self.limit == RELATIVE_LIMIT else 0.0
        return good and abs(self.bias) <= self.limit + slack


@dataclass(frozen=True, slots=True)
class Kept:
    """The results of one family. surveys: simulated for each of its lines. made: ISO date. statuses: of all fits."""

    surveys: int
    made: str
    judgements: tuple[Judgement, ...]
    statuses: Mapping[str, int]


def load(path: Path) -> dict[str, Kept]:
    """Return what a file keeps, family -> results; nothing if there is no such file."""
    if not path.exists():
        return {}
    on = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    return {name: _kept(name, row, on) for name, row in json.loads(path.read_text(encoding="utf-8")).items()}


def _kept(name: str, row: Mapping[str, Any], on: str) -> Kept:
    statuses = dict(row["statuses"])
    kinds = 1 if any(f.name == name and f.fixed_only for f in FAMILIES) else 2
    surveys = row.get("surveys") or sum(statuses.values()) // kinds
    judgements = tuple(
        Judgement(**{k: math.nan if v is None else v for k, v in j.items()}) for j in row["judgements"]
    )
    return Kept(surveys, row.get("made", on), judgements, statuses)


def save(path: Path, kept: Mapping[str, Kept]) -> None:
    """Write results, families in their order; what is not there (nan) as null."""
    rows = {}
    for name in (f.name for f in FAMILIES if f.name in kept):
        k = kept[name]
        judgements = [{n: None if v != v else v for n, v in asdict(j).items()} for j in k.judgements]
        rows[name] = {
            "surveys": k.surveys,
            "made": k.made,
            "statuses": dict(k.statuses),
            "judgements": judgements,
        }
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def merged(old: Mapping[str, Kept], new: Mapping[str, Kept]) -> dict[str, Kept]:
    """Return all families of both; of one that both have, the run with more surveys, and the newer of equal ones."""
    out = dict(old)
    for name, k in new.items():
        if name not in out or (k.surveys, k.made) >= (out[name].surveys, out[name].made):
            out[name] = k
    return out


def tables(kept: Mapping[str, Kept]) -> str:
    """Return the results as Markdown: a line for each quantity, then how the fits ended."""
    order = [f.name for f in FAMILIES if f.name in kept]
    lines = [
        "| family | quantity | surveys | fits | bias | coverage (99.9 % interval) | |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in order:
        for j in kept[name].judgements:
            relative = j.limit == RELATIVE_LIMIT
            unit, factor, digits = ("%", 100, 1) if relative else ("SE", 1, 2)
            covered = "" if math.isnan(j.covered) else f"{j.covered:.3f} ({j.lower:.3f} to {j.upper:.3f})"
            lines.append(
                f"| {name} | {j.quantity} | {kept[name].surveys} | {j.n} | {factor * j.bias:+.{digits}f} {unit} "
                f"(+- {factor * j.error:.{digits}f}) | {covered} | {'' if j.passed else 'outside'} |"
            )
    lines += ["", "How the fits ended:", ""]
    for name in order:
        k = kept[name]
        counted = ", ".join(f"{n} {status}" for status, n in sorted(k.statuses.items()))
        lines.append(f"- {name}: {counted or 'not kept'} ({k.made})")
    absent = [f.name for f in FAMILIES if f.name not in kept]
    if absent:
        lines += ["", f"Not run yet: {'; '.join(absent)}."]
    return "\n".join([*lines, ""])


def write_page(page: Path, kept: Mapping[str, Kept]) -> None:
    """Put the results into a page between its marks; all else in it stays. Raises ValueError if a mark is missing."""
    text = page.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: expected the lines {BEGIN.strip()} and {END.strip()}.")
    page.write_text(f"{head}{BEGIN}\n{tables(kept)}\n{END}{tail}", encoding="utf-8")
