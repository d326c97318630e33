"""The estimate: density and abundance, detection, the density map, and how far it hangs on what is least sure."""

from __future__ import annotations

from pardus.app.sampled_record import CAVEAT
from pardus.app.sensitivity import WAYS
from pardus.model.language import _, again
from pardus.report.density_plot import density_plot
from pardus.report.document import Block, Column, Figure, Heading, Paragraph, Run, Section, Table, Text
from pardus.report.numbers import number, whole
from pardus.report.surface_plot import surface_map
from pardus.report.words import QUANTITIES, classes, sentence_blank, unit, word
from pardus.report.writer import Writer, cell, count, num, runs, say, share, span, text


def estimate(w: Writer) -> Section | None:
    """Return the section, or None if no estimate was made."""
    if not w.content.fits:
        return None
    fit = w.content.fits[0]
    blocks: list[Block] = []
    if fit.status == "cannot-say":
        blocks.append(
            Paragraph(runs(Run(_("Cannot say"), "strong"), Run(_(": ")), again(fit.reason)), "warn")
        )
    else:
        blocks += [*_abundance(w), *_maps(w), _detection(w)]
    told = w.ask("SELECT code, warning FROM warnings WHERE fit = 'survey'")
    for warning in fit.warnings:
        said = Run(again(warning.sentence), "strong", told.id)
        pieces = runs(said, sentence_blank(), Run(again(warning.remedy), "", told.id))
        blocks.append(Paragraph(pieces, "warn"))
    blocks += [*_sensitivity(w), *_sampled(w)]
    return Section("estimate", _("Estimate"), tuple(blocks))


MOST_WITH_REGIONS = 4
"""Sessions up to which the regions of each are given too."""


def _abundance(w: Writer) -> list[Block]:
    c = w.content
    a = w.ask(
        "SELECT d.session, d.region, d.area_km2, d.estimate, d.lower, d.upper, d.se / d.estimate, "
        "n.estimate, n.lower, n.upper, n.se / n.estimate, e.estimate, e.lower, e.upper FROM estimates d "
        "LEFT JOIN estimates n ON n.fit = d.fit AND n.session = d.session AND n.region = d.region AND n.class = '' "
        "AND n.quantity = 'N' LEFT JOIN estimates e ON e.fit = d.fit AND e.session = d.session "
        "AND e.region = d.region AND e.class = '' AND e.quantity = 'E(N)' "
        "WHERE d.fit = 'survey' AND d.quantity = 'D' AND d.class = '' ORDER BY d.rowid"
    )
    many = len({row[0] for row in a.rows}) > 1
    by_region = len({row[0] for row in a.rows}) <= MOST_WITH_REGIONS and any(row[1] for row in a.rows)
    noted = {
        (e.session, e.region): again(e.note)
        for e in c.fits[0].estimates
        if e.quantity == "D" and not e.animal_class and e.note
    }
    notes: list[str] = []
    rows: list[tuple[Text, ...]] = []
    strong = set()
    for session, region, area, d, d_low, d_high, d_cv, n, n_low, n_high, n_cv, e, e_low, e_high in a.rows:
        if region and not by_region:
            continue
        mark = ""
        said = noted.get((session, region), "")
        if said:
            if said not in notes:
                notes.append(said)
            mark = f" [{notes.index(said) + 1}]"
        if by_region and not region:
            strong.add(len(rows))
        label = [session.replace("_", " ")] if many else []
        label += [region or _("all of the area")] if by_region or not many else []
        label[0] += mark
        rows.append(
            (
                *(text(x) for x in label),
                cell(num(area, a, 4)),
                cell(num(d, a)),
                cell(span(d_low, d_high, a, bound=d == 0)),
                cell(share(d_cv, a)),
                cell(num(n, a)),
                cell(span(n_low, n_high, a, bound=n == 0)),
                cell(share(n_cv, a)),
                cell(num(e, a)),
                cell(span(e_low, e_high, a, bound=e == 0)),
            )
        )
    heads = [_("Session")] if many else []
    heads += [_("Region")] if by_region or not many else []
    interval = w.interval_head()
    columns = (
        *(Column(head, "wide") for head in heads), Column(_("Area, km²"), "number"),
        Column(_("Animals per 100 km²"), "number"), Column(interval, "number"), Column("CV", "number"),
        Column("N", "number"), Column(interval, "number"), Column("CV", "number"),
        Column("E(N)", "number"), Column(interval, "number"),
    )  # fmt: skip
    counted = classes(c.config.life_stages) if c.config else _("all animals in the table")
    caption = _(
        "Density and abundance by spatial capture-recapture. Classes: {classes}. N: animals with their centre in the "
        "region at the time (realised); E(N): expected by the model. CV: standard error by estimate."
    ).format(classes=counted)
    blocks: list[Block] = [Table(columns, tuple(rows), text(caption), strong=frozenset(strong))]
    blocks += [Paragraph(text(f"[{n}] {note}"), "note") for n, note in enumerate(notes, 1)]
    if many:
        own = [x for x in c.fits[0].estimates if x.quantity == "D" and not x.region and not x.animal_class]
        caption = _("Density by session, sorted. A bar alone is an upper bound where nothing was detected.")
        blocks.append(Figure(density_plot(own), text(caption), _("densities with their intervals")))
    return blocks


