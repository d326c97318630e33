"""The act `pardus reconcile`: which animals of partners' catalogues are ours, what to ask next, how many are shared."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app.exchange_open import SURVEY
from pardus.app.exchange_state import aside, known, links, place_of
from pardus.app.flank_pictures import SILHOUETTES, checked_pictures, picture_name
from pardus.app.joint_result import SharedBetween
from pardus.app.match_catalogues import MATCHES, Matches, inputs_of, read_matches
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.exchange.joint import KINDS, Facts, JointTable, Sighting, fold, standing
from pardus.exchange.merge import Known
from pardus.exchange.shared import (
    ErrorRates,
    Evidence,
    SharedNumber,
    Sides,
    comparable,
    questions,
    sex_ratio,
    shared_number,
)
from pardus.model.errors import Finding, ParameterError, TableError
from pardus.model.ids import split
from pardus.model.language import _
from pardus.model.link import OUTCOMES, Link
from pardus.model.observation import SIDES
from pardus.model.record import to_record
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class Animal:
    """One individual of a catalogue. flanks: from which it is known. sex: "" if not known."""

    id: str
    flanks: frozenset[str]
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A pair to show to a person. chance: that it is one animal, as far as is known. flanks: that can be compared.

    of_one, of_other: pictures of those flanks, as paths within the survey's folder.
    """

    one: str
    other: str
    chance: float
    flanks: tuple[str, ...]
    of_one: tuple[str, ...] = ()
    of_other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The state of the catalogues. origins: organisations in order, own first."""

    origins: tuple[str, ...]
    animals: Mapping[str, Animal]
    table: JointTable
    shared: tuple[SharedBetween, ...]
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...] = ()

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table of shared animals: joint id, then each partner's ids."""
        return [
            (
                self.table.joint[group[0]],
                *(" ".join(i for i in group if split(i)[0] == origin) for origin in self.origins),
            )
            for group in self.table.groups
        ]

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        return {
            "origins": list(self.origins),
            "animals": {o: sum(split(i)[0] == o for i in self.animals) for o in self.origins},
            "joint": [dict(zip(("joint", *self.origins), row, strict=True)) for row in self.rows()],
            "shared": [asdict(s) for s in self.shared],
            "contradictions": [asdict(c) for c in self.table.contradictions],
            "unchecked": [list(g) for g in self.table.unchecked],
            "questions": [asdict(q) for q in self.questions],
        }


@dataclass(frozen=True, slots=True)
class ReconcileOptions:
    """scores: table of match scores; rates: of wrong answers; most: questions to list; level: of intervals."""

    scores: Path | None = None
    rates: ErrorRates = field(default_factory=ErrorRates)
    most: int = 20
    level: float = 0.95
    as_of: datetime | None = None
    seed: int = 1


def reconcile(folder: Path, options: ReconcileOptions | None = None) -> Reconciled:
    """Return who is who across this survey's catalogue and those of partners, now or as of a moment.

    Nothing is written. Scores are those of `options.scores`, else those that `match_catalogues` kept; without any every
    comparable pair is as likely as any other, but for the sexes.
    """
    o = options or ReconcileOptions()
    with open_survey(folder) as store:
        survey = store.survey(o.as_of, media=False)
        partners = known(folder, store, o.as_of)
        answers = links(store, partners, o.as_of)
    animals, facts = _animals(folder, survey, partners)
    origins = (
        survey.config.organisation,
        *sorted({split(i)[0] for i in animals} - {survey.config.organisation}),
    )
    table = fold(animals, answers, facts)
    matches = None if o.scores else read_matches(folder)
    scores = _scores(o.scores, animals) if o.scores else {}
    order: dict[tuple[str, str], float] = {}
    if matches is not None and matches.calibrated:
        scores = _summed(matches, animals)
    elif matches is not None:
        order = _summed(matches, animals)
    pictures = _pictures(folder, survey, partners)
    shared, asked = [], []
    for one, other in combinations(origins, 2):
        evidence = _evidence(one, other, animals, answers, scores, o.rates)
        if not (evidence.one.ids and evidence.other.ids):
            continue
        number = shared_number(evidence, o.level, o.seed)
        shared.append(_between(one, other, evidence, number))
        asked += [
            _question(
                animals[evidence.one.ids[i]], animals[evidence.other.ids[j]], number.chance[i, j], pictures
            )
            for i, j in questions(evidence, number.chance, o.most, _order(order, evidence) if order else None)
        ]
    if not order:
        asked.sort(key=lambda q: (-q.chance, q.one, q.other))
    stale = matches is not None and matches.inputs != inputs_of(folder, survey, partners)
    strange = {i for link in answers for i in (link.one, link.other)} - set(animals)
    findings = _findings(strange, table)
    if o.as_of is None:
        findings += _to_be_done(folder, stale)
    return Reconciled(origins, animals, table, tuple(shared), tuple(asked[: o.most]), tuple(findings))


