"""What takes long to work out on a large survey: worked out once for each state of the log, while pages are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pardus.app.content import Content
from pardus.app.effort import EffortResult, survey_effort
from pardus.app.following import Following
from pardus.app.histories import survey_histories
from pardus.app.overview import Records, records
from pardus.app.passports import Passport, Passports
from pardus.app.report import report
from pardus.app.review import Review
from pardus.app.survey_folder import open_survey
from pardus.history.build import Histories
from pardus.model.survey import Survey
from pardus.report.rows import tables
from pardus.report.trace import Rows
from pardus.web.desk import Desk


def following(desk: Desk) -> Following:
    """Return the survey of this desk, kept up with its log."""
    found: Following = desk.kept.once("following", lambda: Following(desk.folder))
    return found


def review(desk: Desk) -> Review:
    """Return the queue of this desk, one for all who sit at it."""
    shared = following(desk)
    found: Review = desk.kept.once("review", lambda: Review(desk.folder, following=shared))
    return found


def _passports(desk: Desk) -> tuple[Passport, ...]:
    shared = following(desk)
    book: Passports = desk.kept.once("passports", lambda: Passports(shared))
    return book.all()


def _review(desk: Desk) -> Review:
    found = review(desk)
    found.queue()  # follows whatever was said elsewhere
    return found


def _open(desk: Desk) -> int:
    found: Review = now(desk, "review")
    return found.progress().open


def _histories(desk: Desk) -> tuple[Survey, Histories]:
    return survey_histories(desk.folder, following(desk))


def _effort(desk: Desk) -> EffortResult:
    return survey_effort(*now(desk, "histories"))


def _content(desk: Desk) -> Content:
    return report(desk.folder, with_pictures=False, known=now(desk, "histories"))


def _tables(desk: Desk) -> dict[str, Rows]:
    return tables(now(desk, "content"))


def _records(desk: Desk) -> Records:
    return records(desk.folder)


_MAKERS: dict[str, Callable[[Desk], Any]] = {
    "records": _records,
    "review": _review,
    "open": _open,
    "passports": _passports,
    "histories": _histories,
    "effort": _effort,
    "content": _content,
    "tables": _tables,
}
NAMES = tuple(_MAKERS)


def now(desk: Desk, what: str) -> Any:
    """Return one of NAMES as the log has it now, however long it takes."""
    return desk.kept.get((what, _head(desk)), lambda: _MAKERS[what](desk))


def soon(desk: Desk, what: str, wait_s: float | None = None) -> Any:
    """Return one of NAMES as the log has it now, or None if that takes longer (default: than the desk's patience)."""
    patience = desk.patience_s if wait_s is None else wait_s
    return desk.kept.soon((what, _head(desk)), lambda: _MAKERS[what](desk), patience)


def _head(desk: Desk) -> str:
    with open_survey(desk.folder) as store:
        return store.head()
