"""Devices that hang: who asks them waits, and is answered when they are back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_facilities import failure

from echo_server import eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.calls import Alone
from mtango_ref.fixture.loading import parse
from mtango_ref.model import ConnectionFailed, DevState

TIMED_OUT = ("API_DeviceTimedOut", "Timeout (100 mS) exceeded on device a/b/c")
HANGING = (TIMED_OUT[0], TIMED_OUT[1] + ", earlier calls have not returned yet")


def quick(text: str) -> FakeBackend:
    """Make a backend with a timeout of 0.1 s, and a clock that goes."""
    return FakeBackend(parse(text, "test.yml"), timeout=0.1)


HANG = "classes: {A: }\ndevices: {a/b/c: {class: A%s}}"


def test_hanging_device_lets_two_requests_wait() -> None:
    """Two requests wait; later ones fail at once, until it is back."""
    facility = quick(HANG % ", faults: [{fault: hang}]")
    device = facility.get_device_proxy("a/b/c")
    assert [failure(device.state) for _ in range(4)] == [[TIMED_OUT]] * 2 + [[HANGING]] * 2
    with pytest.raises(ConnectionFailed):
        device.command_list_query()
    assert facility.database.get_device_info("a/b/c").exported
    facility.control.heal("a/b/c")
    assert device.state() is DevState.ON
    # Those that waited return in threads of their own.
    calls = facility._run.calls
    assert isinstance(calls, Alone)
    assert eventually(lambda: not calls._overdue)
    facility.control.fail("a/b/c", {"fault": "hang"})
    assert failure(device.state) == [TIMED_OUT]


@pytest.mark.parametrize("end", ["heal", "advance", "reset"])
def test_who_waits_is_answered_when_it_is_back(end: str) -> None:
    facility = FakeBackend(parse(HANG % "", "test.yml"), timeout=60)
    device = facility.get_device_proxy("a/b/c")
    facility.control.fail("a/b/c", {"fault": "hang", "until": 50})
    ends: dict[str, Callable[[], None]] = {
        "heal": lambda: facility.control.heal("*"),
        "advance": lambda: facility.control.advance(50),
        "reset": facility.control.reset,
    }
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(device.state) for _ in range(3)]
        assert not any(each.done() for each in waiting)
        ends[end]()
        assert [each.result(timeout=20) for each in waiting] == [DevState.ON] * 3


def test_hang_is_over_at_its_time() -> None:
    facility = FakeBackend(parse(HANG % "", "test.yml"), timeout=60)
    facility.control.fail("a/b/c", {"fault": "hang", "until": 0.05})
    assert facility.get_device_proxy("a/b/c").state() is DevState.ON


def test_who_waits_holds_up_nobody() -> None:
    facility = quick("classes: {A: }\ndevices: {a/b/c: {class: A}, a/b/d: {class: A}}")
    facility.control.fail("a/b/c", {"fault": "hang"})
    hanging, other = map(facility.get_device_proxy, ("a/b/c", "a/b/d"))
    begun = threading.Event()

    def wait() -> list[tuple[str, str]]:
        begun.set()
        return failure(hanging.state)

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(wait) for _ in range(8)]
        begun.wait(10)
        assert other.state() is DevState.ON
        # All that came before the first failed waited, as at a gateway.
        assert {each.result()[0][0] for each in waiting} == {"API_DeviceTimedOut"}
