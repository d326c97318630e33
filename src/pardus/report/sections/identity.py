"""Who is who: by whom it was said, how often people are wrong, and how far they agree."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.document import Block, Column, Paragraph, Section, Table
from pardus.report.words import METHODS, word
from pardus.report.writer import Writer, cell, count, num, percents_of, text


def identity(w: Writer) -> Section | None:
    """Return the section, or None where nobody said who an animal is."""
    if not w.content.authors and not w.content.observers:
        return None
    blocks: list[Block] = []
    a = w.ask("SELECT author, method, records FROM authors")
    if a.rows:
        rows = tuple(
            (text(who or _("not stated")), text(word(METHODS, method)), cell(count(n, a)))
            for who, method, n in a.rows
        )
        columns = (Column(_("Author"), "wide"), Column(_("Way")), Column(_("Records"), "number"))
        blocks.append(Table(columns, rows, text(_("Who said which animal a record shows."))))
    blocks += _observers(w) if w.content.observers else [_untested()]
    return Section("identity", _("Identification"), tuple(blocks))


def _untested() -> Paragraph:
    return Paragraph(
        text(
            _(
                "No two people judged the same pairs of pictures in this survey, so how often identifications are "
                "wrong was not measured here."
            )
        )
    )


def _observers(w: Writer) -> list[Block]:
    a = w.ask(
        "SELECT person, answers, cannot_tell, controls, false_same, false_same_low, false_same_high, false_different, "
        "false_different_low, false_different_high FROM observers"
    )
    rows = tuple(
        (
            text(who),
            cell(count(answers, a)),
            cell(count(unsure, a)),
            cell(count(controls, a)),
            cell(percents_of(same, s_low, s_high, a)),
            cell(percents_of(different, d_low, d_high, a)),
        )
        for who, answers, unsure, controls, same, s_low, s_high, different, d_low, d_high in a.rows
    )
    columns = (
        Column(_("Person"), "wide"), Column(_("Answers"), "number"), Column(_("Cannot tell"), "number"),
        Column(_("Blind controls"), "number"), Column(_("Wrong “same”"), "number"),
        Column(_("Wrong “different”"), "number"),
    )  # fmt: skip
    caption = _(
        "How often each person is wrong, by blind controls: pairs whose answer was known, mixed in unseen. With few "
        "controls the rate is mostly what is assumed of everybody."
    )
    blocks: list[Block] = [Table(columns, rows, text(caption))]
    return [*blocks, *_agreement(w)]


def _agreement(w: Writer) -> list[Block]:
    a = w.ask("SELECT one, other, pairs, kappa FROM agreement")
    if not a.rows:
        return []
    rows = tuple(
        (text(one), text(other), cell(count(pairs, a)), cell(num(value, a, 2)))
        for one, other, pairs, value in a.rows
    )
    columns = (
        Column(_("Person"), "wide"), Column(_("Person"), "wide"), Column(_("Pairs both judged"), "number"),
        Column(_("Cohen's kappa"), "number"),
    )  # fmt: skip
    return [Table(columns, rows, text(_("How far two people agree beyond chance; 1 is always.")))]
