"""The packaged fixture is the real facility: what does not move in it is the same."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.fixture.loading import load
from mtango_ref.interface import Backend, Device
from mtango_ref.model import DevFailed, DeviceAttribute
from patient_backend import patient_backend
from rest_answers import OF_MARIADB

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

FIXTURE = load("tango_test")
DEVICES = sorted(FIXTURE.devices)
RUNNING = [name for name in DEVICES if FIXTURE.devices[name].exported]
OF_DATABASE = ("sys/database/2", "dserver/DataBaseds/2")
"""Devices of the database's own server, which is another program on MariaDB."""
ELSEWHERE = ("host", "pid", "ior", "version", "started_date", "stopped_date")
"""The fields of DbDevFullInfo that are other ones on each machine."""


@pytest.fixture(scope="module")
def fake() -> FakeBackend:
    return FakeBackend(FIXTURE, seed=0)


@pytest.fixture(scope="module")
def real(facility: Facility) -> TangoBackend:
    return patient_backend()


@pytest.fixture
def _recorded_program(facility: Facility, name: str) -> None:
    """Skip the device of a program that the packaged fixture is no recording of."""
    if name in OF_DATABASE and facility.tables.name != "pytango":
        pytest.skip("the fixture's database is pytango-db; tests/parity records this one")


def on(*backends: Backend, device: str) -> list[Device]:
    return [backend.get_device_proxy(device) for backend in backends]


def test_devices_are_alike(fake: FakeBackend, real: TangoBackend) -> None:
    """The real one also has those of OneOfEach."""
    names = real.database.get_device_names("*")
    besides = re.compile("one_of_each|OneOfEach|" + "|".join(OF_MARIADB))
    there = [name for name in names if not besides.search(name)]
    assert list(fake.database.get_device_names("*")) == there == DEVICES
    assert fake.database.name == real.database.name


@pytest.mark.parametrize("name", DEVICES)
def test_device_info_is_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    infos = [asdict(each.database.get_device_info(name)) for each in (fake, real)]
    here, there = (
        {key: value for key, value in info.items() if key not in ELSEWHERE} for info in infos
    )
    assert here == there
    properties = [each.database.get_device_property(name) for each in (fake, real)]
    assert properties[0] == properties[1]


@pytest.mark.usefixtures("_recorded_program")
@pytest.mark.parametrize("name", RUNNING)
def test_state_and_status_are_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    here, there = on(fake, real, device=name)
    assert (here.name, here.state(), here.status()) == (there.name, there.state(), there.status())


@pytest.mark.usefixtures("_recorded_program")
@pytest.mark.parametrize("name", RUNNING)
def test_attributes_are_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    here, there = on(fake, real, device=name)
    names = list(there.get_attribute_list())
    assert list(here.get_attribute_list()) == names
    assert here.get_attribute_config(names) == there.get_attribute_config(names)
    for attribute in names:
        properties = [
            each.database.get_device_attribute_property(name, attribute) for each in (fake, real)
        ]
        assert properties[0] == properties[1], attribute


@pytest.mark.usefixtures("_recorded_program")
@pytest.mark.parametrize("name", RUNNING)
def test_commands_are_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    here, there = on(fake, real, device=name)
    assert here.command_list_query() == there.command_list_query()


@pytest.mark.parametrize("name", RUNNING)
def test_pipes_are_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    """Their values do not move, so they are compared too."""
    if not real.capabilities.has_pipes:
        pytest.skip("this PyTango has no pipes")
    here, there = on(fake, real, device=name)
    assert list(here.get_pipe_list()) == list(there.get_pipe_list())
    for pipe in there.get_pipe_list():
        assert replace(here.read_pipe(pipe), time=0.0) == replace(there.read_pipe(pipe), time=0.0)


def likeness(reading: DeviceAttribute) -> Any:
    """Return what two readings of an attribute that moves have in common."""
    errors = [(error.reason, error.desc, error.severity) for error in reading.err_stack]
    array = np.asarray(reading.value)
    kind = array.dtype.kind if array.dtype.kind != "u" else "i"
    return reading.name, kind, array.shape, reading.quality, errors


@pytest.mark.parametrize("name", ["sys/tg_test/1", "dserver/TangoTest/test"])
def test_values_are_alike(fake: FakeBackend, real: TangoBackend, name: str) -> None:
    """Shape and kind of all, the value itself of what stands still in the fixture."""
    here, there = on(fake, real, device=name)
    names = list(there.get_attribute_list())
    device = FIXTURE.devices[name]
    attributes = FIXTURE.classes[device.class_].attributes_of(device)
    for mine, real_one in zip(
        here.read_attributes(names), there.read_attributes(names), strict=True
    ):
        assert likeness(mine) == likeness(real_one)
        if attributes[mine.name].simulation is None:
            assert np.array_equal(mine.value, real_one.value), mine.name


@pytest.mark.parametrize(
    "attribute",
    [
        name
        for name, each in FIXTURE.classes["TangoTest"].attributes.items()
        if each.simulation and each.data_type.value not in ("DevString", "DevBoolean")
    ],
)
def test_values_stay_in_the_range_of_the_real_ones(
    fake: FakeBackend, real: TangoBackend, attribute: str
) -> None:
    """A value that moves stays in the range of the real generators: -256..256, or 0..255."""
    for device in on(fake, real, device="sys/tg_test/1"):
        [reading] = device.read_attributes([attribute])
        array = np.asarray(reading.value)
        assert array.min() >= (-256 if attribute.startswith(("double_scalar", "wave")) else 0)
        assert array.max() <= 256


def test_polling_is_alike(fake: FakeBackend, real: TangoBackend) -> None:
    """The same things have a history, and of the others the same is said."""
    histories = []
    for backend in (fake, real):
        device = backend.get_device_proxy("sys/tg_test/1")
        attributes = {
            name: said(backend.get_attribute_proxy(device, name).history)
            for name in device.get_attribute_list()
        }
        commands = {
            info.cmd_name: said(partial(device.command_history, info.cmd_name))
            for info in device.command_list_query()
        }
        histories.append({"attributes": attributes, "commands": commands})
    here, there = histories
    for part, names in {"attributes": ["double_scalar", "State"], "commands": ["State"]}.items():
        assert here[part] == there[part]
        assert [name for name, each in here[part].items() if each == "history"] == names


def said(history: Any) -> Any:
    """Return "history", or the errors."""
    try:
        return "history" if history() else "empty"
    except DevFailed as error:
        return [(each.reason, each.desc) for each in error.errors]
