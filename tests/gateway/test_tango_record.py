"""The recorder: what it writes is a fixture, and the fake of it is like the real device."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.fixture.loading import parse
from mtango_ref.fixture.writing import as_yaml
from mtango_ref.interface import BackendError, Device
from mtango_ref.model import PipeBlob
from mtango_ref.tools.recorder import readings, recording
from mtango_ref.tools.recorder.record import Recorded, record
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = pytest.mark.tango

FIRST, SECOND = "test/one_of_each/1", "test/one_of_each/2"
SECOND_WEATHER = "test/weather/2"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "SECONDS", 1)


@pytest.fixture
def real(facility: Facility) -> TangoBackend:
    return patient_backend()


def faked(recording: dict[str, Any]) -> FakeBackend:
    return FakeBackend(parse(as_yaml(recording), "recorded"), seed=0)


def recorded(*patterns: str) -> Recorded:
    return record(tango_hosts(), patterns, lambda *_: None)


def values(device: Device) -> dict[str, tuple[Any, Any, list[tuple[str, str]]]]:
    """Read the values by name; an array as what orjson would make of it."""
    return {
        each.name: (
            each.quality,
            repr(each.value.tolist() if isinstance(each.value, np.ndarray) else each.value),
            [(error.reason, error.desc) for error in each.err_stack],
        )
        for each in device.read_attributes(device.get_attribute_list())
    }


def test_two_devices_of_a_class_are_recorded(real: TangoBackend, facility: Facility) -> None:
    """All data types and qualities; the second device has a property and a value of its own."""
    import tango

    database = tango.Database()
    second = tango.DeviceProxy(SECOND)
    database.put_device_attribute_property(SECOND, {"delay": {"where": ["here", "there"]}})
    second.write_attribute("delay", 0.25)
    try:
        recording = recorded(FIRST, SECOND, FIRST.upper()).fixture
        fake = faked(recording)
        for name in (FIRST, SECOND):
            assert_alike(fake, real, name)
    finally:
        database.delete_device_attribute_property(SECOND, {"delay": ["where"]})
        second.write_attribute("delay", 0.0)
    assert [*recording["devices"]] == [FIRST, SECOND]
    assert recording["devices"][SECOND]["attributes"] == {
        "slow": {"value": 0.25},
        # __value is Tango's own: what was written last, of a memorized attribute.
        "delay": {
            "value": 0.25,
            "properties": {"__value": ["0.25"], "where": ["here", "there"]},
        },
        "configured": {"polling_period": 500},
    }


def assert_defined_alike(fake: FakeBackend, real: TangoBackend, name: str) -> tuple[Device, Device]:
    """Compare attributes and commands of a device, and return both of it."""
    mine, there = fake.get_device_proxy(name), real.get_device_proxy(name)
    names = list(there.get_attribute_list())
    assert list(mine.get_attribute_list()) == names
    assert mine.get_attribute_config(names) == there.get_attribute_config(names)
    assert mine.command_list_query() == there.command_list_query()
    return mine, there


def assert_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    mine, there = assert_defined_alike(fake, real, name)
    assert (mine.state(), mine.status()) == (there.state(), there.status())
    assert values(mine) == values(there)
    for attribute in there.get_attribute_list():
        here, real_ones = (
            each.database.get_device_attribute_property(name, attribute) for each in (fake, real)
        )
        assert here == real_ones
    if HAS_PIPES:
        assert list(mine.get_pipe_list()) == list(there.get_pipe_list())
        assert plain(mine.read_pipe("nested").blob) == plain(there.read_pipe("nested").blob)


def plain(blob: PipeBlob) -> Any:
    """Return it with all names and types; NaN as text."""
    from facility import alike

    return blob.name, [
        (each.name, each.data_type, plain(each.value))
        if isinstance(each.value, PipeBlob)
        else (each.name, each.data_type, repr(alike.plain(each.value)))
        for each in blob.data
    ]


def await_answer(*names: str) -> None:
    """Wait after a server was started again: PyTango does not connect for a second."""
    import tango

    deadline = time.monotonic() + 60
    for name in names:
        while True:
            try:
                tango.DeviceProxy(name).ping()
                break
            except tango.DevFailed:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_moving_values_become_simulations(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scalar numbers and arrays of whole numbers become simulations, in what was seen."""
    monkeypatch.setattr(readings, "SECONDS", 3)
    attributes = recorded("sys/tg_test/1").fixture["classes"]["TangoTest"]["attributes"]
    scalar = attributes["short_scalar_ro"]["simulation"]
    assert scalar["quantity_simulation_type"] == "GaussianSlewLimited"
    assert 0 <= scalar["min_bound"] < scalar["mean"] < scalar["max_bound"] <= 255
    assert scalar["std_dev"] > 0
    assert 0 < scalar["max_slew_rate"] <= scalar["max_bound"] - scalar["min_bound"]
    spectrum = attributes["uchar_spectrum_ro"]["simulation"]
    assert spectrum == {
        "quantity_simulation_type": "Uniform",
        "min": spectrum["min"],
        "max": spectrum["max"],
        "dim_x": 256,
    }
    assert 0 <= spectrum["min"] < 20 < 230 < spectrum["max"] <= 255
    assert attributes["boolean_image_ro"]["simulation"] == {
        "quantity_simulation_type": "Uniform",
        "dim_x": 251,
        "dim_y": 251,
    }
    assert len(attributes["wave"]["value"]) == 256
    assert attributes["string_image"]["value"] == {"fill": "", "dim_x": 251, "dim_y": 251}
    assert attributes["no_value"]["raises"]["reason"] == "API_AttrValueNotSet"


