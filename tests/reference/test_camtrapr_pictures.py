"""Capture histories from the tagged pictures themselves, with the same station table, against camtrapR's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pardus.history.build import build
from pardus.history.events import Independence
from pardus.ingest.dates import DatePolicy, believe
from pardus.ingest.layout import place_of
from pardus.ingest.read import read_file
from pardus.ingest.scan import Found, scan
from pardus.ingest.tags import labels_of
from pardus.model.clock import ClockRule
from pardus.model.observation import Observation
from pardus.model.survey import Survey
from tests.reference import camtrapr
from tests.reference.test_camtrapr_histories import cells

TAGS = {"species": "Species|*", "individual": "individual|*"}
CAMTRAPR = Independence(60, "last-independent-record", keep_simultaneous=True)
"""How the package's record table was made: an hour from the last independent record, equal times kept apart."""


def pictures(shared: Path) -> Survey:
    root = shared / "data/camtrapR-sample/pictures/sample_images_indiv_tag"
    policy = DatePolicy(ClockRule("Asia/Kuala_Lumpur"))
    records = []
    for found in scan(root):
        if not isinstance(found, Found):
            continue
        facts = read_file(root, found)
        dated = believe(facts.dates, policy, now=camtrapr.day("01/01/2020"))
        labels = labels_of(facts.keywords, TAGS)
        assert dated.timestamp is not None
        records.append(
            Observation(
                f"sabah:{facts.sha256[:20]}",
                place_of(found.path, "species").station,
                dated.timestamp,
                dated.timestamp,
                scientific_name=labels["species"][0],
                individual=next(iter(labels["individual"]), ""),
            )
        )
    stations, deployments = camtrapr.station_tables(shared, problems=True)
    config = replace(camtrapr.CONFIG, species="Leopard Cat")
    return Survey(config, stations, deployments, observations=tuple(records))


@pytest.mark.parametrize("output", ["binary", "count"])
def test_histories_from_tagged_pictures_equal_camtrapr(shared: Path, output: str) -> None:
    survey = pictures(shared)
    survey = replace(survey, config=replace(survey.config, output=output))
    found = build(survey, CAMTRAPR)
    assert cells(found.sessions[0]) == camtrapr.captures(shared, output)
    assert sum(found.records.values()) == len(survey.observations) == 26


def test_our_own_rule_counts_a_visit_once(shared: Path) -> None:
    """Two pictures of one second are one visit: three cells of camtrapR's count matrix hold 2 where we have 1."""
    survey = pictures(shared)
    survey = replace(survey, config=replace(survey.config, output="count", independence_minutes=30))
    ours, theirs = cells(build(survey).sessions[0]), camtrapr.captures(shared, "count")
    assert ours.keys() == theirs.keys()
    assert {k: (ours[k], theirs[k]) for k in ours if ours[k] != theirs[k]} == {
        ("1", 1, 3): (1, 2),
        ("1", 2, 3): (1, 2),
        ("3", 3, 2): (1, 2),
    }
