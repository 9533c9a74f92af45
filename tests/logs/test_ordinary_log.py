"""The ordinary log: one line a failure of a kind, then their count; nothing that clients forge."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from echo_server import eventually
from mtango_ref.logs.ordinary import LogHandler

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"


class Log:
    """A logger with the handler, and what it has written by now."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        self.handler = LogHandler(self._writing)
        self.logger = logging.Logger("some.logger")
        self.logger.addHandler(self.handler)
        self._text = ""

    def fail(self, text: str = "it failed", error: type[Exception] = ValueError) -> None:
        try:
            fail_by(error, text)
        except error:
            self.logger.exception("GET %s", text)

    def lines(self) -> list[str]:
        """Return the lines without the time."""
        with suppress(BlockingIOError):
            self._text += os.read(self._reading, 100_000).decode()
        return [re.sub(f"^{STAMP} ", "", line) for line in self._text.splitlines()]

    def messages(self) -> list[str]:
        return [line for line in self.lines() if not line.startswith("  ")]

    def close(self) -> None:
        self.handler.close()
        os.close(self._reading)
        os.close(self._writing)


def fail_by(error: type[Exception], text: str) -> None:
    raise error(text)


@contextmanager
def log() -> Iterator[Log]:
    opened = Log()
    try:
        yield opened
    finally:
        opened.close()


def test_line_has_time_level_logger_and_message() -> None:
    with log() as opened:
        opened.logger.warning("%d files", 3)
        assert eventually(lambda: opened.lines() == ["WARNING some.logger: 3 files"])
        assert re.match(STAMP, opened._text)


def test_repeated_failures_are_one_line_and_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[threading.Timer] = []

    def keep(self: threading.Timer) -> None:
        timers.append(self)

    monkeypatch.setattr(threading.Timer, "start", keep)
    with log() as opened:
        for number in range(5):
            opened.fail(f"/path/{number}")
        [timer] = timers
        assert 0 < timer.interval <= 60
        timer.function(*timer.args)
        opened.fail("/path/5")  # the next period has a first one again
        expected = [
            "ERROR some.logger: GET /path/0",
            "ERROR some.logger: 4 more like this one: GET /path/0",
            "ERROR some.logger: GET /path/5",
        ]
        assert eventually(lambda: opened.messages() == expected)


def test_failures_of_other_kinds_are_lines_of_their_own() -> None:
    with log() as opened:
        opened.fail("/a", ValueError)
        opened.fail("/b", KeyError)
        opened.logger.error("GET %s", "/c")
        expected = [f"ERROR some.logger: GET /{each}" for each in "abc"]
        assert eventually(lambda: opened.messages() == expected)


def test_what_is_no_failure_is_not_counted() -> None:
    with log() as opened:
        for _ in range(3):
            opened.logger.info("hello")
        assert eventually(lambda: opened.messages() == ["INFO some.logger: hello"] * 3)


def test_count_is_written_at_the_end() -> None:
    with log() as opened:
        for _ in range(3):
            opened.logger.error("no")
        opened.handler._repeats.end_all()
        expected = ["ERROR some.logger: no", "ERROR some.logger: 2 more like this one: no"]
        assert eventually(lambda: opened.messages() == expected)


@pytest.mark.parametrize("forged", ["a\n2026-01-01 00:00:00,000 ERROR forged", "\x1b[2J\x07\u202e"])
def test_client_forges_no_line(forged: str) -> None:
    """Neither by the message, nor by that of the exception, whose lines stand behind spaces."""
    with log() as opened:
        opened.fail(forged)
        assert eventually(lambda: len(opened.lines()) > 3)
        assert len(opened.messages()) == 1
        assert all(line.isprintable() for line in opened.lines())
        assert "  Traceback (most recent call last):" in opened.lines()
