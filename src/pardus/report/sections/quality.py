"""Quality of the data: what became of files and records, and what a person should look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pardus.model.errors import Finding
from pardus.model.language import N_, _, again, ngettext
from pardus.report.document import Block, Column, Paragraph, Run, Section, Table
from pardus.report.words import sentence_blank
from pardus.report.writer import Writer, cell, count, runs, say, text

FILES = {
    "total": N_("Files on the cards"),
    "images": N_("Pictures among them"),
    "videos": N_("Videos among them"),
    "ignored": N_("Other files, ignored with the reason kept"),
    "added": N_("Taken in"),
    "duplicates": N_("Known already, or copies on the same card"),
    "held": N_("Held back until a question is answered"),
    "damaged": N_("Of those taken in: damaged, kept as evidence"),
    "undated": N_("Of those taken in: without a date that can be trusted"),
    "clock_corrections": N_("Clock corrections in force"),
}
SHOWN = 3
"""Places that are named for findings of one kind."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Findings of one kind: the first one's words, how many there are, and where."""

    message: str
    remedy: str
    count: int
    where: tuple[str, ...]


def remarks(findings: Iterable[Finding]) -> list[Remark]:
    """Return findings grouped by code, the gravest and most frequent first, in the current language."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    ordered = sorted(groups.items(), key=lambda g: (g[0][0] != "error", -len(g[1]), g[0][1]))
    return [
        Remark(
            again(found[0].message),
            again(found[0].remedy),
            len(found),
            tuple(_place(f) for f in found if f.where),
        )
        for _key, found in ordered
    ]


def _place(finding: Finding) -> str:
    """Return where: a sentence of ours is said again, a name stays as it is."""
    return again(finding.where) if hasattr(finding.where, "key") else finding.where


def quality(w: Writer) -> Section:
    """Return the section."""
    c = w.content
    blocks: list[Block] = [*files(w), *records(w)]
    if c.findings:
        a = w.ask("SELECT severity, code, COUNT(*) FROM findings GROUP BY severity, code")
        t = w.ask("SELECT COUNT(*) FROM findings")
        n = len(c.findings)
        head = say(ngettext("{n} thing to look at", "{n} things to look at", n), n=count(t.one[0], t))
        rows = [
            (
                cell(count(r.count, a)),
                runs(Run(r.message, "", a.id), sentence_blank() if r.remedy else "", Run(r.remedy, "", a.id)),
                text(_places(r.where)),
            )
            for r in remarks(c.findings)
        ]
        columns = (Column(_("How often"), "number"), Column(_("What"), "wide"), Column(_("Where"), "wide"))
        blocks.append(Table(columns, tuple(rows), head))
    elif w.public and c.remarks:
        a = w.ask("SELECT findings FROM remarks")
        blocks.append(
            Paragraph(
                say(
                    ngettext(
                        "{n} finding on cameras, clocks and records is listed in the restricted edition.",
                        "{n} findings on cameras, clocks and records are listed in the restricted edition.",
                        c.remarks,
                    ),
                    n=count(a.one[0], a),
                )
            )
        )
    elif not blocks:
        said = _("The tables hold no contradiction: every capture is at a known detector that was working.")
        blocks.append(Paragraph(text(said)))
    return Section("quality", _("Quality of the data"), tuple(blocks))


def _places(where: tuple[str, ...]) -> str:
    shown = _("; ").join(place if len(place) <= 80 else f"{place[:79]}…" for place in where[:SHOWN])
    left = len(where) - SHOWN
    return f"{shown} " + _("and {n} more").format(n=left) if left > 0 else shown


def files(w: Writer) -> list[Block]:
    """Return what became of every file, nothing if none was taken in."""
    a = w.ask("SELECT what, files FROM files")
    if not a.rows:
        return []
    rows = tuple((text(_(FILES[what])), cell(count(n, a))) for what, n in a.rows)
    columns = (Column(_("What"), "wide"), Column(_("Number"), "number"))
    return [Table(columns, rows, text(_("Files offered, and what became of them.")))]


def records(w: Writer) -> list[Block]:
    """Return why records are in no history."""
    a = w.ask("SELECT reason, records FROM records")
    if not a.rows:
        return []
    rows = tuple(
        (text(again(reason)), cell(count(n, a)))
        for (_text, n), reason in zip(a.rows, w.content.not_used, strict=True)
    )
    columns = (Column(_("Reason"), "wide"), Column(_("Records"), "number"))
    caption = _(
        "Records that are not in the capture histories, by reason. Nothing is dropped without a count."
    )
    return [Table(columns, rows, text(caption))]
