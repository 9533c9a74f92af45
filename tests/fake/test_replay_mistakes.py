"""Replay: every mistake in a CSV file beside the fixture, and in what is said of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from fake_facilities import mistakes
from test_replay import ENUM, ROWS

from mtango_ref.fixture import csv_columns
from mtango_ref.fixture.csv_columns import MAX_FILE_BYTES, MAX_ROWS
from mtango_ref.model import DevState


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a fixture, beside which is a CSV file without mistakes."""
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    return tmp_path


def found(folder: Path | None, keys: str, shape: str = "data_type: DevLong") -> list[str]:
    """Return the mistakes of a Replay, without where it is: what it has is in line 5."""
    text = f"""\
        classes:
          A:
            attributes:
              x: {{{shape}, simulation: {{
                quantity_simulation_type: Replay, {keys}}}}}
        devices: {{a/b/c: {{class: A}}}}
    """
    place = r"5: class A, attributes\.x\.simulation\.|4: .*\.(?=\w+: missing)"
    told = [re.subn(f"^({place})", "", each) for each in mistakes(text, folder)]
    assert all(count for _, count in told), told
    return [each for each, _ in told]


INTEGER = "expected an integer in -2147483648..2147483647"


@pytest.mark.parametrize(
    ("content", "column", "expected"),
    [
        (b"", "1", "c.csv has no rows; expected at least one"),
        (b"\n\n", "1", "c.csv has no rows; expected at least one"),
        (b"a,b\n", "b", "c.csv has no rows; expected at least one"),
        (b"", "b", "c.csv, line 1: no columns named 'b'; expected a header"),
        (b"a,B\n1,2\n", "b", "c.csv, line 1: no columns named 'b'; expected one of 'a', 'B'"),
        (b"b,b\n1,2\n", "b", "c.csv, line 1: 2 columns named 'b'; expected one of 'b', 'b'"),
        (b"1,2\n3\n", "2", "c.csv, line 2: 1 cells; expected at least 2"),
        (b"a;b\n1;2\n", "2", "c.csv, line 1: 1 cells; expected at least 2"),
        (b"1\nx\n", "1", f"c.csv, line 2: 'x' is not valid; {INTEGER}"),
        (b"\xef\xbb\xbf1\r\n\r\n1.5\r\n", "1", f"c.csv, line 3: '1.5' is not valid; {INTEGER}"),
        (b"a,b\n1,\n,\n", "b", f"c.csv, line 2: '' is not valid; {INTEGER}"),
        (b"1\n2147483648", "1", f"c.csv, line 2: 2147483648 is not valid; {INTEGER}"),
        (b"9" * 200_000, "1", "c.csv, line 1: not CSV: field larger than field limit (131072)"),
        (b"9" * 9_999, "1", f"c.csv, line 1: '{'9' * 56}.. is not valid; {INTEGER}"),
        (b'1\n"2\n3\n', "1", "c.csv, line 3: not CSV: unexpected end of data"),
        (b'1\n"2"3\n', "1", "c.csv, line 2: not CSV: ',' expected after '\"'"),
        (b"1\n\x89PNG\r\n", "1", "c.csv, line 2: byte 2 is not UTF-8; expected text in UTF-8"),
        (b"1\n2\x00\n", "1", "c.csv, line 2: byte 3 is NUL; expected text in UTF-8"),
    ],
)  # fmt: skip
def test_wrong_file_is_reported_with_its_line(
    tmp_path: Path, content: bytes, column: str, expected: str
) -> None:
    (tmp_path / "c.csv").write_bytes(content)
    assert found(tmp_path, f"file: c.csv, column: {column}") == [f"file: {expected}"]


