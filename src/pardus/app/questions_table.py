"""Questions and answers as tables, for reviewers who are elsewhere, or are programs."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from pardus.app.review import Review
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.model.answer import ANSWERS, Answer
from pardus.model.errors import Finding, TableError
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.spreadsheet import harmless

ASKED = (
    "question", "a", "b", "flank", "probability", "why", "event_a", "event_b", "station_a", "station_b",
    "time_a", "time_b", "file_a", "file_b", "frame_a", "frame_b", "box_a", "box_b", "individual_a", "individual_b",
)  # fmt: skip
NEEDED = ("a", "b", "answer")


@dataclass(frozen=True, slots=True)
class Taken:
    """Answers taken from a table: new ones, those known already, and how many individuals changed."""

    added: int
    known: int
    changed: int


def write_questions(folder: Path, path: Path, count: int, reviewer: str) -> int:
    """Write the questions worth most to a CSV table; return how many. Add a column `answer` and give it back.

    Blind controls are among them, not marked. The table holds no positions; `file` is the path on the card.
    """
    review = Review(folder)
    found = review.list_questions(reviewer, count)
    with open_survey(folder) as store:
        ids = sorted({p.media for q in found for p in (q.a, q.b)})
        paths = {m.id: m.paths[0] for m in store.media(ids)}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(ASKED)
    for q in found:
        both = (q.a, q.b)
        boxes = [p.box and f"{p.box.x:.4f} {p.box.y:.4f} {p.box.width:.4f} {p.box.height:.4f}" for p in both]
        table.writerow(
            [
                q.id, q.a.id, q.b.id, q.flank, "" if q.probability is None else f"{q.probability:.3f}", q.why,
                *(p.event for p in both), *(p.station for p in both), *(p.at.isoformat() for p in both),
                *(harmless(paths.get(p.media, "")) for p in both), *("" if p.frame is None else p.frame for p in both),
                *(b or "" for b in boxes), q.individual_a, q.individual_b,
            ]
        )  # fmt: skip
    path.write_text(text.getvalue(), encoding="utf-8")
    return len(found)


def take_answers(folder: Path, path: Path, sayer: Sayer) -> Taken:
    """Take the answers of a CSV table: columns a, b (observations), answer, and if others answered: by, truth.

    All of a table is one log entry, undone as one. Rows without an answer are passed over; rows that were taken before
    add nothing. Raises TableError with every wrong row; nothing is then taken.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as source:
            rows = list(csv.DictReader(source))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(_("{path} can't be read: {reason}.").format(path=path, reason=error)) from error
    missing = [c for c in NEEDED if rows and c not in rows[0]]
    if missing or not rows:
        expected = _("{path}: expected the columns {names}.").format(path=path, names=", ".join(NEEDED))
        raise TableError(expected)
    review = Review(folder)
    there = review.queue().event_of
    findings, answers = [], []
    for n, row in enumerate(rows, 2):
        said = (row["answer"] or "").strip()
        if not said:
            continue
        where = f"{path.name}:{n}"
        truth = (row.get("truth") or "").strip()
        if said not in ANSWERS or truth not in ("", "same", "different"):
            findings.append(
                Finding(
                    "answer",
                    where,
                    _("{found!r}: expected one of {names}.").format(found=said, names=", ".join(ANSWERS)),
                )
            )
        strange = [row[c] for c in ("a", "b") if row[c] not in there]
        findings += [
            Finding("observation-unknown", f"{where} {x}", _("There is no such animal in a picture."))
            for x in strange
        ]
        if not findings:
            by = qualify(review.organisation, row["by"]) if row.get("by") else sayer.actor
            question = (row.get("question") or "").strip()
            truth = truth or review.truth_of(question)
            answers.append(Answer(row["a"], row["b"], said, by, truth, review.prior(row["a"], row["b"])))
    if findings:
        raise TableError(_("{path}: the answers can't be taken.").format(path=path), findings[:50])
    return Taken(*review.say_all(answers, sayer.actor))
