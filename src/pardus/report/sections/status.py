"""The data-status report: what is there, what is missing and what waits for a person; no estimate."""

from __future__ import annotations

from pardus.app.survey_report import REASONS
from pardus.model.language import _, again, ngettext
from pardus.report.document import Block, Card, Cards, Column, Paragraph, Section, Table
from pardus.report.numbers import local
from pardus.report.sections.quality import _place, files, records
from pardus.report.words import SEVERITIES, sentence_blank, word
from pardus.report.writer import Writer, cell, count, day_count, say, text


def overview(w: Writer) -> Section:
    """Return the headline of the status."""
    f = w.ask("SELECT files FROM files WHERE what = 'added'")
    held = w.ask("SELECT files FROM files WHERE what = 'held'")
    u = w.ask("SELECT COUNT(*) FROM events WHERE reason = 'unidentified'")
    s = w.ask("SELECT COUNT(*) FROM stations WHERE operating_days = 0")
    d = w.ask("SELECT SUM(operating_days), SUM(nominal_days) FROM sessions")
    e = w.ask("SELECT COUNT(*) FROM findings")
    cards = [
        *(Card(count(n, f), (text(_("files taken in")),), plain=True) for (n,) in f.rows),
        *(
            Card(count(n, held), (text(_("files held back until a question is answered")),))
            for (n,) in held.rows
            if n
        ),
        Card(
            count(u.one[0], u),
            (text(_("events of the species without an animal's name")),),
            plain=not u.one[0],
        ),
        Card(count(s.one[0], s), (text(_("stations that never worked")),), plain=not s.one[0]),
        Card(count(e.one[0], e), (text(_("findings")),), plain=not e.one[0]),
    ]
    worked, nominal = d.one
    if worked is not None:
        cards.append(
            Card(
                day_count(worked, d),
                (say(_("camera-days of {nominal} planned"), nominal=day_count(nominal, d)),),
                plain=True,
            )
        )
    return Section("status", _("Where the data stand"), (Cards(tuple(cards)),))


def inventory(w: Writer) -> Section:
    """Return files and records, each with what became of it."""
    blocks: list[Block] = [*files(w), *records(w)]
    a = w.ask("SELECT reason, COUNT(*), SUM(cubs) FROM events GROUP BY reason ORDER BY COUNT(*) DESC, reason")
    if a.rows:
        rows = tuple(
            (
                text(_("in a capture history") if reason == "used" else word(REASONS, reason)),
                cell(count(n, a)),
                cell(count(cubs, a)),
            )
            for reason, n, cubs in a.rows
        )
        columns = (
            Column(_("Independent events"), "wide"),
            Column(_("Number"), "number"),
            Column(_("Cubs"), "number"),
        )
        blocks.append(Table(columns, rows, text(_("Independent events, and where they went."))))
    if not blocks:
        blocks.append(Paragraph(text(_("Nothing was taken in yet."))))
    return Section("inventory", _("Files, records and events"), tuple(blocks))


def findings(w: Writer) -> Section:
    """Return every finding, none summed up."""
    c = w.content
    if not c.findings:
        return Section("findings", _("Findings"), (Paragraph(text(_("There is nothing to look at."))),))
    rows = tuple(
        (
            text(word(SEVERITIES, f.severity)),
            text(_place(f)),
            text(f"{again(f.message)}{sentence_blank()}{again(f.remedy)}".strip()),
        )
        for f in sorted(c.findings, key=lambda f: (f.severity, f.code, f.where))
    )
    columns = (
        Column(_("Severity")),
        Column(_("Where"), "wide"),
        Column(_("What is wrong, and what to do"), "wide"),
    )
    a = w.ask("SELECT COUNT(*) FROM findings")
    head = ngettext("{n} thing to look at", "{n} things to look at", len(rows))
    return Section("findings", _("Findings"), (Table(columns, rows, say(head, n=count(a.one[0], a))),))


def work(w: Writer) -> Section:
    """Return what was said in the log, and when last."""
    a = w.ask("SELECT kind, entries FROM log")
    rows = tuple(
        (text(kind, "code"), cell(count(n, a)), text(local(p.last, w.zone)))
        for (kind, n), p in zip(a.rows, w.content.log, strict=True)
    )
    columns = (Column(_("Kind of entry"), "wide"), Column(_("Entries"), "number"), Column(_("Last")))
    return Section(
        "log", _("The log"), (Table(columns, rows, text(_("What was said, how often, and when last."))),)
    )
