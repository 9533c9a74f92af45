"""The bound on every call to Tango, without Tango."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import pytest

from mtango_ref.backends.pytango import deadline
from mtango_ref.backends.pytango.deadline import Deadline
from mtango_ref.model import ConnectionFailed, DevFailed

TIMEOUT = 0.2


@pytest.fixture
def hang() -> Iterator[Callable[[], None]]:
    """Does not return before the end of the test, or what `let_go` is called for."""
    ended = threading.Event()
    yield lambda: _wait(ended)
    ended.set()


def _wait(ended: threading.Event) -> None:
    assert ended.wait(60)


def failure(bound: Deadline, target: str, function: Callable[[], object]) -> DevFailed:
    with pytest.raises(DevFailed) as caught:
        bound.call(target, function)
    [error] = caught.value.errors
    assert error.reason == "API_DeviceTimedOut"
    return caught.value


def test_result_and_error_come_through() -> None:
    bound = Deadline(TIMEOUT)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)

    def fail() -> NoReturn:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        bound.call("device a", fail)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)


def test_hanging_target_is_asked_no_more(hang: Callable[[], None]) -> None:
    bound = Deadline(TIMEOUT)
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
    bound = Deadline(TIMEOUT)
    ended = threading.Event()
    for _ in range(2):
        failure(bound, "device a", lambda: _wait(ended))
    ended.set()
    give_up = time.monotonic() + 60
    while bound._overdue and time.monotonic() < give_up:
        time.sleep(0.01)
    assert bound.call("device a", divmod, 7, 2) == (3, 1)
    assert not bound._overdue  # nothing is kept of a target that is well


def test_calls_wait_for_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """More at a time than there are workers is no failure, if they return soon."""
    monkeypatch.setattr(deadline, "WORKERS", 3)
    bound = Deadline(60)
    workers = set()

    def note(number: int) -> int:
        workers.add(threading.current_thread())
        time.sleep(TIMEOUT / 20)
        return number

    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(bound.call, "device a", note, number) for number in range(40)]
        assert [call.result() for call in calls] == list(range(40))
    assert len(workers) <= 3


def test_all_workers_hang(monkeypatch: pytest.MonkeyPatch, hang: Callable[[], None]) -> None:
    """Then nothing is known to be wrong with the next target: no ConnectionFailed."""
    monkeypatch.setattr(deadline, "WORKERS", 2)
    bound = Deadline(TIMEOUT)
    failure(bound, "device a", hang)
    failure(bound, "device b", hang)
    called = []
    error = failure(bound, "device c", lambda: called.append(1))
    assert not isinstance(error, ConnectionFailed)
    assert error.errors[0].desc == "2 calls to other devices have not returned yet"
    assert not called
