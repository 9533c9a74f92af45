"""Servers of other people, made of the fake: each answers in its own manner."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.settings.model import Settings

Headers = dict[str, str]
Answer = tuple[str, Headers, bytes]
Manner = Callable[[dict[str, Any], Answer], Answer]
"""A stranger's manner: a request (its environ) and our answer -> the stranger's answer."""


def without(*names: str) -> Manner:
    """Send no header of these names."""

    def manner(_: dict[str, Any], answer: Answer) -> Answer:
        status, headers, body = answer
        return status, {name: text for name, text in headers.items() if name not in names}, body

    return manner


def rewriting(
    change: Callable[[Any], Any], each: Callable[[dict[str, Any]], Any] | None = None
) -> Manner:
    """Change the data of each JSON body, and each object in it."""

    def manner(_: dict[str, Any], answer: Answer) -> Answer:
        status, headers, body = answer
        if body and headers.get("content-type") == "application/json":
            body = json.dumps(
                change(json.loads(body, object_hook=each)), separators=(",", ":")
            ).encode()
        return status, {**headers, "content-length": str(len(body))}, body

    return manner


def timestamps(change: Callable[[Any], Any]) -> Manner:
    """Change each timestamp, wherever it stands."""

    def changed(node: dict[str, Any]) -> dict[str, Any]:
        return node | {key: change(node[key]) for key in node.keys() & {"timestamp"}}

    return rewriting(lambda data: data, changed)


BROKEN = re.compile(r"/attributes/(\w+_(spectrum|image)(_ro)?|wave)/value$|/attributes/value$")


def mtango_py(environ: dict[str, Any], answer: Answer) -> Answer:
    """Answer as mtango-py in use does: arrays are 500, refusals have another body."""
    status, headers, body = answer
    kept = {name: text for name, text in headers.items() if not name.startswith("access-control")}
    for name in ("vary", "allow", "last-modified"):
        kept.pop(name, None)
    if BROKEN.search(environ["PATH_INFO"]) and environ["REQUEST_METHOD"] == "GET":
        status = "500 Internal Server Error"
    if int(status[:3]) >= 400:
        error = {"reason": "Exception", "description": status, "severity": "ERR", "origin": "py"}
        failure = {"errors": [error], "quality": "FAILURE", "timestamp": time.time()}
        body = json.dumps({**failure, "http_status": int(status[:3])}).encode()
    if environ["REQUEST_METHOD"] == "HEAD":
        body = b""
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        kept["access-control-allow-origin"] = origin
        kept["access-control-allow-credentials"] = "true"
    if environ["REQUEST_METHOD"] == "OPTIONS":
        kept["access-control-allow-methods"] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        kept["access-control-allow-headers"] = asked
    return status, {**kept, "content-length": str(len(body))}, body


@cache
def tango_test() -> Facility:
    """Read it once for all."""
    return load("tango_test")


def stranger(*manners: Manner) -> Callable[..., Iterable[bytes]]:
    """Return the fake's application as a stranger of these manners has it."""
    app = create_app(Settings(), FakeBackend(tango_test()))

    def asked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []

        def start(*arguments: Any) -> Callable[[bytes], None]:
            started.extend(arguments)
            return lambda _: None

        chunks = app(environ, start)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        answer: Answer = (started[0], {name.lower(): text for name, text in started[1]}, body)
        for manner in manners:
            answer = manner(environ, answer)
        status, headers, body = answer
        start_response(status, [*headers.items()])
        return [body]

    return asked
