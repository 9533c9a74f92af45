"""A device server killed, hanging, slow, failing: the fake on purpose, the real one in truth."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_tango_faults import ASK, DEVICE, THIRD, _all_answer, await_success

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.fixture.loading import load, parse
from mtango_ref.model import DevFailed

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

TIMEOUT = 1.0
"""s, of both."""

AskAny = Callable[[Any, Any], Any]
ASK_ALL: dict[str, AskAny] = {
    **ASK,
    "run": lambda _, device: device.command_inout("DevVoid"),
    "run with argument": lambda _, device: device.command_inout("DevLong", 5),
    "several values, two": lambda _, device: device.read_attributes(["State", "double_scalar"]),
}


@pytest.fixture(autouse=True)
def _leave_it_as_it_was(facility: Facility) -> Iterator[None]:
    yield
    await_success(_all_answer)


@pytest.fixture
def fake() -> FakeBackend:
    return FakeBackend(load("tango_test"), timeout=TIMEOUT)


@pytest.fixture
def real(facility: Facility) -> TangoBackend:
    return TangoBackend(tango_hosts(), TIMEOUT)


def _failure(call: Callable[[], Any]) -> tuple[str, list[tuple[str, ...]]]:
    with pytest.raises(DevFailed) as failed:
        call()
    return type(failed.value).__name__, [
        (error.reason, error.desc, error.severity.value, _function(error.origin))
        for error in failed.value.errors
    ]


def _function(origin: str) -> str:
    # Our own timeouts name the module that waited.
    return re.sub(r" at \(.*\)$|^mtango_ref\..*", "", origin)


def test_away_is_like_a_killed_server(
    facility: Facility, real: TangoBackend, fake: FakeBackend
) -> None:
    """Each verb has a device of its own: its first failure finds a connection that is broken."""
    fake.control.fail(DEVICE, {"fault": "away"})
    devices: dict[str, Any] = {name: real.get_device_proxy(DEVICE) for name in ASK_ALL}
    for device in devices.values():
        device.state()
    pretended = fake.get_device_proxy(DEVICE)
    with facility.tango_test.killed():
        for name, ask in ASK_ALL.items():
            for _ in range(3):
                truth = _failure(lambda: ask(real, devices[name]))  # noqa: B023 - at once
                assert _failure(lambda: ask(fake, pretended)) == truth, name  # noqa: B023 - at once
        for backend in (real, fake):
            assert backend.database.get_device_info(DEVICE).exported
            assert backend.database.get_device_property(DEVICE)["polled_attr"]


# What each says is the same, so some will do.
HANGING = ("value", "several values", "configuration", "run with argument")


@pytest.mark.parametrize("name", HANGING)
def test_hang_is_like_a_suspended_server(
    facility: Facility, real: TangoBackend, fake: FakeBackend, name: str
) -> None:
    ask, device = ASK_ALL[name], real.get_device_proxy(DEVICE)
    device.state()
    fake.control.fail(DEVICE, {"fault": "hang"})
    with facility.tango_test.suspended():
        truth = _failure(lambda: ask(real, device))
    assert _failure(lambda: ask(fake, fake.get_device_proxy(DEVICE))) == truth


def test_hang_that_goes_on_is_like_a_suspended_server(
    facility: Facility, real: TangoBackend, fake: FakeBackend
) -> None:
    """Two that wait at a time, and a third."""
    fake.control.fail(DEVICE, {"fault": "hang"})
    device, pretended = real.get_device_proxy(DEVICE), fake.get_device_proxy(DEVICE)
    device.state()

    def all_three(state: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(2) as pool:
            two = [pool.submit(_failure, state) for _ in range(2)]
            return [*(each.result() for each in two), _failure(state)]

    with facility.tango_test.suspended():
        truth = all_three(device.state)
    assert all_three(pretended.state) == truth


SLOW = f"""\
classes: {{A: {{attributes: {{slow: {{data_type: DevDouble}}}}}}}}
devices: {{{THIRD}: {{class: A, faults: [{{fault: timeout, of: slow}}]}}}}
"""


def test_timeout_is_like_a_slow_reading(facility: Facility, real: TangoBackend) -> None:
    """A reading that takes longer than anybody waits."""
    import tango

    fake = FakeBackend(parse(SLOW, "test.yml"), timeout=TIMEOUT)
    asks: list[AskAny] = [
        lambda backend, device: backend.get_attribute_proxy(device, "slow").read(),
        lambda _, device: device.read_attributes(["State", "slow"]),
    ]
    server = tango.DeviceProxy(THIRD)
    server.write_attribute("delay", 1.5 * TIMEOUT)
    try:
        for ask in asks:
            truth, pretended = (
                _failure(lambda: ask(backend, backend.get_device_proxy(THIRD)))  # noqa: B023
                for backend in (real, fake)
            )
            assert pretended == truth
    finally:
        server.write_attribute("delay", 0.0)
    assert fake.get_device_proxy(THIRD).state()


FAILING = "a/b/c"
FAILING_SERVER = Path(__file__).parents[1] / "facility" / "failing.py"
ASK_FAILING: dict[str, AskAny] = {
    "x": lambda backend, device: backend.get_attribute_proxy(device, "x").read(),
    "State": lambda backend, device: backend.get_attribute_proxy(device, "State").read(),
    "unknown": lambda backend, device: backend.get_attribute_proxy(device, "nope").read(),
    "several": lambda _, device: device.read_attributes(["State", "x"]),
    "state": lambda _, device: device.state(),
    "several, one unknown": lambda _, device: device.read_attributes(["x", "nope"]),
    "unknown command": lambda _, device: device.command_inout("nope"),
    "command": lambda _, device: device.command_inout("C"),
    "command State": lambda _, device: device.command_inout("State"),
}


def test_failing_device_is_like_a_failing_hook(facility: Facility) -> None:
    """A `failure` of the whole device is one of always_executed_hook."""
    import tango

    known = tango.DbDevInfo()
    known.name, known._class, known.server = FAILING, "Failing", "Failing/test"
    tango.Database().add_device(known)
    server = facility._start([sys.executable, str(FAILING_SERVER), "test"])
    text = (
        "classes: {A: {attributes: {x: {data_type: DevLong64}}, commands: {c: }}}\n"
        "devices: {a/b/c: {class: A,"
        " faults: [{fault: failure, reason: R, description: D, origin: O}]}}"
    )
    real, fake = TangoBackend(tango_hosts(), 2.0), FakeBackend(parse(text, "test.yml"))
    try:
        for name, ask in ASK_FAILING.items():
            truth, pretended = (
                _failure(lambda: ask(backend, backend.get_device_proxy(FAILING)))  # noqa: B023
                for backend in (real, fake)
            )
            assert pretended[0] == truth[0], name
            # Each server names an unknown name with an origin of its own.
            assert [each[:2] for each in pretended[1]] == [each[:2] for each in truth[1]], name
        for backend in (real, fake):
            device = backend.get_device_proxy(FAILING)
            assert device.status() == "Got exception    when trying to build device status"
            assert device.get_attribute_list() == ["x", "State", "Status"]
    finally:
        server.stop()
        tango.Database().delete_server("Failing/test")
