"""Methods, versions and limits, so that another can do it again."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.document import Block, Heading, Paragraph, Run, Section
from pardus.report.words import (
    CAMERA_RULES,
    CURVES,
    DISTRIBUTIONS,
    FLANK_RULES,
    KINDS,
    classes,
    listing,
    word,
)
from pardus.report.writer import Writer, count, joined, num, paragraph, say, text


def methods(w: Writer) -> Section:
    """Return the section."""
    c = w.content
    blocks: list[Block] = []
    if c.config is not None:
        r = w.ask("SELECT occasion_days, occasion_start_hour, independence_minutes FROM rules")
        days, hour, minutes = r.one
        blocks.append(
            paragraph(
                _(
                    "Occasions of {days} day(s) were cut at {hour}:00 in the zone {zone}. Records of one animal at one "
                    "station less than {minutes} minutes apart are one event. Cameras of one station: {rule}. Animals "
                    "known from one flank only: {flank}. Age classes counted: {classes}."
                ),
                days=count(days, r),
                hour=count(hour, r),
                zone=w.zone,
                minutes=count(minutes, r),
                rule=word(CAMERA_RULES, c.config.camera_rule),
                flank=word(FLANK_RULES, c.config.flank_rule),
                classes=classes(c.config.life_stages),
            )
        )
    if c.fits:
        blocks += _model(w)
    blocks.append(
        Paragraph(
            text(
                _(
                    "Intervals are Wald intervals on the log scale unless a note says otherwise; the realised number "
                    "has a prediction interval. The formulas are in the statistics page of the manual."
                )
            ),
            "note",
        )
    )
    blocks += _limits()
    if c.sources:
        pieces = [Run(f"{source} {digest[:16]}", "code") for source, digest in c.sources.items()]
        blocks.append(paragraph(_("Files read: {files}."), files=joined((run,) for run in pieces)))
    return Section("methods", _("Methods"), tuple(blocks))


def _model(w: Writer) -> list[Block]:
    fit = w.content.fits[0]
    formulas = [Run(f"{parameter} {formula}", "code") for parameter, formula in fit.model.items()]
    blocks: list[Block] = [
        paragraph(
            _(
                "Model: spatial capture-recapture by maximum likelihood; detection function: {curve}; data: {kind}; "
                "number of animals: {distribution}. Formulas: {formulas}."
            ),
            curve=word(CURVES, fit.detectfn),
            kind=word(KINDS, fit.kind),
            distribution=word(DISTRIBUTIONS, fit.distribution),
            formulas=joined((run,) for run in formulas),
        )
    ]
    a = w.ask("SELECT log_likelihood, parameters, AIC, animals FROM fits WHERE fit = 'survey'")
    for ll, k, aic, n in a.rows:
        if ll is None:
            continue
        blocks.append(
            paragraph(
                _("Log-likelihood {ll}, {k} parameters, AIC {aic}, {n} animals."),
                ll=num(ll, a, 7),
                k=count(k, a),
                aic=num(aic, a, 7),
                n=count(n, a),
            )
        )
    m = w.ask("SELECT DISTINCT cells, spacing_m, area_km2 FROM masks")
    said = [
        say(
            _("{cells} cells of {spacing} m, {area} km²"),
            cells=count(cells, m),
            spacing=num(spacing, m),
            area=count(area, m),
        )
        for cells, spacing, area in m.rows[:3]
    ]
    if said:
        blocks.append(paragraph(_("Possible activity centres (mask): {masks}."), masks=joined(said)))
    versions = [
        f"{key} {fit.provenance[key]}" for key in ("pardus", "numpy", "scipy") if key in fit.provenance
    ]
    if versions:
        blocks.append(paragraph(_("Made with {versions}."), versions=listing(versions)))
    return blocks


def _limits() -> list[Block]:
    said = [
        _(
            "The minimum count is not comparable between periods or countries with other effort or cameras, and two "
            "countries' minimum counts can't be added without the table of shared animals."
        ),
        _(
            "The estimate takes every identification as right; see Sensitivity for how far it hangs on the doubtful "
            "ones. Whether people agree on who is who was not tested unless this report says so."
        ),
        _(
            "The survey is taken as closed: nobody is born, dies or moves in or out between its first and last day."
        ),
    ]
    return [Heading(_("Known limits")), *(Paragraph(text(s)) for s in said)]
