"""The history that polling keeps, computed from the clock alone."""

from __future__ import annotations

from typing import Any

import pytest
from fake_facilities import NOON, Clock, attribute, backend, one_device, reasons

from mtango_ref.model import (
    AttrQuality,
    DevFailed,
    DeviceAttribute,
    DeviceDataHistory,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)

VALID = AttrQuality.ATTR_VALID


POLLED = """{x: {
    data_type: DevLong, polling_period: 3000,
    simulation: {quantity_simulation_type: Uniform, max: 1000000},
}}"""


@pytest.mark.parametrize(
    ("seconds", "polled"),
    [
        (0, [0]),
        (2.9, [0]),
        (3, [0, 3]),
        (27, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]),
        (31, [3, 6, 9, 12, 15, 18, 21, 24, 27, 30]),
        (86_401, [86_400 - 3 * n for n in reversed(range(10))]),
        (-100, [0]),
    ],
)
def test_history_has_what_polling_read(seconds: float, polled: list[float]) -> None:
    clock = Clock()
    facility = one_device(POLLED, clock=clock)
    x = attribute(facility, "x")
    clock.now = NOON + seconds
    history = x.history()
    assert [(each.name, each.quality, each.time) for each in history] == [
        ("x", VALID, NOON + time) for time in polled
    ]
    assert x.read() == history[-1]
    assert x.history() == history
    values = [each.value for each in history]
    assert len(set(values)) == len(values)


def test_history_and_the_past_agree() -> None:
    """The history is what was read at the time."""
    clock = Clock()
    x = attribute(one_device(POLLED, clock=clock), "x")
    read = []
    for n in range(10):
        clock.now = NOON + 3 * n
        read.append(x.read())
    assert x.history() == read


@pytest.mark.parametrize("facet", ["attributes", "commands"])
def test_state_is_polled_as_attribute_and_as_command(facet: str) -> None:
    clock = Clock()
    device = f", {facet}: {{State: {{polling_period: 1000}}}}, state: MOVING"
    facility = one_device(device=device, clock=clock)
    clock.now += 2.5
    times = [NOON, NOON + 1, NOON + 2]
    state = facility.get_device_proxy("a/b/c").command_history("state")
    assert state == [DeviceDataHistory(DevState.MOVING, time) for time in times]
    assert attribute(facility, "State").history() == [
        DeviceAttribute("State", DevState.MOVING, VALID, time) for time in times
    ]


@pytest.mark.parametrize(
    ("out_type", "written", "value"),
    [
        ("DevVoid", "null", None),
        ("DevDouble", "1", 1.0),
        ("DevVarStringArray", "[a, b]", ["a", "b"]),
        ("DevVarStringArray", "null", []),
        ("DevVarStateArray", "[ON]", [DevState.ON]),
        ("DevVarLongStringArray", "{lvalue: [1], svalue: [a]}", DevVarLongStringArray([1], ["a"])),
        ("DevVarDoubleStringArray", "null", DevVarDoubleStringArray([], [])),
    ],
)
def test_history_of_a_command_has_its_outputs(out_type: str, written: str, value: Any) -> None:
    facility = backend(
        f"""\
        classes: {{A: {{commands: {{x: {{out_type: {out_type}, value: {written}}}}}}}}}
        devices: {{a/b/c: {{class: A, commands: {{X: {{polling_period: 60000}}}}}}}}
        """
    )
    history = facility.get_device_proxy("a/b/c").command_history("x")
    assert history == [DeviceDataHistory(value, NOON)]


def test_history_fails_without_polling() -> None:
    facility = backend(
        "classes: {A: {commands: {In: {in_type: DevLong}}}}\ndevices: {a/b/c: {class: A}}"
    )
    device = facility.get_device_proxy("a/b/c")
    expected = {
        "Nope": ("API_CommandNotFound", "Command nope not found"),
        "Init": ("API_CmdNotPolled", "Command init not polled"),
        "In": (
            "API_IncompatibleCmdArgumentType",
            "Command in cannot be polled because it needs input value",
        ),
    }
    for name, first in expected.items():
        with pytest.raises(DevFailed) as failed:
            device.command_history(name)
        assert reasons(failed) == [first]
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "STATE").history()
    assert reasons(failed) == [("API_AttrNotPolled", "Attribute state not polled")]
