"""HTTP/1.1 connections: waitress, with its own refusals in rc3's shape and tighter bounds.

waitress answers by itself what it cannot make a request of. Here are the sub-classes through
which that gets the Failure object too, and which close the gaps found in it.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

MAX_HEADERS = 64 * 1024
"""Bytes of the request line and headers together."""
MAX_BODY = 1024 * 1024
"""Bytes of a request's body."""
IDLE_TIME = 60.0
"""s without a byte after which a connection is closed."""
REQUEST_TIME = 30.0
"""s in which a request must have come whole."""
SLOWEST = 1024
"""Bytes a second, over IDLE_TIME, that a client has to read of answers that wait for it."""
LINGER_TIME = 2.0
"""s for which the rest of a refused request is read."""

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
        # RFC 9112, 3.2: 400 to a request with several Host headers (waitress joins them by
        # commas), and to one of HTTP/1.1 without any.
        host = self.headers.get("HOST", "," if self.version == "1.1" else "")
        if "," in host:
            raise ParsingError("One Host header is expected")


class Answer(WSGITask):  # type: ignore[misc]
    """An answer that the application gives."""

    def build_response_header(self) -> bytes:
        """Write the status line and headers."""
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
    """One connection.

    RFC 9112, 9.6: a close while the client still sends resets the connection, and takes the
    answer away from it. So behind a refusal only the sending half is closed, and what the
    client goes on sending is read and dropped for LINGER_TIME.
    """

    parser_class = Parser
    task_class = Answer
    error_task_class = Refusal
    refused = False
    _lingers_until = math.inf
    _sent = 0
    _unread_since: tuple[float, int] | None = None  # (when, what had been sent by then)

    def handle_close(self) -> None:
        """Close the connection, or only begin to."""
        if self.refused and self._lingers_until == math.inf:
            self._lingers_until = time.monotonic() + LINGER_TIME
            self.will_close = False
            with suppress(OSError):  # the client was faster
                self.socket.shutdown(socket.SHUT_WR)
        else:
            super().handle_close()

    def received(self, data: bytes) -> bool:
        """Take bytes in; whether they were wanted."""
        return self._lingers_until == math.inf and bool(super().received(data))

    def unfinished(self) -> int:
        """Count requests that have come, be it in part, and are not answered yet."""
        return len(self.requests) + (self.request is not None)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Give the kernel what it takes; the number of bytes."""
        count: int = super().send(data, do_close)
        self._sent += count
        return count

    def is_overdue(self) -> bool:
        """Return True if the client takes too long to send, to read its answer, or to leave."""
        now = time.monotonic()
        unsent = self.request is not None and now > self.request.begun + REQUEST_TIME
        return unsent or self._reads_too_slowly(now) or now > self._lingers_until

    def _reads_too_slowly(self, now: float) -> bool:
        """Return True if the client reads less than SLOWEST, a byte now and then.

        What waits for a client holds memory, and may hold a thread.
        """
        if not self.total_outbufs_len:
            self._unread_since = None
            return False
        since, sent = self._unread_since = self._unread_since or (now, self._sent)
        if now <= since + IDLE_TIME:
            return False
        self._unread_since = now, self._sent
        return self._sent - sent < SLOWEST * IDLE_TIME


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """One listening socket and its connections."""

    channel_class = Channel
    draining = False
    refuse: Refuse

    def set_reuse_addr(self) -> None:
        """Leave the socket, which listens already, as it is: Winsock would share its port."""

    def maintenance(self, now: float) -> None:
        """Close the connections that idle, and those that take too long."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_overdue():
                # What polls the socket sees this and closes it. will_close would wait until
                # the client reads.
                with suppress(OSError):  # the client was faster
                    channel.socket.shutdown(socket.SHUT_RDWR)
