"""Device servers and the database killed, hanging, moved: what the gateway answers meanwhile,
how soon, and that it finds them again by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.deadline import WORKERS
from mtango_ref.backends.pytango.device import HAS_PIPES, TangoDevice
from mtango_ref.interface import Attribute, BackendError
from mtango_ref.model import ConnectionFailed, DevFailed

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

TIMEOUT = 1.0
SLACK = 0.5
"""s that a failure may come after the timeout."""
QUICK = 0.4
"""s within which others answer while something hangs, even on a busy machine."""
RECOVERY = 2.0
"""s after which what is back is found. Tango tries no connection twice within 1 s."""

DEVICE = "sys/tg_test/1"
OTHER, THIRD = "test/one_of_each/1", "test/one_of_each/2"
TIMED_OUT = ["API_DeviceTimedOut"]
NO_CONNECTION = ["API_CantConnectToDevice"]

Ask = Callable[[TangoBackend, TangoDevice], Any]
ASK: dict[str, Ask] = {
    "attribute list": lambda _, device: device.get_attribute_list(),
    "configuration": lambda _, device: device.get_attribute_config(["State"]),
    "several values": lambda _, device: device.read_attributes(["State"]),
    "value": lambda backend, device: backend.get_attribute_proxy(device, "State").read(),
    "history": lambda backend, device: backend.get_attribute_proxy(
        device, "double_scalar"
    ).history(),
    "state": lambda _, device: device.state(),
    "status": lambda _, device: device.status(),
    "command list": lambda _, device: device.command_list_query(),
    "command": lambda _, device: device.command_query("Init"),
    "executions": lambda _, device: device.command_history("State"),
}
if HAS_PIPES:
    ASK["pipe list"] = lambda _, device: device.get_pipe_list()
    ASK["pipe"] = lambda _, device: device.read_pipe("string_long_short_ro")


@pytest.fixture(autouse=True)
def _leave_it_as_it_was(facility: Facility) -> Iterator[None]:
    """Other tests need the facility: all answers, and polling has something to tell."""
    yield
    seconds_until(_all_answer, 20)


def _all_answer() -> None:
    backend = TangoBackend(3.0)
    for name in (OTHER, THIRD):
        backend.get_device_proxy(name).state()
    device = backend.get_device_proxy(DEVICE)
    assert backend.get_attribute_proxy(device, "State").history()
    assert device.command_history("State")


@pytest.fixture
def backend(facility: Facility) -> TangoBackend:
    return TangoBackend(TIMEOUT)


@pytest.fixture
def device(backend: TangoBackend) -> TangoDevice:
    return backend.get_device_proxy(DEVICE)


@pytest.fixture
def other(backend: TangoBackend) -> Attribute:
    """An attribute of a device that stays alive, and is connected."""
    attribute = backend.get_attribute_proxy(backend.get_device_proxy(OTHER), "alarm")
    for _ in range(3):
        attribute.read()
    return attribute


def failure(call: Callable[[], Any], within: float) -> list[str]:
    """The reasons of what it raises, innermost first."""
    begin = time.monotonic()
    with pytest.raises(DevFailed) as caught:
        call()
    assert time.monotonic() - begin < within
    assert isinstance(caught.value, ConnectionFailed)
    return [error.reason for error in caught.value.errors]


def seconds_until(call: Callable[[], Any], limit: float = RECOVERY) -> float:
    """s from now until it does not fail any more."""
    begin = time.monotonic()
    while True:
        try:
            call()
        except (DevFailed, BackendError, AssertionError):
            if time.monotonic() - begin > limit:
                raise
            time.sleep(0.02)
        else:
            return time.monotonic() - begin


@contextmanager
def always_quick(call: Callable[[], Any]) -> Iterator[None]:
    """Meanwhile the call works, each time within QUICK."""
    slowest, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal slowest
        while not ended.is_set():
            begin = time.monotonic()
            call()
            slowest = max(slowest, time.monotonic() - begin)
            ended.wait(0.01)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            ended.set()
        watching.result()
    assert 0 < slowest < QUICK


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("connected", [True, False])
def test_hanging_device(
    facility: Facility,
    backend: TangoBackend,
    device: TangoDevice,
    other: Attribute,
    connected: bool,
    ask: Ask,
) -> None:
    if connected:
        device.state()
    with facility.tango_test.suspended():
        with always_quick(other.read):
            assert failure(lambda: ask(backend, device), TIMEOUT + SLACK) == TIMED_OUT
        seconds_until(lambda: backend.get_device_proxy(OTHER).state(), QUICK)
    assert seconds_until(lambda: ask(backend, device)) < RECOVERY


def test_hanging_device_whose_value_was_quick(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Read without a worker thread, and yet no longer than the timeout."""
    attribute = backend.get_attribute_proxy(device, "State")
    for _ in range(3):
        attribute.read()
    with facility.tango_test.suspended(), always_quick(other.read):
        assert failure(attribute.read, TIMEOUT + SLACK) == TIMED_OUT
    assert seconds_until(attribute.read) < RECOVERY


def test_value_that_was_quick_gets_slow(
    facility: Facility, backend: TangoBackend, other: Attribute
) -> None:
    import tango

    slow = backend.get_attribute_proxy(backend.get_device_proxy(THIRD), "slow")
    for _ in range(3):
        assert slow.read().value == 0.0
    server = tango.DeviceProxy(THIRD)
    server.write_attribute("delay", 2 * TIMEOUT)
    try:
        with always_quick(other.read):
            for _ in range(2):
                assert failure(slow.read, TIMEOUT + SLACK) == TIMED_OUT
        # Half of the timeout is not quick, but an answer.
        server.write_attribute("delay", TIMEOUT / 2)
        assert seconds_until(slow.read) < RECOVERY
        assert slow.read().value == TIMEOUT / 2
    finally:
        server.write_attribute("delay", 0.0)
    assert slow.read().value == 0.0


