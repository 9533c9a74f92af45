"""The rule that what was written is what is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from mtango_ref.conformance.fuzz.checks import Answer
from mtango_ref.conformance.fuzz.names import WRITTEN

_DEVICE = re.compile(r".*(/devices/[^/]+/[^/]+/[^/]+/)")


class Written:
    """The values that a walk wrote and has to read, by path.

    A write with `async=true` is made sometime: of its device nothing is expected in the rest of the
    walk, nor in the next one.
    """

    def __init__(self) -> None:
        """Expect nothing."""
        self._expected: dict[str, Any] = {}
        self._unsettled: set[str] = set()
        self._unsettled_before: set[str] = set()

    def begin(self) -> None:
        """Begin a walk."""
        self._expected = {}
        self._unsettled_before, self._unsettled = self._unsettled, set()

    def see(self, answer: Answer, method: str, body: bytes) -> Iterator[str]:
        """Yield what is wrong with a read; remember a write. body: of the request."""
        path, _, query = answer.asked.partition("?")
        path = path.lower()  # as Tango has names
        device = _DEVICE.match(path)
        if device is None or not answer.defined:
            return
        if method == "GET":
            yield from self._read(path, query, answer)
        else:
            self._wrote(device[1], path, query, answer, body)

    def _read(self, path: str, query: str, answer: Answer) -> Iterator[str]:
        if path in self._expected and answer.response.status == 200 and "filter=" not in query:
            expected, read = self._expected[path], _read(answer)
            if read is not _NOTHING and read != expected:
                yield f"{read!r} is read; {expected!r} was written."

    def _wrote(self, device: str, path: str, query: str, answer: Answer, body: bytes) -> None:
        # Another write, and a command, may change what was written. Several hosts may be one.
        for each in [*self._expected]:
            if device in each:
                del self._expected[each]
        if "async=true" in query:
            self._unsettled.add(device)
        made = answer.response.status in (200, 201, 204) and not _is_failure(answer.response.body)
        if made and device not in self._unsettled | self._unsettled_before:
            expected = _expected(answer.content["operationId"], path, body)
            if expected is not _NOTHING:
                self._expected[path] = expected


_NOTHING = object()


def _expected(operation: str, path: str, body: bytes) -> Any:
    """Return what has to be read after a write that was made, or _NOTHING if Tango alone knows."""
    if operation not in WRITTEN:
        return _NOTHING
    if operation.startswith("delete"):
        return []
    given = _loaded(body)
    if operation == "writeAttribute":
        is_number = type(given) in (int, float) and math.isfinite(given)
        return given if is_number and path.endswith("/double_scalar_w/value") else _NOTHING
    lines = [given] if isinstance(given, str) else given
    is_text = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
    return lines if is_text else _NOTHING


def _read(answer: Answer) -> Any:
    """Return the value or the lines that a body has; _NOTHING if it is a failure or no object."""
    body = _loaded(answer.response.body)
    name = answer.content["operationId"]
    if not isinstance(body, dict) or "errors" in body:
        return _NOTHING
    if name == "getAttributeProperty":
        return next(iter(body.values()), _NOTHING)
    return body.get("value" if name == "readAttribute" else "values", _NOTHING)


def _is_failure(body: bytes) -> bool:
    found = _loaded(body)
    return isinstance(found, dict) and "errors" in found


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
