"""Pipes, on both backends: 501 where PyTango has none."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Rest
from mtango_ref.interface import Backend
from rest_answers import (
    BASE,
    DEAD,
    NOT_EXPORTED,
    UNKNOWN,
    D,
    error,
    failure,
    http_failure,
    not_a_name,
    recent,
    unknown_device,
)

NAME = "string_long_short_ro"
HREF = f"{BASE}{D}/pipes/{NAME}"


def check(rest: Rest, path: str, expected: Any, has_pipes: bool) -> None:
    """Check what a path answers; for a backend without pipes that is 501."""
    result, status = rest.get(path), 200
    if not has_pipes:
        what = "The pipes of a device" if path.endswith("/pipes") else "The content of a pipe"
        sentence = f"{what}: rc3 defines it, but this PyTango does not support pipes."
        status, expected = 501, http_failure(501, "NOT_IMPLEMENTED", sentence, rest.ticks)
    assert (result.status_code, result.json) == (status, expected)
    assert result.headers["content-type"] == "application/json"


@pytest.fixture
def has_pipes(backend: Backend) -> bool:
    return backend.capabilities.has_pipes


def test_list_has_every_pipe(both: Rest, has_pipes: bool) -> None:
    check(both, f"{D}/pipes", [{"name": NAME, "href": HREF}], has_pipes)


@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_pipe_has_its_content(both: Rest, name: str, has_pipes: bool) -> None:
    check(
        both,
        f"{D}/pipes/{name}",
        {
            "name": NAME,
            "size": 3,
            "timestamp": recent(both.ticks),
            "data": [
                {"name": "FirstDE", "value": ["The string"]},
                {"name": "SecondDE", "value": [666]},
                {"name": "ThirdDE", "value": [12]},
            ],
            "_links": {"_self": HREF},
        },
        has_pipes,
    )


@pytest.mark.parametrize("name", ["nope", ".."])
def test_unknown_pipe_is_a_failure(both: Rest, name: str, has_pipes: bool) -> None:
    stack = [
        error("API_PipeNotFound", f"{name} pipe not found"),
        error("API_PipeFailed", f"Failed to read_pipe on device sys/tg_test/1, pipe {name}"),
    ]
    check(both, f"{D}/pipes/{name}", failure(*stack, ticks=both.ticks), has_pipes)


def test_pipes_of_a_stopped_device_are_a_failure(both: Rest, has_pipes: bool) -> None:
    failed = error("API_PipeFailed", "Failed to read_pipe on device sys/access_control/1, pipe p")
    check(both, f"{DEAD}/pipes", failure(NOT_EXPORTED, ticks=both.ticks), has_pipes)
    check(both, f"{DEAD}/pipes/p", failure(NOT_EXPORTED, failed, ticks=both.ticks), has_pipes)


def test_unknown_device_is_a_failure(both: Rest, has_pipes: bool) -> None:
    stack = unknown_device("no/such/device")
    check(both, f"{UNKNOWN}/pipes", failure(*stack, ticks=both.ticks), has_pipes)
    check(both, f"{UNKNOWN}/pipes/p", failure(*stack, ticks=both.ticks), has_pipes)


def test_name_with_nul_is_404(rest: Rest, has_pipes: bool) -> None:
    result = rest.get(f"{D}/pipes/%00")
    status, reason, sentence = (404, "NOT_FOUND", not_a_name("\0"))
    if not has_pipes:
        sentence = "The content of a pipe: rc3 defines it, but this PyTango does not support pipes."
        status, reason = 501, "NOT_IMPLEMENTED"
    assert (result.status_code, result.json) == (status, http_failure(status, reason, sentence))
