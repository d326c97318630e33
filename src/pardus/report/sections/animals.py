"""The animals, one by one, with a picture of each flank: only in the restricted edition."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.document import Block, Column, Gallery, Heading, Section, Shot, Table, Text
from pardus.report.numbers import day
from pardus.report.words import FLANKS, SEXES, STAGES, listing, word
from pardus.report.writer import Writer, cell, count, text


def animals(w: Writer) -> Section | None:
    """Return the section, or None where no animal is named."""
    if not w.content.animals or w.content.config is None:
        return None
    blocks: list[Block] = [_table(w), *_matrix(w)]
    shots = tuple(
        Shot(
            p.jpeg,
            p.width,
            p.height,
            w.name(p.about[0]),
            (word(FLANKS, p.flank), day(p.taken, w.zone)),
        )
        for p in w.content.pictures
        if p.kind == "animal"
    )
    if shots:
        blocks += [Heading(_("Pictures")), Gallery(shots)]
    return Section("animals", _("Animals"), tuple(blocks))


def _table(w: Writer) -> Table:
    a = w.ask(
        "SELECT individual, sex, life_stage, first, last, events, stations, flanks, in_history FROM animals"
    )
    rows = []
    for (name, sex, stage, _first, _last, events, stations, _flanks, inside), row in zip(
        a.rows, w.content.animals, strict=True
    ):
        rows.append(
            (
                text(w.name(name), "strong"),
                text(word(SEXES, sex) if sex in SEXES else _("unknown")),
                text(word(STAGES, stage) if stage else _("not stated")),
                text(day(row.first, w.zone)),
                text(day(row.last, w.zone)),
                cell(count(events, a)),
                cell(count(stations, a)),
                text(listing(word(FLANKS, f) for f in row.flanks) or "–"),
                text(_("yes") if inside else _("no")),
            )
        )
    columns = (
        Column(_("Animal"), "wide"), Column(_("Sex")), Column(_("Class")), Column(_("First")), Column(_("Last")),
        Column(_("Events"), "number"), Column(_("Stations"), "number"), Column(_("Flanks known")),
        Column(_("In the estimate")),
    )  # fmt: skip
    return Table(columns, tuple(rows), text(_("Every identified animal, with all its events.")))


def _matrix(w: Writer) -> list[Block]:
    """Return events by animal and session, if there are several sessions."""
    sessions = [s.session for s in w.content.sessions]
    if len(sessions) < 2:
        return []
    a = w.ask("SELECT individual, session, events FROM captures")
    at = {(animal, session): n for animal, session, n in a.rows}
    rows = []
    for animal in w.content.animals:
        cells: list[Text] = [
            cell(count(at[animal.individual, s], a)) if (animal.individual, s) in at else text("·")
            for s in sessions
        ]
        rows.append((text(w.name(animal.individual), "strong"), *cells))
    columns = (Column(_("Animal"), "wide"), *(Column(s.replace("_", " "), "number") for s in sessions))
    return [Table(columns, tuple(rows), text(_("Events in the capture histories, by animal and session.")))]
