"""What a request says, checked: path segments and query arguments.

Tango's names are printable ASCII. Other text names nothing, and is refused here, because
a backend would cut a name at a NUL, or read `#dbase=no` and `host:port` as orders.
"""

from __future__ import annotations

import re
from typing import ClassVar

import falcon
from falcon.routing import BaseConverter

_TEXT = re.compile(r"[ -~]+")


class _Segment(BaseConverter):
    """A field of a path; 404 with a sentence if its text cannot be what it stands for."""

    pattern: ClassVar[re.Pattern[str]]
    expected: ClassVar[str]

    def convert(self, text: str) -> str:
        """The text itself. HTTPNotFound."""
        if not self.pattern.fullmatch(text):
            raise falcon.HTTPNotFound(description=f"{text!r} in the path is not {self.expected}.")
        return text


class Name(_Segment):
    """A device's domain, family or member; an attribute, a command, a pipe; a host."""

    pattern = re.compile(r"[ -\"$-.0-9;-~]+")
    expected = "a Tango name: printable ASCII without / : #"


class Property(_Segment):
    """A property's name, which Tango restricts less."""

    pattern = _TEXT
    expected = "a property's name: printable ASCII"


class Port(BaseConverter):
    """A TCP port."""

    def convert(self, text: str) -> int:
        """1-65535. HTTPNotFound for anything else, `+3` and `1_000` included."""
        if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) and 1 <= int(text) <= 65535:
            return int(text)
        raise falcon.HTTPNotFound(
            description=f"{text!r} in the path is not a port: a number from 1 to 65535."
        )


CONVERTERS: dict[str, type[BaseConverter]] = {"name": Name, "property": Property, "port": Port}


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
