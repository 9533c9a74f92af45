"""Faults on purpose, and what a client sees of them. tests/gateway/test_fault_likeness.py asks a
real gateway for the same."""

from __future__ import annotations

import pytest
from fake_facilities import NOON, Clock, attribute, backend, failure, mistakes, sleeps

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.faults import MAX_FAULTS
from mtango_ref.model import (
    AttrQuality,
    DeviceAttribute,
    DevState,
)

VALID, INVALID = AttrQuality.ATTR_VALID, AttrQuality.ATTR_INVALID
TIMED_OUT = ("API_DeviceTimedOut", "Timeout (3000 mS) exceeded on device a/b/c")
NO_CONNECTION = (
    "API_CantConnectToDevice",
    "Failed to connect to device a/b/c\nThe connection request was delayed.\n"
    "The last connection request was done less than 1000 ms ago",
)


def facility_with(faults: str, clock: Clock | None = None) -> FakeBackend:
    return backend(
        f"""\
        classes:
          A:
            attributes:
              x: {{data_type: DevLong, value: 5}}
              y: {{data_type: DevLong, value: 6, polling_period: 1000}}
            commands: {{c: {{out_type: DevLong, value: 7}}, Polled: {{polling_period: 1000}}}}
            pipes: {{p: {{data: []}}}}
        devices:
          a/b/c: {{class: A, faults: [{faults}], properties: {{owner: [me]}}}}
          a/b/d: {{class: A}}
        """,
        clock=clock,
    )


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return sleeps(monkeypatch)


TIMES = [0, 1, 9.9, 10, 11.9, 12, 15, 16.9, 17, 5010, 5012]


@pytest.mark.parametrize(
    ("window", "there"),
    [
        ("", TIMES),
        (", from: 10", TIMES[3:]),
        (", until: 10", TIMES[:3]),
        (", from: 10, until: 12", [10, 11.9]),
        (", from: 10, until: 12, every: 5", [10, 11.9, 15, 16.9, 5010]),
        (", until: 1, every: 1", TIMES),
    ],
)
def test_fault_is_there_in_its_window(window: str, there: list[float]) -> None:
    clock = Clock()
    x = attribute(facility_with(f"{{fault: invalid, of: X{window}}}", clock), "x")
    found = []
    for time in TIMES:
        clock.now = NOON + time
        if x.read().quality is INVALID:
            found.append(time)
    assert found == there


def test_invalid_attribute_has_no_value() -> None:
    facility = facility_with("{fault: invalid, of: x}")
    device = facility.get_device_proxy("a/b/c")
    invalid = DeviceAttribute("x", None, INVALID, NOON)
    assert attribute(facility, "x").read() == invalid
    assert device.read_attributes(["X", "y"]) == [invalid, DeviceAttribute("y", 6, VALID, NOON)]


def test_invalid_device_keeps_state_and_commands() -> None:
    """State and Status are always valid; commands are what they were."""
    device = facility_with("{fault: invalid}").get_device_proxy("a/b/c")
    qualities = [each.quality for each in device.read_attributes(["x", "y", "State", "Status"])]
    assert qualities == [INVALID, INVALID, VALID, VALID]
    assert (device.state(), device.command_inout("c")) == (DevState.ON, 7)


ERROR = "{fault: failure, reason: R, description: D, severity: PANIC, origin: O%s}"


@pytest.mark.parametrize("name", ["x", "X"])
def test_failing_attribute_raises_its_error(name: str) -> None:
    facility = facility_with(ERROR % ", of: x")
    one = "Failed to read_attribute on device a/b/c, attribute "
    several = "Failed to read_attributes on device a/b/c, attribute "
    read = failure(attribute(facility, name).read)
    assert read == [("R", "D"), ("API_AttributeFailed", one + name)]
    device = facility.get_device_proxy("a/b/c")
    failed, fine = device.read_attributes([name, "y"])
    assert (failed.name, failed.value, failed.time) == (name, None, None)
    assert [(each.reason, each.desc) for each in failed.err_stack] == [
        ("R", "D"),
        ("API_AttributeFailed", several + name),
    ]
    assert failed.err_stack[0][2:] == ("PANIC", "O")
    assert fine == DeviceAttribute("y", 6, VALID, NOON)
    assert device.state() is DevState.ON