def _findings(strange: Iterable[str], table: JointTable) -> list[Finding]:
    """Return what is wrong with the answers. strange: ids in them that no catalogue has."""
    return [
        Finding(
            "unknown-animal",
            i,
            _("There is an answer about it, but no catalogue here has it."),
            _("It was renamed or withdrawn; the answer is kept and counts for nothing now."),
            "warning",
        )
        for i in sorted(strange)
    ] + [
        Finding(
            c.kind,
            ", ".join(c.ids),
            _(KINDS[c.kind]) + (f": {c.detail}" if c.detail else ""),
            severity="warning",
        )
        for c in table.contradictions
    ]


def _to_be_done(folder: Path, stale: bool) -> list[Finding]:
    """Return what is to be done before the state is that of everything here. stale: scores of other inputs."""
    found = [
        Finding(
            "package-aside",
            origin,
            _("A package was opened and still lies aside; nothing of it is compared."),
            _("Take it in first: `pardus exchange accept SURVEY {hash}`.").format(hash=digest),
            "warning",
        )
        for origin, digest in aside(folder)
    ]
    if stale:
        found.append(
            Finding(
                "matches-stale",
                MATCHES,
                _("Flanks, names or packages changed after the catalogues were compared."),
                _("Run `pardus reconcile SURVEY --match` again."),
                "warning",
            )
        )
    return found


def _question(
    one: Animal, other: Animal, chance: float, pictures: Mapping[tuple[str, str], Sequence[str]]
) -> Question:
    flanks = tuple(sorted(one.flanks & other.flanks))
    of = (tuple(path for f in flanks for path in pictures.get((a.id, f), ())) for a in (one, other))
    return Question(one.id, other.id, float(chance), flanks, *of)


def _pictures(folder: Path, survey: Survey, partners: Known) -> dict[tuple[str, str], list[str]]:
    """Return (individual, flank) -> pictures to look at, ours and partners', as paths within the folder."""
    out: dict[tuple[str, str], list[str]] = defaultdict(list)
    checked = checked_pictures(folder)
    for o in survey.observations:
        name = picture_name(o.id)
        if o.individual and name in checked:
            out[o.individual, o.flank].append(f"{SILHOUETTES}/{name}")
    for p in partners.in_force():
        place = place_of(folder, p.origin, p.hash).relative_to(folder)
        for row in sorted(r for r in p.rows if r.table == "plates"):
            fields = row.fields()
            if "crop" in fields:
                key = str(fields["individual"]), str(fields["flank"])
                out[key].append((place / str(fields["crop"])).as_posix())
    return out


