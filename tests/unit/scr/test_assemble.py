"""Exposure of animals that learn, or are removed: what the problem holds, against the definition, cell by cell."""

from dataclasses import replace

import numpy as np
import pytest

from pardus.scr.design import make_design
from pardus.scr.response import gone, states
from pardus.scr.spec import model_spec
from tests.unit.scr.survey import grid, simulated


@pytest.mark.parametrize(
    "model", ["lambda0~b", "lambda0~B", "lambda0~b+B", "lambda0~bk", "lambda0~b+T", "D~1"]
)
@pytest.mark.parametrize("removed", [False, True])
def test_effort_in_each_state_is_that_of_the_occasions_spent_in_it(model, removed):
    detectors = grid(3, 2000.0, 5)
    usage = np.random.default_rng(2).choice([0.5, 1.0, 2.0], detectors.usage.shape)
    history, mask = simulated(4, replace(detectors, usage=usage), N=25, kind="proximity")
    last = np.full(history.n_animals, -1)
    last[::3] = [history.occasion[history.animal == i].max() for i in range(0, history.n_animals, 3)]
    history = replace(history, removed=last if removed else None)
    design = make_design([history], [mask], model_spec(model))
    problem, axes, J = design.problems[0], design.axes[0], len(detectors.ids)
    size = (int(problem.kernel_set.max()) + 1, J)

    def effort(row):
        out = np.zeros(size)
        np.add.at(out, (problem.kernel_set, problem.kernel_detector), row)
        return out

    sets = design.sets[0]
    for i in range(history.n_animals):
        found = effort(problem.exposure[[0]].toarray()[0])
        if problem.correction is not None:
            found += effort(problem.correction[[i]].toarray()[0])
        wanted = np.zeros(size)
        code = np.zeros((J, history.n_occasions), dtype=int)
        for bit, name in enumerate(axes.responses):
            code |= states(history, name, i).astype(int) << bit
        for k in np.flatnonzero(~gone(history, i)):
            for j in range(J):
                p = sets[0, 0, axes.occasion_group[k], axes.detector_group[j], code[j, k]]
                wanted[p, j] += usage[j, k]
        np.testing.assert_allclose(found, wanted, atol=1e-12)
