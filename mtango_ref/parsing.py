"""What a request says, checked: path segments and query arguments.

Tango's names are printable ASCII. Other text names nothing, and is refused here, because
a backend would cut a name at a NUL, or read `#dbase=no` and `host:port` as orders.
"""

from __future__ import annotations

import re
from typing import Any

import falcon
import orjson

_TEXT = re.compile(r"[ -~]+")


_NAME = re.compile(r"[ -\"$-.0-9;-~]+")
_NAMES = re.compile(rf"(?:{_NAME.pattern}/)*{_NAME.pattern}")


def check_fields(fields: dict[str, Any]) -> None:
    """Take the texts of a path's fields for what they stand for; the port becomes a number
    from 1 to 65535. HTTPNotFound, with a sentence, for a text that cannot be that."""
    # All of them at once is quicker than one by one.
    if not _NAMES.fullmatch("/".join(fields.values())):
        for field, text in fields.items():
            _check_name(field, text)
    if "port" in fields:
        fields["port"] = _port(fields["port"])


def _check_name(field: str, text: str) -> None:
    if field == "property":  # which Tango restricts less
        pattern, expected = _TEXT, "a property's name: printable ASCII"
    else:
        pattern, expected = _NAME, "a Tango name: printable ASCII without / : #"
    if field != "port" and not pattern.fullmatch(text):
        raise _not_found(text, expected)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 0 < number < 65536:
        raise _not_found(text, "a port: a number from 1 to 65535")
    return number


def _not_found(text: str, expected: str) -> falcon.HTTPNotFound:
    return falcon.HTTPNotFound(description=f"{text!r} in the path is not {expected}.")


def attribute_names(req: falcon.Request) -> list[str]:
    """Every `attr` of the query, in its order. 400 if one cannot be a name."""
    return [_query_text("attr", text) for text in req.get_param_as_list("attr") or []]


def wildcard(req: falcon.Request) -> str:
    """The `wildcard` of the query; `*` if it has none. 400 if it has several."""
    texts = req.get_param_as_list("wildcard")
    if texts is None:
        return "*"
    if len(texts) > 1:
        raise falcon.HTTPBadRequest(
            description=f"wildcard in the query: one is expected, {len(texts)} are given."
        )
    return _query_text("wildcard", texts[0])


def command_argument(req: falcon.Request) -> Any:
    """The argument of a command: `v` of the query, which is JSON or else text, or the body,
    which is JSON; None if there is neither. 400 for a body that is not JSON, 415 for one that
    does not even say so."""
    text = req.get_param("v")
    if text is not None:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    body = req.bounded_stream.read()
    if not body:
        return None
    if (req.content_type or "").partition(";")[0].strip().lower() != falcon.MEDIA_JSON:
        raise falcon.HTTPUnsupportedMediaType(
            description=f"The body is {req.content_type!r}; application/json is expected."
        )
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"The body is not JSON: {error}.") from None


def _query_text(key: str, text: str) -> str:
    if not _TEXT.fullmatch(text):
        raise falcon.HTTPBadRequest(
            description=f"{key}={text!r} in the query: printable ASCII is expected."
        )
    return text
