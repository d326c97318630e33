import numpy as np
import pytest
import shapely

from pardus.sim.landscape import Landscape, make_landscape
from pardus.sim.parameters import LandscapeParameters, Parameters, PartnerParameters, PopulationParameters
from pardus.sim.population import simulate_population

PARTNERS = Parameters().partners


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    return make_landscape(3, LandscapeParameters(), PARTNERS)


def test_the_landscape_has_its_area_and_each_partner_its_share(landscape: Landscape) -> None:
    assert landscape.mask.area / 100 == pytest.approx(8398)
    for partner in PARTNERS:
        assert landscape.mask.regions[partner.id].mean() == pytest.approx(partner.share, abs=0.01)
    assert (sum(landscape.mask.regions[p.id].astype(int) for p in PARTNERS) == 1).all()


def test_no_habitat_lies_in_the_sea(landscape: Landscape) -> None:
    assert not shapely.contains_xy(shapely.Polygon(landscape.sea), landscape.mask.xy).any()


def test_three_partners_lie_from_west_to_east() -> None:
    three = tuple(
        PartnerParameters(id=name, share=s, stations=1 / 3)
        for name, s in (("a", 0.2), ("b", 0.5), ("c", 0.3))
    )
    land = make_landscape(1, LandscapeParameters(area_km2=2000), three)
    middles = [land.mask.xy[land.mask.regions[p.id], 0].mean() for p in three]
    assert middles == sorted(middles)
    assert [round(float(land.mask.regions[p.id].mean()), 2) for p in three] == [0.2, 0.5, 0.3]


def test_the_first_year_has_exactly_n_independent_animals(landscape: Landscape) -> None:
    population = simulate_population(5, landscape, PopulationParameters(n=37, years=1))
    assert population.censuses[0].independent.sum() == 37


def test_survival_growth_and_sex_ratio_come_back_from_the_censuses(landscape: Landscape) -> None:
    p = PopulationParameters(n=300, years=4, survival=0.82, growth=1.05, female_share=0.6)
    alive = lived = now = then = females = n = 0
    for seed in range(5):
        population = simulate_population(seed, landscape, p)
        for before, after in zip(population.censuses[:-1], population.censuses[1:], strict=True):
            adults = before.animal[before.independent]
            alive += len(adults)
            lived += int(np.isin(adults, after.animal).sum())
            then += len(adults)
            now += int(after.independent.sum())
            females += sum(population.animals[a].sex == "F" for a in adults)
            n += len(adults)
        assert not population.capped
    assert lived / alive == pytest.approx(0.82, abs=4 * np.sqrt(0.82 * 0.18 / alive))
    assert now / then == pytest.approx(1.05, abs=4 * np.sqrt((0.82 * 0.18 + 0.5) / then))
    assert females / n == pytest.approx(0.6, abs=0.03)


def test_cubs_live_where_their_mother_lives_and_never_count(landscape: Landscape) -> None:
    population = simulate_population(2, landscape, PopulationParameters(years=4))
    for census in population.censuses:
        where = {int(a): xy for a, xy in zip(census.animal, census.xy, strict=True)}
        for cub in np.flatnonzero(~census.independent):
            mother = int(census.mother[cub])
            assert (census.xy[cub] == where[mother]).all()
            assert population.animals[mother].sex == "F"
        assert (census.mother[census.independent] == -1).all()


def test_a_recruit_was_a_cub_whose_mother_lived(landscape: Landscape) -> None:
    population = simulate_population(4, landscape, PopulationParameters(years=5))
    for before, after in zip(population.censuses[:-1], population.censuses[1:], strict=True):
        fresh = set(after.animal[after.independent]) - set(before.animal[before.independent])
        assert fresh <= set(before.animal[~before.independent])
        for recruit in fresh:
            assert population.animals[recruit].mother in after.animal


def test_young_males_go_farther_than_settled_animals_shift(landscape: Landscape) -> None:
    settled, young = [], []
    for seed in range(3):
        population = simulate_population(seed, landscape, PopulationParameters(n=200, years=2))
        for a, b in zip(population.censuses[:-1], population.censuses[1:], strict=True):
            row = {int(n): i for i, n in enumerate(b.animal)}
            for i, number in enumerate(a.animal):
                if int(number) in row:
                    moved = float(np.hypot(*(b.xy[row[int(number)]] - a.xy[i])))
                    if a.independent[i]:
                        settled.append(moved)
                    elif population.animals[number].sex == "M":
                        young.append(moved)
    assert np.median(young) > 5 * np.median(settled)
