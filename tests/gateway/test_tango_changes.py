"""Devices that change under the gateway: restarted, upgraded, renamed, deleted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import falcon.testing
import pytest
import tango
from dirty_equals import IsPartialDict
from test_tango_faults import ASK, TIMED_OUT, Ask, _is, always_works, await_success, failure

from mtango_ref.backends.pytango import defined_names
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES, TangoDevice
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.http.app import create_app
from mtango_ref.model import DevFailed
from mtango_ref.settings.model import Settings

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = pytest.mark.tango

DEVICE = "test/changing/1"
SERVER = "Changing/test"
SCRIPT = Path(__file__).parents[1] / "facility" / "changing_server.py"
TIMEOUT = 2.0
D = f"/tango/rest/rc3/hosts/localhost/10000/devices/{DEVICE}"

NOT_DEFINED = ["DB_DeviceNotDefined", "API_CommandFailed", "API_DeviceNotDefined"]


def define(name: str = DEVICE) -> None:
    known = tango.DbDevInfo()
    known.name, known._class, known.server = name, "Changing", SERVER
    tango.Database().add_device(known)


def delete(name: str = DEVICE) -> None:
    tango.Database().delete_device(name)


def rename(name: str) -> None:
    """Define it with another spelling; its server knows nothing of it and runs on."""
    delete()
    define(name)


@pytest.fixture(scope="module")
def whole_module(facility: Facility) -> Iterator[Server]:
    define()
    server = facility._start([sys.executable, str(SCRIPT), "test"])
    yield server
    server.stop()
    tango.Database().delete_server(SERVER)


@pytest.fixture
def server(whole_module: Server) -> Iterator[Server]:
    """Yield a server that is of its first edition afterwards, under its first name."""
    yield whole_module
    database = tango.Database()
    is_there = [*database.get_device_name(SERVER, "Changing")] == [DEVICE]
    if is_there and whole_module.command[-1] == "test" and database.import_device(DEVICE).exported:
        tango.DeviceProxy(DEVICE).command_inout("Forget")
        return
    del whole_module.command[whole_module.command.index("test") + 1 :]
    rename(DEVICE)
    whole_module.restart()


@pytest.fixture
def backend(server: Server) -> TangoBackend:
    return TangoBackend(tango_hosts(), TIMEOUT)


@pytest.fixture
def device(backend: TangoBackend) -> TangoDevice:
    return backend.get_device_proxy(DEVICE)


@pytest.fixture
def client(backend: TangoBackend) -> falcon.testing.TestClient:
    return falcon.testing.TestClient(create_app(Settings(), backend))


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have names waited for as long as the database takes: a slow machine is no late look."""
    monkeypatch.setattr(defined_names, "PATIENCE", 60.0)


def upgrade(server: Server, kind: str) -> None:
    server.stop()
    del server.command[server.command.index("test") + 1 :]
    server.command.append(kind)
    server.start()


def become(_server: Server, kind: str) -> None:
    tango.DeviceProxy(DEVICE).command_inout("Become", kind)


KINDS = {
    "double": ("shape", 1.5),
    "string": ("shape", "one"),
    "spectrum": ("shape", [1, 2]),
    "enum": ("shape", "SQUARE"),
    "other labels": ("shape", "STEEP"),
    "shouted": ("SHAPE", 1),
    "short": ("shape", 1),
}
"""The attribute's name and its value, by kind of change."""


@pytest.mark.parametrize("change", [become, upgrade])
def test_changed_type_is_noticed(
    server: Server,
    client: falcon.testing.TestClient,
    change: Callable[[Server, str], None],
) -> None:
    """One value by the quick way, and several."""
    for kind, (name, value) in KINDS.items():
        change(server, kind)
        for _ in range(3):
            one = client.simulate_get(f"{D}/attributes/shape/value").json
            several = client.simulate_get(f"{D}/attributes/value", query_string="attr=shape").json
            said = {"name": name, "value": value, "quality": "ATTR_VALID"}
            assert (one, several) == (IsPartialDict(said), [IsPartialDict(said)])
        assert client.simulate_get(f"{D}/attributes/shape").json["name"] == name


ASK_CHANGING: dict[str, Ask] = {
    **ASK,
    "history": lambda backend, device: _fails_with(
        "API_AttrNotPolled", backend.get_attribute_proxy(device, "constant").history
    ),
    "executions": lambda _, device: _fails_with(
        "API_CmdNotPolled", lambda: device.command_history("State")
    ),
    "command sent once": lambda _, device: device.command_inout("Count"),
    "command with argument": lambda _, device: device.command_inout("Nap", 0.0),
}
if HAS_PIPES:
    ASK_CHANGING["pipe"] = lambda _, device: _fails_with(
        "API_PipeNotFound", lambda: device.read_pipe("nope")
    )


def _fails_with(reason: str, call: Callable[[], Any]) -> None:
    """Check the reason with which a device that is there refuses a call."""
    with pytest.raises(DevFailed) as failed:
        call()
    assert failed.value.errors[0].reason == reason


def test_restart_is_not_seen(server: Server, backend: TangoBackend) -> None:
    """A proxy that was connected before shows it by no verb."""
    devices = [backend.get_device_proxy(DEVICE) for _ in ASK_CHANGING]
    for device in devices:
        device.state()
    server.kill()
    server.start()
    for device, ask in zip(devices, ASK_CHANGING.values(), strict=True):
        ask(backend, device)
    executed = backend.get_attribute_proxy(devices[0], "executed").read().value
    assert executed == 2  # Count and Nap: each was sent once.


