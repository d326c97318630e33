"""Weak data: the reason in words, and no number that pretends."""

from dataclasses import replace

import numpy as np
import pytest

from pardus.model.capture import Detectors, capture_history
from pardus.model.errors import HistoryError, MaskError, ParameterError
from pardus.model.mask import Mask
from pardus.scr.fit import fit, fit_model
from pardus.scr.mask import around
from pardus.scr.optimise import Optimum
from pardus.scr.spec import model_spec
from tests.unit.scr.survey import grid, simulated


def history(
    records: list[tuple[int, int, int]], detectors: Detectors | None = None, session: str = "1", **more
):
    """Records: (animal, occasion, detector)."""
    detectors = detectors or grid(3, 2000.0, 4)
    n = max((r[0] for r in records), default=-1) + 1
    dense = np.zeros((n, detectors.usage.shape[1], len(detectors.ids)), dtype=np.int64)
    for record in records:
        dense[record] += 1
    return capture_history(session, tuple(f"a{i}" for i in range(n)), detectors, dense, "count", **more)


def mask_of(h, buffer=10_000.0, spacing=1000.0) -> Mask:
    return around(h.detectors.xy, buffer, spacing)


def far(detector: int, n: int) -> list[tuple[int, int, int]]:
    return [(i, k, (detector + 2 * i) % 9) for i in range(n) for k in (0, 1)]


SILENT = {
    "no-animals": [],
    "one-animal": [(0, 0, 0), (0, 1, 1), (0, 2, 0)],
    "no-recaptures": [(0, 0, 0), (1, 0, 4), (2, 1, 8)],
    "no-spatial-recaptures": far(0, 4),
}


@pytest.mark.parametrize("code", SILENT)
def test_data_that_cannot_say_give_the_reason_and_no_number(code):
    h = history(SILENT[code])
    found = fit(h, mask_of(h))
    assert found.status == "cannot-say"
    assert [w.code for w in found.warnings] == [code]
    assert found.reason
    assert found.coefficients == ()
    assert all(np.isnan(e.estimate) for e in found.estimates)
    assert found.to_json()["log_likelihood"] is None


def test_one_detector_cannot_say():
    one = Detectors(("S",), np.zeros((1, 2)), np.ones((1, 4)))
    h = history([(0, 0, 0), (0, 1, 0), (1, 0, 0)], one)
    found = fit(h, mask_of(h))
    assert (found.status, found.warnings[0].code) == ("cannot-say", "one-detector")


def test_no_effort_at_all_cannot_say():
    d = grid(3, 2000.0, 4)
    h = history([], Detectors(d.ids, d.xy, np.zeros_like(d.usage)))
    assert fit(h, mask_of(h)).warnings[0].code == "no-effort"


def test_movements_beyond_the_array_cannot_say():
    # every animal is seen at opposite corners as often as anywhere: sigma runs off
    h = history([(i, k, (3 * i + 4 * k) % 9) for i in range(6) for k in range(4)], grid(3, 300.0, 4))
    found = fit(h, mask_of(h, 30_000.0, 1000.0))
    assert found.status == "cannot-say"
    assert {w.code for w in found.warnings} & {"sigma-at-bound", "flat-likelihood"}


def test_few_animals_and_few_spatial_recaptures_are_doubtful():
    h = history([(0, 0, 0), (0, 1, 1), (1, 0, 4), (1, 2, 5), (2, 0, 8)])
    found = fit(h, mask_of(h))
    assert found.status == "doubtful"
    assert {"few-animals", "few-spatial-recaptures"} <= {w.code for w in found.warnings}
    assert np.isfinite(found.estimate("D", "1").estimate)


def test_a_mask_that_ends_too_near_is_said_with_the_buffer_that_is_needed():
    h, _mask = simulated(1)
    found = fit(h, around(h.detectors.xy, 3000.0, 1000.0))
    warning = next(w for w in found.warnings if w.code == "mask-too-small")
    assert found.status == "doubtful"
    assert "4 x sigma" in warning.remedy


def test_a_mask_that_is_too_coarse_is_said():
    h, _mask = simulated(1, sigma=2000.0)
    found = fit(h, around(h.detectors.xy, 12_000.0, 4000.0))
    assert "mask-too-coarse" in {w.code for w in found.warnings}


