"""Requests that the app never hears of, and what the server answers by itself: rc3's Failures."""

from __future__ import annotations

from collections.abc import Callable

from waitress.task import ErrorTask
from waitress.utilities import (
    Error,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
)

from mtango_ref.figures.metrics import refusal_place
from mtango_ref.http.cors import ANY, Cors
from mtango_ref.http.failures import OVERLOADED, RETRY_AFTER, http_failure
from mtango_ref.http.middleware import ALWAYS
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.json_text import to_json
from mtango_ref.server.incoming import TooManyKeys, UrlTooLong
from mtango_ref.server.outgoing import Logged

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
        # RFC 9112, 9.6: where this request ends is not known, so nothing behind it can be read.
        if not isinstance(error, Overloaded):
            self.set_close_on_finish()
            self.channel.refused = True
        self.content_length = len(body)
        # RFC 9110, 9.3.2: "the server MUST NOT send content in the response" to HEAD.
        if getattr(self.request, "command", "") != "HEAD":
            self.write(body)


def refusals(rc3_mode: str, clock: Callable[[], float], cors: Cors = ANY) -> Refuse:
    """Return the answers that the server gives by itself: Failures with the app's headers."""
    rc3 = Rc3(rc3_mode)

    def refuse(
        status: int, sentence: str, origin: str | None
    ) -> tuple[list[tuple[str, str]], bytes]:
        headers = {"content-type": "application/json", **ALWAYS}
        # RFC 9110, 10.2.3: how long the service "is expected to be unavailable".
        if status == 503:
            headers.update([RETRY_AFTER])
        headers.update(cors.headers(origin))
        return [*headers.items()], to_json(http_failure(rc3, status, sentence, clock()))

    return refuse
