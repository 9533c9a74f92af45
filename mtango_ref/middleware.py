"""What every request and every answer passes through."""

from __future__ import annotations

from threading import Lock
from typing import Any

import falcon

SERVER_HEADER = "x-mtango"

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "86400",
}


class Headers:
    """The headers of every answer, errors too: x-mtango and CORS.

    A method that is no HTTP method at all is 405 here, where Falcon would say 400.
    """

    def __init__(self, version: str) -> None:
        self._always = {
            SERVER_HEADER: f"mtango-py {version}",
            "Vary": "Origin",
            "Access-Control-Expose-Headers": SERVER_HEADER,
        }

    def process_resource(
        self, req: falcon.Request, _: falcon.Response, resource: object, __: dict[str, Any]
    ) -> None:
        """HTTPMethodNotAllowed with what the resource has."""
        if req.method not in falcon.COMBINED_METHODS:
            methods = falcon.HTTP_METHODS
            defined = [each for each in methods if hasattr(resource, f"on_{each.lower()}")]
            raise falcon.HTTPMethodNotAllowed([*defined, "OPTIONS"])

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, _: object, __: bool
    ) -> None:
        """Any origin may read, with credentials, as browsers ask it of an API like this."""
        resp.set_headers(self._always)
        origin = req.get_header("Origin")
        if origin is not None:
            resp.set_header("Access-Control-Allow-Origin", origin)
            resp.set_header("Access-Control-Allow-Credentials", "true")
        if req.method == "OPTIONS":
            resp.set_headers(_PREFLIGHT)


class Statistics:
    """Counts of requests and answers, for /sys/stats. Must come first of all middleware."""

    def __init__(self, running_since: float) -> None:
        self.running_since = running_since
        self._lock = Lock()
        self._requests = self._responses = 0

    def counts(self) -> tuple[int, int]:
        """Requests begun, answers given; the request that asks is begun, not answered."""
        with self._lock:
            return self._requests, self._responses

    def process_request(self, _: falcon.Request, __: falcon.Response) -> None:
        """One more request."""
        with self._lock:
            self._requests += 1

    def process_response(
        self, _: falcon.Request, __: falcon.Response, ___: object, ____: bool
    ) -> None:
        """One more answer."""
        with self._lock:
            self._responses += 1
