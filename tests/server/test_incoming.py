"""Requests whose bytes have been parsed before: each has what is its own, and no secret is kept."""

from __future__ import annotations

from waitress.adjustments import Adjustments

from mtango_ref.server import incoming
from mtango_ref.server.incoming import Parser
from mtango_ref.settings.model import Settings

REQUEST = b"GET /tango/rest?a=1 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n"


def adjustments() -> Adjustments:
    """Of a server under the default settings."""
    found = Adjustments()
    found.limits = Settings()
    return found


def parsed(head: bytes, adj: Adjustments) -> Parser:
    parser = Parser(adj)
    assert parser.received(head + b"\r\n") == len(head) + 2
    return parser


def test_same_bytes_are_another_request() -> None:
    one, other = (parsed(REQUEST, adjustments()) for _ in range(2))
    other.headers["X_ONE"] = "2"
    again = parsed(REQUEST, adjustments())
    assert (again.command, again.path, again.query) == ("GET", "/tango/rest", "a=1")
    assert again.headers == one.headers == {"HOST": "a", "X_ONE": "1"}
    assert len({id(each.adj) for each in (one, other, again)}) == 3
    assert again.work is None
    assert again.completed


def test_credentials_are_not_kept() -> None:
    for line in (b"Authorization: Basic bWU6c2VjcmV0", b"Cookie: session=secret"):
        head = REQUEST + line + b"\r\n"
        assert parsed(head, adjustments()).completed
        assert [kept for kept in incoming._PARSED if line in kept] == []
    assert parsed(REQUEST, adjustments()).completed
    assert REQUEST + b"\r\n" in incoming._PARSED
