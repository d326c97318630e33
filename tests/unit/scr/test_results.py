"""Everything that is made of a fit: intervals, regions, comparisons, simulation, posterior."""

from dataclasses import replace

import numpy as np
import pytest

from pardus.model.capture import Detectors, capture_history
from pardus.model.errors import ParameterError
from pardus.model.mask import Mask
from pardus.scr.bootstrap import STATISTICS, bootstrap, goodness_of_fit, simulate_from
from pardus.scr.compare import aic_table, averaged, likelihood_ratio, score_test
from pardus.scr.design import make_design
from pardus.scr.fit import FittedModel, data_hash, fit_model
from pardus.scr.likelihood import Likelihood
from pardus.scr.plain import PlainEngine
from pardus.scr.posterior import Normal, posterior
from pardus.scr.profile import profile_interval
from pardus.scr.repeated import RepeatedLikelihood, fit_repeated, without_singletons
from pardus.scr.simulate import simulate
from pardus.scr.spec import model_spec
from pardus.scr.start import starting_values
from pardus.scr.surfaces import Surfaces
from tests.unit.scr.survey import grid, simulated

HISTORY, PLAIN_MASK = simulated(11, grid(5, 2500.0, 5), N=60, spacing=1500.0)
HALF = (PLAIN_MASK.xy[:, 0] < np.median(PLAIN_MASK.xy[:, 0])).astype(float)
MASK = Mask(
    PLAIN_MASK.xy,
    PLAIN_MASK.cell_area,
    PLAIN_MASK.spacing,
    {"slope": PLAIN_MASK.xy[:, 0] / 1e4},
    {"west": HALF, "east": 1 - HALF},
)


def fitted(model: str = "", **options) -> FittedModel:
    return fit_model(HISTORY, MASK, model_spec(model, **options))


@pytest.fixture(scope="module")
def plain() -> FittedModel:
    return fitted()


def test_realised_number_in_a_region_is_that_of_brute_force_quadrature(plain):
    assert plain.design is not None
    assert plain.optimum is not None
    D, lambda0, sigma = np.exp(plain.optimum.theta)
    y = HISTORY.dense().sum(axis=1)
    inside, undetected = 0.0, 0.0
    posterior = np.zeros((HISTORY.n_animals, len(MASK)))
    for m, centre in enumerate(MASK.xy):
        d2 = ((HISTORY.detectors.xy - centre) ** 2).sum(axis=1)
        rate = lambda0 * np.exp(-d2 / (2 * sigma**2)) * HISTORY.detectors.usage.sum(axis=1)
        posterior[:, m] = np.prod(np.exp(-rate) * rate**y, axis=1)
        undetected += HALF[m] * D * MASK.cell_area * np.exp(-rate.sum())
    for i in range(HISTORY.n_animals):
        inside += posterior[i] @ HALF / posterior[i].sum()
    west = plain.fit.estimate("N", "1", "west")
    assert west.estimate == pytest.approx(inside + undetected, rel=1e-8)


def test_regions_that_make_up_the_mask_add_up_to_it(plain):
    for quantity in ("E(N)", "N"):
        parts = [plain.fit.estimate(quantity, "1", r).estimate for r in ("west", "east")]
        assert sum(parts) == pytest.approx(plain.fit.estimate(quantity, "1").estimate, rel=1e-9)


def test_realised_number_of_the_mask_is_n_plus_the_undetected(plain):
    assert plain.design is not None
    assert plain.optimum is not None
    missed = Surfaces(plain.design).missed(plain.optimum.theta)[0][0]
    D = np.exp(plain.optimum.theta[0])
    expected = HISTORY.n_animals + (D * MASK.cell_area * missed).sum()
    N = plain.fit.estimate("N", "1")
    assert N.estimate == pytest.approx(expected)
    assert N.lower >= HISTORY.n_animals


def test_full_and_conditional_likelihood_give_the_same_density(plain):
    conditional = fitted(conditional=True)
    for quantity in ("D", "E(N)", "N"):
        ours, theirs = plain.fit.estimate(quantity, "1"), conditional.fit.estimate(quantity, "1")
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-6)
        assert ours.se == pytest.approx(theirs.se, rel=0.05)
    relative, full = fitted("D~slope", conditional=True), fitted("D~slope")
    for region in ("", "west", "east"):
        for quantity in ("E(N)", "N"):
            ours = full.fit.estimate(quantity, "1", region)
            theirs = relative.fit.estimate(quantity, "1", region)
            assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-5)
            assert ours.se == pytest.approx(theirs.se, rel=0.05)


