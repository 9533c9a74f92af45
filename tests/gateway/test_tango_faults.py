"""Device servers and the database killed, hanging, moved: what the gateway answers meanwhile,
and that it finds them again by itself.

How soon is shown without a clock, which says more of the machine than of the gateway: a call ends
by the timeout while its target still hangs; one that is refused at once says so; one that fails for
another reason does it long before the timeout of a PATIENT gateway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES, TangoDevice
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.interface import Attribute, BackendError
from mtango_ref.model import ConnectionFailed, DevError, DevFailed

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

TIMEOUT = 1.0
HANGING = 30.0
"""s after which a call counts as hanging: Tango's own bounds add up to 92 s."""
PATIENT = 3 * HANGING
"""s of a timeout that nothing waits for which does not hang."""

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
    """Wait until all answers, and polling has readings: other tests need the facility."""
    yield
    await_success(_all_answer)


def _all_answer() -> None:
    backend = TangoBackend(tango_hosts(), 3.0)
    for name in (OTHER, THIRD):
        backend.get_device_proxy(name).state()
    device = backend.get_device_proxy(DEVICE)
    assert backend.get_attribute_proxy(device, "State").history()
    assert device.command_history("State")


@pytest.fixture
def backend(request: pytest.FixtureRequest, facility: Facility) -> TangoBackend:
    return TangoBackend(tango_hosts(), getattr(request, "param", TIMEOUT))


patient = pytest.mark.parametrize("backend", [PATIENT], indirect=True, ids=["patient"])


@pytest.fixture
def device(backend: TangoBackend) -> TangoDevice:
    return backend.get_device_proxy(DEVICE)


@pytest.fixture
def other(backend: TangoBackend) -> Attribute:
    """Return an attribute of a device that stays alive, and is connected."""
    attribute = backend.get_attribute_proxy(backend.get_device_proxy(OTHER), "alarm")
    for _ in range(3):
        attribute.read()
    return attribute


def failure(call: Callable[[], Any]) -> list[str]:
    """Return the reasons of what it raises, innermost first."""
    return [error.reason for error in _errors(call)]


def refusal(call: Callable[[], Any]) -> list[str]:
    """Return the reasons of what it raises without asking its target, which hangs."""
    errors = _errors(call)
    assert errors[0].desc.endswith(", earlier calls have not returned yet")
    return [error.reason for error in errors]


def _errors(call: Callable[[], Any]) -> Sequence[DevError]:
    begin = time.monotonic()
    with pytest.raises(DevFailed) as caught:
        call()
    assert time.monotonic() - begin < HANGING
    assert isinstance(caught.value, ConnectionFailed)
    return caught.value.errors


def await_success(call: Callable[[], Any]) -> None:
    """Call it until it does not fail any more. Tango tries no connection twice within 1 s."""
    begin = time.monotonic()
    while True:
        try:
            call()
        except (DevFailed, BackendError, AssertionError):
            if time.monotonic() - begin > HANGING:
                raise
            time.sleep(0.02)
        else:
            return


def _is(value: Any, expected: Any) -> None:
    assert value == expected


@contextmanager
def always_works(call: Callable[[], Any], times: int = 3) -> Iterator[None]:
    """Check that the call works meanwhile, so many times at least.

    Beside one that holds the GIL until it fails it works twice, before and after.
    """
    ended = threading.Event()

    def watch() -> int:
        calls = 0
        while not ended.is_set():
            call()
            calls += 1
            ended.wait(0.01)
        return calls

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            ended.set()
        assert watching.result(HANGING) >= times


# Each first call connects in the same way: with the device, or with one of its attributes.
FIRST = ("state", "value")
HANGING_AT = [(name, True) for name in ASK] + [(name, False) for name in FIRST]


@pytest.mark.parametrize(("name", "connected"), HANGING_AT)
def test_hanging_device_times_out(
    facility: Facility,
    backend: TangoBackend,
    device: TangoDevice,
    other: Attribute,
    name: str,
    connected: bool,
) -> None:
    ask = ASK[name]
    if connected:
        device.state()
    with facility.tango_test.suspended():
        with always_works(other.read):
            assert failure(lambda: ask(backend, device)) == TIMED_OUT
        backend.get_device_proxy(OTHER).state()
    await_success(lambda: ask(backend, device))


