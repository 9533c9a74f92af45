"""Control of a simulation while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changed_facilities import CONTROLLED, X
from fake_facilities import NOON, Clock, attribute, backend, reasons

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.control.defining import Refused
from mtango_ref.model import (
    AttrQuality,
    DevEncoded,
    DevFailed,
    DeviceAttribute,
    DevState,
)

VALID, INVALID = AttrQuality.ATTR_VALID, AttrQuality.ATTR_INVALID


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def facility(clock: Clock) -> FakeBackend:
    return backend(CONTROLLED, clock=clock)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("x", 7, 7),
        ("image", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("image", {"fill": 5, "dim_x": 2, "dim_y": 1}, [[5, 5]]),
        ("MODE", "Busy", "Busy"),
        ("data", {"format": "raw", "data": "AP8="}, DevEncoded("raw", b"\x00\xff")),
        ("invalid", 3, 3.0),
        ("moving", 1.5, 1.5),
        ("broken", 5, 5),
        ("Status", "Fine.", "Fine."),
    ],
)
def test_set_value_holds_from_now_on(
    facility: FakeBackend, clock: Clock, name: str, written: Any, value: Any
) -> None:
    """The value holds at once and for good, and is simulated, invalid or raised no more."""
    facility.control.set_value(f"A/B/C/{name}", written)
    for _ in range(2):
        reading = attribute(facility, name).read()
        assert (reading.value, reading.quality) == (value, VALID)
        assert type(reading.value) is type(value)
        clock.now += 1.5


def test_value_that_reaches_a_limit(facility: FakeBackend, clock: Clock) -> None:
    clock.now += 0.5
    facility.control.set_value("a/b/c/broken", 10)
    assert attribute(facility, "broken").read().quality is AttrQuality.ATTR_ALARM
    device = facility.get_device_proxy("a/b/c")
    assert device.status() == "The device is in ALARM state.\nAlarm : Value too high for broken"
    # State is polled, and was at once.
    states = [(each.value.value, each.time - NOON) for each in device.command_history("State")]
    assert states == [("ON", 0), ("ALARM", 0.5)]


def test_what_is_polled_is_polled_at_once(facility: FakeBackend, clock: Clock) -> None:
    x = attribute(facility, "x")
    clock.now += 2.25
    facility.control.set_value(X, 5)
    clock.now += 0.5
    assert x.read() == DeviceAttribute("x", 5, VALID, NOON + 2.25)
    facility.control.fail(X, {"fault": "invalid"})
    assert x.read() == DeviceAttribute("x", None, INVALID, NOON + 2.75)
    clock.now += 0.5
    facility.control.heal("a/b/c")
    told = [(each.value, each.time) for each in x.history()]
    times = [0, 1, 2, 2.25, 2.75, 3, 3.25]
    values = [1, 1, 1, 5, None, None, 5]
    assert told == [(each, NOON + time) for each, time in zip(values, times, strict=True)]
    clock.now += 100
    assert [each.time for each in x.history()] == [NOON + 94 + n for n in range(10)]


def test_set_state_holds_until_init(facility: FakeBackend) -> None:
    device = facility.get_device_proxy("a/b/c")
    facility.control.set_state("A/b/c", "FAULT")
    assert (device.state(), device.status()) == (DevState.FAULT, "The device is in FAULT state.")
    assert attribute(facility, "State").read().value is DevState.FAULT
    facility.control.set_state("a/b/c", "ON")
    facility.control.set_value(X, 11)
    assert device.state() is DevState.ALARM
    device.command_inout("Init")
    assert device.state() is DevState.ON
    assert facility.control.changed() == []


def test_faults_of_parts_are_healed_with_them(facility: FakeBackend) -> None:
    """A fault of a part is healed with the part, or with the whole."""
    control, device = facility.control, facility.get_device_proxy("a/b/c")
    for healed in ("a/b/c/C", "a/b/c", "*"):
        control.fail("a/b/c/c", {"fault": "failure", "reason": "No"})
        control.fail(X, {"fault": "invalid"})
        with pytest.raises(DevFailed) as failed:
            device.command_inout("c")
        assert reasons(failed)[0] == ("No", "Failed on purpose")
        control.heal(healed)
        device.command_inout("c")
        quality = attribute(facility, "x").read().quality
        assert quality is (INVALID if healed == "a/b/c/C" else VALID)
    control.heal("a/b/d")  # which the fixture has
    assert attribute(facility, "x", "a/b/d").read().value == 1


def test_advance_moves_everything_together(facility: FakeBackend, clock: Clock) -> None:
    """Simulations, polling, faults and timestamps move together, and go on."""
    facility.control.fail(X, {"fault": "invalid", "from": 60, "until": 70})
    moving = attribute(facility, "moving").read()
    facility.control.advance(65.5)
    assert facility.clock() == NOON + 65.5
    later = attribute(facility, "moving").read()
    assert (later.time, later.value != moving.value) == (NOON + 65.5, True)
    history = attribute(facility, "x").history()
    assert [each.time for each in history] == [NOON + 56 + n for n in range(10)]
    assert [each.value for each in history] == [1, 1, 1, 1, *[None] * 6]
    clock.now += 5
    assert attribute(facility, "x").read() == DeviceAttribute("x", 1, VALID, NOON + 70)


def test_reset_restores_the_start(facility: FakeBackend, clock: Clock) -> None:
    """The answers are those of a facility that nobody has changed."""
    control, device = facility.control, facility.get_device_proxy("a/b/c")
    control.set_value("a/b/c/broken", 5)
    device.command_inout("c")
    control.set_state("a/b/c", "FAULT")
    control.fail("a/b/c", {"fault": "away"})
    control.heal("a/b/d")
    control.advance(1e6)
    clock.now += 3
    control.reset()
    untouched = backend(CONTROLLED, clock=Clock())
    untouched.clock.advance(3)
    for name in ("a/b/c", "a/b/d"):
        told, expected = (
            (each.get_device_proxy(name).read_attributes(names), _history(each, name))
            for each in (facility, untouched)
            for names in [device.get_attribute_list()]
        )
        assert told == expected
    assert (control.changed(), facility.clock()) == ([], NOON + 3)


def _history(facility: FakeBackend, name: str) -> list[DeviceAttribute]:
    return attribute(facility, "x", name).history()


REFUSED: list[tuple[Callable[[Any], None], str]] = [
    (
        lambda control: control.set_value(X, 1.5),
        "a/b/c/x: 1.5 is not valid; expected an integer in -2147483648..2147483647",
    ),
    (
        lambda control: control.set_value("a/b/c/y", 1),
        "a/b/c/y: a/b/c has no such attribute or command;",
    ),
    (lambda control: control.set_value("a/b/c/c", 1), "a/b/c/c: a/b/c has no such attribute; exp"),
    (lambda control: control.set_value("a/b/c", 1), "a/b/c: a/b/c has no such attribute; expecte"),
    (
        lambda control: control.set_value("x", 1),
        "'x' is not a valid name; expected domain/family/member, with or without /attribute or"
        " /command",
    ),
    (
        lambda control: control.set_value(5, 1),
        "5 is not a valid name; expected domain/family/member, with",
    ),
    (
        lambda control: control.set_value("a/b/x/y", 1),
        "there is no device a/b/x; did you mean a/",
    ),
    (
        lambda control: control.set_value("a/b/e/x", 1),
        "a/b/e is not exported; expected a device that runs",
    ),
    (lambda control: control.set_state("a/b/c", "FAULTY"), "a/b/c: 'FAULTY' is not valid; expecte"),
    (
        lambda control: control.set_state(X, "ON"),
        "a/b/c/x: expected the name of a device, domain/family/member",
    ),
    (
        lambda control: control.fail(X, {"fault": "failur"}),
        "fault: 'failur' is not known; did you mean failure?",
    ),
    (
        lambda control: control.fail(X, {"reason": "R"}),
        "fault: fault is missing; expected the name of a fault",
    ),
    (
        lambda control: control.fail(X, {"fault": "failure", "reson": "R"}),
        "reson: unknown key; did you mean reason?",
    ),
    (
        lambda control: control.fail(X, {"fault": "latency"}),
        "seconds: missing; expected a value",
    ),
    (
        lambda control: control.fail(X, {"fault": "latency", "seconds": 0}),
        "seconds: 0 is not valid; expected greater than 0",
    ),
    (
        lambda control: control.fail(X, {"fault": "away"}),
        "of: unknown key; expected one of every, fault, from, until",
    ),
    (
        lambda control: control.fail("a/b/c/c", {"fault": "invalid"}),
        "a/b/c/c: of: the device has no 'c'; expected one of",
    ),
    (
        lambda control: control.fail("a/b/c", {"fault": "timeout", "of": "y"}),
        "a/b/c: of: the device has no 'y'; expected one of",
    ),
    (
        lambda control: control.fail("sim/control/1", {"fault": "away"}),
        "sim/control/1 controls the simulation; expected another device",
    ),
    (lambda control: control.heal("a/b/c/y"), "a/b/c/y: a/b/c has no such attribute or command; "),
    (lambda control: control.advance(-1), "-1 is not valid; expected seconds from 0 to 3."),
    (lambda control: control.advance(4e9), "4000000000.0 is not valid; expected seconds from 0"),
    (lambda control: control.advance(float("nan")), "nan is not valid; expected seconds from 0"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(facility: FakeBackend, number: int) -> None:
    act, sentence = REFUSED[number]
    with pytest.raises(Refused) as refused:
        act(facility.control)
    assert str(refused.value).startswith(sentence)
    assert facility.control.changed() == []
    assert facility.control.faults() == ["a/b/d: {fault: failure, of: x}"]
