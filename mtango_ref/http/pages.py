"""The pages in a browser that may change something."""

from __future__ import annotations

import ipaddress
import socket
from functools import cached_property
from urllib.parse import urlsplit

import falcon

from mtango_ref.http.cors import Cors
from mtango_ref.http.links import Base
from mtango_ref.settings.texts import as_browsers_write


class Pages:
    """This server's own pages and those of allowed origins. Other clients send no Origin.

    A browser sends the forms and simple requests of any page that somebody opens. CORS only keeps
    the answers from the page.
    """

    def __init__(self, cors: Cors, base: Base) -> None:
        self._cors = cors
        self._base = base

    def check(self, req: falcon.Request) -> None:
        """Raise HTTPForbidden for a request of any other page."""
        origin = req.get_header("Origin")
        if origin is None:
            # Fetch Metadata, 2.3: browsers say so even where they send no Origin.
            if (req.get_header("Sec-Fetch-Site") or "none") in ("cross-site", "same-site"):
                raise self._forbidden("other sites")
        elif not (self._cors.allows(origin) or self._is_own(req, as_browsers_write(origin))):
            raise self._forbidden(origin[:200])

    @staticmethod
    def _forbidden(whose: str) -> falcon.HTTPForbidden:
        return falcon.HTTPForbidden(
            description=f"Pages of {whose!r} may change nothing here; cors_origins lists those"
            " that may."
        )

    def _is_own(self, req: falcon.Request, origin: str) -> bool:
        if origin != _origin(self._base.root(req)):
            return False
        # The Host header names this server by any name that leads here. A page of somebody else's
        # domain has its own origin, and may let that name lead here (DNS rebinding).
        host = urlsplit(origin).hostname or ""
        return self._base.is_fixed or host in self._names or _is_address(host)

    @cached_property
    def _names(self) -> set[str]:
        # A browser writes hosts in lower case (WHATWG URL, "host parsing").
        return {"localhost", socket.gethostname().casefold()}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return as_browsers_write(f"{parts.scheme}://{parts.netloc}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
