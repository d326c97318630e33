from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pardus.app.following import Following
from pardus.app.individuals import Names
from pardus.app.passports import Passports
from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey, open_survey
from pardus.model.answer import Answer
from pardus.model.decision import OUTCOMES, Decision
from pardus.model.record import to_record
from tests.contract.test_store_any_history import CONFIG, FEW, SAYINGS, START, Step, one_of, say
from tests.fixtures.reviewed import reviewed_survey

ANNA = Sayer("llnp:anna")


def _decision(n: int, f: int, outcome: str) -> dict[str, object]:
    return to_record(Decision(f"llnp:o{n}", "individual", f"llnp:F{f}", outcome))


def _answer(n: int, f: int, outcome: str) -> Step:
    answer = to_record(Answer("llnp:o0", "llnp:o1", "same", "llnp:anna", "", 0.0))
    return "questions-answered", {"answers": [answer], "decisions": [_decision(n, f, outcome)]}


def _settled(n: int, f: int, outcome: str) -> Step:
    return "decisions-made", {"decisions": [_decision(n, f, outcome)], "source": "answers"}


def _species(n: int) -> Step:
    said = to_record(Decision(f"llnp:o{n}", "species", "Panthera pardus"))
    return "decisions-made", {"decisions": [said]}


ANY = st.sampled_from(OUTCOMES)
STEPS = st.one_of(
    SAYINGS,
    st.integers(0, 40),
    st.builds(_answer, FEW, FEW, ANY),
    st.builds(_settled, FEW, FEW, ANY),
    st.builds(_species, FEW),
    one_of("decisions-made", "decisions", st.builds(_decision, FEW, FEW, ANY)),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=24), st.sets(st.integers(0, 23)))
def test_what_was_followed_is_what_is_read_from_scratch(history: list[Step], looks: set[int]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "survey"
        new_survey(folder, CONFIG, ANNA)
        following = Following(folder)
        passports = Passports(following)
        for n, step in enumerate(history):
            with open_survey(folder, write=True) as store:
                say(store, step, n)
            if n in looks or n == len(history) - 1:
                known = following.known()
                with open_survey(folder) as store:
                    assert known.survey == store.survey(media=False)
                    whole, part = Names(store), Names(store, known)
                for o in known.survey.observations:
                    assert (part.now(o.id), part.said(o.id)) == (whole.now(o.id), whole.said(o.id))
                assert passports.all() == Passports(Following(folder)).all()


def test_a_decision_leaves_every_other_observation_the_very_same_object(tmp_path: Path) -> None:
    folder = reviewed_survey(tmp_path / "s", 6, {})
    following = Following(folder)
    before = {o.id: o for o in following.survey().observations}
    first = min(before)
    with open_survey(folder, write=True) as store, store.transaction():
        ANNA.say(store, "decisions-made", {"decisions": [_named(first)]})
    after = {o.id: o for o in following.survey().observations}
    assert after[first].individual == "llnp:F9"
    assert [key for key, o in after.items() if before[key] is not o] == [first]


def test_what_concerns_no_observation_keeps_them_all(tmp_path: Path) -> None:
    folder = reviewed_survey(tmp_path / "s", 3, {})
    following = Following(folder)
    before = following.survey()
    with open_survey(folder, write=True) as store, store.transaction():
        said = {"individual": "llnp:F9", "about": "name", "value": "Ninth", "on": START.date().isoformat()}
        ANNA.say(store, "individuals-stated", {"statements": [{**said, "by": "llnp:anna"}]})
    after = following.survey()
    assert after.head != before.head
    assert [i.id for i in after.individuals if i.statements] == ["llnp:F9"]
    assert all(a is b for a, b in zip(after.observations, before.observations, strict=True))
    assert not following.ready(before.head)
    assert following.ready(after.head)


def _named(observation: str) -> dict[str, object]:
    return to_record(Decision(observation, "individual", "llnp:F9"))
