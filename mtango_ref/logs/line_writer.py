"""Lines written by a thread of their own: a disk or a pipe that is full holds up nobody.

Who logs puts a line into a queue. What cannot be written is lost, and its count is written as
soon as that is possible.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

Line = Callable[[], str]
"""Makes a line, in the thread that writes it."""

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
"""Format of a line of the ordinary log, as logging.Formatter takes it."""
_MOST_WAITING = 10_000
"""Lines that wait to be written."""
_CLOSE_TIME = 1.0
"""s that are given to the lines that wait when the process ends."""


def keep_standard_streams() -> None:
    """See that descriptors 0 to 2 are taken, so that no socket has the number of a log."""
    for descriptor in filter(_is_free, range(3)):
        taken = os.open(os.devnull, os.O_RDWR)
        if taken != descriptor:  # POSIX: open takes the lowest number that is free
            os.close(taken)


def _is_free(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


class LineWriter:
    """Writes lines to a file descriptor, in their order."""

    def __init__(self, descriptor: int, say_lost: Callable[[int], str]) -> None:
        """Write nothing yet. say_lost: makes the line about lines that were lost."""
        self._descriptor = descriptor
        self._say_lost = say_lost
        self._queue: SimpleQueue[Line | None] = SimpleQueue()
        self._lost = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0
        """The one whose thread that is: a fork takes no threads along."""

    def write(self, line: Line) -> None:
        """Have a line written, some time."""
        if self._process != os.getpid():
            self._start()
        if self._queue.qsize() >= _MOST_WAITING:
            self._lost += 1
            return
        self._queue.put(line)

    def close(self) -> None:
        """Write what waits, if that is possible soon."""
        if self._thread is not None and self._process == os.getpid():
            self._queue.put(None)
            self._thread.join(_CLOSE_TIME)

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._queue = SimpleQueue()  # what waits in the parent is written there
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
            self._process = os.getpid()

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            if self._put(line) and self._lost:
                lost, self._lost = self._lost, 0
                self._put(lambda: self._say_lost(lost))  # noqa: B023 - at once

    def _put(self, line: Line) -> bool:
        # One write a line: lines of several processes do not mix.
        data = (line() + "\n").encode("utf-8", "backslashreplace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._lost += 1
            return False
        return True
