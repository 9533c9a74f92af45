"""What a request says, checked: path segments and query arguments.

Tango's names are printable ASCII. Other text names nothing, and is refused here, because
a backend would cut a name at a NUL, or read `#dbase=no` and `host:port` as orders.
"""

from __future__ import annotations

import re
from typing import Any

import falcon

_TEXT = re.compile(r"[ -~]+")


_PORT = re.compile(r"[0-9]{1,5}")
_NAME = re.compile(r"[ -\"$-.0-9;-~]+")
_NAMES = re.compile(rf"(?:{_NAME.pattern}/)*{_NAME.pattern}")
_EXPECTED = {
    "port": (_PORT, "a port: a number from 1 to 65535"),
    "property": (_TEXT, "a property's name: printable ASCII"),  # Tango restricts it less
}
_EXPECTED_NAME = (_NAME, "a Tango name: printable ASCII without / : #")


def check_fields(fields: dict[str, Any]) -> None:
    """Take the texts of a path's fields for what they stand for; the port becomes a number
    from 1 to 65535. HTTPNotFound, with a sentence, for a text that cannot be that."""
    port = fields.get("port", "1")
    # All of them at once is quicker than one by one.
    if not _NAMES.fullmatch("/".join(fields.values())) or not _PORT.fullmatch(port):
        for field, text in fields.items():
            pattern, expected = _EXPECTED.get(field, _EXPECTED_NAME)
            if not pattern.fullmatch(text):
                raise _not_found(text, expected)
    if "port" in fields:
        fields["port"] = int(port)
        if not 0 < fields["port"] < 65536:
            raise _not_found(port, _EXPECTED["port"][1])


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


def _query_text(key: str, text: str) -> str:
    if not _TEXT.fullmatch(text):
        raise falcon.HTTPBadRequest(
            description=f"{key}={text!r} in the query: printable ASCII is expected."
        )
    return text
