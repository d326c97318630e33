"""A report of an earlier day comes out byte for byte, whatever was said, taken in, withdrawn or undone since."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pardus.app.exchange_open import accept
from pardus.app.exchange_pack import withdraw
from pardus.app.reconcile import answer
from pardus.app.report import report
from pardus.app.survey_estimate import KEPT_AS
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.model.decision import Decision
from pardus.model.record import to_record
from pardus.report.page import render
from tests.fixtures.content import fit as small_fit
from tests.fixtures.partners import parties
from tests.unit.app.test_exchange import opened, sent, take


def test_an_old_report_is_the_same_after_decisions_imports_and_withdrawals(tmp_path: Path) -> None:
    one, other = parties(tmp_path)
    with open_survey(one.folder, write=True) as store, store.transaction():
        fitted = one.sayer.say(store, "fit-made", {"name": KEPT_AS, "fit": small_fit().to_json()}).id
    moment = one.clock()
    before = render(report(one.folder, moment))
    one.clock.at += timedelta(days=1)
    renamed = Decision("llnp:o00", "individual", "llnp:F04", by="llnp:anna")
    with open_survey(one.folder, write=True) as store, store.transaction():
        one.sayer.say(store, "decisions-made", {"decisions": [to_record(renamed)]})
    digest = take(one, sent(other, one, name="a"))
    answer(one.folder, [("llnp:F02", "ntlnp:F02")], "same", sayer=one.sayer)
    sent(one, other, name="b")
    withdraw(other.folder, tmp_path / "back", [digest[:16]], "wrong", keys=other.keys, sayer=other.sayer)
    accept(one.folder, opened(one, tmp_path / "back").hash, sayer=one.sayer)
    undo(one.folder, fitted, sayer=one.sayer)
    assert render(report(one.folder)) != before
    assert render(report(one.folder, moment)) == before


def test_packages_and_answers_make_no_estimate_of_ones_own_stale(tmp_path: Path) -> None:
    one, other = parties(tmp_path)
    with open_survey(one.folder, write=True) as store, store.transaction():
        fit = small_fit()
        fit.provenance["state"] = store.head()
        one.sayer.say(store, "fit-made", {"name": KEPT_AS, "fit": fit.to_json()})
    take(one, sent(other, one, name="a"))
    answer(one.folder, [("llnp:F02", "ntlnp:F02")], "same", sayer=one.sayer)
    assert "fit-stale" not in {f.code for f in report(one.folder).findings}
