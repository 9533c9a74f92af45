"""Mistakes of attributes in a fixture: values that do not fit, simulations that cannot be."""

from __future__ import annotations

import pytest
from fake_facilities import mistakes


def attribute_mistakes(attribute: str) -> list[str]:
    """Return the mistakes of one attribute x, without line and place."""
    text = f"classes: {{A: {{attributes: {{x: {attribute}}}}}}}\ndevices: {{a/b/c: {{class: A}}}}"
    start = "1: class A, attributes.x"
    found = mistakes(text)
    assert all(mistake.startswith(start) for mistake in found)
    return [mistake.removeprefix(start).removeprefix(".") for mistake in found]


STATES = (
    "ON, OFF, CLOSE, OPEN, INSERT, EXTRACT, MOVING, STANDBY, FAULT, INIT, RUNNING, ALARM, "
    "DISABLE, UNKNOWN"
)
INT64 = "-9223372036854775808..9223372036854775807"
TYPES = (
    "DevShort, DevLong, DevInt, DevLong64, DevUChar, DevUShort, DevULong, DevULong64, "
    "DevFloat, DevDouble, DevBoolean, DevString, DevState, DevEncoded, DevEnum"
)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("{}", ["data_type: missing; expected a value"]),
        (
            "{data_type: DevVoid}",
            [f"data_type: DevVoid is not an attribute's type; expected {TYPES}"],
        ),
        (
            f"{{data_type: DevLong64, value: {2**63}}}",
            [f"value: {2**63} is not valid; expected an integer in {INT64}"],
        ),
        (
            f"{{data_type: DevULong64, value: {2**64}}}",
            [f"value: {2**64} is not valid; expected an integer in 0..{2**64 - 1}"],
        ),
        (
            "{data_type: DevUChar, value: .nan}",
            ["value: nan is not valid; expected an integer in 0..255"],
        ),
        (
            "{data_type: DevLong, value: true}",
            ["value: true is not valid; expected an integer in -2147483648..2147483647"],
        ),
        (
            "{data_type: DevFloat, value: 1e39}",
            ["value: 1e+39 is not valid; expected a number in -3.40282e+38..3.40282e+38"],
        ),
        ("{data_type: DevDouble, value: one}", ["value: 'one' is not valid; expected a number"]),
        ("{data_type: DevBoolean, value: 1}", ["value: 1 is not valid; expected true or false"]),
        ("{data_type: DevString, value: 1}", ["value: 1 is not valid; expected text"]),
        ("{data_type: DevEnum}", ["enum_labels: missing; expected the labels of a DevEnum"]),
        (
            "{data_type: DevEnum, enum_labels: [A, B], value: C}",
            ["value: 'C' is not valid; expected a label: A, B"],
        ),
        (
            "{data_type: DevEncoded, value: {format: a, data: '#'}}",
            [
                "value: {'format': 'a', 'data': '#'} is not valid;"
                " expected {format: text, data: base64}"
            ],
        ),
        (
            "{data_type: DevLong, data_format: SPECTRUM}",
            ["max_dim_x: missing; expected the size of the largest SPECTRUM"],
        ),
        (
            "{data_type: DevState, value: ALRM}",
            [f"value: 'ALRM' is not valid; expected a state: {STATES}"],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE, max_dim_x: 2000, max_dim_y: 2000,"
            " value: {fill: 0, dim_x: 1001, dim_y: 1000}}",
            ["value: 1001 x 1000 elements; expected at most 1000000"],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE, max_dim_x: 2, max_dim_y: 2,"
            " value: {fill: 0, dim_x: 1}}",
            [
                "value: {'fill': 0, 'dim_x': 1} is not valid;"
                " expected {fill: value, dim_x: number, dim_y: number}"
            ],
        ),
        (
            "{data_type: DevLong, data_format: FMT_UNKNOWN}",
            ["data_format: FMT_UNKNOWN is not a format; expected SCALAR, SPECTRUM, IMAGE"],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE}",
            [
                "max_dim_x: missing; expected the size of the largest IMAGE",
                "max_dim_y: missing; expected the size of the largest IMAGE",
            ],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE, max_dim_x: 3}",
            ["max_dim_y: missing; expected the size of the largest IMAGE"],
        ),
        (
            "{data_type: DevLong, data_format: SPECTRUM, max_dim_x: 2, value: [1, 2, 3]}",
            ["value: 3 elements; expected at most max_dim_x = 2"],
        ),
        (
            "{data_type: DevUChar, data_format: SPECTRUM, max_dim_x: 2, value: [1, -2]}",
            ["value: element 1: -2 is not valid; expected an integer in 0..255"],
        ),
        (
            "{data_type: DevLong, data_format: SPECTRUM, max_dim_x: 2, value: 1}",
            ["value: 1 is not valid; expected a list, or {fill: .., dim_x: ..}"],
        ),
        (
            "{data_type: DevLong, data_format: SPECTRUM, max_dim_x: 2, value: {fill: 1, dim_x: 3}}",
            ["value: dim_x: 3; expected an integer in 0..max_dim_x = 2"],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE, max_dim_x: 2, max_dim_y: 1,"
            " value: [[1], [2]]}",
            ["value: 2 rows; expected at most max_dim_y = 1"],
        ),
        (
            "{data_type: DevLong, data_format: IMAGE, max_dim_x: 2, max_dim_y: 2,"
            " value: [[1, 2], [3]]}",
            ["value: row 1: expected a list of 2 elements, like row 0"],
        ),
        *(
            (
                "{data_type: DevLong, data_format: IMAGE, max_dim_x: 2, max_dim_y: 2,"
                f" value: {value}}}",
                [f"value: row {row} is not valid; expected a list"],
            )
            for value, row in (
                ("[1, [2]]", "0: 1"),
                ("[[2], 1]", "1: 1"),
                ("[x, [2]]", "0: 'x'"),
            )
        ),
        (
            "{data_type: DevLong, value: 1, raises: {reason: R, description: D}}",
            ["value: not allowed with raises; expected one of raises, simulation, value"],
        ),
        (
            "{data_type: DevLong, raises: {reason: 5}}",
            [
                "raises.description: missing; expected a value",
                "raises.reason: 5 is not valid; expected text",
            ],
        ),
        (
            "{data_type: DevLong, min_alarm: low, period: .nan, polling_period: 4}",
            [
                "min_alarm: 'low' is not valid; expected a number, or Not specified",
                "polling_period: 4 is not valid; expected greater than or equal to 5",
            ],
        ),
    ],
)
def test_wrong_attribute_is_reported(attribute: str, expected: list[str]) -> None:
    assert attribute_mistakes(attribute) == expected


