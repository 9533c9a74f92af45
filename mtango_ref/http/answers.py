"""The answers of responders, and the one place that writes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

import falcon

from mtango_ref.json_text import Claim, to_parts

At = dict[str, Any]
"""The fields of a path: host, port, domain, family, member, attribute, .."""

CLAIM = "mtango_ref.claim"
"""The name, in WSGI's environment, of what claims room for a large answer, a Claim."""
SMALL = 64 * 1024
"""Bytes of an answer that needs no room."""


def _free(_: int) -> None:
    """Claim what nobody bounds."""


def claim_of(req: falcon.Request) -> Claim:
    """Return what claims room for the answer to a request."""
    claim: Claim = req.env.get(CLAIM, _free)
    return claim


class Written(NamedTuple):
    """A representation that is JSON already, of which several answers may be made."""

    parts: Sequence[bytes]

    @property
    def length(self) -> int:
        """Count its bytes."""
        return sum(map(len, self.parts))


class Answer(NamedTuple):
    """An answer that is more than its representation."""

    representation: Any
    """A value that to_json can write; bytes or Written, which are it already; None for no body."""
    headers: Mapping[str, str] = MappingProxyType({})
    status: int = 200


Responder = Callable[[falcon.Request, At], Any]
"""Answers one operation. Returns an Answer, or its representation alone. Raises DevFailed and
falcon.HTTPError."""

FalconResponder = Callable[..., None]
"""A responder as Falcon calls it: with request, response and the fields of the path by name."""


# rc3: "NULL = HTTP 204".
NO_CONTENT = Answer(None, status=204)
"""The answer to an operation that has nothing to say."""


def falcon_responder(respond: Responder, most: float = inf) -> FalconResponder:
    """Return Falcon's responder that writes what `respond` returns, at most so many bytes."""

    def responder(req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        write(resp, respond(req, at), most, claim_of(req))

    return responder


def write(resp: falcon.Response, answer: Any, most: float = inf, claim: Claim = _free) -> None:
    """Write an Answer, or a representation alone, as status 200 with its JSON.

    HTTPServiceUnavailable if the body has more bytes than `most`, or claims too many.
    """
    if type(answer) is not Answer:
        _write_body(resp, answer, most, claim)
        return
    representation, headers, status = answer
    # RFC 9110, 15.3.5: a 204 "cannot contain content".
    if representation is not None:
        _write_body(resp, representation, most, claim)
    for name, content in headers.items():
        resp.set_header(name, content)
    if status != 200:
        resp.status = status


class Parts:
    """A body, to be read once: each part goes as it is read."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.length = sum(map(len, parts))
        """Bytes of all."""
        self._parts = deque(parts)

    def __iter__(self) -> Iterator[bytes]:
        while self._parts:
            yield self._parts.popleft()


def _write_body(resp: falcon.Response, representation: Any, most: float, claim: Claim) -> None:
    if type(representation) is bytes:
        parts: Sequence[bytes] = (representation,)
    elif type(representation) is Written:
        parts = representation.parts
    else:
        parts = to_parts(representation, claim)
    length = len(parts[0]) if len(parts) == 1 else sum(map(len, parts))
    if length > most:
        raise falcon.HTTPServiceUnavailable(
            description=f"The answer has {length} bytes; at most {most} are given."
        )
    if length > SMALL:
        claim(length)
    if len(parts) == 1:
        resp.data = parts[0]
    else:
        # Falcon counts what it is given whole; of a stream it sends no length by itself.
        resp.stream, resp.content_length = Parts(parts), length


class Page:
    """A resource of Falcon's for an address outside of the API: GET, and so HEAD.

    RFC 9110, 9.1: "All general-purpose servers MUST support the methods GET and HEAD."
    """

    def __init__(self, get: Responder) -> None:
        self.on_get = self.on_head = falcon_responder(get)
