"""Every way to fail, as rc3's Failure object.

Tango said no: 200 (the rule of mTango: 200 means a proper JSON answer, be it a failure), but with
the extension `status` that of the reason.
HTTP says no: its status; in the mode implementation an unknown address is as Tango's no.
A defect of ours: 500, logged with its traceback.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import falcon

from mtango_ref.calls import Ending, OutOfTime, TooManyWait
from mtango_ref.figures.metrics import FAILURES, reason_place
from mtango_ref.http.answers import Answer, At, write
from mtango_ref.http.area import Area
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.figures import Figures
from mtango_ref.http.middleware import REASON, REQUEST_ID
from mtango_ref.http.modes import MODES
from mtango_ref.http.rc3_json import Json, Rc3
from mtango_ref.http.resources.resource import device_name
from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.settings.model import Settings
from mtango_ref.statuses import status_of

_LOG = logging.getLogger(__name__)

OVERLOADED = "Too many requests wait already; ask again in a moment."
"""The sentence of a 503 that is over soon."""
RETRY_AFTER = ("Retry-After", "1")
"""The header of such an answer: when to ask again, in s."""

_ORIGIN = "mtango-ref"
_RENAMED = {
    413: "REQUEST_ENTITY_TOO_LARGE",
    414: "REQUEST_URI_TOO_LONG",
    416: "REQUESTED_RANGE_NOT_SATISFIABLE",
    422: "UNPROCESSABLE_ENTITY",
}
"""Reasons that Python 3.13 spells differently from the Pythons before."""


def http_failure(rc3: Rc3, status: int, description: str, time: float) -> Json:
    """Make the Failure of an HTTP status; time in s since the epoch."""
    # rc3, "HTTP says no": "reason a constant, description a sentence".
    reason = _RENAMED.get(status) or HTTPStatus(status).name
    error = DevError(reason, description, ErrSeverity.ERR, _ORIGIN)
    return rc3.http_failure(status, error, time)


class Failures:
    """The error handlers of the Falcon app."""

    def __init__(
        self, rc3: Rc3, figures: Figures, facilities: Facilities, settings: Settings
    ) -> None:
        self._rc3 = rc3
        self._figures = figures
        self._facilities = facilities
        self._has_status = "status" in settings.extensions
        """Failures of Tango have a status of their own."""
        # `status` is for clients that go by the status: these keep theirs, too.
        self._as_tangos = {} if self._has_status else MODES[settings.rc3_mode].refusals
        """The reasons of HTTP's failures that are answered as Tango's, by their status."""
        self._area = Area(settings.app_base)

    def add_to(self, app: falcon.App[Any, Any]) -> None:
        """Let the app's errors come here."""
        # Falcon takes the handler of the nearest class, in whatever order: Ending is a TooManyWait.
        app.add_error_handler(Exception, self._defect)
        app.add_error_handler(falcon.HTTPError, self._http)
        app.add_error_handler(DevFailed, self._tango)
        app.add_error_handler(OutOfTime, self._out_of_time)
        app.add_error_handler(TooManyWait, self._too_many_wait)
        app.add_error_handler(Ending, self._ending)

    def _tango(self, req: falcon.Request, resp: falcon.Response, failed: DevFailed, at: At) -> None:
        self._facilities.row.add(reason_place(FAILURES, failed.errors[0].reason))
        req.env[REASON] = failed.errors[0].reason
        # mTango: 200 is "a proper JSON answer", be it a failure. Falcon has set 500 by now.
        resp.status = 200
        if self._has_status:
            self._set_status(resp, status_of(failed.errors))
        write(resp, self._failure(req, at, failed))

    def _failure(self, req: falcon.Request, at: At, failed: DevFailed) -> Json:
        own, errors = self._facilities.own, failed.errors
        # The original words what fails of a device; of the database itself Tango's stack stays.
        if "domain" not in at:
            return self._rc3.failure(errors, own.clock())
        operation = self._figures.operation(req.uri_template, req.method)
        return self._rc3.operation_failure(
            operation, device_name(at), own.database.name, errors, own.clock()
        )

    @staticmethod
    def _set_status(resp: falcon.Response, status: int) -> None:
        resp.status = status
        if status == 405:
            # RFC 9110, 15.5.6: what the attribute or pipe can do.
            resp.set_header("Allow", "GET, HEAD, OPTIONS")
        # RFC 9110, 15.6.4: "The server MAY send a Retry-After header field".
        if status == 503:
            resp.set_header(*RETRY_AFTER)

    def _http(
        self, req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, _: dict[str, Any]
    ) -> None:
        headers = dict(error.headers or {})
        sentence = error.description or _sentence(req, headers, error)
        reason = self._as_tangos.get(error.status_code)
        # Implementation: of what the original server had.
        if reason is not None and self._area.has(req.path):
            self._answer_as_tango(resp, reason, sentence)
            return
        # RFC 9110, 15.5.6: a 405 "MUST generate an Allow header field".
        for name, content in headers.items():
            resp.set_header(name, content)
        self._answer(resp, error.status_code, sentence)

    def _answer_as_tango(self, resp: falcon.Response, reason: str, sentence: str) -> None:
        error = DevError(reason, sentence, ErrSeverity.ERR, _ORIGIN)
        resp.status = 200
        write(resp, self._rc3.failure((error,), self._facilities.own.clock()))

    def _out_of_time(self, _: object, resp: falcon.Response, __: OutOfTime, ___: object) -> None:
        # RFC 9110, 15.6.5: 504 of a gateway that did not get "a timely response" from what it asks.
        self._answer(resp, 504, "The facility did not answer in the time that a request may take.")

    def _too_many_wait(self, _: object, resp: falcon.Response, __: object, ___: object) -> None:
        resp.set_header(*RETRY_AFTER)
        # RFC 9110, 15.6.4: "due to a temporary overload", "which will likely be alleviated".
        self._answer(resp, 503, OVERLOADED)

    def _ending(self, _: object, resp: falcon.Response, __: Ending, ___: object) -> None:
        resp.set_header(*RETRY_AFTER)
        self._answer(resp, 503, "The server ends before it is the turn of this request; ask again.")

    def _defect(
        self, req: falcon.Request, resp: falcon.Response, defect: Exception, _: dict[str, Any]
    ) -> None:
        # rc3, "HTTP says no": no traceback in the answer, but one in the log.
        known = f" (request {req.env[REQUEST_ID]})" if REQUEST_ID in req.env else ""
        _LOG.error("%s %s%s", req.method, req.path, known, exc_info=defect)
        self._answer(resp, 500, "Internal error; the server's log has the details.")

    def _answer(self, resp: falcon.Response, status: int, description: str) -> None:
        failure = http_failure(self._rc3, status, description, self._facilities.own.clock())
        write(resp, Answer(failure, status=status))


def _sentence(req: falcon.Request, headers: Mapping[str, str], error: falcon.HTTPError) -> str:
    """Word the errors that Falcon raises without a description."""
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        return f"{req.method} is not defined here; {headers['Allow']} are."
    if isinstance(error, falcon.HTTPNotFound):
        root = req.root_path
        return f"There is nothing at {root}{req.path}; {root}/swagger/ shows what there is."
    return f"{error.title}."
