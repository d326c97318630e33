"""The demo: two organisations with one population between them, from their cards to one joint estimate and the truth.

Each step calls what the command of its name calls. The truth is read by the simulated people (who look at pictures in
place of a person) and once more at the very end, to stand beside the results.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app.content import Content
from pardus.app.corrections import draw_boxes
from pardus.app.effort import effort
from pardus.app.exchange_agree import new_agreement, take_agreement
from pardus.app.exchange_keys import create_keys
from pardus.app.exchange_open import accept, open_package
from pardus.app.exchange_pack import pack
from pardus.app.exchange_state import AGREEMENT
from pardus.app.executor import Executor, Serial
from pardus.app.field_answers import act_on, field_answers
from pardus.app.find import find
from pardus.app.flank_pictures import (
    PROPOSED,
    SILHOUETTES,
    accept_pictures,
    picture_name,
    propose_pictures,
)
from pardus.app.history import history
from pardus.app.identify import identify
from pardus.app.ingest import ingest
from pardus.app.ingest_report import IngestReport
from pardus.app.ingest_run import IngestOptions
from pardus.app.joint_result import JointEstimate
from pardus.app.joint_survey import JointSurveyOptions, estimate_joint
from pardus.app.match_catalogues import match_catalogues
from pardus.app.outputs import OUT, write_files
from pardus.app.reconcile import ReconcileOptions
from pardus.app.report import report
from pardus.app.review import Review
from pardus.app.reviewing import Reviewed, Reviewer, review_catalogues, review_survey
from pardus.app.saying import Sayer
from pardus.app.simulate import simulate
from pardus.app.survey_estimate import estimate_survey
from pardus.app.survey_folder import new_survey, open_survey, survey_config
from pardus.app.true_animals import (
    NOBODY,
    animals_of_catalogues,
    animals_of_observations,
    boxes_to_draw,
    shows_something_else,
)
from pardus.exchange.keys import PrivateKeys, public_text
from pardus.exchange.pictures import wanted
from pardus.exchange.shared import ErrorRates
from pardus.model.errors import UsageError
from pardus.model.fit import Fit
from pardus.model.ids import qualify, split
from pardus.model.language import N_, _, current_language
from pardus.sim.demo import SEED, demo_parameters
from pardus.sim.habits import WORDS
from pardus.sim.observers import CANNOT_TELL, Observer
from pardus.sim.parameters import Parameters
from pardus.sim.streams import stream

PASSPHRASE = "only a demo, no secret"
INGEST = IngestOptions(container="local")
TRUTH, KEYS, STICK = "truth", "keys", "stick"

MOST_QUESTIONS = 30
"""Questions that the reviewer of one survey answers."""
MOST_PAIRS = 0.15
"""Share of all pairs of two catalogues that are shown to a reviewer."""

Page = Callable[[Content, Sequence[str]], str]
"""Renders a report in these languages, one after the other in one document."""


@dataclass(slots=True)
class Party:
    """One organisation and what it has come to. language: of its tables. report, together: the pages it wrote, of its
    own survey and after the joint estimate."""

    id: str
    folder: Path
    sayer: Sayer
    language: str
    keys: PrivateKeys | None = None
    ingest: IngestReport | None = None
    fit: Fit | None = None
    report: Path | None = None
    together: Path | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """One number beside the truth. what: in words. estimate, lower, upper: nan if it can't be said."""

    what: str
    estimate: float
    lower: float
    upper: float
    truth: float