def test_stopped_device_is_recorded_as_not_running(facility: Facility) -> None:
    result = recorded("SYS/access_control/*")
    host, port = facility.tango_host.split(":")
    [(_, properties)] = result.fixture["classes"].items()
    assert properties["properties"]["AllowedAccessCmd"][0] == "GetUsers"
    assert result.fixture["devices"] == {
        "sys/access_control/1": {
            "class": "TangoAccessControl",
            "server": "TangoAccessControl/1",
            "version": "nada",
            "exported": False,
        }
    }
    assert result.fixture["facility"] == {
        "host": host,
        "port": int(port),
        "database": "sys/database/2",
    }
    assert (result.failures, result.shortened) == ({}, [])
    fake = faked(result.fixture)
    assert not fake.database.get_device_info("sys/access_control/1").exported


def test_dead_device_is_recorded_as_not_running(facility: Facility) -> None:
    """The database believes that it runs."""
    with facility.one_of_each.killed():
        result = recorded(FIRST, "sys/database/2")
    await_answer(FIRST, SECOND)
    assert result.fixture["devices"][FIRST]["exported"] is False
    assert result.fixture["devices"]["sys/database/2"]["state"] == "ON"
    assert [*result.failures] == [FIRST]
    assert result.failures[FIRST].startswith(f"Failed to connect to device {FIRST}")


