"""Reviewing who is who: questions to people, their answers in the log, individuals that follow. The desk calls this.

    review = Review(folder)
    question = review.next_question("llnp:anna")
    done = review.answer(question.id, "same", "llnp:anna")
    review.undo("llnp:anna")

One `Review` serves any number of people and threads. What `answer` returned is on the disk.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from pardus.app.following import QUIET, Following, since
from pardus.app.individuals import Group, Names, consequences, groups
from pardus.app.known import ANSWERED, BASIS
from pardus.app.saying import Sayer, utc_now
from pardus.app.survey_folder import DATABASE, open_survey, survey_config
from pardus.identify.animals import AnimalEvent, Seen, animals
from pardus.identify.groups import Pair, ordered
from pardus.identify.observers import Rate, kappa, observers, rates, steady
from pardus.identify.pairs_folder import PAIRS, MachinePairs, read_pairs
from pardus.identify.queue import Ask, Queue, picture_pairs
from pardus.identify.said import ASIDE
from pardus.model.answer import ANSWERS, Answer
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.observation import Box
from pardus.model.record import from_record, to_record
from pardus.store.protocol import Store

FOLDER = "identify"
"""Folder of the survey for what the machine makes; may be deleted."""

LOOKED = "looked.txt"
"""File there in which `find` notes what it has looked at."""

CONTROL_SHARE = 0.07
"""Of the questions that a person is asked, those whose answer is known."""

CONTROLS = "controls.json"
"""Truths of blind controls that were given to people elsewhere."""

LEASE = timedelta(minutes=10)
"""How long a question that was given to somebody is kept from others."""

HELD = 3
"""Questions that one person may hold at once: the one on the screen and those already loaded."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture (or frame of a video) of an animal. id: of the observation. at: when. box: 0..1, None = all of it."""

    id: str
    event: str
    media: str
    frame: int | None
    box: Box | None
    side: str
    quality: str
    station: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Are these one animal? `a` and `b` are to be shown first, side by side; `of_a`, `of_b` are all there is of each.

    id: goes back with the answer. flank: that is compared. individual_a, individual_b: ids where they are known
    individuals, else "". probability: calibrated, of the machine; None if there is too little to calibrate on.
    why: "confirm", "contradiction", "likely" or "only"; a blind control looks like any other.
    """

    id: str
    a: Picture
    b: Picture
    of_a: tuple[Picture, ...]
    of_b: tuple[Picture, ...]
    individual_a: str
    individual_b: str
    flank: str
    probability: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did. entry: its id in the log, which `undo` takes. changed: observation -> individual now."""

    entry: str
    answer: Answer
    changed: Mapping[str, str]
    merged: bool
    split: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One answer in the history of a pair. entry: its log entry. control: it was one (tell only after the survey)."""

    entry: str
    at: datetime
    by: str
    said: str
    a: str
    b: str
    control: bool


@dataclass(frozen=True, slots=True)
class ContradictionFound:
    """Something a person must look at. a, b: events. reason: a sentence. answers: those it rests on."""

    a: str
    b: str
    reason: str
    answers: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class ObserverState:
    """One person: answers given, and error rates from blind controls."""

    by: str
    answers: int
    cannot_tell: int
    controls: int
    false_same: Rate
    false_different: Rate


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the review stands.

    events, pictures: of the species. not_comparable: events without a box or a flank. individuals: settled animals.
    candidates: groups not settled. open: pairs of groups worth a question. answers: real ones, controls apart.
    pairs: compared by the machine; 0 means that `pardus identify` has not been run.
    """

    events: int
    pictures: int
    not_comparable: int
    individuals: int
    candidates: int
    open: int
    answers: int
    controls: int
    contradictions: int
    pairs: int
    expected_same: float
    observers: tuple[ObserverState, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Lease:
    question: Question
    reviewer: str
    until: datetime
    groups: tuple[str, str]
    truth: str = ""
    prior: float = 0.0


class Review:
    """The queue of one survey, for all who answer it. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int | None = None,
        controls: float = CONTROL_SHARE,
        following: Following | None = None,
    ) -> None:
        """folder: the survey's. controls: share of blind control questions. seed: of their choice.

        following: of the same survey, shared with others who need its present state.
        """
        self.folder = folder
        self._following = following or Following(folder)
        self._clock = clock
        self._rng = np.random.default_rng(seed)
        self._controls = controls
        self._lock = threading.RLock()
        self._leases: dict[str, _Lease] = {}
        self._skipped: dict[tuple[str, frozenset[str]], datetime] = {}
        config, _warnings = survey_config(folder)
        self.organisation = config.organisation
        self._said: list[tuple[str, datetime, Answer]] = []
        self._seen: tuple[int, ...] = ()
        self._names: Names
        self._queue: Queue
        self._load()

    # Questions and answers

    def next_question(self, reviewer: str) -> Question | None:
        """Return the best question for a person, or None if there is none for him now.

        It is his for LEASE, and no question about the same two animals goes to anybody else meanwhile. A person may
        hold HELD questions. Nobody is asked about the same two pictures twice.
        """
        with self._lock:
            self._follow()
            self._expire()
            mine = [lease for lease in self._leases.values() if lease.reviewer == reviewer]
            if len(mine) >= HELD:
                return mine[0].question
            return self._next(reviewer)

    def list_questions(self, reviewer: str, count: int) -> list[Question]:
        """Return the best questions for a person who answers elsewhere, each about other animals; none is held.

        What `truth_of` needs of the controls among them is kept in the survey's folder.
        """
        with self._lock:
            self._follow()
            held = dict(self._leases)
            try:
                found: list[Question] = []
                while len(found) < count and (question := self._next(reviewer)) is not None:
                    found.append(question)
                controls = {q.id: truth for q in found if (truth := self._leases[q.id].truth)}
            finally:
                self._leases = held
            if controls:
                path = self.folder / FOLDER / CONTROLS
                path.write_text(json.dumps(self._kept_controls() | controls), encoding="utf-8")
            return found

    def truth_of(self, question: str) -> str:
        """Return "same" or "different" if a question given to somebody elsewhere was a blind control, else ""."""
        return self._kept_controls().get(question, "")

    def _kept_controls(self) -> dict[str, str]:
        path = self.folder / FOLDER / CONTROLS
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _next(self, reviewer: str) -> Question | None:
        if self._controls and self._rng.random() < self._controls:
            control = self._control(reviewer)
            if control is not None:
                return control
        chosen: list[tuple[str, str]] = []

        def wanted(a: str, b: str) -> bool:
            if any({a, b} == set(lease.groups) for lease in self._leases.values()):
                return False
            if (reviewer, frozenset((a, b))) in self._skipped:
                return False
            pair = self._pictures_for(reviewer, a, b)
            if pair is None:
                return False
            chosen.append(pair)
            return True

        ask = self._queue.ask(wanted)
        return None if ask is None else self._give(reviewer, ask, chosen[-1])

    def answer(
        self, question: str, said: str, by: str, shown: Iterable[str] = (), *, of_b: bool = False
    ) -> Answered:
        """Take one answer; it is durable when this returns. The same answer again (a retry) adds nothing.

        shown: observations that were looked at besides the two of the question. of_b: what is said of one picture
        alone (ASIDE: a bad crop, two animals) is about `b` of the question, not `a`. Raises ParameterError if the
        question is not held by `by`, or `said` is not one of ANSWERS.
        """
        if said not in ANSWERS:
            raise ParameterError(
                _("Answer {found!r}: expected one of {names}.").format(found=said, names=", ".join(ANSWERS))
            )
        with self._lock:
            self._follow()
            lease = self._leases.get(question)
            if lease is None or lease.reviewer != by:
                return self._again(question, said, by)
            q = lease.question
            extra = tuple(sorted(set(shown) - {q.a.id, q.b.id}))
            a, b = (q.b, q.a) if of_b and said in ASIDE else (q.a, q.b)
            answer = Answer(a.id, b.id, said, by, lease.truth, round(lease.prior, 4), extra)
            done = self._say([answer], by, entry=question)
            del self._leases[question]
            return done

    def give_back(self, question: str, by: str) -> None:
        """Let go of a question without an answer."""
        with self._lock:
            lease = self._leases.get(question)
            if lease is not None and lease.reviewer == by:
                del self._leases[question]

    def say_all(self, answers: Sequence[Answer], by: str) -> tuple[int, int, int]:
        """Take many answers in one log entry; return how many are new, were known, and how many observations changed.

        An answer is known if the same person said the same of the same two pictures.
        """
        with self._lock:
            self._follow()
            known = {(a.pair, a.by, a.said, a.truth) for _id, _at, a in self._said}
            new = [a for a in dict.fromkeys(answers) if (a.pair, a.by, a.said, a.truth) not in known]
            changed = self._say(new, by).changed if new else {}
            return len(new), len(answers) - len(new), len(changed)

    def prior(self, a: str, b: str) -> float:
        """Return what the machine says of the animals of two observations, as an answer keeps it."""
        return round(self._prior(a, b), 4)

    def skip(self, question: str, by: str) -> None:
        """Let go of a question without an answer; this person is not asked about these two for LEASE, others are."""
        with self._lock:
            lease = self._leases.get(question)
            if lease is not None and lease.reviewer == by:
                self._skipped[by, frozenset(lease.groups)] = self._clock() + LEASE
                del self._leases[question]

    def say(self, a: str, b: str, said: str, by: str) -> Answered:
        """Take an answer about two observations that a person chose himself, without a question."""
        with self._lock:
            self._follow()
            unknown = [x for x in (a, b) if x not in self._queue.event_of]
            if unknown or said not in ANSWERS:
                raise ParameterError(
                    _("{found}: expected an observation of an animal, and one of {names}.").format(
                        found=", ".join([*unknown, said]), names=", ".join(ANSWERS)
                    )
                )
            return self._say([Answer(a, b, said, by, "", round(self._prior(a, b), 4))], by)

    def undo(self, by: str, entry: str = "") -> Answered | None:
        """Take back an answer: the last one of a person that counts, or the one with this entry id.

        The state is exactly that of before it. None if there is nothing to take back.
        """
        with self._lock:
            self._follow()
            mine = [(id_, a) for id_, _at, a in self._said if (id_ == entry if entry else a.by == by)]
            if not mine:
                return None
            target, answer = mine[-1]
            sayer = Sayer(by, self._clock)
            try:
                with open_survey(self.folder, write=True) as store, store.transaction():
                    undone = store.entry(target)
                    said = sayer.say(store, "entry-undone", {"entry": target}).id
                    followed = [] if undone is None else undone.payload.get("decisions", [])
                    self._names.drop(target, [d["observation"] for d in followed])
                    self._said = [item for item in self._said if item[0] != target]
                    before = self._groups_of(followed)
                    changed = self._settle(store, sayer, self._resolve() | before)
                    self._head = store.head()
            except BaseException:
                self._load()
                raise
            rows = {d["observation"] for d in followed}
            changed = {row: self._names.now(row) for row in rows} | changed
            return Answered(said, answer, changed, False, bool(changed))

    def settle(self, by: str) -> dict[str, str]:
        """Say what the answers lead to where the survey says otherwise (after an undo elsewhere, new tables or boxes).

        Returns observation -> individual now, of those that changed.
        """
        with self._lock:
            self._follow()
            with open_survey(self.folder, write=True) as store, store.transaction():
                changed = self._settle(store, Sayer(by, self._clock))
                self._head = store.head()
            return changed

    # What is known

    def contradictions(self) -> list[ContradictionFound]:
        """Return everything that people said and that can't all be true; nothing of it is merged silently."""
        with self._lock:
            self._follow()
            out = []
            for c in self._queue.said.contradictions:
                a, b = (self._first_event(unit) for unit in c.events)
                rests = self.pair_history(a, b)
                out.append(ContradictionFound(a, b, c.reason, tuple(rests)))
            return out

    def disagreements(self) -> list[tuple[Said, ...]]:
        """Return the answers about pairs of groups on which people differ."""
        with self._lock:
            self._follow()
            by_pair: dict[tuple[str, str], list[Said]] = defaultdict(list)
            for said in self._history():
                if not said.control and said.said in ("same", "different"):
                    a, b = sorted(self._queue.event_of[x] for x in (said.a, said.b))
                    by_pair[a, b].append(said)
            return [tuple(v) for _k, v in sorted(by_pair.items()) if len({s.said for s in v}) > 1]

    def pair_history(self, a: str, b: str) -> list[Said]:
        """Return every answer about the animals of two events or observations, oldest first; controls left out."""
        with self._lock:
            self._follow()
            event = self._queue.event_of
            one, other = (self._queue.group(event.get(x, x)) for x in (a, b))
            return [
                s
                for s in self._history()
                if not s.control
                and {self._queue.group(event[s.a]), self._queue.group(event[s.b])} == {one, other}
                and (one != other or {event[s.a], event[s.b]} == {event.get(a, a), event.get(b, b)})
            ]

    def who_said(self, individual: str) -> dict[str, tuple[int, int]]:
        """Return person -> (answers "same" within one individual, "different" to others); controls left out."""
        with self._lock:
            self._follow()
            queue = self._queue
            events = {
                e for e, found in queue.events.items() if self._names.now(found.seen[0].id) == individual
            }
            said = {a for unit in {queue.unit[e] for e in events} for a in queue.said.about(unit)}
            found: dict[str, tuple[int, int]] = {}
            for a in said:
                inside = {queue.event_of[a.a], queue.event_of[a.b]} <= events
                if {a.a, a.b} & queue.said.set_aside.keys() or a.said != ("same" if inside else "different"):
                    continue
                same, different = found.get(a.by, (0, 0))
                found[a.by] = (same + inside, different + (not inside))
            return dict(sorted(found.items()))

    def progress(self) -> Progress:
        """Return where the review stands."""
        with self._lock:
            self._follow()
            found = list(groups(self._queue, self.organisation))
            open_ = self._queue.open_pairs()
            answers = [a for _id, _at, a in self._said]
            return Progress(
                events=len(self._animals.events),
                pictures=sum(len(e.seen) for e in self._animals.events),
                not_comparable=sum(
                    not e.sides() or not any(s.box for s in e.seen) for e in self._animals.events
                ),
                individuals=sum(bool(g.id) for g in found),
                candidates=sum(not g.id for g in found),
                open=len(open_),
                answers=sum(not a.truth for a in answers),
                controls=sum(bool(a.truth) for a in answers),
                contradictions=len(self._queue.said.contradictions),
                pairs=len(self._machine),
                expected_same=float(sum(expit(q.log_odds) for q in open_)),
                observers=self.observers(),
                left_out=self._animals.left_out,
            )

    def observers(self) -> tuple[ObserverState, ...]:
        """Return every person who answered, with error rates from the controls."""
        answers = [a for _id, _at, a in self._said]
        out = []
        for by in sorted({a.by for a in answers}):
            own = [a for a in answers if a.by == by]
            r = rates(answers, by)
            out.append(
                ObserverState(
                    by,
                    sum(not a.truth for a in own),
                    sum(a.said == "cannot-tell" for a in own),
                    sum(bool(a.truth) for a in own),
                    r["false same"],
                    r["false different"],
                )
            )
        return tuple(out)

    def agreement(self) -> list[tuple[str, str, float, int]]:
        """Return (person, person, Cohen's kappa, pairs both judged) for every two people with common pairs.

        A pair is two events, whichever of their pictures each of them saw.
        """
        event = self._queue.event_of
        answers = [
            replace(a, a=event[a.a], b=event[a.b])
            for _id, _at, a in self._said
            if a.a in event and a.b in event
        ]
        found = []
        for one, other in combinations(sorted({a.by for a in answers}), 2):
            value, n = kappa(answers, one, other)
            if n:
                found.append((one, other, value, n))
        return found

    def groups(self) -> list[Group]:
        """Return every animal and candidate."""
        with self._lock:
            self._follow()
            return list(groups(self._queue, self.organisation))

    def event(self, id_: str) -> AnimalEvent:
        """Return an event by its id or by an observation in it. Raises ParameterError if there is none."""
        found = self._queue.events.get(self._queue.event_of.get(id_, id_))
        if found is None:
            raise ParameterError(_("{id}: no such event.").format(id=id_))
        return found

    def queue(self) -> Queue:
        """Return the present state, for samples of partitions and for reports; it is not to be changed."""
        with self._lock:
            self._follow()
            return self._queue

    # Within

    def _load(self) -> None:
        with open_survey(self.folder) as store:
            known = self._following.known()
            while store.head() != known.survey.head:  # somebody wrote meanwhile
                known = self._following.known()
            survey = known.survey
            self._head = survey.head
            self._names = Names(store, known)
            self._machine_at = self._ran()
            self._machine: MachinePairs = read_pairs(self.folder / FOLDER)
            unsorted = bool(self._machine.about.get("unsorted"))
            self._animals = animals(survey, self._names.all_said(), unsorted=unsorted)
            self._said = _answers(store)
        answers = [a for _id, _at, a in self._said]
        self._queue = Queue(self._animals.events, self._machine, answers, steady(observers(answers)))
        self._judged: dict[Pair, set[str]] = defaultdict(set)
        for answer in answers:
            self._judged[answer.pair].add(answer.by)

    def _follow(self) -> None:
        """Read again if somebody else has written to the survey, or the machine has run."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        with open_survey(self.folder) as store:
            if self._ran() == self._machine_at and self._only_quiet(store):
                self._seen = stamp
                return
        self._load()
        there = self._queue.event_of
        self._leases = {
            k: v for k, v in self._leases.items() if v.question.a.id in there and v.question.b.id in there
        }

    def _only_quiet(self, store: Store) -> bool:
        """Whether nothing was said since our state that concerns an observation (as sex or age of an animal)."""
        entries = since(store, self._head)
        if entries is None or any(e.kind not in QUIET for e in entries):
            return False
        self._head = entries[-1].hash if entries else self._head
        return True

    def _stamp(self) -> tuple[int, ...]:
        """What changes when anybody writes to the survey or the machine runs; much quicker than opening it."""
        found = []
        for name in (DATABASE, f"{DATABASE}-wal"):
            path = self.folder / name
            state = path.stat() if path.exists() else None
            found += [0, 0] if state is None else [state.st_mtime_ns, state.st_size]
        return (*found, self._ran())

    def _ran(self) -> int:
        """When the machine last wrote what it says."""
        path = self.folder / FOLDER / PAIRS
        return path.stat().st_mtime_ns if path.exists() else 0

    def _resolve(self) -> set[str]:
        """Bring the queue to the answers as they are; return the names of the groups that may have changed."""
        answers = [a for _id, _at, a in self._said]
        self._judged = defaultdict(set)
        for answer in answers:
            self._judged[answer.pair].add(answer.by)
        touched = {self._queue.group(e) for e in self._queue.answer(answers, steady(observers(answers)))}
        return touched | {other for name in touched for other in self._queue.waiting(name)}

    def _groups_of(self, records: Iterable[Mapping[str, Any]]) -> set[str]:
        rows = (str(r["observation"]) for r in records)
        return {self._queue.group(self._queue.event_of[row]) for row in rows if row in self._queue.event_of}

    def _say(self, said: list[Answer], by: str, entry: str = "") -> Answered:
        sayer = Sayer(by, self._clock)
        at = self._clock()
        id_ = entry or sayer.new_id()
        kept = list(self._said)
        before = self._sizes(said)
        self._said = [*kept, *((id_, at, a) for a in said)]
        try:
            decisions = consequences(self._queue, self._names, self.organisation, self._resolve())
            payload: dict[str, Any] = {"answers": [to_record(a) for a in said]}
            if decisions:
                payload["decisions"] = [to_record(replace(d, by=by)) for d in decisions]
            with open_survey(self.folder, write=True) as store, store.transaction():
                store.append(ANSWERED, payload, actor=by, at=at, id_=id_)
                head = store.head()
        except BaseException:
            self._load()
            raise
        self._head = head
        self._names.add(id_, decisions)
        now = self._sizes(said)
        changed = {d.observation: d.value for d in decisions}
        return Answered(id_, said[-1], changed, now > before, now < before)

    def _sizes(self, said: list[Answer]) -> int:
        """Number of events in the groups of the animals that were asked about."""
        rows = {row for a in said for row in (a.a, a.b) if row in self._queue.event_of}
        return sum(len(self._queue.events_in(self._queue.group(self._queue.event_of[row]))) for row in rows)

    def _settle(self, store: Store, sayer: Sayer, only: Iterable[str] | None = None) -> dict[str, str]:
        """Say what the answers lead to, where the survey says otherwise. In the caller's transaction."""
        decisions = [
            replace(d, by=sayer.actor)
            for d in consequences(self._queue, self._names, self.organisation, only)
        ]
        if decisions:
            entry = sayer.say(
                store, "decisions-made", {"decisions": [to_record(d) for d in decisions], "source": BASIS}
            )
            self._names.add(entry.id, decisions)
        return {d.observation: d.value for d in decisions}

    def _again(self, question: str, said: str, by: str) -> Answered:
        """Answer a retry of something that is in the log; anything else is a question that nobody holds."""
        for id_, _at, a in self._said:
            if id_ == question and (a.said, a.by) == (said, by):
                return Answered(id_, a, {}, False, False)
        raise ParameterError(
            _("This question is not open for {who} any more; ask for the next one.").format(who=by)
        )

    def _expire(self) -> None:
        now = self._clock()
        self._leases = {k: v for k, v in self._leases.items() if v.until > now}
        self._skipped = {k: until for k, until in self._skipped.items() if until > now}

    def _pictures_for(self, reviewer: str, a: str, b: str) -> tuple[str, str] | None:
        """Return the best pair of pictures of two groups that a person has not judged; one nobody has judged first."""
        held = self._held_by(reviewer)
        aside = self._queue.said.set_aside
        best: tuple[int, int, tuple[str, str]] | None = None
        for x in self._queue.events_in(a):
            for y in self._queue.events_in(b):
                for n, (p, q) in enumerate(picture_pairs(x, y)):
                    by = self._judged.get(ordered(p, q), ())
                    if reviewer in by or ordered(p, q) in held or p in aside or q in aside:
                        continue
                    item = (len(by), n, (p, q))
                    if best is None or item < best:
                        best = item
        return None if best is None else best[2]

    def _held_by(self, reviewer: str) -> set[Pair]:
        """Pairs of pictures that a person has before him."""
        held = [v.question for v in self._leases.values() if v.reviewer == reviewer]
        return {ordered(q.a.id, q.b.id) for q in held}

    def _give(self, reviewer: str, ask: Ask, pair: tuple[str, str], truth: str = "") -> Question:
        a, b = (self._queue.seen[x] for x in pair)
        names = {g.name: g.id for g in groups(self._queue, self.organisation, (ask.a, ask.b))}
        sayer = Sayer(reviewer, self._clock)
        calibrated = bool(self._machine.about.get("calibrated"))
        question = Question(
            id=sayer.new_id(),
            a=self._picture(a),
            b=self._picture(b),
            of_a=self._all_of(ask.a),
            of_b=self._all_of(ask.b),
            individual_a=names.get(ask.a, ""),
            individual_b=names.get(ask.b, ""),
            flank=a.side if a.side == b.side else "unknown",
            probability=float(expit(self._queue.best(ask.a, ask.b))) if calibrated else None,
            why="likely" if truth else ask.why,
        )
        prior = self._queue.prior(ask.a, ask.b)
        self._leases[question.id] = _Lease(
            question, reviewer, self._clock() + LEASE, (ask.a, ask.b), truth, prior
        )
        return question

    def _picture(self, s: Seen) -> Picture:
        event = self._queue.events[self._queue.event_of[s.id]]
        return Picture(s.id, event.id, s.media, s.frame, s.box, s.side, s.quality, event.station, s.start)

    def _all_of(self, group: str) -> tuple[Picture, ...]:
        return tuple(self._picture(s) for e in self._queue.events_in(group) for s in e.seen)

    def _control(self, reviewer: str) -> Question | None:
        """Give a pair whose answer is known, if there is one that this person has not seen."""
        truth = ("same", "different")[int(self._rng.integers(2))]
        known = self._known_same() if truth == "same" else self._known_different()
        for i in self._rng.permutation(len(known))[:20]:
            x, y = known[int(i)]
            a, b = self._queue.group(x), self._queue.group(y)
            held = self._held_by(reviewer)
            pairs = picture_pairs(self._queue.events[x], self._queue.events[y])
            free = [
                p
                for p in pairs
                if ordered(*p) not in held and reviewer not in self._judged.get(ordered(*p), ())
            ]
            if free:
                return self._give(
                    reviewer, Ask(a, b, self._queue.link(a, b).log_odds, "likely"), free[0], truth
                )
        return None

    def _known_same(self) -> list[tuple[str, str]]:
        """Pairs of events of one animal on which at least two people, or a table and a person, agree."""
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        wrong: set[tuple[str, str]] = set()
        for _id, _at, a in self._said:
            if a.truth or a.a not in self._queue.event_of or a.b not in self._queue.event_of:
                continue
            x, y = sorted(self._queue.event_of[row] for row in (a.a, a.b))
            if a.said == "same":
                people[x, y].add(a.by)
            elif a.said == "different":
                wrong.add((x, y))
        found = [
            (x, y)
            for (x, y), by in people.items()
            if len(by) > 1 and (x, y) not in wrong and self._queue.group(x) == self._queue.group(y)
        ]
        by_name: dict[str, list[str]] = defaultdict(list)
        for e in self._animals.events:
            if e.name:
                by_name[e.name].append(e.id)
        found += [pair for own in by_name.values() for pair in list(combinations(own, 2))[:10]]
        return sorted(set(found))

    def _known_different(self) -> list[tuple[str, str]]:
        """Pairs of events of two animals: two people said so and nobody otherwise, or they can't be one."""
        said: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for _id, _at, a in self._said:
            if a.truth or a.a not in self._queue.event_of or a.b not in self._queue.event_of:
                continue
            x, y = sorted(self._queue.event_of[row] for row in (a.a, a.b))
            said[x, y][a.said] += 1
            people[x, y].add(a.by)
        found = [k for k, v in said.items() if v["different"] and not v["same"] and len(people[k]) > 1]
        ids = self._machine.events
        for i, j in zip(self._machine.a[:2000].tolist(), self._machine.b[:2000].tolist(), strict=True):
            x, y = ids[i], ids[j]
            if x in self._queue.events and y in self._queue.events:
                one, other = self._queue.events[x], self._queue.events[y]
                named = one.name and other.name and one.name != other.name
                if named or (
                    y not in one.together and self._queue.why_not(self._queue.group(x), self._queue.group(y))
                ):
                    found.append((x, y))
        return sorted(set(found))

    def _first_event(self, unit: str) -> str:
        if unit in self._queue.events:
            return unit
        return self._queue.events_in(self._queue.said.group(unit))[0].id

    def _prior(self, a: str, b: str) -> float:
        one, other = (self._queue.group(self._queue.event_of[x]) for x in (a, b))
        return 0.0 if one == other else self._queue.prior(one, other)

    def _history(self) -> list[Said]:
        return [
            Said(id_, at, a.by, a.said, a.a, a.b, bool(a.truth))
            for id_, at, a in self._said
            if a.a in self._queue.event_of and a.b in self._queue.event_of
        ]


def _answers(store: Store) -> list[tuple[str, datetime, Answer]]:
    """Return (entry, time, answer) of all answers that count, in log order."""
    rows = list(store.present("answers"))
    out = []
    for key, record in rows:
        fields = dict(record)
        at = datetime.fromisoformat(fields.pop("at"))
        out.append((key.partition("\x1f")[0], at, from_record(Answer, fields)))
    return out
