"""Connections under clients that are wrong, slow, or still there when the server stops."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mtango_ref import connections, server
from mtango_ref.connections import MAX_BODY, MAX_HEADERS
from mtango_ref.server import Server, refusals
from mtango_ref.settings import Settings
from raw import Connection, Reply, check_failure, connection, exchange, get

WAIT = 10.0
"""s that a test waits for what should come at once."""
TOO_LONG = f"The request line and headers are too long; at most {MAX_HEADERS - 1} bytes are taken."


class Echo:
    """A WSGI app that answers with the body it got; in /slow when it may, in /big a lot."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        self.entered.release()
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("broken")
        if environ["PATH_INFO"] == "/slow":
            self.may_answer.wait(WAIT)
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"] == "/big":
            body = bytes(1024 * 1024)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


class Running:
    """A server in a thread of its own."""

    def __init__(self, app: Echo, **settings: Any) -> None:
        self.app = app
        chosen = Settings(port=0, **settings)
        self.server = Server(app, chosen, refusals(chosen.rc3_mode, time.time))
        self.port = int(self.server.url.rpartition(":")[2])
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()

    @property
    def channels(self) -> dict[int, Any]:
        """The open connections as the server knows them."""
        channels: dict[int, Any] = self.server._listeners[0].active_channels
        return channels

    def ended(self) -> bool:
        """Whether the server ends within WAIT s."""
        self._thread.join(WAIT)
        return not self._thread.is_alive()

    def still_answers(self) -> bool:
        return exchange(self.port, get("/", "Connection: close")).status == 200


@contextmanager
def running(**settings: Any) -> Iterator[Running]:
    started = Running(Echo(), **settings)
    try:
        yield started
    finally:
        started.app.may_answer.set()
        if not started.server.stopping:
            started.server.stop()
        assert started.ended()


@pytest.fixture
def echo() -> Iterator[Running]:
    with running() as started:
        yield started


