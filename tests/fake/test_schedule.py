"""States that follow each other by the clock."""

from __future__ import annotations

import pytest
from fake_facilities import NOON, Clock, attribute, mistakes, one_device

from mtango_ref.model import DevState

STATES = ", state: [{state: ON, lasts: 60}, {state: FAULT, lasts: 5}, {state: OFF, lasts: 0.5}]"


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0, "ON"),
        (59.9, "ON"),
        (60, "FAULT"),
        (64.9, "FAULT"),
        (65, "OFF"),
        (65.5, "ON"),
        (65.5 * 1000 + 62, "FAULT"),
        (-1, "FAULT"),
    ],
)
def test_states_follow_the_schedule(seconds: float, state: str) -> None:
    clock = Clock()
    device = one_device("{}", STATES, clock=clock).get_device_proxy("a/b/c")
    clock.now += seconds
    assert device.state() is DevState(state)
    assert device.status() == f"The device is in {state} state."


def test_history_follows_the_schedule() -> None:
    clock = Clock()
    states = "state: [{state: OPEN, lasts: 2}, {state: CLOSE, lasts: 3}]"
    device = f", {states}, attributes: {{State: {{polling_period: 1000}}}}"
    facility = one_device("{}", device, clock=clock)
    clock.now += 11
    told = [(each.value.value, each.time) for each in attribute(facility, "State").history()]
    expected = ["OPEN", "OPEN", "CLOSE", "CLOSE", "CLOSE"]
    assert told == [(expected[n % 5], NOON + n) for n in range(2, 12)]


def test_alarms_and_commands_change_the_schedule() -> None:
    """A limit makes an alarm of ON only; a state that is set stays until Init."""
    clock = Clock()
    x = "{x: {data_type: DevLong, value: 5, max_alarm: 5}}"
    facility = one_device(x, STATES, clock=clock)
    device = facility.get_device_proxy("a/b/c")
    assert device.state() is DevState.ALARM
    facility.control.set_state("a/b/c", "MOVING")
    clock.now += 60
    assert device.state() is DevState.MOVING
    device.command_inout("Init")
    assert device.state() is DevState.FAULT


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("ONN", ": 'ONN' is not known; did you mean ON?"),
        ("[]", ": [] is not valid; expected at least one"),
        ("[{state: ONN, lasts: 3}]", ".0.state: 'ONN' is not known; did you mean ON?"),
        ("[{state: ON}]", ".0.lasts: missing; expected a value"),
        ("[{state: ON, lasts: 0}]", ".0.lasts: 0 is not valid; expected greater than 0"),
        ("[ON]", ".0: 'ON' is not valid; expected a mapping"),
    ],
)
def test_wrong_state_reports_its_key(state: str, sentence: str) -> None:
    written = f"classes: {{A: }}\ndevices: {{a/b/c: {{class: A, state: {state}}}}}"
    assert mistakes(written) == [f"2: device a/b/c, state{sentence}"]
