"""The answer to an unknown address in the swagger files: 404, or as in the original a Failure.

The extension `status` asks for statuses, in both modes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Node = dict[str, Any]

_NOT_FOUND = "NotFound"
_AS_TANGOS = "NothingThere"
_REFERENCE = {"$ref": f"#/components/responses/{_AS_TANGOS}"}


def settle(document: Node, operations: Iterable[Node], *, as_tangos: bool) -> None:
    """Leave one of the two answers in the document, which is changed.

    as_tangos: 200 and a Failure. operations: those of the document.
    """
    responses = document["components"].get("responses", {})
    if not as_tangos:
        responses.pop(_AS_TANGOS, None)
        return
    responses.pop(_NOT_FOUND, None)
    for operation in operations:
        # What is on has a Failure among its answers.
        if operation["responses"].pop("404", None):
            operation["responses"].setdefault("200", _REFERENCE)


def are_failures(document: Mapping[str, Any]) -> bool:
    """Return True for a settled document in which an unknown address is 200 and a Failure."""
    return _AS_TANGOS in document["components"].get("responses", {})


def is_off(operation: Node) -> bool:
    """Return True for an operation that is 501, whatever the arguments."""
    said = {code for code, each in operation["responses"].items() if each != _REFERENCE}
    return said - {"404"} == {"501"}
