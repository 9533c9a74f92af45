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


@pytest.fixture
def answer(both: Rest, backend: Backend) -> Any:
    """What the path answers; for a backend without pipes the 501 is checked instead."""

    def check(path: str, expected: Any) -> None:
        if backend.capabilities.has_pipes:
            assert both.body(path) == expected
        else:
            result = both.get(path)
            what = "The pipes of a device" if path.endswith("/pipes") else "What a pipe holds"
            sentence = f"{what}: rc3 defines it, but this PyTango has no pipes."
            expected = http_failure(501, "NOT_IMPLEMENTED", sentence, both.ticks)
            assert (result.status_code, result.json) == (501, expected)

    return check


def test_list(answer: Any) -> None:
    answer(f"{D}/pipes", [{"name": NAME, "href": HREF}])


@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_one(answer: Any, both: Rest, name: str) -> None:
    answer(
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
    )


@pytest.mark.parametrize("name", ["nope", ".."])
def test_unknown(answer: Any, both: Rest, name: str) -> None:
    stack = [
        error("API_PipeNotFound", f"{name} pipe not found"),
        error("API_PipeFailed", f"Failed to read_pipe on device sys/tg_test/1, pipe {name}"),
    ]
    answer(f"{D}/pipes/{name}", failure(*stack, ticks=both.ticks))


def test_device_that_does_not_run(answer: Any, both: Rest) -> None:
    failed = error("API_PipeFailed", "Failed to read_pipe on device sys/access_control/1, pipe p")
    answer(f"{DEAD}/pipes", failure(NOT_EXPORTED, ticks=both.ticks))
    answer(f"{DEAD}/pipes/p", failure(NOT_EXPORTED, failed, ticks=both.ticks))


def test_unknown_device(answer: Any, both: Rest) -> None:
    stack = unknown_device("no/such/device")
    answer(f"{UNKNOWN}/pipes", failure(*stack, ticks=both.ticks))
    answer(f"{UNKNOWN}/pipes/p", failure(*stack, ticks=both.ticks))


def test_a_name_with_nul_is_none(rest: Rest, backend: Backend) -> None:
    result = rest.get(f"{D}/pipes/%00")
    status, reason, sentence = (404, "NOT_FOUND", not_a_name("\0"))
    if not backend.capabilities.has_pipes:
        sentence = "What a pipe holds: rc3 defines it, but this PyTango has no pipes."
        status, reason = 501, "NOT_IMPLEMENTED"
    assert (result.status_code, result.json) == (status, http_failure(status, reason, sentence))
