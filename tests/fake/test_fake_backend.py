"""Facilities that answer: names, values, failures, history, state, the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fake_facilities import NOON, Clock, attribute, backend, one_device

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.model import (
    AttrQuality,
    CmdArgType,
    ConnectionFailed,
    DbDevFullInfo,
    DevEncoded,
    DevError,
    DevFailed,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
    ErrSeverity,
    PipeBlob,
    PipeElement,
)

VALID = AttrQuality.ATTR_VALID


def reasons(failed: pytest.ExceptionInfo[DevFailed]) -> list[tuple[str, str]]:
    return [(error.reason, error.desc) for error in failed.value.errors]


@pytest.mark.parametrize(
    ("data_type", "written", "value", "default"),
    [
        ("DevBoolean", "true", True, False),
        ("DevShort", "-32768", -(2**15), 0),
        ("DevLong", "2147483647", 2**31 - 1, 0),
        ("DevInt", "7", 7, 0),
        ("DevLong64", str(-(2**63)), -(2**63), 0),
        ("DevUChar", "255", 255, 0),
        ("DevUShort", "65535", 65535, 0),
        ("DevULong", "4294967295", 2**32 - 1, 0),
        ("DevULong64", str(2**64 - 1), 2**64 - 1, 0),
        ("DevFloat", "1", 1.0, 0.0),
        ("DevDouble", "-.inf", float("-inf"), 0.0),
        ("DevString", "ON", "ON", ""),
        ("DevState", "FAULT", DevState.FAULT, DevState.UNKNOWN),
        ("DevEncoded", "{format: raw, data: AP8=}", DevEncoded("raw", b"\x00\xff"),
         DevEncoded("", b"")),
        ("DevEnum, enum_labels: [No, Yes]", "Yes", "Yes", "No"),
    ],
)  # fmt: skip
def test_every_data_type(data_type: str, written: str, value: object, default: object) -> None:
    spectrum = f"data_type: {data_type}, data_format: SPECTRUM, max_dim_x: 3"
    image = f"data_type: {data_type}, data_format: IMAGE, max_dim_x: 3, max_dim_y: 2"
    facility = one_device(
        f"""{{
        scalar: {{data_type: {data_type}, value: {written}}},
        spectrum: {{{spectrum}, value: [{written}, {written}]}},
        image: {{{image}, value: [[{written}, {written}, {written}]]}},
        filled: {{{image}, value: {{fill: {written}, dim_x: 3, dim_y: 2}}}},
        empty: {{{image}, value: []}},
        default_scalar: {{data_type: {data_type}}},
        default_spectrum: {{{spectrum}}},
        default_image: {{{image}}},
        }}"""
    )
    names = facility.get_device_proxy("a/b/c").get_attribute_list()[:-2]
    readings = facility.get_device_proxy("a/b/c").read_attributes(names)
    values = {
        "scalar": value,
        "spectrum": [value] * 2,
        "image": [[value] * 3],
        "filled": [[value] * 3] * 2,
        "empty": [],
        "default_scalar": default,
        "default_spectrum": [],
        "default_image": [],
    }
    assert readings == [DeviceAttribute(name, each, VALID, NOON) for name, each in values.items()]
    assert type(readings[0].value) is type(value)


def test_quality() -> None:
    facility = one_device(
        """{
        invalid: {data_type: DevLong, value: 5, quality: ATTR_INVALID},
        changing: {data_type: DevLong, value: 5, quality: ATTR_CHANGING, max_alarm: 1},
        }"""
    )
    invalid, changing, *_ = (AttrQuality(f"ATTR_{name}") for name in ("INVALID", "CHANGING"))
    assert attribute(facility, "invalid").read() == DeviceAttribute("invalid", None, invalid, NOON)
    assert attribute(facility, "changing").read() == DeviceAttribute("changing", 5, changing, NOON)


def test_names_in_any_case() -> None:
    facility = one_device("{Abc: {data_type: DevLong, value: 5}}")
    device = facility.get_device_proxy("A/B/C")
    reading = DeviceAttribute("Abc", 5, VALID, NOON)
    assert device.name == "a/b/c"
    assert facility.get_attribute_proxy(device, "aBC").read() == reading
    assert device.read_attributes(["ABC"]) == [reading]
    assert [info.name for info in device.get_attribute_config(["status", "abc"])] == [
        "Status",
        "Abc",
    ]
    assert device.command_query("INIT").cmd_name == "Init"


def test_order() -> None:
    """Attributes as written, State and Status last; commands as strings are sorted."""
    facility = backend(
        """\
        classes:
          A:
            attributes: {z: {data_type: DevLong}, y: {data_type: DevLong}}
            commands: {b: , Z: , State2: , a: }
            pipes: {q: {data: []}, p: {data: []}}
        devices: {a/b/c: {class: A}}
        """
    )
    device = facility.get_device_proxy("a/b/c")
    assert device.get_attribute_list() == ["z", "y", "State", "Status"]
    commands = ["Init", "State", "State2", "Status", "Z", "a", "b"]
    assert [info.cmd_name for info in device.command_list_query()] == commands
    assert device.get_pipe_list() == ["q", "p"]


RAISES = "raises: {reason: R, description: D, severity: WARN, origin: O}"


def test_an_attribute_that_raises() -> None:
    facility = one_device(f"{{x: {{data_type: DevLong, polling_period: 1000, {RAISES}}}}}")
    error = DevError("R", "D", ErrSeverity.WARN, "O")
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "X").read()
    assert failed.value.errors[0] == error
    assert reasons(failed)[1:] == [
        ("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute X")
    ]
    [element, state] = facility.get_device_proxy("a/b/c").read_attributes(["X", "State"])
    assert (element.name, element.value, element.time) == ("X", None, None)
    assert [each.reason for each in element.err_stack] == ["R", "API_AttributeFailed"]
    assert element.err_stack[1].desc == ("Failed to read_attributes on device a/b/c, attribute X")
    assert state.value is DevState.ON
    invalid = AttrQuality.ATTR_INVALID
    assert attribute(facility, "x").history() == [
        DeviceAttribute("x", None, invalid, NOON, (error,))
    ]


def test_a_state_that_raises() -> None:
    facility = backend(
        f"""\
        classes: {{A: }}
        devices:
          a/b/c:
            class: A
            attributes: {{State: {{{RAISES}}}}}
            commands: {{State: {{polling_period: 1000}}}}
        """
    )
    device = facility.get_device_proxy("a/b/c")
    error = DevError("R", "D", ErrSeverity.WARN, "O")
    with pytest.raises(DevFailed) as failed:
        device.state()
    assert failed.value.errors == (error,)
    assert device.command_history("State") == [DeviceDataHistory(None, NOON, (error,))]


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
def test_history(seconds: float, polled: list[float]) -> None:
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
    """What is kept is what was read at the time."""
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
def test_history_of_commands(out_type: str, written: str, value: Any) -> None:
    facility = backend(
        f"""\
        classes: {{A: {{commands: {{x: {{out_type: {out_type}, value: {written}}}}}}}}}
        devices: {{a/b/c: {{class: A, commands: {{X: {{polling_period: 60000}}}}}}}}
        """
    )
    history = facility.get_device_proxy("a/b/c").command_history("x")
    assert history == [DeviceDataHistory(value, NOON)]


def test_what_is_not_polled() -> None:
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


LIMITED = """{
    low: {data_type: DevLong, label: Level, value: %s,
          min_alarm: -10, min_warning: -5, max_warning: 5, max_alarm: 10},
    many: {data_type: DevDouble, data_format: SPECTRUM, max_dim_x: 3, max_alarm: 1,
           value: [%s, .nan]},
    written: {data_type: DevDouble, writable: WRITE, max_alarm: 1, value: 7},
}"""


@pytest.mark.parametrize(
    ("low", "many", "qualities", "lines"),
    [
        (0, 0, "VALID VALID", []),
        (4, 0.9, "VALID VALID", []),
        (5, 0, "WARNING VALID", ["Warning : Value too high for Level"]),
        (-5, 0, "WARNING VALID", ["Warning : Value too low for Level"]),
        (-10, 0, "ALARM VALID", ["Alarm : Value too low for Level"]),
        (
            11,
            1,
            "ALARM ALARM",
            ["Alarm : Value too high for Level", "Alarm : Value too high for many"],
        ),
    ],
)
def test_limits(low: int, many: float, qualities: str, lines: list[str]) -> None:
    """As Tango 10.0 has it, tried with a device server of its own."""
    facility = one_device(LIMITED % (low, many))
    device = facility.get_device_proxy("a/b/c")
    readings = device.read_attributes(["low", "many", "written", "State", "Status"])
    found = [reading.quality.value.removeprefix("ATTR_") for reading in readings]
    assert found == [*qualities.split(), "VALID", "VALID", "VALID"]
    state = DevState.ALARM if lines else DevState.ON
    status = "\n".join([f"The device is in {state.value} state.", *lines])
    assert [reading.value for reading in readings[3:]] == [state, status]
    assert (device.state(), device.status()) == (state, status)


def test_limits_leave_other_states_alone() -> None:
    device = one_device(LIMITED % (20, 0), ", state: RUNNING").get_device_proxy("a/b/c")
    assert (device.state(), device.status()) == (
        DevState.RUNNING,
        "The device is in RUNNING state.",
    )


def test_status_that_is_told() -> None:
    device = one_device(device=", status: Fine.").get_device_proxy("a/b/c")
    assert device.status() == "Fine."


def test_pipe() -> None:
    facility = backend(
        """\
        classes:
          A:
            pipes:
              P:
                blob: outer
                data:
                - {name: n, type: DevLong, value: 3}
                - {name: inner, type: DevPipeBlob, data: [{name: t, type: DevVarStringArray}]}
        devices: {a/b/c: {class: A}}
        """
    )
    inner = PipeBlob("inner", (PipeElement("t", CmdArgType.DevVarStringArray, []),))
    elements = (
        PipeElement("n", CmdArgType.DevLong, 3),
        PipeElement("inner", CmdArgType.DevPipeBlob, inner),
    )
    pipe = facility.get_device_proxy("a/b/c").read_pipe("p")
    assert pipe == DevicePipe("P", PipeBlob("outer", elements), NOON)


def dead() -> FakeBackend:
    return backend(
        "classes: {A: {attributes: {x: {data_type: DevLong}}}}\n"
        "devices: {a/b/c: {class: A, server: A/1, exported: false}}"
    )


NOT_EXPORTED = (
    "API_DeviceNotExported",
    "Device a/b/c is not exported (hint: try starting the device server)",
)


@pytest.mark.parametrize(
    ("call", "outer"),
    [
        (lambda device, _: device.state(), []),
        (lambda device, _: device.status(), []),
        (lambda device, _: device.get_attribute_list(), []),
        (lambda device, _: device.get_attribute_config(["x"]), []),
        (
            lambda device, _: device.read_attributes(["X", "y"]),
            [
                (
                    "API_AttributeFailed",
                    "Failed to read_attributes on device a/b/c, attributes X, y",
                )
            ],
        ),
        (lambda device, _: device.command_list_query(), []),
        (lambda device, _: device.command_query("x"), []),
        (lambda device, _: device.command_history("x"), []),
        (lambda device, _: device.get_pipe_list(), []),
        (
            lambda device, _: device.read_pipe("p"),
            [("API_PipeFailed", "Failed to read_pipe on device a/b/c, pipe p")],
        ),
        (
            lambda _, attribute: attribute.read(),
            [("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute X")],
        ),
        (lambda _, attribute: attribute.get_config(), []),
        (lambda _, attribute: attribute.history(), []),
    ],
)
def test_a_device_that_does_not_run(call: Any, outer: list[tuple[str, str]]) -> None:
    facility = dead()
    device = facility.get_device_proxy("A/b/c")
    with pytest.raises(ConnectionFailed) as failed:
        call(device, facility.get_attribute_proxy(device, "X"))
    assert reasons(failed) == [NOT_EXPORTED, *outer]


def test_one_attribute_twice() -> None:
    told = (
        "API_AttributeFailed",
        "Several times the same attribute in required attributes list: x",
    )
    for facility in (dead(), one_device()):
        with pytest.raises(DevFailed) as failed:
            facility.get_device_proxy("a/b/c").read_attributes(["X", "y", "x"])
        assert reasons(failed) == [told]


def not_found(name: str) -> tuple[str, str]:
    return "API_AttrNotFound", f"{name} attribute not found"


@pytest.mark.parametrize(
    ("call", "stack"),
    [
        (lambda device, _: device.get_attribute_config(["State", "Nope"]), [not_found("Nope")]),
        (
            lambda device, _: device.command_query("Nope"),
            [("API_CommandNotFound", "Command Nope not found")],
        ),
        (
            lambda device, _: device.read_pipe("Nope"),
            [
                ("API_PipeNotFound", "Nope pipe not found"),
                ("API_PipeFailed", "Failed to read_pipe on device a/b/c, pipe Nope"),
            ],
        ),
        (
            lambda _, attribute: attribute.read(),
            [
                not_found("Nope"),
                (
                    "API_AttributeFailed",
                    "Failed to read_attribute on device a/b/c, attribute Nope",
                ),
            ],
        ),
        (lambda _, attribute: attribute.get_config(), [not_found("Nope")]),
        (lambda _, attribute: attribute.history(), [not_found("Nope")]),
    ],
)
def test_unknown_names(call: Any, stack: list[tuple[str, str]]) -> None:
    facility = one_device()
    with pytest.raises(DevFailed) as failed:
        call(facility.get_device_proxy("a/b/c"), attribute(facility, "Nope"))
    assert reasons(failed) == stack


def test_an_unknown_attribute_among_others() -> None:
    [state, nope] = one_device().get_device_proxy("a/b/c").read_attributes(["State", "Nope"])
    assert (state.value, nope.name, nope.value, nope.time) == (DevState.ON, "Nope", None, None)
    assert [(error.reason, error.desc) for error in nope.err_stack] == [
        not_found("Nope"),
        ("API_AttributeFailed", "Failed to read_attributes on device a/b/c, attribute Nope"),
    ]


def test_unknown_device() -> None:
    facility = dead()
    with pytest.raises(DevFailed) as failed:
        facility.get_device_proxy("X/y/z")
    assert reasons(failed) == [
        ("DB_DeviceNotDefined", "device X/y/z not defined in the database !"),
        (
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbImportDevice",
        ),
        ("API_DeviceNotDefined", "Can't connect to device X/y/z"),
    ]


SEVERAL = """\
facility: {host: control, port: 20000, database: Sys/Database/7}
classes:
  A: {properties: {p: [a, b]}, attributes: {x: {data_type: DevLong, properties: {q: 1}}}}
