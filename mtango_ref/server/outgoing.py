"""Answers as they go out: the app's, and in rc3's shape what waitress refuses by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from time import monotonic
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.task import ErrorTask, Task, WSGITask
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
from mtango_ref.server.known import parts

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

    def service(self) -> None:
        """Give the answer, and claim no more of it then."""
        try:
            super().service()
        finally:
            if self._claimed:
                self.claim(0)
            # It has this, by `claim`: else both would be left to the garbage collector.
            self.environ = None

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
        self.add_id()
        # RFC 9112, 6.3: a 304 ends with its headers. waitress would close the connection then.
        is_304 = self.status.startswith("304")
        form = _form(tuple([name for name, _ in self.response_headers]), is_304)
        connection = self.request.headers.get("CONNECTION")
        is_usual = self.version == "1.1" and connection in _GOES_ON
        if form is None or not is_usual or not (self.has_body or is_304):
            header: bytes = super().build_response_header()
            return header
        contents = [content for _, content in self.response_headers]
        lines = form.format(*contents, _date(int(self.start_time)))
        return f"HTTP/1.1 {self.status}\r\n{lines}\r\n".encode("latin-1")


_GOES_ON = (None, "keep-alive", "Keep-Alive")
"""The words with which clients of HTTP/1.1 say that their connection goes on."""


@lru_cache(256)
def _form(names: tuple[str, ...], is_304: bool) -> str | None:
    """Return the lines of a usual header as waitress writes them, with a place for each content
    and then for the date; None if there is something to decide."""
    written = ["-".join(part.capitalize() for part in name.split("-")) for name in names]
    if ("Content-Length" in written) is is_304 or {"Connection", "Date", "Server"}.intersection(
        written
    ):
        return None
    fields = sorted(enumerate([*written, "Date"]), key=lambda field: field[1])
    return "".join(f"{name}: {{{place}}}\r\n" for place, name in fields)


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
