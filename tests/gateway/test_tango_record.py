"""The recorder: what it writes is a fixture, and the fake of it is like the real device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.fixture import parse
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.backends.recorder import readings
from mtango_ref.backends.recorder.record import record
from mtango_ref.fixture_file import as_yaml
from mtango_ref.interface import BackendError, Device

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

FIRST, SECOND = "test/one_of_each/1", "test/one_of_each/2"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "SECONDS", 1)


@pytest.fixture
def real(facility: Facility) -> TangoBackend:
    return TangoBackend(3.0)


def faked(recording: dict[str, Any]) -> FakeBackend:
    return FakeBackend(parse(as_yaml(recording), "recorded"), seed=0)


def values(device: Device) -> dict[str, tuple[Any, Any, list[tuple[str, str]]]]:
    """By name; an array as what orjson would make of it."""
    return {
        each.name: (
            each.quality,
            repr(each.value.tolist() if isinstance(each.value, np.ndarray) else each.value),
            [(error.reason, error.desc) for error in each.err_stack],
        )
        for each in device.read_attributes(device.get_attribute_list())
    }


def test_two_devices_of_a_class(real: TangoBackend, facility: Facility) -> None:
    """All data types and qualities; the second device has a property and a value of its own."""
    import tango

    database = tango.Database()
    second = tango.DeviceProxy(SECOND)
    database.put_device_attribute_property(SECOND, {"delay": {"where": ["here", "there"]}})
    second.write_attribute("delay", 0.25)
    said: list[str] = []
    try:
        recording = record([FIRST, SECOND, FIRST.upper()], said.append)
        fake = faked(recording)
        for name in (FIRST, SECOND):
            assert_alike(fake, real, name)
    finally:
        database.delete_device_attribute_property(SECOND, {"delay": ["where"]})
        second.write_attribute("delay", 0.0)
    assert said == [f"{name}: recording, 5 s or more" for name in (FIRST, SECOND)]
    assert recording["devices"][SECOND]["attributes"] == {
        "slow": {"value": 0.25},
        # __value is Tango's own: what was written last, of a memorized attribute.
        "delay": {
            "value": 0.25,
            "properties": {"__value": ["0.25"], "where": ["here", "there"]},
        },
        "configured": {"polling_period": 500},
    }


def assert_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    mine, there = fake.get_device_proxy(name), real.get_device_proxy(name)
    names = list(there.get_attribute_list())
    assert list(mine.get_attribute_list()) == names
    assert mine.get_attribute_config(names) == there.get_attribute_config(names)
    assert mine.command_list_query() == there.command_list_query()
    assert (mine.state(), mine.status()) == (there.state(), there.status())
    assert values(mine) == values(there)
    for attribute in names:
        here, real_ones = (
            each.database.get_device_attribute_property(name, attribute) for each in (fake, real)
        )
        assert here == real_ones
    if HAS_PIPES:
        assert list(mine.get_pipe_list()) == list(there.get_pipe_list())
        assert [each.name for each in mine.read_pipe("nested").blob.data] == [
            each.name for each in there.read_pipe("nested").blob.data
        ]


def test_values_that_move(facility: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scalar numbers and arrays of whole numbers become simulations, in what was seen."""
    monkeypatch.setattr(readings, "SECONDS", 3)
    attributes = record(["sys/tg_test/1"], lambda _: None)["classes"]["TangoTest"]["attributes"]
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


def test_device_that_does_not_run(facility: Facility) -> None:
    said: list[str] = []
    recording = record(["SYS/access_control/1"], said.append)
    host, port = facility.tango_host.split(":")
    assert recording == {
        "facility": {"host": host, "port": int(port), "database": "sys/database/2"},
        "classes": {"TangoAccessControl": {}},
        "devices": {
            "sys/access_control/1": {
                "class": "TangoAccessControl",
                "server": "TangoAccessControl/1",
                "exported": False,
            }
        },
    }
    assert said == ["sys/access_control/1 does not run: recorded as not exported"]
    assert not faked(recording).database.get_device_info("sys/access_control/1").exported


def test_device_that_died(facility: Facility) -> None:
    """The database believes that it runs."""
    said: list[str] = []
    with facility.one_of_each.killed():
        recording = record([FIRST], said.append)
    assert recording["devices"][FIRST]["exported"] is False
    assert said[0] == f"{FIRST}: recording, 5 s or more"
    assert said[1].startswith(f"{FIRST}: Failed to connect to device {FIRST}")
    assert said[2:] == [f"{FIRST} does not run: recorded as not exported"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no/such/device", "device no/such/device not defined in the database !"),
        ("nonsense", "device nonsense not defined in the database !"),
    ],
)
def test_unknown_device(facility: Facility, name: str, why: str) -> None:
    with pytest.raises(BackendError) as caught:
        record([name], lambda _: None)
    assert str(caught.value) == f"{name} cannot be recorded: {why}"


def test_devices_that_differ_too_much(facility: Facility) -> None:
    """The language has attributes and commands once for a class."""
    import tango

    second = tango.DeviceProxy(SECOND)
    config = second.get_attribute_config("enum_scalar")
    config.enum_labels[0] = "CYAN"
    second.set_attribute_config(config)
    try:
        with pytest.raises(BackendError) as caught:
            record([FIRST, SECOND], lambda _: None)
    finally:
        config.enum_labels[0] = "RED"
        second.set_attribute_config(config)
    assert str(caught.value) == (
        f"{FIRST} and {SECOND}, both of class OneOfEach, differ too much in enum_scalar: "
        "record them into a fixture each"
    )
