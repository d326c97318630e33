"""The tables behind a report's numbers, from its content. docs/reference/report.md describes them."""

from __future__ import annotations

from typing import Any

from pardus.app.content import Content
from pardus.model.fit import Fit
from pardus.report.trace import Rows, table


def tables(c: Content) -> dict[str, Rows]:
    """Return name -> rows. Tables without a row are there too, so that every query can be asked."""
    sessions = [
        (s.session, s.start, s.end, s.occasions, s.stations, s.nominal_days, s.operating_days)
        for s in c.sessions
    ]
    lost = [(s.session, cause, days) for s in c.sessions for cause, days in s.lost_by_cause.items()]
    stations = [
        (s.session, s.station, s.nominal_days, s.operating_days, s.events, s.animals) for s in c.stations
    ]
    events = [
        (e.event, e.session, e.station, e.individual, e.start, e.end, " ".join(e.flanks), e.cubs, e.reason)
        for e in c.rows
    ]
    animals = [
        (
            a.individual,
            a.sex,
            a.life_stage,
            a.first,
            a.last,
            a.events,
            a.stations,
            " ".join(a.flanks),
            a.in_history,
        )
        for a in c.animals
    ]
    captures = [(a.individual, session, n) for a in c.animals for session, n in a.by_session.items()]
    known = [
        (
            m.session, m.rule, m.animals, m.females, m.males, m.unknown_sex, m.left_only, m.right_only, m.excluded,
            m.seen_once,
        )
        for m in c.minimum_known
    ]  # fmt: skip
    families = [
        (f.session, f.kind, " + ".join(f.members), f.cubs, f.events, f.first, f.last) for f in c.families
    ]
    cells = [(x.session, f"{x.row}/{x.column}", x.stations, x.operating_days, x.events) for x in c.cells]
    return {
        "sessions": table(
            ("session", "start", "end", "occasions", "stations", "nominal_days", "operating_days"), sessions
        ),
        "lost": table(("session", "cause", "days"), lost),
        "stations": table(
            ("session", "station", "nominal_days", "operating_days", "events", "animals"), stations
        ),
        "events": table(
            ("event", "session", "station", "individual", "start", "end", "flanks", "cubs", "reason"), events
        ),
        "animals": table(
            (
                "individual", "sex", "life_stage", "first", "last", "events", "stations", "flanks", "in_history",
            ),
            animals,
        ),
        "captures": table(("individual", "session", "events"), captures),
        "known": table(
            (
                "session", "rule", "animals", "females", "males", "unknown_sex", "left_only", "right_only",
                "excluded", "seen_once",
            ),
            known,
        ),
        "known_by_rule": table(("rule", "animals"), list(c.known_by_rule.items())),
        "families": table(("session", "kind", "members", "cubs", "events", "first", "last"), families),
        "cells": table(("session", "cell", "stations", "operating_days", "events"), cells),
        "files": table(("what", "files"), _files(c)),
        "records": table(("reason", "records"), list(c.not_used.items())),
        "findings": table(
            ("code", "severity", "place", "message"),
            [(f.code, f.severity, f.where, f.message) for f in c.findings],
        ),
        "remarks": table(("findings",), [(c.remarks,)] if c.remarks else []),
        "authors": table(("author", "method", "records"), [(a.by, a.method, a.records) for a in c.authors]),
        "observers": table(
            (
                "person", "answers", "cannot_tell", "controls", "false_same", "false_same_low", "false_same_high",
                "false_different", "false_different_low", "false_different_high",
            ),
            [(o.by, o.answers, o.cannot_tell, o.controls, *o.false_same, *o.false_different) for o in c.observers],
        ),
        "agreement": table(
            ("one", "other", "pairs", "kappa"), [(a.one, a.other, a.pairs, a.kappa) for a in c.agreement]
        ),
        "log": table(("kind", "entries", "last"), [(p.kind, p.entries, p.last) for p in c.log]),
        "sensitivity": table(
            ("how", "session", "animals", "density", "se", "lower", "upper"),
            [(s.how, s.session, s.animals, s.density, s.se, s.lower, s.upper) for s in c.sensitivity],
        ),
        "sampled": table(
            (
                "session", "quantity", "plain", "plain_lower", "plain_upper", "mean", "lower", "upper", "se_fit",
                "se_identity", "samples", "unit",
            ),
            [
                (
                    s.session, s.quantity, s.plain, s.plain_lower, s.plain_upper, s.mean, s.lower, s.upper, s.se_fit,
                    s.se_identity, s.samples, "animals per 100 km2" if s.quantity == "D" else "animals",
                )
                for s in c.sampled
            ],
        ),
        "sampled_animals": table(
            ("plain", "mean", "smallest", "largest"), [c.sampled_animals] if c.sampled_animals else []
        ),
        "rules": table(
            ("occasion_days", "occasion_start_hour", "independence_minutes"),
            [(c.config.occasion_days, c.config.occasion_start_hour, c.config.independence_minutes)]
            if c.config
            else [],
        ),
        "warnings": table(
            ("fit", "code", "warning"), [(label, x.code, x.sentence) for label, f in _fits(c) for x in f.warnings]
        ),
        "masks": table(
            ("session", "cells", "spacing_m", "area_km2"),
            [
                (m.get("session", ""), m["cells"], m["spacing_m"], m["area_km2"])
                for f in c.fits[:1]
                for m in (f.mask.get("sessions", []) if isinstance(f.mask, dict) else [])
            ],
        ),
        "estimates": table(
            (
                "fit", "quantity", "session", "region", "class", "estimate", "se", "lower", "upper", "unit",
                "area_km2", "level",
            ),
            [row for label, fit in _fits(c) for row in _estimates(label, fit)],
        ),
        "fits": table(
            (
                "fit", "status", "detectfn", "model", "log_likelihood", "parameters", "AIC", "animals",
            ),
            [
                (
                    label, f.status, f.detectfn, "; ".join(f"{k} {v}" for k, v in f.model.items()),
                    f.log_likelihood, f.n_parameters, f.aic, f.n_animals,
                )
                for label, f in _fits(c)
            ],
        ),
        **_joint(c),
    }  # fmt: skip


