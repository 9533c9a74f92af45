"""Lines of a process that may not wait: for a pipe, for a reader, for a terminal."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from filled import fill
from mtango_ref.logs.at_once import AtOnce


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_lines_are_written_whole(pipe: tuple[int, int]) -> None:
    AtOnce(pipe[1]).write("one\ntwo \udcff")
    assert os.read(pipe[0], 100) == b"one\ntwo \\udcff\n"


def test_full_pipe_costs_lines_which_are_counted(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    lines = AtOnce(writing)
    count = fill(writing)
    lines.write("one\ntwo")
    lines.write("three")
    assert os.read(reading, count) == b"\n" * count
    lines.write("four")
    lines.write("five")
    assert os.read(reading, 100) == b"3 lines were lost\nfour\nfive\n"


def test_flags_of_others_stay(pipe: tuple[int, int]) -> None:
    AtOnce(pipe[1]).write("one")
    assert os.get_blocking(pipe[1])


def test_long_line_is_cut(pipe: tuple[int, int]) -> None:
    AtOnce(pipe[1]).write("x" * 5000)
    assert os.read(pipe[0], 6000) == b"x" * 4095 + b"\n"


def test_terminal_that_is_stopped_costs_lines() -> None:
    ours, theirs = pty.openpty()
    try:
        lines = AtOnce(theirs)
        fill(theirs)
        lines.write("one")
        assert lines._lost == 1
    finally:
        os.close(ours)
        os.close(theirs)


def test_nobody_who_reads_costs_lines() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    lines = AtOnce(writing)
    lines.write("one")
    assert lines._lost == 1
    os.close(writing)
    lines.write("two")
    assert lines._lost == 2


def test_file_is_appended_to(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("before\n", "utf-8")
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)
    AtOnce(descriptor).write("one")
    os.close(descriptor)
    assert file.read_text("utf-8") == "before\none\n"