def test_restart_is_not_seen_by_two_connections(server: Server, device: TangoDevice) -> None:
    """The one for quick values and the other, by turns and by many threads."""
    backend = TangoBackend(tango_hosts(), TIMEOUT)
    device = backend.get_device_proxy(DEVICE)
    quick = backend.get_attribute_proxy(device, "constant")
    for _ in range(3):
        quick.read()
    for kill in (server.kill, server.stop):
        kill()
        server.start()
        assert [(quick.read().value, device.state().name) for _ in range(3)] == [(7, "UNKNOWN")] * 3
        kill()
        server.start()
        with ThreadPoolExecutor(16) as pool:
            values = [pool.submit(quick.read) for _ in range(64)]
            assert {each.result().value for each in values} == {7}


def test_command_is_sent_once(server: Server, device: TangoDevice) -> None:
    """The server hangs, is slow, or was started again."""
    assert device.command_inout("Count") == 1
    with server.suspended():
        assert failure(lambda: device.command_inout("Count")) == TIMED_OUT
    assert _count(device) == 1
    assert failure(lambda: device.command_inout("Nap", 1.5 * TIMEOUT)) == TIMED_OUT
    # As soon as it answers again; and another one, if it was sent, would have begun then.
    assert _count(device) == 2
    time.sleep(0.5)
    assert _count(device) == 2
    server.kill()
    server.start()
    assert device.command_inout("Count") == 1
    assert _count(device) == 1


def test_command_is_not_sent_after_its_deadline(
    device: TangoDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ping before it comes back when the client has its failure already."""
    assert device.command_inout("Count") == 1
    ping, may_return, has_returned = tango.DeviceProxy.ping, Event(), Event()

    def late(proxy: tango.DeviceProxy) -> int:
        assert may_return.wait(60)
        took: int = ping(proxy)
        has_returned.set()
        return took

    monkeypatch.setattr(tango.DeviceProxy, "ping", late)
    assert failure(lambda: device.command_inout("Count")) == TIMED_OUT
    may_return.set()
    assert has_returned.wait(60)
    assert device.command_inout("Count") == 2


def _count(device: TangoDevice) -> int:
    count = 0

    def ask() -> None:
        nonlocal count
        [reading] = device.read_attributes(["executed"])
        count = reading.value

    await_success(ask)
    return count


@pytest.mark.usefixtures("_patient")
def test_renamed_device_has_its_new_name_everywhere(
    client: falcon.testing.TestClient, server: Server
) -> None:
    """Names and links in all answers."""
    paths = ["state", "attributes", "commands", "commands/Count"]
    paths += ["pipes"] if HAS_PIPES else []

    def names() -> set[str]:
        answers = [client.simulate_get(f"{D}/{path}").text for path in paths]
        found = {each for each in (DEVICE, other) for answer in answers if f"/{each}/" in answer}
        assert all("/devices/" in answer for answer in answers if answer != "[]")
        return found

    other = DEVICE.upper()
    assert names() == {DEVICE}
    rename(other)
    await_success(lambda: _is(names(), {other}))
    rename(DEVICE)
    # Nobody used it for a while: already the first answer is right.
    time.sleep(defined_names.VALID)
    assert names() == {DEVICE}


@pytest.mark.usefixtures("_patient")
def test_deleted_device_is_not_asked(
    backend: TangoBackend, device: TangoDevice, server: Server
) -> None:
    """Its server runs on, and answers whom the gateway does not ask any more."""
    attribute = backend.get_attribute_proxy(device, "constant")
    for _ in range(3):
        attribute.read()
    direct = tango.DeviceProxy(DEVICE)
    delete()
    time.sleep(defined_names.VALID)
    with pytest.raises(DevFailed) as fresh:
        backend.get_device_proxy(DEVICE)
    for call in (attribute.read, device.state, lambda: device.command_inout("Count")):
        with pytest.raises(DevFailed) as failed:
            call()
        assert [each.reason for each in failed.value.errors] == NOT_DEFINED
        assert [each.desc for each in failed.value.errors] == [
            each.desc for each in fresh.value.errors
        ]
    assert direct.read_attribute("executed").value == 0
    define()
    server.restart()
    assert attribute.read().value == 7
    assert device.name == DEVICE


@pytest.mark.usefixtures("_patient")
def test_database_is_asked_seldom(
    backend: TangoBackend, device: TangoDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often and by however many a device is read."""
    asked: list[list[str]] = []
    find = backend._defined_names._find

    def noted(names: Sequence[str]) -> Mapping[str, str]:
        asked.append([*names])
        return find(names)

    monkeypatch.setattr(backend._defined_names, "_find", noted)
    others = [backend.get_device_proxy(DEVICE) for _ in range(3)]
    begin = time.monotonic()
    while len(asked) < 2:
        for each in (device, *others):
            assert each.state().name == "UNKNOWN"
    took = time.monotonic() - begin
    assert len(asked) <= took / defined_names.FRESH + 1
    assert {tuple(names) for names in asked} == {(DEVICE,) * 4}
    del others, each
    time.sleep(defined_names.VALID)
    device.state()
    assert asked[-1] == [DEVICE]


def test_database_that_hangs_slows_nobody(
    facility: Facility, backend: TangoBackend, device: TangoDevice
) -> None:
    attribute = backend.get_attribute_proxy(device, "constant")
    for _ in range(3):
        attribute.read()
    with facility.database.suspended(), always_works(attribute.read):
        time.sleep(2 * defined_names.VALID)
    await_success(backend.database.get_info)
    delete()
    await_success(lambda: _is(failure_of(attribute.read), NOT_DEFINED))


def failure_of(call: Callable[[], Any]) -> list[str]:
    try:
        call()
    except DevFailed as failed:
        return [each.reason for each in failed.errors]
    return []
