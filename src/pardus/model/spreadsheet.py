"""Cells of tables that people open in a spreadsheet, which takes what begins with a sign for a formula."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"[=@\t\r]|[+\-](?![\d.,:eE+\-]*$)")
"""A formula begins so; "-1.5", "+10:00" and a lone dash are none."""


def harmless(cell: object) -> object:
    """Return a cell so that no spreadsheet computes it: text that would be a formula gets an apostrophe before it.

    Only for tables that people read. What programs exchange stays as it is, to the byte.
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
