"""The act `pardus estimate --joint`: surveys of several partners, the table of shared animals, one table of numbers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

import pardus
from pardus.app.counting import counting
from pardus.app.estimate import MaskOptions, make_masks, read_polygons
from pardus.app.exchange_open import partner_surveys
from pardus.app.exchange_state import AGREEMENT, PARTNERS, known, links, load_agreement
from pardus.app.histories import survey_histories
from pardus.app.joint_estimate import JointOptions, JointSession, joint_estimate
from pardus.app.joint_histories import Part, join
from pardus.app.joint_result import STRIP, Doubt, JointEstimate, Surveyed, Terms, joint_from_json
from pardus.app.reconcile import Reconciled, ReconcileOptions, reconcile
from pardus.app.saying import Sayer
from pardus.app.survey_estimate import mask_options
from pardus.app.survey_folder import open_survey
from pardus.exchange.joint import JointTable
from pardus.history.build import Histories
from pardus.history.effort import Effort
from pardus.model.capture import CaptureHistory
from pardus.model.errors import Finding, HistoryError, TableError, UsageError
from pardus.model.fit import Fit
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.model.survey import Survey
from pardus.scr.mask import inside
from pardus.scr.use import along_the_border

KEPT_AS = "joint"
DOUBTFUL = 0.05
"""Chance of being one animal from which a pair that nobody answered is an identity in doubt."""
RULES = (
    "species",
    "zone",
    "crs",
    "occasion_days",
    "occasion_start_hour",
    "independence_minutes",
    "output",
    "life_stages",
)


@dataclass(frozen=True, slots=True)
class JointSurveyOptions:
    """shared: table of shared animals in place of the log's answers. regions: name -> polygon file, over survey.toml.

    countries: organisation -> region of its country (default: what the agreement says, else the organisation itself).
    reconcile: how the answers are read (error rates, match scores).
    """

    joint: JointOptions = field(default_factory=JointOptions)
    shared: Path | None = None
    countries: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, Path] = field(default_factory=dict)
    reconcile: ReconcileOptions = field(default_factory=lambda: ReconcileOptions(most=100))


def estimate_joint(
    folders: Sequence[Path], options: JointSurveyOptions | None = None, sayer: Sayer | None = None
) -> JointEstimate:
    """Estimate from several surveys; the first is our own, in whose log the integrated fit is kept (with a sayer).

    Partners' surveys are folders, or, when only ours is named, those made of exact packages that were accepted.
    Raises UsageError for a single survey, HistoryError if rules differ or nobody said which animals are shared.
    """
    o = options or JointSurveyOptions()
    own = folders[0]
    others = list(folders[1:]) or list(partner_surveys(own).values())
    if not others:
        raise UsageError(
            _(
                "There is one survey only. Name the partner's folder, or accept an exact package (T3) of theirs."
            )
        )
    surveys = [survey_histories(folder) for folder in (own, *others)]
    _same_rules([s for s, _h in surveys])
    table, found = _shared(o, own, [s for s, _h in surveys])
    countries = _countries(own, o, [s.config.organisation for s, _h in surveys])
    sessions, surveyed = _sessions(own, surveys, countries, o)
    done = joint_estimate(sessions, table, replace(o.joint, buffer=surveys[0][0].config.mask.buffer))
    done = replace(
        done,
        surveyed=tuple(surveyed),
        shared=found.shared if found else (),
        doubts=_identities_in_doubt(found) if found else (),
        terms=_terms(own, others, surveys, countries, o),
    )
    if sayer is not None:
        _keep(own, done, sayer)
    return done


def kept_joint(folder: Path, as_of: datetime | str | None = None) -> JointEstimate | None:
    """Return the joint estimate that a survey's log holds, now or as of an entry or moment; None if there is none."""
    with open_survey(folder) as store:
        entries = counting(store, ["fit-made"], as_of)
    made = [e.payload["fit"] for e in entries if e.kind == "fit-made" and e.payload["name"] == KEPT_AS]
    joint = made[-1].get("provenance", {}).get("joint") if made else None
    return joint_from_json(joint) if joint else None


