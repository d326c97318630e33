"""Recovery of z by the bootstrap: is the corrected estimate, on average, within a fifth of a standard error?

    python -m tests.recovery.corrected --family "HR, proximity" --surveys 100 --refits 30

The maximum-likelihood estimate of z is skewed: over surveys of 40 animals its mean is 0.2 to 0.3 SE above the truth.
Prints the bias of the estimate and of the corrected one, in units of the mean SE, after every tenth survey.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from zlib import crc32

import numpy as np

from pardus.scr.bootstrap import bootstrap
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.fit import fit_model
from pardus.scr.spec import model_spec
from tests.recovery.families import FAMILIES, cameras, habitat, survey, truths

SEED = 777


def one(name: str, refits: int, number: int) -> tuple[float, float, float, float]:
    """Simulate a survey, fit and refit. Return z as estimated, as corrected, its SE and the truth, on the log scale."""
    family = next(f for f in FAMILIES if f.name == name)
    detectors, mask = cameras(np.random.default_rng(1)), habitat(family.cell, family.buffer)
    rng = np.random.default_rng((SEED, number, crc32(name.encode())))
    made = survey(family, detectors, mask, rng, False)
    spec = model_spec(family.model, family.detectfn, **family.options)
    fitted = fit_model(made.histories, mask, spec, CompiledEngine(threads=1), profile=False)
    (z,) = (c for c in fitted.fit.coefficients if c.name == "z")
    found = bootstrap(fitted, refits, number)
    corrected = float(found.corrected()[found.names.index(f"z ({z.link})")])
    return z.estimate, corrected, z.se, truths(family, ("z",))["z"]


def main() -> None:
    """Run the surveys and print what they come to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", default="HR, proximity")
    parser.add_argument("--surveys", type=int, default=100)
    parser.add_argument("--refits", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rows = []
    with ProcessPoolExecutor(options.workers) as pool:
        for row in pool.map(partial(one, options.family, options.refits), range(options.surveys)):
            if np.isfinite(row[2]):  # at the end of its range: no estimate of it is given
                rows.append(row)
            if rows and len(rows) % 10 == 0:
                estimate, corrected, se, truth = np.array(rows).T
                unit = se.mean()
                for label, values in (("estimate", estimate), ("corrected", corrected)):
                    off = (values - truth) / unit
                    error = off.std(ddof=1) / np.sqrt(len(off))
                    print(len(rows), label, f"{off.mean():+.3f} SE (+- {error:.3f})", flush=True)


if __name__ == "__main__":
    main()
