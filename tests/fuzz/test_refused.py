"""The Failures that fuzzing takes for 404 and 405 in the mode implementation, and no others."""

from __future__ import annotations

import sys
from typing import Any

import orjson
import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref.conformance.fuzz.checks import is_refused
from mtango_ref.conformance.model import Response


def answered(content: Any, status: int = 200) -> Response:
    return Response(status, {}, content if type(content) is bytes else orjson.dumps(content))


NOT_FOUND, NOT_ALLOWED = ({"reason": f"Not{each}Exception"} for each in ("Found", "Allowed"))


@pytest.mark.parametrize(
    ("check", "error"),
    [
        ("unsupported_method", NOT_ALLOWED),
        ("negative_data_rejection", NOT_FOUND),
        ("negative_data_rejection", {"reason": "DB_DeviceNotDefined"}),
    ],
)
def test_failure_in_place_of_a_refusal_is_one(check: str, error: dict[str, str]) -> None:
    assert is_refused(check, answered({"errors": [error]}))


@pytest.mark.parametrize(
    "response",
    [
        None,
        answered({"errors": [NOT_FOUND]}, 201),
        answered({"errors": [NOT_ALLOWED]}),
        answered({"errors": [{"reason": "API_AttrNotFound"}, NOT_FOUND]}),
        answered({"errors": []}),
        answered({"errors": "NotFoundException"}),
        answered({"errors": ["NotFoundException"]}),
        answered([NOT_FOUND]),
        answered(b""),
        answered(b"{"),
        answered(b"\xff"),
    ],
)
def test_other_answer_is_none(response: Response | None) -> None:
    assert not is_refused("negative_data_rejection", response)


def test_other_check_is_not_made_up_for() -> None:
    assert not is_refused("not_a_server_error", answered({"errors": [NOT_FOUND]}))
