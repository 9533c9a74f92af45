"""The bound on the calls of who answers no request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from mtango_ref.calls import Alone
from mtango_ref.model import ConnectionFailed, DevFailed

TIMEOUT = 0.2


@pytest.fixture
def hang() -> Iterator[Callable[[], None]]:
    """Yield a function that does not return before the end of the test."""
    ended = threading.Event()
    yield lambda: _wait(ended)
    ended.set()


def _wait(ended: threading.Event) -> None:
    assert ended.wait(60)


def failure(bound: Alone, target: str, function: Callable[[], object]) -> DevFailed:
    with pytest.raises(DevFailed) as caught:
        bound.call(target, function)
    [error] = caught.value.errors
    assert error.reason == "API_DeviceTimedOut"
    return caught.value


def test_result_and_error_come_through() -> None:
    bound = Alone(TIMEOUT)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)

    def fail() -> NoReturn:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        bound.call("device a", fail)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)


def test_hanging_target_is_asked_no_more(hang: Callable[[], None]) -> None:
    bound = Alone(TIMEOUT)
    for _ in range(2):
        begin = time.monotonic()
        error = failure(bound, "device a", hang)  # which hangs for as long as the test
        assert time.monotonic() - begin >= TIMEOUT
        assert isinstance(error, ConnectionFailed)
        assert error.errors[0].desc == "Timeout (200 mS) exceeded on device a"
    error = failure(bound, "device a", hang)
    assert error.errors[0].desc == (
        "Timeout (200 mS) exceeded on device a, earlier calls have not returned yet"
    )
    assert bound.call("device b", divmod, 7, 2) == (3, 1)


def test_target_that_answers_again_is_asked_again() -> None:
    bound = Alone(TIMEOUT)
    ended = threading.Event()
    for _ in range(2):
        failure(bound, "device a", lambda: _wait(ended))
    ended.set()
    give_up = time.monotonic() + 60
    while bound._overdue and time.monotonic() < give_up:
        time.sleep(0.01)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)
    assert not bound._overdue  # nothing is kept of a target that is well