NUMBERS = (
    "DevShort, DevLong, DevInt, DevLong64, DevUChar, DevUShort, DevULong, DevULong64, "
    "DevFloat, DevDouble"
)
KIND = ".quantity_simulation_type"
GAUSSIAN = "GaussianSlewLimited, mean: 5, std_dev: 1"


@pytest.mark.parametrize(
    ("data_type", "simulation", "expected"),
    [
        (
            "DevDouble",
            "Gauss",
            [
                ": 'Gauss' is not known; expected one of ConstantQuantity, Counter,"
                " GaussianSlewLimited, Noise, Ramp, RandomText, RandomWalk, Replay, Sine, Spot,"
                " Square, Uniform"
            ],
        ),
        (
            "DevDouble",
            "GaussianSlewLimitd",
            [": 'GaussianSlewLimitd' is not known; did you mean GaussianSlewLimited?"],
        ),
        (
            "DevString",
            GAUSSIAN,
            [f"{KIND}: GaussianSlewLimited cannot produce DevString; expected {NUMBERS}"],
        ),
        ("DevDouble", "Uniform, mx: 3", [".mx: unknown key; did you mean max?"]),
        (
            "DevDouble",
            "GaussianSlewLimited, mean: .nan, max_slew_rate: 0",
            [
                ".max_slew_rate: 0 is not valid; expected greater than 0",
                ".mean: nan is not valid; expected a finite number",
                ".std_dev: missing; expected a value",
            ],
        ),
        (
            "DevDouble",
            f"{GAUSSIAN}, max_bound: 4",
            [".mean: 5.0; expected min_bound <= mean <= max_bound"],
        ),
        (
            "DevDouble",
            f"{GAUSSIAN}, min_bound: .nan",
            [".min_bound: nan is not valid; expected a number"],
        ),
        (
            "DevUChar",
            f"{GAUSSIAN}, min_bound: 0, max_bound: 256",
            [".max_bound: 256 is not valid; expected an integer in 0..255"],
        ),
        (
            "DevFloat",
            "GaussianSlewLimited, mean: 1e300, std_dev: 1",
            [".mean: 1e+300 is not valid; expected a number in -3.40282e+38..3.40282e+38"],
        ),
        (
            "DevUChar",
            "Uniform, max: 256",
            [".max: 256 is not valid; expected an integer in 0..255"],
        ),
        ("DevLong", "Uniform, min: 3, max: 2", [".min: 3; expected at most max = 2"]),
        ("DevLong", "Uniform, dim_x: 2", [".dim_x: 2; expected 1 for a SCALAR"]),
        ("DevString", "Sine", [f"{KIND}: Sine cannot produce DevString; expected {NUMBERS}"]),
        (
            "DevLong",
            "Spot, dim_x: 1, dim_y: 1",
            [f"{KIND}: Spot cannot produce SCALAR; expected IMAGE"],
        ),
        (
            "DevString",
            "RandomText, template: '{n:99999999}'",
            [".template: expected text with {x}, {y} or {n}, or with a format as {n:04}"],
        ),
        (
            "DevLong",
            "ConstantQuantity, start_value: x",
            [".start_value: 'x' is not valid; expected an integer in -2147483648..2147483647"],
        ),
    ],
)
def test_wrong_simulation_is_reported(data_type: str, simulation: str, expected: list[str]) -> None:
    written = f"{{quantity_simulation_type: {simulation}}}"
    found = attribute_mistakes(f"{{data_type: {data_type}, simulation: {written}}}")
    assert [mistake.removeprefix("simulation") for mistake in found] == expected


def test_simulation_without_its_kind_is_reported() -> None:
    missing = "simulation: quantity_simulation_type is missing; expected the name of a simulation"
    assert attribute_mistakes("{data_type: DevLong, simulation: {mean: 0}}") == [missing]


def test_more_elements_than_the_limit_are_reported() -> None:
    simulation = "{quantity_simulation_type: Uniform, dim_x: 3}"
    attribute = "data_type: DevLong, data_format: SPECTRUM, max_dim_x: 2"
    assert attribute_mistakes(f"{{{attribute}, simulation: {simulation}}}") == [
        "simulation.dim_x: 3; expected at most max_dim_x = 2"
    ]
