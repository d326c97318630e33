"""Methods, versions and limits, so that another can do it again."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.document import Block, Heading, Paragraph, Run, Section
from pardus.report.numbers import number, whole
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
from pardus.report.writer import Writer, count, num, paragraph, runs, text


def methods(w: Writer) -> Section:
    """Return the section."""
    c = w.content
    blocks: list[Block] = []
    if c.config is not None:
        blocks.append(
            paragraph(
                _(
                    "Occasions of {days} day(s) were cut at {hour}:00 in the zone {zone}. Records of one animal at one "
                    "station less than {minutes} minutes apart are one event. Cameras of one station: {rule}. Animals "
                    "known from one flank only: {flank}. Age classes counted: {classes}."
                ),
                days=whole(c.config.occasion_days),
                hour=str(c.config.occasion_start_hour),
                zone=w.zone,
                minutes=whole(c.config.independence_minutes),
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
    blocks += _limits(w)
    if c.sources:
        pieces = [Run(f"{source} {digest[:16]}", "code") for source, digest in c.sources.items()]
        joined = [p for n, run in enumerate(pieces) for p in ((_(", "), run) if n else (run,))]
        blocks.append(paragraph(_("Files read: {files}."), files=runs(*joined)))
    return Section("methods", _("Methods"), tuple(blocks))


def _model(w: Writer) -> list[Block]:
    fit = w.content.fits[0]
    formulas = [Run(f"{parameter} {formula}", "code") for parameter, formula in fit.model.items()]
    joined = [p for n, run in enumerate(formulas) for p in ((_(", "), run) if n else (run,))]
    blocks: list[Block] = [
        paragraph(
            _(
                "Model: spatial capture-recapture by maximum likelihood; detection function: {curve}; data: {kind}; "
                "number of animals: {distribution}. Formulas: {formulas}."
            ),
            curve=word(CURVES, fit.detectfn),
            kind=word(KINDS, fit.kind),
            distribution=word(DISTRIBUTIONS, fit.distribution),
            formulas=runs(*joined),
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
    masks = fit.mask.get("sessions", []) if isinstance(fit.mask, dict) else []
    shown = list(dict.fromkeys((m["cells"], m["spacing_m"], m["area_km2"]) for m in masks))
    said = [
        _("{cells} cells of {spacing} m, {area} km²").format(
            cells=whole(cells), spacing=number(spacing, 3), area=whole(area)
        )
        for cells, spacing, area in shown[:3]
    ]
    if said:
        blocks.append(paragraph(_("Possible activity centres (mask): {masks}."), masks=listing(said)))
    versions = [
        f"{key} {fit.provenance[key]}" for key in ("pardus", "numpy", "scipy") if key in fit.provenance
    ]
    if versions:
        blocks.append(paragraph(_("Made with {versions}."), versions=listing(versions)))
    return blocks


def _limits(w: Writer) -> list[Block]:
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
