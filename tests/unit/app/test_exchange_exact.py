"""At T3 the partner gets media rows and the decision history, so that it can recompute and replay who was who."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pardus.app.camtrapdp import beneath
from pardus.app.exchange_open import partner_history, partner_surveys
from pardus.app.reconcile import answer, reconcile
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.exchange.history import Told, history, read_history, write_history
from pardus.model.decision import Decision
from pardus.model.entry import Entry
from pardus.model.errors import PackageError
from pardus.model.observation import Observation
from pardus.model.record import to_record
from tests.fixtures.partners import SETUP, Party, parties
from tests.unit.app.test_exchange import opened, sent, take
from tests.unit.app.test_flank_pictures import add, cat, named


def decide(party: Party, observation: str, value: str) -> tuple[str, datetime]:
    said = Decision(observation, "individual", value, by="llnp:boris petrov", basis="review")
    with open_survey(party.folder, write=True) as store, store.transaction():
        entry = party.sayer.say(store, "decisions-made", {"decisions": [to_record(said)]})
    return entry.id, datetime.fromisoformat(entry.at)


@pytest.fixture
def pair(tmp_path: Path) -> list[Party]:
    one, two = parties(tmp_path)
    person = Observation("llnp:p2", "llnp:KP-07-a", SETUP, SETUP, media=("llnp:m2",), type="human")
    add(one, named(1, "llnp:m1"), named(2, "llnp:m2"), person, pictures={"m1": cat(1), "m2": cat(2)})
    return [one, two]


def test_media_rows_and_decisions_arrive_but_no_people(pair: list[Party]) -> None:
    one, two = pair
    decide(one, "llnp:pic1", "llnp:F03")
    decide(one, "llnp:p2", "llnp:ranger")
    take(two, sent(one, two, "T3"))
    with open_survey(one.folder) as own, open_survey(partner_surveys(two.folder)["llnp"]) as store:
        here, there = own.survey(), store.survey()
        below = beneath(store, there)
    assert [m.id for m in there.media] == ["llnp:m1"]  # the ranger is on the other
    mine = next(m for m in here.media if m.id == "llnp:m1")
    assert (there.media[0].sha256, there.media[0].timestamp) == (mine.sha256, mine.timestamp)
    assert next(o for o in there.observations if o.id == "llnp:pic1").individual == "llnp:F03"
    assert below.observations["llnp:pic1"].individual == "" or below.decisions
    values = [d.value for d in below.decisions if d.observation == "llnp:pic1"]
    assert values[-1] == "llnp:F03"
    assert "llnp:F01" in {o.individual for o in here.observations}


def test_the_history_says_who_was_who_on_any_day(pair: list[Party]) -> None:
    one, two = pair
    _first, before = decide(one, "llnp:pic1", "llnp:F03")
    one.clock.at += timedelta(days=3)
    second, _at = decide(one, "llnp:pic1", "llnp:F04")
    link = answer(one.folder, [("llnp:F02", "llnp:F03")], "different", sayer=one.sayer)
    one.clock.at += timedelta(days=3)
    undo(one.folder, second, sayer=one.sayer)
    path = sent(one, two, "T3")
    assert opened(two, path).tables["entries of the decision history"] >= 4
    take(two, path)

    def names(as_of: datetime | None = None) -> list[str]:
        told = partner_history(two.folder, as_of)["llnp"]
        return [r["value"] for t in told for r in t.said if r.get("observation") == "llnp:pic1"]

    assert names(before) == ["llnp:F03"]
    assert names(before + timedelta(days=4)) == ["llnp:F03", "llnp:F04"]
    assert names() == ["llnp:F03"]  # the second was undone
    told = partner_history(two.folder)["llnp"]
    assert {t.kind for t in told} >= {"decisions-made", "individuals-stated", "links-decided"}
    with open_survey(one.folder) as store:
        entry = store.entry(link)
    assert entry is not None
    assert entry.hash in {t.hash for t in told}  # the sender is bound to the whole entry


def test_the_history_names_no_person(pair: list[Party]) -> None:
    one, two = pair
    decide(one, "llnp:pic1", "llnp:F03")
    decide(one, "llnp:p2", "llnp:ranger")
    place = opened(two, sent(one, two, "T3")).place
    for path in (p for p in place.rglob("*") if p.is_file()):
        text = path.read_bytes().decode("utf-8", "ignore")
        for secret in ("petrov", "Petrova", "boris", ":anna", "ranger"):
            assert secret not in text, path


def test_both_partners_come_to_the_same_state_from_exact_packages(pair: list[Party]) -> None:
    one, two = pair
    take(one, sent(two, one, "T3", "x"))
    answer(one.folder, [("llnp:F01", "ntlnp:F01")], "same", sayer=one.sayer)
    take(two, sent(one, two, "T3", "y"))
    ours, theirs = reconcile(one.folder), reconcile(two.folder)
    assert ours.table.groups == theirs.table.groups
    assert ours.table.unchecked == theirs.table.unchecked == ()
    assert [c.kind for c in ours.table.contradictions] == [c.kind for c in theirs.table.contradictions]


ID = "0192f0c0-0000-7000-8000-000000000000"
GOOD = Told(ID, "2026-03-01T00:00:00+00:00", "decisions-made", "llnp:ab", "0" * 64,
            ({"observation": "llnp:o1", "about": "individual", "value": "llnp:F1", "outcome": "same"},))  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (replace(GOOD, by="ntlnp:ab"), "forged-authorship"),
        (replace(GOOD, kind="survey-created"), "row-shape"),
        (replace(GOOD, hash="no"), "row-shape"),
        (replace(GOOD, at="2026-03-01"), "row-shape"),
        (replace(GOOD, said=({"observation": "x", "free": "text"},)), "row-shape"),
        (replace(GOOD, said=({"value": "=cmd()"},)), "row-shape"),
        (replace(GOOD, said=({"value": "<img src=x>"},)), "row-shape"),
    ],
)
def test_a_history_that_is_something_else_is_refused(bad: Told, code: str) -> None:
    assert read_history(write_history([GOOD]), "llnp") == (GOOD,)
    with pytest.raises(PackageError) as error:
        read_history(write_history([GOOD, bad]), "llnp")
    assert {f.code for f in error.value.findings} == {code}


def test_answers_to_questions_leave_but_not_blind_controls() -> None:
    payload = {
        "answers": [
            {"a": "llnp:o1", "b": "llnp:o2", "said": "same", "by": "llnp:boris", "prior": 1.5},
            {"a": "llnp:o1", "b": "llnp:o2", "said": "same", "by": "llnp:boris", "truth": "same"},
            {"a": "llnp:o1", "b": "llnp:ranger", "said": "same", "by": "llnp:boris"},
        ],
        "decisions": [
            {"observation": "llnp:o1", "about": "individual", "value": "llnp:F1", "outcome": "same"}
        ],
    }
    entry = Entry(ID, "2026-03-01T00:00:00+00:00", "llnp:boris", "questions-answered", payload, "", "0" * 64)
    (told,) = history([entry], "llnp", {"llnp:o1", "llnp:o2"}, lambda name: f"llnp:{len(name)}")
    assert told.said == (
        {"a": "llnp:o1", "b": "llnp:o2", "said": "same", "by": "llnp:10"},
        {"observation": "llnp:o1", "about": "individual", "value": "llnp:F1", "outcome": "same"},
    )
    assert (told.by, told.left) == ("llnp:10", 2)
    assert read_history(write_history([told]), "llnp") == (told,)


def test_an_entry_is_an_entry() -> None:
    assert set(Told.__dataclass_fields__) & set(Entry.__dataclass_fields__) == {"id", "at", "kind", "hash"}
