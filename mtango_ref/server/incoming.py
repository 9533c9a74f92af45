"""Requests as they come in: waitress' parser, with the gaps closed that were found in it."""

from __future__ import annotations

import os
import time
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error

from mtango_ref.logs.access import well_formed_id
from mtango_ref.server.known_requests import Known
from mtango_ref.threads.work import Work

_LINE_BESIDE_URL = 64
"""Bytes at most of a request line without its URL: method, version, and spaces."""


class UrlTooLong(Error):
    """RFC 9110, 15.5.15: the target is "longer than the server is willing to interpret"."""

    code = 414
    reason = "URI Too Long"


class TooManyKeys(UrlTooLong):
    """The same of the keys in a query, each of which is a parameter to interpret."""


class Parser(HTTPRequestParser):
    """One request as it comes in."""

    error: Error | None = None
    request_uri = ""
    query = ""
    work: Work | None = None
    known: Known | None = None
    """The results kept of requests with the same bytes."""
    _id = ""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun = self.came = time.monotonic()
        """The times of its first byte and of its last."""

    @property
    def id(self) -> str:
        """The name by which others know this request: its client's, if that is well-formed."""
        if not self._id:
            given = self.headers.get("X_REQUEST_ID", "")
            self._id = given if well_formed_id(given) else os.urandom(16).hex()
        return self._id

    def received(self, data: bytes) -> int:
        """Take bytes in; the number of those that belong to this request."""
        if self.header_plus or self.body_rcv is not None:
            return self._parsed(data)
        consumed = self._parsed(data)
        self.adj.known.keep(data[:consumed], self)
        return consumed

    def _parsed(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.error is None and (too_long := self._too_long()):
            self.error = too_long
            self.completed = True
        if self.completed:
            self.came = time.monotonic()
            # RFC 9110, 10.1.1: "Expect: 100-continue" asks for the body; here is none to come.
            # waitress would say 100, and wait for ever.
            self.expect_continue = False
        return consumed

    def _too_long(self) -> Error | None:
        limits = self.adj.limits
        if not self.headers_finished:
            # What has no end of its first line by now has a URL that is too long, if it has one.
            line = self.header_plus[: limits.max_url + _LINE_BESIDE_URL]
            if len(line) < limits.max_url + _LINE_BESIDE_URL or b"\n" in line.lstrip():
                return None
            self.parse_header(b"GET / HTTP/1.0\r\n")  # as waitress before its refusals
            return UrlTooLong("")
        if len(self.request_uri) > limits.max_url:
            return UrlTooLong("")
        if self.query and self.query.count("&") >= limits.max_query_keys:
            return TooManyKeys("")
        return None

    def parse_header(self, header_plus: bytes) -> None:
        """Parse what comes before the body. ParsingError becomes a 400."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of an absurd Content-Length or URL; waitress lets it pass
            raise ParsingError("URL or Content-Length is invalid") from error
        # RFC 9112, 6.1: who sends both may want a proxy and this server to see different requests.
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        # RFC 9112, 3.2: 400 to a request with several Host headers (waitress joins them by
        # commas), and to one of HTTP/1.1 without any.
        host = self.headers.get("HOST", "," if self.version == "1.1" else "")
        if "," in host:
            raise ParsingError("Expected exactly one Host header")
