"""Capture histories to density and abundance by spatial capture-recapture.

`scr.fit(history, mask, model="D~forest")` is the way in; `scr.fit_model` gives what the other functions go on from.
"""

from pardus.scr.bootstrap import bootstrap, goodness_of_fit, simulate_from
from pardus.scr.compare import aic_table, averaged, likelihood_ratio, score_test
from pardus.scr.fit import FittedModel, fit, fit_model
from pardus.scr.mask import around, within
from pardus.scr.posterior import posterior
from pardus.scr.predict import cell_table, detection_curves, predict
from pardus.scr.profile import profile_interval
from pardus.scr.repeated import fit_repeated
from pardus.scr.spec import ModelSpec, model_spec

__all__ = [
    "FittedModel",
    "ModelSpec",
    "aic_table",
    "around",
    "averaged",
    "bootstrap",
    "cell_table",
    "detection_curves",
    "fit",
    "fit_model",
    "fit_repeated",
    "goodness_of_fit",
    "likelihood_ratio",
    "model_spec",
    "posterior",
    "predict",
    "profile_interval",
    "score_test",
    "simulate_from",
    "within",
]
