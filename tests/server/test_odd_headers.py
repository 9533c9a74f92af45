"""Odd X-Request-ID and Accept-Encoding: the whole answer is the usual one, or a plain refusal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from dirty_equals import IsStr

from program import Serving, serving
from raw import Reply, check_failure, connection, get
from rest_answers import D

ENTRY = "/tango/rest"
LARGE = f"{ENTRY}{D}/attributes"
MADE = IsStr(regex="[0-9a-f]{32}")
"""An id that the server has made."""


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving("--access-log", "json") as started:
        yield started
        assert started.errors() == ""


def with_header(target: str, name: str, value: bytes) -> bytes:
    """Write a request with one header more, as these bytes."""
    return get(target)[:-2] + name.encode() + b": " + value + b"\r\n\r\n"


def asked(server: Serving, request: bytes) -> tuple[Reply, dict[str, Any]]:
    """Return the answer, after which nothing may follow, and its line in the log."""
    with connection(server.port) as opened:
        opened.send(request)
        opened.socket.shutdown(1)
        reply = opened.reply()
        assert opened.rest() == b""
    line: dict[str, Any] = json.loads(server.next_line())
    return reply, line


def usual(server: Serving, target: str) -> Reply:
    return asked(server, get(target))[0]


KEPT = [b"0af7651916cd43dd8448eb211c80319c", b"a" * 128, b"  Root=1-67a:5/b+c=@~_.-  "]
REPLACED = [
    *(b"a" * 129, b"a" * 10_000, b"a" * 60_000, b"", b"   ", b"two words", b"a,b", b'"a"'),
    *(b"<script>alert(1)</script>", b"%0d%0aX-Evil:1", b"a;X-Evil", b"{}", b"$(id)", b"a\\nb"),
    # Bytes beyond ASCII: of UTF-8, of no coding, a control character of Latin-1.
    *("ä".encode(), "\u202e".encode(), b"\xff\xfe", b"a\x85b"),
    # RFC 9112, 5.2: a line that begins with a blank goes on with the one before.
    *(b"a\r\n b", b"a\r\n\tX-Evil: 1"),
    # Two of them are none: which one is meant?
    *(b"a\r\nX-Request-ID: b", b"a\r\nx-request-id: a"),
]
REFUSED = {
    b"a\rX-Evil: 1": "Bare CR or LF found in header",
    b"a\nX-Evil: 1": "Bare CR or LF found in header",
    b"a\r\n\rX-Evil: 1": "Bare CR or LF found in header",
    b"a\x00b": "Invalid header",
    b"\x1b[2J": "Invalid header",
    b"\x7f": "Invalid header",
}
"""RFC 9110, 5.5: "CR, LF, and NUL characters are invalid and dangerous"."""


@pytest.mark.parametrize("given", [*KEPT, *REPLACED], ids=range(len([*KEPT, *REPLACED])))
def test_odd_id_changes_the_id_alone(server: Serving, given: bytes) -> None:
    """An id that may not stand in a log is replaced, in the answer and in the log."""
    plain = usual(server, ENTRY)
    reply, line = asked(server, with_header(ENTRY, "X-Request-ID", given))
    expected = given.decode().strip() if given in KEPT else MADE
    assert reply.headers == {**plain.headers, "x-request-id": expected, "date": IsStr()}
    assert (reply.status, reply.content) == (200, plain.content)
    assert line["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(("given", "why"), REFUSED.items(), ids=range(len(REFUSED)))
def test_id_with_control_characters_is_refused(server: Serving, given: bytes, why: str) -> None:
    """The answer says why, and nothing of what came; the log has no more."""
    reply, line = asked(server, with_header(ENTRY, "X-Request-ID", given))
    check_failure(reply, 400, "BAD_REQUEST", f"The request is malformed: {why}.")
    assert reply.headers == {
        "connection": "close",
        "content-length": str(len(reply.content)),
        "content-type": "application/json",
        "date": IsStr(),
        "vary": "Origin",
        "x-mtango": IsStr(),
        "x-request-id": MADE,
    }
    assert (line["request_id"], line["path"]) == (reply.headers["x-request-id"], "")


def test_id_cannot_begin_another_answer(server: Serving) -> None:
    """The text behind the empty line is another request, with an id of its own."""
    target = f"{ENTRY}/nope"
    first = with_header(ENTRY, "X-Request-ID", b"a\r\n\r\nGET " + target.encode() + b" HTTP/1.1")
    with connection(server.port) as opened:
        opened.send(first)
        replies = [opened.reply(), opened.reply()]
    lines = [json.loads(server.next_line()) for _ in replies]
    assert [each.status for each in replies] == [line["status"] for line in lines] == [200, 400]
    assert [each.headers["x-request-id"] for each in replies] == ["a", MADE]
    # RFC 9112, 3.2: it has no Host.
    why = "The request is malformed: Expected exactly one Host header."
    check_failure(replies[1], 400, "BAD_REQUEST", why)


PLAIN = [
    *(b"gzip;q=NaN", b"gzip;q=-1", b"gzip;q=-0", b"gzip;q=inf", b"gzip;q=1e0", b"gzip;q=0x1"),
    *(b"gzip;q=1.0001", b"gzip;q=0.0001", b"gzip;q=2", b"gzip;q=", b"gzip;q", b"gzip;;q=1"),
    *(b"gzip;q=0", b"gzip;q=0, *;q=1", b"*;q=1, gzip;q=0", b"gzip;q=0, *", b"*;q=0", b"identity"),
    *(b"identity;q=0", b"identity;q=0, *;q=0", b"br, zstd, compress, deflate", b"nonsense"),
    *(b"", b",", b";", b"=;,;q", b"gzip gzip", b'"gzip"', b"gzip\xff", "gzíp".encode()),
    *(b"gzip" * 15_000, b"gzip;q=0." + b"0" * 60_000, b"a," * 30_000),
    *(b"gzip;q=0\r\nAccept-Encoding: *", b"<script>, ${jndi}"),
]
COMPRESSED = [
    *(b"gzip", b"x-gzip;q=0.001", b"*", b"*;q=1", b"GZIP", b"br, *;q=0.1", b"nonsense, gzip"),
    *(b"gzip;q=NaN, *;q=1", b"," * 60_000 + b"gzip", b"identity;q=0.5\r\nAccept-Encoding: gzip"),
    *(b"gzip\r\n\t;q=1", b"\xff, gzip"),
]


@pytest.mark.parametrize("given", PLAIN, ids=range(len(PLAIN)))
def test_nonsense_accepts_nothing_but_plain_text(server: Serving, given: bytes) -> None:
    """RFC 9110, 12.5.3: where nothing that is accepted is at hand, the answer is plain."""
    plain = usual(server, LARGE)
    reply, _ = asked(server, with_header(LARGE, "Accept-Encoding", given))
    assert reply.headers == {**plain.headers, "x-request-id": MADE, "date": IsStr()}
    assert (reply.status, reply.content) == (200, plain.content)


@pytest.mark.parametrize("given", COMPRESSED, ids=range(len(COMPRESSED)))
def test_nonsense_beside_gzip_is_ignored(server: Serving, given: bytes) -> None:
    plain = usual(server, LARGE)
    reply, line = asked(server, with_header(LARGE, "Accept-Encoding", given))
    assert reply.headers == {
        **plain.headers,
        "content-encoding": "gzip",
        "content-length": str(len(reply.content)),
        "x-request-id": MADE,
        "date": IsStr(),
    }
    assert (reply.status, gzip.decompress(reply.content)) == (200, plain.content)
    assert line["bytes"] == len(reply.content) < len(plain.content) / 4


def test_header_beyond_the_limit_is_refused(server: Serving) -> None:
    """Whichever it is, the answer names the limit and nothing of the header."""
    for name in ("X-Request-ID", "Accept-Encoding"):
        reply, line = asked(server, with_header(LARGE, name, b"gzip," * 14_000))
        why = "The request line and headers are too long; at most 65536 bytes are accepted."
        check_failure(reply, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE", why)
        assert reply.headers["x-request-id"] == line["request_id"] == MADE


SECRET = "c2VjcmV0OnNlY3JldA=="
ODD_LINES = {
    f"Authorization: Basic {SECRET}\rX: y": "Bare CR or LF found in header",
    f"Cookie: {SECRET}\nX: y": "Bare CR or LF found in header",
    f"Authorization Basic {SECRET}": "Invalid header",
}


@pytest.mark.parametrize(("line", "why"), ODD_LINES.items(), ids=range(len(ODD_LINES)))
def test_refusal_quotes_no_header(server: Serving, line: str, why: str) -> None:
    """A proxy may log what is answered with 400."""
    reply, entry = asked(server, get(ENTRY)[:-2] + f"{line}\r\n\r\n".encode())
    check_failure(reply, 400, "BAD_REQUEST", f"The request is malformed: {why}.")
    assert SECRET not in reply.content.decode() + json.dumps(entry)