def test_the_prediction_variance_under_the_conditional_likelihood_adds_up_term_by_term():
    found = fitted(conditional=True)
    assert found.optimum is not None
    lambda0, sigma = np.exp(found.optimum.theta)
    y = HISTORY.dense().sum(axis=1)

    def parts(lambda0, sigma):
        d2 = ((HISTORY.detectors.xy[:, None] - MASK.xy[None]) ** 2).sum(axis=2)
        rate = lambda0 * np.exp(-d2 / (2 * sigma**2)) * HISTORY.detectors.usage.sum(axis=1)[:, None]
        missed = np.exp(-rate.sum(axis=0))
        chance = np.exp(y @ np.log(rate) - rate.sum(axis=0))
        inside = (chance @ HALF) / chance.sum(axis=1)
        unseen = (missed @ HALF) / (1 - missed).sum()
        return inside, unseen

    inside, unseen = parts(lambda0, sigma)
    n = len(inside)
    slope = np.array(
        [
            (sum_of(parts(lambda0 * up, sigma * wide)) - sum_of(parts(lambda0 / up, sigma / wide))) / 2e-4
            for up, wide in ((np.exp(1e-4), 1.0), (1.0, np.exp(1e-4)))
        ]
    )
    variance = slope @ found.optimum.vcov @ slope + n * (unseen + unseen**2) + (inside * (1 - inside)).sum()
    west = found.fit.estimate("N", "1", "west")
    assert west.estimate == pytest.approx(inside.sum() + n * unseen, rel=1e-8)
    assert west.se == pytest.approx(np.sqrt(variance), rel=1e-5)


def sum_of(parts):
    inside, unseen = parts
    return inside.sum() + len(inside) * unseen


def test_each_sex_has_the_prediction_variance_of_its_own_number():
    found = fitted("D~g", groups="sex").fit
    for sex in ("F", "M"):
        expected, realised = (found.estimate(q, "1", "", sex) for q in ("E(N)", "N"))
        assert realised.se == pytest.approx(np.sqrt(expected.se**2 - expected.estimate), rel=1e-9)


def test_effort_in_other_units_leaves_density_alone(plain):
    d = HISTORY.detectors
    tenth = replace(HISTORY, detectors=replace(d, usage=d.usage / 10))
    again = fit_model(tenth, MASK, model_spec()).fit
    assert again.estimate("D", "1").estimate == pytest.approx(plain.fit.estimate("D", "1").estimate, rel=1e-7)
    ratio = again.estimate("lambda0").estimate / plain.fit.estimate("lambda0").estimate
    assert ratio == pytest.approx(10, rel=1e-6)


def test_the_unit_of_a_covariate_changes_only_its_coefficient():
    metres = Mask(
        MASK.xy, MASK.cell_area, MASK.spacing, {"slope": MASK.covariates["slope"] * 1e4}, MASK.regions
    )
    km, m = fitted("D~slope"), fit_model(HISTORY, metres, model_spec("D~slope"))
    assert m.fit.log_likelihood == pytest.approx(km.fit.log_likelihood, abs=1e-7)
    assert m.fit.coefficients[1].estimate * 1e4 == pytest.approx(km.fit.coefficients[1].estimate, rel=1e-4)


def test_numbers_by_group_add_up_to_the_total():
    groups = fitted("D~g", groups="sex").fit
    both = [groups.estimate("E(N)", "1", "", sex).estimate for sex in ("F", "M")]
    assert sum(both) == pytest.approx(fitted().fit.estimate("E(N)", "1").estimate, rel=1e-6)


def test_a_profile_interval_is_near_the_wald_interval_and_holds_the_estimate(plain):
    low, high = profile_interval(plain, "D")
    wald = plain.fit.coefficients[0]
    assert low < wald.estimate < high
    assert low == pytest.approx(wald.lower, abs=0.3 * wald.se)
    assert high == pytest.approx(wald.upper, abs=0.3 * wald.se)
    with pytest.raises(ParameterError, match="nothing"):
        profile_interval(plain, "nothing")


def test_the_profile_falls_by_half_a_chi_square_at_its_ends(plain):
    assert plain.optimum is not None
    low, _high = profile_interval(plain, "sigma")
    held = fitted(fixed={"sigma": float(np.exp(low))})
    assert held.optimum is not None
    assert 2 * (plain.optimum.value - held.optimum.value) == pytest.approx(3.8415, abs=1e-3)


