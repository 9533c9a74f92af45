"""Requests as they come in: waitress' parser, with the gaps closed that were found in it."""

from __future__ import annotations

import time
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError

from mtango_ref.server.shares import Work

MAX_HEADERS = 64 * 1024
"""Bytes of the request line and headers together."""
MAX_BODY = 1024 * 1024
"""Bytes of a request's body."""

_PARSED: dict[bytes, dict[str, Any]] = {}
"""What the parser made of requests without body and credentials. Only who leads parses."""
_OF_ONE = ("adj", "begun", "header_bytes_received", "header_plus", "headers", "work")
"""What each request has of its own, whatever its bytes."""
_SECRET = {"AUTHORIZATION", "COOKIE", "PROXY_AUTHORIZATION"}
"""Headers that are not kept longer than their request."""
_KEPT = 1024
_LONGEST_KEPT = 2048
"""Bytes."""


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request as it comes in."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()
        self.work: Work | None = None

    def received(self, data: bytes) -> int:
        """Take bytes in; the number of those that belong to this request."""
        consumed: int = super().received(data)
        if self.completed:
            # RFC 9110, 10.1.1: "Expect: 100-continue" asks for the body; here is none to come.
            # waitress would say 100, and wait for ever.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse, unless the same bytes have been parsed before. ParsingError becomes a 400."""
        known = _PARSED.get(header_plus)
        if known is not None:
            self.__dict__.update(known["parsed"])
            self.headers = known["headers"].copy()
            return
        self._parse_header(header_plus)
        is_short = self.body_rcv is None and len(header_plus) <= _LONGEST_KEPT
        if is_short and not _SECRET & self.headers.keys():
            if len(_PARSED) >= _KEPT:
                _PARSED.clear()
            parsed = {key: each for key, each in vars(self).items() if key not in _OF_ONE}
            _PARSED[header_plus] = {"parsed": parsed, "headers": self.headers.copy()}

    def _parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of an absurd Content-Length or URL; waitress lets it pass
            raise ParsingError("URL or Content-Length is invalid") from error
        # RFC 9112, 3.2: 400 to a request with several Host headers (waitress joins them by
        # commas), and to one of HTTP/1.1 without any.
        host = self.headers.get("HOST", "," if self.version == "1.1" else "")
        if "," in host:
            raise ParsingError("Expected exactly one Host header")
