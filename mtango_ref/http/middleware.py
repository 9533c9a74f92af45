"""The layer that every request and every answer passes through."""

from __future__ import annotations

from time import monotonic
from typing import Any

import falcon

from mtango_ref import __version__
from mtango_ref.http import parsing
from mtango_ref.http.compression import choose, compress
from mtango_ref.http.conditional import answer_condition
from mtango_ref.http.cors import Cors
from mtango_ref.http.figures import Figures

# rc3: "Headers on every answer, errors too". Clients know mtango-py by the first.
ALWAYS = {"x-mtango": f"mtango-py {__version__}", "vary": "Origin"}
"""The headers of every answer."""
RUN_AGAIN = "mtango_ref.run_again"
"""The name, in WSGI's environment, by which a request is known that has been begun before."""
BEGAN = "mtango_ref.began"
"""The name there of the time at which a request had come, by the monotonic clock."""
DRAINING = "mtango_ref.draining"
"""The name there by which a request is known to a server that is about to end."""

REQUEST_ID = "mtango_ref.request_id"
"""The name there of the request's id, if somebody wants to know it."""
OPERATION = "mtango_ref.operation"
"""The name there of the operation's id, where the request's own id is."""
REASON = "mtango_ref.reason"
"""The name there of the reason of Tango's failure, if there was one."""


class Response(falcon.Response):
    """Has from its beginning the headers of every answer, errors too."""

    __slots__ = ()

    def __init__(self, options: falcon.ResponseOptions | None = None) -> None:
        super().__init__(options)
        self._headers.update(ALWAYS)


class Middleware:
    """Counts requests and answers, checks what can be wrong at whatever resource, and lets
    browsers read. One class: each one more costs every request some hundredths of its time.
    """

    def __init__(
        self, figures: Figures, cors: Cors, compress_above: int, keeps_values: bool
    ) -> None:
        """Serve. keeps_values: answers may have entity tags."""
        self._figures = figures
        self._cors = cors
        self._compress_above = compress_above
        self._keeps_values = keeps_values

    def process_request(self, req: falcon.Request, _: falcon.Response) -> None:
        """Count one more request, however often it is run."""
        env = req.env
        if BEGAN not in env:
            env[BEGAN] = monotonic()
        self._figures.begin(RUN_AGAIN not in env)

    def process_resource(
        self, req: falcon.Request, _: falcon.Response, resource: Any, fields: dict[str, Any]
    ) -> None:
        """Raise HTTPMethodNotAllowed with what the resource has, HTTPNotFound for a field.

        What is off is 501 whatever the fields.
        """
        if req.method not in falcon.COMBINED_METHODS:  # no HTTP method at all: Falcon says 400
            methods = falcon.HTTP_METHODS
            defined = [each for each in methods if hasattr(resource, f"on_{each.lower()}")]
            raise falcon.HTTPMethodNotAllowed([*defined, "OPTIONS"])
        if fields and req.method not in resource.off:
            parsing.check_fields(fields)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, _: object, __: bool
    ) -> None:
        """Count one more answer, and add the headers that depend on the request."""
        origin = req.env.get("HTTP_ORIGIN")
        if origin is not None:
            resp.set_headers(self._cors.headers(origin, resp.headers))
        # rc3: "OPTIONS on every route answers the preflight".
        if req.method == "OPTIONS":
            resp.set_headers(self._cors.preflight(origin))
        elif req.method == "HEAD" and (close := getattr(resp.stream, "close", None)):
            close()  # Falcon does not, if nobody reads
            resp.stream = iter(())  # waitress looks into a file that it is given
        # A 304 has the tag of the coding that was chosen, and nothing left to compress.
        is_chosen = choose(req, resp, self._compress_above)
        if self._keeps_values:
            answer_condition(req, resp)
        if is_chosen:
            compress(resp)
        if REQUEST_ID in req.env:  # so that somebody may look for it
            req.env[OPERATION] = self._figures.operation(req.uri_template, req.method)
        self._figures.end(req.uri_template, req.method, resp.status, req.env[BEGAN])