def test_quick_value_of_a_hanging_device_times_out(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Read without a worker thread, and yet no longer than the timeout."""
    attribute = backend.get_attribute_proxy(device, "State")
    for _ in range(3):
        attribute.read()
    with facility.tango_test.suspended(), always_works(other.read):
        assert failure(attribute.read) == TIMED_OUT
    await_success(attribute.read)


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
        with always_works(other.read):
            for _ in range(2):
                assert failure(slow.read) == TIMED_OUT
        # Half of the timeout is not quick, but an answer.
        server.write_attribute("delay", TIMEOUT / 2)
        await_success(lambda: _is(slow.read().value, TIMEOUT / 2))
    finally:
        server.write_attribute("delay", 0.0)
    assert slow.read().value == 0.0


@patient
def test_dead_device_cannot_be_connected(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Killed: the database believes that it runs."""
    attribute = backend.get_attribute_proxy(device, "State")
    for _ in range(3):
        attribute.read()
    with facility.tango_test.killed(), always_works(other.read, times=1):
        for _ in range(2):
            assert failure(attribute.read) == NO_CONNECTION
            assert failure(device.state) == NO_CONNECTION
            assert failure(lambda: device.command_inout("DevVoid")) == NO_CONNECTION
        assert failure(backend.get_device_proxy(DEVICE).status) == NO_CONNECTION
        assert backend.database.get_device_info(DEVICE).exported
    await_success(attribute.read)
    await_success(device.state)


@patient
def test_stopped_device_is_not_exported(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    """Ended in good order: the database knows."""
    device.state()
    with facility.tango_test.stopped(), always_works(other.read, times=1):
        for _ in range(2):
            assert failure(device.state) == ["API_DeviceNotExported"]
        attribute = backend.get_attribute_proxy(device, "State")
        assert failure(attribute.read) == ["API_DeviceNotExported", "API_AttributeFailed"]
        assert not backend.database.get_device_info(DEVICE).exported
    await_success(attribute.read)
    await_success(device.state)


def test_device_that_moved_is_found(
    facility: Facility, backend: TangoBackend, device: TangoDevice
) -> None:
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
def test_hanging_database_times_out(
    facility: Facility,
    backend: TangoBackend,
    other: Attribute,
    ask: Callable[[TangoBackend], Any],
) -> None:
    """Devices that are connected answer as ever."""
    with facility.database.suspended(), always_works(other.read):
        for _ in range(2):
            assert failure(lambda: ask(backend)) == TIMED_OUT
        assert refusal(lambda: ask(backend)) == TIMED_OUT
    await_success(lambda: ask(backend))


@patient
def test_dead_database_cannot_be_connected(
    facility: Facility, backend: TangoBackend, device: TangoDevice, other: Attribute
) -> None:
    device.state()
    with facility.database.killed(), always_works(other.read, times=1):
        # The first to ask finds the connection broken, and may be who looks at definitions.
        first = failure(backend.database.get_info)
        broken = ["API_CorbaException", "API_CantConnectToDatabase", "API_CommandFailed"]
        assert first in (broken, [*NO_CONNECTION, "API_CommandFailed"])
        for ask in DATABASE.values():
            assert failure(lambda: ask(backend)) == [*NO_CONNECTION, "API_CommandFailed"]  # noqa: B023
        device.state()
    await_success(backend.database.get_info)
    await_success(lambda: backend.get_device_proxy(DEVICE).state())


def test_restarted_database_answers(facility: Facility, backend: TangoBackend) -> None:
    """Nobody asked meanwhile: nothing fails."""
    before = backend.database.get_info()
    facility.database.restart()
    assert backend.database.get_info()[0] == before[0]


def test_new_device_fails_while_the_database_hangs(
    facility: Facility, backend: TangoBackend, other: Attribute
) -> None:
    """Connecting to a device asks the database, of which its clients know nothing."""
    device = backend.get_device_proxy(DEVICE)
    with facility.database.suspended(), always_works(other.read):
        assert failure(device.state) == TIMED_OUT
    await_success(device.state)
