"""The effects of commands on a device, and what polling finds."""

from __future__ import annotations

import random

import pytest
from fake_facilities import NOON, Clock, attribute, backend, mistakes, reasons, sleeps

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.model import AttrQuality, ConnectionFailed, DevFailed, DeviceDataHistory, DevState

FACILITY = """\
classes:
  A:
    attributes:
      x: {data_type: DevLong, value: 1, max_alarm: 100, polling_period: 1000}
      y: {data_type: DevDouble, raises: {reason: R, description: D}}
    commands:
      Switch: {behaviour: {set_state: [RUNNING, FAULT]}}
      Stop: {behaviour: {set_state: OFF, set_status: Bye., set_attributes: {X: 7, y: 1.5}}}
      Heat: {behaviour: {set_state: [ON, OFF], set_attributes: {x: 100}}}
      Ask: {out_type: DevLong, value: 5, behaviour: {takes: 2}}
      Slow: {out_type: DevLong, value: 5, behaviour: {takes: 4, set_state: MOVING}}
      Fail: {behaviour: {takes: 1, raises: {reason: No, description: Not now}, set_state: FAULT}}
      Polled: {out_type: DevLong, value: 5, polling_period: 1000, behaviour: {takes: 4}}
      Failing: {polling_period: 1000, behaviour: {raises: {reason: No, description: Not now}}}
devices:
  a/b/c:
    class: A
    attributes: {State: {polling_period: 1000}}
"""


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return sleeps(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def facility(clock: Clock) -> FakeBackend:
    return backend(FACILITY, clock=clock)


def states(facility: FakeBackend) -> list[tuple[str, float]]:
    """Return (state, s since the start) of what polling kept."""
    history = facility.get_device_proxy("a/b/c").command_history("State")
    return [(each.value.value, each.time - NOON) for each in history]


def test_states_follow_each_other(facility: FakeBackend) -> None:
    """The one after the present one, the first if it is none of them."""
    device = facility.get_device_proxy("a/b/c")
    assert device.state() is DevState.ON
    told = []
    for _ in range(3):
        assert device.command_inout("switch") is None
        told.append(device.state().value)
    assert told == ["RUNNING", "FAULT", "RUNNING"]
    assert device.status() == "The device is in RUNNING state."
    device.command_inout("Init")
    assert device.state() is DevState.ON


def test_what_polling_kept_stays(facility: FakeBackend, clock: Clock) -> None:
    """A change shows in later pollings, not in earlier ones; several within a period are one."""
    device = facility.get_device_proxy("a/b/c")
    clock.now += 1.5
    device.command_inout("Switch")
    assert states(facility) == [("ON", 0), ("ON", 1)]
    # The command State is polled; state() asks the device.
    assert (device.command_inout("State"), device.state()) == (DevState.ON, DevState.RUNNING)
    assert attribute(facility, "State").read().value is DevState.ON
    clock.now += 1
    for _ in range(3):
        device.command_inout("Switch")
    clock.now += 1
    assert states(facility) == [("ON", 0), ("ON", 1), ("RUNNING", 2), ("FAULT", 3)]
    device.command_inout("Init")
    clock.now += 20
    assert states(facility) == [("ON", 14 + n) for n in range(10)]
    assert [each.value for each in attribute(facility, "State").history()] == [DevState.ON] * 10


def test_what_is_kept_is_bounded(facility: FakeBackend, clock: Clock) -> None:
    """Polling still has what it would have found."""
    device = facility.get_device_proxy("a/b/c")
    state = facility.find("a/b/c").attributes["state"].readings  # type: ignore[union-attr]  # it is there
    changes = [(0.0, "ON")]
    steps = random.Random(1)
    for _ in range(1000):
        clock.now += steps.choice([0.0, 0.125, 0.75, 4.0])
        device.command_inout("Switch")
        changes.append((clock.now - NOON, device.state().value))
        assert len(state.begun) <= 12
        now = int(clock.now - NOON)
        assert states(facility) == [
            ([state for at, state in changes if at <= time][-1], time)
            for time in range(max(now - 9, 0), now + 1)
        ]


def test_command_sets_attributes_and_status(facility: FakeBackend, clock: Clock) -> None:
    device = facility.get_device_proxy("a/b/c")
    clock.now += 0.5
    device.command_inout("Stop")
    assert (device.state(), device.status()) == (DevState.OFF, "Bye.")
    # y raises no more; x is polled, and will be 7.
    assert [(each.value, each.err_stack) for each in device.read_attributes(["y", "x"])] == [
        (1.5, ()),
        (1, ()),
    ]
    clock.now += 0.5
    assert [each.value for each in attribute(facility, "x").history()] == [1, 7]
    device.command_inout("INIT")
    assert (device.state(), device.status()) == (DevState.ON, "The device is in ON state.")
    assert device.read_attributes(["y"])[0].err_stack[0].reason == "R"


def test_limits_count_for_what_is_set(facility: FakeBackend, clock: Clock) -> None:
    device = facility.get_device_proxy("a/b/c")
    clock.now += 0.5
    device.command_inout("Heat")
    assert device.state() is DevState.OFF
    device.command_inout("Heat")
    assert device.state() is DevState.ALARM
    assert device.status() == "The device is in ALARM state.\nAlarm : Value too high for x"
    device.command_inout("Heat")  # in alarm it is ON
    assert device.state() is DevState.OFF
    device.command_inout("Heat")
    clock.now += 1
    assert attribute(facility, "x").read().quality is AttrQuality.ATTR_ALARM
    assert states(facility) == [("ON", 0), ("ALARM", 1)]


def test_command_takes_its_time(facility: FakeBackend, slept: list[float]) -> None:
    assert facility.get_device_proxy("a/b/c").command_inout("Ask") == 5
    assert slept == [2]


def test_command_that_takes_too_long_times_out(
    facility: FakeBackend, clock: Clock, slept: list[float]
) -> None:
    """The gateway waits no longer; the command goes on, and does what it does."""
    device = facility.get_device_proxy("a/b/c")
    with pytest.raises(ConnectionFailed) as failed:
        device.command_inout("Slow")
    text = "Timeout (3000 mS) exceeded on device a/b/c"
    assert reasons(failed) == [("API_DeviceTimedOut", text)]
    assert slept == [3]
    clock.now += 3.9
    assert device.state() is DevState.ON
    clock.now += 0.1
    assert device.state() is DevState.MOVING


def test_command_raises_its_error(facility: FakeBackend, slept: list[float]) -> None:
    device = facility.get_device_proxy("a/b/c")
    with pytest.raises(DevFailed) as failed:
        device.command_inout("FAIL")
    outer = "Failed to execute command_inout on device a/b/c, command FAIL"
    assert reasons(failed) == [("No", "Not now"), ("API_CommandFailed", outer)]
    assert (slept, device.state()) == ([1], DevState.ON)


def test_what_is_polled_is_at_hand(facility: FakeBackend, slept: list[float]) -> None:
    device = facility.get_device_proxy("a/b/c")
    assert device.command_inout("Polled") == 5
    assert slept == []
    with pytest.raises(DevFailed) as failed:
        device.command_inout("Failing")
    [record] = device.command_history("Failing")
    assert record == DeviceDataHistory(None, NOON, failed.value.errors[:1])


SLOW = """\
classes:
  A:
    attributes:
      x: {data_type: DevLong, takes: 1}
      y: {data_type: DevLong, takes: 1.5, polling_period: 1000}
      z: {data_type: DevLong, takes: 2.5}
devices: {a/b/c: {class: A, attributes: {State: {takes: 0.5}}}}
"""


def test_attributes_take_their_time(slept: list[float]) -> None:
    facility = backend(SLOW)
    for name in ("x", "y", "z", "State"):
        attribute(facility, name).read()
    assert slept == [1, 2.5, 0.5]
    device = facility.get_device_proxy("a/b/c")
    device.read_attributes(["X", "y", "State", "nope"])
    device.state()
    assert slept[3:] == [1.5, 0.5]
    with pytest.raises(ConnectionFailed) as failed:
        device.read_attributes(["x", "z"])
    assert slept[5:] == [3]
    text = "Timeout (3000 mS) exceeded on device a/b/c"
    assert reasons(failed) == [("API_DeviceTimedOut", text)]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("behaviour: eco", ".behaviour: 'eco' is not valid; expected 'echo'"),
        ("behaviour: 5", ".behaviour: 5 is not valid; expected a mapping"),
        (
            "behaviour: echo, in_type: DevLong",
            ".behaviour: echo returns its argument; expected the same in_type and out_type",
        ),
        (
            "behaviour: echo, in_type: DevLong, out_type: DevLong, value: 3",
            ".value: not allowed with behaviour echo; expected one of them",
        ),
        (
            "behaviour: {set_state: ONN}",
            ".behaviour.set_state: 'ONN' is not known; did you mean ON?",
        ),
        (
            "behaviour: {set_state: [ON, ONN]}",
            ".behaviour.set_state.1: 'ONN' is not known; did you mean ON?",
        ),
        (
            "behaviour: {set_state: []}",
            ".behaviour.set_state: [] is not valid; expected at least one",
        ),
        (
            "behaviour: {set_stat: ON}",
            ".behaviour.set_stat: unknown key; did you mean set_state?",
        ),
        (
            "behaviour: {set_attributes: {z: 3}}",
            ".behaviour.set_attributes.z: not an attribute of the device;"
            " expected one of state, status, x",
        ),
        (
            "behaviour: {set_attributes: {X: true}}",
            ".behaviour.set_attributes.X: true is not valid;"
            " expected an integer in -2147483648..2147483647",
        ),
        (
            "behaviour: {set_attributes: {State: ON}}",
            ".behaviour.set_attributes.State: cannot be set here; expected set_state",
        ),
        (
            "behaviour: {takes: -1}",
            ".behaviour.takes: -1 is not valid; expected greater than or equal to 0",
        ),
        (
            "behaviour: {raises: {reason: X}}",
            ".behaviour.raises.description: missing; expected a value",
        ),
        (
            "behaviour: {set_state: ON}, polling_period: 1000",
            ".polling_period: not allowed with a behaviour that changes the device; expected one"
            " of them",
        ),
    ],
)
def test_wrong_command_reports_its_key(command: str, sentence: str) -> None:
    """The mistake is in a class, and in a device."""
    classes = "{{A: {{attributes: {{x: {{data_type: DevLong}}}}, commands: {{c: {{{}}}}}}}}}"
    written = f"classes: {classes.format(command)}\ndevices: {{a/b/c: {{class: A}}}}"
    assert mistakes(written) == [f"1: class A, commands.c{sentence}"]
    if "_type" not in command:
        device = f"devices: {{a/b/c: {{class: A, commands: {{C: {{{command}}}}}}}}}"
        found = mistakes(f"classes: {classes.format('')}\n{device}")
        assert found == [f"2: device a/b/c, commands.C{sentence}"]


def test_wrong_attribute_is_reported_once() -> None:
    found = mistakes(
        """\
        classes:
          A:
            attributes: {x: {data_type: Nope}}
            commands: {c: {behaviour: {set_attributes: {x: 3}}}}
        devices: {a/b/c: {class: A}}
        """
    )
    assert [each.partition(":")[0] for each in found] == ["3"]
