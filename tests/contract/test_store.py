"""The contract of `Store`, run by every implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pardus.model.clock import ClockCorrection
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.entry import canonical, entry_hash
from pardus.model.errors import LogError, SurveyError
from pardus.model.individual import Relationship, Statement
from pardus.model.media import Media
from pardus.model.record import to_record
from pardus.model.survey import SurveyConfig
from pardus.store.memory import MemoryStore
from pardus.store.protocol import Store
from pardus.store.sqlite import SqliteStore

CONFIG = SurveyConfig("llnp", "Kedrovaya", "Panthera pardus")
START = datetime(2014, 3, 1, tzinfo=UTC)
Say = Callable[..., Any]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore(CONFIG) if request.param == "memory" else SqliteStore(tmp_path / "s.sqlite", CONFIG)
    )
    yield made
    made.close()


@pytest.fixture
def say(store: Store) -> Say:
    """Say one thing in a transaction of its own, an hour after the one before."""
    count = iter(range(1000))

    def run(kind: str, /, **payload: Any) -> Any:
        n = next(count)
        with store.transaction():
            return store.append(
                kind,
                payload,
                actor="llnp:anna",
                at=START + timedelta(hours=n),
                id_=f"00000000-0000-7000-8000-{n:012d}",
            )

    return run


def station(name: str, x: float = 0.0) -> dict[str, Any]:
    return to_record(Station(f"llnp:{name}", name, x, 0.0, 43.0, 131.0))


def deployment(name: str, clock: str = "+10:00") -> dict[str, Any]:
    return to_record(Deployment(f"llnp:{name}", "llnp:S1", "A", START, None, clock=clock))


def picture(
    name: str, deployment: str = "D1", *, wall: str = "2014-03-02T12:00:00", **more: Any
) -> dict[str, Any]:
    taken = datetime.fromisoformat(wall)
    media = Media(
        f"llnp:{name}", name * 8, 100, "image", "image/jpeg", (f"{name}.jpg",), f"llnp:{deployment}", wall=taken,
        timestamp=datetime.fromisoformat(wall + "+10:00"), date_source="exif-original", **more,
    )  # fmt: skip
    return to_record(media)


def seen(name: str, *media: str) -> dict[str, Any]:
    return {"id": f"llnp:{name}", "deployment": "llnp:D1", "media": [f"llnp:{m}" for m in media]}


def called(observation: str, value: str, outcome: str = "same", about: str = "individual") -> dict[str, Any]:
    return to_record(Decision(f"llnp:{observation}", about, value, outcome, by="llnp:anna", basis="tag"))


def names(store: Store) -> dict[str, str]:
    return {o.id: o.individual for o in store.survey().observations}


def test_an_empty_store_has_an_empty_survey(store: Store) -> None:
    survey = store.survey()
    assert (survey.config, survey.stations, survey.head, survey.as_of) == (CONFIG, (), "", None)
    assert store.head() == ""
    assert list(store.entries()) == []


def test_entries_come_back_in_order_and_chained(store: Store, say: Say) -> None:
    first = say("survey-created", name="Kedrovaya", organisation="llnp", program="pardus 0.1.0")
    second = say("stations-declared", stations=[station("S1")])
    assert list(store.entries()) == [first, second]
    assert (first.previous, second.previous) == ("", first.hash)
    assert second.hash == entry_hash(
        second.id, second.at, second.actor, second.kind, canonical(second.payload), first.hash
    )
    assert store.head() == second.hash
    assert store.entry(first.id) == first
    assert store.entry("nobody") is None
    assert [e.kind for e in store.entries(["stations-declared"])] == ["stations-declared"]


def test_append_needs_a_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        store.append("stations-declared", {"stations": []}, actor="a", at=START, id_="1")


def test_a_transaction_that_raises_leaves_nothing(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1")])
    before = store.head()

    def fails() -> None:
        with store.transaction():
            store.append("stations-declared", {"stations": [station("S2")]}, actor="a", at=START, id_="x")
            assert len(store.survey().stations) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert store.head() == before
    assert [s.name for s in store.survey().stations] == ["S1"]
    assert store.entry("x") is None


def test_transactions_do_not_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="already open"), store.transaction():
        pass


def test_saying_the_same_again_adds_nothing(store: Store) -> None:
    for _ in range(2):
        with store.transaction():
            entry = store.append(
                "stations-declared", {"stations": [station("S1")]}, actor="a", at=START, id_="1"
            )
    assert list(store.entries()) == [entry]


def test_the_same_id_with_other_content_is_refused(store: Store) -> None:
    with store.transaction():
        store.append("stations-declared", {"stations": [station("S1")]}, actor="a", at=START, id_="1")
    with pytest.raises(LogError, match="other content"), store.transaction():
        store.append("stations-declared", {"stations": [station("S2")]}, actor="a", at=START, id_="1")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("gossip", {}),
        ("stations-declared", {}),
        ("stations-declared", {"stations": [{"id": "llnp:S1"}]}),
        ("media-added", {"ingest": "i", "media": [{"id": "llnp:a", "size": 3}]}),
        ("observations-made", {"observations": [{"id": "llnp:o", "deployment": "llnp:D1"}]}),
        ("decisions-made", {"decisions": [{"observation": "o", "about": "colour", "value": "red"}]}),
        ("records-removed", {"table": "media", "keys": ["a"]}),
        ("entry-undone", {}),
        ("entry-undone", {"entry": "nobody"}),
    ],
)
def test_a_malformed_entry_is_refused_and_nothing_is_written(
    store: Store, kind: str, payload: dict[str, Any]
) -> None:
    with pytest.raises(LogError), store.transaction():
        store.append(kind, payload, actor="a", at=START, id_="1")
    assert store.head() == ""


def test_a_later_declaration_replaces_the_earlier(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1"), station("S2")])
    say("stations-declared", stations=[station("S1", x=5.0)])
    assert {s.name: s.x for s in store.survey().stations} == {"S1": 5.0, "S2": 0.0}


def test_undoing_gives_exactly_the_earlier_state_and_undoing_that_brings_it_back(
    store: Store, say: Say
) -> None:
    say("stations-declared", stations=[station("S1"), station("S2")])
    later = say("stations-declared", stations=[station("S1", x=5.0), station("S3")])
    undo = say("entry-undone", entry=later.id)
    assert {s.name: s.x for s in store.survey().stations} == {"S1": 0.0, "S2": 0.0}
    assert store.undone() == {later.id}
    say("entry-undone", entry=undo.id)
    assert {s.name: s.x for s in store.survey().stations} == {"S1": 5.0, "S2": 0.0, "S3": 0.0}
    assert store.undone() == {undo.id}


def test_one_undo_can_take_back_several_entries(store: Store, say: Say) -> None:
    one = say("stations-declared", stations=[station("S1")])
    two = say("stations-declared", stations=[station("S2")])
    undo = say("entry-undone", entry=one.id, also=[two.id])
    assert store.survey().stations == ()
    say("entry-undone", entry=undo.id)
    assert len(store.survey().stations) == 2


def test_the_survey_itself_cannot_be_undone(store: Store, say: Say) -> None:
    entry = say("survey-created", name="Kedrovaya", organisation="llnp", program="pardus 0.1.0")
    with pytest.raises(LogError, match="can't be undone"):
        say("entry-undone", entry=entry.id)


def test_media_removed_are_gone_and_come_back_when_added_again(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b")])
    say("media-removed", media=["llnp:a"], reason="a person")
    assert [m.id for m in store.media()] == ["llnp:b"]
    assert [m.id for m in store.survey().media] == ["llnp:b"]
    say("media-added", ingest="j", media=[picture("a")])
    assert [m.id for m in store.media()] == ["llnp:b", "llnp:a"]


def test_media_are_found_by_id(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b")])
    assert [m.id for m in store.media(["llnp:b", "llnp:zz"])] == ["llnp:b"]


def test_media_are_found_by_deployment(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b", "D2"), picture("c")])
    assert [m.id for m in store.media(deployment="llnp:D1")] == ["llnp:a", "llnp:c"]
    assert [m.id for m in store.media(["llnp:b", "llnp:c"], deployment="llnp:D1")] == ["llnp:c"]


def test_what_left_the_fields_table_is_taken_out_and_can_be_brought_back(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1"), station("S2")])
    said = say(
        "individuals-stated", statements=[to_record(Statement("llnp:F1", "sex", "female", date(2014, 1, 1)))]
    )
    (key,) = [key for key, _record in store.present("statements")]
    assert store.told("statements", [key]) == {key: said.id}
    one = say("records-removed", table="stations", keys=["llnp:S1"], reason="not in the table any more")
    two = say("records-removed", table="statements", keys=[key], reason="not in the table any more")
    assert ([s.name for s in store.survey().stations], store.survey().individuals) == (["S2"], ())
    say("entry-undone", entry=one.id, also=[two.id])
    assert (len(store.survey().stations), len(store.survey().individuals)) == (2, 1)


def test_the_survey_without_media_still_dates_its_observations(store: Store, say: Say) -> None:
    say("deployments-declared", deployments=[deployment("D1")])
    say("media-added", ingest="i", media=[picture("a")])
    say("observations-made", observations=[seen("o", "a")])
    survey = store.survey(media=False)
    assert survey.media == ()
    assert survey.observations == store.survey().observations
    assert survey.observations[0].start == datetime.fromisoformat("2014-03-02T12:00:00+10:00")


def test_an_observation_of_a_clip_ends_when_the_clip_ends(store: Store, say: Say) -> None:
    say(
        "media-added",
        ingest="i",
        media=[picture("a"), picture("v", duration_s=20.0, wall="2014-03-02T12:00:10")],
    )
    say("observations-made", observations=[seen("o", "a", "v")])
    (observation,) = store.survey().observations
    assert (observation.end - observation.start) == timedelta(seconds=30)


def test_a_clock_correction_moves_media_and_what_was_seen_on_them_and_can_be_undone(
    store: Store, say: Say
) -> None:
    say("deployments-declared", deployments=[deployment("D1"), deployment("D2")])
    say("media-added", ingest="i", media=[picture("a"), picture("b", "D2")])
    say("observations-made", observations=[seen("o", "a")])
    timed = {**seen("p", "a"), "start": "2014-03-02T12:00:00+10:00", "end": "2014-03-02T12:01:00+10:00"}
    tabled = {**timed, "id": "llnp:q", "media": []}
    say("observations-made", observations=[timed, tabled])
    before = store.survey()
    correction = say("clock-corrected", **to_record(ClockCorrection("llnp:D1", "offset", offset_s=3600.0)))
    after = store.survey()
    assert [m.timestamp for m in after.media] == [
        datetime.fromisoformat("2014-03-02T13:00:00+10:00"),
        datetime.fromisoformat("2014-03-02T12:00:00+10:00"),
    ]
    assert [o.start.hour for o in after.observations] == [13, 13, 12]  # a table's time is not the camera's
    assert [o.end.minute for o in after.observations] == [0, 1, 1]
    assert list(store.media()) == list(after.media)
    say("entry-undone", entry=correction.id)
    undone = store.survey()
    assert (undone.media, undone.observations, undone.corrections) == (before.media, before.observations, ())


def test_a_deployment_declared_with_another_clock_moves_its_media(store: Store, say: Say) -> None:
    say("deployments-declared", deployments=[deployment("D1")])
    say("media-added", ingest="i", media=[picture("a")])
    say("deployments-declared", deployments=[deployment("D1", clock="Asia/Vladivostok")])  # +11 in March 2014
    (media,) = store.media()
    assert media.timestamp == datetime.fromisoformat("2014-03-02T12:00:00+11:00")


def test_media_without_a_clock_rule_keep_the_offset_they_were_said_with(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a")])
    (media,) = store.media()
    assert media.timestamp == datetime.fromisoformat("2014-03-02T12:00:00+10:00")


def test_an_observation_without_any_date_waits_until_its_media_have_one(store: Store, say: Say) -> None:
    undated = {k: v for k, v in picture("a").items() if k not in ("timestamp", "date_source")}
    say("deployments-declared", deployments=[deployment("D1")])
    say("media-added", ingest="i", media=[undated])
    say("observations-made", observations=[seen("o", "a")])
    say("decisions-made", decisions=[called("o", "llnp:F1")])
    assert store.survey().observations == ()
    assert [animal.id for animal in store.survey().individuals] == [
        "llnp:F1"
    ]  # it was there, whenever that was
    elsewhere = datetime.fromisoformat("2013-01-01T00:00:00")
    say(
        "clock-corrected", **to_record(ClockCorrection("llnp:D1", "offset", offset_s=60.0, to_wall=elsewhere))
    )
    assert store.survey().observations == ()  # a correction of another time does not date it
    say("clock-corrected", **to_record(ClockCorrection("llnp:D1", "offset", offset_s=60.0)))
    (observation,) = store.survey().observations
    assert observation.start == datetime.fromisoformat("2014-03-02T12:01:00+10:00")


def test_what_was_seen_on_media_that_are_gone_is_not_shown(store: Store, say: Say) -> None:
    added = say("media-added", ingest="i", media=[picture("a")])
    say("observations-made", observations=[seen("o", "a")])
    say("decisions-made", decisions=[called("o", "llnp:F1")])
    undo = say("entry-undone", entry=added.id)
    assert (store.survey().observations, store.survey().individuals) == ((), ())
    say("entry-undone", entry=undo.id)
    assert names(store) == {"llnp:o": "llnp:F1"}


def test_the_last_decision_that_counts_wins(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b")])
    say("observations-made", observations=[seen("o", "a"), seen("p", "b")])
    say("decisions-made", decisions=[called("o", "llnp:F1"), called("p", "llnp:F1")])
    say("decisions-made", decisions=[called("o", "Panthera tigris", about="species")])
    second = say("decisions-made", decisions=[called("o", "llnp:F2", "new")])
    assert names(store) == {"llnp:o": "llnp:F2", "llnp:p": "llnp:F1"}
    assert store.survey().observations[0].scientific_name == "Panthera tigris"
    # It is F2, so this changes nothing.
    say("decisions-made", decisions=[called("o", "llnp:F1", "different")])
    assert names(store)["llnp:o"] == "llnp:F2"
    say("entry-undone", entry=second.id)
    assert names(store)["llnp:o"] == ""  # F1 was said, then that it is not F1
    say("decisions-made", decisions=[called("p", "", "cannot-tell")])
    assert names(store) == {"llnp:o": "", "llnp:p": ""}


def test_individuals_are_those_identified_stated_or_related(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a")])
    say("observations-made", observations=[seen("o", "a")])
    say("decisions-made", decisions=[called("o", "llnp:F2")])
    say("individuals-stated", statements=[to_record(Statement("llnp:F1", "sex", "female", date(2014, 1, 1)))])
    say("relationships-stated", relationships=[to_record(Relationship("llnp:F1", "llnp:C1", "motherOf"))])
    animals = {a.id: a for a in store.survey().individuals}
    assert list(animals) == ["llnp:C1", "llnp:F1", "llnp:F2"]
    assert animals["llnp:F1"].at("sex", date(2014, 6, 1)) == "female"
    assert animals["llnp:F1"].relationships[0].related == "llnp:C1"


def test_a_sex_letter_corrected_changes_no_history(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a")])
    say("observations-made", observations=[seen("o", "a")])
    say("decisions-made", decisions=[called("o", "llnp:86F")])
    say(
        "individuals-stated", statements=[to_record(Statement("llnp:86F", "sex", "female", date(2014, 1, 1)))]
    )
    say("individuals-stated", statements=[to_record(Statement("llnp:86F", "sex", "male", date(2014, 1, 1)))])
    (animal,) = store.survey().individuals
    assert (animal.id, animal.at("sex", date(2014, 6, 1))) == ("llnp:86F", "male")
    assert names(store) == {"llnp:o": "llnp:86F"}


def test_resources_fits_and_ingests_are_kept(store: Store, say: Say) -> None:
    say("resource-kept", name="partner.csv", text="a,b\n1,2\n")
    say("fit-made", name="2014", fit={"D": 0.98})
    say("ingest-started", ingest="i", folder="card")
    say("media-ignored", ingest="i", files=[{"path": "Thumbs.db", "reason": "system-file"}])
    say("ingest-finished", ingest="i", counts={"files": 1}, findings=[])
    assert store.survey().resources == {"partner.csv": "a,b\n1,2\n"}
    assert dict(store.present("fits")) == {"2014": {"D": 0.98}}
    assert [record["stage"] for _key, record in store.present("ingests")] == ["started", "finished"]
    assert [record["path"] for _key, record in store.present("ignored")] == ["Thumbs.db"]


def test_any_earlier_state_can_be_replayed(store: Store, say: Say) -> None:
    states = []
    first = say("stations-declared", stations=[station("S1")])
    states.append((first, store.survey()))
    for kind, payload in (
        ("media-added", {"ingest": "i", "media": [picture("a"), picture("b")]}),
        ("observations-made", {"observations": [seen("o", "a")]}),
        ("decisions-made", {"decisions": [called("o", "llnp:F1")]}),
        ("entry-undone", {"entry": first.id}),
        ("media-removed", {"media": ["llnp:a"], "reason": "test"}),
    ):
        entry = say(kind, **payload)
        states.append((entry, store.survey()))
    for entry, survey in states:
        assert store.survey(as_of=entry.id) == survey
        assert store.survey(as_of=entry.hash) == survey
        assert store.survey(as_of=datetime.fromisoformat(entry.at) + timedelta(minutes=1)) == survey


def test_a_state_that_never_was_is_refused(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1")])
    with pytest.raises(SurveyError, match="no entry"):
        store.survey(as_of="nobody")
    with pytest.raises(SurveyError, match="no entry"):
        store.survey(as_of=START - timedelta(days=1))


def test_the_entry_that_said_something_can_be_found(store: Store, say: Say) -> None:
    first = say("media-added", ingest="i", media=[picture("a"), picture("b")])
    second = say("media-added", ingest="j", media=[picture("b")])
    assert store.told("media", ["llnp:a", "llnp:b", "llnp:zz"]) == {"llnp:a": first.id, "llnp:b": second.id}
    say("entry-undone", entry=second.id)
    assert store.told("media", ["llnp:b"]) == {"llnp:b": first.id}


@pytest.mark.parametrize(
    ("wall", "offset_s", "faults"),
    [
        ("2000-01-01T00:10:00", 447_000_000.0, ()),  # 14 years and 2 months: to March 2014
        ("2000-01-01T00:10:00", 3600.0, ("before-2005",)),
        ("2013-03-02T12:00:00", 63_072_000.0, ("in-future",)),
    ],
)
def test_a_correction_lifts_what_was_wrong_with_a_date_and_judges_the_new_one(
    store: Store, say: Say, wall: str, offset_s: float, faults: tuple[str, ...]
) -> None:
    say("deployments-declared", deployments=[deployment("D1")])
    say("media-added", ingest="i", media=[picture("a", wall=wall, faults=("truncated", "factory-date"))])
    say("clock-corrected", **to_record(ClockCorrection("llnp:D1", "offset", offset_s=offset_s)))
    (media,) = store.survey().media
    assert media.faults == ("truncated", *faults)
    assert next(store.media()) == media


def test_an_unknown_table_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, KeyError)):
        list(store.present("entries"))


def test_the_log_is_outlined_without_its_payloads(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1")])
    assert list(store.outline()) == [(e.id, e.kind, e.hash, e.at) for e in store.entries()]


def test_keys_are_those_of_the_present_rows(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b")])
    say("media-removed", media=["llnp:a"], reason="a person")
    assert list(store.keys("media")) == [key for key, _record in store.present("media")]


def test_rows_are_counted_by_what_they_say(store: Store, say: Say) -> None:
    assert store.tally("observations") == {}
    say("media-added", ingest="i", media=[picture("a")])
    machine = {**seen("m", "a"), "method": "machine", "type": "human"}
    say("observations-made", observations=[seen("o", "a"), seen("p", "a"), machine])
    assert store.tally("observations") == {(): 3}
    assert store.tally("observations", "type", "method") == {("", ""): 2, ("human", "machine"): 1}
    say("observations-made", observations=[{**machine, "type": "animal"}])
    assert store.tally("observations", "type") == {("",): 2, ("animal",): 1}


def test_rows_are_read_by_their_keys(store: Store, say: Say) -> None:
    say("stations-declared", stations=[station("S1"), station("S2"), station("S3")])
    found = store.rows("stations", ["llnp:S3", "llnp:S1", "llnp:S9"])
    assert [(key, record["name"]) for key, record in found] == [("llnp:S1", "S1"), ("llnp:S3", "S3")]


def test_the_newest_entries_come_first(store: Store, say: Say) -> None:
    assert store.newest(3) == []
    for name in ("S1", "S2", "S3"):
        say("stations-declared", stations=[station(name)])
    assert [seq for seq, _entry in store.newest(2)] == [3, 2]
    assert [entry.payload["stations"][0]["name"] for _seq, entry in store.newest(5, before=3)] == ["S2", "S1"]


@pytest.mark.parametrize("field", ["observation", "value"])
def test_rows_are_found_by_a_field(store: Store, say: Say, field: str) -> None:
    several = [Decision("llnp:o1", "individual", "llnp:F1"), Decision("llnp:o2", "individual", "llnp:F2")]
    say("decisions-made", decisions=[to_record(d) for d in several])
    wanted = {"observation": "llnp:o2", "value": "llnp:F2"}[field]
    assert [r["observation"] for _key, r in store.related("decisions", field, wanted)] == ["llnp:o2"]
    assert list(store.related("decisions", field, "llnp:none")) == []


def test_single_fields_are_read_in_log_order(store: Store, say: Say) -> None:
    say("media-added", ingest="i", media=[picture("a"), picture("b")])
    say("observations-made", observations=[{**seen("o", "a", "b"), "count": 3}, seen("p", "b")])
    found = list(store.columns("observations", "id", "media", "count", "type"))
    assert found == [("llnp:o", '["llnp:a","llnp:b"]', "3", ""), ("llnp:p", '["llnp:b"]', "", "")]
    assert list(store.columns("decisions", "observation")) == []
