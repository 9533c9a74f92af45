"""Requests whose bytes have come before: they are read as new ones, and no secret is kept."""

from __future__ import annotations

import socket
import sys
from typing import Any

import pytest
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

from echo_server import Running, running
from mtango_ref.server import known_requests
from mtango_ref.server.incoming import Parser
from mtango_ref.server.known_requests import KnownRequests
from mtango_ref.settings.model import Settings
from program import serving
from raw import connection, exchange, get

REQUEST = get("/tango/rest?a=1", "X-One: 1")
SETTINGS = Settings()

KEPT = [
    REQUEST,
    get("/"),
    get("*", method="OPTIONS"),
    get("http://elsewhere:1/tango/rest"),
    get("//a?b#c"),
    get("/a%2Fb/../%2e%2e/%00/%C0%AF/%F0%9F%98%80"),
    get("/" + "&".join(["?a=1", *["a=%"] * 99])),
    get("/", "Connection: close"),
    get("/", "X: 1", "x: 2", "X-: 3", "X_Y: 4", "X:"),
    get("/", "X: a", " b", "\tc"),
    get("/", "Content-Length: 0"),
    get("/", "Origin: \x80", "Cookie2: a"),
    get("/", "Range: bytes=9-1", "If-None-Match: *", "Accept-Encoding: gzip;q=x"),
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    b"\r\n \r\n" + get("/"),
]
"""Odd as they are, they are requests."""

NOT_KEPT = [
    get("/", "Authorization: Basic bWU6c2VjcmV0"),
    get("/", "authorization: Basic bWU6c2VjcmV0"),
    get("/", "Proxy-Authorization: Basic bWU6c2VjcmV0"),
    get("/", "Cookie: session=secret"),
    get("/", "X-Request-Id: 1"),
    get("/", "Expect: 100-continue"),
    get("/", "Upgrade: h2c", "Connection: Upgrade"),
    get("/", "Content-Length: 2", method="PUT") + b"ab",
    get("/", "Transfer-Encoding: chunked", method="PUT") + b"1\r\na\r\n0\r\n\r\n",
    get("/", "X: " + "x" * known_requests.LONGEST),
]
"""They are answered, and have something that is nobody else's."""

REFUSED = [
    get("/" + "a" * SETTINGS.max_url),
    get("/?" + "a&" * SETTINGS.max_query_keys),
    get("/", "X: " + "a" * SETTINGS.max_header),
    get("/", f"Content-Length: {SETTINGS.max_body + 1}"),
    get("/", "Content-Length: 1e3"),
    get("/", "Content-Length: 1", "Content-Length: 1"),
    get("/", "Content-Length: -1"),
    get("/", "Transfer-Encoding: gzip"),
    get("/", "Transfer-Encoding: chunked", method="PUT") + b"x\r\n",
    get("/", "X y: 1"),
    get("/", ": 1"),
    get("/", "Origin: a\rX-Evil: 1"),
    get("/", "Origin: a\nX-Evil: 1"),
    get("/", "Host: another"),
    get("/ HTTP/1.1 "),
    get("/", method="get"),
    get("\xff"),
    get("http://[/"),
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    b"\r\n\r\n\r\n\x00\r\n\r\n",
    b"\x16\x03\x01\r\n\r\n",
]


def adjustments() -> Any:
    """Return the adjustments of a server under the default settings."""
    found: Any = Adjustments(
        max_request_header_size=SETTINGS.max_header + 1,
        max_request_body_size=SETTINGS.max_body + 1,
    )
    found.limits, found.known = SETTINGS, KnownRequests()
    return found


def parsed(data: bytes, adj: Any) -> Parser:
    """Take bytes in that come at once, up to the end of the first request."""
    if (known := adj.known.find(data)) is not None:
        again: Parser = known.again()
        return again
    parser = Parser(adj)
    while data and not parser.completed:
        data = data[parser.received(data) :]
        if parser.empty:  # waitress: a request of blank lines alone, which it drops
            parser = Parser(adj)
    return parser


def made(parser: HTTPRequestParser) -> dict[str, Any]:
    """Return what a parser made of the bytes; of a refusal and a body, what they are."""
    made = {key: getattr(parser, key, None) for key in OF_WAITRESS}
    body = None if parser.body_rcv is None else parser.get_body_stream().read()
    error = None if parser.error is None else (type(parser.error), parser.error.body)
    return {**made, "body_rcv": body, "error": error}


OF_WAITRESS = {
    *("first_line", "headers", "request_uri", "command", "version", "proxy_scheme"),
    *("proxy_netloc", "path", "query", "fragment", "url_scheme", "connection_close"),
    *("chunked", "content_length", "completed", "empty", "headers_finished"),
    *("header_bytes_received", "body_bytes_received", "expect_continue"),
}


@pytest.mark.parametrize("data", [*KEPT, *NOT_KEPT, *REFUSED], ids=range(50))
def test_known_request_is_read_as_a_new_one(data: bytes) -> None:
    adj = adjustments()
    first, second = (made(parsed(data, adj)) for _ in range(2))
    assert second == first
    assert (first["error"] is None) is (data not in REFUSED)


@pytest.mark.parametrize("data", [*KEPT, *NOT_KEPT], ids=range(28))
def test_request_in_pieces_is_the_same(data: bytes) -> None:
    adj = adjustments()
    whole, parser = made(parsed(data, adj)), Parser(adj)
    for byte in data:
        parser.received(bytes([byte]))
        if parser.empty:
            parser = Parser(adj)
    counted = {"header_bytes_received": whole["header_bytes_received"]}
    assert {**made(parser), **counted} == whole


