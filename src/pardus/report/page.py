"""One self-contained HTML page from a report's content: inline SVG, no scripts, the same bytes each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files

from babel.core import Locale
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pardus.app.content import Content
from pardus.model.clock import parse_zone
from pardus.model.errors import Finding
from pardus.model.fit import Estimate, Fit
from pardus.model.language import _, current_language, ngettext
from pardus.report.density_plot import density_plot
from pardus.report.figures import draw

_LOCALES = {"en": "en_GB", "ru": "ru_RU", "zh": "zh_Hans_CN"}


def render(content: Content) -> str:
    """Return the report as HTML text in the current language."""
    environment = _environment()
    drawn = {name: Markup(svg) for name, svg in draw(content).items()}
    fit = content.fits[0] if content.fits else None
    if fit is not None and len(densities(fit)) > 1:
        drawn["density"] = Markup(density_plot(densities(fit)))
    css = Markup(files("pardus.report").joinpath("templates/report.css").read_text(encoding="utf-8"))
    return environment.get_template("report.html.j2").render(
        c=content,
        figures=drawn,
        css=css,
        language=current_language(),
        densities=densities,
        by_quantity=by_quantity,
    )


def densities(fit: Fit) -> list[Estimate]:
    """Return the density of each session (or the one for all), regions apart."""
    return [e for e in by_quantity(fit, "D") if not e.region]


def by_quantity(fit: Fit, *quantities: str) -> list[Estimate]:
    """Return the estimates of these quantities, in their order."""
    return [e for e in fit.estimates if e.quantity in quantities]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pardus.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_, ngettext, newstyle=True)
    environment.tests["finite"] = math.isfinite
    environment.filters |= {
        "number": number,
        "interval": interval,
        "days": days,
        "day": day,
        "local": local,
        "name": name,
        "quantity": quantity,
        "unit": unit,
        "remarks": remarks,
    }
    return environment


@dataclass(frozen=True, slots=True)
class Remark:
    """Findings of one kind: the first one's words, how many there are, and where."""

    message: str
    remedy: str
    count: int
    where: tuple[str, ...]


def remarks(findings: Iterable[Finding]) -> list[Remark]:
    """Return findings grouped by code, the gravest and most frequent first."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    ordered = sorted(groups.items(), key=lambda g: (g[0][0] != "error", -len(g[1]), g[0][1]))
    return [
        Remark(found[0].message, found[0].remedy, len(found), tuple(f.where for f in found if f.where))
        for _key, found in ordered
    ]


def number(value: float | None, significant: int = 3) -> str:
    """Return a number for people: significant digits, the language's decimal sign, a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    locale = Locale.parse(_LOCALES[current_language()])
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(round(value, digits), format=pattern, locale=locale))


def days(value: float) -> str:
    """Return a number of days with at most one decimal."""
    locale = Locale.parse(_LOCALES[current_language()])
    return str(format_decimal(value, format="#,##0.#", locale=locale))


def interval(estimate: Estimate, significant: int = 3) -> str:
    """Return "low–high", an upper bound as "≤ high", or a dash."""
    if not math.isfinite(estimate.upper):
        return "–"
    if estimate.estimate == 0 or not math.isfinite(estimate.lower):
        return f"≤ {number(estimate.upper, significant)}"
    return f"{number(estimate.lower, significant)}–{number(estimate.upper, significant)}"


def day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Return the ISO day in a zone, or a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(parse_zone(zone)).date()
    return value.isoformat()


def local(value: datetime | None, zone: str = "UTC") -> str:
    """Return the ISO minute with its offset in a zone, or a dash."""
    return "–" if value is None else value.astimezone(parse_zone(zone)).isoformat(sep=" ", timespec="minutes")


def name(identifier: str, organisation: str = "") -> str:
    """Return an id without the organisation when it is the survey's own."""
    return identifier.removeprefix(f"{organisation}:") if organisation else identifier


def quantity(estimate: Estimate) -> str:
    """Return what a number is, in words."""
    words: dict[str, str] = {
        "D": _("density"),
        "E(N)": _("expected number of animals with their centre in the area"),
        "N": _("number of animals with their centre in the area at the time (realised)"),
        "lambda0": _("expected detections per unit of effort at the activity centre (lambda0)"),
        "g0": _("probability of detection at the activity centre (g0)"),
        "sigma": _("scale of movement (sigma)"),
        "z": _("shape of the detection curve (z)"),
        "esa": _("effective sampling area"),
    }
    return words.get(estimate.quantity, estimate.quantity)


def unit(estimate: Estimate) -> str:
    """Return the unit in the current language; units are written in English in the result itself."""
    return _(estimate.unit) if estimate.unit else ""
