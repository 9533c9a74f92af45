"""Changes of properties and configurations while a database or a server fails or starts again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from mtango_ref.interface import Backend
from mtango_ref.model import ConnectionFailed, DevFailed

if TYPE_CHECKING:
    from facility import Facility

D = "sys/tg_test/1"


@pytest.fixture
def hasty(facility: Facility) -> Iterator[Backend]:
    """Yield a gateway that waits for 1 s, and leaves nothing behind."""
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    backend = TangoBackend(tango_hosts(), timeout=1.0)
    before = backend.database.get_device_property(D)
    yield backend
    patient = TangoBackend(tango_hosts(), timeout=10.0).database
    patient.put_device_property(D, before, only=True)
    assert patient.get_device_property(D) == before


@pytest.mark.tango
def test_change_for_which_nobody_waits_any_more_is_not_made(
    facility: Facility, hasty: Backend
) -> None:
    before = hasty.database.get_device_property(D)
    acts: list[Callable[[], None]] = [
        lambda: hasty.database.put_device_property(D, {"late": ["x"]}),
        lambda: hasty.database.delete_device_property(D, ["polled_attr"]),
    ]
    with facility.database.suspended():
        for act in acts:
            with pytest.raises(ConnectionFailed) as caught:
                act()
            assert caught.value.errors[0].reason == "API_DeviceTimedOut"
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    # The database has gone on, and has answered whatever was sent before this.
    patient = TangoBackend(tango_hosts(), timeout=10.0).database
    patient.put_device_property(D, {"then": ["x"]})
    assert patient.get_device_property(D) == {**before, "then": ["x"]}


@pytest.mark.tango
def test_change_is_sent_once_whatever_fails(facility: Facility, hasty: Backend) -> None:
    """While a database hangs and goes on again, a property gets one entry in its history."""
    done: list[str] = []

    def write() -> None:
        for index in range(40):
            name = f"once_{index:02}"
            try:
                hasty.database.put_device_property(D, {name: ["x"]})
            except DevFailed:
                continue
            done.append(name)

    writer = threading.Thread(target=write)
    writer.start()
    while len(done) < 5 and writer.is_alive():
        time.sleep(0.001)
    with facility.database.suspended():
        writer.join(2.5)
    writer.join()
    assert len(done) >= 5
    tables = facility.tables.tables()
    for index in range(40):
        name = f"once_{index:02}"
        entries = [row for row in tables["property_device_hist"] if name in row]
        rows = [row for row in tables["property_device"] if name in row]
        assert len(entries) == len(rows)
        assert len(rows) == 1 if name in done else len(rows) <= 1


@pytest.mark.tango
def test_database_that_is_gone_and_back_is_written(facility: Facility, hasty: Backend) -> None:
    with facility.database.killed(), pytest.raises(ConnectionFailed):
        hasty.database.put_device_property(D, {"gone": ["x"]})
    # PyTango connects to a database again 1 s after it has failed to.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(ConnectionFailed):
            hasty.database.get_info()
            break
        time.sleep(0.05)
    hasty.database.put_device_property(D, {"back": ["x"]})
    written = hasty.database.get_device_property(D)
    assert ("gone" in written, written["back"]) == (False, ["x"])


def restart(backend: Backend, request: pytest.FixtureRequest) -> None:
    """Start the device's server again."""
    if "fake" in request.node.callspec.id.split("-"):
        from mtango_ref.backends.fake.backend import FakeBackend

        assert isinstance(backend, FakeBackend)
        backend.control.restart(D)
    else:
        request.getfixturevalue("facility").tango_test.restart()


def test_server_that_starts_again_has_the_configuration_of_the_database(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    database, device = backend.database, backend.get_device_proxy(D)
    [first] = device.get_attribute_config(["long_scalar"])
    try:
        changes = {"label": "other", "min_value": "1", "events.ch_event.abs_change": "-1,2"}
        device.set_attribute_config("long_scalar", changes)
        database.put_device_attribute_property(D, "long_scalar", {"unit": ["mm"], "label": []})
        [config] = device.get_attribute_config(["long_scalar"])
        assert (config.label, config.unit, config.min_value) == ("other", "", "1")
        restart(backend, request)
        [config] = device.get_attribute_config(["long_scalar"])
        found = config.label, config.unit, config.min_value, config.events.ch_event.abs_change
        assert found == ("long_scalar", "mm", "1", "1,2")
    finally:
        written = database.get_device_attribute_property(D, "long_scalar")
        database.delete_device_attribute_property(D, "long_scalar", [*written])
        restart(backend, request)
    assert device.get_attribute_config(["long_scalar"]) == [first]
