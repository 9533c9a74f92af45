"""The absolute hrefs of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

import falcon

# A host name, an IPv4 or a bracketed IPv6 address, and a port: what may stand in a URL.
_NETLOC = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~-]+)(?::[0-9]{1,5})?")

_PLAIN = re.compile("[A-Za-z0-9_.~/-]*")


class Base:
    """The address at which clients find this server: the setting `public_url`, or else what the
    request names (the Host header, and what is before the app's path; a trusted proxy's
    X-Forwarded-* stand in them by then)."""

    def __init__(self, app_base: str, public_url: str | None) -> None:
        self._app_base = app_base
        self._public_url = public_url

    @property
    def is_fixed(self) -> bool:
        """True where no request has a say in it."""
        return self._public_url is not None

    def root(self, req: falcon.Request) -> str:
        """Return the URL of the root, without a slash at the end. 400 for a bad Host."""
        if self._public_url is not None:
            return self._public_url.rstrip("/")
        # Falcon gives Host as it came, and each href would carry what somebody put there.
        if not _NETLOC.fullmatch(req.netloc):
            raise falcon.HTTPBadRequest(
                description=f"The Host header {req.netloc!r} is not host or host:port."
            )
        # rc3: "hrefs absolute, built from the request".
        return f"{req.scheme}://{req.netloc}{req.root_path}"

    def prefix(self, req: falcon.Request) -> str:
        """Return the path of the root as clients see it, where the request says so."""
        return "" if self._public_url is not None else req.root_path

    def of(self, req: falcon.Request) -> str:
        """Return the URL of the entry point, without a slash at the end."""
        return self.root(req) + self._app_base

    def facility(self, req: falcon.Request, host: str, port: int) -> str:
        """Return the URL of the facility, named as in the request."""
        return f"{self.of(req)}/rc3/hosts/{segment(host)}/{port}"

    def device(self, req: falcon.Request, host: str, port: int, name: str) -> str:
        """Return the URL of a device by its defined name, domain/family/member."""
        return f"{self.facility(req, host, port)}/devices/{quote(name)}"


def paths(names: Sequence[str]) -> Sequence[str]:
    """Quote names of devices as the three segments of a path that each of them is."""
    # To ask once whether there is anything to quote takes a tenth of asking of each.
    return names if _PLAIN.fullmatch("".join(names)) else [quote(name) for name in names]


def segment(name: str) -> str:
    """Quote a Tango name as one segment of a path."""
    return quote(name, safe="")
