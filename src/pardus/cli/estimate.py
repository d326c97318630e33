"""`pardus estimate`: density and abundance from tables."""

from __future__ import annotations

import json as _json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from unicodedata import east_asian_width

import typer

from pardus.app.joint_conventions import CONVENTIONS
from pardus.cli.common import By, Json, Lang, Output, Quiet
from pardus.cli.estimate_more import TITLES, Further, Rows, further
from pardus.model.capture import CaptureHistory
from pardus.model.errors import UsageError
from pardus.model.fit import Estimate, Fit
from pardus.model.language import _

MOST_VALUES = 8
"""Values of one parameter by covariates that are printed."""

if TYPE_CHECKING:
    from pardus.app.estimate import EstimateOptions
    from pardus.app.joint_result import JointEstimate
    from pardus.app.other_files import OtherFiles


def estimate(
    surveys: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SURVEY]...",
            help="The survey's folder (with --joint, also partners'); or give tables instead.",
        ),
    ] = None,
    joint: Annotated[
        bool, typer.Option("--joint", help="All partners together, beside each country alone; see --shared.")
    ] = False,
    shared: Annotated[
        Path | None,
        typer.Option(help="With --joint: table of shared animals, a column for each organisation."),
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="With --joint: ORGANISATION=REGION, the land it counts.")
    ] = None,
    strip: Annotated[float, typer.Option(help="With --joint: border strip, metres on each side.")] = 5000.0,
    detectors: Annotated[
        Path | None, typer.Option(help="Table of detectors: session, detector, x, y, covariates.")
    ] = None,
    captures: Annotated[
        Path | None, typer.Option(help="Table of captures: session, individual, occasion, detector, count.")
    ] = None,
    usage: Annotated[
        Path | None, typer.Option(help="Table of effort: session, detector, o1, o2, ...")
    ] = None,
    occasion_table: Annotated[
        Path | None,
        typer.Option(help="Table of occasions: session, occasion, covariates; of a survey also by date."),
    ] = None,
    session_table: Annotated[
        Path | None, typer.Option(help="Table of sessions: session, covariates.")
    ] = None,
    usage_column: Annotated[
        str, typer.Option(help="Column of the detector table that holds the effort.")
    ] = "",
    mask: Annotated[Path | None, typer.Option(help="Table of mask cells: session, x, y, covariates.")] = None,
    buffer: Annotated[float | None, typer.Option(help="Mask around the detectors, metres.")] = None,
    spacing: Annotated[float | None, typer.Option(help="Width of a mask cell, metres.")] = None,
    habitat: Annotated[
        Path | None, typer.Option(help="Polygons of habitat (GeoPackage, GeoJSON, shapefile).")
    ] = None,
    unsuitable: Annotated[
        list[Path] | None, typer.Option(help="Polygons where no animal lives (sea).")
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE: polygons for which numbers are given.")
    ] = None,
    raster: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE: a mask covariate from a raster, averaged over each cell."),
    ] = None,
    crs: Annotated[
        str, typer.Option(help="Coordinate system of the detectors, for example EPSG:32652.")
    ] = "",
    unit: Annotated[str, typer.Option(help="Unit of the coordinates: m or km.")] = "m",
    columns: Annotated[
        list[str] | None, typer.Option(help="Our name=their name, for example individual=id,detector=trap.")
    ] = None,
    ignore_animal: Annotated[list[str] | None, typer.Option(help="An id that means nobody.")] = None,
    kind: Annotated[str, typer.Option(help="proximity, count, multi or auto.")] = "auto",
    occasions: Annotated[int | None, typer.Option(help="Number of occasions, without a usage table.")] = None,
    detectfn: Annotated[
        str, typer.Option(help="HN, EX, HR, HHN, HEX or HHR; of a survey as survey.toml says, else HHN.")
    ] = "",
    model: Annotated[
        list[str] | None, typer.Option(help="Formulas, for example D~session or sigma~h2.")
    ] = None,
    distribution: Annotated[
        str, typer.Option(help="Of the number of animals: poisson or binomial.")
    ] = "poisson",
    conditional: Annotated[
        bool, typer.Option("--conditional", help="Likelihood given the animals detected.")
    ] = False,
    groups: Annotated[str, typer.Option(help="Animal covariate that splits animals into groups.")] = "",
    hcov: Annotated[str, typer.Option(help="Animal covariate known for some (hybrid mixture).")] = "",
    binomial_size: Annotated[str, typer.Option(help="Counts are binomial of this size, or 'usage'.")] = "",
    fixed: Annotated[list[str] | None, typer.Option(help="parameter=value, for example g0=0.25.")] = None,
    link: Annotated[
        list[str] | None, typer.Option(help="parameter=log, logit or identity, for example D=identity.")
    ] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the result into this file: JSON, or the estimates alone as CSV."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of the tables as one HTML page into this file.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of that report.")] = "",
    species: Annotated[str, typer.Option(help="Scientific name, for that report.")] = "",
    compare: Annotated[
        list[str] | None, typer.Option(help="Further models, ranked with the first by AICc and averaged.")
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(help="A larger model: likelihood-ratio and score test against the fit."),
    ] = None,
    predict: Annotated[
        Path | None, typer.Option(help="CSV of covariate values: predict the parameters for its rows.")
    ] = None,
    surface: Annotated[
        Path | None,
        typer.Option(help="Write density and animals per mask cell: CSV or .tif."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Draw detection curves and animals per cell into this folder (SVG).")
    ] = None,
    simulate: Annotated[
        Path | None, typer.Option(help="Write captures simulated from the fit into this folder.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Goodness of fit against simulations.")] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Profile-likelihood intervals.")] = False,
    bootstrap: Annotated[
        bool, typer.Option("--bootstrap", help="Intervals from refits of simulated data.")
    ] = False,
    posterior: Annotated[
        bool, typer.Option("--posterior", help="Posterior by importance sampling, weak priors.")
    ] = False,
    keep_draws: Annotated[
        Path | None, typer.Option(help="Write the posterior's draws as CSV (chain, draw, quantities).")
    ] = None,
    ghosts: Annotated[
        bool, typer.Option("--ghosts", help="Compare with animals seen at least twice (SCR-2).")
    ] = False,
    identity: Annotated[
        str,
        typer.Option(
            help="decided: the catalogue as it is; sampled: also over many plausible ones (needs identify)."
        ),
    ] = "decided",
    samples: Annotated[int, typer.Option(help="Catalogues for --identity sampled.")] = 50,
    times: Annotated[int, typer.Option(help="Simulations for --check, --bootstrap and --simulate.")] = 100,
    draws: Annotated[int, typer.Option(help="Draws for --posterior.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Estimate density and abundance by spatial capture-recapture.

    From a survey (mask, sessions and detection function as survey.toml says; the result is kept in its log), or from
    tables: --detectors and --captures, with --usage and --mask.
    """
    from pardus.app.covariate_tables import CovariateTables
    from pardus.app.estimate import EstimateOptions, MaskOptions, estimate_model, read_input
    from pardus.app.other_files import OtherFiles
    from pardus.app.tables import TableOptions

    output = Output(quiet=quiet, json=json)
    survey = surveys[0] if surveys else None
    if (survey is not None and len(surveys or ()) > 1 and not joint) or (joint and survey is None):
        raise UsageError(_("Several surveys are estimated together with --joint, and --joint needs surveys."))
    if (survey is None) == (detectors is None and captures is None):
        raise UsageError(_("Give a survey's folder, or --detectors and --captures."))
    table_options = TableOptions(
        columns=pairs(columns),
        usage_column=usage_column,
        ignore_animals=tuple(ignore_animal or ()),
        kind=kind,
        occasions=occasions,
        metres_per_unit=metres(unit),
    )
    mask_options = MaskOptions(
        mask,
        buffer,
        spacing,
        habitat,
        tuple(unsuitable or ()),
        {k: Path(v) for k, v in pairs(region).items()},
        crs,
        rasters={k: Path(v) for k, v in pairs(raster).items()},
    )
    covariates = CovariateTables(occasion_table, session_table, table_options.columns)
    for_tables = {
        "--usage": usage, "--usage-column": usage_column, "--mask": mask, "--buffer": buffer, "--spacing": spacing,
        "--habitat": habitat, "--unsuitable": unsuitable, "--ignore-animal": ignore_animal,
        "--occasions": occasions, "--kind": kind != "auto", "--unit": unit != "m", "--report": report,
        "--title": title, "--species": species,
    }  # fmt: skip
    if survey is not None:
        _refuse_given(
            for_tables,
            _("{options}: only for tables. Of a survey, mask, effort and records are as survey.toml says."),
        )
    if joint:
        more: dict[str, object] = {
            "--raster": raster,
            "--occasion-table": occasion_table,
            "--session-table": session_table,
        }
        after = {
            "--compare": compare, "--test": test, "--predict": predict, "--surface": surface, "--plots": plots,
            "--simulate": simulate, "--check": check, "--profile": profile, "--bootstrap": bootstrap,
            "--posterior": posterior, "--keep-draws": keep_draws, "--ghosts": ghosts,
        }  # fmt: skip
        _refuse_given(more | after, _("{options}: not with --joint."))
    else:
        _refuse_given({"--shared": shared, "--country": country}, _("{options}: only with --joint."))
    if not 0 < level < 1:
        raise UsageError(_("--level {found}: expected a share, for example 0.95.").format(found=level))
    options = EstimateOptions(
        model=tuple(model or ()),
        detectfn=detectfn or ("" if survey is not None else "HHN"),
        distribution=distribution,
        conditional=conditional,
        groups=groups,
        hcov=hcov,
        binomial_size=_size(binomial_size),
        fixed=values(fixed),
        links=pairs(link),
        level=level,
    )
    _refuse_places({"--out": out, "--surface": surface, "--keep-draws": keep_draws, "--report": report})
    if identity not in ("decided", "sampled") or (identity == "sampled" and (survey is None or joint)):
        raise UsageError(_("--identity: decided, or sampled for the folder of one survey."))
    if survey is not None and joint:
        regions = {k: Path(v) for k, v in pairs(region).items()}
        _of_partners(surveys or [], options, by, output, out, shared, pairs(country), regions, strip)
        return
    wanted = Further(
        tuple(compare or ()),
        predict,
        surface,
        simulate,
        check,
        profile,
        bootstrap,
        posterior,
        ghosts,
        times,
        draws,
        seed,
        crs,
        plots,
        tuple(test or ()),
        keep_draws,
    )
    if survey is not None:
        # with --json one object is printed: that of the samples, which holds the fit
        shown = Output(quiet=True) if identity == "sampled" and json else output
        files = OtherFiles(mask_options.rasters, mask_options.regions, covariates)
        _of_survey(survey, options, by, shown, out, wanted, files)
        if identity == "sampled":
            _sampled(survey, options, by, output, samples, seed, files)
        return
    if detectors is None or captures is None:
        raise UsageError(_("Give --detectors and --captures."))
    histories, masks = read_input(detectors, captures, usage, table_options, mask_options)
    histories = covariates.put_on(histories, formulas=options.model)
    fitted = estimate_model(histories, masks, options)
    show(fitted.fit, output, out, further(fitted, options, wanted))
    if report is not None:
        _write_report(
            report, title or report.stem, species, histories, fitted.fit, (detectors, captures, usage, mask)
        )


def _size(text: str) -> int | str | None:
    """Return the size of binomial counts, None for Poisson counts. Raises UsageError."""
    if text in ("", "usage"):
        return text or None
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise UsageError(
        _("--binomial-size {found}: expected a whole number of 1 or more, or usage.").format(found=text)
    )


def _refuse_places(files: Mapping[str, Path | None]) -> None:
    """Raise UsageError for a file whose folder is not there, before anything is worked out."""
    for option, path in files.items():
        if path is not None and not path.parent.is_dir():
            raise UsageError(
                _("{option} {path}: there is no folder {folder}.").format(
                    option=option, path=path, folder=path.parent
                )
            )


def _refuse_given(options: Mapping[str, object], sentence: str) -> None:
    """Raise UsageError with a sentence that names every option that was given."""
    given = [
        name for name, value in options.items() if value is not None and value is not False and value != ""
    ]
    if given:
        raise UsageError(sentence.format(options=", ".join(given)))


def _of_survey(
    survey: Path,
    options: EstimateOptions,
    by: str,
    output: Output,
    out: Path | None,
    more: Further,
    files: OtherFiles,
) -> None:
    from pardus.app.lacking import what_lacks
    from pardus.app.saying import Sayer
    from pardus.app.survey_estimate import estimate_survey
    from pardus.app.survey_folder import actor, survey_config

    config, warnings = survey_config(survey)
    output.findings(warnings)
    wanted = replace(options, detectfn=options.detectfn or config.detection)
    more = replace(more, crs=more.crs or config.crs)
    done = estimate_survey(survey, Sayer(actor(config.organisation, by)), wanted, files)
    output.findings(done.histories.findings)
    show(done.fit, output, out, further(done.fitted, wanted, more))
    if not any(s.n_animals for s in done.histories.sessions) and (lack := what_lacks(survey, animals=True)):
        output.next(lack.sentence, *lack.words)


def _sampled(
    survey: Path,
    options: EstimateOptions,
    by: str,
    output: Output,
    samples: int,
    seed: int,
    files: OtherFiles,
) -> None:
    """Say what the doubt about who is who adds, and keep it beside the estimate."""
    from pardus.app.sampled_identity import sampled_identity
    from pardus.app.sampled_record import CAVEAT
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    config, _warnings = survey_config(survey)
    wanted = replace(options, detectfn=options.detectfn or config.detection)
    with output.progress(_("Sampled catalogues")) as tell:
        done = sampled_identity(
            survey, wanted, samples=samples, seed=seed, level=options.level, files=files, tell=tell,
            sayer=Sayer(actor(config.organisation, by)),
        )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (
            _("session"),
            "",
            _("as decided"),
            _("interval"),
            _("sampled"),
            _("interval"),
            _("SE of fit"),
            _("SE of identity"),
        )
    ]
    rows += [
        (
            n.session, n.quantity, number(n.plain), span(n.plain_lower, n.plain_upper), number(n.mean),
            span(n.lower, n.upper), number(n.se_fit), number(n.se_identity) if not n.note else n.note,
        )
        for n in done.numbers
    ]  # fmt: skip
    e = done.errors
    lines = [
        aligned(rows),
        "",
        _(CAVEAT),
        _(
            "Animals in the histories: {plain} as decided, {mean:.1f} ({low} to {high}) over the samples; seen once: "
            "{once} and {mean_once:.1f}."
        ).format(
            plain=done.animals[0],
            mean=done.animals[1],
            low=done.animals[2],
            high=done.animals[3],
            once=done.seen_once[0],
            mean_once=done.seen_once[1],
        ),
        _(
            "Of the catalogue's {groups} groups of events: {merges:.1f} false merges and {splits:.1f} false splits "
            "expected; animals: {animals:.1f} ({low:.0f} to {high:.0f})."
        ).format(
            groups=e.individuals,
            merges=e.false_merges,
            splits=e.false_splits,
            animals=e.animals,
            low=e.low,
            high=e.high,
        ),
    ]
    output.result({"fit": done.plain.to_json(), "identity": done.as_json()}, "\n".join(lines))


def _of_partners(
    surveys: list[Path],
    options: EstimateOptions,
    by: str,
    output: Output,
    out: Path | None,
    shared: Path | None,
    countries: dict[str, str],
    regions: dict[str, Path],
    strip: float,
) -> None:
    from pardus.app.joint_estimate import JointOptions
    from pardus.app.joint_survey import JointSurveyOptions, estimate_joint
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    config, warnings = survey_config(surveys[0])
    output.findings(warnings)
    wanted = replace(options, detectfn=options.detectfn or config.detection)
    asked = JointSurveyOptions(JointOptions(wanted, strip=strip), shared, countries, regions)
    done = estimate_joint(surveys, asked, Sayer(actor(config.organisation, by)))
    output.findings(done.findings)
    if out is not None:
        text = _json.dumps(done.as_json(), ensure_ascii=False, indent=1)
        out.write_text(text + "\n", encoding="utf-8")
    output.result(done.as_json(), joint_text(done))


def joint_text(done: JointEstimate) -> str:
    """Return the joint table for people: what, expected and realised number with CV, then who was seen where."""
    head = (
        _("session"),
        _("who"),
        _("what"),
        _("region"),
        "E(N)",
        _("interval"),
        "CV",
        "N",
        _("interval"),
        "CV",
        "",
    )
    rows: list[tuple[str, ...]] = [head]
    realised = {(t.session, t.who, t.convention, t.region): t for t in done.totals if t.quantity == "N"}
    for e in (t for t in done.totals if t.quantity == "E(N)"):
        N = realised[e.session, e.who, e.convention, e.region]
        cells = [c for t in (e, N) for c in (number(t.estimate), span(t.lower, t.upper), percent(t.cv))]
        rows.append((e.session, e.who, _(CONVENTIONS[e.convention]), e.region, *cells, e.reason))
    lines = [aligned(rows), ""]
    for s in done.seen:
        alone = ", ".join(f"{c}: {n}" for c, n in s.only.items())
        known = ", ".join(f"{c}: {n}" for c, n in s.by_partner.items())
        text = _(
            "{session}: minimum known alive {known}; together {together} (only in {alone}; in several {several})."
        )
        lines.append(
            text.format(session=s.session, known=known, together=s.together, alone=alone, several=s.several)
        )
    for u in done.use:
        text = _("{session}, {side}: {centres} live there, {using} use it (5 % or more), {share} of all use.")
        lines.append(
            text.format(
                session=u.session,
                side=u.side,
                centres=number(u.centres),
                using=number(u.using),
                share=percent(u.share),
            )
        )
    return "\n".join(lines)


def span(low: float, high: float) -> str:
    """Return "low – high", "" if there is none."""
    return f"{number(low)} – {number(high)}" if high == high else ""


def percent(share: float) -> str:
    """Return a share as whole percents, "" for a number that is not there."""
    return "" if share != share else f"{100 * share:.0f} %"


def _write_report(
    target: Path,
    title: str,
    species: str,
    histories: Sequence[CaptureHistory],
    fit: Fit,
    tables: Sequence[Path | None],
) -> None:
    from pardus.app.outputs import write_files
    from pardus.app.tables_report import content_of_tables
    from pardus.report.page import render

    sources = {p.name: sha256(p.read_bytes()).hexdigest() for p in tables if p is not None}
    content = content_of_tables(title, species, histories, [fit], sources=sources)
    write_files(target.parent, {target.name: render(content)})


def show(fit: Fit, output: Output, out: Path | None = None, more: Mapping[str, Rows] | None = None) -> None:
    """Print a fit and what was asked for beside it, and write it if a file is named."""
    value = {**fit.to_json(), **(more or {})}
    if out is not None and out.suffix.lower() == ".csv":
        from pardus.app.fit_tables import write_estimates

        write_estimates(fit, out)
    elif out is not None:
        out.write_text(_json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for warning in fit.warnings:
        output.say(f"{warning.sentence}\n  {warning.remedy}")
    if fit.status == "cannot-say":
        output.result(value, _("Cannot say: {reason}").format(reason=fit.reason))
        return
    tables = [f"{_(TITLES[name])}\n{rows_text(rows)}" for name, rows in (more or {}).items()]
    output.result(value, "\n\n".join([estimate_text(fit), *tables]))


def rows_text(rows: Rows) -> str:
    """Return rows of one kind as an aligned table with their keys as head."""
    head = tuple(dict.fromkeys(key for row in rows for key in row))
    cells = [tuple(_cell(row.get(key, "")) for key in head) for row in rows]
    return aligned([head, *cells])


def _cell(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def estimate_text(fit: Fit) -> str:
    """Return the numbers for people: one line for each session, region and class, then parameters, then notes."""
    head = (_("session"), _("region"), _("class"), _("D per 100 km2"), _("interval"), "N", _("interval"), "")
    numbers: list[tuple[str, ...]] = [head]
    notes: dict[str, int] = {}
    for e in (e for e in fit.estimates if e.quantity == "D"):
        N = _number(fit, e)
        mark = f"[{notes.setdefault(e.note, len(notes) + 1)}]" if e.note else ""
        inside = (number(N.estimate), interval(N)) if N else ("", "")
        numbers.append((*_place(e), number(e.estimate), interval(e), *inside, mark))
    parameters: list[tuple[str, ...]] = [
        (_("parameter"), _("for"), _("estimate"), _("SE"), _("interval"), _("unit"))
    ]
    shown, left_out = _fewer([e for e in fit.estimates if e.quantity not in ("D", "N", "E(N)", "esa")])
    for e in shown:
        label = ", ".join(x for x in (*_place(e), e.note) if x)
        parameters.append(
            (e.quantity, label, number(e.estimate), number(e.se), interval(e), _(e.unit) if e.unit else "")
        )
    ending = _("Log-likelihood {value:.3f}, {k} parameters, AIC {aic:.2f}, {n} animals.").format(
        value=fit.log_likelihood, k=fit.n_parameters, aic=fit.aic, n=fit.n_animals
    )
    full = float(fit.data["log_likelihood_full_data"])
    if fit.occasions_collapsed and any(s["occasions"] > 1 for s in fit.data["sessions"]):
        ending += " " + _(
            "Of the data summed over occasions; by occasion they are {value:.3f} and {aic:.2f}. "
            "Compare models by --compare, which takes the latter."
        ).format(value=full, aic=2 * fit.n_parameters - 2 * full)
    footnotes = [f"[{k}] {note}" for note, k in notes.items()]
    blocks = [aligned(numbers), "\n".join([aligned(parameters), *left_out])]
    if any(right.startswith("~") and right != "~1" for right in fit.model.values()):
        blocks.append(_coefficients(fit))
    return "\n\n".join([*blocks, "\n".join([ending, *footnotes])])


def _fewer(estimates: list[Estimate]) -> tuple[list[Estimate], list[str]]:
    """Return what of many values by covariate is printed - smallest, middle, largest - and what is said of the rest."""
    by_note: dict[str, list[Estimate]] = {}
    for e in estimates:
        if e.note:
            by_note.setdefault(e.quantity, []).append(e)
    many = {
        name: sorted(own, key=lambda e: e.estimate) for name, own in by_note.items() if len(own) > MOST_VALUES
    }
    kept = {id(own[at]) for own in many.values() for at in (0, len(own) // 2, -1)}
    shown = [e for e in estimates if not (e.note and e.quantity in many) or id(e) in kept]
    return shown, [
        _(
            "{parameter}: the smallest, a middle and the largest of {count} values; all are written by --out."
        ).format(parameter=name, count=len(own))
        for name, own in many.items()
    ]


def _coefficients(fit: Fit) -> str:
    """Return the coefficients on their links: what the formulas were about."""
    head = (_("coefficient"), _("estimate"), _("SE"), _("interval"), _("link"))
    rows = [
        (c.name, number(c.estimate), number(c.se), f"{number(c.lower)} – {number(c.upper)}", c.link)
        for c in fit.coefficients
    ]
    return aligned([head, *rows])


def _number(fit: Fit, D: Estimate) -> Estimate | None:
    """Return the realised number beside a density, or the expected one where there is no other."""
    found = {e.quantity: e for e in fit.estimates if _place(e) == _place(D)}
    return found.get("N", found.get("E(N)"))


def aligned(rows: list[tuple[str, ...]]) -> str:
    """Return rows as columns of equal width; columns that are empty below their head are left out."""
    keep = [c for c in range(len(rows[0])) if any(row[c] for row in rows[1:])]
    width = {c: max(columns_of(row[c]) for row in rows) for c in keep}
    return "\n".join(
        "  ".join(row[c] + " " * (width[c] - columns_of(row[c])) for c in keep).rstrip() for row in rows
    )


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each Chinese character."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def interval(e: Estimate) -> str:
    """Return "low – high", "" if there is none."""
    return f"{number(e.lower)} – {number(e.upper)}" if e.upper == e.upper else ""


def _place(e: Estimate) -> tuple[str, str, str]:
    return e.session, e.region, e.animal_class


def number(value: float) -> str:
    """Return four significant digits, "" for a number that is not there."""
    return "" if value != value else f"{value:.4g}"


def pairs(texts: list[str] | None) -> dict[str, str]:
    """Return name -> value from texts such as "a=b,c=d". Raises UsageError for one without "="."""
    out: dict[str, str] = {}
    for text in texts or []:
        for part in text.split(","):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise UsageError(_("{text!r}: expected NAME=VALUE.").format(text=part))
            out[name.strip()] = value.strip()
    return out


def values(texts: list[str] | None) -> dict[str, float]:
    """Return name -> number from texts such as "g0=0.25". Raises UsageError for what is no number."""
    out = {}
    for name, text in pairs(texts).items():
        try:
            out[name] = float(text)
        except ValueError:
            raise UsageError(
                _("{name}: expected a number, found {found!r}.").format(name=name, found=text)
            ) from None
    return out


def metres(unit: str) -> float:
    """Return metres per unit of coordinates. Raises UsageError for another unit than m or km."""
    known = {"m": 1.0, "km": 1000.0}
    if unit not in known:
        raise UsageError(_("Unit {unit!r}: expected m or km.").format(unit=unit))
    return known[unit]
