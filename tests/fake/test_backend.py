"""Devices that answer: values of every type, names, order, limits, pipes, threads."""

from __future__ import annotations

import threading

import pytest
from fake_facilities import NOON, Clock, attribute, backend, one_device

from mtango_ref.model import (
    AttrQuality,
    CmdArgType,
    DevEncoded,
    DeviceAttribute,
    DevicePipe,
    DevState,
    PipeBlob,
    PipeElement,
)

VALID = AttrQuality.ATTR_VALID


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
def test_every_data_type_reads_as_written(
    data_type: str, written: str, value: object, default: object
) -> None:
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


def test_quality_is_that_of_the_fixture() -> None:
    facility = one_device(
        """{
        invalid: {data_type: DevLong, value: 5, quality: ATTR_INVALID},
        changing: {data_type: DevLong, value: 5, quality: ATTR_CHANGING, max_alarm: 1},
        }"""
    )
    invalid, changing, *_ = (AttrQuality(f"ATTR_{name}") for name in ("INVALID", "CHANGING"))
    assert attribute(facility, "invalid").read() == DeviceAttribute("invalid", None, invalid, NOON)
    assert attribute(facility, "changing").read() == DeviceAttribute("changing", 5, changing, NOON)


def test_names_are_found_in_any_case() -> None:
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


def test_lists_have_tango_s_order() -> None:
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
def test_limits_give_qualities_and_alarms(
    low: int, many: float, qualities: str, lines: list[str]
) -> None:
    """Tango 10.0 answers so, tried with a device server of its own."""
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


def test_status_is_that_of_the_fixture() -> None:
    device = one_device(device=", status: Fine.").get_device_proxy("a/b/c")
    assert device.status() == "Fine."


def test_pipe_reads_as_written() -> None:
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
