from __future__ import annotations

from pathlib import Path

import numpy as np

from pardus.identify.evidence import gather
from pardus.identify.matcher import combined
from pardus.identify.pair_features import pair_features
from pardus.identify.retrieval import Labels, comparable
from pardus.identify.rows import Rows, read_rows, write_rows
from pardus.model.coat import KINDS


def everything(n: int = 14) -> tuple[list[str], tuple[str, ...], tuple[str, ...], dict[str, np.ndarray]]:
    """Pictures of seven events from two flanks, and a score for each pair that may be compared."""
    rng = np.random.default_rng(4)
    names = [f"p{i:02}" for i in range(n)]
    event = tuple(f"e{i // 2}" for i in range(n))
    flank = tuple("left" if i % 3 else "right" for i in range(n))
    allowed = comparable(Labels(("",) * n, event, flank))
    parts = {kind: np.where(allowed, rng.uniform(0.1, 5, (n, n)), 0.0) for kind in KINDS}
    return names, event, flank, parts


def rows_of(names: list[str], parts: dict[str, np.ndarray]) -> Rows:
    rows = Rows("basis")
    for i, name in enumerate(names):
        rows.put(name, {kind: part[i] for kind, part in parts.items()}, names)
    return rows


def test_rows_that_hold_every_picture_give_what_the_whole_matrix_gives() -> None:
    names, event, flank, parts = everything()
    rows = rows_of(names, parts)
    sparse = pair_features(rows, dict(zip(names, event, strict=True)), dict(zip(names, flank, strict=True)))
    both = tuple((p + p.T) / 2 for p in parts.values())
    dense = gather(event, flank, combined(dict(zip(KINDS, both, strict=True))), both)
    found = {
        (sparse.events[i], sparse.events[j]): k
        for k, (i, j) in enumerate(zip(sparse.a, sparse.b, strict=True))
    }
    for k, (i, j) in enumerate(zip(dense.a, dense.b, strict=True)):
        mine = found[tuple(sorted((dense.events[i], dense.events[j])))]  # type: ignore[index]
        np.testing.assert_allclose(sparse.score[mine], dense.score[k], rtol=1e-5)
        np.testing.assert_allclose(sparse.features[mine][:2], dense.features[k][:2], rtol=0.02, atol=0.02)
    assert len(found) == len(dense.a)


def test_a_picture_that_came_later_counts_by_its_own_look_at_the_earlier_ones() -> None:
    names, event, flank, parts = everything()
    rows = Rows("basis")
    old = names[:12]
    for i, name in enumerate(old):
        rows.put(name, {kind: part[i, :12] for kind, part in parts.items()}, old)
    for i in (12, 13):
        rows.put(names[i], {kind: part[i] for kind, part in parts.items()}, names)
    found = pair_features(rows, dict(zip(names, event, strict=True)), dict(zip(names, flank, strict=True)))
    new = found.events.index("e6")
    pairs = [k for k, (i, j) in enumerate(zip(found.a, found.b, strict=True)) if new in (i, j)]
    assert pairs
    k = pairs[0]
    other = found.events[found.a[k] if found.b[k] == new else found.b[k]]
    theirs = [i for i, e in enumerate(event) if e == other]
    total = combined(parts)
    expected = 0.0
    for side in ("left", "right"):
        cells = [total[i, j] for i in (12, 13) for j in theirs if flank[i] == flank[j] == side]
        expected += max(cells, default=0.0)
    np.testing.assert_allclose(found.score[k], expected, rtol=1e-5)


def test_rows_written_and_read_are_the_same_and_another_basis_begins_anew(tmp_path: Path) -> None:
    names, _event, _flank, parts = everything()
    rows = rows_of(names, parts)
    write_rows(tmp_path, rows)
    again = read_rows(tmp_path, "basis")
    assert again.pictures == rows.pictures
    for name in names:
        assert again.rows[name].others.tolist() == rows.rows[name].others.tolist()
        np.testing.assert_array_equal(again.rows[name].parts, rows.rows[name].parts)
    assert read_rows(tmp_path, "another").rows == {}
    (tmp_path / "rows.npz").write_bytes(b"damaged")
    assert read_rows(tmp_path, "basis").rows == {}