def test_failing_command_raises_its_error() -> None:
    device = facility_with(ERROR % ", of: C").get_device_proxy("a/b/c")
    outer = "Failed to execute command_inout on device a/b/c, command c"
    assert failure(lambda: device.command_inout("c")) == [("R", "D"), ("API_CommandFailed", outer)]
    assert device.command_inout("Polled") is None


def test_failing_device_answers_what_needs_no_code() -> None:
    """A real device whose always_executed_hook raises answers what it knows without its own
    code."""
    facility = facility_with(ERROR % "")
    device = facility.get_device_proxy("a/b/c")
    first, name = ("R", "D"), "device a/b/c"
    for known in ("State", "y"):
        outer = ("API_AttributeFailed", f"Failed to read_attribute on {name}, attribute {known}")
        assert failure(attribute(facility, known).read) == [first, outer]
    outer = ("API_AttributeFailed", f"Failed to read_attributes on {name}, attributes x, nope")
    assert failure(lambda: device.read_attributes(["x", "nope"])) == [first, outer]
    outer = ("API_CommandFailed", f"Failed to execute command_inout on {name}, command State")
    assert failure(lambda: device.command_inout("State")) == [first, outer]
    outer = ("API_PipeFailed", f"Failed to read_pipe on {name}, pipe p")
    assert failure(lambda: device.read_pipe("p")) == [first, outer]
    assert failure(device.state) == [
        ("API_CorbaException", "IMP_LIMIT CORBA system exception: Unknown minor code: b"),
        ("API_CommunicationFailed", f"Failed to execute state() on {name}"),
    ]
    assert device.status() == "Got exception    when trying to build device status"
    assert device.get_attribute_list() == ["x", "y", "State", "Status"]
    assert device.command_query("c").cmd_name == "c"


def test_history_has_the_fault_in_its_time() -> None:
    """Polling finds the fault when it is there."""
    clock = Clock()
    facility = facility_with(ERROR % ", from: 2, until: 4", clock)
    clock.now += 5
    history = attribute(facility, "y").history()
    assert [each.value for each in history] == [6, 6, None, None, 6, 6]
    assert [[error.reason for error in each.err_stack] for each in history] == [
        [],
        [],
        ["R"],
        ["R"],
        [],
        [],
    ]
    executions = facility.get_device_proxy("a/b/c").command_history("Polled")
    assert [len(each.err_stack) for each in executions] == [0, 0, 1, 1, 0, 0]


def test_latency_delays_the_answer(slept: list[float]) -> None:
    facility = facility_with("{fault: latency, seconds: 0.5}, {fault: latency, of: x, seconds: 1}")
    device = facility.get_device_proxy("a/b/c")
    assert attribute(facility, "X").read().value == 5
    device.read_attributes(["x", "y"])
    assert device.state() is DevState.ON
    assert device.command_inout("c") == 7
    device.command_list_query()
    assert slept == [1.5, 1.5, 0.5, 0.5, 0.5]


def test_too_much_latency_times_out(slept: list[float]) -> None:
    facility = facility_with("{fault: latency, of: c, seconds: 3.5}")
    device = facility.get_device_proxy("a/b/c")
    assert failure(lambda: device.command_inout("c")) == [TIMED_OUT]
    assert slept == [3]


def test_latency_and_duration_share_one_timeout(slept: list[float]) -> None:
    """All of a request has one timeout."""
    facility = backend(
        """\
        classes: {A: {commands: {c: {behaviour: {takes: 2}}}}}
        devices: {a/b/c: {class: A, faults: [{fault: latency, seconds: 2}]}}
        """
    )
    device = facility.get_device_proxy("a/b/c")
    assert failure(lambda: device.command_inout("c")) == [TIMED_OUT]
    assert slept == [2, 1]
    slept.clear()
    device.get_attribute_config(["State", "Status"])
    assert slept == [2]


