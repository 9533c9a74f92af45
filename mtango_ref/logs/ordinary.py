"""The ordinary log of a server: what there is to say to its operator, once each minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

from mtango_ref.logs.line_writer import FORMAT, LineWriter, keep_standard_streams

PERIOD = 60.0
"""s within which only the first of several records of one kind is written."""

_LONGEST_REPEATED = 200
"""Characters of the first message that stand beside the count."""

_Kind = tuple[object, ...]


class LogHandler(logging.Handler):
    """Writes records to a file descriptor, the repeated ones as a count."""

    def __init__(self, descriptor: int, period: float = PERIOD) -> None:
        super().__init__()
        self._writer = LineWriter(descriptor, lambda count: f"{count} lines were lost")
        self._repeats = Repeats(period, self._write_count)
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record written, or counted."""
        if self._repeats.admits(record):
            text = self.format(record)
            self._writer.write(lambda: text)

    def _write_count(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        self._writer.write(lambda: text)

    def close(self) -> None:
        """Write what waits and what was counted."""
        self._repeats.end_all()
        self._writer.close()
        super().close()


def log_in_background() -> None:
    """Let a thread of its own write what is logged on standard error, as a server needs it."""
    keep_standard_streams()
    logging.getLogger().handlers[:] = [LogHandler(descriptor=2)]


class LineFormatter(logging.Formatter):
    """Writes a record as a line; what comes from a client cannot begin another one."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Write all but the traceback, without control characters."""
        return _printable(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        """Write a traceback, each line of it behind two spaces."""
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type] # as logging has it
        return "\n".join(f"  {_printable(line)}" for line in lines)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


class Repeats:
    """Admits the first record of each kind in a period, and counts those that follow."""

    def __init__(self, period: float, report: Callable[[logging.LogRecord], None]) -> None:
        """Have seen nothing.

        period: in s. report: takes a record of how many followed, when it is over.
        """
        self._period = period
        self._report = report
        self._lock = threading.Lock()
        self._seen: dict[_Kind, _Seen] = {}

    def admits(self, record: logging.LogRecord) -> bool:
        """Return True if a record is to be written."""
        if record.levelno < logging.WARNING:
            return True
        kind, now = _kind(record), monotonic()
        with self._lock:
            seen = self._seen.get(kind)
            if seen is None or (not seen.count and now >= seen.until):
                self._seen[kind] = _Seen(record, now + self._period)
                return True
            seen.count += 1
            if seen.count == 1:
                timer = threading.Timer(max(seen.until - now, 0.0), self._end, [kind])
                timer.daemon = True
                timer.start()
        return False

    def end_all(self) -> None:
        """Report all that was counted."""
        for kind in [*self._seen]:
            self._end(kind)

    def _end(self, kind: _Kind) -> None:
        with self._lock:
            seen = self._seen.pop(kind, None)
        if seen is not None and seen.count:
            self._report(seen.summary())


class _Seen:
    """The first record of a kind, without its traceback, which holds much; and a count."""

    __slots__ = ("_origin", "_text", "count", "until")

    def __init__(self, record: logging.LogRecord, until: float) -> None:
        self._origin = record.name, record.levelno, record.pathname, record.lineno
        self._text = record.getMessage()[:_LONGEST_REPEATED]
        self.until = until
        self.count = 0

    def summary(self) -> logging.LogRecord:
        """Make a record of those that followed."""
        message = f"{self.count} more like this one: {self._text}"
        return logging.LogRecord(*self._origin, message, None, None)


def _kind(record: logging.LogRecord) -> _Kind:
    """Return what records of one kind have in common: where they come from, bounded by our code."""
    where: _Kind = (record.name, record.levelno, record.pathname, record.lineno)
    if not record.exc_info or record.exc_info[0] is None:
        return where
    traceback = record.exc_info[2]
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    raised = traceback and (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
    return (*where, record.exc_info[0], raised)
