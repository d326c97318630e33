"""Families, litters and associations, with their pictures."""

from __future__ import annotations

from pardus.model.language import _, ngettext
from pardus.report.document import Block, Column, Gallery, Paragraph, Section, Shot, Table
from pardus.report.numbers import day
from pardus.report.trace import quoted
from pardus.report.words import TOGETHER, listing, word
from pardus.report.writer import Writer, cell, count, say, text


def families(w: Writer) -> Section | None:
    """Return the section, or None for tables that say nothing of families."""
    if w.content.config is None:
        return None
    title = _("Families and associations")
    if not w.content.families:
        none = Paragraph(text(_("No cubs with their mother and no animals together were recorded.")))
        return Section("families", title, (none,))
    blocks: list[Block] = [*_totals(w), _counted(w) if w.public else _table(w)]
    shots = tuple(
        Shot(p.jpeg, p.width, p.height, _who(w, p.about), (word(TOGETHER, p.kind), day(p.taken, w.zone)))
        for p in w.content.pictures
        if p.kind != "animal"
    )
    if shots:
        blocks.append(Gallery(shots))
    return Section("families", title, tuple(blocks))


def _totals(w: Writer) -> list[Block]:
    out: list[Block] = []
    litters = "events" if w.public else "COUNT(DISTINCT members)"
    for s in w.content.sessions:
        a = w.ask(
            f"SELECT {litters}, SUM(cubs) FROM families WHERE kind = 'litter' AND session = {quoted(s.session)}"
        )
        for females, cubs in a.rows:
            if not females:
                continue
            out.append(
                Paragraph(
                    say(
                        _("{session}: {females}, {cubs}."),
                        session=s.session.replace("_", " "),
                        females=say(
                            ngettext("{n} breeding female", "{n} breeding females", females),
                            n=count(females, a, "strong"),
                        ),
                        cubs=say(ngettext("{n} cub", "{n} cubs", cubs), n=count(cubs, a, "strong")),
                    )
                )
            )
    if out:
        out.append(Paragraph(text(_("Cubs with their mother are not counted in any total above."))))
    return out


def _table(w: Writer) -> Table:
    a = w.ask("SELECT session, kind, members, cubs, events, first, last FROM families")
    rows = []
    for (session, kind, _members, cubs, events, _first, _last), f in zip(
        a.rows, w.content.families, strict=True
    ):
        rows.append(
            (
                text(session.replace("_", " ")),
                text(word(TOGETHER, kind) if kind in TOGETHER else _("seen together")),
                text(_who(w, f.members)),
                cell(count(cubs, a)) if cubs else text("–"),
                cell(count(events, a)),
                text(day(f.first, w.zone)),
                text(day(f.last, w.zone)),
            )
        )
    columns = (
        Column(_("Session")), Column(_("Kind"), "wide"), Column(_("Animals"), "wide"), Column(_("Cubs"), "number"),
        Column(_("Events"), "number"), Column(_("First")), Column(_("Last")),
    )  # fmt: skip
    return Table(columns, tuple(rows))


def _counted(w: Writer) -> Table:
    a = w.ask("SELECT session, kind, events, cubs FROM families")
    rows = tuple(
        (
            text(session.replace("_", " ")),
            text(word(TOGETHER, kind) if kind in TOGETHER else _("seen together")),
            cell(count(n, a)),
            cell(count(cubs, a)) if cubs else text("–"),
        )
        for session, kind, n, cubs in a.rows
    )
    columns = (
        Column(_("Session")), Column(_("Kind"), "wide"), Column(_("Number"), "number"),
        Column(_("Cubs"), "number"),
    )  # fmt: skip
    return Table(columns, rows)


def _who(w: Writer, members: tuple[str, ...]) -> str:
    return listing(w.name(m) if m else _("not identified") for m in members)