def answer(
    folder: Path, pairs: Sequence[tuple[str, str]], outcome: str, *, sayer: Sayer, flank: str = ""
) -> str:
    """Say of pairs of individuals that they are the same, different, or that it can't be told; return the entry's id.

    `pardus undo` takes it back. Raises ParameterError if an id is in no catalogue here, or both are the same.
    """
    if outcome not in OUTCOMES:
        raise ParameterError(
            _("Outcome {found!r}: expected one of {names}.").format(found=outcome, names=", ".join(OUTCOMES))
        )
    if flank not in ("", *SIDES):
        raise ParameterError(_("Flank {found!r}: expected left or right.").format(found=flank))
    with open_survey(folder, write=True) as store:
        survey = store.survey(media=False)
        animals, _facts = _animals(folder, survey, known(folder, store))
        findings = [
            Finding(
                "unknown-animal", i, _("No catalogue here has it."), _("Write ids in full, as in llnp:F01.")
            )
            for pair in pairs
            for i in pair
            if i not in animals
        ]
        findings += [Finding("same-id", a, _("An animal is itself.")) for a, b in pairs if a == b]
        findings += [
            Finding("no-common-flank", f"{a}, {b}", _("Left flanks say nothing about right ones."))
            for a, b in pairs
            if a in animals and b in animals and flank and flank not in animals[a].flanks & animals[b].flanks
        ]
        if findings:
            raise ParameterError(_("The answer can't be taken."), findings)
        said = [to_record(Link(a, b, outcome, sayer.actor, flank, "review").ordered()) for a, b in pairs]
        with store.transaction():
            return sayer.say(store, "links-decided", {"links": said}).id


def _animals(folder: Path, survey: Survey, partners: Known) -> tuple[dict[str, Animal], Facts]:
    """Return every individual of every catalogue, and what is known of it; places and times where T3 is here."""
    org = survey.config.organisation
    flanks: dict[str, set[str]] = defaultdict(set)
    sex: dict[str, str] = {}
    sightings: dict[str, list[Sighting]] = {}
    died: dict[str, datetime] = {}
    _of_survey(survey, org, flanks, sex, sightings, died)
    own = {i.id for i in survey.individuals if split(i.id)[0] == org}
    for _origin, row in partners.rows("individuals"):
        own.add(row.key)
        sex[row.key] = str(row.fields()["sex"])
    for _origin, row in partners.rows("plates"):
        fields = row.fields()
        flanks[str(fields["individual"])].add(str(fields["flank"]))
    for taken in partners.in_force():
        place = place_of(folder, taken.origin, taken.hash) / SURVEY
        if taken.tier == "T3" and place.is_dir():
            with open_survey(place) as store:
                _of_survey(store.survey(media=False), taken.origin, flanks, sex, sightings, died)
    animals = {i: Animal(i, frozenset(flanks[i]), sex.get(i, "")) for i in sorted(own)}
    return animals, Facts(sex, died, sightings)


def _of_survey(
    survey: Survey, org: str, flanks: dict[str, set[str]], sex: dict[str, str],
    sightings: dict[str, list[Sighting]], died: dict[str, datetime],
) -> None:  # fmt: skip
    places = {s.id: s for s in survey.stations}
    station = {d.id: places[d.station] for d in survey.deployments if d.station in places}
    for o in survey.observations:
        if not o.individual or split(o.individual)[0] != org:
            continue
        flanks[o.individual] |= set(SIDES) if o.flank == "both" else {o.flank} & set(SIDES)
        if o.sex:
            sex.setdefault(o.individual, o.sex)
        if o.deployment in station:
            s = station[o.deployment]
            sightings.setdefault(o.individual, []).append(Sighting(o.start, s.x, s.y))
    for individual in survey.individuals:
        for statement in sorted(individual.statements, key=lambda s: s.on):
            if statement.about == "sex":
                sex[individual.id] = statement.value
            if statement.about == "status" and statement.value == "dead":
                day = datetime.combine(statement.on, datetime.max.time())
                died[individual.id] = day.astimezone()


def _evidence(
    one: str, other: str, animals: Mapping[str, Animal], answers: Iterable[Link],
    scores: Mapping[tuple[str, str], float], rates: ErrorRates,
) -> Evidence:  # fmt: skip
    a, b = (_sides([x for x in animals.values() if split(x.id)[0] == o]) for o in (one, other))
    row, column = _numbered(a), _numbered(b)
    said: dict[tuple[int, int], list[str]] = {}
    for (i, j), by in standing(answers).items():
        for x, y in ((i, j), (j, i)):
            if x in row and y in column:
                said[row[x], column[y]] = [by[author] for author in sorted(by)]
    sexes = sex_ratio([animals[i].sex for i in a.ids], [animals[i].sex for i in b.ids])
    return Evidence(a, b, _placed(scores, a, b, 0.0), comparable(a, b), said, rates, sexes)


