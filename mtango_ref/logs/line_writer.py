"""Lines written by a thread of their own: a disk or a pipe that is full holds up nobody.

Who logs puts a line into a queue, which costs a request little: the thread takes the lines of some
time together. What cannot be written is lost, and its count is written as soon as that is possible.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator

Line = Callable[[], str]
"""Makes a line, in the thread that writes it."""

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
"""Format of a line of the ordinary log, as logging.Formatter takes it."""
_MOST_WAITING = 10_000
"""Lines that wait to be written."""
_AT_ONCE = 4096
"""Bytes of lines that are written together. POSIX, write(2): a pipe takes so many as a whole, so
that lines of several processes do not mix."""
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

    def __init__(
        self, descriptor: int, say_lost: Callable[[int], str], gather: float = 0.0
    ) -> None:
        """Write nothing yet.

        say_lost: makes the line about lines that were lost. gather: s that a line waits for others
        that are written with it.
        """
        self._descriptor = descriptor
        self._say_lost = say_lost
        self._gather = gather
        self._waiting: deque[Line] = deque()
        self._wake, self._closing = threading.Event(), threading.Event()
        self._lost = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0
        """The one whose thread that is: a fork takes no threads along."""

    def write(self, line: Line) -> None:
        """Have a line written, some time."""
        if self._process != os.getpid():
            self._start()
        if len(self._waiting) >= _MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(line)
        # The thread clears this before it looks for lines, so none is left behind.
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits, if that is possible soon."""
        if self._thread is not None and self._process == os.getpid():
            self._closing.set()
            self._wake.set()
            self._thread.join(_CLOSE_TIME)

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._waiting = deque()  # what waits in the parent is written there
            self._wake, self._closing = threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
            self._process = os.getpid()

    def _run(self) -> None:
        while not (self._closing.is_set() and not self._waiting):
            self._wake.wait()
            if self._gather:
                self._closing.wait(self._gather)
            self._wake.clear()
            for lines in self._together():
                if self._put(lines) and self._lost:
                    lost, self._lost = self._lost, 0
                    self._put([_encoded(self._say_lost(lost))])

    def _together(self) -> Iterator[list[bytes]]:
        """Take the lines that wait, as many at a time as are written at once."""
        lines, size = list[bytes](), 0
        while self._waiting:
            line = _encoded(self._waiting.popleft()())
            if lines and size + len(line) > _AT_ONCE:
                yield lines
                lines, size = [], 0
            lines.append(line)
            size += len(line)
        if lines:
            yield lines

    def _put(self, lines: list[bytes]) -> bool:
        data = b"".join(lines)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._lost += len(lines)
            return False
        return True


def _encoded(line: str) -> bytes:
    return (line + "\n").encode("utf-8", "backslashreplace")
