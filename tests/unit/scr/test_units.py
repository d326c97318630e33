"""Units stand in English in a result, so that a page in any language can translate them."""

from pardus import scr
from pardus.model.language import speaking
from tests.unit.scr.survey import grid, simulated


def test_units_of_a_fit_do_not_depend_on_the_language_of_the_run():
    history, mask = simulated(4, grid(4, 2500.0, 3), N=40, kind="count", spacing=2500.0)
    english = [e.unit for e in scr.fit(history, mask).estimates]
    with speaking("zh"):
        assert [e.unit for e in scr.fit(history, mask).estimates] == english