def test_aic_compares_models_that_collapse_occasions_and_models_that_do_not(plain):
    models = {"null": plain.fit, "bk": fitted("lambda0~bk").fit}
    table = aic_table(models)
    assert {r.name for r in table} == {"null", "bk"}
    assert table[0].delta == 0
    assert sum(r.weight for r in table) == pytest.approx(1)
    gain = 2 * abs(table[0].log_likelihood - table[1].log_likelihood)
    assert gain < 10  # nested by one coefficient: not off by a constant of the data


def test_the_average_lies_between_the_models(plain):
    models = {"null": plain.fit, "slope": fitted("D~slope").fit}
    mean = next(e for e in averaged(models) if e.quantity == "N" and not e.region)
    values = [f.estimate("N", "1").estimate for f in models.values()]
    assert min(values) - 1e-9 <= mean.estimate <= max(values) + 1e-9
    assert mean.se > 0


def test_models_of_other_data_are_not_compared(plain):
    other, mask = simulated(12, grid(5, 2500.0, 5), spacing=2500.0)
    with pytest.raises(ParameterError, match="same data"):
        aic_table({"one": plain.fit, "other": fit_model(other, mask, model_spec()).fit})
    with pytest.raises(ParameterError, match="conditional"):
        aic_table({"one": plain.fit, "other": fitted(conditional=True).fit})


def test_score_and_likelihood_ratio_tests_agree_for_a_small_effect(plain):
    larger = fitted("D~slope")
    ratio = likelihood_ratio(plain.fit, larger.fit)
    score = score_test(plain, {"D": "slope"})
    assert (ratio.degrees, score.degrees) == (1, 1)
    assert score.statistic == pytest.approx(ratio.statistic, rel=0.3, abs=0.3)
    with pytest.raises(ParameterError):
        likelihood_ratio(larger.fit, plain.fit)


@pytest.mark.parametrize("kind", ["count", "proximity", "multi"])
@pytest.mark.parametrize("model", ["", "lambda0~bk", "lambda0~h2"])
def test_a_simulation_has_the_number_of_animals_that_the_model_expects(kind, model):
    history, mask = simulated(21, grid(4, 2500.0, 4), N=60, kind=kind, spacing=2500.0)
    design = make_design([history], [mask], model_spec(model))
    theta = starting_values(design)
    expected = Likelihood(design, PlainEngine()).sessions(theta)[0].expected.sum()
    rng = np.random.default_rng(3)
    counts = [simulate(design, theta, rng)[0].n_animals for _i in range(150)]
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / 150))


def test_simulated_data_come_back_as_histories_that_can_be_fitted(plain):
    sets = simulate_from(plain, seed=5, times=2)
    assert len(sets) == 2
    again = fit_model(sets[0], MASK, model_spec())
    assert again.fit.status in ("ok", "doubtful")
    assert simulate_from(plain, seed=5)[0][0].dense().tolist() == sets[0][0].dense().tolist()


def test_data_from_the_model_pass_its_goodness_of_fit_checks(plain):
    checks = goodness_of_fit(plain, times=60, seed=2)
    assert [c.statistic for c in checks] == list(STATISTICS)
    assert sum(c.p < 0.05 for c in checks) <= 2


def test_data_that_are_not_from_the_model_fail_a_check():
    # half of the animals are seen by one camera only, as if their pictures were misread
    dense = HISTORY.dense()
    rng = np.random.default_rng(1)
    busy = dense.sum(axis=(0, 1)).argmax()
    ghosts = np.zeros((25, *dense.shape[1:]), dtype=np.int64)
    ghosts[np.arange(25), rng.integers(0, dense.shape[1], 25), busy] = 1
    spoilt = capture_history(
        "1",
        tuple(f"g{i}" for i in range(len(dense) + 25)),
        HISTORY.detectors,
        np.concatenate((dense, ghosts)),
        "count",
    )
    checks = {
        c.statistic: c for c in goodness_of_fit(fit_model(spoilt, MASK, model_spec()), times=60, seed=2)
    }
    assert checks["freeman_tukey_detectors"].p < 0.05


def test_the_bootstrap_spread_is_near_the_standard_error(plain):
    found = bootstrap(plain, times=30, seed=4)
    at = found.names.index("N 1")
    assert found.failed <= 1
    low, high = found.interval()[at]
    estimate = plain.fit.estimate("N", "1").estimate
    assert low < estimate < high
    assert found.estimates[at] == estimate
    assert found.corrected()[at] == pytest.approx(2 * estimate - found.values[:, at].mean())
    sigma = found.names.index("sigma (log)")
    assert found.estimates[sigma] == plain.fit.coefficients[2].estimate
    assert abs(found.bias()[sigma]) < plain.fit.coefficients[2].se


