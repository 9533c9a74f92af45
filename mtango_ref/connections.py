"""HTTP/1.1 connections: waitress, with its own refusals in rc3's shape and tighter bounds.

waitress answers by itself what it cannot make a request of. Here are the sub-classes through
which that gets the Failure object too, and which close the gaps found in it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.proxy_headers import (  # type: ignore[import-untyped]
    PROXY_HEADERS,
    MalformedProxyHeader,
    clear_untrusted_headers,
    parse_proxy_headers,
)
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]

MAX_HEADERS = 64 * 1024
"""Bytes of the request line and headers together."""
MAX_BODY = 1024 * 1024
"""Bytes of a request's body."""
LINGER_TIME = 2.0
"""s for which the rest of a refused request is read."""
REQUEST_TIME = 30.0
"""s in which a request must have come whole."""

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""

Refuse = Callable[[int, str, str | None], tuple[list[tuple[str, str]], bytes]]
"""(status, sentence, Origin header) -> headers and body of the answer."""

_SENTENCES = {
    413: f"The body is too long; at most {MAX_BODY - 1} bytes are taken.",
    431: f"The request line and headers are too long; at most {MAX_HEADERS - 1} bytes are taken.",
    500: "A defect of the server; its log says more.",
    501: "This Transfer-Encoding is not known; chunked is.",
}
_FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request as it comes in."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()

    def received(self, data: bytes) -> int:
        """Take bytes in; the number of those that belong to this request."""
        consumed: int = super().received(data)
        if self.completed:
            # RFC 9110, 10.1.1: "Expect: 100-continue" asks for the body; here is none to come.
            # waitress would say 100, and wait for ever.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """ParsingError becomes a 400."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of an absurd Content-Length or URL; waitress lets it pass
            raise ParsingError("URL or Content-Length is invalid") from error
        if self.version == "1.1" and "HOST" not in self.headers:
            # RFC 9112, 3.2: 400 to any HTTP/1.1 request that lacks a Host header
            raise ParsingError("HTTP/1.1 needs a Host header")


class Answer(WSGITask):  # type: ignore[misc]
    """An answer that the application gives."""

    def build_response_header(self) -> bytes:
        """The status line and headers."""
        if self.channel.server.draining and len(self.channel.requests) == 1:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header


class Refusal(ErrorTask):  # type: ignore[misc]
    """An answer that the application never hears of."""

    def execute(self) -> None:
        """Write it, and close the connection."""
        error, server = self.request.error, self.channel.server
        sentence = _SENTENCES.get(error.code) or f"The request is malformed: {error.body[:200]}."
        headers, body = server.refuse(error.code, sentence, self.request.headers.get("ORIGIN"))
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(headers)
        self.set_close_on_finish()
        self.channel.refused = True
        self.content_length = len(body)
        if getattr(self.request, "command", "") != "HEAD":
            self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    parser_class = Parser
    task_class = Answer
    error_task_class = Refusal
    refused = False
    _lingers_until: float | None = None

    def handle_write(self) -> None:
        """Send what there is; close, but linger, behind a refusal.

        RFC 9112, 9.6: a close while the client still sends resets the connection, and takes
        the answer away from it. So only the sending half is closed, and the rest is read.
        """
        if not self.refused or self.will_close or self.total_outbufs_len:
            super().handle_write()
        elif self.close_when_flushed:
            self.close_when_flushed = False
            self._lingers_until = time.monotonic() + LINGER_TIME
            with suppress(OSError):  # the client was faster
                self.socket.shutdown(socket.SHUT_WR)

    def readable(self) -> bool:
        """Whether more is wanted."""
        if self._lingers_until is None:
            readable: bool = super().readable()
            return readable
        if self._lingers_until < time.monotonic():
            self.will_close = True
        return not self.will_close

    def received(self, data: bytes) -> bool:
        """Take bytes in; whether they were wanted."""
        if self._lingers_until is not None:
            return False
        wanted: bool = super().received(data)
        return wanted


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """One listening socket and its connections."""

    channel_class = Channel
    draining = False
    refuse: Refuse

    def maintenance(self, now: float) -> None:
        """Close idle connections, and those that trickle a request in."""
        super().maintenance(now)
        begun_after = time.monotonic() - REQUEST_TIME
        for channel in self.active_channels.values():
            if channel.request is not None and channel.request.begun < begun_after:
                channel.will_close = True


def behind_proxy(app: App, proxy: str | None, refuse: Refuse) -> App:
    """The app, with X-Forwarded-{For,Host,Proto,Port} taken from that one address only.

    waitress has this too, but answers a malformed header in its own shape.
    """

    def forwarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        untrusted = PROXY_HEADERS
        if environ["REMOTE_ADDR"] == proxy:
            try:
                untrusted = parse_proxy_headers(environ, 1, _FORWARDED)
                _check_port(environ["SERVER_PORT"])
            except (MalformedProxyHeader, LookupError, ValueError):
                sentence = "The proxy's X-Forwarded-* headers are malformed."
                headers, body = refuse(400, sentence, environ.get("HTTP_ORIGIN"))
                start_response("400 Bad Request", headers)
                return [body]
        clear_untrusted_headers(environ, untrusted)
        return app(environ, start_response)

    return forwarded


def _check_port(port: str) -> None:
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(port)