@pytest.mark.parametrize(
    ("shape", "cell", "expected"),
    [
        ("data_type: DevUChar", "1256", "expected an integer in 0..255"),
        ("data_type: DevDouble", "x", "expected a number"),
        ("data_type: DevFloat", "1e+39", "expected a number in -3.40282e+38..3.40282e+38"),
        ("data_type: DevBoolean", "yes", "expected true or false"),
        (ENUM, "fast", "expected a label: Slow, Fast"),
        ("data_type: DevState", "on", f"expected a state: {', '.join(DevState.__members__)}"),
    ],
)
def test_cells_of_another_type_are_reported(
    tmp_path: Path, shape: str, cell: str, expected: str
) -> None:
    (tmp_path / "c.csv").write_text(f"\n{cell}\n", "utf-8")
    told = f"file: c.csv, line 2: {cell if cell[0] == '1' else repr(cell)} is not valid; {expected}"
    assert found(tmp_path, "file: c.csv, column: 1", shape) == [told]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("1\n2\n1.5\n", "line 3: time '1.5' is before the last one; expected ascending times"),
        ("nan\n", "line 1: time 'nan' is before the last one; expected ascending times"),
        ("-inf\n1\n", "line 1: time '-inf' is before the last one; expected ascending times"),
        ("1\ninf\n", "line 2: time 'inf' is before the last one; expected ascending times"),
        ("1\n12:00\n", "line 2: time '12:00' is not valid;"
         " expected seconds, or a date such as 2026-01-31T12:00:00"),
    ],
)  # fmt: skip
def test_wrong_times_are_reported(tmp_path: Path, times: str, expected: str) -> None:
    (tmp_path / "c.csv").write_text(times, "utf-8")
    assert found(tmp_path, "file: c.csv, column: 1, time_column: 1", "data_type: DevString") == [
        f"file: c.csv, {expected}"
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("file: rows.csv", ["column: missing; expected a value"]),
        ("column: 1", ["file: missing; expected a value"]),
        (
            "file: 5, column: 0, time_column: '', wraps: 1, wrap: true",
            [
                "column: 0 is not valid; expected the name of a column, or its number from 1",
                "file: 5 is not valid; expected text",
                "time_column: '' is not valid; expected the name of a column, or its number from 1",
                "wrap: unknown key; did you mean wraps?",
                "wraps: 1 is not valid; expected true or false",
            ],
        ),
        (
            "file: rows.csv, column: true",
            ["column: true is not valid; expected the name of a column, or its number from 1"],
        ),
    ],
)
def test_wrong_keys_are_reported(folder: Path, keys: str, expected: list[str]) -> None:
    assert found(folder, keys) == expected


def test_shapes_that_cannot_be_replayed_are_reported(folder: Path) -> None:
    types = (
        "DevShort, DevLong, DevInt, DevLong64, DevUChar, DevUShort, DevULong, DevULong64, DevFloat,"
        " DevDouble, DevBoolean, DevString, DevState, DevEnum"
    )
    kind = "quantity_simulation_type: Replay cannot produce"
    keys = "file: rows.csv, column: pumps"
    assert found(folder, keys, "data_type: DevEncoded") == [f"{kind} DevEncoded; expected {types}"]


