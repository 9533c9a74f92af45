"""The effect of `status` on the swagger files: a failure of Tango's is no answer with 200."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mtango_ref.statuses import STATUSES

Node = dict[str, Any]

_FAILURE = {"$ref": "#/components/schemas/Failure"}
_TANGO_SAYS_NO = {"$ref": "#/components/responses/TangoFailed"}
_NOTHING_BUT_FAILURE = {"$ref": "#/components/responses/Failed"}
_ON_CHANGE = {405}
"""Statuses that only what changes something can have."""


def add(document: Node, operations: Iterable[tuple[str, Node]]) -> None:
    """Move each Failure to the statuses that it has. operations: (method, operation) that are on.

    The document is changed.
    """
    shared = document["components"].get("responses", {})
    for response in shared.values():
        _take_failure(document, response)
    for method, operation in operations:
        responses = operation["responses"]
        for code in ("200", "201", "206"):
            if responses.get(code) == _NOTHING_BUT_FAILURE:
                del responses[code]
            elif code in responses:
                _take_failure(document, responses[code])
        for status in STATUSES:
            if status in _ON_CHANGE and method == "GET":
                continue
            by_http = responses.get(str(status))
            responses[str(status)] = _TANGO_SAYS_NO if by_http is None else _either(shared, by_http)


def _either(shared: Node, response: Node) -> Node:
    """Return an answer that is HTTP's failure, or Tango's."""
    found = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
    content = found["content"]["application/json"]
    either = {**content, "schema": {"anyOf": [content["schema"], _FAILURE]}}
    return {**found, "content": {"application/json": either}}


def _take_failure(document: Node, response: Node) -> None:
    content = response.get("content", {}).get("application/json")
    if content is None or _FAILURE not in content["schema"].get("oneOf", ()):
        return
    left = [each for each in content["schema"]["oneOf"] if each != _FAILURE]
    content["schema"] = {"oneOf": left} if len(left) > 1 else left[0]
    examples = content.get("examples", {})
    for name in [*examples]:
        if _is_failure(document, examples[name]):
            del examples[name]


def _is_failure(document: Node, example: Node) -> bool:
    if "$ref" in example:
        example = document["components"]["examples"][example["$ref"].rpartition("/")[2]]
    value = example.get("value")
    return isinstance(value, dict) and value.get("quality") == "FAILURE"
