"""Path segments and query arguments of a request, checked.

Names are Tango's: whatever can stand in one segment of a path is asked of the facility. Not so an
empty text, which names nothing, and a NUL in what is asked of a device: Tango's texts end at one,
and the device would answer for what is before it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import falcon
import orjson

_ASKED_OF_DEVICE = ("attribute", "command", "pipe")


def check_fields(fields: dict[str, Any]) -> None:
    """Check the texts of a path's fields and make the port a number from 1 to 65535.
    HTTPNotFound, with a sentence, for a text that cannot be what it stands for."""
    port = fields.get("port")
    if type(port) is int:  # they have been checked before
        return
    # Two slashes in a row: Falcon matches the empty segment between them.
    if "" in fields.values() and any(not fields[name] for name in fields.keys() - {"port"}):
        raise _not_found("", "a name: at least one character")
    # Tango's texts are C's: after a NUL there is nothing, and another name would be asked for.
    for field in _ASKED_OF_DEVICE:
        if "\0" in fields.get(field, ""):
            raise _not_found(fields[field], "a name: text without NUL")
    # The last step: routes are kept, and a number says that all of the fields have been checked.
    if port is not None:
        fields["port"] = _port(port)


@lru_cache(maxsize=64)
def _port(text: str) -> int:
    # rc3: "{port} is an integer 1-65535, else 404". int() takes other digits than ASCII's, too.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 0 < number < 65536:
        raise _not_found(text, "a port: a number from 1 to 65535")
    return number


def _not_found(text: str, expected: str) -> falcon.HTTPNotFound:
    return falcon.HTTPNotFound(description=f"{text!r} in the path is not {expected}.")


def attribute_names(req: falcon.Request, most: int) -> list[str]:
    """Read every `attr` of the query, in its order. 400 if one cannot be a name.

    414 for more than `most`.
    """
    # rc3, "GET D/attributes/value": "?attr=a&attr=b", in the order asked.
    texts = req.get_param_as_list("attr") or []
    if len(texts) > most:
        # RFC 9110, 15.5.15: the URL is "longer than the server is willing to interpret".
        raise falcon.HTTPUriTooLong(
            description=f"The query names {len(texts)} attributes; at most {most} are read at once."
        )
    return [_query_text("attr", text, "text without NUL") for text in texts]


def wildcard(req: falcon.Request) -> str:
    """Read the `wildcard` of the query; `*` if it has none. 400 if it has several."""
    # DbGetDeviceWideList takes one.
    text = single(req, "wildcard")
    # rc3, "GET P/devices": "default `*`".
    return "*" if text is None else _query_text("wildcard", text, "text")


def single(req: falcon.Request, key: str) -> str | None:
    """Read an argument of the query; None if it is not there. 400 if it comes several times."""
    texts: list[str] | None = req.get_param_as_list(key)
    if texts is None:
        return None
    if len(texts) > 1:
        raise falcon.HTTPBadRequest(
            description=f"{key} in the query: one is expected, {len(texts)} are given."
        )
    return texts[0]


def command_argument(req: falcon.Request) -> Any:
    """Read the argument of a command; None if there is none.

    It is `v` of the query, as JSON or else text, or the body, as JSON. 400 for a body that is not
    JSON and for several, 415 for a body that does not even say so.
    """
    text = single(req, "v")
    if text is not None:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    body = raw_body(req)
    if not body:
        return None
    check_coding(req)
    # RFC 9110, 15.5.16: a media type in which the server takes no argument.
    if (req.content_type or "").partition(";")[0].strip().lower() != falcon.MEDIA_JSON:
        raise falcon.HTTPUnsupportedMediaType(
            description=f"The body {kind(req)}; application/json is expected."
        )
    return parsed(body)


def parsed(body: bytes) -> Any:
    """Return what a body says as JSON. 400 if it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        decoded(body)
        raise falcon.HTTPBadRequest(description=f"The body is not JSON: {error}.") from None


def decoded(body: bytes) -> str:
    """Return the text of a body. 400 if it is not UTF-8."""
    # RFC 8259, 8.1: JSON "MUST be encoded using UTF-8".
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        byte = f"byte {error.start} is 0x{body[error.start]:02x}"
        raise falcon.HTTPBadRequest(
            description=f"The body is not UTF-8, which is expected: {byte}."
        ) from None


def raw_body(req: falcon.Request) -> bytes:
    """Return the request's body, which is read once and kept for the audit log."""
    if not hasattr(req.context, "body"):
        req.context.body = req.bounded_stream.read()
    body: bytes = req.context.body
    return body


def kind(req: falcon.Request) -> str:
    """Return the media type of a body in words, after which a semicolon may come."""
    return f"is {req.content_type!r}" if req.content_type else "has no Content-Type"


_ACCEPTED_CODINGS = {"Accept-Encoding": "identity"}


def check_coding(req: falcon.Request) -> None:
    """Refuse a body that is compressed, or otherwise coded. 415."""
    text = req.get_header("Content-Encoding") or ""
    # RFC 9110, 8.4.1: "All content codings are case-insensitive"; identity is none.
    if {each.strip().lower() for each in text.split(",")} <= {"", "identity"}:
        return
    # RFC 9110, 15.5.16: Accept-Encoding says "which (if any) content codings would have been
    # accepted".
    said = f"The body has the Content-Encoding {text[:100]!r}; a body without is expected."
    raise falcon.HTTPUnsupportedMediaType(description=said, headers=_ACCEPTED_CODINGS)


def check_query(req: falcon.Request) -> None:
    """Refuse a query that is not UTF-8 in what changes something. 400."""
    # Falcon puts U+FFFD where the bytes of a query are not UTF-8, and that would be written.
    try:
        unquote_to_bytes(req.query_string).decode()
    except UnicodeDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"The query is not UTF-8: {error}.") from None


# The original takes these for attributes, and filter and range for properties, too.
_NO_NAMES = ("async", "filter", "range")
"""Arguments that rc3 has beside the names of what is written; a body can name these, too."""


def named_arguments(req: falcon.Request) -> list[str]:
    """List the names of attributes or properties that are arguments of the query, in its order."""
    return [name for name in req.params if name not in _NO_NAMES]


def _query_text(key: str, text: str, expected: str) -> str:
    # A wildcard with NUL is put to no database: it matches nothing, as any that is not askable.
    if not text or ("\0" in text and key == "attr"):
        raise falcon.HTTPBadRequest(
            description=f"{key}={text!r} in the query: {expected} is expected."
        )
    return text
