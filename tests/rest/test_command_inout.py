"""Commands that are run, on both backends; below HTTP, where they are not on yet."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mtango_ref.dev_float import fewest_digits_of
from mtango_ref.interface import Backend, Device
from mtango_ref.model import (
    CmdArgType,
    ConnectionFailed,
    DevFailed,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)

DEVICE = "sys/tg_test/1"

# The argument as JSON holds it, and what comes back where that is something else.
ECHOES: dict[str, list[Any]] = {
    "DevBoolean": [True, False],
    "DevDouble": [0.1, -1, 1e300, "NaN", "Infinity", "-Infinity"],
    "DevFloat": [0.5, 0.1, "NaN"],
    "DevLong": [-(2**31), 2**31 - 1],
    "DevLong64": [-(2**63), 2**63 - 1],
    "DevShort": [-(2**15), 2**15 - 1],
    "DevString": ["", "Hi!", "Größe", "5 \N{GREEK SMALL LETTER MU}m"],
    "DevULong": [0, 2**32 - 1],
    "DevULong64": [0, 2**64 - 1],
    "DevUShort": [0, 2**16 - 1],
    "DevVarCharArray": [[0, 255], []],
    "DevVarDoubleArray": [[0.1, 2], ["NaN", "-Infinity"], []],
    "DevVarFloatArray": [[0.5, 2]],
    "DevVarLong64Array": [[-(2**63), 2**63 - 1]],
    "DevVarLongArray": [[1, -2]],
    "DevVarShortArray": [[1, -2]],
    "DevVarStringArray": [["a", "", "Größe"], []],
    "DevVarULong64Array": [[2**64 - 1]],
    "DevVarULongArray": [[2**32 - 1]],
    "DevVarUShortArray": [[2**16 - 1]],
    "DevVarLongStringArray": [{"lvalue": [1, -2], "svalue": ["a"]}, {"lvalue": [], "svalue": []}],
    "DevVarDoubleStringArray": [{"dvalue": [0.5, "NaN"], "svalue": ["a", "b"]}],
}
WRONG: dict[str, list[Any]] = {
    "DevBoolean": [1, "true"],
    "DevDouble": ["x", True, [1.5]],
    "DevLong": [2**31, 1.5, "5", True, [1]],
    "DevUShort": [-1],
    "DevULong64": [2**64],
    "DevString": [5, ["a"]],
    "DevVarCharArray": [[256], 5],
    "DevVarStringArray": [["a", 5], "a"],
    "DevVarLongArray": [[1, None], {"lvalue": [1]}],
    "DevVarLongStringArray": [{"lvalue": [1]}, [[1], ["a"]], {"lvalue": ["a"], "svalue": []}],
    "DevVarDoubleStringArray": [{"dvalue": [1], "svalue": [1]}],
    "DevVoid": [5],
}


@pytest.fixture
def device(backend: Backend) -> Device:
    return backend.get_device_proxy(DEVICE)


def plain(value: Any) -> Any:
    """Turn arrays into lists, so that they compare; of DevFloats, as JSON has them."""
    if isinstance(value, DevVarLongStringArray | DevVarDoubleStringArray):
        return type(value)(plain(value[0]), value[1])
    return fewest_digits_of(value).tolist() if hasattr(value, "tolist") else value


def meant(name: str, argument: Any) -> Any:
    """Return the value that is echoed."""
    number = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    if name == "DevVarLongStringArray":
        return DevVarLongStringArray(**argument)
    if name == "DevVarDoubleStringArray":
        dvalue = meant("DevVarDoubleArray", argument["dvalue"])
        return DevVarDoubleStringArray(dvalue, argument["svalue"])
    if isinstance(argument, list):
        return [meant(name, each) for each in argument]
    if "String" not in name and isinstance(argument, str):
        return number[argument]
    return float(argument) if "Double" in name or "Float" in name else argument


def stack(device: Device, name: str, argument: Any = None) -> list[tuple[str, str]]:
    with pytest.raises(DevFailed) as failed:
        device.command_inout(name, argument)
    return [(error.reason, error.desc) for error in failed.value.errors]


def outer(name: str, device: str = DEVICE) -> tuple[str, str]:
    what = f"Failed to execute command_inout on device {device}, command {name}"
    return ("API_CommandFailed", what)


def test_every_command_that_echoes_is_here(device: Device) -> None:
    echoing = {each.cmd_name for each in device.command_list_query()}
    assert {name for name in echoing if name in CmdArgType.__members__} == {*ECHOES, "DevVoid"}


@pytest.mark.parametrize("name", ECHOES)
def test_echo_returns_its_argument(device: Device, name: str) -> None:
    for argument in ECHOES[name]:
        expected = meant(name, argument)
        given = plain(device.command_inout(name, argument))
        assert repr(given) == repr(expected)
        assert type(given) is type(expected)


@pytest.mark.parametrize("name", ["DevVoid", "DumpExecutionState", "devvoid"])
def test_void_command_returns_nothing(device: Device, name: str) -> None:
    assert device.command_inout(name) is None


@pytest.mark.parametrize("name", WRONG)
def test_wrong_argument_is_refused(device: Device, name: str) -> None:
    desc = f"Incompatible command argument type, expected type is : Tango::{name}"
    refused = [("API_IncompatibleCmdArgumentType", desc), outer(name.upper())]
    for argument in WRONG[name]:
        assert stack(device, name.upper(), argument) == refused, argument


@pytest.mark.parametrize("name", ECHOES)
def test_missing_argument_is_refused(device: Device, name: str) -> None:
    desc = f"Incompatible command argument type, expected type is : Tango::{name}"
    refused = ("API_IncompatibleCmdArgumentType", desc)
    assert stack(device, name) == [refused, outer(name)]


@pytest.mark.parametrize("argument", [None, 5, "x"])
def test_unknown_command_is_not_found(device: Device, argument: Any) -> None:
    unknown = ("API_CommandNotFound", "Command Nope not found")
    assert stack(device, "Nope", argument) == [unknown, outer("Nope")]


def test_commands_change_the_state(device: Device) -> None:
    """SwitchStates goes to and fro; Init puts it back."""
    for state in ("FAULT", "RUNNING", "FAULT"):
        assert device.command_inout("SwitchStates") is None
        assert device.state() is DevState[state]
        assert device.status() == f"The device is in {state} state."
        assert device.command_inout("Status") == f"The device is in {state} state."
    assert device.command_inout("init") is None
    assert (device.state(), device.status()) == (
        DevState.RUNNING,
        "The device is in RUNNING state.",
    )


def test_polled_command_returns_what_polling_read(device: Device) -> None:
    """Polling gives its last reading."""
    kept = device.command_history("State")
    assert device.command_inout("State") in (kept[-1].value, DevState.RUNNING)


def test_command_of_a_stopped_device_fails(backend: Backend) -> None:
    dead = "sys/access_control/1"
    with pytest.raises(ConnectionFailed) as failed:
        backend.get_device_proxy(dead).command_inout("State")
    text = f"Device {dead} is not exported (hint: try starting the device server)"
    assert [(error.reason, error.desc) for error in failed.value.errors] == [
        ("API_DeviceNotExported", text),
        outer("State", dead),
    ]
