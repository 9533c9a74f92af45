"""Checks of an answer that schemathesis does not make, or makes less strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from mtango_ref.conformance.fuzz.configuration import ORIGIN
from mtango_ref.conformance.model import Response
from mtango_ref.openapi.addresses import is_off


class Answer(NamedTuple):
    """An answer, and to what.

    defined: it was asked with the operation's own method. path: of the operation, with its
    {fields}. content: what the document says of the operation. asked: path and query, below the
    entry point.
    """

    defined: bool
    path: str
    content: dict[str, Any]
    asked: str
    response: Response


Check = Callable[[Answer], Iterator[str]]


def strict_json(answer: Answer) -> Iterator[str]:
    """Refuse NaN, which Python reads, and which is no JSON."""
    body = answer.response.body
    if body and answer.response.headers.get("content-type", "").startswith("application/json"):
        try:
            json.loads(body, parse_constant=_refuse)
        except ValueError as error:
            yield f"The body is not JSON: {error}."


def _refuse(constant: str) -> None:
    raise ValueError(f"it contains {constant}")


def off_is_501(answer: Answer) -> Iterator[str]:
    """Expect 501 whatever the arguments; a path that is another one after decoding may be 404."""
    if answer.defined and is_off(answer.content):
        status = answer.response.status
        if status != 501 and _is_path(answer.asked, answer.path):
            yield f"The status is {status}; expected 501, whatever the arguments."


def _is_path(asked: str, path: str) -> bool:
    decoded = unquote(asked.partition("?")[0])
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), decoded) is not None


def headers(answer: Answer) -> Iterator[str]:
    """Check the headers of every answer, errors included."""
    has = answer.response.headers
    expected = {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-credentials": "true",
    }
    for name, text in expected.items():
        if has.get(name) != text:
            yield f"{name} is {has.get(name)!r}; expected {text!r}."
    vary = has.get("vary")
    if "Origin" not in (vary or "").split(", "):
        yield f"vary is {vary!r}; expected 'Origin'."
    if not has.get("x-mtango", "").startswith("mtango-py "):
        yield f"x-mtango is {has.get('x-mtango')!r}; expected 'mtango-py <version>'."


def http_failure(answer: Answer) -> Iterator[str]:
    """Check that the body of 4xx and 5xx is the Failure with the status in it."""
    response = answer.response
    if response.status >= 400:
        try:
            body = json.loads(response.body)
        except ValueError:
            yield "The body of a failure is not JSON."
            return
        if _may_be_tangos(answer) and isinstance(body, dict) and "http_status" not in body:
            return  # its form is that of the document
        keys = {"errors", "quality", "timestamp", "http_status"}
        if not isinstance(body, dict) or body.keys() != keys:
            yield f"The body of a failure does not have just the keys {', '.join(sorted(keys))}."
        elif (body["http_status"], body["quality"]) != (response.status, "FAILURE"):
            yield f"http_status and quality are not {response.status} and FAILURE."


def _may_be_tangos(answer: Answer) -> bool:
    """Return True where the document has a failure of Tango's with that status."""
    declared = answer.content["responses"].get(str(answer.response.status), {})
    schema = declared.get("content", {}).get("application/json", {}).get("schema", {})
    return "anyOf" in schema or declared.get("$ref", "").endswith("/TangoFailed")


_AS_TANGOS = {
    "unsupported_method": {"NotAllowedException"},
    # A device that the database does not know is looked for before the rest of a request.
    "negative_data_rejection": {"NotFoundException", "DB_DeviceNotDefined"},
}
"""The innermost reasons of the Failures that the mode implementation has in the place of 405 and
404, by the checks of schemathesis that miss these."""


def is_refused(check: str, response: Response | None) -> bool:
    """Return True where a check misses a refusal, and the answer is such a Failure."""
    if check not in _AS_TANGOS or response is None or response.status != 200:
        return False
    try:
        body = json.loads(response.body)
    except ValueError:
        return False
    errors = body.get("errors") if isinstance(body, dict) else None
    if not (isinstance(errors, list) and errors and isinstance(errors[0], dict)):
        return False
    return errors[0].get("reason") in _AS_TANGOS[check]


ALL: tuple[Check, ...] = (strict_json, off_is_501)
"""The checks for any server."""
OURS: tuple[Check, ...] = (headers, http_failure)
"""The checks for a server that says x-mtango."""