def test_the_posterior_is_near_the_likelihood_under_weak_priors(plain):
    found = posterior(plain, seed=1, draws=400)
    assert found.effective > 200
    sigma = plain.fit.coefficients[2]
    assert found.draws["sigma"].mean() == pytest.approx(sigma.estimate, abs=0.5 * sigma.se)
    assert found.draws["sigma"].std() == pytest.approx(sigma.se, rel=0.3)
    assert (found.draws["N 1"] >= HISTORY.n_animals).all()
    assert found.arrays()["D"].shape == (1, 400)


def test_where_the_number_is_fixed_the_posterior_of_n_is_that_of_the_parameter():
    found = posterior(fitted(distribution="binomial"), seed=1, draws=200)
    np.testing.assert_array_equal(found.draws["N 1"], found.draws["E(N) 1"])


def test_the_hash_of_the_data_knows_everything_that_the_likelihood_sees():
    gone = np.full(HISTORY.n_animals, -1)
    gone[0] = HISTORY.n_occasions - 1
    others = (replace(HISTORY, session_covariates={"snow": 1.0}), replace(HISTORY, removed=gone))
    assert len({data_hash([h], [MASK]) for h in (HISTORY, *others)}) == 3


def test_a_strong_prior_pulls_the_posterior(plain):
    sigma = plain.fit.coefficients[2]
    pulled = posterior(plain, seed=1, draws=300, priors={"sigma": Normal(sigma.estimate + 0.5, 0.02)})
    assert pulled.draws["sigma"].mean() > sigma.estimate + 0.2


@pytest.mark.parametrize("kind", ["count", "proximity"])
def test_the_gradient_of_scr_2_is_that_of_differences(kind):
    history, mask = simulated(31, grid(4, 2500.0, 4), kind=kind, spacing=2500.0)
    design = make_design([without_singletons(history)], [mask], model_spec("lambda0~h2"))
    likelihood = RepeatedLikelihood(design)
    theta = starting_values(design) + 0.1
    gradient = likelihood.value_and_gradient(theta)[1]
    for j in range(len(theta)):
        e = np.zeros(len(theta))
        e[j] = 1e-5
        difference = (likelihood.value(theta + e) - likelihood.value(theta - e)) / 2e-5
        assert gradient[j] == pytest.approx(difference, rel=1e-5, abs=1e-4)


def test_scr_2_is_not_moved_by_ghosts_that_were_seen_once():
    dense = HISTORY.dense()
    rng = np.random.default_rng(1)
    ghosts = np.zeros((15, *dense.shape[1:]), dtype=np.int64)
    ghosts[np.arange(15), rng.integers(0, dense.shape[1], 15), rng.integers(0, dense.shape[2], 15)] = 1
    ids = tuple(f"g{i}" for i in range(len(dense) + 15))
    spoilt = capture_history("1", ids, HISTORY.detectors, np.concatenate((dense, ghosts)), "count")
    clean = fit_repeated([HISTORY], [MASK], model_spec())
    ghosted = fit_repeated([spoilt], [MASK], model_spec())
    assert ghosted.optimum.theta == pytest.approx(clean.optimum.theta, abs=1e-5)
    assert ghosted.singletons > clean.singletons


def test_the_order_of_detectors_and_occasions_changes_nothing(plain):
    rng = np.random.default_rng(8)
    d, y = HISTORY.detectors, HISTORY.dense()
    j, k = rng.permutation(len(d.ids)), rng.permutation(HISTORY.n_occasions)
    turned = Detectors(tuple(d.ids[i] for i in j), d.xy[j].copy(), d.usage[np.ix_(j, k)].copy())
    again = fit_model(
        capture_history("1", HISTORY.animals, turned, y[:, k][:, :, j], "count"), MASK, model_spec()
    ).fit
    assert again.log_likelihood == pytest.approx(plain.fit.log_likelihood, abs=1e-8)
    assert again.estimate("D", "1").estimate == pytest.approx(plain.fit.estimate("D", "1").estimate, rel=1e-6)


def test_density_may_differ_between_regions():
    found = fitted("D~west").fit
    assert [c.name for c in found.coefficients] == ["D", "D.west", "lambda0", "sigma"]
    ratio = found.estimate("D", "1", "west").estimate / found.estimate("D", "1", "east").estimate
    assert ratio == pytest.approx(np.exp(found.coefficients[1].estimate), rel=1e-6)