def _files(c: Content) -> list[tuple[str, int]]:
    f = c.files
    if f is None:
        return []
    names = (
        "total", "images", "videos", "ignored", "added", "duplicates", "held", "damaged", "undated",
        "clock_corrections",
    )  # fmt: skip
    return [(name, getattr(f, name)) for name in names]


def _fits(c: Content) -> list[tuple[str, Fit]]:
    joint = list(c.joint.fits.items()) if c.joint else []
    return [*(("survey", f) for f in c.fits[:1]), *((f"joint: {label}", f) for label, f in joint)]


def _estimates(label: str, fit: Fit) -> list[tuple[Any, ...]]:
    return [
        (
            label, e.quantity, e.session, e.region, e.animal_class, e.estimate, e.se, e.lower, e.upper, e.unit,
            e.area_km2, e.level,
        )
        for e in fit.estimates
    ]  # fmt: skip


def _joint(c: Content) -> dict[str, Rows]:
    j = c.joint
    totals = [
        (
            t.session,
            t.who,
            t.convention,
            t.region,
            t.quantity,
            t.estimate,
            t.se,
            t.lower,
            t.upper,
            t.cv,
            t.area_km2,
        )
        for t in (j.totals if j else ())
    ]
    surveyed = [
        (
            s.session, s.partner, s.country, s.start, s.end, s.occasions, s.stations, s.camera_days, s.animals,
            s.detections,
        )
        for s in (j.surveyed if j else ())
    ]  # fmt: skip
    seen = [
        row
        for s in (j.seen if j else ())
        for row in (
            *((s.session, "only", country, n) for country, n in s.only.items()),
            (s.session, "several", "", s.several),
            (s.session, "together", "", s.together),
        )
    ]
    use = [
        (
            u.session, u.side, u.centres, u.centres_lower, u.centres_upper, u.using, u.using_lower, u.using_upper,
            u.share, u.share_lower, u.share_upper,
        )
        for u in (j.use if j else ())
    ]  # fmt: skip
    shared = [
        (s.one, s.other, s.animals[0], s.animals[1], s.pairs, s.shown, s.found, s.estimate, s.lower, s.upper)
        for s in (j.shared if j else ())
    ]
    doubts = [(d.kind, " + ".join(d.ids), d.detail, d.chance) for d in (j.doubts if j else ())]
    animals = [
        (a.session, a.joint, " + ".join(a.ids), " + ".join(a.countries), a.detections)
        for a in (j.animals if j else ())
    ]
    return {
        "joint_terms": table(("strip_km",), [(j.terms.strip / 1000,)] if j else []),
        "joint_totals": table(
            (
                "session", "who", "convention", "region", "quantity", "estimate", "se", "lower", "upper", "cv",
                "area_km2",
            ),
            totals,
        ),
        "joint_surveyed": table(
            (
                "session", "partner", "country", "start", "end", "occasions", "stations", "camera_days", "animals",
                "detections",
            ),
            surveyed,
        ),
        "joint_seen": table(("session", "seen", "country", "animals"), seen),
        "joint_use": table(
            (
                "session", "side", "centres", "centres_lower", "centres_upper", "users", "users_lower",
                "users_upper", "share", "share_lower", "share_upper",
            ),
            use,
        ),
        "joint_shared": table(
            (
                "one", "other", "animals_one", "animals_other", "pairs", "shown", "found", "estimate", "lower",
                "upper",
            ),
            shared,
        ),
        "joint_doubts": table(("kind", "animals", "detail", "chance"), doubts),
        "joint_animals": table(("session", "joint", "ids", "countries", "detections"), animals),
    }  # fmt: skip
