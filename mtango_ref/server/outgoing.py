"""Answers as they go out: the app's, and in rc3's shape what waitress refuses by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from time import monotonic
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected
from waitress.task import ErrorTask, Task, WSGITask, hop_by_hop
from waitress.utilities import (
    Error,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
    build_http_date,
)

from mtango_ref.figures.metrics import refusal_place
from mtango_ref.http.answers import CLAIM
from mtango_ref.http.failures import OVERLOADED
from mtango_ref.http.middleware import (
    BEGAN,
    DRAINING,
    OPERATION,
    REASON,
    REQUEST_ID,
    RUN_AGAIN,
)
from mtango_ref.logs.access import Entry
from mtango_ref.server.incoming import TooManyKeys, UrlTooLong
from mtango_ref.server.known_requests import parts

_LOG = logging.getLogger(__name__)

Refuse = Callable[[int, str, str | None], tuple[list[tuple[str, str]], bytes]]
"""A maker of refusals: status, sentence, Origin header -> headers and body of the answer."""


class Overloaded(Error):
    """RFC 9110, 15.6.4: an overload that "will likely be alleviated after some delay"."""

    code = 503
    reason = "Service Unavailable"


_SENTENCES: dict[type[Error], str] = {
    RequestEntityTooLarge: "The body is too long; at most {max_body} bytes are accepted.",
    UrlTooLong: "The URL is too long; at most {max_url} bytes are accepted.",
    TooManyKeys: "The query has too many keys; at most {max_query_keys} are accepted.",
    RequestHeaderFieldsTooLarge: (
        "The request line and headers are too long; at most {max_header} bytes are accepted."
    ),
    InternalServerError: "Internal error; the server's log has the details.",
    ServerNotImplemented: "Unknown Transfer-Encoding; expected chunked.",
    Overloaded: OVERLOADED,
}
"""Sentences, in which settings are named; of anything else, waitress says what is malformed."""


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
        if length not in (None, self.content_bytes_written) and self.request.command != "HEAD":
            # Who waits for the rest waits in vain.
            self.set_close_on_finish()
            _LOG.warning("The app gave %d of %d bytes", self.content_bytes_written, length)

    def _begin(self, status: str, headers: list[tuple[str, str]]) -> None:
        """Take the app's status and headers: PEP 3333's start_response."""
        if id_ := (self.environ or {}).get(REQUEST_ID):
            headers.append(("X-Request-Id", id_))
        self._usual, self.content_length = _usual(status, tuple(headers))
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
        if self.wrote_header or not data or len(data) != self.content_length or not self.has_body:
            super().write(data)
            return
        header = self.build_response_header()
        self.wrote_header: bool = True
        self.channel.write_soon(header + data)
        self.content_bytes_written = len(data)

    def build_response_header(self) -> bytes:
        """Write the status line and headers."""
        if self.channel.server.draining and len(self.channel.requests) == 1:
            self.set_close_on_finish()
        connection = self.request.headers.get("CONNECTION")
        is_usual = self.version == "1.1" and connection in _GOES_ON and not self.close_on_finish
        if self._usual is None or not is_usual:
            header: bytes = super().build_response_header()
            return header
        before, after = self._usual
        return f"{before}{_date(int(self.start_time))}{after}".encode("latin-1")


_GOES_ON = (None, "keep-alive", "Keep-Alive")
"""The words with which clients of HTTP/1.1 say that their connection goes on."""


def _capitalized(name: str) -> str:
    """Write a header's name as waitress does."""
    return "-".join(part.capitalize() for part in name.split("-"))


_HOP_BY_HOP = {*map(_capitalized, hop_by_hop)}


@lru_cache(256)
def _usual(
    status: str, headers: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str] | None, int | None]:
    """Return a usual header as waitress writes it, before and after the date; None if there is
    something to decide. And the length of the body, if it is said. A client that polls gets the
    same header for as long as the value is of the same second.

    ValueError for a second line, and for what is the server's to say (PEP 3333).
    """
    # Another line would be another header. Of names and the status, the form knows.
    contents = [content for _, content in headers]
    joined = "".join(contents)
    if "\n" in joined or "\r" in joined:
        raise ValueError(f"more than one line: {joined!r}")
    fields, place = _form(status, tuple([name for name, _ in headers]))
    length = None if place is None else int(contents[place])
    if fields is None:
        return None, length
    before, after = (
        "".join([f"{name}: {contents[place]}\r\n" for name, place in part]) for part in fields
    )
    return (f"HTTP/1.1 {status}\r\n{before}Date: ", f"\r\n{after}\r\n"), length


_Fields = list[tuple[str, int]]
"""Names of headers, each with the place that it had."""


@lru_cache(256)
def _form(status: str, names: tuple[str, ...]) -> tuple[tuple[_Fields, _Fields] | None, int | None]:
    """Return the fields of a usual header in waitress' order, before and after the date; None if
    there is something to decide. And the place of the body's length, if it has one."""
    for text in (status, *names):
        if "\n" in text or "\r" in text:
            raise ValueError(f"more than one line: {text!r}")
    written = [*map(_capitalized, names)]
    if not _HOP_BY_HOP.isdisjoint(written):
        raise ValueError(f"hop-by-hop header: {names}")
    length = written.index("Content-Length") if "Content-Length" in written else None
    # RFC 9112, 6.3: a 304 ends with its headers. waitress would close the connection then.
    is_304 = status.startswith("304")
    has_no_body = status.startswith(("1", "204"))
    if has_no_body or (length is not None) is is_304 or {"Date", "Server"}.intersection(written):
        return None, length
    fields = sorted(zip(written, range(len(written)), strict=True), key=lambda field: field[0])
    before = [field for field in fields if field[0] < "Date"]
    return (before, fields[len(before) :]), length


@lru_cache(2)
def _date(seconds: int) -> str:
    return str(build_http_date(seconds))


class Refusal(Logged, ErrorTask):
    """An answer that the application never hears of."""

    environ = None

    def execute(self) -> None:
        """Write it, and close the connection unless the request has come whole."""
        error, server = self.request.error, self.channel.server
        server.loop.shares.row.add(refusal_place(error.code))
        known = _SENTENCES.get(type(error), "").format_map(vars(self.channel.adj.limits))
        # A header line that waitress quotes may be one with a password.
        why = error.body.partition(' line "')[0][:200]
        sentence = known or f"The request is malformed: {why}."
        headers, body = server.refuse(error.code, sentence, self.request.headers.get("ORIGIN"))
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(headers)
        self.add_id()
        if not isinstance(error, Overloaded):
            self.set_close_on_finish()
            self.channel.refused = True
        self.content_length = len(body)
        if getattr(self.request, "command", "") != "HEAD":
            self.write(body)