@pytest.mark.parametrize("data", KEPT, ids=range(len(KEPT)))
def test_request_is_read_as_waitress_reads_it(data: bytes) -> None:
    adj = adjustments()
    theirs = HTTPRequestParser(adj)
    theirs.received(data)
    parsed(data, adj)
    assert [*adj.known] == [data]
    assert made(parsed(data, adj)) == made(theirs)


@pytest.mark.parametrize("data", [*NOT_KEPT, *REFUSED], ids=range(32))
def test_secrets_bodies_and_refusals_are_not_kept(data: bytes) -> None:
    adj = adjustments()
    assert parsed(data, adj).completed
    assert len(adj.known) == 0


def test_part_of_a_request_is_not_kept() -> None:
    adj = adjustments()
    parser = parsed(REQUEST[:-1], adj)
    assert not parser.completed
    parser.received(REQUEST[-1:])
    assert parser.completed
    assert len(adj.known) == 0


def test_requests_are_kept_one_by_one() -> None:
    """However many come at once."""
    adj = adjustments()
    assert Parser(adj).received(REQUEST + get("/b")) == len(REQUEST)
    assert [*adj.known] == [REQUEST]


def test_known_request_has_all_of_its_own() -> None:
    adj = adjustments()
    one, other = parsed(REQUEST, adj), parsed(REQUEST, adj)
    other.headers["X_ONE"] = "2"
    other.work = object()  # type: ignore[assignment]  # any object
    again = parsed(REQUEST, adj)
    assert again.headers == one.headers
    assert again.headers["X_ONE"] == "1"
    assert again.work is None
    assert again.begun > one.begun


def test_other_settings_have_their_say() -> None:
    few = adjustments()
    few.limits = Settings(max_url=256)
    data = get("/" + "a" * 256)
    assert [parsed(data, adj).error is None for adj in (adjustments(), few)] == [True, False]


def test_bounded_number_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_requests, "MOST", 10)
    adj = adjustments()
    for number in range(25):
        assert parsed(get(f"/{number}"), adj).completed
        assert parsed(get(f"/{number}"), adj).completed
    assert [*adj.known] == [get(f"/{number}") for number in range(20, 25)]


def environ(echo: Running) -> dict[str, Any]:
    """Return the environment that the app saw last, without its streams."""
    return {key: each for key, each in echo.app.environ.items() if key in SAID}


SAID = {
    *("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REQUEST_METHOD", "SERVER_PORT", "SERVER_NAME"),
    *("SERVER_SOFTWARE", "SERVER_PROTOCOL", "SCRIPT_NAME", "PATH_INFO", "REQUEST_URI"),
    *("QUERY_STRING", "wsgi.url_scheme", "wsgi.version", "wsgi.errors", "wsgi.multithread"),
    *("wsgi.multiprocess", "wsgi.run_once", "wsgi.file_wrapper", "wsgi.input_terminated"),
    *("HTTP_HOST", "HTTP_X_ONE", "HTTP_X_TWO", "CONTENT_LENGTH"),
}


def test_connection_has_its_own_say() -> None:
    """Another connection may have sent the same before, and this one other bytes."""
    other = get("/b", "X-Two: 2")
    with running() as echo:
        alone = {}
        for data in (REQUEST, other):
            exchange(echo.port, data)
            alone[data] = environ(echo)
        with connection(echo.port) as one, connection(echo.port) as two:
            for opened in (one, two, one, two):
                for data in (REQUEST, other, get("/c", "Content-Length: 1") + b"c", REQUEST):
                    opened.send(data)
                    assert opened.reply().status == 200
                    port = str(opened.socket.getsockname()[1])
                    assert echo.app.environ["REMOTE_PORT"] == port
                    if data in alone:
                        assert environ(echo) == {**alone[data], "REMOTE_PORT": port}
                    disconnected = echo.app.environ["waitress.client_disconnected"]
                    [own] = [
                        each
                        for each in echo.channels.values()
                        if each.addr[1] == opened.socket.getsockname()[1]
                    ]
                    assert disconnected == own.check_client_disconnected


def test_what_an_app_does_is_seen_by_no_other_request() -> None:
    with running() as echo, connection(echo.port) as opened:
        for _ in range(3):
            opened.send(REQUEST)
            assert opened.reply().status == 200
            seen = echo.app.environ
            assert (seen["HTTP_X_ONE"], seen["wsgi.input"].tell()) == ("1", 0)
            assert "of.another" not in seen
            seen["HTTP_X_ONE"], seen["of.another"] = "changed", "value"
            del seen["PATH_INFO"]
            seen["wsgi.input"].write(b"written")


def test_nothing_of_a_connection_is_kept_with_bytes() -> None:
    with running() as echo, connection(echo.port) as opened:
        for _ in range(2):
            opened.send(REQUEST)
            assert opened.reply().status == 200
        [channel] = echo.channels.values()
        found = channel.adj.known.find(REQUEST)
        own = {"127.0.0.1", str(opened.socket.getsockname()[1])}
        assert own.isdisjoint(each for each in found.environ.values() if type(each) is str)
        assert channel.check_client_disconnected not in found.environ.values()
        assert channel.environ["REMOTE_PORT"] in own


@pytest.mark.skipif(sys.platform != "linux", reason="others have one address of loopback")
def test_proxy_is_believed_by_its_connection_alone() -> None:
    """The same bytes: what a trusted proxy says does not count from elsewhere."""
    asked = get("/tango/rest/rc3", "X-Forwarded-Host: elsewhere")
    with serving("--trusted-proxy", "127.0.0.1") as server:
        for client, host in [("127.0.0.1", "elsewhere"), ("127.0.0.2", "gateway:8000")] * 2:
            at = ("127.0.0.1", server.port)
            with socket.create_connection(at, source_address=(client, 0)) as sock:
                sock.sendall(asked)
                answer = sock.recv(65_536).decode()
            assert f"//{host}/" in answer