def test_an_exponential_tail_that_reaches_beyond_the_mask_is_doubted_and_the_remedy_helps():
    h, _mask = simulated(2, grid(6, 2500.0, 5), N=80)
    found = fit(h, mask_of(h, 5_500.0, 800.0), detectfn="HEX")
    sigma = next(e.estimate for e in found.estimates if e.quantity == "sigma")
    assert 4 * sigma < 5_500.0
    (warning,) = found.warnings
    assert warning.code == "mask-too-small"
    seen = float(warning.sentence.split("chance of ")[1].split(" %")[0])
    edge = mask_of(h, 5_500.0, 800.0).xy
    apart = np.hypot(*(edge[:, None] - h.detectors.xy[None]).transpose(2, 0, 1))
    lambda0 = next(e.estimate for e in found.estimates if e.quantity == "lambda0")
    H = (lambda0 * np.exp(-apart / sigma) * 5).sum(axis=1)
    outermost = apart.min(axis=1) > apart.min(axis=1).max() - 800.0
    assert seen == pytest.approx(100 * (1 - np.exp(-H[outermost])).mean(), abs=0.06)
    buffer = float(warning.remedy.split("buffer of ")[1].split(" m")[0])
    wider = fit(h, mask_of(h, buffer, 800.0), detectfn="HEX")
    assert wider.warnings == ()
    assert wider.estimate("D", "1").estimate < found.estimate("D", "1").estimate
    assert fit(h, mask_of(h, 7_500.0, 800.0)).warnings == ()  # half-normal: 4 sigma is enough


def test_a_hazard_rate_tail_without_an_end_is_no_matter_of_the_mask():
    h, _mask = simulated(2, grid(6, 2500.0, 5), N=80)
    found = fit(h, mask_of(h, 8_500.0, 1_000.0), detectfn="HHR", fixed={"z": 2.0})
    (warning,) = [w for w in found.warnings if w.code == "mask-too-small"]
    assert "no end that data could show" in warning.remedy


def test_a_session_where_nobody_was_seen_has_density_zero_with_a_bound():
    h, mask = simulated(2)
    empty = history([], grid(3, 2000.0, 5), session="2")
    found = fit([h, empty], [mask, mask_of(empty)], "D~session")
    D = found.estimate("D", "2")
    assert (D.estimate, D.lower) == (0.0, 0.0)
    assert D.upper == pytest.approx(3.689 / found.estimate("esa", "2").estimate * 100, rel=1e-3)
    assert D.note
    alone = fit(h, mask)
    assert found.estimate("sigma").estimate == pytest.approx(alone.estimate("sigma").estimate, rel=1e-6)


def test_a_session_where_nobody_was_seen_and_nothing_is_shared_has_no_bound():
    h, mask = simulated(2)
    empty = history([], grid(3, 2000.0, 5), session="2")
    found = fit([h, empty], [mask, mask_of(empty)], "D~session, lambda0~session, sigma~session")
    assert np.isnan(found.estimate("D", "2").estimate)
    assert "cannot be bounded" in found.estimate("D", "2").note


def test_a_session_that_rests_on_one_animal_says_so():
    h, mask = simulated(3)
    few = history([(0, 0, 0), (0, 1, 1)], grid(3, 2000.0, 5), session="2")
    found = fit([h, few], [mask, mask_of(few)], "D~session")
    assert "cannot be known" in found.estimate("D", "2").note
    assert "session-with-few-animals" in {w.code for w in found.warnings}


def test_a_session_that_shares_its_density_rests_on_the_animals_of_all():
    h, mask = simulated(3)
    few = history([(0, 0, 0), (0, 1, 1)], grid(3, 2000.0, 5), session="2")
    empty = history([], grid(3, 2000.0, 5), session="3")
    found = fit([h, few, empty], [mask, mask_of(few), mask_of(empty)], "D~1")
    assert [found.estimate("D", s).note for s in ("1", "2", "3")] == ["", "", ""]
    assert "session-with-few-animals" not in {w.code for w in found.warnings}
    alone = fit([h, few, empty], [mask, mask_of(few), mask_of(empty)], "D~session")
    assert "cannot be known" in alone.estimate("D", "2").note


