"""The access log: a line a request, for people or as JSON.

What comes from clients and devices is cut, and has no control characters. Of a query only what is
known to hold no secret is written; headers are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from functools import lru_cache, partial
from typing import NamedTuple

import orjson

from mtango_ref.logs.line_writer import LineWriter

_LONGEST_PATH = 1024
_LONGEST_WORD = 128
_OPEN_KEYS = {"attr", "wildcard", "async", "timeout", "range", "filter"}
"""Keys of a query whose values are written: rc3's, but for `v`, a command's argument."""
_PLAIN = re.compile(r"[!-\[\]-~]*", re.ASCII)
"""Text that is printable ASCII, and has neither a space nor the backslash that escapes."""
_GATHER = 0.01
"""s that a line waits for others. A thread that wakes for each costs as much as a request."""
_KEPT = 512
"""Characters of texts at most of which the parts of a line are kept for the next one with them."""
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
    """s from the last byte of the request to the last of the answer, as far as it was taken."""
    operation: str
    """The id of the operation, empty where the app has not been asked."""
    reason: str
    """The reason of Tango's failure, empty without one."""


class AccessLog:
    """Writes a line for each entry."""

    def __init__(self, kind: str, descriptor: int) -> None:
        """Write to a file descriptor. kind: one of FORMATS."""
        self._form = FORMATS[kind]
        self._writer = LineWriter(descriptor, LOST[kind], _GATHER)

    def write(self, entry: Entry) -> None:
        """Have the line written."""
        self._writer.write(partial(self._form, entry))

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
    if len(text) <= longest and _PLAIN.fullmatch(text):
        return text
    # Unicode has characters that turn the line around, so there are none of them.
    shown = text[:longest].encode("unicode_escape").decode("ascii").replace(" ", "\\x20")
    return shown + "..." if len(text) > longest else shown


def path_and_query(target: str) -> tuple[str, str]:
    """Split a URL, and leave away what may be a secret: who asks, and values of other keys."""
    # At the beginning alone: to look for it anywhere takes the square of a URL's length.
    authority = _AUTHORITY.match(target)
    resource = target[authority.end() if authority else 0 :].partition("#")[0]
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
    seconds, part = divmod(int(time * 1000), 1000)
    return f"{_second(seconds)}.{part:03}Z"


@lru_cache(2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()[:19]


Parts = Callable[[str, str, str, str, str], tuple[str, str]]
"""A maker of parts of a line, from client, method, target, operation and reason."""


def _kept(make: Parts) -> Parts:
    """Keep what is made of short texts: most lines have those of another one."""
    kept = lru_cache(1024)(make)

    def find(*texts: str) -> tuple[str, str]:
        return kept(*texts) if sum(map(len, texts)) <= _KEPT else make(*texts)

    return find


@_kept
def _json_parts(
    client: str, method: str, target: str, operation: str, reason: str
) -> tuple[str, str]:
    path, query = path_and_query(target)
    who = {"client": plain(client), "method": plain(method), "path": path, "query": query}
    what = {"operation": operation, "reason": plain(reason)}
    return orjson.dumps(who).decode()[1:-1], orjson.dumps(what).decode()[1:-1]


def as_json(entry: Entry) -> str:
    """Write an entry as an object in one line."""
    who, what = _json_parts(entry.client, entry.method, entry.target, entry.operation, entry.reason)
    return (
        f'{{"time":"{instant(entry.time)}","request_id":"{entry.request_id}",{who},'
        f'"status":{entry.status},"bytes":{entry.size},'
        f'"duration_ms":{entry.seconds * 1000:.3f},{what}}}'
    )


@_kept
def _text_parts(
    client: str, method: str, target: str, operation: str, reason: str
) -> tuple[str, str]:
    path, query = path_and_query(target)
    url = path + (f"?{query}" if query else "")
    return _words(plain(client), plain(method), url), _words(operation, plain(reason))


def _words(*words: str) -> str:
    return " ".join(word or "-" for word in words)


def as_text(entry: Entry) -> str:
    """Write an entry in words that a space parts; `-` for what there is not."""
    who, what = _text_parts(entry.client, entry.method, entry.target, entry.operation, entry.reason)
    return (
        f"{instant(entry.time)} {who} {entry.status} {entry.size}B {entry.seconds * 1000:.1f}ms"
        f" {what} {entry.request_id}"
    )


FORMATS: dict[str, Callable[[Entry], str]] = {"console": as_text, "json": as_json}
"""The writers of entries, by the setting `access_log`."""
LOST: dict[str, Callable[[int], str]] = {
    "console": lambda count: f"- {count} lines were lost",
    "json": lambda count: orjson.dumps({"lost": count}).decode(),
}
"""The writers of a count of lost lines, by the setting `access_log`."""
