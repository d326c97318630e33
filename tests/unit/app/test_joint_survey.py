"""From two survey folders to the joint table, by way of exact packages, and stale when one is withdrawn."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest

from pardus.app.exchange_open import accept, overview
from pardus.app.exchange_pack import withdraw
from pardus.app.joint_survey import JointSurveyOptions, estimate_joint, kept_joint
from pardus.app.reconcile import answer
from pardus.app.survey_folder import CONFIG, new_survey, open_survey
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import HistoryError, UsageError
from pardus.model.observation import Observation
from pardus.model.record import to_record
from pardus.model.survey import MaskRule, SurveyConfig
from tests.fixtures.partners import SETUP, WINTER, Party, parties
from tests.unit.app.test_exchange import opened, sent, take

WEST, BORDER, EAST, SOUTH, NORTH = 620_000, 650_000, 680_000, 4_750_000, 4_790_000
SIGMA, LAMBDA0, NIGHTS = 4_000.0, 0.03, 60


def square(path: Path, west: float, east: float) -> Path:
    south, north = SOUTH - 30_000, NORTH + 30_000
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32652"}}
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    return path


def fill(party: Party, n: int, centres: np.ndarray, rng: np.random.Generator) -> None:
    """A survey of 5 x 4 stations on one side, and what the cats did there."""
    config = SurveyConfig(party.id, party.id, "Panthera pardus", zone="Asia/Vladivostok", sessions=(WINTER,),
                          occasion_days=10, mask=MaskRule(12_000.0, 2_000.0))  # fmt: skip
    (party.folder / CONFIG).unlink(missing_ok=True)
    new_survey(party.folder, config, party.sayer)
    org, west = party.id, BORDER + 3_000 if n == 0 else BORDER - 23_000
    x, y = np.meshgrid(west + 5_000 * np.arange(5), SOUTH + 12_000 + 5_000 * np.arange(4))
    places = np.stack([x.reshape(-1), y.reshape(-1)], axis=1)
    stations = [
        Station(f"{org}:s{k}", f"s{k}", float(p[0]), float(p[1]), 43.0, 130.8) for k, p in enumerate(places)
    ]
    deployments = [Deployment(f"{org}:d{k}", f"{org}:s{k}", f"{org}:c{k}", SETUP, SETUP + timedelta(days=NIGHTS))
                   for k in range(len(places))]  # fmt: skip
    rate = LAMBDA0 * NIGHTS * np.exp(-0.5 * ((centres[:, None] - places[None]) ** 2).sum(axis=2) / SIGMA**2)
    seen = []
    for i, k in zip(*np.nonzero(rng.poisson(rate)), strict=True):
        when = SETUP + timedelta(hours=float(rng.uniform(24, 24 * (NIGHTS - 1))))
        seen.append(Observation(f"{org}:o{len(seen)}", deployments[k].id, when, when, flank="both",
                                scientific_name="Panthera pardus", individual=f"{org}:F{i:02}"))  # fmt: skip
    with open_survey(party.folder, write=True) as store, store.transaction():
        party.sayer.say(store, "stations-declared", {"stations": [to_record(s) for s in stations]})
        party.sayer.say(store, "deployments-declared", {"deployments": [to_record(d) for d in deployments]})
        party.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in seen]})


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Party]:
    folder = tmp_path_factory.mktemp("joint")
    made = parties(folder)
    agreements = [(p.folder / "agreement.toml").read_text() for p in made]
    rng = np.random.default_rng(7)
    centres = np.stack([rng.uniform(WEST, EAST, 26), rng.uniform(SOUTH, NORTH, 26)], axis=1)
    for n, (party, text) in enumerate(zip(made, agreements, strict=True)):
        rmtree(party.folder)
        fill(party, n, centres, np.random.default_rng(n))
        (party.folder / "agreement.toml").write_text(text)
    square(folder / "ru.geojson", BORDER, EAST + 30_000)
    square(folder / "cn.geojson", WEST - 30_000, BORDER)
    return made


def options(folder: Path) -> JointSurveyOptions:
    return JointSurveyOptions(
        countries={"llnp": "RU", "ntlnp": "CN"},
        regions={"RU": folder / "ru.geojson", "CN": folder / "cn.geojson"},
    )


def test_without_the_table_of_shared_animals_nothing_is_added(two: list[Party]) -> None:
    one, other = two
    with pytest.raises(HistoryError) as error:
        estimate_joint([one.folder, other.folder], options(one.folder.parent))
    assert {f.code for f in error.value.findings} == {"no-shared-table"}
    with pytest.raises(UsageError):
        estimate_joint([one.folder])


def test_two_partners_come_to_one_table_through_packages(two: list[Party]) -> None:
    one, other = two
    folder = one.folder.parent
    digest = take(one, sent(other, one, "T3", "exact"))
    with open_survey(one.folder) as store, open_survey(other.folder) as theirs:
        ours = {o.individual for o in store.survey().observations}
        there = {o.individual for o in theirs.survey().observations}
    shared = sorted({i.split(":")[1] for i in ours} & {i.split(":")[1] for i in there})
    assert len(shared) >= 3
    answer(one.folder, [(f"llnp:{s}", f"ntlnp:{s}") for s in shared], "same", sayer=one.sayer)
    done = estimate_joint([one.folder], options(folder), one.sayer)
    (seen,) = done.seen
    # pairs whose records are faster than a cat are listed and not merged, so some may stay apart
    assert seen.together == len(ours) + len(there) - seen.several
    assert 0 < seen.several <= len(shared)
    known = {(t.who, t.convention, t.region): t for t in done.totals if t.quantity == "N"}
    total = known["integrated", "integrated", ""]
    assert known["sum", "all", ""].estimate > total.estimate > seen.together
    assert known["integrated", "integrated", "RU"].estimate + known[
        "integrated", "integrated", "CN"
    ].estimate == pytest.approx(total.estimate, rel=1e-6)
    assert "border strip" in {t.region for t in done.totals}

    kept = kept_joint(one.folder)
    assert kept is not None
    assert kept.as_json() == done.as_json()
    assert json.loads(json.dumps(done.as_json())) == done.as_json()  # plain JSON, no number that is none
    assert {(s.partner, s.stations) for s in done.surveyed} == {("llnp", 20), ("ntlnp", 20)}
    assert {s.partner: s.animals for s in done.surveyed} == dict(seen.by_partner)
    assert {r.kind for r in done.regions} == {"all", "country", "strip"}
    assert len(done.animals) == seen.together
    assert sum(len(a.countries) == 2 for a in done.animals) == seen.several
    assert sum(a.detections for a in done.animals) == sum(s.detections for s in done.surveyed)
    (between,) = done.shared
    assert between.found == len(done.groups) + sum(d.kind == "too-fast" for d in done.doubts) <= between.upper
    for use in done.use:
        assert use.centres_lower < use.centres < use.centres_upper
        assert use.using_lower < use.using < use.using_upper
        assert use.share_lower < use.share < use.share_upper

    table = folder / "shared.csv"
    table.write_text("llnp,ntlnp\n" + "".join(f"{s},{s}\n" for s in shared))
    direct = estimate_joint([one.folder, other.folder], replace(options(folder), shared=table))
    assert direct.seen[0].several == len(shared)
    assert direct.terms.shared_from == "file"

    assert overview(one.folder)["stale_estimates"] == {}
    back = folder / "back.pardus"
    withdraw(other.folder, back, [digest[:16]], "wrong places", keys=other.keys, sayer=other.sayer)
    accept(one.folder, opened(one, back).hash, sayer=one.sayer)
    assert overview(one.folder)["stale_estimates"] == {"joint": [digest]}


def test_partners_count_by_the_same_rules(two: list[Party], tmp_path: Path) -> None:
    one, other = two
    odd = tmp_path / "odd"
    config = SurveyConfig(
        "ntlnp", "x", "Panthera pardus", zone="Asia/Shanghai", sessions=(WINTER,), occasion_days=10
    )
    new_survey(odd, config, other.sayer)
    with pytest.raises(HistoryError) as error:
        estimate_joint([one.folder, odd], options(one.folder.parent))
    assert {f.code for f in error.value.findings} == {"rules-differ"}