def test_hanging_device_that_many_ask(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """All wait once, later ones not at all; and the number of threads is bounded."""
    askers = 100
    before = set(threading.enumerate())
    with facility.tango_test.suspended(), ThreadPoolExecutor(askers) as pool:
        begin = time.monotonic()
        calls = [pool.submit(device.state) for _ in range(askers)]
        reasons = {call.exception().errors[0].reason for call in calls}  # type: ignore[union-attr]
        assert reasons == set(TIMED_OUT)
        assert time.monotonic() - begin < TIMEOUT + 4 * SLACK
        assert failure(device.state, QUICK) == TIMED_OUT
        new = set(threading.enumerate()) - before
        assert sum(each.name.startswith("tango-") for each in new) <= WORKERS
        assert other.read().value == 1.5
    assert seconds_until(device.state) < RECOVERY


def test_dead_device(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Killed: the database believes that it runs."""
    attribute = backend.get_attribute_proxy(device, "State")
    for _ in range(3):
        attribute.read()
    with facility.tango_test.killed(), always_quick(other.read):
        for _ in range(2):
            assert failure(attribute.read, QUICK) == NO_CONNECTION
            assert failure(device.state, QUICK) == NO_CONNECTION
            assert failure(lambda: device.command_inout("DevVoid"), QUICK) == NO_CONNECTION
        assert failure(backend.get_device_proxy(DEVICE).status, QUICK) == NO_CONNECTION
        assert backend.database.get_device_info(DEVICE).exported
    assert seconds_until(attribute.read) < RECOVERY
    assert seconds_until(device.state) < RECOVERY


def test_stopped_device(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Ended in good order: the database knows."""
    device.state()
    with facility.tango_test.stopped(), always_quick(other.read):
        for _ in range(2):
            assert failure(device.state, QUICK) == ["API_DeviceNotExported"]
        attribute = backend.get_attribute_proxy(device, "State")
        assert failure(attribute.read, QUICK) == ["API_DeviceNotExported", "API_AttributeFailed"]
        assert not backend.database.get_device_info(DEVICE).exported
    assert seconds_until(attribute.read) < RECOVERY
    assert seconds_until(device.state) < RECOVERY


def test_device_that_moved(facility: Facility, backend: TangoBackend, device: TangoDevice) -> None:
    """A device server started again listens on another port."""
    attribute = backend.get_attribute_proxy(device, "State")
    for _ in range(3):
        attribute.read()
    before = backend.database.get_device_info(DEVICE).ior
    facility.tango_test.restart()
    attribute.read()
    device.state()
    assert backend.database.get_device_info(DEVICE).ior != before


DATABASE: dict[str, Callable[[TangoBackend], Any]] = {
    "info": lambda backend: backend.database.get_info(),
    "devices": lambda backend: backend.database.get_device_names("*"),
    "device": lambda backend: backend.database.get_device_info(DEVICE),
    "properties": lambda backend: backend.database.get_device_property(DEVICE),
    "attribute's": lambda backend: backend.database.get_device_attribute_property(DEVICE, "State"),
    "proxy": lambda backend: backend.get_device_proxy(DEVICE),
}


@pytest.mark.parametrize("ask", DATABASE.values(), ids=DATABASE)
def test_hanging_database(
    facility: Facility,
    backend: TangoBackend,
    other: Attribute,
    ask: Callable[[TangoBackend], Any],
) -> None:
    """Devices that are connected answer as ever."""
    with facility.database.suspended(), always_quick(other.read):
        for _ in range(2):
            assert failure(lambda: ask(backend), TIMEOUT + SLACK) == TIMED_OUT
        assert failure(lambda: ask(backend), QUICK) == TIMED_OUT
    assert seconds_until(lambda: ask(backend)) < RECOVERY


def test_dead_database(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    device.state()
    with facility.database.killed(), always_quick(other.read):
        # The first to ask finds the connection broken, and may be who looks at definitions.
        first = failure(backend.database.get_info, QUICK)
        broken = ["API_CorbaException", "API_CantConnectToDatabase", "API_CommandFailed"]
        assert first in (broken, [*NO_CONNECTION, "API_CommandFailed"])
        for ask in DATABASE.values():
            assert failure(lambda: ask(backend), QUICK) == [*NO_CONNECTION, "API_CommandFailed"]  # noqa: B023
        device.state()
    assert seconds_until(backend.database.get_info) < RECOVERY
    assert seconds_until(lambda: backend.get_device_proxy(DEVICE).state()) < RECOVERY


def test_database_that_was_started_again(facility: Facility, backend: TangoBackend) -> None:
    """Nobody asked meanwhile: nothing fails."""
    before = backend.database.get_info()
    facility.database.restart()
    assert backend.database.get_info()[0] == before[0]


def test_device_that_is_new_while_the_database_hangs(
    facility: Facility, backend: TangoBackend, other: Attribute
) -> None:
    """To connect asks the database, of which nothing is known to who asks the device."""
    device = backend.get_device_proxy(DEVICE)
    with facility.database.suspended(), always_quick(other.read):
        assert failure(device.state, TIMEOUT + SLACK) == TIMED_OUT
    assert seconds_until(device.state) < RECOVERY
