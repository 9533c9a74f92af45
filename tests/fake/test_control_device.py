"""The control device: what its commands do, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changed_facilities import CONTROLLED, UNCONTROLLED, X
from fake_facilities import NOON, backend, mistakes, reasons

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.control.sim_control import MAX_TEXT
from mtango_ref.model import (
    CmdArgType,
    DevFailed,
)


@pytest.fixture
def facility() -> FakeBackend:
    return backend(CONTROLLED)


@pytest.fixture
def run(facility: FakeBackend) -> Callable[..., Any]:
    return facility.get_device_proxy("sim/control/1").command_inout


TEXT, TEXTS, VOID = CmdArgType.DevString, CmdArgType.DevVarStringArray, CmdArgType.DevVoid
TAKES = {
    "Advance": CmdArgType.DevDouble,
    "Define": TEXTS,
    "Delete": TEXT,
    "Fail": TEXTS,
    "Heal": TEXT,
    "Init": VOID,
    "Rename": TEXTS,
    "Reset": VOID,
    "Restart": TEXT,
    "SetState": TEXTS,
    "SetValue": TEXTS,
    "State": VOID,
    "Status": VOID,
}
"""The argument of each command of the control device."""


def test_control_device_has_its_commands(facility: FakeBackend, run: Callable[..., Any]) -> None:
    assert facility.capabilities.control_device == "Sim/control/1"
    device = facility.get_device_proxy("sim/control/1")
    assert device.get_attribute_list() == ["Time", "Faults", "Changed", "State", "Status"]
    takes = {each.cmd_name: each.in_type for each in device.command_list_query()}
    assert takes == TAKES
    assert run("SetValue", [X, "12"]) is None
    run("SetValue", ["a/b/c/image", "[[1, 2]]"])
    run("SetState", ["a/b/c", "FAULT"])
    run("fail", ["a/b/c/c", "{fault: failure, reason: No, description: Not now}"])
    run("Advance", 100)
    told = {each.name: each.value for each in device.read_attributes(["Time", "Faults", "Changed"])}
    assert told == {
        "Time": NOON + 100,
        "Faults": [
            "a/b/c: {fault: failure, of: c, reason: No, description: Not now}",
            "a/b/d: {fault: failure, of: x}",
        ],
        "Changed": [X, "a/b/c/image", "a/b/c/State"],
    }
    run("Heal", "a/b/d/x")
    assert facility.control.faults() == told["Faults"][:1]
    run("Heal", "*")
    assert facility.control.faults() == []
    run("Reset")
    assert facility.control.faults() == told["Faults"][1:]
    assert (facility.clock(), facility.control.changed()) == (NOON, [])


@pytest.mark.parametrize(
    ("command", "argument", "sentence"),
    [
        ("SetValue", [X, "1.5"], "a/b/c/x: 1.5 is not valid; expected an integer in -2147483648"),
        ("SetValue", [X], "1 strings; SetValue expects two"),
        (
            "SetValue",
            [X, "{"],
            "not YAML: did not find expected node content while parsing a flow node",
        ),
        ("SetValue", [X, "&a [*a]"], "an alias (*a); expected the value written out"),
        ("SetValue", [X, "x" * (MAX_TEXT + 1)], "100001 characters; expected at most 100000"),
        ("SetState", ["a/b/c", "ONN"], "a/b/c: 'ONN' is not valid; expected a state: ON, OFF,"),
        ("Fail", [X, "5"], "5 is not a fault; expected a mapping such as {fault: failure}"),
        ("Fail", [X, "{fault: no}"], "fault: 'no' is not known; "),
        (
            "Heal",
            "nope",
            "'nope' is not a valid name; expected domain/family/member, with or without",
        ),
        ("Advance", -1, "-1.0 is not valid; expected seconds from 0 to 3.2e+09 in all"),
    ],
)
def test_what_the_control_device_refuses(
    run: Callable[..., Any], command: str, argument: Any, sentence: str
) -> None:
    with pytest.raises(DevFailed) as failed:
        run(command, argument)
    (reason, text), outer = reasons(failed)
    assert reason == "SimControl_Refused"
    assert text.startswith(sentence)
    what = f"Failed to execute command_inout on device sim/control/1, command {command}"
    assert outer == ("API_CommandFailed", what)


def test_control_device_exists_only_in_its_fixture() -> None:
    assert backend(UNCONTROLLED).capabilities.control_device is None
    stopped = UNCONTROLLED + "  sim/control/1: {class: SimControl, exported: false}\n"
    assert backend(stopped).capabilities.control_device is None


def test_wrong_control_device_reports_each_line() -> None:
    found = mistakes(
        """\
        classes: {SimControl: {attributes: {x: {data_type: DevLong}}}}
        devices:
          sim/control/1: {class: SimControl, attributes: {y: {value: 3}}, faults: [{fault: x}]}
          sim/control/2: {class: SimControl, commands: {Advance: {value: 3}}}
        """
    )
    assert found == [
        "1: class SimControl: is built in; expected another name",
        "3: device sim/control/1, attributes.y: class SimControl has no such attribute;"
        " expected one of Changed, Faults, State, Status, Time",
        "3: device sim/control/1, faults.0: 'x' is not known; expected one of away, failure, hang,"
        " invalid, latency, timeout",
        "4: device sim/control/2, class: sim/control/1 is a SimControl already; expected only one",
        "4: device sim/control/2, commands.Advance.value: 3 is not valid; expected nothing",
    ]