def read_shared(path: Path, organisations: Sequence[str]) -> JointTable:
    """Read a table of shared animals: a column for each organisation, a row for each animal. Raises TableError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns, rows = list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(_("{path} can't be read: {reason}.").format(path=path, reason=error)) from error
    findings = [
        Finding("missing-column", path.name, _("Expected a column {name}.").format(name=o))
        for o in organisations
        if o not in columns
    ]
    joint: dict[str, str] = {}
    groups = []
    for n, row in enumerate(rows, 2):
        group = tuple(sorted(qualify(o, row[o]) for o in organisations if (row.get(o) or "").strip()))
        findings += [
            Finding("animal-twice", f"{path.name}:{n} {i}", _("It is in another row too."))
            for i in group
            if i in joint
        ]
        joint |= dict.fromkeys(group, group[0])
        if len(group) > 1:
            groups.append(group)
    if findings:
        raise TableError(_("{path}: the table of shared animals can't be used.").format(path=path), findings)
    return JointTable(joint, tuple(groups))


def _shared(
    o: JointSurveyOptions, own: Path, surveys: Sequence[Survey]
) -> tuple[JointTable | None, Reconciled | None]:
    """Return the table of shared animals, and what the answers say if it is made from them."""
    if o.shared is not None:
        return read_shared(o.shared, [s.config.organisation for s in surveys]), None
    with open_survey(own) as store:
        if not links(store, known(own, store)):
            return None, None
    found = reconcile(own, o.reconcile)
    return found.table, found


def _identities_in_doubt(found: Reconciled) -> tuple[Doubt, ...]:
    out = [Doubt(c.kind, c.ids, c.detail) for c in found.table.contradictions]
    out += [Doubt("unchecked", g) for g in found.table.unchecked]
    out += [Doubt("open", (q.one, q.other), chance=q.chance) for q in found.questions if q.chance >= DOUBTFUL]
    return tuple(out)


def _same_rules(surveys: Sequence[Survey]) -> None:
    first = surveys[0].config
    findings = [
        Finding(
            "rules-differ",
            f"{s.config.organisation}, {name}",
            _("{found!r}, but {expected!r} at {who}.").format(
                found=getattr(s.config, name), expected=getattr(first, name), who=first.organisation
            ),
            _("Partners count by the same rules: make survey.toml agree."),
        )
        for s in surveys[1:]
        for name in RULES
        if getattr(s.config, name) != getattr(first, name)
    ]
    names = [s.config.organisation for s in surveys]
    findings += [
        Finding("partner-twice", n, _("Two surveys of it."))
        for n in sorted({n for n in names if names.count(n) > 1})
    ]
    if findings:
        raise HistoryError(_("These surveys can't be estimated together."), findings)


def _countries(own: Path, o: JointSurveyOptions, organisations: Sequence[str]) -> dict[str, str]:
    found = {name: name for name in organisations}
    if (own / AGREEMENT).is_file():
        found |= {p.id: p.country for p in load_agreement(own).partners if p.id in found and p.country}
    return {**found, **o.countries}


def _sessions(
    own: Path,
    surveys: Sequence[tuple[Survey, Histories]],
    countries: Mapping[str, str],
    o: JointSurveyOptions,
) -> tuple[list[JointSession], list[Surveyed]]:
    """Return our sessions, each with those of partners that overlap it, on one mask; and what each partner did."""
    out, surveyed = [], []
    for n, effort in enumerate(surveys[0][1].effort):
        session = effort.calendar.session
        found: list[tuple[Survey, CaptureHistory, Effort]] = [
            (surveys[0][0], surveys[0][1].sessions[n], effort)
        ]
        for survey, histories in surveys[1:]:
            overlap = [
                (min(session.end, e.calendar.session.end) - max(session.start, e.calendar.session.start)).days
                for e in histories.effort
            ]
            if overlap and max(overlap) >= 0:
                best = int(np.argmax(overlap))
                found.append((survey, histories.sessions[best], histories.effort[best]))
        first = min(e.calendar.session.start for _s, _h, e in found)
        days = surveys[0][0].config.occasion_days
        parts = tuple(
            Part(
                s.config.organisation,
                countries[s.config.organisation],
                h,
                (e.calendar.session.start - first).days // days,
            )
            for s, h, e in found
            if len(h.detectors.ids)
        )
        if parts:
            out.append(
                JointSession(
                    session.name, parts, _mask(own, surveys[0][0], session.name, parts, countries, o)
                )
            )
            surveyed += [_surveyed(session.name, countries, s, h, e) for s, h, e in found]
    if not out:
        raise HistoryError(
            _("No camera was set up in any session: there is no effort, so nothing can be estimated.")
        )
    return out, surveyed


def _surveyed(
    session: str, countries: Mapping[str, str], survey: Survey, history: CaptureHistory, effort: Effort
) -> Surveyed:
    who = survey.config.organisation
    period = effort.calendar.session
    return Surveyed(
        session, who, countries[who], period.start.isoformat(), period.end.isoformat(),
        effort.calendar.n_occasions, len(effort.stations), effort.total, history.n_animals, history.n_detections,
    )  # fmt: skip


def _terms(
    own: Path,
    others: Sequence[Path],
    surveys: Sequence[tuple[Survey, Histories]],
    countries: Mapping[str, str],
    o: JointSurveyOptions,
) -> Terms:
    """Return by what the estimate was made: with the state of every survey, and the packages whose rows it used."""
    with open_survey(own) as store:
        folders = {folder.resolve().parent.name for folder in others if PARTNERS in folder.resolve().parts}
        used = [p.hash for p in known(own, store).in_force() if p.tier == "T2" or p.hash[:16] in folders]
    config = surveys[0][0].config
    return Terms(
        species=config.species,
        classes=config.life_stages,
        level=o.joint.estimate.level,
        strip=o.joint.strip,
        shared_from="file" if o.shared is not None else "answers",
        partners=dict(countries),
        states={s.config.organisation: s.head for s, _h in surveys},
        packages=tuple(sorted(used)),
        program=f"pardus {pardus.__version__}",
    )


def _mask(
    own: Path,
    survey: Survey,
    name: str,
    parts: Sequence[Part],
    countries: Mapping[str, str],
    o: JointSurveyOptions,
) -> Mask:
    everyone = join(name, parts, {})
    wanted: MaskOptions = mask_options(survey.config, own)
    (mask,) = make_masks([everyone], wanted)
    files = {**wanted.regions, **o.regions}
    polygons = {region: read_polygons(path, survey.config.crs) for region, path in files.items()}
    shares = {region: inside(mask.xy, polygons[region]) for region in o.regions}
    lands = [polygons[c] for c in dict.fromkeys(countries.values()) if c in polygons]
    strip = {STRIP: along_the_border(mask.xy, lands, o.joint.strip)} if len(lands) > 1 else {}
    return replace(mask, regions={**mask.regions, **shares, **strip})


def _keep(own: Path, done: JointEstimate, sayer: Sayer) -> None:
    """Keep the integrated fit, and everything else that was estimated, with the states that it was made from."""
    fit: Fit = done.fits["integrated"]
    fit.provenance["state"] = next(iter(done.terms.states.values()))
    fit.provenance["states"] = done.terms.states
    fit.provenance["packages"] = list(done.terms.packages)
    kept = fit.to_json()
    kept["provenance"] = {**kept["provenance"], "joint": done.as_json()}
    with open_survey(own, write=True) as store, store.transaction():
        sayer.say(store, "fit-made", {"name": KEPT_AS, "fit": kept})
