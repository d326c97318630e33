"""One HTML page of `pardus bench identify`: figures as tables and two plots."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from pardus.model.language import _, current_language
from pardus.report.environment import templates_of
from pardus.report.figure import QUIET, SERIES, styled, to_svg

BLUE, ORANGE, GREEN = SERIES[:3]
GREY = QUIET


def render_bench(name: str, found: dict[str, Any]) -> str:
    """Return the page as HTML text in the current language; the same bytes for the same figures."""
    environment = templates_of("pardus.report")
    calibration, decisions = found["calibration"], found["decisions"]
    return environment.get_template("bench.html.j2").render(
        name=name,
        found=found,
        language=current_language(),
        css=Markup(files("pardus.report").joinpath("templates/report.css").read_text(encoding="utf-8")),
        reliability=Markup(_drawn(reliability_plot, calibration)) if "bins" in calibration else "",
        curve=Markup(_drawn(decision_plot, decisions)) if "curve" in decisions else "",
    )


def reliability_plot(calibration: dict[str, Any]) -> str:
    """Return stated against true probability as SVG, with exact intervals; bins of fewer than 50 pairs are hollow."""
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for b in calibration["bins"]:
        low, high = b["interval"]
        axes.plot([b["stated"]] * 2, [low, high], color=BLUE, linewidth=1)
        axes.plot(
            b["stated"],
            b["true"],
            "o",
            color=BLUE,
            markersize=6,
            markerfacecolor="white" if b["holds"] is None else BLUE,
        )
    axes.set(
        xlabel=_("stated probability"),
        ylabel=_("share that was the same animal"),
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
    )
    return to_svg(figure)


def decision_plot(decisions: dict[str, Any]) -> str:
    """Return pairwise recall and number of individuals against decisions, as SVG."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    lines = [
        ("p_ordered", _("in order of probability, perfect observer"), GREY, "-"),
        ("perfect", _("our queue, perfect observer"), BLUE, "-"),
        ("0.03", _("our queue, 3 % errors"), GREEN, "--"),
        ("0.125", _("our queue, 12.5 % errors"), ORANGE, ":"),
    ]
    for key, label, colour, style in lines:
        curve = decisions["curve"][key]
        x = [0, *(point[0] for point in curve)]
        left.plot(x, [0, *(p[2] for p in curve)], color=colour, linestyle=style, label=label)
        right.plot(x, [decisions["events"], *(p[3] for p in curve)], color=colour, linestyle=style)
    right.axhline(decisions["animals"], color=GREY, linewidth=0.8)
    left.set(xlabel=_("decisions"), ylabel=_("pairs of one animal that were joined"), ylim=(0, 1.02))
    right.set(xlabel=_("decisions"), ylabel=_("individuals in the catalogue"))
    left.legend(frameon=False, fontsize=8, loc="lower right")
    return to_svg(figure)


def _drawn(plot: Callable[[dict[str, Any]], str], data: dict[str, Any]) -> str:
    with styled():
        return plot(data)
