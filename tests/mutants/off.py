"""Breaks of the operations that are off: events and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from mtango_ref.http import app
from mtango_ref.openapi import Operation
from mutants.breaks import Break, Mutant, around


def _answers(body: bytes, needs: str) -> Break:
    """Operations that need an extension which is off answer 200 with that body."""

    def wrap(original: Any, operation: Operation) -> Any:
        if operation.needs != needs:
            return original(operation)
        return lambda req, at: body

    return around(app, "_not_implemented", wrap)


def _raises(error: Callable[[], Exception], operation_id: str) -> Break:
    """An operation that is off is refused so."""

    def wrap(original: Any, operation: Operation) -> Any:
        if operation.operation_id != operation_id:
            return original(operation)

        def refuse(*_: Any, **__: Any) -> None:
            raise error()

        return refuse

    return around(app, "_not_implemented", wrap)


_OFF: dict[str, Break] = {
    "events that are off answer an empty list": _answers(b"[]", "events"),
    "a change event that is off is 404": _raises(falcon.HTTPNotFound, "awaitChange"),
    "a user event that is off is 405": _raises(
        lambda: falcon.HTTPMethodNotAllowed(["GET"]), "awaitUser"
    ),
    "a periodic event that is off is 503": _raises(falcon.HTTPServiceUnavailable, "awaitPeriodic"),
}

_WRITES: dict[str, tuple[str, Break]] = {
    "writes that are off seem to succeed": ("attributes", _answers(b"{}", "writes")),
    "a write that is off is 405": (
        "attributes",
        _raises(lambda: falcon.HTTPMethodNotAllowed(["GET"]), "writeAttribute"),
    ),
    "a write of several that is off is 404": (
        "attributes",
        _raises(falcon.HTTPNotFound, "writeAttributes"),
    ),
    "a deletion of an attribute property that is off is 403": (
        "properties",
        _raises(falcon.HTTPForbidden, "deleteAttributeProperty"),
    ),
    "a command that is off is 400": (
        "commands",
        _raises(falcon.HTTPBadRequest, "runCommand"),
    ),
    "a new property that is off is 415": (
        "properties",
        _raises(falcon.HTTPUnsupportedMediaType, "postProperty"),
    ),
    "a deletion of a property that is off is 500": (
        "properties",
        _raises(falcon.HTTPInternalServerError, "deleteProperty"),
    ),
    "a write to a pipe that is off is 405": (
        "pipes",
        _raises(lambda: falcon.HTTPMethodNotAllowed(["GET"]), "writePipe"),
    ),
}


MUTANTS = [
    *(Mutant(name, "events", break_) for name, break_ in _OFF.items()),
    *(Mutant(name, facet, break_) for name, (facet, break_) in _WRITES.items()),
]
