"""Rules that change answers on their way to the client, and the WSGI wrapper that applies one.

A rule knows paths, statuses, headers and bodies, nothing of the server behind: it breaks any.
rule_files.py reads rules, and tells how one is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from mtango_ref import openapi

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
Path = tuple[str, ...]
"""Keys of objects and indices of arrays from the outside in; * is each of them."""

LOST: Any = object()
"""The value of a key that is missing."""


class Answer(NamedTuple):
    """What a server answers. headers: their lines in order, as sent."""

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
    """The answers that a rule changes: those that fit all that is not empty.

    operations: ids of the swagger files. asked_with and asked_without: headers of the request.
    content_type: how the answer's begins. has: a path in the body that leads somewhere.
    when: values, one of which stands at that path.
    """

    operations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    asked_with: tuple[str, ...] = ()
    asked_without: tuple[str, ...] = ()
    content_type: str = ""
    has: Path = ()
    when: Mapping[Path, Any] = {}

    def fits(self, environ: Environ, answer: Answer, app_base: str) -> bool:
        """Tell if the rule changes this answer."""
        method = environ["REQUEST_METHOD"]
        return (
            (not self.methods or method in self.methods)
            and (not self.statuses or answer.code in self.statuses)
            and all(_asked_with(environ, name) for name in self.asked_with)
            and not any(_asked_with(environ, name) for name in self.asked_without)
            and answer.header("content-type").startswith(self.content_type)
            and (
                not self.operations
                or operation_id(method, environ["PATH_INFO"], app_base) in self.operations
            )
            and self._fits_body(answer)
        )

    def _fits_body(self, answer: Answer) -> bool:
        if not self.has and not self.when:
            return True
        data = answer.data()
        return (not self.has or any(True for _ in found(data, self.has))) and all(
            value in found(data, path) for path, value in self.when.items()
        )


class Rule(NamedTuple):
    """One break on the wire.

    name: what is wrong then. facet: the one whose cases should notice. mode: in which it shows.
    where: the answers that it changes. changes: applied to the answer one after the other.
    """

    name: str
    facet: str
    mode: str
    where: Selection
    changes: tuple[Callable[[Answer], Answer], ...]


class Broken:
    """An application behind a rule. changes: how many answers it has changed so far."""

    def __init__(self, app: Wsgi, rule: Rule, app_base: str = "/tango/rest") -> None:
        self._app, self._rule, self._app_base = app, rule, app_base
        self.changes = 0

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        """Answer as PEP 3333 has it."""
        answer = asked(self._app, environ)
        if self._rule.where.fits(environ, answer, self._app_base):
            broken = answer
            for change in self._rule.changes:
                broken = change(broken)
            self.changes += broken != answer
            answer = broken
        start(answer.status, list(answer.headers))
        return [answer.body]


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
    key = name.upper().replace("-", "_")
    return f"HTTP_{key}" in environ or (key.startswith("CONTENT_") and bool(environ.get(key)))


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
    """Method, match and id of each operation; `attributes/value` before `attributes/{name}`."""
    known = sorted(openapi.operations(), key=lambda each: each.path.count("{"))
    return [
        (
            each.method.upper(),
            re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(each.path))).fullmatch,
            each.operation_id,
        )
        for each in known
    ]


# What rules do


def with_status(code: int) -> Callable[[Answer], Answer]:
    """Make what gives an answer another status."""
    status = f"{code} {HTTPStatus(code).phrase}"
    return lambda answer: answer._replace(status=status)


def with_header(name: str, text: str | None) -> Callable[[Answer], Answer]:
    """Make what gives an answer one line of a header, or, of None, takes all of them."""
    return lambda answer: answer.with_header(name, text)


def with_body(text: str) -> Callable[[Answer], Answer]:
    """Make what gives an answer another body."""
    return lambda answer: answer.with_body(text.encode())


def with_cut(count: int) -> Callable[[Answer], Answer]:
    """Make what takes the last bytes of a body."""
    return lambda answer: answer.with_body(answer.body[:-count])


def with_indent(count: int) -> Callable[[Answer], Answer]:
    """Make what spreads JSON over lines."""
    return _with_data(lambda data: json.dumps(data, indent=count).encode())


def with_edit(path: Path, new: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    """Make what changes the values at a path of the JSON."""
    return _with_data(lambda data: orjson.dumps(edited(data, path, new)))


def _with_data(written: Callable[[Any], bytes]) -> Callable[[Answer], Answer]:
    def change(answer: Answer) -> Answer:
        data = answer.data()
        if data is LOST:
            return answer
        return answer.with_body(written(data))

    return change


def found(data: Any, path: Path) -> list[Any]:
    """Return the values at a path."""
    if data is LOST or not path:
        return [] if data is LOST else [data]
    key, *rest = path
    if isinstance(data, dict):
        inner = [*data.values()] if key == "*" else [data.get(key, LOST)]
    elif isinstance(data, list):
        inner = data if key == "*" else data[int(key) :][:1] if key.isdigit() else []
    else:
        inner = []
    return [value for each in inner for value in found(each, tuple(rest))]


def edited(data: Any, path: Path, new: Callable[[Any], Any]) -> Any:
    """Return data with new(value) for the values at a path.

    new is given LOST for a last key that is missing, and returns LOST for what has to go.
    """
    if not path:
        return new(data)
    key, rest = path[0], path[1:]
    if isinstance(data, dict):
        keys = [*data] if key == "*" else [key] if key in data or not rest else []
        inner = {each: edited(data.get(each, LOST), rest, new) for each in keys}
        return {k: value for k, value in (data | inner).items() if value is not LOST}
    if isinstance(data, list):
        values = [
            edited(each, rest, new) if key in ("*", str(at)) else each
            for at, each in enumerate(data)
        ]
        return [value for value in values if value is not LOST]
    return data
