"""Single things that Tango does, for which tests/parity holds the fake beside the real one."""

from __future__ import annotations

from typing import Any

import pytest
from fake_facilities import attribute, backend, mistakes, one_device, reasons

from mtango_ref.model import DevEncoded, DevFailed, DevState, ErrSeverity

FLOATS = "{data_type: DevFloat, data_format: SPECTRUM, max_dim_x: 8, value: [%s]}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.1", 0.1),
        ("3.4028234663852886e+38", 3.4028235e38),
        ("1.401298464324817e-45", 1e-45),
        ("16777217", 16777216.0),
        ("1.00000012", 1.0000001),
        ("0.3333333333333333", 0.33333334),
        ("123456792", 123456790.0),
        (".inf", float("inf")),
        (".nan", float("nan")),
        ("-0.0", -0.0),
    ],
)
def test_floats_have_the_fewest_digits(written: str, value: float) -> None:
    """The fewest digits that are the same DevFloat, alone and in an array."""
    for kind, expected in ((FLOATS, [value]), ("{data_type: DevFloat, value: %s}", value)):
        given = attribute(one_device(f"{{x: {kind % written}}}"), "x").read().value
        assert repr(given) == repr(expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("data_type: DevLong", 0),
        ("data_type: DevBoolean", True),
        ("data_type: DevString", "Not initialised"),
        ("data_type: DevEncoded", DevEncoded("Not initialised", b"")),
        ("data_type: DevEnum, enum_labels: [A, B]", "A"),
        ("data_type: DevState, data_format: SPECTRUM, max_dim_x: 2", [DevState.UNKNOWN]),
        ("data_type: DevString, data_format: SPECTRUM, max_dim_x: 2", ["Not initialised"]),
        ("data_type: DevLong, data_format: IMAGE, max_dim_x: 2, max_dim_y: 2", []),
        ("data_type: DevString, value: written", "written"),
    ],
)
def test_value_that_was_not_written_yet_is_zero(kind: str, value: Any) -> None:
    facility = one_device(f"{{x: {{writable: WRITE, {kind}}}}}")
    assert attribute(facility, "x").read().value == value


def test_empty_configuration_becomes_the_default() -> None:
    empty = 'description: "", label: "", unit: "", standard_unit: "", display_unit: "", format: ""'
    facility = one_device(f"{{x: {{data_type: DevLong, {empty}}}, y: {{data_type: DevLong}}}}")
    emptied, default = (attribute(facility, name).get_config() for name in "xy")
    assert emptied.label == "x"
    assert [emptied.description, emptied.format, emptied.standard_unit, emptied.display_unit] == [
        default.description,
        default.format,
        default.standard_unit,
        default.display_unit,
    ]


def test_changes_have_no_sign() -> None:
    facility = one_device('{x: {data_type: DevLong, rel_change: "-1, 2", abs_change: -0.5}}')
    change = attribute(facility, "x").get_config().events.ch_event
    assert (change.rel_change, change.abs_change) == ("1,2", "0.5")


@pytest.mark.parametrize("written", ["low", '"1,2,3"', '"1,"'])
def test_changes_are_numbers(written: str) -> None:
    [mistake] = mistakes(
        f"classes: {{A: {{attributes: {{x: {{data_type: DevLong, rel_change: {written}}}}}}}}}\n"
        "devices: {a/b/c: {class: A}}"
    )
    assert mistake.startswith("1: class A, attributes.x.rel_change: ")
    assert mistake.endswith("expected a number, or two with a comma between them, or Not specified")


def test_read_with_write_needs_its_attribute() -> None:
    assert mistakes(
        "classes: {A: {attributes: {x: {data_type: DevLong, writable: READ_WITH_WRITE}}}}\n"
        "devices: {a/b/c: {class: A}}"
    ) == [
        "1: class A, attributes.x.writable_attr_name: missing; "
        "expected the attribute that is written with it"
    ]


def test_errors_stand_on_each_other() -> None:
    facility = one_device(
        "{x: {data_type: DevLong, raises: {reason: A, description: a,"
        " outer: [{reason: B, description: b, severity: PANIC}, {reason: C, description: c}]}}}"
    )
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "x").read()
    assert reasons(failed)[:3] == [("A", "a"), ("B", "b"), ("C", "c")]
    assert len(reasons(failed)) == 4
    assert failed.value.errors[1].severity is ErrSeverity.PANIC