def _numbered(sides: Sides) -> dict[str, int]:
    return {id_: n for n, id_ in enumerate(sides.ids)}


def _placed(scores: Mapping[tuple[str, str], float], one: Sides, other: Sides, without: float) -> np.ndarray:
    """Return (one, other) the scores of pairs. without: of a pair that has none."""
    row, column = _numbered(one), _numbered(other)
    out = np.full((len(row), len(column)), without)
    for (i, j), value in scores.items():
        for x, y in ((i, j), (j, i)):
            if x in row and y in column:
                out[row[x], column[y]] = value
    return out


def _order(scores: Mapping[tuple[str, str], float], e: Evidence) -> np.ndarray:
    """Return (one, other) an order of pairs by scores that mean nothing else.

    What nobody could compare, and sexes that differ, come last.
    """
    out = _placed(scores, e.one, e.other, min(scores.values()) - 1.0)
    if e.log_other is not None:
        out[e.log_other < 0] -= np.ptp(out) + 1.0
    return out


def _summed(matches: Matches, animals: Mapping[str, Animal]) -> dict[tuple[str, str], float]:
    """Return the kept scores of pairs that are still in the catalogues, flanks that both still have summed."""
    out: dict[tuple[str, str], float] = defaultdict(float)
    for (one, other, side), value in matches.rows.items():
        if one in animals and other in animals and side in animals[one].flanks & animals[other].flanks:
            out[one, other] += value
    return dict(out)


def _sides(animals: Sequence[Animal]) -> Sides:
    ids = tuple(sorted(x.id for x in animals))
    known_from = {x.id: x.flanks for x in animals}
    return Sides(ids, *(np.array([f in known_from[i] for i in ids], dtype=bool) for f in SIDES))


def _between(one: str, other: str, e: Evidence, n: SharedNumber) -> SharedBetween:
    return SharedBetween(
        one, other, (len(e.one.ids), len(e.other.ids)), n.chance.size, len(e.answers), n.found, n.estimate,
        n.lower, n.upper, n.level, n.open, n.unfindable,
    )  # fmt: skip


def _scores(path: Path, animals: Mapping[str, Animal]) -> dict[tuple[str, str], float]:
    """Read match scores: one, other, flank, log_ratio. One row for each pair and flank. Raises TableError."""
    findings = []
    out: dict[tuple[str, str], float] = defaultdict(float)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(_("{path} can't be read: {reason}.").format(path=path, reason=error)) from error
    seen = set()
    for n, row in enumerate(rows, 2):
        where = f"{path.name}:{n}"
        missing = [c for c in ("one", "other", "flank", "log_ratio") if not row.get(c)]
        if missing:
            findings.append(
                Finding("missing-column", where, _("Expected {names}.").format(names=", ".join(missing)))
            )
            continue
        one, other, flank = row["one"], row["other"], row["flank"]
        findings += [
            Finding("unknown-animal", f"{where} {i}", _("No catalogue here has it."))
            for i in (one, other)
            if i not in animals
        ]
        if one in animals and other in animals and flank not in animals[one].flanks & animals[other].flanks:
            findings.append(
                Finding(
                    "no-common-flank",
                    f"{where} {one} {other}",
                    _("Not both are known from the {flank}.").format(flank=flank),
                )
            )
        key = (*sorted((one, other)), flank)
        if key in seen:
            findings.append(
                Finding("pair-twice", f"{where} {one} {other}", _("One row for each pair and flank."))
            )
        seen.add(key)
        try:
            value = float(row["log_ratio"])
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            findings.append(
                Finding("not-a-number", where, _("log_ratio {found!r}.").format(found=row["log_ratio"]))
            )
            continue
        out[key[0], key[1]] += value
    if findings:
        raise TableError(_("{path}: the scores can't be used.").format(path=path), findings[:50])
    return dict(out)
