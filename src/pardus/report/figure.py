"""How every figure looks: one style, the same bytes for the same data, readable by colour-blind people."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from pardus.report.fonts import CHINESE, LATIN, known_to_matplotlib
from pardus.report.numbers import decimal_sign, visible

INK, QUIET, ACCENT, WARN, SOFT = "#1d2327", "#6b747b", "#a8480b", "#b0213a", "#e9e4dc"
SERIES = ("#0b5c8a", "#a8480b", "#2f7d4f", "#8a5aa6", "#b08900", "#4d5960")

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pardus",
    "font.family": ["sans-serif"],
    "font.sans-serif": [LATIN, CHINESE, "DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,  # a name may hold "$"
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "text.color": INK,
    "legend.frameon": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw within a `with` block in the house's style."""
    known_to_matplotlib()
    with matplotlib.rc_context(_STYLE):
        yield


class _Local(ScalarFormatter):  # type: ignore[misc,unused-ignore]
    """Numbers of an axis with the decimal sign of the language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick."""
        return str(super().__call__(x, pos)).replace(".", decimal_sign())


def to_svg(figure: Figure) -> str:
    """Return the figure as an <svg> element without date or program name, ready to stand in a page."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(_Local())
    buffer = io.StringIO()
    with styled(), warnings.catch_warnings():
        # Text stays text in the SVG, so a glyph that this machine's fonts lack is drawn by the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", facecolor="none", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return visible(re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL))
