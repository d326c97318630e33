"""The public edition of a report: totals and coarse cells; no animal by name, no place, no time of a passage."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pardus.app.content import Author, Content, FamilyRow
from pardus.app.joint_result import JointEstimate
from pardus.model.fit import Fit


def public(content: Content) -> Content:
    """Return what the public may read; everything else is taken out of the object, not only off the page.

    Kept: totals by session, estimates, effort, counts of families by kind, coarse cells of the fixed grid of tier T1.
    Taken out: stations, animals, events, pictures, the density map, bars of operation, causes of failures and findings
    (their words name stations and animals), names of people, the survey's settings beyond the rules of counting.
    """
    people = sorted(
        {o.by for o in content.observers} | {x for a in content.agreement for x in (a.one, a.other)}
    )
    names = {by: str(n) for n, by in enumerate(people, 1)}
    return replace(
        content,
        edition="public",
        stations=(),
        animals=(),
        families=_counted(content.families),
        operation=(),
        sessions=tuple(replace(s, lost_by_cause={}) for s in content.sessions),
        findings=(),
        remarks=len(content.findings),
        fits=tuple(_fit(f) for f in content.fits),
        sources={},
        rows=(),
        surfaces=(),
        pictures=(),
        joint=_joint(content.joint) if content.joint else None,
        log=(),
        authors=_authors(content),
        observers=tuple(replace(o, by=names[o.by]) for o in content.observers),
        agreement=tuple(replace(a, one=names[a.one], other=names[a.other]) for a in content.agreement),
    )


def _authors(content: Content) -> tuple[Author, ...]:
    """Return records by method, no author named."""
    count: Counter[str] = Counter()
    for a in content.authors:
        count[a.method] += a.records
    return tuple(Author("", method, n) for method, n in count.items())


def _counted(families: tuple[FamilyRow, ...]) -> tuple[FamilyRow, ...]:
    """Return one row for each session and kind: how many, with how many cubs; nobody named, no day."""
    many: Counter[tuple[str, str]] = Counter()
    cubs: Counter[tuple[str, str]] = Counter()
    for f in families:
        many[f.session, f.kind] += 1
        cubs[f.session, f.kind] += f.cubs
    return tuple(
        FamilyRow(session, kind, (), cubs[session, kind], n, None, None)
        for (session, kind), n in many.items()
    )


def _fit(fit: Fit) -> Fit:
    kept = ("pardus", "numpy", "scipy", "engine", "state", "data")
    provenance = {key: fit.provenance[key] for key in kept if key in fit.provenance}
    return replace(fit, provenance=provenance)


def _joint(joint: JointEstimate) -> JointEstimate:
    fits = {label: _fit(f) for label, f in joint.fits.items()}
    return replace(joint, fits=fits, animals=(), groups=(), doubts=(), findings=(), surfaces=())
