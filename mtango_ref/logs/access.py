"""The access log: a line a request, for people or as JSON.

What comes from clients and devices is cut, and has no control characters. Of a query only what is
known to hold no secret is written; headers are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NamedTuple

import orjson

from mtango_ref.logs.line_writer import LineWriter

_LONGEST_PATH = 1024
_LONGEST_WORD = 128
_OPEN_KEYS = {"attr", "wildcard", "async", "timeout", "range", "filter"}
"""Keys of a query whose values are written: rc3's, but for `v`, a command's argument."""
_WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}", re.ASCII)
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


class Entry(NamedTuple):
    """An answer that was given."""

    time: float
    """s since the epoch."""
    request_id: str
    client: str
    method: str
    target: str
    """The request's URL as it came."""
    status: int
    size: int
    """Bytes of the body."""
    seconds: float
    """From the last byte of the request to the last of the answer, as far as it was taken."""
    operation: str
    """The id of the operation, empty where the app has not been asked."""
    reason: str
    """That of Tango's failure, empty without one."""


class AccessLog:
    """Writes a line for each entry."""

    def __init__(self, kind: str, descriptor: int) -> None:
        """Write to a file descriptor. kind: one of FORMATS."""
        self._form = FORMATS[kind]
        self._writer = LineWriter(descriptor, LOST[kind])

    def write(self, entry: Entry) -> None:
        """Have the line written."""
        self._writer.write(lambda: self._form(entry))

    def close(self) -> None:
        """Write what waits."""
        self._writer.close()


def access_log(kind: str) -> AccessLog | None:
    """Return the log that the setting asks for, on standard output; None for `off`."""
    return None if kind == "off" else AccessLog(kind, descriptor=1)


def well_formed_id(given: str) -> bool:
    """Return True for a request's id that may stand in a log and in an answer."""
    return _WELL_FORMED_ID.fullmatch(given) is not None


def plain(text: str, longest: int = _LONGEST_WORD) -> str:
    """Return a text in printable ASCII, cut to a length, as one word."""
    # Unicode has characters that turn the line around, so there are none of them.
    shown = text[:longest].encode("unicode_escape").decode("ascii").replace(" ", "\\x20")
    return shown + "..." if len(text) > longest else shown


def path_and_query(target: str) -> tuple[str, str]:
    """Split a URL, and leave away what may be a secret: who asks, and values of other keys."""
    resource = _AUTHORITY.sub("", target, count=1).partition("#")[0]
    path, _, query = resource.partition("?")
    shown = "&".join(_open(pair) for pair in query.split("&")) if query else ""
    return plain(path, _LONGEST_PATH), plain(shown, _LONGEST_PATH)


def _open(pair: str) -> str:
    key, equals, _ = pair.partition("=")
    if key in _OPEN_KEYS:
        return pair
    return f"{key}=..." if equals else "..."


def instant(time: float) -> str:
    """Format s since the epoch as RFC 3339 has them, in ms."""
    found = datetime.fromtimestamp(time, timezone.utc)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(entry: Entry) -> str:
    """Write an entry as an object in one line."""
    path, query = path_and_query(entry.target)
    fields = {
        "time": instant(entry.time),
        "request_id": entry.request_id,
        "client": plain(entry.client),
        "method": plain(entry.method),
        "path": path,
        "query": query,
        "status": entry.status,
        "bytes": entry.size,
        "duration_ms": round(entry.seconds * 1000, 3),
        "operation": entry.operation,
        "reason": plain(entry.reason),
    }
    return orjson.dumps(fields).decode()


def as_text(entry: Entry) -> str:
    """Write an entry in words that a space parts; `-` for what there is not."""
    path, query = path_and_query(entry.target)
    words = (
        instant(entry.time),
        plain(entry.client),
        plain(entry.method),
        path + (f"?{query}" if query else ""),
        str(entry.status),
        f"{entry.size}B",
        f"{entry.seconds * 1000:.1f}ms",
        entry.operation,
        plain(entry.reason),
        entry.request_id,
    )
    return " ".join(word or "-" for word in words)


FORMATS: dict[str, Callable[[Entry], str]] = {"console": as_text, "json": as_json}
"""How entries are written, by the setting `access_log`."""
LOST: dict[str, Callable[[int], str]] = {
    "console": lambda count: f"- {count} lines were lost",
    "json": lambda count: orjson.dumps({"lost": count}).decode(),
}
"""How lost lines are counted."""
