"""Lines are written by a thread of their own, whatever becomes of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from echo_server import eventually
from mtango_ref.logs import line_writer
from mtango_ref.logs.line_writer import LineWriter, keep_standard_streams


@pytest.fixture
def pipe() -> Iterator[list[int]]:
    ends = [*os.pipe()]
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def say_lost(count: int) -> str:
    return f"lost {count}"


def read(descriptor: int) -> list[str]:
    return os.read(descriptor, 100_000).decode().splitlines()


def test_lines_come_in_their_order_before_it_is_closed(pipe: list[int]) -> None:
    writer = LineWriter(pipe[1], say_lost)
    for number in range(100):
        writer.write(lambda number=number: f"{number}")  # type: ignore[misc] # as mypy has it
    writer.close()
    assert read(pipe[0]) == [f"{number}" for number in range(100)]


def test_pipe_that_nobody_reads_holds_up_nobody(
    pipe: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines wait; one too many is lost, and counted as soon as there is room."""
    monkeypatch.setattr(line_writer, "_MOST_WAITING", 5)
    writer = LineWriter(pipe[1], say_lost)
    long = "x" * 100_000  # more than a pipe holds
    writer.write(lambda: long)
    assert eventually(lambda: not writer._waiting)
    for _ in range(12):
        writer.write(lambda: "short")
    expected = b"x" * 100_000 + b"\nlost 7\n" + b"short\n" * 5
    got = b""
    while len(got) < len(expected):
        got += os.read(pipe[0], 100_000)
    assert got == expected
    writer.close()


def test_lines_are_written_together_as_far_as_they_stay_whole() -> None:
    """A pipe takes 4096 bytes as a whole, so that lines of several processes do not mix."""
    lengths = [*[300] * 40, 4095, 4096, 9000, 1]
    reading, writing = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with reading, writing:  # which keeps each write apart
        writer = LineWriter(writing.fileno(), say_lost, gather=30.0)
        for length in lengths:
            writer.write(lambda length=length: "x" * length)  # type: ignore[misc]  # as above
        writer.close()
        writing.shutdown(socket.SHUT_WR)
        writes = [*iter(lambda: reading.recv(100_000), b"")]
    assert [len(line) for each in writes for line in each.decode().splitlines()] == lengths
    assert [each.count(b"\n") for each in writes] == [13, 13, 13, 1, 1, 1, 1, 1]
    assert all(each.endswith(b"\n") for each in writes)


def test_closing_writes_what_is_gathered(pipe: list[int]) -> None:
    writer = LineWriter(pipe[1], say_lost, gather=1000.0)
    writer.write(lambda: "line")
    writer.close()
    assert read(pipe[0]) == ["line"]


def test_disk_that_is_full_loses_lines_alone() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LineWriter(full, say_lost)
    for _ in range(3):
        writer.write(lambda: "line")
    assert eventually(lambda: writer._lost == 3)
    reading, writing = os.pipe()
    os.dup2(writing, full)  # there is room again
    writer.write(lambda: "line")
    assert eventually(lambda: writer._lost == 0)
    assert read(reading) == ["line", "lost 3"]
    writer.close()
    for each in (full, reading, writing):
        os.close(each)


def test_closed_descriptor_loses_lines_alone(pipe: list[int]) -> None:
    os.close(pipe[0])  # EPIPE
    writer = LineWriter(pipe[1], say_lost)
    writer.write(lambda: "line")
    assert eventually(lambda: writer._lost == 1)
    writer.close()


def test_writer_goes_on_in_a_fork(pipe: list[int]) -> None:
    """The fork has a thread of its own, and nothing of what waits in the parent."""
    writer = LineWriter(pipe[1], say_lost)
    writer.write(lambda: "parent")
    writer.close()
    if not (child := os.fork()):
        writer.write(lambda: "child")
        writer.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert read(pipe[0]) == ["parent", "child"]


def test_standard_streams_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_(path: str, _: int) -> int:
        opened.append(path)
        return 2

    monkeypatch.setattr(line_writer, "_is_free", lambda descriptor: descriptor == 2)
    monkeypatch.setattr(os, "open", open_)
    keep_standard_streams()
    assert opened == [os.devnull]