def unreadable(folder: Path) -> dict[str, tuple[str, str]]:
    """Make unreadable files: the path as written and the mistake, by what is wrong."""
    outside = folder.parent / "outside.csv"
    absolute = "/nowhere/outside.csv"
    outside.write_text("1\n", "utf-8")
    (folder / "out.csv").symlink_to("../outside.csv")
    (folder / "out").symlink_to("..")
    (folder / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(folder / "pipe.csv")
    with (folder / "large.csv").open("wb") as file:
        file.truncate(100_000_000)
    below = "expected a path below the fixture's folder"
    leads = "expected a file in the fixture's folder"
    beside = "expected a CSV file beside the fixture"
    return {
        "missing": ("no.csv", f"'no.csv' cannot be read: No such file or directory; {beside}"),
        "no folder": ("n/o.csv", f"'n/o.csv' cannot be read: No such file or directory; {beside}"),
        "long": ("x" * 900, f"'{'x' * 56}.. cannot be read: File name too long; {beside}"),
        "loop": (
            "loop.csv",
            f"'loop.csv' cannot be read: Too many levels of symbolic links; {beside}",
        ),
        "folder": (".", f"'.' cannot be read: Is a directory; {beside}"),
        "pipe": ("pipe.csv", f"'pipe.csv' cannot be read: not a file; {beside}"),
        "large": (
            "large.csv",
            f"'large.csv' cannot be read: too large; expected at most {MAX_FILE_BYTES} bytes",
        ),
        "absolute": (absolute, f"{absolute!r} is not valid; {below}"),
        "up": ("../outside.csv", f"'../outside.csv' is not valid; {below}"),
        "down and up": ("out/../x.csv", f"'out/../x.csv' is not valid; {below}"),
        "drive": ("C:/x.csv", f"'C:/x.csv' is not valid; {below}"),
        "backslashes": (r"..\x.csv", rf"'..\\x.csv' is not valid; {below}"),
        "empty": ("", f"'' is not valid; {below}"),
        "linked": ("out.csv", f"out.csv leads outside; {leads}"),
        "linked folder": ("out/outside.csv", f"out/outside.csv leads outside; {leads}"),
    }


@pytest.mark.parametrize("what", [
    "missing", "no folder", "long", "loop", "folder", "pipe", "large", "absolute", "up",
    "down and up", "drive", "backslashes", "empty", "linked", "linked folder",
])  # fmt: skip
def test_unreadable_file_is_reported(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "fixture"
    folder.mkdir()
    file, expected = unreadable(folder)[what]
    assert found(folder, f"file: '{file}', column: 1") == [f"file: {expected}"]


def test_file_needs_a_fixture_in_a_file() -> None:
    told = "file: 'c.csv' has no folder; expected the fixture to be a file"
    assert found(None, "file: c.csv, column: 1") == [told]


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("1\n" * (MAX_ROWS + 1), "utf-8")
    told = f"file: c.csv, line {MAX_ROWS + 1}: too many rows; expected at most {MAX_ROWS}"
    assert found(tmp_path, "file: c.csv, column: 1") == [told]


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        ("MAX_ALL_ROWS", 9, "too many rows; expected at most 9 in all files"),
        ("MAX_ALL_BYTES", 50, "too much to read; expected at most 50 bytes in all"),
    ],
)
def test_limits_count_for_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, expected: str
) -> None:
    """One column is read once, be it replayed often; other ones count."""
    monkeypatch.setattr(csv_columns, limit, value)
    (tmp_path / "c.csv").write_text("1,2,3\n" * 4, "utf-8")
    attributes = ", ".join(
        f"{name}: {{data_type: DevLong, simulation: {{quantity_simulation_type: Replay,"
        f" file: c.csv, column: {column}}}}}"
        for name, column in (("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 2), ("f", 3))
    )
    text = f"classes: {{A: {{attributes: {{{attributes}}}}}}}\ndevices: {{a/b/c: {{class: A}}}}"
    assert mistakes(text, tmp_path) == [f"1: class A, attributes.f.simulation.file: {expected}"]


def test_wrong_file_is_reported_for_each_use(tmp_path: Path) -> None:
    simulation = "{quantity_simulation_type: Replay, file: no.csv, column: 1}"
    attribute = f"{{data_type: DevLong, simulation: {simulation}}}"
    text = f"""\
        classes:
          A:
            attributes:
              x: {attribute}
              y: {{data_type: DevLong}}
        devices:
          a/b/c: {{class: A, attributes: {{x: {{unit: V}}}}}}
          a/b/d: {{class: A, attributes: {{y: {{simulation: {simulation}}}}}}}
    """
    why = (
        "'no.csv' cannot be read: No such file or directory; expected a CSV file beside the fixture"
    )
    assert mistakes(text, tmp_path) == [
        f"4: class A, attributes.x.simulation.file: {why}",
        f"8: device a/b/d, attributes.y.simulation.file: {why}",
    ]
