"""The answers of responders, and the one place that writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

import falcon

from mtango_ref.json_text import to_json

At = dict[str, Any]
"""The fields of a path: host, port, domain, family, member, attribute, .."""


class Answer(NamedTuple):
    """An answer that is more than its representation."""

    representation: Any
    """A value that to_json can write; bytes, which are written already; None for no body."""
    headers: Mapping[str, str] = MappingProxyType({})
    status: int = 200


Responder = Callable[[falcon.Request, At], Any]
"""Answers one operation. Returns an Answer, or its representation alone. Raises DevFailed and
falcon.HTTPError."""

FalconResponder = Callable[..., None]
"""A responder as Falcon calls it: with request, response and the fields of the path by name."""


NO_CONTENT = Answer(None, status=204)
"""The answer to an operation that has nothing to say."""


def falcon_responder(respond: Responder, most: float = inf) -> FalconResponder:
    """Return Falcon's responder that writes what `respond` returns, at most so many bytes."""

    def responder(req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        write(resp, respond(req, at), most)

    return responder


def write(resp: falcon.Response, answer: Any, most: float = inf) -> None:
    """Write an Answer, or a representation alone, as status 200 with its JSON.

    HTTPServiceUnavailable if the body has more bytes than `most`.
    """
    if type(answer) is not Answer:
        resp.data = _body(answer, most)
        return
    representation, headers, status = answer
    # RFC 9110, 15.3.5: a 204 "cannot contain content".
    if representation is not None:
        resp.data = _body(representation, most)
    for name, content in headers.items():
        resp.set_header(name, content)
    if status != 200:
        resp.status = status


def _body(representation: Any, most: float) -> bytes:
    body: bytes = representation if type(representation) is bytes else to_json(representation)
    if len(body) > most:
        raise falcon.HTTPServiceUnavailable(
            description=f"The answer has {len(body)} bytes; at most {most} are given."
        )
    return body


class Page:
    """A resource of Falcon's for an address outside of the API: GET, and so HEAD.

    RFC 9110, 9.1: "All general-purpose servers MUST support the methods GET and HEAD."
    """

    def __init__(self, get: Responder) -> None:
        self.on_get = self.on_head = falcon_responder(get)