@dataclass(slots=True)
class Demo:
    """What the demo made, step by step. facts: the truth. apart: largest difference between partners' joint tables."""

    folder: Path
    parameters: Parameters
    seed: int
    executor: Executor
    page: Page
    say: Callable[[str], None]
    parties: tuple[Party, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    reviewed: Reviewed | None = None
    joint: JointEstimate | None = None
    apart: float = 0.0
    beside: tuple[Beside, ...] = ()

    @property
    def stick(self) -> Path:
        """Return the folder by which packages travel."""
        return self.folder / STICK


def _make(d: Demo) -> None:
    done = simulate(
        d.folder,
        d.parameters,
        seed=d.seed,
        truth=d.folder / TRUTH,
        executor=d.executor,
        say=lambda text: d.say(f"  {text}"),
    )
    d.facts = done.facts
    d.parties = tuple(
        Party(q.id, done.surveys[q.id], Sayer(qualify(q.id, "biologist")), q.language)
        for q in d.parameters.partners
    )


def _ingest(d: Demo) -> None:
    for party in d.parties:
        config, _warnings = survey_config(party.folder)
        new_survey(party.folder, config, party.sayer)
        party.ingest = ingest(
            party.folder, party.folder / "cards", INGEST, sayer=party.sayer, executor=d.executor
        )
        _say_files(d, party, party.ingest)


def _answer(d: Demo) -> None:
    """Let the field staff answer what ingest asked: exchange folders, put clocks right; then take in what was held."""
    for party in d.parties:
        assert party.ingest is not None
        answers = field_answers(party.folder, party.ingest.findings, d.facts, WORDS[party.language])
        act_on(party.folder, answers, d.facts, party.sayer)
        text = _("{partner}: pairs of cards put back: {cards}; clocks put right: {clocks}.")
        d.say(
            "  "
            + text.format(partner=party.id, cards=len(answers.exchanged), clocks=len(answers.corrections))
        )
        again = ingest(party.folder, party.folder / "cards", INGEST, sayer=party.sayer, executor=d.executor)
        _say_files(d, party, again)


def _say_files(d: Demo, party: Party, taken: IngestReport) -> None:
    for sentence in replace(taken, tables={}).sentences():
        d.say(f"  {party.id}: {sentence}")


def look_for_animals(d: Demo) -> None:
    """Find animals by what moves, outline them, propose flanks."""
    for party in d.parties:
        d.say(f"  {party.id}: {find(party.folder, sayer=party.sayer, executor=d.executor).sentences()[0]}")


def tell_apart(d: Demo) -> None:
    """Let the machine compare the animals, and a simulated reviewer answer the best questions of each survey."""
    for party in d.parties:
        identify(party.folder, executor=d.executor)
        with open_survey(party.folder) as store:
            truly = animals_of_observations(store.survey(), d.facts)
        review = Review(party.folder, seed=d.seed)
        by = qualify(party.id, "reviewer")
        asked = review_survey(review, _reviewer(d, party.id, truly), by, MOST_QUESTIONS)
        state = review.progress()
        text = _(
            "{partner}: {events} passages in {pictures} pictures; {asked} questions answered; {animals} animals."
        )
        d.say("  " + text.format(
            partner=party.id, events=state.events, pictures=state.pictures, asked=asked, animals=state.individuals
        ))  # fmt: skip


def _reviewer(d: Demo, name: str, truly: Mapping[str, int]) -> Reviewer:
    """Return somebody who knows who is who, and errs at the rates of the parameters. truly: id -> animal."""
    observer = Observer(stream(d.seed, "reviewer", name), d.parameters.observers, {})

    def answer(one: str, other: str) -> str:
        animals = truly.get(one, NOBODY), truly.get(other, NOBODY)
        return observer.answer(*animals) if NOBODY not in animals else CANNOT_TELL

    return answer


def _count(d: Demo) -> None:
    for party in d.parties:
        worked, _files = effort(party.folder)
        histories, _files = history(party.folder)
        days = sum(s.operating_days for s in worked.content.sessions)
        for known in histories.content.minimum_known:
            text = _("{partner}: {days:.0f} days of work at stations, {animals} animals told apart.")
            d.say("  " + text.format(partner=party.id, days=days, animals=known.animals))


def _estimate(d: Demo) -> None:
    for party in d.parties:
        party.fit = estimate_survey(party.folder, party.sayer).fit
        d.say(f"  {party.id}: {_number(party.fit)}")


def _number(fit: Fit) -> str:
    if fit.status == "cannot-say":
        return _("Cannot say: {reason}").format(reason=fit.reason)
    found = next(e for e in fit.estimates if e.quantity == "N" and not e.region)
    return _("{n:.0f} animals ({low:.0f} to {high:.0f}).").format(
        n=found.estimate, low=found.lower, high=found.upper
    )


def _report(d: Demo) -> None:
    for party in d.parties:
        party.report = _write_page(d, party, "report", [current_language()])


def _report_together(d: Demo) -> None:
    """Write the report with the joint estimate in the reader's language and in those of all partners."""
    languages = list(dict.fromkeys([current_language(), *(party.language for party in d.parties)]))
    for party in d.parties:
        party.together = _write_page(d, party, "joint", languages)


def _write_page(d: Demo, party: Party, name: str, languages: Sequence[str]) -> Path:
    page = party.folder / OUT / f"{name}.{'-'.join(languages)}.html"
    write_files(page.parent, {page.name: d.page(report(party.folder), languages)})
    d.say(f"  {page}")
    return page


def _agree(d: Demo) -> None:
    """Make keys, swap their public halves, write the agreement at the first partner and take it in at the others."""
    d.stick.mkdir()
    lines = []
    for party in d.parties:
        party.keys, _path = create_keys(party.id, PASSPHRASE, d.folder / KEYS)
        line = d.stick / f"{party.id}.txt"
        line.write_text(public_text(party.keys.public()) + "\n", encoding="utf-8")
        lines.append(line)
    first, *others = d.parties
    until = first.sayer.clock().date() + timedelta(days=365)
    new_agreement(first.folder, _("Demo"), _("to count shared animals"), until, lines, "T3")
    shutil.copy(first.folder / AGREEMENT, d.stick)
    for party in others:
        take_agreement(party.folder, d.stick / AGREEMENT)


def _send(d: Demo, tier: str) -> None:
    """Pack, carry, open and accept a package of a tier from everybody to everybody."""
    for party in d.parties:
        assert party.keys is not None
        to = [other.id for other in d.parties if other is not party]
        package = d.stick / f"{party.id}-{tier}.pardus"
        packed = pack(
            party.folder, package, tier, to, keys=party.keys, sayer=party.sayer, executor=d.executor
        )
        d.say(f"  {packed.sentences()[0]}")
    for party in d.parties:
        assert party.keys is not None
        for other in d.parties:
            if other is not party:
                package = d.stick / f"{other.id}-{tier}.pardus"
                opened = open_package(party.folder, package, keys=party.keys, sayer=party.sayer)
                accept(party.folder, opened.hash, sayer=party.sayer)


def cut_flanks(d: Demo) -> None:
    """Let somebody draw boxes that no finder drew, cut named animals out along their outlines, and look at each one."""
    for party in d.parties:
        with open_survey(party.folder) as store:
            drawn = boxes_to_draw(store.survey(), d.facts)
        draw_boxes(party.folder, drawn, party.sayer)
        propose_pictures(party.folder, executor=d.executor)
        deleted = _look_at_flanks(d, party)
        accepted = accept_pictures(party.folder, sayer=party.sayer)
        text = _(
            "{partner}: {boxes} boxes drawn by hand; {flanks} flanks cut out and looked at, {deleted} deleted."
        )
        d.say(
            "  " + text.format(partner=party.id, boxes=len(drawn), flanks=accepted + deleted, deleted=deleted)
        )


def _look_at_flanks(d: Demo, party: Party) -> int:
    """Delete the cut-outs that show anything but their animal; return how many."""
    with open_survey(party.folder) as store:
        survey = store.survey()
    media = {m.id: m for m in survey.media}
    deleted = 0
    for found in wanted(survey)[0]:
        path = party.folder / SILHOUETTES / PROPOSED / picture_name(found.observation)
        if path.exists() and shows_something_else(found, media[found.media], d.facts):
            path.unlink()
            deleted += 1
    return deleted


def _swap_catalogues(d: Demo) -> None:
    _send(d, "T2")


def _match(d: Demo) -> None:
    """Compare coats across catalogues, and let a simulated reviewer at the first partner answer who is who.

    The answers travel with the next package.
    """
    first = d.parties[0]
    rates = d.parameters.observers
    reviewer = _reviewer(d, "catalogues", animals_of_catalogues(d.facts))
    sayer = replace(first.sayer, actor=qualify(first.id, "reviewer"))
    believed = ErrorRates(max(rates.false_split, 0.001), max(rates.false_merge, 0.001))
    matches = match_catalogues(first.folder, executor=d.executor)
    for sentence in matches.sentences():
        d.say(f"  {sentence}")
    most = MOST_PAIRS if matches.rows else 1.0  # nothing to go by: all must be gone through
    d.reviewed = review_catalogues(first.folder, reviewer, sayer, ReconcileOptions(rates=believed), most=most)
    for s in d.reviewed.state.shared:
        d.say("  " + _("{asked} of {pairs} pairs shown; {found} animals are in both catalogues.").format(
            asked=d.reviewed.asked, pairs=s.pairs, found=s.found))  # fmt: skip


def _swap_exact(d: Demo) -> None:
    _send(d, "T3")


def _joint(d: Demo) -> None:
    """Let each partner estimate from its own survey and what it was sent; all must come to the same table."""
    made = []
    for party in d.parties:
        made.append(estimate_joint([party.folder], JointSurveyOptions(), party.sayer))
        text = json.dumps(made[-1].as_json(), ensure_ascii=False, indent=1) + "\n"
        write_files(party.folder / OUT, {"joint.json": text})
    d.joint = made[0]
    d.apart = max(_apart(d.joint, other) for other in made[1:])
    text = _("Each partner computed it from its own survey and packages; largest difference: {apart:.2g}.")
    d.say("  " + text.format(apart=d.apart))


def _apart(one: JointEstimate, other: JointEstimate) -> float:
    """Return the largest difference between two tables of totals."""
    values = [
        {
            (t.session, t.who, t.convention, t.region, t.quantity): (t.estimate, t.lower, t.upper)
            for t in each.totals
        }
        for each in (one, other)
    ]
    if values[0].keys() != values[1].keys():
        return float("inf")
    pairs = [(values[0][key], values[1][key]) for key in values[0]]
    return float(np.nanmax(np.abs(np.array([a for a, _b in pairs]) - np.array([b for _a, b in pairs]))))


def _beside(d: Demo) -> None:
    d.beside = tuple(beside_the_truth(d))


STEPS: tuple[tuple[str, Callable[[Demo], None]], ...] = (
    (N_("Making animals, stations, cards with pictures and videos, tables, and the truth"), _make),
    (N_("Taking in the cards"), _ingest),
    (N_("Answering what ingest asked"), _answer),
    (N_("Finding animals in pictures and videos"), look_for_animals),
    (N_("Telling them apart, with a reviewer who answers"), tell_apart),
    (N_("Adding up effort and building capture histories"), _count),
    (N_("Each alone: estimating density and abundance"), _estimate),
    (N_("Each alone: writing the report"), _report),
    (N_("Swapping keys and signing an agreement"), _agree),
    (N_("Cutting flanks out for partners"), cut_flanks),
    (N_("Swapping catalogues without places (tier T2)"), _swap_catalogues),
    (N_("Comparing coats and finding out which animals both know"), _match),
    (N_("Swapping exact data (tier T3)"), _swap_exact),
    (N_("Estimating together"), _joint),
    (N_("Writing the joint report"), _report_together),
    (N_("Looking at the truth"), _beside),
)
"""All steps in order: what is said before, and what is done."""


def demo(
    folder: Path,
    *,
    page: Page,
    parameters: Parameters | None = None,
    seed: int = SEED,
    executor: Executor | None = None,
    say: Callable[[str], None] = lambda text: None,
    steps: Sequence[tuple[str, Callable[[Demo], None]]] = STEPS,
) -> Demo:
    """Make the demo in a folder: `PARTNER/` for each, `keys/`, `stick/` (the packages) and `truth/`.

    page: renders a report. say: told each step and what came of it. steps: those to take.
    A folder that holds an earlier demo is made anew; one that holds anything else is refused with UsageError.
    """
    _clear(folder)
    d = Demo(folder, parameters or demo_parameters(), seed, executor or Serial(), page, say)
    for n, (sentence, act) in enumerate(steps, 1):
        say(f"{n}/{len(steps)} {_(sentence)}")
        act(d)
    return d


def _clear(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / TRUTH).is_dir():
        raise UsageError(
            _("{folder} is not empty and holds no earlier demo; give a new folder.").format(folder=folder)
        )
    shutil.rmtree(folder)


def beside_the_truth(d: Demo) -> list[Beside]:
    """Return what each partner alone and both together say, beside the truth of the last year."""
    assert d.joint is not None
    assert d.reviewed is not None
    year = d.facts["years"][-1]
    session = str(year["year"])
    out = [
        Beside(_("{partner} alone, N of its mask").format(partner=p.id), *_of(p.fit), _near(d, p.id))
        for p in d.parties
        if p.fit is not None
    ]
    totals = {
        (t.who, t.convention, t.region): t
        for t in d.joint.totals
        if t.session == session and t.quantity == "N"
    }
    for who, convention, region, what in (
        ("sum", "all", "", _("both countries added up")),
        ("integrated", "integrated", "", _("integrated")),
        *(("integrated", "integrated", p.id, _("integrated, {partner}").format(partner=p.id)) for p in d.parties),
    ):  # fmt: skip
        t = totals[who, convention, region]
        truth = year["N_by_partner"][region] if region else year["N"]
        out.append(Beside(what, t.estimate, t.lower, t.upper, truth))
    truly = animals_of_catalogues(d.facts)
    for s in d.reviewed.state.shared:
        one, other = (
            {truly[i] for i in d.reviewed.state.animals if split(i)[0] == o} for o in (s.one, s.other)
        )
        what = _("animals known to {one} and {other}").format(one=s.one, other=s.other)
        out.append(Beside(what, s.estimate, s.lower, s.upper, len(one & other)))
    return out


def _of(fit: Fit) -> tuple[float, float, float]:
    found = [e for e in fit.estimates if e.quantity == "N" and not e.region]
    return (found[-1].estimate, found[-1].lower, found[-1].upper) if found else (np.nan, np.nan, np.nan)


def _near(d: Demo, partner: str) -> int:
    """Return how many independent animals truly live within the mask's buffer of a partner's stations."""
    config, _warnings = survey_config(next(p.folder for p in d.parties if p.id == partner))
    stations = np.array([(s["x"], s["y"]) for s in d.facts["stations"] if s["partner"] == partner])
    centres = np.array([(a["x"], a["y"]) for a in d.facts["years"][-1]["census"] if a["mother"] is None])
    apart = np.hypot(*(centres[:, None, :] - stations[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    return int((apart <= config.mask.buffer).sum())
