"""Minimum number known alive: a count by session, new and known animals, and how the count grew with effort."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.accumulation_plot import accumulation_plot
from pardus.report.document import Block, Column, Figure, Paragraph, Section, Table
from pardus.report.words import FLANK_RULES, word
from pardus.report.writer import Writer, cell, count, joined, runs, say, text


def known(w: Writer) -> Section | None:
    """Return the section, or None if nothing is known."""
    if not w.content.minimum_known:
        return None
    blocks: list[Block] = [
        Paragraph(
            text(
                _(
                    "Each animal that was identified counts once. It depends on effort and cameras and is printed "
                    "beside the estimate, never instead of it."
                )
            )
        ),
        _table(w),
    ]
    a = w.ask("SELECT rule, animals FROM known_by_rule")
    if a.rows:
        pieces = joined(runs(word(FLANK_RULES, rule), " ", count(n, a)) for rule, n in a.rows)
        blocks.append(
            Paragraph(
                say(
                    _("Animals known in the whole catalogue under each flank rule: {rules}."),
                    rules=pieces,
                ),
                "note",
            )
        )
    if not w.public:
        blocks += _turnover(w)
        if any(e.reason == "used" for e in w.content.rows):
            blocks.append(
                Figure(
                    accumulation_plot(w.content.rows, w.content.sessions),
                    text(
                        _(
                            "Different animals seen up to each day. A line that still climbs says that more are there."
                        )
                    ),
                    _("curve of the animals seen so far"),
                )
            )
    return Section("known", _("Minimum number known alive"), tuple(blocks))


def _table(w: Writer) -> Table:
    a = w.ask(
        "SELECT session, rule, animals, females, males, unknown_sex, left_only, right_only, excluded, seen_once "
        "FROM known"
    )
    rows = tuple(
        (
            text(session.replace("_", " ")),
            text(word(FLANK_RULES, rule) or "–"),
            *(cell(count(n, a)) for n in numbers),
        )
        for session, rule, *numbers in a.rows
    )
    heads = (
        _("Animals"), _("Females"), _("Males"), _("Sex unknown"), _("Left only"), _("Right only"),
        _("Left out by the rule"), _("Seen once"),
    )  # fmt: skip
    columns = (Column(_("Session")), Column(_("Flank rule"), "wide"), *(Column(h, "number") for h in heads))
    return Table(columns, rows)


def _turnover(w: Writer) -> list[Block]:
    """Return how many animals of each session are new, were known before, and are not seen again later."""
    names = [s.session for s in w.content.sessions]
    if len(names) < 2:
        return []
    a = w.ask("SELECT individual, session FROM captures WHERE events > 0")
    seen: dict[str, set[str]] = {name: set() for name in names}
    for animal, session in a.rows:
        seen.setdefault(session, set()).add(animal)
    rows = []
    for n, session in enumerate(names):
        before = set().union(*(seen[s] for s in names[:n])) if n else set()
        last = seen[names[n - 1]] if n else set()
        now = seen[session]
        cells = (len(now), len(now - before), len(now & before), len(last - now))
        shown = [cell(count(v, a)) for v in cells]
        if not n:
            shown[1:] = [text("–")] * 3
        rows.append((text(session.replace("_", " ")), *shown))
    heads = (_("Animals"), _("New"), _("Known before"), _("Of the session before, not seen"))
    columns = (Column(_("Session"), "wide"), *(Column(h, "number") for h in heads))
    return [
        Table(columns, tuple(rows), text(_("Who came and who was not seen again. Not seen is not dead.")))
    ]
