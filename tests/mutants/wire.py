"""Rules that change answers on their way to the client, and the WSGI wrapper that applies one.

A rule knows paths, statuses, headers and bodies, nothing of the server behind: it breaks any.
rule_files.py reads rules, and shows how one is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from mtango_ref import openapi
from mutants.json_paths import LOST, Condition

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]


class Answer(NamedTuple):
    """A server's answer. headers: their lines in order, as sent."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def code(self) -> int:
        """The status without its phrase."""
        return int(self.status[:3])

    def header(self, name: str) -> str:
        """Return the lines of a header as one, empty where there are none."""
        return ", ".join(text for key, text in self.headers if key.lower() == name)

    def with_header(self, name: str, text: str | None) -> Answer:
        """Return it with one line of a header in place of all of them, or with none."""
        lines = [line for line in self.headers if line[0].lower() == name]
        if [line[1] for line in lines] == ([] if text is None else [text]):
            return self
        others = tuple(line for line in self.headers if line not in lines)
        return self._replace(headers=others if text is None else (*others, (name, text)))

    def with_body(self, body: bytes) -> Answer:
        """Return it with another body, and the length of that."""
        if body == self.body:
            return self
        return self._replace(body=body).with_header("content-length", str(len(body)))

    def data(self) -> Any:
        """Return what its JSON says, LOST where it has none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return LOST


class Selection(NamedTuple):
    """The requests and answers that a rule changes: those that fit all that is not empty.

    operations: ids of the swagger files. path and query: regular expressions that are found in
    the request's. asked_with and asked_without: its headers. content_type: how the answer's begins.
    """

    operations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    path: str = ""
    query: str = ""
    asked_with: tuple[str, ...] = ()
    asked_without: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    content_type: str = ""
    body: Condition = Condition()

    def fits_request(self, environ: Environ, app_base: str) -> bool:
        """Say whether the rule is about this request."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        return (
            (not self.methods or method in self.methods)
            and re.search(self.path, path) is not None
            and re.search(self.query, environ.get("QUERY_STRING", "")) is not None
            and all(_asked_with(environ, name) for name in self.asked_with)
            and not any(_asked_with(environ, name) for name in self.asked_without)
            and (not self.operations or operation_id(method, path, app_base) in self.operations)
        )

    def fits_answer(self, answer: Answer) -> bool:
        """Say whether the rule is about this answer to such a request."""
        return (
            (not self.statuses or answer.code in self.statuses)
            and answer.header("content-type").startswith(self.content_type)
            and (self.body == Condition() or self.body.fits(answer.data()))
        )


class Rule(NamedTuple):
    """One break on the wire.

    name: what is wrong then. facet: the one whose cases should notice. mode: in which it shows.
    extensions: with which it shows. where: what it changes. asks: parts of the request, each with a
    regular expression and a text in its stead. changes: applied to the answer one after the other.
    """

    name: str
    facet: str
    mode: str
    where: Selection
    asks: tuple[tuple[str, str, str], ...]
    changes: tuple[Callable[[Answer], Answer], ...]
    extensions: tuple[str, ...] = ()


class Broken:
    """An application behind a rule. changes: how many exchanges it has changed so far."""

    def __init__(self, app: Wsgi, rule: Rule, app_base: str = "/tango/rest") -> None:
        self._app, self._rule, self._app_base = app, rule, app_base
        self.changes = 0

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        """Answer as PEP 3333 has it."""
        chosen = self._rule.where.fits_request(environ, self._app_base)
        sent = _asking(environ, self._rule.asks) if chosen else environ
        answer = broken = asked(self._app, sent)
        if chosen and self._rule.where.fits_answer(answer):
            for change in self._rule.changes:
                broken = change(broken)
        self.changes += sent != environ or broken != answer
        start(broken.status, list(broken.headers))
        return [broken.body]


def _asking(environ: Environ, asks: Iterable[tuple[str, str, str]]) -> Environ:
    """Return the request as it is sent on. RAW_URI, the target as it came, goes with a change."""
    places = {"method": "REQUEST_METHOD", "path": "PATH_INFO", "query": "QUERY_STRING"}
    for part, pattern, new in asks:
        key = places.get(part) or header_key(part)
        other = re.sub(pattern, new, environ.get(key, ""))
        if other != environ.get(key, ""):
            environ = {name: each for name, each in environ.items() if name != "RAW_URI"}
            environ[key] = other
    return environ


def asked(app: Wsgi, environ: Environ) -> Answer:
    """Return the whole answer of an application."""
    begun: list[Any] = []
    written: list[bytes] = []

    def start(*given: Any) -> Callable[[bytes], None]:
        begun[:] = given
        return written.append

    chunks = app(environ, start)
    try:
        written.extend(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    return Answer(begun[0], tuple(begun[1]), b"".join(written))


def _asked_with(environ: Environ, name: str) -> bool:
    key = header_key(name)
    return key in environ and (key.startswith("HTTP_") or bool(environ[key]))


def header_key(name: str) -> str:
    """Return the name that PEP 3333 gives a header."""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=4096)  # Each rule looks at the requests of all cases.
def operation_id(method: str, path: str, app_base: str) -> str | None:
    """Return the id of the operation that a path names, None where it names none.

    HEAD has no operations of its own: it is GET without the body (RFC 9110, 9.3.2).
    """
    method = "GET" if method == "HEAD" else method
    below = path.removeprefix(app_base).rstrip("/")
    fitting = (each for verb, pattern, each in _patterns() if verb == method and pattern(below))
    return next(fitting, None) if path.startswith(app_base) else None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, Callable[[str], Any], str]]:
    """List each operation's method, match and id; `attributes/value` before `attributes/{name}`."""
    known = sorted(openapi.operations(), key=lambda each: each.path.count("{"))
    return [
        (
            each.method.upper(),
            re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(each.path))).fullmatch,
            each.operation_id,
        )
        for each in known
    ]
