"""From a report's content to a document in one or several languages, with the queries behind its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pardus.app.content import Content
from pardus.model.language import N_, _, current_language, speaking
from pardus.report.document import Labels, Part, Report, Section
from pardus.report.numbers import day
from pardus.report.rows import tables
from pardus.report.sections import status
from pardus.report.sections.animals import animals
from pardus.report.sections.effort import effort, stations
from pardus.report.sections.estimate import estimate
from pardus.report.sections.families import families
from pardus.report.sections.identity import identity
from pardus.report.sections.joint import joint
from pardus.report.sections.known import known
from pardus.report.sections.methods import methods
from pardus.report.sections.quality import quality
from pardus.report.sections.summary import summary
from pardus.report.trace import Trace, tracing
from pardus.report.writer import Writer

REPORT: tuple[Callable[[Writer], Section | None], ...] = (
    summary, joint, effort, estimate, known, identity, families, animals, quality, methods, stations,
)  # fmt: skip
STATUS: tuple[Callable[[Writer], Section | None], ...] = (
    status.overview, status.inventory, effort, status.findings, status.work, stations,
)  # fmt: skip
EDITION = {"restricted": N_("restricted edition: not for the public"), "public": N_("public edition")}


def make(content: Content, languages: Sequence[str] = (), *, of_status: bool = False) -> Report:
    """Return the report in these languages (default: the current one), which say the same from the same queries.

    of_status: the data-status report, which holds no estimate.
    """
    chosen = tuple(dict.fromkeys(languages)) or (current_language(),)
    rows = tables(content)
    with tracing(rows) as trace:
        parts = []
        for language in chosen:
            with speaking(language):
                parts.append(_part(content, trace, language, of_status))
        answers = trace.answers
    partners = tuple(content.joint.terms.partners) if content.joint else ()
    signers = partners or ((content.organisation,) if content.organisation else ())
    return Report(
        parts=tuple(parts),
        answers=answers,
        tables={name: table for name, table in rows.items() if table.rows},
        edition=content.edition,
        program=content.program,
        head=content.head,
        at=content.as_of,
        zone=content.config.zone if content.config else "UTC",
        species=content.species,
        signers=() if content.edition == "public" or of_status or content.config is None else signers,
        sources=content.sources,
    )


def _part(content: Content, trace: Trace, language: str, of_status: bool) -> Part:
    writer = Writer(content, trace)
    sections = [section(writer) for section in (STATUS if of_status else REPORT)]
    lines = []
    if content.organisation:
        who = tuple(content.joint.terms.partners) if content.joint else (content.organisation,)
        lines.append(" · ".join(who))
    dated = [s for s in content.sessions if s.start]
    if dated:
        lines.append(f"{day(dated[0].start)} – {day(dated[-1].end)}")
    if content.config is not None:
        lines.append(_(EDITION[content.edition]))
    return Part(
        language=language,
        kind=_("Data status") if of_status else _("Survey report"),
        title=content.title,
        subtitle=tuple(lines),
        sections=tuple(s for s in sections if s is not None),
        labels=_labels(),
    )


def _labels() -> Labels:
    return Labels(
        contents=_("Contents"),
        numbers=_("Where the numbers come from"),
        numbers_note=_(
            "Every number of this report is the answer of one of these queries (SQL) to the tables below."
        ),
        rows_note=_("The rows, as comma-separated values."),
        rows_left_out=_("{n} more rows are in the JSON form of this report."),
        state=_("state of the data"),
        edition=_("edition"),
        signed=_("Agreed"),
        name=_("Name"),
        date=_("Date"),
        page=_("page"),
    )
