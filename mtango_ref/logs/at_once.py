"""Lines written at once or not at all, by a process of one thread that nothing may hold up.

The parent of the workers has no thread that could wait for a pipe in its place. What a pipe, a
terminal or a socket does not take at once is lost, and its count is written with the next line.
"""

from __future__ import annotations

import logging
import os
import select
import stat

from mtango_ref.logs.line_writer import FORMAT, keep_standard_streams

_LONGEST = 4096
"""Bytes of a line. POSIX, write(2): a pipe takes so many as a whole, or none."""


class AtOnce:
    """Writes lines to a file descriptor, and waits for nobody."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = _opened_anew(descriptor)
        self._lost = 0

    def write(self, text: str) -> None:
        """Write each line of a text, if there is room for it."""
        for line in text.split("\n"):
            if self._lost and self._put(f"{self._lost} lines were lost"):
                self._lost = 0
            self._lost += not self._put(line)

    def _put(self, line: str) -> bool:
        data = line.encode("utf-8", "backslashreplace")[: _LONGEST - 1] + b"\n"
        try:
            return self._has_room() and os.write(self._descriptor, data) == len(data)
        except OSError:  # full, by what another process wrote meanwhile; or nobody reads
            return False

    def _has_room(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(0))


def _opened_anew(descriptor: int) -> int:
    """Return a descriptor of the same pipe or terminal that never waits.

    The given one is shared with the workers and the shell, which a flag of it would change, too.
    Returns that one where the system opens none: only its room is asked for before each line.
    """
    try:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):  # a file has no end to wait for
            return descriptor
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
        return os.open(f"/proc/self/fd/{descriptor}", flags)
    except OSError:
        return descriptor


class AtOnceHandler(logging.Handler):
    """Writes records at once."""

    def __init__(self, lines: AtOnce) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self._lines.write(self.format(record))


def log_at_once() -> AtOnce:
    """Write what is logged on standard error, as the parent of workers needs it; return how."""
    keep_standard_streams()
    lines = AtOnce(2)
    handler = AtOnceHandler(lines)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger().handlers[:] = [handler]
    return lines