def test_a_sex_of_which_few_are_known_is_said():
    h, mask = simulated(5)
    sex = np.full(h.n_animals, "F", dtype="U1")
    sex[:2] = "M"
    told = capture_history("1", h.animals, h.detectors, h.dense(), "count", {"sex": sex})
    found = fit(told, mask, "sigma~h2", hcov="sex")
    assert "class-with-few-animals" in {w.code for w in found.warnings}


def test_a_mask_elsewhere_is_refused_with_the_detectors_it_misses():
    h, _mask = simulated(1)
    away = around(h.detectors.xy + 500_000.0, 8000.0, 1000.0)
    with pytest.raises(MaskError) as caught:
        fit(h, away)
    assert len(caught.value.findings) == len(h.detectors.ids)


def test_a_missing_animal_covariate_is_refused_by_name():
    h, mask = simulated(4)
    sex = np.array(h.covariates["sex"], dtype="U1")
    sex[2] = ""
    broken = capture_history("1", h.animals, h.detectors, h.dense(), "count", {"sex": sex})
    with pytest.raises(HistoryError) as caught:
        fit_model(broken, mask, model_spec("sigma~sex", conditional=True))
    assert h.animals[2] in caught.value.findings[0].where


def test_a_variable_that_is_not_there_is_refused_by_name():
    h, mask = simulated(4)
    with pytest.raises(ParameterError, match="forest"):
        fit(h, mask, "D~forest")


def test_a_missing_mask_covariate_is_refused():
    h, mask = simulated(4)
    column = np.full(len(mask), 1.0)
    column[0] = np.nan
    with pytest.raises(ParameterError, match=r"forest \(1\)"):
        fit(h, Mask(mask.xy, mask.cell_area, mask.spacing, {"forest": column}), "D~forest")


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("lamda0~1", {}),
        ("D session", {}),
        ("g0~1", {"detectfn": "HHN"}),
        ("a0~1, lambda0~1", {}),
        ("", {"distribution": "negative"}),
        ("", {"fixed": {"sigma": -1.0}}),
        ("", {"detectfn": "XX"}),
    ],
)
def test_a_model_that_makes_no_sense_is_refused(model, options):
    h, mask = simulated(4)
    with pytest.raises(ParameterError):
        fit(h, mask, model, **options)


@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_information_that_has_no_inverse_gives_no_standard_errors(scale):
    H = -np.array([[4.0, 2.0, 0.0], [2.0, 1.0 + 1e-15, 0.0], [0.0, 0.0, 1.0]]) * scale
    found = Optimum(np.zeros(3), 0.0, np.zeros(3), H, 0.0, True, 1)
    assert np.isnan(found.vcov).all()
    units = np.diag([1.0, 1e8, 1e-8])  # parameters in other units are no trouble
    information = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]]) * scale
    vcov = Optimum(np.zeros(3), 0.0, np.zeros(3), -units @ information @ units, 0.0, True, 1).vcov
    np.testing.assert_allclose(units @ vcov @ units, np.linalg.inv(information), rtol=1e-8)


def test_what_cannot_be_told_apart_is_named():
    h, mask = simulated(2, N=40)
    across = h.detectors.xy[:, 0] / 1000
    cameras = replace(h.detectors, covariates={"u": across, "v": 2 * across + 1})
    found = fit(replace(h, detectors=cameras), mask, "lambda0~u+v")
    assert (found.status, found.warnings[0].code) == ("cannot-say", "flat-likelihood")
    assert "lambda0.u, lambda0.v" in found.reason
    assert "sigma" not in found.reason


def test_a_session_that_shares_nothing_has_no_bound_and_none_is_promised():
    h, mask = simulated(2)
    empty = history([], grid(3, 2000.0, 5), session="2")
    found = fit([h, empty], [mask, mask_of(empty)], "D~session, lambda0~session, sigma~session")
    (warning,) = found.warnings
    assert warning.code == "session-without-detection"
    assert "how many there may be cannot be said" in warning.sentence
    assert not np.isfinite(found.estimate("D", "2").upper)
