"""A case under the extension `status`: a Failure has the status of its reason, not 200."""

from __future__ import annotations

from typing import Any

from mtango_ref.conformance.model import Case
from mtango_ref.statuses import status_of_reason


def with_status(case: Case) -> Case:
    """Return the case as servers with that extension answer it."""
    if case.status != 200 or case.reason is None:
        return case
    return case._replace(status=status_of_reason(case.reason))


def innermost(body: Any) -> str | None:
    """Return Tango's reason in an expected Failure of its whole stack; None for another body.

    Each element of a list carries its own failure, and the list is 200.
    """
    errors = body.get("errors") if isinstance(body, dict) else None
    # Of an answer that several rules judge, the stack is what one of them says.
    stack = errors.get("$by", {}).get("stack") if isinstance(errors, dict) else errors
    return stack[0]["reason"] if isinstance(stack, list) else None
