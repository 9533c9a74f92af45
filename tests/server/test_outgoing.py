"""Answers of an app as they go out: what waitress would write, in fewer steps."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest
import waitress.server
from waitress.buffers import ReadOnlyFileBasedBuffer

from echo_server import WAIT, Running, eventually
from raw import check_failure, connection, exchange, get

Headers = list[tuple[str, str]]
WRONG = ValueError("wrong")


class Given(NamedTuple):
    """An answer of the app."""

    status: str
    headers: Headers
    body: Callable[[], Iterable[bytes]]


class Parts:
    """A body in parts, which is to be closed."""

    def __init__(self, *parts: bytes, fails: bool = False) -> None:
        self.parts, self.fails, self.closed = parts, fails, 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        if self.fails:
            raise WRONG

    def close(self) -> None:
        self.closed += 1


def given(status: str, *headers: tuple[str, str], body: bytes | None = b"abc") -> Given:
    """Make an answer with its body at once, and its length among the headers; None for no body."""
    if body is None:
        return Given(status, [*headers], list)
    return Given(status, [*headers, ("content-length", str(len(body)))], lambda: [body])


ANSWERS = {
    "usual": given("200 OK", ("content-type", "text/plain"), ("X-two", "2"), ("last-modified", "")),
    "twice": given("200 OK", ("x-one", "b"), ("vary", "Origin"), ("X-One", "a")),
    "beyond ASCII": given("200 OK", ("x", "\xe4{0}%s")),
    "braces": given("200 {0} %s", ("x-{1}", "{2}")),
    "empty": given("200 OK", body=b""),
    "not found": given("404 Not Found"),
    "no content": given("204 No Content", body=None),
    "known": given("304 Not Modified", ("etag", '"1"'), body=None),
    "known, with a length": given("304 Not Modified"),
    "no length": Given("200 OK", [("x", "1")], lambda: Parts(b"abc", b"", b"def")),
    "one part without its length": Given("400 Bad Request", [("x", "1")], lambda: [b"abc"]),
    "two parts without their length": Given("200 OK", [], lambda: [b"abc", b"def"]),
    "parts": Given("200 OK", [("content-length", "6")], lambda: Parts(b"abc", b"", b"def")),
    "too much": Given("200 OK", [("content-length", "2")], lambda: Parts(b"abc", b"def")),
    "too little": Given("200 OK", [("content-length", "9")], lambda: Parts(b"abc", b"def")),
    "date": given("200 OK", ("date", "yesterday")),
    "server": given("200 OK", ("server", "another")),
}

REQUESTS = {
    "1.1": get("/"),
    "1.1 keep-alive": get("/", "Connection: keep-alive"),
    "1.1 close": get("/", "Connection: close"),
    "1.1 Close": get("/", "Connection: Close"),
    "1.1 HEAD": get("/", method="HEAD"),
    "1.0": get("/", version="1.0"),
    "1.0 keep-alive": get("/", "Connection: Keep-Alive", version="1.0"),
}


class App:
    """Answers as the test says."""

    def __init__(self) -> None:
        self.answer = ANSWERS["usual"]
        self.given: Any = None

    def __call__(self, _: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(self.answer.status, [*self.answer.headers])
        self.given = self.answer.body()
        found: Iterable[bytes] = self.given
        return found


class Pair(NamedTuple):
    """The same app behind both servers."""

    app: App
    ours: int
    """Its port."""
    theirs: int


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    app = App()
    ours = Running(app)  # type: ignore[arg-type]  # not only the echo's
    theirs: Any = waitress.server.create_server(app, listen="127.0.0.1:0", ident=None)
    thread = threading.Thread(target=theirs.run, daemon=True)
    thread.start()
    yield Pair(app, ours.port, int(theirs.effective_port))
    ours.server.stop()
    assert ours.ended()
    theirs.close()
    thread.join(WAIT)


def raw(port: int, request: bytes) -> list[bytes]:
    """Return the lines that come, but for the time: an answer, and one more if it goes on."""
    with connection(port) as opened:
        opened.send(request + get("/", "Connection: close"))
        lines = opened.rest().split(b"\r\n")
    return [each for each in lines if not each.startswith(b"Date: ") or b"yesterday" in each]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("request_", REQUESTS)
def test_answer_is_what_waitress_writes(pair: Pair, answer: str, request_: str) -> None:
    pair.app.answer = ANSWERS[answer]
    sent = REQUESTS[request_]
    if answer == "known" and request_.startswith("1.1"):
        # RFC 9112, 6.3: it ends with its headers; waitress closes the connection.
        first, closes = b"HTTP/1.1 304 Not Modified", b"Connection: close"
        last = [first, closes, b'Etag: "1"', b"", b""]
        goes_on = [first, b'Etag: "1"', b"", *last]
        assert raw(pair.ours, sent) == (last if request_.lower().endswith("close") else goes_on)
        return
    assert raw(pair.ours, sent) == raw(pair.theirs, sent)


@pytest.mark.parametrize(
    "answer",
    [
        given("200 OK\r\nX-Evil: 1"),
        given("200 OK", ("x", "1\r\nX-Evil: 1")),
        given("200 OK", ("x", "1\nX-Evil: 1")),
        given("200 OK", ("x", "1\rX-Evil: 1")),
        given("200 OK", ("x: 1\r\nX-Evil", "1")),
        given("200 OK", ("Connection", "keep-alive")),
        given("200 OK", ("transfer-encoding", "chunked")),
        given("200 OK", ("content-length", "three")),
        given("200 OK", ("x", 1)),  # type: ignore[arg-type]  # a number on purpose
    ],
    ids=range(9),
)
def test_app_cannot_say_what_is_not_its_own(pair: Pair, answer: Given) -> None:
    pair.app.answer = answer
    for _ in range(2):
        reply = exchange(pair.ours, get("/"))
        sentence = "Internal error; the server's log has the details."
        check_failure(reply, 500, "INTERNAL_SERVER_ERROR", sentence)
        assert "x-evil" not in reply.headers


@pytest.mark.parametrize("fails", [False, True])
def test_body_in_parts_is_closed(pair: Pair, fails: bool) -> None:
    body = Parts(b"abc", b"def", fails=fails)
    pair.app.answer = Given("200 OK", [("content-length", "6")], lambda: body)
    assert exchange(pair.ours, get("/", "Connection: close")).content == b"abcdef"
    assert eventually(lambda: body.closed == 1)


@pytest.mark.parametrize(
    ("content", "headers"),
    [(b"abc", []), (b"abc", [("content-length", "3")]), (b"abc", [("content-length", "9")])],
    ids=["no length", "length", "wrong length"],
)
def test_file_is_sent_as_waitress_sends_it(pair: Pair, content: bytes, headers: Headers) -> None:
    files = []

    def body() -> Iterable[bytes]:
        files.append(io.BytesIO(content))
        buffer: Iterable[bytes] = ReadOnlyFileBasedBuffer(files[-1])
        return buffer

    pair.app.answer = Given("200 OK", headers, body)
    sent = get("/", "Connection: close")
    assert raw(pair.ours, sent) == raw(pair.theirs, sent)
    assert eventually(lambda: all(each.closed for each in files))


def test_empty_file_is_closed(pair: Pair) -> None:
    file = io.BytesIO()
    headers = [("content-length", "0")]
    pair.app.answer = Given("200 OK", headers, lambda: ReadOnlyFileBasedBuffer(file))
    assert exchange(pair.ours, get("/")).content == b""
    assert eventually(lambda: file.closed)
