"""The complete example: a small survey of our own making, taken through every step to its report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app.effort import EffortResult, survey_effort
from pardus.app.estimate import make_masks
from pardus.app.executor import Executor
from pardus.app.history import HistoryResult, survey_history
from pardus.app.ingest import ingest
from pardus.app.ingest_report import IngestReport
from pardus.app.ingest_run import IngestOptions
from pardus.app.outputs import OUT, write_files
from pardus.app.saying import Sayer
from pardus.app.survey_estimate import SurveyEstimate, estimate_survey, mask_options
from pardus.app.survey_folder import new_survey, open_survey, survey_config
from pardus.history.build import Histories, build
from pardus.model.errors import UsageError
from pardus.model.language import N_, _
from pardus.sim.example import write_example

STEPS = (
    N_("Making stations, cards with pictures and clips, tables, and the truth"),
    N_("Making the survey and taking in the cards"),
    N_("Adding up effort"),
    N_("Building capture histories"),
    N_("Estimating density and abundance"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """What the example made. survey: its folder; cards and truth lie beside it.

    true_number: animals whose activity centre truly lies in the mask, the target of the estimate of N.
    """

    survey: Path
    true_number: int
    ingest: IngestReport
    effort: EffortResult
    history: HistoryResult
    estimate: SurveyEstimate


def example(
    folder: Path,
    *,
    sayer: Sayer,
    executor: Executor | None = None,
    seed: int = 2026,
    step: Callable[[str], None] = lambda text: None,
) -> Example:
    """Make the example in a folder: `survey/`, `cards/` and `truth.json`.

    A folder that holds an earlier example is made anew; one that holds anything else is refused with UsageError.
    step: told each step before it begins.
    """
    survey, cards, truth = folder / "survey", folder / "cards", folder / "truth.json"
    _clear(folder, truth)
    step(_(STEPS[0]))
    facts = write_example(survey, truth, seed, executor)
    shutil.move(survey / "cards", cards)
    step(_(STEPS[1]))
    config, _warnings = survey_config(survey)
    new_survey(survey, config, sayer)
    options = IngestOptions(container="local")
    taken = ingest(survey, cards, options, sayer=sayer, executor=executor)
    with open_survey(survey) as store:
        state = store.survey()
    histories = build(state)
    step(_(STEPS[2]))
    effort = survey_effort(state, histories)
    write_files(survey / OUT / "effort", effort.tables)
    step(_(STEPS[3]))
    history = survey_history(state, histories)
    write_files(survey / OUT / "history", history.tables)
    step(_(STEPS[4]))
    estimate = estimate_survey(survey, sayer)
    write_files(survey / OUT, {"estimate.json": json.dumps(estimate.fit.to_json(), indent=1) + "\n"})
    number = _true_number(facts, histories, survey)
    return Example(survey, number, taken, effort, history, estimate)


def _true_number(truth: dict[str, Any], histories: Histories, survey: Path) -> int:
    config, _warnings = survey_config(survey)
    mask = make_masks(histories.sessions, mask_options(config, survey))[0]
    centres = np.array([(animal["x"], animal["y"]) for animal in truth["animals"]])
    apart = np.abs(centres[:, None, :] - mask.xy[None, :, :]).max(axis=2).min(axis=1)
    return int((apart <= mask.spacing / 2).sum())


def _clear(folder: Path, truth: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not truth.exists():
        raise UsageError(
            _("{folder} is not empty and holds no earlier example; give a new folder.").format(folder=folder)
        )
    shutil.rmtree(folder)