def test_timeout_fails_each_time(slept: list[float]) -> None:
    """The others answer; who waits does so each time."""
    facility = facility_with("{fault: timeout, of: x}")
    device = facility.get_device_proxy("a/b/c")
    for _ in range(3):
        assert failure(attribute(facility, "x").read) == [TIMED_OUT]
    assert failure(lambda: device.read_attributes(["y", "x"])) == [TIMED_OUT]
    assert slept == [3, 3, 3, 3]
    assert attribute(facility, "y").read().value == 6
    assert (device.state(), len(slept)) == (DevState.ON, 4)


def test_device_that_is_away_breaks_the_connection() -> None:
    """The first to ask finds the connection broken; the database still knows the device."""
    clock = Clock()
    facility = facility_with("{fault: away, from: 10, until: 20, every: 20}", clock)
    device = facility.get_device_proxy("a/b/c")
    assert device.state() is DevState.ON
    for start in (10, 30):
        clock.now = NOON + start
        for call in (
            device.state,
            device.status,
            device.get_attribute_list,
            attribute(facility, "x").read,
        ):
            assert failure(call) == [NO_CONNECTION]
        assert facility.database.get_device_info("a/b/c").exported
        assert facility.database.get_device_property("a/b/c")["owner"] == ["me"]
        assert facility.get_device_proxy("a/b/d").state() is DevState.ON
        clock.now += 10
        assert device.state() is DevState.ON


def test_number_of_faults_is_bounded() -> None:
    clock = Clock()
    facility = facility_with("", clock)
    for _ in range(3 * MAX_FAULTS):  # those that are over by themselves do not count
        facility.control.fail("a/b/c", {"fault": "invalid", "until": 1})
        clock.now += 1
        assert facility.control.faults() == []
    for _ in range(MAX_FAULTS):
        facility.control.fail("a/b/c", {"fault": "invalid"})
    with pytest.raises(ValueError, match="a/b/c has 100 faults already, which is the maximum"):
        facility.control.fail("a/b/c", {"fault": "invalid"})
    for _ in range(3 * MAX_FAULTS):
        facility.control.heal("*")
        facility.control.fail("a/b/c", {"fault": "invalid"})
    device = facility.find("a/b/c")
    assert len(device.faults.entries) <= 2 * MAX_FAULTS  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("{fault: latenc}", ": 'latenc' is not known; did you mean latency?"),
        ("{fals: latency}", ": fault is missing; expected the name of a fault"),
        ("5", ": 5 is not valid; expected a mapping"),
        ("{fault: latency}", ".seconds: missing; expected a value"),
        ("{fault: timeout, of: z}", ".of: the device has no 'z'; expected one of c, init,"
         " polled, state, status, x, y"),
        ("{fault: invalid, of: c}", ".of: the device has no 'c'; expected one of state, status,"
         " x, y"),
        ("{fault: hang, of: x}", ".of: unknown key; expected one of every, fault, from, until"),
        ("{fault: failure, severity: BAD}", ".severity: 'BAD' is not known; expected one of ERR,"
         " PANIC, WARN"),
        ("{fault: hang, from: 3, until: 3}", ".until: 3 is not after from; expected a later time"),
        ("{fault: hang, every: 3}", ".every: 3 is too short; expected until, and at least until -"
                                    " from"),
        ("{fault: hang, until: 4, every: 3}", ".every: 3 is too short; expected until, and at"
                                              " least until -"
         " from"),
    ],
)  # fmt: skip
def test_wrong_fault_reports_its_key(fault: str, sentence: str) -> None:
    classes = (
        "{A: {attributes: {x: {data_type: DevLong}, y: {data_type: DevLong}},"
        " commands: {c: , Polled: }}}"
    )
    found = mistakes(
        f"classes: {classes}\ndevices: {{a/b/c: {{class: A, faults: [{{fault: away}}, {fault}]}}}}"
    )
    assert found == [f"2: device a/b/c, faults.1{sentence}"]
