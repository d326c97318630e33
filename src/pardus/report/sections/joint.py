"""Both countries in one table: each alone under the conventions, the naive sums, and all partners together."""

from __future__ import annotations

from pardus.app.content import Surface
from pardus.app.joint_conventions import CONVENTIONS
from pardus.app.joint_result import JointEstimate
from pardus.app.surface import surfaces_from
from pardus.model.language import _, again, ngettext
from pardus.report.document import Block, Column, Figure, Heading, Paragraph, Run, Section, Table, Text
from pardus.report.joint_plot import joint_plot
from pardus.report.numbers import percents
from pardus.report.surface_plot import surface_map
from pardus.report.trace import quoted
from pardus.report.words import DOUBTS, STRIPS, listing, sentence_blank, word
from pardus.report.writer import Writer, cell, count, day_count, num, paragraph, runs, say, share, span, text

MOST_OPEN = 10
"""Open pairs that are listed."""


def joint(w: Writer) -> Section | None:
    """Return the section, or None if no joint estimate was made."""
    j = w.content.joint
    if j is None:
        return None
    blocks: list[Block] = [_terms(w, j), _surveyed(w)]
    for session in dict.fromkeys(t.session for t in j.totals):
        blocks += _session(w, j, session)
    blocks += [*_shared(w), *_doubts(w, j)]
    blocks += [_warning(j, code) for code in dict.fromkeys(f.code for f in j.findings)]
    return Section("joint", _("All partners together"), tuple(blocks))


def _warning(j: JointEstimate, code: str) -> Paragraph:
    """Return the warnings of one kind as one: the words of the gravest, and which estimates it concerns."""
    own = sorted((f for f in j.findings if f.code == code), key=lambda f: f.where != "integrated")
    first = own[0]
    where = listing(dict.fromkeys(_fit_name(f.where) for f in own if f.where))
    pieces: list[Run | Text | str] = [
        Run(again(first.message), "strong"),
        sentence_blank(),
        again(first.remedy),
    ]
    if where:
        pieces += [sentence_blank(), _("It concerns: {names}.").format(names=where)]
    return Paragraph(runs(*pieces), "warn")


def _fit_name(label: str) -> str:
    who, _space, convention = label.rpartition(" ")
    if label == "integrated":
        return _("all partners together")
    return f"{who} – {word(CONVENTIONS, convention)}" if convention in CONVENTIONS else label


def _terms(w: Writer, j: JointEstimate) -> Paragraph:
    t = w.ask("SELECT strip_km FROM joint_terms")
    partners = listing(f"{who} ({country})" for who, country in j.terms.partners.items())
    how = (
        _("the answers of people in the log")
        if j.terms.shared_from == "answers"
        else _("a table that was given as a file")
    )
    return paragraph(
        _(
            "Partners and their countries: {partners}. An animal that several partners know counts once; who is who is "
            "taken from {how}. The border strip reaches {strip} km on each side."
        ),
        partners=partners or "–",
        how=how,
        strip=num(t.one[0], t),
    )


def _surveyed(w: Writer) -> Table:
    a = w.ask(
        "SELECT session, partner, country, start, end, stations, camera_days, animals, detections FROM joint_surveyed"
    )
    rows = tuple(
        (
            text(session.replace("_", " ")),
            text(partner),
            text(country),
            text(f"{start} – {end}"),
            cell(count(stations, a)),
            cell(day_count(days, a)),
            cell(count(animals, a)),
            cell(count(detections, a)),
        )
        for session, partner, country, start, end, stations, days, animals, detections in a.rows
    )
    columns = (
        Column(_("Session"), "wide"), Column(_("Partner"), "wide"), Column(_("Country")), Column(_("Period")),
        Column(_("Stations"), "number"), Column(_("Camera-days"), "number"),
        Column(_("Known alive"), "number"), Column(_("Detections"), "number"),
    )  # fmt: skip
    return Table(columns, rows, text(_("Effort and minimum number known alive of each partner.")))


def _session(w: Writer, j: JointEstimate, session: str) -> list[Block]:
    name = session.replace("_", " ")
    many = len({t.session for t in j.totals}) > 1
    blocks: list[Block] = [Heading(name)] if many else []
    blocks.append(_totals(w, session))
    drawn = joint_plot([t for t in j.totals if t.session == session])
    if drawn:
        caption = _(
            "Realised number with its interval: each country alone and their naive sums (dots), all partners together "
            "(squares). Animals that live on both sides are in both countries' own numbers, so the sums count them "
            "twice."
        )
        blocks.append(Figure(drawn, text(caption), _("numbers with their intervals")))
    blocks += [_map(s) for s in surfaces_from(j.surfaces) if s.session == session]
    return [*blocks, *_seen(w, session), *_use(w, session)]


def _map(surface: Surface) -> Figure:
    caption = _(
        "Where the animals live by the estimate: activity centres of those seen and of those missed, per 100 km². "
        "Crosses: stations. Lines: borders of regions."
    )
    return Figure(surface_map(surface), text(caption), _("map of density"))


