from pathlib import Path

import pytest

from pardus.identify.labelled import read_labelled, usable_pairs
from pardus.model.errors import TableError

HEAD = "file,individual,flank,timestamp,encounter,roi_xywh,note\n"


def write(folder: Path, rows: str) -> Path:
    (folder / "labels.csv").write_text(HEAD + rows)
    for row in rows.splitlines():
        (folder / row.split(",")[0]).write_bytes(b"x")
    return folder


def test_events_come_from_station_and_time_when_times_are_known(tmp_path: Path) -> None:
    folder = read_labelled(
        write(
            tmp_path,
            "1.jpg,x/A,right,2012:07:25 10:55:33,s14_cam1,1 2 30 40,x/A == y/B\n"
            "2.jpg,y/B,right,2012:07:25 10:55:38,s14_cam2,,\n"
            "3.jpg,y/C,right,2012:07:25 11:55:38,s14_cam2,,\n"
            "4.jpg,,right,2012:07:25 11:55:38,s14_cam2,,\n",
        )
    )
    assert folder.labels.individual == ("x/A", "x/A", "y/C")
    assert folder.labels.event[0] == folder.labels.event[1] != folder.labels.event[2]
    assert folder.boxes == ((1, 2, 30, 40), None, None)
    assert folder.unnamed == 1


def test_names_of_different_folders_are_unknown_to_each_other_unless_a_note_joins_them(
    tmp_path: Path,
) -> None:
    folder = read_labelled(
        write(
            tmp_path,
            "1.jpg,x/A,right,,1,,\n2.jpg,x/A,right,,2,,\n3.jpg,y/C,right,,3,,\n4.jpg,y/D,right,,4,,\n",
        )
    )
    same, different = usable_pairs(folder)
    assert len(same) == 1
    assert different == [("3 y/C", "4 y/D")]


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "1.jpg,a,left,,1,,\n2.jpg,a,left,,2,,\n")
    (tmp_path / "1.jpg").unlink()
    (tmp_path / "2.jpg").unlink()
    with pytest.raises(TableError) as error:
        read_labelled(tmp_path)
    assert [f.where for f in error.value.findings] == ["labels.csv:2", "labels.csv:3"]


def test_a_table_without_flanks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,individual\n")
    with pytest.raises(TableError, match="flank"):
        read_labelled(tmp_path)
    with pytest.raises(TableError, match="no such table"):
        read_labelled(tmp_path / "elsewhere")


def test_a_table_that_names_nobody_or_has_a_broken_box_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError) as error:
        read_labelled(write(tmp_path, "1.jpg,,left,,1,1 2 three 4,\n2.jpg,,left,,2,1 2 3,\n"))
    assert [(f.code, f.where) for f in error.value.findings] == [
        ("box-unreadable", "labels.csv:2"),
        ("box-unreadable", "labels.csv:3"),
        ("nobody-named", "labels.csv"),
    ]
