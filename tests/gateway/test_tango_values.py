"""Every data type, format and quality, from a real device to the model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from facility.alike import plain, same
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.interface import Device
from mtango_ref.model import (
    ArchiveEventInfo,
    AttrDataFormat,
    AttributeAlarmInfo,
    AttributeEventInfo,
    AttributeInfoEx,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    ChangeEventInfo,
    CmdArgType,
    CommandInfo,
    DevEncoded,
    DevFailed,
    DeviceAttribute,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
    DispLevel,
    PeriodicEventInfo,
    PipeBlob,
    PipeElement,
)
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

NAN, INF = float("nan"), float("inf")
LATIN = "Größe 5 µm"
VALID, INVALID = AttrQuality.ATTR_VALID, AttrQuality.ATTR_INVALID

VALUES: dict[str, Any] = {
    "enum_scalar": "GREEN",
    "enum_spectrum": ["DARK_BLUE", "RED"],
    "enum_image": [["GREEN"], ["RED"]],
    "encoded_scalar": DevEncoded("raw", b""),
    "state_scalar": DevState.MOVING,
    "state_spectrum": [DevState.ON, DevState.FAULT],
    "state_image": [[DevState.ON, DevState.OFF], [DevState.INIT, DevState.ALARM]],
    "empty_spectrum": [],
    "empty_image": [],
    "empty_strings": [],
    "empty_states": [],
    "empty_text": "",
    "invalid_scalar": None,
    "invalid_spectrum": None,
    "alarm": 1.5,
    "warning": 1.5,
    "changing": 1.5,
    "nan_scalar": NAN,
    "inf_scalar": -INF,
    "nan_spectrum": [1.5, NAN, INF, -INF],
    "nan_image": [[1.5, NAN], [INF, -INF]],
    "lowest_long64": -(2**63),
    "highest_ulong64": 2**64 - 1,
    "extreme_long64s": [-(2**63), 2**63 - 1],
    "latin_scalar": LATIN,
    "latin_spectrum": [LATIN, "plain"],
    "latin_image": [[LATIN, "a"], ["b", "c"]],
    "slow": 0.0,
    "delay": 0.0,
    "configured": 0.0,
    "State": DevState.STANDBY,
    "Status": LATIN,
}
QUALITIES = {
    "invalid_scalar": INVALID,
    "invalid_spectrum": INVALID,
    "alarm": AttrQuality.ATTR_ALARM,
    "warning": AttrQuality.ATTR_WARNING,
    "changing": AttrQuality.ATTR_CHANGING,
}


@pytest.fixture(scope="module")
def backend(facility: Facility) -> TangoBackend:
    return patient_backend()


@pytest.fixture(scope="module")
def device(backend: TangoBackend) -> Device:
    return backend.get_device_proxy("test/one_of_each/1")


def test_table_has_every_attribute(device: Device) -> None:
    assert {*VALUES, "crash"} == {*device.get_attribute_list()}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("how", ["alone", "once more", "among others"])
def test_value_reads_as_the_server_has_it(
    backend: TangoBackend, device: Device, how: str, name: str
) -> None:
    """Once more: now it is known to be quick, and read in another way."""
    if how == "among others":
        _, reading = device.read_attributes(["nope", name.upper()])
        assert reading.name == name
    else:
        attribute = backend.get_attribute_proxy(device, name.upper())
        for _ in range(3 if how == "once more" else 1):
            reading = attribute.read()
    assert (reading.name, reading.quality) == (name, QUALITIES.get(name, VALID))
    assert same(reading.value, VALUES[name])
    assert reading.err_stack == ()
    assert reading.time is not None
    assert reading.time == 1.6e9 if name in QUALITIES else time.time() - 600 < reading.time


def test_failing_value_has_its_errors(backend: TangoBackend, device: Device) -> None:
    with pytest.raises(DevFailed) as caught:
        backend.get_attribute_proxy(device, "crash").read()
    [first, second] = caught.value.errors
    assert (first.reason, first.desc) == ("PyDs_PythonError", "RuntimeError: crashed on purpose\n")
    assert second.desc == "Failed to read_attribute on device test/one_of_each/1, attribute crash"
    [reading] = device.read_attributes(["CRASH"])
    assert (reading.name, reading.value, reading.quality, reading.time) == (
        "CRASH",
        None,
        INVALID,
        None,
    )
    assert reading.err_stack[0] == first
    assert reading.err_stack[1].desc == (
        "Failed to read_attributes on device test/one_of_each/1, attribute CRASH"
    )


def test_configuration_is_that_of_the_server(backend: TangoBackend, device: Device) -> None:
    assert backend.get_attribute_proxy(device, "CONFIGURED").get_config() == AttributeInfoEx(
        "configured",
        CmdArgType.DevDouble,
        AttrDataFormat.SCALAR,
        AttrWriteType.READ_WRITE,
        description="All is set",
        label="Configured",
        unit="mm",
        standard_unit="m",
        display_unit="mm!",
        format="%4.1f",
        min_value="-100",
        max_value="100",
        min_alarm="-90",
        max_alarm="90",
        writable_attr_name="configured",
        disp_level=DispLevel.EXPERT,
        alarms=AttributeAlarmInfo("-90", "90", "-80", "80", "500", "5"),
        events=AttributeEventInfo(
            ChangeEventInfo("1", "0.5"),
            PeriodicEventInfo("250"),
            ArchiveEventInfo("2", "3", "4000"),
        ),
        memorized=AttrMemorizedType.MEMORIZED_WRITE_INIT,
    )
    [enum, latin] = device.get_attribute_config(["enum_image", "latin_scalar"])
    assert enum.enum_labels == ("RED", "GREEN", "DARK_BLUE")
    assert (latin.label, latin.unit, latin.description) == (LATIN, "µm", LATIN)


def test_command_info_is_that_of_the_server(device: Device) -> None:
    assert device.command_query("A_STATE") == CommandInfo(
        "a_state", CmdArgType.DevVoid, CmdArgType.DevState, disp_level=DispLevel.EXPERT
    )


def test_history_has_what_polling_read(backend: TangoBackend, device: Device) -> None:
    attribute = backend.get_attribute_proxy(device, "CONFIGURED")
    deadline = time.monotonic() + 60
    while len(history := attribute.history()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    times = [reading.time or 0.0 for reading in history]
    assert times == sorted(times)
    assert history == [DeviceAttribute("configured", 0.0, VALID, moment) for moment in times]


EXECUTIONS: dict[str, Any] = {
    "strings": ["a", LATIN],
    "doubles": [1.5, INF],
    "longs_and_strings": DevVarLongStringArray([1, -2, 2**31 - 1], ["a", LATIN]),
    "doubles_and_strings": DevVarDoubleStringArray([1.5, NAN, -INF], ["a", "b"]),
    "encoded_bytes": DevEncoded("raw", b"\x00\xff"),
    # What Tango keeps of booleans was lost before PyTango 10.1.
    "booleans": None if HAS_PIPES else [True, False],
}


@pytest.mark.parametrize("name", EXECUTIONS)
def test_executions_are_in_the_history(device: Device, name: str) -> None:
    last = device.command_history(name.upper())[-1]
    assert same(last.value, EXECUTIONS[name])
    assert last.err_stack == ()
    assert time.time() - 600 < last.time <= time.time()


def test_failed_executions_are_in_the_history(device: Device) -> None:
    last = device.command_history("failing")[-1]
    assert last.value is None
    assert last.err_stack[0].reason == "PyDs_PythonError"
    assert last.err_stack[0].desc == "RuntimeError: failed on purpose\n"


@pytest.mark.skipif(not HAS_PIPES, reason="this PyTango has no pipes")
def test_pipe_reads_as_the_server_has_it(device: Device) -> None:
    reading = device.read_pipe("NESTED")
    inner = PipeBlob(
        "inner",
        (
            PipeElement("x", CmdArgType.DevDouble, 1.5),
            PipeElement("names", CmdArgType.DevVarStringArray, ["a", LATIN]),
        ),
    )
    assert reading.name == "nested"
    assert reading.blob.name == "outer"
    blob, longs, *others = reading.blob.data
    assert blob == PipeElement("blob", CmdArgType.DevPipeBlob, inner)
    assert (longs.name, longs.data_type, plain(longs.value)) == (
        "longs",
        CmdArgType.DevVarLongArray,
        [1, 2],
    )
    assert repr(others) == repr(
        [
            PipeElement("state", CmdArgType.DevState, DevState.ON),
            PipeElement("flag", CmdArgType.DevBoolean, True),
            PipeElement("nan", CmdArgType.DevDouble, NAN),
        ]
    )