def _totals(w: Writer, session: str) -> Table:
    a = w.ask(
        "SELECT n.who, n.convention, n.region, n.area_km2, n.estimate, n.lower, n.upper, n.cv, "
        "e.estimate, e.lower, e.upper, e.cv FROM joint_totals n JOIN joint_totals e "
        "ON e.session = n.session AND e.who = n.who AND e.convention = n.convention AND e.region = n.region "
        f"AND e.quantity = 'E(N)' WHERE n.quantity = 'N' AND n.session = {quoted(session)} ORDER BY n.rowid"
    )
    rows: list[tuple[Text, ...]] = []
    strong = set()
    for who, convention, region, area, *numbers in a.rows:
        if who == "integrated":
            what = _("all partners together")
            where = word(STRIPS, region) if region else _("all of the area")
            if not region:
                strong.add(len(rows))
        else:
            what = word(CONVENTIONS, convention)
            what = (_("naive sum") if who == "sum" else who) + f" – {what}"
            where = region if who != "sum" else ""
        n, n_low, n_high, n_cv, e, e_low, e_high, e_cv = numbers
        rows.append(
            (
                text(what),
                text(where),
                cell(num(area, a, 4)),
                cell(num(n, a)),
                cell(span(n_low, n_high, a)),
                cell(share(n_cv, a)),
                cell(num(e, a)),
                cell(span(e_low, e_high, a)),
                cell(share(e_cv, a)),
            )
        )
    columns = (
        Column(_("Estimated by"), "wide"), Column(_("Region")), Column(_("Area, km²"), "number"),
        Column("N", "number"), Column(w.interval_head(), "number"),
        Column("CV", "number"), Column("E(N)", "number"),
        Column(w.interval_head(), "number"), Column("CV", "number"),
    )  # fmt: skip
    caption = _(
        "{session}. N: animals with their centre in the region at the time (realised); E(N): expected by the model. "
        "CV: standard error by estimate."
    ).format(session=session.replace("_", " "))
    return Table(columns, tuple(rows), text(caption), strong=frozenset(strong))


def _seen(w: Writer, session: str) -> list[Block]:
    a = w.ask(f"SELECT seen, country, animals FROM joint_seen WHERE session = {quoted(session)}")
    if not a.rows:
        return []
    words = {"several": _("in more than one country"), "together": _("all partners together, each once")}
    rows: list[tuple[Text, ...]] = []
    strong = set()
    for seen, country, n in a.rows:
        what = _("only in {country}").format(country=country) if seen == "only" else words[seen]
        if seen == "together":
            strong.add(len(rows))
        rows.append((text(what), cell(count(n, a))))
    columns = (Column(_("Seen"), "wide"), Column(_("Animals"), "number"))
    caption = text(_("Different animals seen: a minimum count, never an estimate."))
    return [Table(columns, tuple(rows), caption, strong=frozenset(strong))]


def _use(w: Writer, session: str) -> list[Block]:
    a = w.ask(
        "SELECT side, centres, centres_lower, centres_upper, users, users_lower, users_upper, share, share_lower, "
        f"share_upper FROM joint_use WHERE session = {quoted(session)}"
    )
    if not a.rows:
        return []
    rows: list[tuple[Text, ...]] = []
    for side, centres, c_low, c_high, users, u_low, u_high, part, p_low, p_high in a.rows:
        rows.append(
            (
                text(side),
                cell(num(centres, a)),
                cell(span(c_low, c_high, a)),
                cell(num(users, a)),
                cell(span(u_low, u_high, a)),
                cell(share(part, a)),
                cell(Run(percents(p_low, p_high), "", a.id)),
            )
        )
    interval = w.interval_head()
    columns = (
        Column(_("Side"), "wide"), Column(_("Live there"), "number"), Column(interval, "number"),
        Column(_("Use it"), "number"), Column(interval, "number"), Column(_("Of all use"), "number"),
        Column(interval, "number"),
    )  # fmt: skip
    caption = _(
        "Who lives on a side and who uses it. Live there: the centre of activity lies there. Use it: 5 % or more of "
        "the animal's use falls there."
    )
    return [Table(columns, tuple(rows), text(caption))]


def _shared(w: Writer) -> list[Block]:
    a = w.ask(
        "SELECT one, other, animals_one, animals_other, found, estimate, lower, upper, pairs, shown FROM joint_shared"
    )
    if not a.rows:
        return []
    rows = tuple(
        (
            text(f"{one} – {other}"),
            cell(count(n_one, a)),
            cell(count(n_other, a)),
            cell(count(found, a)),
            cell(num(value, a)),
            cell(span(low, high, a)),
            cell(count(shown, a)),
            cell(count(pairs, a)),
        )
        for one, other, n_one, n_other, found, value, low, high, pairs, shown in a.rows
    )
    columns = (
        Column(_("Catalogues"), "wide"), Column(_("Animals, first"), "number"),
        Column(_("Animals, second"), "number"), Column(_("Found shared"), "number"),
        Column(_("Shared, estimate"), "number"), Column(w.interval_head(), "number"),
        Column(_("Pairs answered"), "number"), Column(_("Pairs"), "number"),
    )  # fmt: skip
    caption = _(
        "Animals that two catalogues share. The interval holds pairs that nobody has answered and animals known from "
        "one flank here and the other there."
    )
    return [Table(columns, rows, text(caption))]


def _doubts(w: Writer, j: JointEstimate) -> list[Block]:
    if not j.doubts:
        return []
    a = w.ask(
        "SELECT kind, animals, detail, chance FROM joint_doubts ORDER BY kind = 'open', chance DESC, rowid"
    )
    sure = sum(row[0] != "open" for row in a.rows)
    shown = a.rows[: sure + MOST_OPEN]
    rows = tuple(
        (text(word(DOUBTS, kind)), text(animals), cell(share(chance, a)))
        for kind, animals, _detail, chance in shown
    )
    columns = (
        Column(_("Doubt"), "wide"),
        Column(_("Animals"), "wide"),
        Column(_("Chance of being one"), "number"),
    )
    blocks: list[Block] = [Heading(_("Identities in doubt")), Table(columns, rows)]
    left = len(a.rows) - len(shown)
    if left:
        note = ngettext(
            "{n} more pair that nobody has answered, with a smaller chance.",
            "{n} more pairs that nobody has answered, with smaller chances.",
            left,
        )
        blocks.append(Paragraph(say(note, n=count(left, a)), "note"))
    return blocks