def _maps(w: Writer) -> list[Block]:
    caption = _(
        "Where the animals live by the estimate: activity centres of those seen and of those missed, per 100 km². "
        "Crosses: stations. Lines: borders of regions."
    )
    return [
        Figure(
            surface_map(s),
            text(caption if len(w.content.surfaces) == 1 else f"{s.session.replace('_', ' ')}. {caption}"),
            _("map of density"),
        )
        for s in w.content.surfaces[-2:]
    ]


def _detection(w: Writer) -> Table:
    a = w.ask(
        "SELECT quantity, class, session, estimate, se, lower, upper FROM estimates "
        "WHERE fit = 'survey' AND quantity IN ('lambda0', 'g0', 'sigma', 'z', 'pmix')"
    )
    units = {e.quantity: unit(e.unit) for e in w.content.fits[0].estimates}
    rows = [
        (
            text(word(QUANTITIES, quantity) + (f" – {group}" if group else "")),
            text(session.replace("_", " ") or _("all")),
            cell(num(value, a)),
            cell(num(se, a)),
            cell(span(low, high, a)),
            text(units.get(quantity, "")),
        )
        for quantity, group, session, value, se, low, high in a.rows
    ]
    columns = (
        Column(_("Quantity"), "wide"), Column(_("Session")), Column(_("Estimate"), "number"),
        Column(_("SE"), "number"), Column(w.interval_head(), "number"), Column(_("Unit")),
    )  # fmt: skip
    return Table(columns, tuple(rows), text(_("How animals were detected.")))


def _sensitivity(w: Writer) -> list[Block]:
    if not w.content.sensitivity:
        return []
    a = w.ask(
        "SELECT s.how, s.session, s.animals, s.density, s.lower, s.upper, s.density / r.density - 1 "
        "FROM sensitivity s LEFT JOIN sensitivity r ON r.session = s.session AND r.how = 'as-reported'"
    )
    rows = []
    for how, session, animals, value, low, high, change in a.rows:
        shown = "–" if change is None or how == "as-reported" else f"{number(100 * change, 2)} %"
        shown = f"+{shown}" if change is not None and change > 0 and how != "as-reported" else shown
        rows.append(
            (
                text(word(WAYS, how)),
                text(session.replace("_", " ")),
                cell(count(animals, a)),
                cell(num(value, a)),
                cell(span(low, high, a)),
                cell(Run(shown, "", a.id)),
            )
        )
    columns = (
        Column(_("Way of counting"), "wide"), Column(_("Session")), Column(_("Animals"), "number"),
        Column(_("Animals per 100 km²"), "number"), Column(w.interval_head(), "number"),
        Column(_("Difference"), "number"),
    )  # fmt: skip
    caption = text(_("How far the estimate hangs on what is least sure."))
    blocks: list[Block] = [Heading(_("Sensitivity")), Table(columns, tuple(rows), caption)]
    k = w.ask("SELECT SUM(seen_once), SUM(animals) FROM known")
    once, animals = k.one
    if animals:
        blocks.append(
            Paragraph(
                say(
                    _(
                        "Animals with one event only: {once} of {animals}. An animal that was wrongly called different "
                        "makes such a single, and raises the estimate."
                    ),
                    once=count(once, k),
                    animals=count(animals, k),
                )
            )
        )
    return blocks


def _sampled(w: Writer) -> list[Block]:
    """Return the estimate over sampled catalogues beside the one of the catalogue as decided, if it was made."""
    if not w.content.sampled:
        return []
    a = w.ask(
        "SELECT session, quantity, plain, plain_lower, plain_upper, mean, lower, upper, se_fit, se_identity "
        "FROM sampled"
    )
    n = w.ask("SELECT plain, mean, smallest, largest FROM sampled_animals")
    words = {"D": _("Animals per 100 km²")}
    rows = tuple(
        (
            text(session.replace("_", " ")),
            text(words.get(quantity, quantity)),
            cell(num(plain, a)),
            cell(span(plain_low, plain_high, a)),
            cell(num(mean, a)),
            cell(span(low, high, a)),
            cell(num(se_fit, a)),
            cell(num(se_identity, a)),
        )
        for session, quantity, plain, plain_low, plain_high, mean, low, high, se_fit, se_identity in a.rows
    )
    interval = w.interval_head()
    columns = (
        Column(_("Session"), "wide"), Column(_("Quantity"), "wide"), Column(_("As decided"), "number"),
        Column(interval, "number"), Column(_("Sampled"), "number"), Column(interval, "number"),
        Column(_("SE of the fit"), "number"), Column(_("SE of identity"), "number"),
    )  # fmt: skip
    caption = text(
        _("The estimate of the catalogue as decided, and over catalogues sampled from what is still open.")
    )
    blocks: list[Block] = [Heading(_("With the doubt about who is who")), Table(columns, rows, caption)]
    for plain, mean, low, high in n.rows:
        blocks.append(
            Paragraph(
                say(
                    _("Animals in the histories: {plain} as decided, {mean} ({range}) over the samples."),
                    plain=count(plain, n),
                    mean=num(mean, n),
                    range=Run(f"{whole(low)}–{whole(high)}", "", n.id),
                )
            )
        )
    blocks += [
        Paragraph(text(again(note)), "note")
        for note in dict.fromkeys(s.note for s in w.content.sampled if s.note)
    ]
    return [*blocks, Paragraph(text(_(CAVEAT)), "warn")]
