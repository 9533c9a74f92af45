"""Addresses that lead to another one of this server."""

from __future__ import annotations

import falcon

from mtango_ref.http.answers import Answer, At
from mtango_ref.http.links import Base


class Redirect:
    """An address that leads to a path below the root of this server."""

    def __init__(self, base: Base, path: str) -> None:
        self._base = base
        self._path = path

    def get(self, req: falcon.Request, _: At) -> Answer:
        """Answer 302, as clients see this server. 400 for a bad Host."""
        # RFC 9110, 10.2.2: Location may be relative; a proxy's prefix is only in an absolute one.
        return Answer(None, {"Location": self._base.root(req) + self._path}, 302)
