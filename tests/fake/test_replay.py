"""Replay: what a CSV file beside the fixture gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_simulation import every, series

from mtango_ref.fixture.loading import load
from mtango_ref.model import DevState

ROWS = """\
time,level,pumps,door,valve,mode,note

0,1.5,3,true,OPEN,Fast,"first, and best"
10,-2,255,0,CLOSE,Slow,
13,.inf,0, FALSE ,MOVING,Fast,é
14,1e3,7,1,OPEN,Slow,"two
lines"
""".replace(".inf", "inf")
ENUM = "data_type: DevEnum, enum_labels: [Slow, Fast]"
COLUMNS = [
    ("level", "data_type: DevDouble", [1.5, -2.0, float("inf"), 1000.0]),
    ("level", "data_type: DevFloat", [1.5, -2.0, float("inf"), 1000.0]),
    ("pumps", "data_type: DevUChar", [3, 255, 0, 7]),
    ("pumps", "data_type: DevDouble", [3.0, 255.0, 0.0, 7.0]),
    ("door", "data_type: DevBoolean", [True, False, False, True]),
    ("valve", "data_type: DevState", [DevState[n] for n in ("OPEN", "CLOSE", "MOVING", "OPEN")]),
    ("mode", ENUM, ["Fast", "Slow", "Fast", "Slow"]),
    ("note", "data_type: DevString", ["first, and best", "", "é", "two\r\nlines"]),
]


REPLAYING = """\
classes:
  A:
    attributes:
      x:
        data_type: DevLong
        simulation: {quantity_simulation_type: Replay, file: rows.csv, column: pumps}
devices: {a/b/c: {class: A}}
"""
"""A fixture beside the CSV file."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a fixture, beside which is a CSV file as Windows writes them."""
    (tmp_path / "rows.csv").write_bytes(b"\xef\xbb\xbf" + ROWS.replace("\n", "\r\n").encode())
    return tmp_path


def replayed(folder: Path, keys: str, times: list[float], shape: str = "") -> list[Any]:
    return series(f"Replay, {keys}", times, shape or "data_type: DevDouble", folder=folder)


@pytest.mark.parametrize(("column", "shape", "expected"), COLUMNS)
def test_each_type_is_replayed(folder: Path, column: str, shape: str, expected: list[Any]) -> None:
    values = replayed(folder, f"file: rows.csv, column: {column}", every(1, 4), shape)
    assert [(value, type(value)) for value in values] == [(each, type(each)) for each in expected]


def test_rows_repeat_from_the_first(folder: Path) -> None:
    keys = "file: rows.csv, column: pumps, update_period: 500"
    assert replayed(folder, keys, every(0.25, 9)) == [3, 3, 255, 255, 0, 0, 7, 7, 3]
    assert replayed(folder, keys, every(-0.5, 6)) == [3, 7, 0, 255, 3, 7]
    assert replayed(folder, keys, [8e9 + 0.5]) == [255]


def test_last_row_stays_without_wraps(folder: Path) -> None:
    keys = "file: rows.csv, column: pumps, wraps: false"
    assert replayed(folder, keys, [3, 5e9, 1, 0, -7, 2]) == [7, 7, 255, 3, 3, 0]


def test_column_of_times_sets_the_rows(folder: Path) -> None:
    """The round ends as long after the last row as that is after the one before it."""
    keys = "file: rows.csv, column: pumps, time_column: time"
    first_round = [3] * 10 + [255] * 3 + [0, 7]
    assert replayed(folder, keys, every(1, 32)) == [*first_round, *first_round, 3, 3]
    assert replayed(folder, keys, every(-1, 16)) == [3, *first_round[::-1]]
    assert replayed(folder, f"{keys}, wraps: false", [-2, 0, 9, 10, 14, 15, 1e9]) == [
        *(3, 3, 3, 255, 7, 7, 7)
    ]


def test_columns_may_be_dates_and_numbers(folder: Path) -> None:
    (folder / "dates.csv").write_text(
        "2026-01-31T23:59:58,1\n2026-02-01 00:00:00Z,2\n2026-02-01T01:00:03.500+01:00,3\n", "utf-8"
    )
    keys = "file: dates.csv, column: 2, time_column: 1, update_period: 500"
    assert replayed(folder, keys, every(0.5, 20)) == [1] * 4 + [2] * 7 + [3] * 7 + [1] * 2


@pytest.mark.parametrize("wraps", ["true", "false"])
@pytest.mark.parametrize("times", ["", ", time_column: 2"])
def test_one_row_is_constant(folder: Path, wraps: str, times: str) -> None:
    (folder / "one.csv").write_text("5,1e9", "utf-8")
    keys = f"file: one.csv, column: 1{times}, wraps: {wraps}"
    assert replayed(folder, keys, [-9, 0, 9]) == [5, 5, 5]


def test_files_below_the_fixture_are_read(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "b.csv").write_text("8\n", "utf-8")
    (folder / "link.csv").symlink_to("below/b.csv")
    for file in ("below/b.csv", "./below/b.csv", "link.csv"):
        assert replayed(folder, f"file: {file}, column: 1", [0]) == [8]


def test_what_is_played_is_what_was_checked(folder: Path) -> None:
    """The file is read once, however many devices replay it."""
    (folder / "my.yml").write_text(REPLAYING, "utf-8")
    facility = load(str(folder / "my.yml"))
    (folder / "rows.csv").unlink()
    attribute = facility.classes["A"].attributes["x"]
    assert attribute.simulation is not None
    assert attribute.simulation.draw(attribute.shape, "")(2) == 0


def test_file_is_found_beside_its_fixture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CSV is beside the fixture, not in the working directory."""
    (folder / "my.yml").write_text(REPLAYING, "utf-8")
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    assert load("../my.yml").devices.keys() == {"a/b/c"}
    monkeypatch.chdir(folder)
    assert load("my.yml").devices.keys() == {"a/b/c"}
