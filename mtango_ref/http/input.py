"""What a request gives to be written: arguments of its query, or its body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import falcon
import orjson

from mtango_ref import tango_errors, text_values
from mtango_ref.http.parsing import raw_body
from mtango_ref.json_values import WrongValue
from mtango_ref.model import AttributeInfoEx


class Given(NamedTuple):
    """What a client gives to be written: texts of the query or of a body, or JSON."""

    texts: Sequence[str] | None
    json: Any = None

    def fit(self, config: AttributeInfoEx) -> Any:
        """Convert it to a value of the model that the attribute can be given.
        API_IncompatibleAttrDataType."""
        try:
            if self.texts is None:
                return text_values.of_json(config, self.json)
            return text_values.of_texts(config, self.texts)
        except WrongValue as error:
            raise tango_errors.incompatible_value(config, str(error)) from None


def given_value(req: falcon.Request) -> Given:
    """Read the value that is to be written: each `v` of the query, or else the body.

    400 if there is neither, or for a body that is not what it says; 415 for one that is neither
    JSON nor plain text.
    """
    _check_query(req)
    texts = req.get_param_as_list("v")
    if texts is not None:
        return Given(texts)
    body = raw_body(req)
    if not body:
        raise falcon.HTTPBadRequest(
            description="There is no value: it is v of the query, or the body."
        )
    media_type, options = falcon.parse_header(req.content_type or "")
    media_type, charset = media_type.lower(), options.get("charset", "utf-8")
    if media_type == falcon.MEDIA_JSON:
        return Given(None, _loaded(body))
    if media_type == "text/plain" and charset.lower() in ("utf-8", "us-ascii"):
        return Given([_decoded(body)])
    # RFC 9110, 15.5.16: a media type in which the server takes no value.
    raise falcon.HTTPUnsupportedMediaType(
        description=f"The body is {req.content_type!r}; application/json is expected, or"
        " text/plain in UTF-8."
    )


def given_values(req: falcon.Request, most: int) -> dict[str, Given]:
    """Read what is to be written to each attribute that the query names, in its order. 400, 414."""
    _check_query(req)
    # What rc3 means by these stands beside the names of attributes.
    names = [name for name in req.params if name not in _NO_ATTRIBUTES]
    if len(names) > most:
        raise falcon.HTTPUriTooLong(
            description=f"The query names {len(names)} attributes; at most {most} are written at"
            " once."
        )
    for name in names:
        # Tango's texts are C's: after a NUL there is nothing, and another name would be written.
        if not name or "\0" in name:
            raise falcon.HTTPBadRequest(
                description=f"{name!r} in the query: the name of an attribute is expected."
            )
    return {name: Given(req.get_param_as_list(name)) for name in names}


_NO_ATTRIBUTES = ("async", "filter", "range")


def _check_query(req: falcon.Request) -> None:
    # Falcon puts U+FFFD where the bytes of a query are not UTF-8, and that would be written.
    try:
        unquote_to_bytes(req.query_string).decode()
    except UnicodeDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"The query is not UTF-8: {error}.") from None


def _loaded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"The body is not JSON: {error}.") from None


def _decoded(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"The body is not UTF-8: {error}.") from None
    if text.startswith("\ufeff"):
        raise falcon.HTTPBadRequest(description="The body begins with a byte order mark.")
    return text
