"""secr's text formats."""

import pytest

from pardus.app.tables import read_histories
from pardus.model.errors import TableError

TRAPS = """# Detector X Y / camera road
A 0 0 1 1 0 / Reconyx 1
B 2000 0 1 1 1 / Bushnell 0
C 0 2000 0 1 1 / Reconyx 0
"""
CAPTURES = """# Session ID Occasion Detector sex
S1 tom 1 A M
S1 tom 2 B M
S1 ada -3 C F
"""


def read(tmp_path, traps=TRAPS, captures=CAPTURES):
    (tmp_path / "traps.txt").write_text(traps)
    (tmp_path / "captures.txt").write_text(captures)
    return read_histories(tmp_path / "traps.txt", tmp_path / "captures.txt")


def test_traps_captures_usage_and_covariates_are_read(tmp_path):
    (h,) = read(tmp_path)
    assert h.session == "S1"
    assert h.detectors.usage.tolist() == [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    assert list(h.detectors.covariates["camera"]) == ["Reconyx", "Bushnell", "Reconyx"]
    assert list(h.covariates["sex"]) == ["M", "F"]
    assert h.removed is not None
    assert h.removed.tolist() == [-1, 2]


def test_usage_may_be_one_string(tmp_path):
    (h,) = read(tmp_path, traps="A 0 0 110\nB 2000 0 111\nC 0 2000 011\n")
    assert h.detectors.usage.tolist() == [[1, 1, 0], [1, 1, 1], [0, 1, 1]]


def test_one_trap_file_serves_all_sessions_and_one_may_be_empty(tmp_path):
    histories = read(tmp_path, captures=CAPTURES + "S2 NONE 1 A\n")
    assert [(h.session, h.n_animals) for h in histories] == [("S1", 2), ("S2", 0)]


def test_a_short_line_is_named(tmp_path):
    with pytest.raises(TableError) as caught:
        read(tmp_path, traps=TRAPS + "D 5\n")
    assert caught.value.findings[0].where == "traps.txt, row 5"