devices:
  a/b/c: {class: A, server: Prog/one, properties: {z: [a, b], b: 5, empty: []}}
  a/b/d: {class: A, server: Prog/one, exported: false, attributes: {X: {properties: {r: [1, 2]}}}}
  a/b/e: {class: A, server: prog/two, exported: false}
"""


@pytest.fixture
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database writes local time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_utc")
def test_database_info() -> None:
    database = backend(SEVERAL).database
    assert database.get_device_info("a/b/c").started_date == "14-11-2023 at 22:13:20"
    assert database.get_info() == [
        "TANGO Database Sys/Database/7",
        " ",
        "Running since ...2023-11-14 22:13:20",
        " ",
        "Devices defined = 7",
        "Devices exported = 4",
        "Device servers defined = 3",
        "Device servers exported = 2",
        " ",
        "Device properties defined = 4 [History lgth = 0]",
        "Class properties defined = 2 [History lgth = 0]",
        "Device attribute properties defined = 2 [History lgth = 0]",
        "Class attribute properties defined = 1 [History lgth = 0]",
        "Object properties defined = 0 [History lgth = 0]",
    ]


def test_implied_devices() -> None:
    facility = backend(SEVERAL)
    database = facility.database
    assert (database.name, database.tango_host) == ("Sys/Database/7", "control:20000")
    assert database.get_device_names("*") == [
        "Sys/Database/7",
        "a/b/c",
        "a/b/d",
        "a/b/e",
        "dserver/DataBaseds/7",
        "dserver/Prog/one",
        "dserver/prog/two",
    ]
    assert facility.get_device_proxy("sys/database/7").status() == "The device is in ON state."
    server = facility.get_device_proxy("dserver/prog/one")
    assert server.status() == "The device is ON\nThe polling is ON"
    with pytest.raises(ConnectionFailed):
        facility.get_device_proxy("dserver/prog/two").status()


@pytest.mark.parametrize(
    ("wildcard", "names"),
    [
        ("", []),
        ("A/B/*", ["a/b/c", "a/b/d", "a/b/e"]),
        ("*/*/D", ["a/b/d"]),
        ("a/b/?", []),
        ("a/b/[cd]", []),
        ("a*c*", ["a/b/c"]),
        ("*" * 10_000 + "/one", ["dserver/Prog/one"]),
        ("*a" * 100_000, []),
        ("a/b/*c", ["a/b/c"]),
        ("a/b/c*c", []),
        ("a/b*b/c", []),
        ("*/b/*", ["a/b/c", "a/b/d", "a/b/e"]),
        ("s*a*a*a*7", ["Sys/Database/7"]),
        ("s*a*a*a*a*7", []),
    ],
)
def test_wildcards(wildcard: str, names: list[str]) -> None:
    assert backend(SEVERAL).database.get_device_names(wildcard) == names


def test_device_info() -> None:
    facility = backend(
        """\
        classes: {A: }
        devices:
          a/b/c: {class: A, server: A/1, pid: 17, ior: "IOR:00", version: 6,
                  started_date: 1st, stopped_date: 2nd, host: here}
          a/b/d: {class: A, server: A/1, exported: false}
          a/b/e: {class: A, started_date: 1st}
        """
    )
    database = facility.database
    assert database.get_device_info("A/B/C") == DbDevFullInfo(
        "a/b/c", "A", "A/1", "here", True, 17, "IOR:00", "6", "1st", "2nd"
    )
    assert database.get_device_info("a/b/d") == DbDevFullInfo(
        "a/b/d", "A", "A/1", "nada", False, 0, "nada", "nada", "?", "?"
    )
    assert database.get_device_info("a/b/e") == DbDevFullInfo(
        "a/b/e", "A", "A/fake", "localhost", True, 1001, "IOR:612f622f65", "5", "1st", "?"
    )
    with pytest.raises(DevFailed) as failed:
        database.get_device_info("X/y/z")
    assert reasons(failed)[0] == (
        "DB_DeviceNotDefined",
        "device X/y/z not defined in the database !",
    )


def test_properties() -> None:
    database = backend(SEVERAL).database
    assert list(database.get_device_property("A/b/c").items()) == [
        ("b", ["5"]),
        ("empty", []),
        ("z", ["a", "b"]),
    ]
    assert database.get_device_property("x/y/z") == {}
    assert database.get_device_attribute_property("a/b/c", "X") == {"q": ["1"]}
    assert database.get_device_attribute_property("a/b/d", "x") == {"r": ["1", "2"]}
    assert database.get_device_attribute_property("a/b/d", "y") == {}
    assert database.get_device_attribute_property("x/y/z", "x") == {}


MOVING = """{x: {data_type: DevDouble, simulation: {
    quantity_simulation_type: GaussianSlewLimited,
    mean: 0, std_dev: 5, max_slew_rate: 1, update_period: 10,
}}}"""


def test_many_threads_read_what_one_reads() -> None:
    """A thousand reads from each of 16 threads while the clock moves on."""
    clock = Clock()
    x = attribute(one_device(MOVING, clock=clock), "x")
    readings: list[DeviceAttribute] = []

    def read() -> None:
        for _ in range(1000):
            clock.now += 0.001
            readings.append(x.read())

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(readings) == 16_000
    alone = attribute(one_device(MOVING, clock=clock), "x")
    for reading in readings[::50]:
        assert reading.time is not None
        clock.now = reading.time
        assert alone.read() == reading
