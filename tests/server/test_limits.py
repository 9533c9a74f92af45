"""Limits that are settings: each has its status, and what is within it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from conftest import Rest
from echo_server import WAIT, Running, eventually, running
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from program import Serving, serving
from raw import Connection, Reply, check_failure, connection, exchange, get
from rest_answers import D

MOST = {
    "max_header": 2000,
    "max_url": 300,
    "max_query_keys": 3,
    "max_body": 10,
    "max_attributes": 2,
    "max_response": 1024,
}
DEVICE = f"/tango/rest{D}"
VALUES = f"{DEVICE}/attributes/value"


def url(length: int) -> str:
    return "/" + "a" * (length - 1)


def header(length: int) -> bytes:
    """Write a request line and headers of that many bytes together."""
    return get("/", "X: " + "a" * (length - len(get("/", "X: "))))


# setting -> a request within the limit, one beyond it, status, reason and sentence of that
LIMITED = {
    "max_header": (
        header(2000),
        header(2001),
        (431, "REQUEST_HEADER_FIELDS_TOO_LARGE"),
        "The request line and headers are too long; at most 2000 bytes are accepted.",
    ),
    "max_url": (
        get(url(300)),
        get(url(301)),
        (414, "REQUEST_URI_TOO_LONG"),
        "The URL is too long; at most 300 bytes are accepted.",
    ),
    "max_query_keys": (
        get("/?a=1&b=2&a=3"),
        get("/?a=1&b=2&a=3&"),
        (414, "REQUEST_URI_TOO_LONG"),
        "The query has too many keys; at most 3 are accepted.",
    ),
    "max_body": (
        get("/", "Content-Length: 10") + b"0123456789",
        get("/", "Content-Length: 11") + b"0123456789a",
        (413, "REQUEST_ENTITY_TOO_LARGE"),
        "The body is too long; at most 10 bytes are accepted.",
    ),
    "max_attributes": (
        get(f"{VALUES}?attr=double_scalar&attr=float_scalar"),
        get(f"{VALUES}?attr=double_scalar&attr=float_scalar&attr=double_scalar"),
        (414, "REQUEST_URI_TOO_LONG"),
        "The query names 3 attributes; at most 2 are read at once.",
    ),
    "max_response": (
        get(f"{DEVICE}/attributes/double_scalar/value"),
        get(f"{DEVICE}/attributes"),
        (503, "SERVICE_UNAVAILABLE"),
        None,
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    options = [f"--{name.replace('_', '-')}={most}" for name, most in MOST.items()]
    with serving(*options) as started:
        yield started
        assert started.errors() == ""


@pytest.mark.parametrize("setting", LIMITED)
def test_request_beyond_a_limit_has_its_status(server: Serving, setting: str) -> None:
    within, beyond, (status, reason), sentence = LIMITED[setting]
    assert exchange(server.port, within).status in (200, 302, 404)
    reply = exchange(server.port, beyond)
    if sentence is None:
        length = reply.json["errors"][0]["description"].split()[3]
        sentence = f"The answer has {length} bytes; at most 1024 are given."
        assert int(length) > 1024
    check_failure(reply, status, reason, sentence)


def test_long_body_is_refused_before_it_comes(server: Serving) -> None:
    with connection(server.port) as opened:
        opened.send(get("/", "Transfer-Encoding: chunked") + b"b\r\n0123456789a\r\n")
        assert opened.reply().status == 413
        assert opened.rest() == b""


def test_no_body_may_be_all(backend: Backend) -> None:
    with running(max_body=0) as started:
        assert exchange(started.port, get("/", "Content-Length: 0")).status == 200
        assert exchange(started.port, get("/", "Content-Length: 1") + b"a").status == 413


@pytest.mark.parametrize("path", ["value", "info"])
def test_attributes_are_counted_as_they_are_named(backend: Backend, path: str) -> None:
    """The same one twice counts twice; other keys do not."""
    rest = Rest(Settings(max_attributes=2), backend)
    query = "attr=double_scalar&attr=float_scalar"
    assert rest.get(f"{D}/attributes/{path}", query_string=query + "&a=b").status_code == 200
    assert rest.get(f"{D}/attributes/{path}", query_string=query + "&attr=").status_code == 414


def fill(started: Running, stack: ExitStack, count: int) -> list[Connection]:
    """Send requests that are not answered yet, each by a connection of its own."""
    sent = []
    for _ in range(count):
        sent.append(stack.enter_context(connection(started.port)))
        sent[-1].send(get("/slow"))
    return sent


def check_overloaded(reply: Reply) -> None:
    sentence = "Too many requests wait already; ask again in a moment."
    check_failure(reply, 503, "SERVICE_UNAVAILABLE", sentence)
    assert reply.headers["retry-after"] == "1"
    assert "connection" not in reply.headers


def test_one_more_than_may_wait_is_503() -> None:
    """The 503 comes while all threads are at work, and its connection goes on."""
    with running(threads=2, max_waiting=3) as started, ExitStack() as stack:
        sent = fill(started, stack, 2)
        assert all(started.app.entered.acquire(timeout=WAIT) for _ in sent)
        sent += fill(started, stack, 3)
        loop = started.server._loop
        assert eventually(lambda: loop.waiting() == 3)
        late = stack.enter_context(connection(started.port))
        for _ in range(3):
            late.send(get("/"))
            check_overloaded(late.reply())
        started.app.may_answer.set()
        assert [each.reply().status for each in sent] == [200] * 5
        late.send(get("/"))
        assert late.reply().status == 200


def test_pipeline_waits_for_itself_alone() -> None:
    with running(threads=1, max_waiting=1) as started, connection(started.port) as opened:
        opened.send(get("/") * 20)
        assert [opened.reply().status for _ in range(20)] == [200] * 20
