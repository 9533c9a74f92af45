"""The audit log: a line a change, with what was given and the result."""

from __future__ import annotations

import time
from typing import NamedTuple

import orjson

from mtango_ref.logs.access import LOST, instant, plain
from mtango_ref.logs.line_writer import LineWriter

_LONGEST = 1500
"""Characters of a target, and of a body: with them a line is less than the 4096 bytes that a pipe
takes as a whole."""
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
        "origin": plain(entry.origin),
        "method": plain(entry.method),
        "target": _cut(plain(entry.target, _LONGEST)),
        "body": _cut(plain(entry.body[: 4 * _LONGEST].decode("utf-8", "replace"), _LONGEST)),
        "result": plain(entry.result),
        "request_id": plain(entry.request_id),
    }


def _cut(escaped: str) -> str:
    """Bound a text that escapes have made longer, and in which JSON writes each backslash twice."""
    if len(escaped) + escaped.count("\\") <= _LONGEST:
        return escaped
    return escaped[: _LONGEST // 2].removesuffix("...") + "..."


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
