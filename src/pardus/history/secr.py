"""Histories as the text files that the R package secr reads with read.capthist, and the lines of R that do it.

Format: the vignette "Data input for secr" (Efford). Captures: session, animal, occasion, detector, animal
covariates, separated by blanks, a count of n as n lines, a minus before the occasion at which an animal died.
Traps, one file per session: detector, x, y, then effort on each occasion, then '/' and covariates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pardus.history.write import cell, number
from pardus.model.capture import CaptureHistory

NOBODY = "NONE"
MISSING = "NA"


def secr_files(histories: Sequence[CaptureHistory]) -> dict[str, str]:
    """Return file name -> text: captures.txt, traps-1.txt ... one per session in secr's order, and read.R.

    secr sorts sessions by name (by number if all are numbers), so the trap files are numbered in that order. Names
    that secr can't take (blanks, commas, '#', '/', '_' in a detector) are changed, and the header of the file says
    what each stood for. A session without detections gets the line with the animal NONE that secr expects; one
    without detectors is left out.
    """
    histories = [h for h in histories if h.detectors.ids]
    order = _order([h.session for h in histories])
    sessions = _names([h.session for h in histories], "")
    animals = _names(dict.fromkeys(a for h in histories for a in h.animals), "")
    stations = _names(dict.fromkeys(d for h in histories for d in h.detectors.ids), "_")
    covariates = sorted({name for h in histories for name in h.covariates})
    traits = sorted({name for h in histories for name in h.detectors.covariates})
    lines = [
        *_legend(sessions | animals | stations),
        "# " + " ".join(["session", "animal", "occasion", "detector", *covariates]),
    ]
    files = {}
    for position, n in enumerate(order, 1):
        h = histories[n]
        lines += _captures(h, sessions, animals, stations, covariates)
        files[f"traps-{position}.txt"] = _traps(h, sessions, stations, traits)
    files["captures.txt"] = "\n".join(lines) + "\n"
    files["read.R"] = _script([histories[n] for n in order], covariates, traits)
    return files


def _captures(
    h: CaptureHistory,
    sessions: dict[str, str],
    animals: dict[str, str],
    stations: dict[str, str],
    covariates: Sequence[str],
) -> list[str]:
    name = sessions[h.session]
    if not h.n_animals:
        return [" ".join([name, NOBODY, "1", stations[h.detectors.ids[0]], *[MISSING] * len(covariates)])]
    lines = []
    for a, o, k, n in zip(h.animal, h.occasion, h.detector, h.count, strict=True):
        died = h.removed is not None and h.removed[a] == o
        said = [_word(cell(h.covariates.get(c), int(a))) for c in covariates]
        occasion = f"{'-' if died else ''}{o + 1}"
        lines += [
            " ".join([name, animals[h.animals[a]], occasion, stations[h.detectors.ids[k]], *said])
        ] * int(n)
    return lines


def _traps(
    h: CaptureHistory, sessions: dict[str, str], stations: dict[str, str], traits: Sequence[str]
) -> str:
    d = h.detectors
    header = f"# session {sessions[h.session]}: detector x y effort on {h.n_occasions} occasions"
    lines = [*_legend({s: stations[s] for s in d.ids}), header + (" / " + " ".join(traits) if traits else "")]
    for k, station in enumerate(d.ids):
        said = [_word(cell(d.covariates.get(c), k)) for c in traits]
        effort = [number(v) for v in d.usage[k]]
        place = [stations[station], number(d.xy[k, 0]), number(d.xy[k, 1])]
        lines.append(" ".join([*place, *effort]) + (" / " + " ".join(said) if traits else ""))
    return "\n".join(lines) + "\n"


def _script(histories: Sequence[CaptureHistory], covariates: Sequence[str], traits: Sequence[str]) -> str:
    def vector(values: Iterable[object]) -> str:
        return "c(" + ", ".join(str(v) for v in values) + ")"

    def texts(values: Iterable[str]) -> str:
        return vector(f'"{v}"' for v in values)

    kind = histories[0].kind if histories else "proximity"
    arguments = [
        '"captures.txt"',
        texts(f"traps-{n + 1}.txt" for n in range(len(histories))),
        f'detector = "{kind}"',
        "binary.usage = FALSE",
        "noccasions = " + vector(h.n_occasions for h in histories),
    ]
    if covariates:
        arguments.append("covnames = " + texts(covariates))
    if traits:
        arguments.append("trapcovnames = " + texts(traits))
    lines = [
        "library(secr)",
        "histories <- read.capthist(" + ",\n  ".join(arguments) + ")",
        "summary(histories)",
    ]
    if any((h.detectors.usage % 1 != 0).any() for h in histories):
        lines.append(
            "# Effort has fractions of days: fit with details = list(fastproximity = FALSE), because secr's\n"
            "# faster way cuts them off."
        )
    return "\n".join(lines) + "\n"


def _order(sessions: Sequence[str]) -> list[int]:
    if all(re.fullmatch(r"-?\d+(\.\d+)?", s) for s in sessions):
        return sorted(range(len(sessions)), key=lambda n: float(sessions[n]))
    return sorted(range(len(sessions)), key=lambda n: sessions[n])


def _names(wanted: Iterable[str], forbidden: str) -> dict[str, str]:
    """Return name -> a name without blanks and signs that secr reads as something else, all different."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in wanted:
        plain = re.sub(rf"[\s,#/\"'\\{forbidden}]+", "-", name) or "-"
        if plain == NOBODY:
            plain += "-"
        unique, n = plain, 1
        while unique in taken:
            n += 1
            unique = f"{plain}-{n}"
        taken.add(unique)
        found[name] = unique
    return found


def _legend(names: dict[str, str]) -> list[str]:
    return [f"# {new} = {' '.join(old.split())}" for old, new in names.items() if new != old]


def _word(text: str) -> str:
    return re.sub(r"[\s,#/\"'\\]+", "-", text) or MISSING
