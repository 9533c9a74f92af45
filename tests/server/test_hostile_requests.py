"""The whole server under requests that are wrong: each has its status and the Failure shape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from dirty_equals import IsStr

from echo_server import WAIT, eventually, running
from mtango_ref.settings.model import Settings
from program import Serving, serving
from raw import Connection, check_failure, connection, exchange, get
from rest_answers import not_a_name

ENTRY = "/tango/rest"
DEVICES = f"{ENTRY}/rc3/hosts/localhost/10000/devices"
DEVICE = f"{DEVICES}/sys/tg_test/1"
VALUE = f"{DEVICE}/attributes/double_scalar/value"

THREADS, MAX_HEADER = Settings().threads, Settings().max_header
"""The limits of a server that was started without options."""


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving() as started:
        yield started
        assert started.errors() == ""  # no traceback, no warning


@pytest.fixture
def port(server: Serving) -> Iterator[int]:
    """Yield the port of the server, which answers afterwards too."""
    yield server.port
    reply = exchange(server.port, get(VALUE, "Connection: close"))
    assert (reply.status, reply.json["quality"]) == (200, "ATTR_VALID")


# what stands for the member in the path -> what it is read as
NAMES = {
    b"%": "%",
    b"%zz": "%zz",
    b"%4": "%4",
    b"%%41": "%A",
    b"a%25b": "a%b",
    b"a%0d%0aX:%20y": "a\r\nX: y",
    b"%7F": "\x7f",
    b"%C3%A4": "ä",
    b"%F0%9F%98%80": "😀",
    b"%E2%80%AE": "\u202e",
    b"%23dbase=no": "#dbase=no",
    b"a:b": "a:b",
    b"it's": "it's",
    # Not UTF-8: overlong, a surrogate, beyond Unicode, cut off, stray.
    b"%C0%AF": "\ufffd\ufffd",
    b"%ED%A0%80": "\ufffd\ufffd\ufffd",
    b"%F4%90%80%80": "\ufffd\ufffd\ufffd\ufffd",
    b"%C3": "\ufffd",
}


@pytest.mark.parametrize(("segment", "name"), NAMES.items())
def test_odd_names_of_devices_are_not_defined(port: int, segment: bytes, name: str) -> None:
    """Tango has the word: there is no such device."""
    reply = exchange(port, get(f"{DEVICES}/sys/tg_test/".encode() + segment))
    assert (reply.status, reply.json["quality"]) == (200, "FAILURE")
    errors = reply.json["errors"]
    assert errors[0]["reason"] == "DB_DeviceNotDefined"
    assert errors[0]["description"] == f"device sys/tg_test/{name} not defined in the database !"


@pytest.mark.parametrize(("segment", "name"), {b"%00": "\0", b"a%00b": "a\0b"}.items())
def test_impossible_names_are_404(port: int, segment: bytes, name: str) -> None:
    """A device would be asked for what is before the NUL."""
    reply = exchange(port, get(f"{DEVICE}/attributes/".encode() + segment))
    check_failure(reply, 404, "NOT_FOUND", not_a_name(name))


@pytest.mark.parametrize("segment", [b"\xc3\xa4", b"\xff", b"\x80"])
def test_raw_bytes_are_refused(port: int, segment: bytes) -> None:
    """RFC 3986, 2.1: a URL has none beyond ASCII."""
    reply = exchange(port, get(f"{DEVICES}/sys/tg_test/".encode() + segment))
    check_failure(reply, 400, "BAD_REQUEST", "The request is malformed: Bad URI.")


@pytest.mark.parametrize("segment", ["a%2Fb", "..", "%2e%2e", "a%2F..%2Fb"])
def test_slashes_split_and_dots_do_not(port: int, segment: str) -> None:
    """%2F is a slash of the path (PEP 3333 knows no other), .. is a name as any other."""
    reply = exchange(port, get(f"{DEVICE}/attributes/{segment}/info"))
    if "2F" in segment:
        check_failure(reply, 404, "NOT_FOUND", IsStr(regex="There is nothing at .+"))
    else:
        assert (reply.status, reply.json["errors"][0]["reason"]) == (200, "API_AttrNotFound")


def test_long_name_is_not_found(port: int) -> None:
    reply = exchange(port, get(f"{DEVICE}/attributes/{'a' * 10_000}/value"))
    assert (reply.status, reply.json["quality"]) == (200, "FAILURE")
    assert len(reply.content) < 50_000


@pytest.mark.parametrize("path", ["/swagger/ui/swagger-ui.css", "/swagger/rc3.yml", "/manual/"])
def test_head_of_a_page_is_answered_as_get_is(port: int, path: str) -> None:
    """The page may be a file, which waitress sends by itself; the connection goes on."""
    with connection(port) as opened:
        opened.send(get(path, method="HEAD"))
        head = opened.reply("HEAD")
        opened.send(get(path))
        got = opened.reply()
    assert (head.status, head.content, got.status) == (200, b"", 200)
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_long_unknown_path_is_404(port: int) -> None:
    reply = exchange(port, get("/" + "a/" * 15_000))
    check_failure(reply, 404, "NOT_FOUND", IsStr(regex="There is nothing at .+"))


@pytest.mark.parametrize(
    "query",
    [
        "attr=%",
        "attr=%00",
        "attr=%0D%0A",
        "attr=%C3%A4",
        "attr=%C0%AF",
        "attr=",
        "attr=a,b",
        "attr=&attr=&=&&",
        "&".join(["attr=double_scalar"] * 1000),
        "&".join(f"attr=a{number}" for number in range(1000)),
        "&".join(f"a{number}=1" for number in range(1000)),
        "attr[]=1",
        "a=1;b=2",
        "?",
    ],
    ids=range(14),
)
def test_odd_queries_are_400_or_ignored(port: int, query: str) -> None:
    """One operation reads queries, and one does not."""
    reply = exchange(port, get(f"{DEVICE}/attributes/value?{query}"))
    assert reply.status in (200, 400)
    if reply.status == 400:
        check_failure(
            reply, 400, "BAD_REQUEST", IsStr(regex="attr=.+ text without NUL is expected.")
        )
    assert exchange(port, get(f"{VALUE}?{query}")).status == 200


def test_several_wildcards_are_400(port: int) -> None:
    query = "&".join(["wildcard=*"] * 1000)
    sentence = "wildcard in the query: one is expected, 1000 are given."
    check_failure(exchange(port, get(f"{DEVICES}?{query}")), 400, "BAD_REQUEST", sentence)


def test_body_on_get_is_ignored(port: int) -> None:
    """A body on GET has no meaning (RFC 9110, 9.3.1), and does no harm to the next request."""
    chunks = b"5\r\nhello\r\n0\r\n\r\n"
    with connection(port) as opened:
        for _ in range(3):
            opened.send(get(VALUE, "Content-Length: 5") + b"hello")
            assert opened.reply().json["name"] == "double_scalar"
            opened.send(get(VALUE, "Transfer-Encoding: chunked") + chunks)
            assert opened.reply().json["name"] == "double_scalar"


@pytest.mark.parametrize("target", [VALUE, "/nope", f"{DEVICE}/attributes/image", "/swagger/"])
def test_head_has_no_body_and_keeps_the_connection(port: int, target: str) -> None:
    """RFC 9110, 9.3.2: "the server MUST NOT send content in the response"."""
    with connection(port) as opened:
        opened.send(get(target, method="HEAD"))
        head = opened.reply("HEAD")
        opened.send(get(target))
        got = opened.reply()
        assert head.status == got.status
        assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
        assert len(got.content) == int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("method", ["POST", "BREW", "M-SEARCH", "X" * 99, "CONNECT", "TRACE"])
def test_other_methods_are_405(port: int, method: str) -> None:
    reply = exchange(port, get(VALUE, method=method))
    sentence = f"{method} is not defined here; GET, HEAD, PUT, OPTIONS are."
    check_failure(reply, 405, "METHOD_NOT_ALLOWED", sentence)
    assert reply.headers["allow"] == "GET, HEAD, PUT, OPTIONS"


def test_options_of_no_resource_is_404(port: int) -> None:
    """`OPTIONS *` asks the server as a whole, which has no answer."""
    reply = exchange(port, get("*", method="OPTIONS"))
    check_failure(reply, 404, "NOT_FOUND", IsStr(regex="There is nothing at .+"))


@pytest.mark.parametrize("target", ["nope", "gateway:443", ";", "\\", "*"])
def test_odd_targets_are_404(port: int, target: str) -> None:
    check_failure(
        exchange(port, get(target)), 404, "NOT_FOUND", IsStr(regex="There is nothing at .+")
    )


@pytest.mark.parametrize("target", ["http://", "http://a", "//", "#", "?"])
def test_targets_without_a_path_mean_the_root(port: int, target: str) -> None:
    """RFC 9110, 4.2.3: "an empty path component is equivalent to an absolute path of '/'"."""
    reply = exchange(port, get(target))
    assert (reply.status, reply.content) == (302, b"")
    assert reply.headers["location"] == "http://gateway:8000/swagger/"


def test_absolute_form_is_accepted(port: int) -> None:
    reply = exchange(port, get(f"http://elsewhere:1{ENTRY}"))
    assert reply.json["rc3"] == "http://gateway:8000/tango/rest/rc3"


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "<script>", "a:b", "[::1", "ä", ""])
def test_odd_hosts_are_400(port: int, host: str) -> None:
    """No href is made of them."""
    request = f"GET {ENTRY} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    reply = exchange(port, request)
    check_failure(reply, 400, "BAD_REQUEST", IsStr(regex=".*Host.*|.*malformed.*"))


@pytest.mark.parametrize(
    "lines",
    [
        ["Accept: nonsense/;;q=x,"],
        ["Accept: application/xml"],
        ["Content-Type: \xff"],
        ["Cookie: a=b; =; ;;;"],
        ["Authorization: Basic !!!"],
        ["Origin: \x80"],
        ["If-Modified-Since: never"],
        ["Range: bytes=9-1"],
        ["If-None-Match: *"],
        ["X-HTTP-Method-Override: DELETE"],
        ["Content-Encoding: gzip"],
        ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMA"],
        ["Expect: 200-ok"],
        ["Connection: nonsense"],
    ],
)
def test_odd_headers_change_nothing(port: int, lines: list[str]) -> None:
    head = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
    request = get(VALUE)[:-2] + head + b"\r\n"
    reply = exchange(port, request)
    assert (reply.status, reply.json["name"]) == (200, "double_scalar")


def test_origin_cannot_smuggle_headers(port: int) -> None:
    reply = exchange(port, get(VALUE)[:-2] + b"Origin: a\rX-Evil: 1\r\n\r\n")
    assert reply.status == 400
    assert "x-evil" not in reply.headers


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/" + "a" * MAX_HEADER), 414),
        (get(VALUE, "X: " + "a" * MAX_HEADER), 431),
        (get(VALUE, "Content-Length: 99999999999"), 413),
        (get(VALUE, "Content-Length: 1e3"), 400),
        (get(VALUE, "Transfer-Encoding: gzip"), 501),
        (b"\r\n\r\n\r\n\x00\r\n\r\n", 400),
        (b"GET " + VALUE.encode() + b"\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"GET " + VALUE.encode() + b"\r\nHost: a\r\n\r\n", 200),
    ],
    ids=["line", "header", "body", "length", "encoding", "garbage", "NUL", "0.9"],
)
def test_refusals_are_failures_of_rc3(port: int, request_: bytes, status: int) -> None:
    """More of them in test_connections.py."""
    reply = exchange(port, request_)
    assert reply.status == status
    if status != 200:
        assert reply.json["http_status"] == status


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    names = ["double_scalar", "long_scalar", "string_scalar"] * 30
    with connection(port) as opened:
        opened.send(b"".join(get(f"{DEVICE}/attributes/{name}/value") for name in names))
        assert [opened.reply().json["name"] for _ in names] == names


def test_connection_is_kept_alive_over_errors(port: int) -> None:
    """An answer of the application keeps the connection, whatever its status."""
    with connection(port) as opened:
        for path in (VALUE, "/nope", f"{DEVICES}/no/such/device", VALUE):
            opened.send(get(path))
            assert "connection" not in opened.reply().headers


def test_idle_connections_hold_up_nobody(port: int) -> None:
    idle = [Connection(port) for _ in range(200)]
    try:
        for opened in idle[::2]:
            opened.send(b"GET / HTT")
        assert exchange(port, get(VALUE)).status == 200
    finally:
        for opened in idle:
            opened.close()


REQUESTS_CUT_SHORT = (get(VALUE), get(VALUE)[:-10], get(VALUE, "Content-Length: 9") + b"a")
"""Whole, in the middle of the headers, in the middle of the body."""


def leave(port: int, request: bytes) -> None:
    with connection(port) as opened:
        opened.send(request)


def test_clients_that_leave_cost_nobody(port: int) -> None:
    """Each who stays gets an answer, however many left before theirs."""
    for request in REQUESTS_CUT_SHORT * 20:
        leave(port, request)
    with ExitStack() as stack:
        staying = [stack.enter_context(connection(port)) for _ in range(2 * THREADS)]
        for opened in staying:
            opened.send(get(VALUE))
        assert [opened.reply().json["quality"] for opened in staying] == ["ATTR_VALID"] * len(
            staying
        )


def test_clients_that_leave_free_their_threads() -> None:
    """Afterwards as many requests are at work at once as there are threads."""
    threads = 3
    with running(threads=threads) as echo, ExitStack() as stack:
        for request in REQUESTS_CUT_SHORT * 20:
            leave(echo.port, request)
        assert eventually(lambda: not echo.channels)
        while echo.app.entered.acquire(blocking=False):
            pass  # those that came whole were answered to nobody
        staying = [stack.enter_context(connection(echo.port)) for _ in range(threads)]
        for opened in staying:
            opened.send(get("/slow"))
        assert all(echo.app.entered.acquire(timeout=WAIT) for _ in staying)
        echo.app.may_answer.set()
        assert [opened.reply().status for opened in staying] == [200] * threads
