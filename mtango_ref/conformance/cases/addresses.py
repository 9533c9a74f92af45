"""A case about an unknown path or method, in the mode implementation: 200 and a Failure.

With the extension `status` it is 404 or 405, as in strict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtango_ref.conformance.judging.judge import ANYTHING
from mtango_ref.conformance.model import Case

_REASONS = {404: "NotFoundException", 405: "NotAllowedException"}
_RULE = "as_tangos"


def as_tangos(case: Case) -> Case:
    """Return the case as servers in the mode implementation answer it, without `status`."""
    reason = _REASONS.get(case.status)
    if reason is None or not _is_of_original(case.request.path):
        return case
    headers = {name: each for name, each in case.headers.items() if name != "allow"}
    if case.body == ANYTHING:  # it is about the headers alone
        return case._replace(status=200, headers=headers)
    body = None if case.body is None else _failure(case.body, reason)
    return case._replace(status=200, headers=headers, body=body, rule=case.rules[_RULE])


def _is_of_original(path: str) -> bool:
    """Return True for what is below the entry point, and not this project's own."""
    return not path or (path[0] in "/?" and path.split("/")[1:2] != ["sys"])


def _failure(refused: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Return the body of a refusal without its status, and with another reason."""
    whole = refused.get("$by", {}).get("http_status", refused)
    left = {key: each for key, each in whole.items() if key != "http_status"}
    error = {"reason": reason, **dict.fromkeys(("description", "severity", "origin"), "$text")}
    return {
        **left,
        "errors": {"$by": {_RULE: [error], "own_words": _with(reason, left["errors"])}},
    }


def _with(reason: str, node: Any) -> Any:
    """Copy what is expected of errors, with that reason."""
    if isinstance(node, list):
        return [_with(reason, child) for child in node]
    if not isinstance(node, Mapping):
        return node
    left = {key: _with(reason, child) for key, child in node.items()}
    return left | ({"reason": reason} if "reason" in left else {})
