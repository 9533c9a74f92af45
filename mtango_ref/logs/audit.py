"""The audit log: a line a change, with what was given and the result."""

from __future__ import annotations

import time
from typing import NamedTuple

import orjson

from mtango_ref.logs.access import LOST, instant, plain
from mtango_ref.logs.line_writer import LineWriter

# POSIX, write(2): lines of several processes do not mix in a pipe up to PIPE_BUF, 4096 bytes. With
# these a line is shorter.
_LONGEST = 1500
"""Characters of a target, and of a body."""
_LONGEST_WORD = 300
"""Characters of an origin, and of a result."""
DONE = "done"


class Entry(NamedTuple):
    """A change that was asked for."""

    request_id: str
    client: str
    origin: str
    """The origin of the page that asked; empty where no page says that it did."""
    operation: str
    method: str
    target: str
    """The path and the query, in which a value may stand."""
    body: bytes
    result: str = DONE
    """A word: DONE, the reason of a failure, or what else kept it from being made."""


def _fields(entry: Entry) -> dict[str, str]:
    return {
        "time": instant(time.time()),
        "audit": entry.operation,
        "client": plain(entry.client),
        "origin": _cut(plain(entry.origin), _LONGEST_WORD),
        "method": plain(entry.method),
        "target": _cut(plain(entry.target, _LONGEST)),
        "body": _cut(plain(entry.body[: 4 * _LONGEST].decode("utf-8", "replace"), _LONGEST)),
        "result": _cut(plain(entry.result), _LONGEST_WORD),
        "request_id": plain(entry.request_id),
    }


def _cut(escaped: str, longest: int = _LONGEST) -> str:
    """Bound a text that escapes have made longer, and in which JSON writes each backslash twice."""
    if len(escaped) + escaped.count("\\") <= longest:
        return escaped
    return escaped[: longest // 2].removesuffix("...") + "..."


def _as_json(entry: Entry) -> str:
    return orjson.dumps(_fields(entry)).decode()


def _as_text(entry: Entry) -> str:
    return " ".join(word or "-" for word in _fields(entry).values())


FORMATS = {"console": _as_text, "json": _as_json}
"""The writers of entries, by the setting `audit_log`."""


class AuditLog:
    """Writes a line for each entry."""

    def __init__(self, kind: str, descriptor: int) -> None:
        """Write to a file descriptor. kind: one of FORMATS."""
        self._form = FORMATS[kind]
        self._writer = LineWriter(descriptor, LOST[kind])

    def write(self, entry: Entry) -> None:
        """Have the line written."""
        line = self._form(entry)
        self._writer.write(lambda: line)

    def close(self) -> None:
        """Write what waits."""
        self._writer.close()


def audit_log(kind: str) -> AuditLog | None:
    """Return the log that the setting asks for, on standard output; None for `off`."""
    return None if kind == "off" else AuditLog(kind, descriptor=1)
