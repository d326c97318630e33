"""The numbers of secr 5.5.0 on real and simulated surveys (reference folder, schema scr-reference-1)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pardus.app.tables import TableOptions, read_histories, read_masks
from pardus.model.capture import Detectors, capture_history
from pardus.scr.fit import fit_model
from pardus.scr.spec import model_spec

CASES = [
    ("kruger_leopard_prox", "hhn", {}),
    ("kruger_leopard_prox", "hn", {"detectfn": "HN"}),
    ("kruger_leopard_count", "hhn_poisson", {}),
    ("sim_border_prox", "hhn", {}),
]


def case(shared: Path, name: str):
    folder = shared / "data" / name
    about = json.loads((folder / "metadata.json").read_text())
    usage = folder / "usage.csv"
    options = TableOptions(kind=about["detector_type"][0], occasions=about["n_occasions"])
    histories = read_histories(
        folder / "traps.csv", folder / "captures.csv", usage if usage.exists() else None, options
    )
    masks = read_masks(
        folder / "mask.csv", [h.session for h in histories], cell_area=about["mask"]["cell_area_ha"]
    )
    return histories, masks


@pytest.mark.parametrize(("name", "model", "options"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_log_likelihood_density_and_standard_errors_are_those_of_secr(shared, name, model, options):
    reference = json.loads((shared / "reference" / f"{name}__{model}.json").read_text())
    fitted = fit_model(*case(shared, name), model_spec(**options)).fit
    assert fitted.status == "ok"
    assert fitted.log_likelihood == pytest.approx(reference["fit"]["logLik"], abs=1e-4)
    for coefficient, theirs in zip(fitted.coefficients, reference["beta"], strict=True):
        assert coefficient.name == theirs["name"]
        assert abs(coefficient.estimate - theirs["estimate"]) < 1e-3 * theirs["SE"]
        assert coefficient.se == pytest.approx(theirs["SE"], rel=0.01)
    D = next(e for e in fitted.estimates if e.quantity == "D")
    real = next(r for r in reference["real"] if r["parameter"] == "D")
    assert D.estimate / 10_000 == pytest.approx(real["estimate"], rel=1e-3)
    assert D.se / 10_000 == pytest.approx(real["SE.estimate"], rel=1e-3)
    rows = {r["parameter"]: r for r in reference["regionN"][0]["rows"]}
    for quantity, theirs in (("E(N)", rows["E.N"]), ("N", rows["R.N"])):
        ours = next(e for e in fitted.estimates if e.quantity == quantity)
        assert ours.estimate == pytest.approx(theirs["estimate"], rel=1e-3)
        assert ours.se == pytest.approx(theirs["SE.estimate"], rel=1e-3)


def test_density_of_each_leopard_site_is_n_over_its_effective_area(shared):
    folder = shared / "data" / "leopards_sa27"
    histories = read_histories(
        folder / "traps.csv", folder / "captures.csv", folder / "usage.csv", TableOptions(kind="count")
    )
    masks = read_masks(folder / "mask.csv.gz", [h.session for h in histories])
    fitted = fit_model(histories, masks, model_spec("D~session")).fit
    assert len(histories) == 27
    for history in histories:
        D, esa = (fitted.estimate(q, history.session).estimate for q in ("D", "esa"))
        assert pytest.approx(100 * history.n_animals / esa, rel=1e-5) == D
    nobody = [h.session for h in histories if not h.n_animals]
    assert len(nobody) == 2
    for session in nobody:
        D = fitted.estimate("D", session)
        assert (D.estimate, D.lower) == (0, 0)
        assert D.upper > 0
        assert D.note


@pytest.mark.parametrize("days", [5, 10])
def test_occasion_length_does_not_matter_on_the_jaguars(shared, days):
    counts = [_jaguars(shared, d, "count") for d in (1, days)]
    for daily, longer in zip(counts[0].coefficients, counts[1].coefficients, strict=True):
        assert longer.estimate == pytest.approx(daily.estimate, abs=1e-6)
        assert longer.se == pytest.approx(daily.se, rel=1e-5)
    binary = [_jaguars(shared, d, "proximity") for d in (1, days)]
    daily, longer = (f.estimate("D", session="1") for f in binary)
    assert abs(daily.estimate - longer.estimate) < 0.2 * daily.se


def _jaguars(shared: Path, days: int, kind: str):
    folder = shared / "data" / "cockscomb_jaguars_continuous_time"
    traps, caught = pd.read_csv(folder / "traps.csv"), pd.read_csv(folder / "captures.csv")
    day = (caught["time"] // 24).astype(int)
    occasions = -(-90 // days)
    usage = np.full((len(traps), occasions), float(days))
    who = sorted(caught["id"].unique())
    dense = np.zeros((len(who), occasions, len(traps)), dtype=np.int64)
    names = list(traps["trap"])  # the captures' trap_index holds the trap's name: there is a 20 and no 14
    at = np.array([names.index(t) for t in caught["trap_index"]])
    np.add.at(dense, (np.searchsorted(who, caught["id"]), (day // days).to_numpy(), at), 1)
    if kind == "proximity":
        dense = np.minimum(dense, 1)
    detectors = Detectors(tuple(traps["trap"].astype(str)), traps[["x", "y"]].to_numpy(float), usage)
    history = capture_history("1", tuple(str(w) for w in who), detectors, dense, kind)
    mask = read_masks(folder / "mask.csv", ["1"])
    return fit_model(history, mask, model_spec()).fit