def test_dying_device_is_recorded_as_not_running(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts read until then are not taken for all that it has."""
    running = facility.one_of_each
    monkeypatch.setattr(readings, "time", SimpleNamespace(sleep=lambda _: running.kill()))
    try:
        result = recorded(FIRST)
    finally:
        running.start()
        await_answer(FIRST, SECOND)
    assert result.fixture["devices"][FIRST]["exported"] is False
    assert result.failures[FIRST].startswith(f"Failed to connect to device {FIRST}")


def test_hanging_attribute_raises_in_the_recording(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attribute raises; what comes after it is recorded."""
    import tango

    monkeypatch.setattr(recording, "TIMEOUT", 1.0)
    monkeypatch.setattr("mtango_ref.tools.recorder.record.TIMEOUT", 1.0)
    device = tango.DeviceProxy(FIRST)
    device.write_attribute("delay", 1.2)
    try:
        result = recorded(FIRST)
    finally:
        device.write_attribute("delay", 0.0)
    attributes = result.fixture["classes"]["OneOfEach"]["attributes"]
    assert attributes["slow"]["raises"]["reason"] == "API_DeviceTimedOut"
    assert attributes["configured"]["label"] == "Configured"
    assert result.failures == {}


def test_patterns_choose_each_device_once(facility: Facility) -> None:
    """Each device once, in the order of the patterns; a pattern that matches nothing is"
    " reported."""
    seen: list[tuple[int, int, str]] = []
    patterns = ["test/one_of_each/2", "sys/*_control/1", "no/*", "*/*/2", "nonsense"]
    result = record(tango_hosts(), patterns, lambda *what: seen.append(what))
    names = ["test/one_of_each/2", "sys/access_control/1", "dserver/DataBaseds/2", "sys/database/2"]
    assert [*result.fixture["devices"]] == names
    assert result.failures == dict.fromkeys(("no/*", "nonsense"), "matches no device")
    assert [seen[-1][:2], {name for _, _, name in seen}] == [(4, 4), {*names}]
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_pattern_without_a_match_is_refused(facility: Facility) -> None:
    with pytest.raises(BackendError) as caught:
        recorded("no/such/device", "nonsense*")
    assert str(caught.value) == (
        f"No device of {facility.tango_host} matches no/such/device or nonsense*: "
        "give a name such as sys/tg_test/1, or a wildcard such as 'sys/*' or '*'."
    )


def test_devices_of_a_class_may_differ(facility: Facility, real: TangoBackend) -> None:
    """They differ in what the language has once for a class: the second defines it for itself."""
    import tango

    second = tango.DeviceProxy(SECOND)
    config = second.get_attribute_config("enum_scalar")
    config.enum_labels[0] = "CYAN"
    second.set_attribute_config(config)
    try:
        fixture = recorded(FIRST, SECOND).fixture
        fake = faked(fixture)
        for name in (FIRST, SECOND):
            assert_alike(fake, real, name)
    finally:
        config.enum_labels[0] = "RED"
        second.set_attribute_config(config)
    own = fixture["devices"][SECOND]["attributes"]["enum_scalar"]
    assert own["data_type"] == "DevEnum"
    assert own["enum_labels"] == ["CYAN", "GREEN", "DARK_BLUE"]
    # Where another test has written it, it has Tango's property __value.
    first = fixture["devices"][FIRST]["attributes"].get("enum_scalar", {})
    assert first.keys() <= {"properties"}


def test_dynamic_attributes_and_commands_are_recorded(weather: Server, real: TangoBackend) -> None:
    """Commands that a server adds to a device are the device's own, and come last."""
    devices = ("test/weather/1", "test/weather/2")
    fixture = recorded(*devices).fixture
    fake = faked(fixture)
    for name in devices:
        assert_defined_alike(fake, real, name)
    assert "commands" not in fixture["classes"]["Weather"]
    assert [*fixture["devices"][SECOND_WEATHER]["commands"]][:3] == ["On", "SetTemperature", "Off"]


def test_too_many_elements_are_shortened(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrays are shortened until the fixture is small enough, the largest first."""
    monkeypatch.setattr("mtango_ref.tools.recorder.record.ELEMENTS", 500)
    result = recorded("sys/tg_test/1")
    attributes = result.fixture["classes"]["TangoTest"]["attributes"]
    assert attributes["string_spectrum_ro"]["value"] == {
        "fill": attributes["string_spectrum_ro"]["value"]["fill"],
        "dim_x": 256,
    }
    assert {"sys/tg_test/1/string_image_ro", "sys/tg_test/1/wave"} <= {*result.shortened}
    faked(result.fixture)
