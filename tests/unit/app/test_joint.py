"""The joint estimate: totals side by side, shared animals once, realised numbers as brute force says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pardus.app.estimate import EstimateOptions, estimate_model
from pardus.app.joint_estimate import JointOptions, JointSession, joint_estimate, minimum_known
from pardus.app.joint_histories import Part, join
from pardus.app.joint_result import STRIP, Total
from pardus.app.tables import TableOptions, read_histories, read_masks
from pardus.exchange.joint import JointTable
from pardus.model.capture import CaptureHistory, Detectors, capture_history
from pardus.model.errors import HistoryError, MaskError
from pardus.model.mask import Mask
from pardus.scr.use import border_strip, use_shares

NOBODY = JointTable({}, ())


def history(partner: str, east: float, seen: dict[str, list[int]], nights: int = 5) -> CaptureHistory:
    """Two stations 2 km apart; seen: animal -> station of each detection, on occasions 0, 1, ..."""
    detectors = Detectors(
        (f"{partner}:S1", f"{partner}:S2"),
        np.array([[east, 0.0], [east + 2000.0, 0.0]]),
        np.ones((2, nights)),
    )
    dense = np.zeros((len(seen), nights, 2), dtype=np.int64)
    for i, stations in enumerate(seen.values()):
        for k, j in enumerate(stations):
            dense[i, k, j] = 1
    sex = np.array(["F" if a.endswith("f") else "" for a in seen])
    return capture_history("w", tuple(seen), detectors, dense, covariates={"sex": sex})


RU = history("ru", 2000, {"ru:1f": [0, 1], "ru:2": [1]})
CN = history("cn", -6000, {"cn:1": [0], "cn:7": [1, 1]})
PARTS = (Part("ru", "RU", RU), Part("cn", "CN", CN, start=2))


def test_a_shared_animal_is_in_the_joint_history_once() -> None:
    h = join("w", PARTS, {"ru:1f": "cn:7", "cn:7": "cn:7"})
    assert h.animals == ("cn:1", "cn:7", "ru:2")
    assert h.detectors.ids == ("ru:S1", "ru:S2", "cn:S1", "cn:S2")
    assert h.n_detections == RU.n_detections + CN.n_detections
    y = h.dense()
    assert y[1].sum() == 4
    assert y[1, 0, 0] == 1  # RU, first occasion, first station
    assert y[1, 2, 3] == 1  # CN begins two occasions later
    assert h.covariates["sex"].tolist() == ["", "F", ""]
    assert h.detectors.covariates["country"].tolist() == ["RU", "RU", "CN", "CN"]


def test_effort_of_each_partner_stays_its_own() -> None:
    usage = join("w", PARTS, {}).detectors.usage
    assert usage.shape == (4, 7)
    assert usage.sum(axis=1).tolist() == [5, 5, 5, 5]
    assert usage[0, 5] == 0
    assert usage[2, 0] == 0


def test_a_detector_belongs_to_one_partner() -> None:
    with pytest.raises(HistoryError) as error:
        join("w", (PARTS[0], PARTS[0]), {})
    assert {f.code for f in error.value.findings} == {"detector-twice"}


def test_minimum_counts_are_not_added_without_the_table_of_shared_animals() -> None:
    both = {"ru": RU, "cn": CN}
    with pytest.raises(HistoryError) as error:
        minimum_known(both, None)
    assert {f.code for f in error.value.findings} == {"no-shared-table"}
    assert minimum_known(both, JointTable({"ru:1f": "cn:7"}, (("cn:7", "ru:1f"),))) == 3
    assert minimum_known(both, NOBODY) == 4


def flat_mask(spacing: float = 1000.0, half: int = 10) -> Mask:
    x, y = np.meshgrid((np.arange(-half, half) + 0.5) * spacing, (np.arange(-half, half) + 0.5) * spacing)
    xy = np.stack([x.reshape(-1), y.reshape(-1)], axis=1)
    east = xy[:, 0] > 0
    return Mask(xy, spacing**2 / 1e4, spacing, {}, {"RU": east, "CN": ~east})


def test_use_of_an_animal_on_the_border_is_half_and_half() -> None:
    mask = flat_mask()
    sides = {k: np.asarray(v, dtype=np.float64) for k, v in mask.regions.items()}
    shares = use_shares(mask, sides, "HHN", 2000.0)
    assert (shares["RU"] + shares["CN"]) == pytest.approx(1.0)
    near = np.argmin(np.abs(mask.xy[:, 0] - 500) + np.abs(mask.xy[:, 1] - 500))
    kernel = np.exp(-0.5 * ((mask.xy - mask.xy[near]) ** 2).sum(axis=1) / 2000.0**2)
    assert shares["CN"][near] == pytest.approx(kernel[mask.xy[:, 0] < 0].sum() / kernel.sum(), rel=1e-9)
    far = np.argmax(mask.xy[:, 0])
    assert shares["CN"][far] < 1e-3


def test_the_border_strip_is_as_wide_as_asked() -> None:
    mask = flat_mask()
    sides = {k: np.asarray(v, dtype=np.float64) for k, v in mask.regions.items()}
    strip = border_strip(mask, sides, 3000.0) > 0
    assert set(np.abs(mask.xy[strip, 0])) == {500.0, 1500.0, 2500.0}


def test_a_country_without_a_region_is_refused() -> None:
    mask = flat_mask()
    with pytest.raises(MaskError) as error:
        joint_estimate([JointSession("w", (Part("ru", "KP", RU),), mask)], NOBODY)
    assert {f.code for f in error.value.findings} == {"no-country-region"}


# --- against brute force, on simulated surveys across a border --------------------------------------------------


def brute_force(h: CaptureHistory, xy: np.ndarray, area: float, D: np.ndarray, amplitude: np.ndarray, sigma: float,
                side: np.ndarray, binomial: bool, log_extra: np.ndarray) -> float:  # fmt: skip
    """Realised number on a side, cell by cell: sum of P(centre there | history) + sum of D a P(missed)."""
    y = h.totals().astype(np.float64)
    effort = h.detectors.usage
    total = 0.0
    inside = np.zeros(h.n_animals)
    norm = np.zeros(h.n_animals)
    for m in range(len(xy)):
        d2 = ((h.detectors.xy - xy[m]) ** 2).sum(axis=1)
        hazard = amplitude * np.exp(-0.5 * d2 / sigma**2)
        if binomial:
            p = -np.expm1(-hazard[:, None] * (effort > 0))
            per = np.log1p(-p, where=effort > 0, out=np.zeros_like(effort))
            log_seen = np.log(-np.expm1(-hazard))
        else:
            per = -hazard[:, None] * effort
            log_seen = None
        missed = float(np.exp(per.sum()))
        if side[m]:
            total += D[m] * area * missed
        if binomial:
            log_l = y @ (log_seen + hazard) + per.sum()
        else:
            log_l = y @ np.log(hazard) + per.sum()
        weight = np.exp(log_l + 40.0 + log_extra) * D[m]
        norm += weight
        if side[m]:
            inside += weight
    return total + float((inside / norm).sum())


def test_realised_numbers_of_the_two_countries_agree_with_quadrature_year_by_year(shared: Path) -> None:
    folder = shared / "data" / "twocountry_leopard_sim"
    options = TableOptions(
        columns={"detector": "trap", "individual": "id"},
        kind="proximity",
        occasions=6,
        metres_per_unit=1000.0,
    )
    histories = read_histories(folder / "traps.csv", folder / "detections.csv", None, options)
    (cells,) = read_masks(folder / "mask.csv", ["all"])
    west = cells.xy[:, 0] < 0
    mask = Mask(
        cells.xy * 1000, 625.0, 2500.0, {"country": np.where(west, "A", "B")}, {"A": west, "B": ~west}
    )
    for h in histories:
        fit = estimate_model([h], [mask], EstimateOptions(model=("D~country",))).fit
        b = {c.name: c.estimate for c in fit.coefficients}
        D = np.exp(b["D"] + b["D.countryB"] * ~west)
        amplitude = np.full(len(h.detectors.ids), math.exp(b["lambda0"]))
        for name, side in (("A", west), ("B", ~west)):
            plain = brute_force(
                h,
                mask.xy,
                mask.cell_area,
                D,
                amplitude,
                math.exp(b["sigma"]),
                side,
                True,
                np.zeros(h.n_animals),
            )
            assert fit.estimate("N", h.session, name).estimate == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("case", ["sim_border_prox", "sim_border_count_effort"])
def test_realised_numbers_at_the_border_agree_with_quadrature(shared: Path, case: str) -> None:
    folder = shared / "data" / case
    (h,) = read_histories(folder / "traps.csv", folder / "captures.csv", folder / "usage.csv")
    (mask,) = read_masks(folder / "mask.csv", ["all"])
    east = mask.covariates["country"] == "RU"
    mask = Mask(mask.xy, mask.cell_area, mask.spacing, mask.covariates, {"RU": east, "CN": ~east})
    fit = estimate_model([h], [mask], EstimateOptions(model=("D~country", "lambda0~country"))).fit
    b = {c.name: c.estimate for c in fit.coefficients}
    D = np.exp(b["D"] + b["D.countryRU"] * east)
    lambda0 = np.exp(b["lambda0"] + b["lambda0.countryRU"] * (h.detectors.covariates["country"] == "RU"))
    for name, side in (("RU", east), ("CN", ~east)):
        plain = brute_force(
            h, mask.xy, mask.cell_area, D, lambda0, math.exp(b["sigma"]), side, h.kind == "proximity",
            np.zeros(h.n_animals),
        )  # fmt: skip
        assert fit.estimate("N", h.session, name).estimate == pytest.approx(plain, abs=1e-6)


def test_the_joint_table_of_a_simulated_border(shared: Path) -> None:
    data = shared / "data"
    folder = data / "sim_border_2sessions"
    ru_cn = read_histories(folder / "traps.csv", folder / "captures.csv", folder / "usage.csv")
    (mask,) = read_masks(data / "sim_border_prox" / "mask.csv", ["all"])
    east = mask.covariates["country"] == "RU"
    mask = Mask(mask.xy, mask.cell_area, mask.spacing, mask.covariates, {"RU": east, "CN": ~east})
    parts = tuple(Part(h.session.lower(), h.session, h) for h in ru_cn)
    done = joint_estimate([JointSession("1", parts, mask)], NOBODY, JointOptions(buffer=13_000.0))
    (whole,) = read_histories(
        *(data / "sim_border_prox" / f"{n}.csv" for n in ("traps", "captures", "usage"))
    )
    assert done.seen[0].together == whole.n_animals == 39
    assert done.seen[0].several == 4
    assert done.seen[0].by_partner == {"cn": 15, "ru": 28}

    def total(who: str, convention: str, region: str = "", quantity: str = "N") -> Total:
        wanted = (who, convention, region, quantity)
        return next(t for t in done.totals if (t.who, t.convention, t.region, t.quantity) == wanted)

    assert total("sum", "all").estimate == pytest.approx(
        total("RU", "all").estimate + total("CN", "all").estimate
    )
    assert total("sum", "all").estimate > total("integrated", "integrated").estimate
    by_side = [total("integrated", "integrated", c).estimate for c in ("RU", "CN")]
    assert sum(by_side) == pytest.approx(total("integrated", "integrated").estimate, rel=1e-9)
    assert 0 < total("integrated", "integrated", STRIP).estimate < sum(by_side)
    use = {u.side: u for u in done.use}
    assert sum(u.share for u in use.values()) == pytest.approx(1.0)
    assert use["CN"].centres == pytest.approx(by_side[1], rel=1e-9)
    assert use["CN"].using > use["CN"].centres