def test_an_enumerator_has_no_label_in_commands() -> None:
    facility = backend(
        "classes: {A: {commands: {x: {out_type: DevEnum, value: 2, polling_period: 100}}}}\n"
        "devices: {a/b/c: {class: A}}"
    )
    [execution] = facility.get_device_proxy("a/b/c").command_history("x")
    assert execution.value == 2


POLLING = """
    classes:
      A:
        attributes:
          One: {data_type: DevLong, polling_period: 100}
          Two: {data_type: DevLong}
        commands: {Three: {polling_period: 200}}
    devices:
      a/b/c:
        class: A
        properties: {z: last, a: first}
        attributes: {two: {polling_period: 300}}
        commands: {Status: {polling_period: 400}}
      a/b/d: {class: A, properties: {polled_attr: [as, it, stands]}}
      a/b/e: {class: B}
    """.replace("devices:", "  B: \n    devices:")


def test_polling_is_listed_as_a_property() -> None:
    """Tango keeps it so; a device that reports it itself is left as it reports it."""
    database = backend(POLLING).database
    assert list(database.get_device_property("a/b/c").items()) == [
        ("a", ["first"]),
        ("polled_attr", ["one", "100", "two", "300", "status", "400"]),
        ("polled_cmd", ["three", "200"]),
        ("z", ["last"]),
    ]
    assert database.get_device_property("a/b/d") == {
        "polled_attr": ["as", "it", "stands"],
        "polled_cmd": ["three", "200"],
    }
    assert database.get_device_property("a/b/e") == {}
    assert "Device properties defined = 15 [History lgth = 0]" in database.get_info()


def test_polled_state_is_that_of_the_command() -> None:
    """The database is one in which an operator wrote polled_cmd."""
    facility = backend(
        "classes: {A: {}}\n"
        "devices:\n"
        "  a/b/c:\n"
        "    class: A\n"
        "    properties: {polled_cmd: [State, 200]}\n"
        "    attributes: {State: {polling_period: 200}, Status: {polling_period: 300}}\n"
    )
    assert facility.database.get_device_property("a/b/c") == {
        "polled_attr": ["status", "300"],
        "polled_cmd": ["State", "200"],
    }


PRESSURE = "pressure: {data_type: DevDouble, max_alarm: 20, label: Pressure, %s}"
FREE = "free: {data_type: DevDouble, label: Free, %s}"
HIGH = "Alarm : Value too high for Pressure"
ON, ALARM = "The device is in ON state.", "The device is in ALARM state."
RECORDED = f", state: ALARM, status: 'Recorded.\n\n{HIGH}'"
FAILING = "quality: ATTR_ALARM, raises: {reason: R, description: D}"


@pytest.mark.parametrize(
    ("pressure", "free", "device", "state", "status"),
    [
        ("value: 20", "", "", "ALARM", [ALARM, HIGH]),
        ("value: 20", "", ", status: Mine", "ALARM", ["Mine", HIGH]),
        ("value: 19", "", ", status: Mine", "ON", ["Mine"]),
        ("value: 20", "", ", state: FAULT", "FAULT", ["The device is in FAULT state."]),
        ("value: 20", "", ", state: ALARM", "ALARM", [ALARM, HIGH]),
        ("value: 20", "", RECORDED, "ALARM", ["Recorded.", HIGH]),
        ("value: 20, quality: ATTR_CHANGING", "", "", "ON", [ON]),
        ("quality: ATTR_ALARM", "", "", "ALARM", [ALARM]),
        ("", FAILING, "", "ON", [ON]),
        (
            "",
            "quality: ATTR_WARNING",
            "",
            "ALARM",
            [ALARM, "Warning : Quality factor set to WARNING for attribute Free"],
        ),
        (
            "value: 20",
            "quality: ATTR_ALARM",
            "",
            "ALARM",
            [ALARM, HIGH, "Alarm : Quality factor set to ALARM for attribute Free"],
        ),
    ],
)
def test_alarms_change_state_and_status(
    pressure: str, free: str, device: str, state: str, status: list[str]
) -> None:
    facility = one_device(f"{{{PRESSURE % pressure}, {FREE % free}}}", device)
    proxy = facility.get_device_proxy("a/b/c")
    assert (proxy.state(), proxy.status().splitlines()) == (DevState[state], status)
    assert attribute(facility, "State").read().value is DevState[state]
