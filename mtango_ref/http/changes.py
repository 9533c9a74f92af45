"""Changes: who may make them, whether the client waits for them, and what is noted of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import falcon

from mtango_ref.figures.metrics import FAILURES, reason_place
from mtango_ref.figures.rows import Row
from mtango_ref.http.answers import NO_CONTENT, At, Responder
from mtango_ref.http.later import Later
from mtango_ref.http.middleware import REQUEST_ID
from mtango_ref.http.pages import Pages
from mtango_ref.http.parsing import single
from mtango_ref.http.resources.resource import device_name
from mtango_ref.http.writable import Writable
from mtango_ref.logs.audit import DONE, AuditLog, Entry
from mtango_ref.model import DevFailed

_LOG = logging.getLogger(__name__)

Make = Callable[[], Any]
"""Makes a change and returns its answer, as a Responder does. Raises DevFailed."""


class Change(NamedTuple):
    """A change that is asked for, and what is known of it before it is made."""

    make: Make
    check: Callable[[], Any]
    """Asks what the change depends on, and changes nothing. Returns the answer of a change that
    changes nothing, since what is given is wrong; else None. Raises DevFailed, as `make`."""


Changer = Callable[[falcon.Request, At], Change]
"""Reads a request that changes something, and asks nobody. Raises falcon.HTTPError."""


class Changes:
    """Makes the changes that are asked for, of the pages and devices for which that is allowed."""

    def __init__(
        self,
        pages: Pages,
        writable: Writable,
        later: Later,
        row: Row,
        audit: AuditLog | None,
        forget: Callable[[], None],
    ) -> None:
        """Collaborate. forget: drops the values that a change may have made old."""
        self._pages = pages
        self._writable = writable
        self._later = later
        self._row = row
        self._audit = audit
        self._forget = forget

    def responder(self, operation: str, changer: Changer) -> Responder:
        """Return the responder of an operation that changes something, by its id."""

        def respond(req: falcon.Request, at: At) -> Any:
            # Before anybody is asked: a browser sends requests of any page that somebody opens.
            self._check_page(operation, req)
            is_async = _is_asynchronous(req)
            change = changer(req, at)
            make = self._noted(operation, req, self._allowed(at, self._forgetting(change.make)))
            if not is_async:
                return make()
            # What is known to be wrong by now nobody has to look for in the log.
            refusal = self._noted(operation, req, self._allowed(at, change.check))()
            if refusal is not None:
                return refusal
            # rc3: "empty response if async=true".
            self._later.make(self._reporting(operation, at, make))
            return NO_CONTENT

        return respond

    def at_once(self, changer: Callable[[falcon.Request, At], Make]) -> Responder:
        """Return the responder of a change that anybody may make and that is not noted."""

        def respond(req: falcon.Request, at: At) -> Any:
            # Also with async=true it is made first: a test asks for its effect next.
            is_async = _is_asynchronous(req)
            answer = self._forgetting(changer(req, at))()
            return NO_CONTENT if is_async else answer

        return respond

    def finish(self, timeout: float) -> None:
        """Make what clients did not wait for, in at most so many s, and write what waits."""
        self._later.finish(timeout)
        if self._audit is not None:
            self._audit.close()

    def _check_page(self, operation: str, req: falcon.Request) -> None:
        """Note a page that may change nothing. HTTPForbidden for such a one."""
        try:
            self._pages.check(req)
        except falcon.HTTPForbidden:
            if self._audit is not None:
                self._audit.write(_entry(operation, req)._replace(result=_OF_A_STRANGE_PAGE))
            raise

    def _allowed(self, at: At, step: Make) -> Make:
        def allowed() -> Any:
            self._writable.check(device_name(at))
            return step()

        return allowed

    def _forgetting(self, make: Make) -> Make:
        def forgetting() -> Any:
            try:
                return make()
            finally:
                # Also if it failed, and of any device: nobody knows what it has changed.
                self._forget()

        return forgetting

    def _noted(self, operation: str, req: falcon.Request, make: Make) -> Make:
        """Return a step of a change with a line in the audit log about its answer, if it gives one
        and there is that log."""
        audit, entry = self._audit, _entry(operation, req)
        if audit is None:
            return make

        def noted() -> Any:
            try:
                answer = make()
            except DevFailed as failed:
                audit.write(entry._replace(result=failed.errors[0].reason))
                raise
            except Exception as error:
                audit.write(entry._replace(result=type(error).__name__))
                raise
            if answer is not None:
                audit.write(entry._replace(result=_result(answer)))
            return answer

        return noted

    def _reporting(self, operation: str, at: At, make: Make) -> Make:
        """Return the change with a line in the log if it fails: nobody else learns of it."""

        def reporting() -> None:
            try:
                make()
            except DevFailed as failed:
                error = failed.errors[0]
                # No error handler of the app counts it: the answer has gone out.
                self._row.add(reason_place(FAILURES, error.reason))
                _LOG.warning(
                    "%s with async=true on %s failed: %s: %s",
                    operation,
                    device_name(at),
                    error.reason,
                    error.desc,
                )
            except Exception:  # noqa: BLE001 - there is nobody to raise it to
                _LOG.exception("%s with async=true on %s failed", operation, device_name(at))

        return reporting


# The original takes 1 for false where it writes one attribute, and any value for true where it
# writes several. So nothing else is taken for either.
_BOOLEANS = {"true": True, "false": False}
"""The values of `async`, as the swagger files have them."""


def _is_asynchronous(req: falcon.Request) -> bool:
    """Return True for a request whose client does not wait for the change. 400 for no boolean, and
    for several."""
    text = single(req, "async")
    if text is None:
        return False
    if text not in _BOOLEANS:
        raise falcon.HTTPBadRequest(
            description=f"async={text[:100]!r} in the query: true or false is expected."
        )
    return _BOOLEANS[text]


_OF_A_STRANGE_PAGE = "page_refused"


def _result(answer: Any) -> str:
    """Return what became of a change that was answered: one of several may have failed."""
    # rc3: several are answered with a list, and 200, though some have failed.
    elements = answer if isinstance(answer, list) else []
    errors = [each["errors"] for each in elements if isinstance(each, dict) and each.get("errors")]
    if not errors:
        return DONE
    reasons = dict.fromkeys(stack[0]["reason"] for stack in errors)
    return f"{len(errors)}_of_{len(elements)}_failed:{','.join(reasons)}"


def _entry(operation: str, req: falcon.Request) -> Entry:
    return Entry(
        request_id=str(req.env.get(REQUEST_ID, "")),
        client=str(req.env.get("REMOTE_ADDR", "")),
        origin=req.get_header("Origin") or "",
        operation=operation,
        method=req.method,
        target=req.path + (f"?{req.query_string}" if req.query_string else ""),
        body=getattr(req.context, "body", b""),
    )