def eventually(happens: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while not happens() and time.monotonic() < end:
        time.sleep(0.01)
    return happens()


MALFORMED = [
    (b"\x00\x01\xff garbage\r\n\r\n", "Start line is invalid"),
    (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", "Start line is invalid"),  # TLS
    (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 'Malformed HTTP method "get"'),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "Start line is invalid"),
    (b"GET / HTTP/x\r\nHost: a\r\n\r\n", "Start line is invalid"),
    (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "Start line is invalid"),
    (b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", "Bare CR or LF found in HTTP message"),
    (b"GET /\n HTTP/1.1\r\nHost: a\r\n\r\n", "Bare CR or LF found in HTTP message"),
    (b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", "URL or Content-Length is invalid"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", "Invalid header"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", "Invalid header"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", "Invalid header"),
    (b"GET / HTTP/1.1\r\n\r\n", "One Host header is expected"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "One Host header is expected"),
    (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "One Host header is expected"),
    (get("/", "Content-Length: -1"), "Content-Length is invalid"),
    (get("/", "Content-Length: +1"), "Content-Length is invalid"),
    (get("/", "Content-Length: 1_0"), "Content-Length is invalid"),
    (get("/", "Content-Length: "), "Content-Length is invalid"),
    (get("/", "Content-Length: 1", "Content-Length: 1"), "Content-Length is invalid"),
    (get("/", "Content-Length: " + "9" * 5000), "URL or Content-Length is invalid"),
    (get("/", "Transfer-Encoding: chunked") + b"x\r\n", "Invalid chunk size"),
    (get("/", "Transfer-Encoding: chunked") + b"-1\r\n", "Invalid chunk size"),
    (get("/", "Transfer-Encoding: chunked") + b"1\r\nab\r\n", "Chunk not properly terminated"),
]


@pytest.mark.parametrize(("request_", "why"), MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_is_400(echo: Running, request_: bytes, why: str) -> None:
    with connection(echo.port) as opened:
        opened.send(request_)
        check_failure(opened.reply(), 400, "BAD_REQUEST", f"The request is malformed: {why}.")
        assert opened.rest() == b""
    assert echo.still_answers()


def test_malformed_in_implementation_mode() -> None:
    """Times are in ms there."""
    with running(rc3_mode="implementation") as started:
        reply = exchange(started.port, b"garbage\r\n\r\n")
        assert reply.json["timestamp"] == pytest.approx(time.time() * 1000, abs=10_000)


def test_refusal_tells_the_origin(echo: Running) -> None:
    """So that a browser shows it to its page."""
    reply = exchange(echo.port, get("/", "Origin: http://synoptic.lab", "Content-Length: x"))
    assert reply.headers["access-control-allow-origin"] == "http://synoptic.lab"
    assert reply.headers["access-control-allow-credentials"] == "true"


HUGE = [
    get("/" + "a" * MAX_HEADERS),
    get("/?" + "a=1&" * MAX_HEADERS),
    get("/", "X: " + "a" * MAX_HEADERS),
    get("/", *(f"X-{number}: a" for number in range(MAX_HEADERS // 8))),
    b"a" * 2 * MAX_HEADERS,
]


@pytest.mark.parametrize("request_", HUGE, ids=range(len(HUGE)))
def test_huge_headers_are_431(echo: Running, request_: bytes) -> None:
    reply = exchange(echo.port, request_)
    check_failure(reply, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE", TOO_LONG)
    assert echo.still_answers()


def test_large_headers_are_taken(echo: Running) -> None:
    room = MAX_HEADERS - 1 - len(get("/", "X: "))
    assert exchange(echo.port, get("/", "X: " + "a" * room)).status == 200


TOO_BIG = f"The body is too long; at most {MAX_BODY - 1} bytes are taken."


def check_too_big(reply: Reply) -> None:
    check_failure(reply, 413, "REQUEST_ENTITY_TOO_LARGE", TOO_BIG)
    assert reply.headers["connection"] == "close"


def test_huge_body_is_413(echo: Running) -> None:
    """The answer arrives although the client sends all of it before it looks."""
    body = bytes(4 * MAX_BODY)
    check_too_big(exchange(echo.port, get("/", f"Content-Length: {len(body)}") + body))
    assert echo.still_answers()


def test_huge_chunked_body_is_413(echo: Running) -> None:
    body = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    check_too_big(exchange(echo.port, get("/", "Transfer-Encoding: chunked") + body * 64))
    assert echo.still_answers()


def test_large_body_is_taken(echo: Running) -> None:
    body = bytes(range(256)) * (MAX_BODY // 256)
    body = body[:-1]
    reply = exchange(echo.port, get("/", f"Content-Length: {len(body)}") + body)
    assert (reply.status, reply.content) == (200, body)


def test_chunked_body_is_taken(echo: Running) -> None:
    body = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"
    reply = exchange(echo.port, get("/", "Transfer-Encoding: chunked") + body)
    assert (reply.status, reply.content) == (200, b"abcdefg")


@pytest.mark.parametrize("encoding", ["gzip", "gzip, chunked", "identity", "x" * 99])
def test_other_transfer_encodings_are_501(echo: Running, encoding: str) -> None:
    reply = exchange(echo.port, get("/", f"Transfer-Encoding: {encoding}"))
    sentence = "This Transfer-Encoding is not known; chunked is."
    check_failure(reply, 501, "NOT_IMPLEMENTED", sentence)


def test_defect_is_500(echo: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Of what is around the app; the app answers for its own."""
    reply = exchange(echo.port, get("/broken"))
    sentence = "A defect of the server; its log says more."
    check_failure(reply, 500, "INTERNAL_SERVER_ERROR", sentence)
    assert "RuntimeError: broken" in caplog.text
    assert echo.still_answers()


def test_refusal_of_head_has_no_body(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", "Content-Length: x", method="HEAD"))
        head = opened.rest()
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\r\n\r\n") == 1


def test_keep_alive(echo: Running) -> None:
    with connection(echo.port) as opened:
        for number in range(100):
            opened.send(get("/", "Content-Length: 3") + b"%03d" % number)
            assert opened.reply().content == b"%03d" % number


def test_pipelining(echo: Running) -> None:
    """Answers come in the order of the requests."""
    numbers = [b"%03d" % number for number in range(300)]
    with connection(echo.port) as opened:
        opened.send(b"".join(get("/", "Content-Length: 3") + number for number in numbers))
        assert [opened.reply().content for _ in numbers] == numbers


def test_refusal_ends_a_pipeline(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", "Content-Length: 2") + b"ok" + b"garbage\r\n\r\n" + get("/"))
        assert opened.reply().content == b"ok"
        assert opened.reply().status == 400
        assert opened.rest() == b""


def test_http_1_0_closes(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(b"GET / HTTP/1.0\r\n\r\n")
        assert opened.reply().status == 200
        assert opened.rest() == b""


def test_http_0_9_is_answered_as_1_0(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(b"GET /\r\n\r\n")
        assert opened.rest().startswith(b"HTTP/1.0 200 OK\r\n")


@pytest.mark.parametrize("version", ["1.2", "2.0", "9.9"])
def test_other_versions_are_answered_as_1_0(echo: Running, version: str) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", version=version))
        assert opened.rest().startswith(b"HTTP/1.0 200 OK\r\n")


def test_absolute_form(echo: Running) -> None:
    """RFC 9112, 3.2.2: a server must take it."""
    exchange(echo.port, get("http://other:1/path?query"))
    assert echo.app.environ["PATH_INFO"] == "/path"
    assert echo.app.environ["QUERY_STRING"] == "query"


def test_expect_100_continue(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", "Expect: 100-continue", "Content-Length: 4"))
        assert opened.socket.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.send(b"body")
        assert opened.reply().content == b"body"


@pytest.mark.parametrize("length", [[], ["Content-Length: 0"]])
def test_expect_100_continue_without_a_body(echo: Running, length: list[str]) -> None:
    reply = exchange(echo.port, get("/", "Expect: 100-continue", *length))
    assert (reply.status, reply.content) == (200, b"")


def test_expect_100_continue_of_a_huge_body(echo: Running) -> None:
    """The client is told before it sends anything."""
    check_too_big(
        exchange(echo.port, get("/", "Expect: 100-continue", f"Content-Length: {MAX_BODY}"))
    )


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server that waits for nobody."""
    monkeypatch.setattr(server, "_CLEANUP_INTERVAL", 0)
    monkeypatch.setattr(connections, "REQUEST_TIME", 0.5)
    monkeypatch.setattr(connections, "LINGER_TIME", 0.5)
    monkeypatch.setattr(connections, "IDLE_TIME", 1.5)
    monkeypatch.setattr(server, "IDLE_TIME", 1.5)
    with running() as started:
        yield started


def closes(opened: Connection, trickle: bytes = b"") -> bool:
    """Whether the server closes within WAIT s while the client goes on sending."""
    opened.socket.settimeout(0.1)
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            if trickle:
                opened.send(trickle)
            if opened.socket.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize(
    ("begin", "trickle"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n"),
        (get("/", "Content-Length: 1000"), b"a"),
        (get("/", "Transfer-Encoding: chunked"), b"1\r\na\r\n"),
        (b"garbage\r\n\r\n", b"more garbage"),
    ],
)
def test_slow_requests_are_given_up(hasty: Running, begin: bytes, trickle: bytes) -> None:
    with connection(hasty.port) as opened:
        opened.send(begin)
        assert closes(opened, trickle)
    assert hasty.still_answers()


def test_idle_connections_are_closed(hasty: Running) -> None:
    with connection(hasty.port) as opened:
        assert closes(opened)


def test_who_does_not_read_is_given_up(hasty: Running) -> None:
    """His thread answers others again."""
    with connection(hasty.port) as opened:
        opened.send(get("/big") * 60)
        assert eventually(lambda: len(hasty.channels) == 1)
        assert eventually(lambda: not hasty.channels)
    assert hasty.still_answers()


def test_a_slow_app_is_no_slow_client(hasty: Running) -> None:
    with connection(hasty.port) as opened:
        opened.send(get("/slow"))
        assert hasty.app.entered.acquire(timeout=WAIT)
        time.sleep(3)  # longer than all the bounds
        hasty.app.may_answer.set()
        assert opened.reply().status == 200


def test_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than are taken: none is refused, each is answered when others have gone."""
    monkeypatch.setattr(server, "_CONNECTIONS", 100)
    with running() as started:
        idle = [Connection(started.port) for _ in range(300)]
        assert eventually(lambda: len(started.channels) > 90)
        assert len(started.channels) <= 100
        with connection(started.port) as late:
            late.send(get("/"))
            for opened in idle:
                opened.close()
            assert late.reply().status == 200


def test_stop_finishes_what_is_in_flight(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/slow", "Content-Length: 2") + b"ok")
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        echo.app.may_answer.set()
        reply = opened.reply()
        assert (reply.content, reply.headers["connection"]) == (b"ok", "close")
        assert opened.rest() == b""
    assert echo.ended()


def refuses_connections(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT):
            return False
    except ConnectionRefusedError:
        return True


def test_stop_finishes_a_pipeline(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/slow") + get("/slow") + get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        echo.app.may_answer.set()
        replies = [opened.reply() for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 200]
        assert [reply.headers.get("connection") for reply in replies] == [None, None, "close"]
    assert echo.ended()


def test_stop_takes_in_a_request_that_is_half_here(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", "Content-Length: 4") + b"bo")
        assert eventually(lambda: len(echo.channels) == 1)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        opened.send(b"dy")
        assert opened.reply().content == b"body"
    assert echo.ended()


def test_stop_closes_idle_connections(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/"))
        opened.reply()
        echo.server.stop()
        assert opened.rest() == b""
        assert echo.ended()


def test_stop_gives_up_what_does_not_finish(
    echo: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "DRAIN_TIME", 0.5)
    with connection(echo.port) as opened:
        opened.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert echo.ended()
    assert caplog.messages == ["1 requests did not finish in 0.5 s"]


def test_stop_before_anything(echo: Running) -> None:
    echo.server.stop()
    assert echo.ended()
