"""A fit's estimates as a table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pardus.model.fit import Fit


def write_estimates(fit: Fit, path: Path) -> None:
    """Write every estimate as a row of a CSV, with the status and the reason of the fit in each."""
    rows = [{**asdict(e), "status": fit.status, "reason": fit.reason} for e in fit.estimates]
    pd.DataFrame(rows).to_csv(path, index=False)
