"""Answers as they go out, each with its line in the access log."""

from __future__ import annotations

import logging
from io import BytesIO
from time import monotonic
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected
from waitress.task import Task, WSGITask

from mtango_ref.http.answers import CLAIM
from mtango_ref.http.middleware import (
    BEGAN,
    DRAINING,
    OPERATION,
    REASON,
    REQUEST_ID,
    RUN_AGAIN,
)
from mtango_ref.logs.access import Entry
from mtango_ref.server.known_requests import parts
from mtango_ref.server.usual_headers import date, usual_header

_LOG = logging.getLogger(__name__)

_GOES_ON = (None, "keep-alive", "Keep-Alive")
"""The words with which clients of HTTP/1.1 say that their connection goes on."""


class Logged(Task):
    """An answer that has the request's id, and a line in the access log, where that is wanted."""

    environ: dict[str, Any] | None

    def service(self) -> None:
        """Give the answer, and log what came of it."""
        try:
            super().service()
        except ClientDisconnected:
            self._log()
            raise
        self._log()

    def _log(self) -> None:
        log = self.channel.server.access_log
        if log is None:
            return
        request, environ = self.channel.requests[0], self.environ or {}
        # waitress parses a line of its own in place of a header that it refuses.
        is_known = hasattr(request, "command") and (request.headers or request.error is None)
        log.write(
            Entry(
                self.start_time,
                request.id,
                environ.get("REMOTE_ADDR", self.channel.addr[0]),
                request.command if is_known else "",
                request.request_uri if is_known else "",
                int(self.status[:3]),
                self.content_bytes_written,
                monotonic() - request.came,
                environ.get(OPERATION) or "",
                environ.get(REASON, ""),
            )
        )

    def id(self) -> str:
        """Return the request's id; an empty text if nobody asks for it."""
        request = self.channel.requests[0]
        wanted = "X_REQUEST_ID" in request.headers or self.channel.server.access_log is not None
        return str(request.id) if wanted else ""

    def add_id(self) -> None:
        """Let the answer have the request's id, if it is wanted."""
        if id_ := self.id():
            self.response_headers.append(("X-Request-Id", id_))


class Answer(Logged, WSGITask):
    """An answer that the application gives."""

    _claimed = 0
    """Bytes of it that are counted though nobody has written them yet."""
    _usual: tuple[str, str] | None = None
    """The header before and after the date, if it is a usual one."""
    content_length: int | None
    content_bytes_written: int

    def service(self) -> None:
        """Give the answer, and claim no more of it then."""
        try:
            super().service()
        finally:
            if self._claimed:
                self.claim(0)
            # It has this, by `claim`: else both would be left to the garbage collector.
            self.environ = None

    def execute(self) -> None:
        """Let the app answer, and send what it gives; as waitress does, in fewer steps."""
        body = self.channel.server.application(self.get_environment(), self._begin)
        if isinstance(body, ReadOnlyFileBasedBuffer) and self._sends_file(body):
            return
        # PEP 3333: of a list of one part the server knows the length that the app has not said.
        if self.content_length is None and type(body) is list and len(body) == 1:
            self.content_length = len(body[0])
        try:
            for part in body:
                if part:
                    self.write(part)
        finally:
            if hasattr(body, "close"):
                body.close()
        length = self.content_length
        # RFC 9110, 9.3.2: the answer to HEAD has the length of what it does not send.
        if length not in (None, self.content_bytes_written) and self.request.command != "HEAD":
            # Who waits for the rest waits in vain.
            self.set_close_on_finish()
            _LOG.warning("The app gave %d of %d bytes", self.content_bytes_written, length)

    def _begin(self, status: str, headers: list[tuple[str, str]]) -> None:
        """Take the app's status and headers: PEP 3333's start_response."""
        if id_ := (self.environ or {}).get(REQUEST_ID):
            headers.append(("X-Request-Id", id_))
        self._usual, self.content_length = usual_header(status, tuple(headers))
        self.status, self.response_headers, self.complete = status, headers, True

    def _sends_file(self, body: Any) -> bool:
        """Leave a file to the channel, which closes it; False of an empty one."""
        size = body.prepare(self.content_length)
        if not size:
            return False
        if size != self.content_length:
            self.remove_content_length_header()
            self._usual, self.content_length = None, size
        super().write(b"")
        self.channel.write_soon(body)
        return True

    def claim(self, size: int) -> None:
        """Have so many bytes counted as those to come. HTTPServiceUnavailable."""
        more, room = size - self._claimed, self.channel.server.room
        if more > 0:
            room.take(more, size)
        else:
            room.add(more)
        self._claimed = size

    def get_environment(self) -> dict[str, Any]:
        """Return the environment of WSGI, with the names of ours."""
        self.environ = environ = self._said_before() or self._said()
        environ[BEGAN] = self.request.came
        environ[CLAIM] = self.claim
        self.request.work.is_asked = True
        if self.channel.server.draining:
            environ[DRAINING] = True
        if id_ := self.id():
            environ[REQUEST_ID] = id_
        if self.request.work.runs > 1:
            environ["wsgi.input"].seek(0)
            environ[RUN_AGAIN] = True
        return environ

    def _said_before(self) -> dict[str, Any] | None:
        """Copy what is known of both the bytes of the request and its connection."""
        known, of_connection = self.request.known, self.channel.environ
        if known is None or known.environ is None or of_connection is None:
            return None
        return {**known.environ, **of_connection, "wsgi.input": BytesIO()}

    def _said(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        known = self.request.known
        if known is not None:
            known.environ, self.channel.environ = parts(environ)
        return environ

    def write(self, data: bytes) -> None:
        """Send a part of the body; header and body together if this is all of it."""
        if self._claimed:
            self.claim(max(self._claimed - len(data), 0))
        # A usual header is one of an answer that has a body, or is a 304 and has no length.
        is_all = len(data) == self.content_length and self._usual is not None
        if self.wrote_header or not data or not is_all:
            super().write(data)
            return
        header = self.build_response_header()
        self.wrote_header: bool = True
        self.channel.write_soon(header + data)
        self.content_bytes_written = len(data)

    def build_response_header(self) -> bytes:
        """Write the status line and headers."""
        # RFC 9112, 9.6: "close" is said in the last answer, and other requests have come before it.
        if self.channel.server.draining and len(self.channel.requests) == 1:
            self.set_close_on_finish()
        connection = self.request.headers.get("CONNECTION")
        is_usual = self.version == "1.1" and connection in _GOES_ON and not self.close_on_finish
        if self._usual is None or not is_usual:
            header: bytes = super().build_response_header()
            return header
        before, after = self._usual
        return f"{before}{date(int(self.start_time))}{after}".encode("latin-1")
