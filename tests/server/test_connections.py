"""Connections under clients that are wrong, and what a connection may carry."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from echo_server import Running, eventually, running
from mtango_ref.server.connections import Channel
from mtango_ref.server.outgoing import Answer
from mtango_ref.settings.model import Settings
from raw import Reply, check_failure, connection, exchange, get

MAX_BODY, MAX_HEADER, MAX_URL = Settings().max_body, Settings().max_header, Settings().max_url
TOO_LONG = f"The request line and headers are too long; at most {MAX_HEADER} bytes are accepted."


@pytest.fixture
def echo() -> Iterator[Running]:
    with running() as started:
        yield started


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
    (b"GET / HTTP/1.1\r\n\r\n", "Expected exactly one Host header"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "Expected exactly one Host header"),
    (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "Expected exactly one Host header"),
    (get("/", "Content-Length: -1"), "Content-Length is invalid"),
    (get("/", "Content-Length: +1"), "Content-Length is invalid"),
    (get("/", "Content-Length: 1_0"), "Content-Length is invalid"),
    (get("/", "Content-Length: "), "Content-Length is invalid"),
    (get("/", "Content-Length: 1", "Content-Length: 1"), "Content-Length is invalid"),
    (get("/", "Content-Length: " + "9" * 5000), "URL or Content-Length is invalid"),
    (
        get("/", "Content-Length: 1", "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n\r\n",
        "Content-Length beside Transfer-Encoding",
    ),
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


def test_malformed_has_ms_in_implementation_mode() -> None:
    """Times are in ms there."""
    with running(rc3_mode="implementation") as started:
        reply = exchange(started.port, b"garbage\r\n\r\n")
        assert reply.json["timestamp"] == pytest.approx(time.time() * 1000, abs=10_000)


def test_refusal_echoes_the_origin(echo: Running) -> None:
    """A browser shows it to its page then."""
    reply = exchange(echo.port, get("/", "Origin: http://synoptic.lab", "Content-Length: x"))
    assert reply.headers["access-control-allow-origin"] == "http://synoptic.lab"
    assert reply.headers["access-control-allow-credentials"] == "true"


HUGE = [
    get("/", "X: " + "a" * MAX_HEADER),
    get("/", *(f"X-{number}: a" for number in range(MAX_HEADER // 8))),
    get("/" + "a" * (MAX_URL - 1), "X: " + "a" * (MAX_HEADER - MAX_URL)),
]
LONG_URLS = [
    get("/" + "a" * MAX_URL),
    get("/?" + "a=1&" * MAX_URL),
    b"\r\n" + get("/" + "a" * 2 * MAX_HEADER),
    b"a" * 2 * MAX_HEADER,  # what may be the beginning of one
]


@pytest.mark.parametrize("request_", HUGE, ids=range(len(HUGE)))
def test_huge_headers_are_431(echo: Running, request_: bytes) -> None:
    reply = exchange(echo.port, request_)
    check_failure(reply, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE", TOO_LONG)
    assert echo.still_answers()


@pytest.mark.parametrize("request_", LONG_URLS, ids=range(len(LONG_URLS)))
def test_long_url_is_414(echo: Running, request_: bytes) -> None:
    reply = exchange(echo.port, request_)
    sentence = f"The URL is too long; at most {MAX_URL} bytes are accepted."
    check_failure(reply, 414, "REQUEST_URI_TOO_LONG", sentence)
    assert echo.still_answers()


def test_large_headers_are_taken(echo: Running) -> None:
    room = MAX_HEADER - len(get("/", "X: "))
    assert exchange(echo.port, get("/", "X: " + "a" * room)).status == 200


TOO_BIG = f"The body is too long; at most {MAX_BODY} bytes are accepted."


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
    reply = exchange(echo.port, get("/", f"Content-Length: {len(body)}") + body)
    assert (reply.status, reply.content) == (200, body)


def test_chunked_body_is_taken(echo: Running) -> None:
    body = b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"
    reply = exchange(echo.port, get("/", "Transfer-Encoding: chunked") + body)
    assert (reply.status, reply.content) == (200, b"abcdefg")


@pytest.mark.parametrize("encoding", ["gzip", "gzip, chunked", "identity", "x" * 99])
def test_other_transfer_encodings_are_501(echo: Running, encoding: str) -> None:
    reply = exchange(echo.port, get("/", f"Transfer-Encoding: {encoding}"))
    sentence = "Unknown Transfer-Encoding; expected chunked."
    check_failure(reply, 501, "NOT_IMPLEMENTED", sentence)


def test_defect_is_500(echo: Running, caplog: pytest.LogCaptureFixture) -> None:
    """The defect is in the code around the app; the app answers for its own."""
    reply = exchange(echo.port, get("/broken"))
    sentence = "Internal error; the server's log has the details."
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


def test_connection_is_kept_alive(echo: Running) -> None:
    with connection(echo.port) as opened:
        for number in range(100):
            opened.send(get("/", "Content-Length: 3") + b"%03d" % number)
            assert opened.reply().content == b"%03d" % number


def test_pipelined_requests_are_answered_in_order(echo: Running) -> None:
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


def test_absolute_form_is_accepted(echo: Running) -> None:
    """RFC 9112, 3.2.2: a server must take it."""
    exchange(echo.port, get("http://other:1/path?query"))
    assert echo.app.environ["PATH_INFO"] == "/path"
    assert echo.app.environ["QUERY_STRING"] == "query"


def test_expect_100_is_answered_before_the_body(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/", "Expect: 100-continue", "Content-Length: 4"))
        assert opened.socket.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.send(b"body")
        assert opened.reply().content == b"body"


@pytest.mark.parametrize("length", [[], ["Content-Length: 0"]])
def test_expect_100_without_a_body_is_ignored(echo: Running, length: list[str]) -> None:
    reply = exchange(echo.port, get("/", "Expect: 100-continue", *length))
    assert (reply.status, reply.content) == (200, b"")


def test_expect_100_of_a_huge_body_is_413(echo: Running) -> None:
    """The client gets the answer before it sends anything."""
    check_too_big(
        exchange(echo.port, get("/", "Expect: 100-continue", f"Content-Length: {MAX_BODY + 1}"))
    )


def test_answer_leaves_in_one_send(echo: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Header and body together, when the length is known."""
    sent: list[bytes] = []
    send = Channel.send

    def note(self: Channel, data: bytes, do_close: bool = True) -> int:
        sent.append(bytes(data))
        return send(self, data, do_close)

    monkeypatch.setattr(Channel, "send", note)
    for body in (b"1", bytes(100_000)):
        sent.clear()
        reply = exchange(echo.port, get("/", f"Content-Length: {len(body)}") + body)
        assert reply.content == body
        [whole] = sent
        assert whole.endswith(b"\r\n\r\n" + body)


def test_header_is_written_as_waitress_writes_it(echo: Running) -> None:
    """A request with a Connection header has its answer written by waitress itself."""
    for lines in ([], ["Content-Length: 3"]):
        body = b"abc" * len(lines)
        ours = exchange(echo.port, get("/", *lines) + body)
        theirs = exchange(echo.port, get("/", "Connection: keep-alive", *lines) + body)
        assert [*ours.headers] == [*theirs.headers] == ["content-length", "date"]
        assert (ours.status, ours.content) == (theirs.status, theirs.content)


def test_answer_leaves_nothing_to_the_garbage_collector(echo: Running) -> None:
    """An answer in a reference cycle waits for it, and each request would take memory of its
    own."""
    gc.collect()
    gc.disable()
    before = answers()  # the logs of other tests have some
    try:
        with connection(echo.port) as opened:
            for number in range(20):
                opened.send(get("/", f"X: {number % 2}"))
                assert opened.reply().status == 200
            echo.app.environ = {}
            assert eventually(lambda: len(answers()) == len(before))
    finally:
        gc.enable()


def answers() -> list[object]:
    """Find the answers that have not been forgotten."""
    return [each for each in gc.get_objects() if type(each) is Answer]
