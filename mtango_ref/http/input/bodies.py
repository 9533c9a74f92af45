"""Bodies of requests: JSON, or plain text in UTF-8."""

from __future__ import annotations

from typing import Any, NamedTuple

import falcon

from mtango_ref.http.parsing import check_coding, check_query, decoded, kind, parsed, raw_body

_TEXT = "text/plain"


class Body(NamedTuple):
    """A body, and which of the two media types it has."""

    content: bytes
    is_json: bool

    @property
    def json(self) -> Any:
        """Return what it says as JSON. 400 if it is none."""
        return parsed(self.content)

    @property
    def text(self) -> str:
        """Return what it says as text. 400 if it is not UTF-8."""
        text = decoded(self.content)
        # It would be written as a character of the value.
        if text.startswith("\ufeff"):
            raise falcon.HTTPBadRequest(description="The body begins with a byte order mark.")
        return text


def texts_or_body(req: falcon.Request, key: str, what: str) -> list[str] | Body:
    """Return each `key` of the query, or else the body. 400 if there is neither, 415.

    what: what each of them is, in a word.
    """
    check_query(req)
    texts: list[str] | None = req.get_param_as_list(key)
    if texts is not None:
        return texts
    body = given_body(req)
    if body is None:
        raise falcon.HTTPBadRequest(
            description=f"There is no {what}: each `{key}` of the query is one, or the body."
        )
    return body


def given_body(req: falcon.Request) -> Body | None:
    """Return the body of a request; None if there is none. 415 if it is neither of the two, or
    coded."""
    content = raw_body(req)
    if not content:
        return None
    check_coding(req)
    media_type, options = falcon.parse_header(req.content_type or "")
    # RFC 9110, 8.3.1: "The type and subtype tokens are case-insensitive."
    if media_type.lower() == falcon.MEDIA_JSON:
        return Body(content, is_json=True)
    charset = options.get("charset", "utf-8").lower()
    if media_type.lower() == _TEXT and charset in ("utf-8", "us-ascii"):
        return Body(content, is_json=False)
    # RFC 9110, 15.5.16: a media type in which the server takes nothing.
    raise falcon.HTTPUnsupportedMediaType(
        description=f"The body {kind(req)}; application/json is expected, or text/plain in UTF-8."
    )
