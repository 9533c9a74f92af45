"""Each mistake that a simulation can have, with its key and what was expected."""

from __future__ import annotations

import re

import pytest
from fake_facilities import mistakes
from test_simulation import IMAGE, SPECTRUM

DOUBLE, LONG = "data_type: DevDouble", "data_type: DevLong"
A_SPECTRUM = f"{DOUBLE}, {SPECTRUM}"

NUMBERS = (
    "DevShort, DevLong, DevInt, DevLong64, DevUChar, DevUShort, DevULong, DevULong64, "
    "DevFloat, DevDouble"
)
KIND = "quantity_simulation_type"
UCHAR, AN_IMAGE = "data_type: DevUChar", f"{DOUBLE}, {IMAGE}"


@pytest.mark.parametrize(
    ("shape", "simulation", "expected"),
    [
        (
            UCHAR,
            "Sine, amplitude: 200, offset: 100",
            [
                "amplitude: -100 is not valid; expected an integer in 0..255",
                "amplitude: 300 is not valid; expected an integer in 0..255",
            ],
        ),
        (UCHAR, "Sine, amplitude: 200, offset: 100, min_bound: 0, max_bound: 255", []),
        (DOUBLE, "Sine, period: 0", ["period: 0 is not valid; expected greater than 0"]),
        (
            DOUBLE,
            "Sine, period: .inf, phase: .nan, amplitude: 1e301, std_dev: 1e101",
            [
                "amplitude: 1e+301 is not valid; expected a number in -1e+300..1e+300",
                "period: inf is not valid; expected a finite number",
                "phase: nan is not valid; expected a finite number",
                "std_dev: 1e+101 is not valid; expected a number in -1e+100..1e+100",
            ],
        ),
        (DOUBLE, "Sine, dim_x: 3", ["dim_x: 3; expected 1 for a SCALAR"]),
        (A_SPECTRUM, "Sine", ["dim_x: missing; expected the size of the SPECTRUM"]),
        (A_SPECTRUM, "Sine, dim_x: 1001", ["dim_x: 1001; expected at most max_dim_x = 1000"]),
        (AN_IMAGE, "Sine", [f"{KIND}: Sine cannot produce IMAGE; expected SCALAR, SPECTRUM"]),
        (
            DOUBLE,
            "Ramp, from: 1, period: -1",
            ["period: -1 is not valid; expected greater than 0", "to: missing; expected a value"],
        ),
        (
            DOUBLE,
            "Ramp, from: x, to: .inf, period: 1",
            [
                "from: 'x' is not valid; expected a finite number",
                "to: inf is not valid; expected a finite number",
            ],
        ),
        (
            UCHAR,
            "Ramp, from: -1, to: 300, period: 1",
            [
                "from: -1 is not valid; expected an integer in 0..255",
                "to: 300 is not valid; expected an integer in 0..255",
            ],
        ),
        (
            "data_type: DevBoolean",
            "Ramp, from: 0, to: 1, period: 1",
            [f"{KIND}: Ramp cannot produce DevBoolean; expected {NUMBERS}"],
        ),
        (
            "data_type: DevBoolean",
            "Square, low: 0, high: true, period: 1, duty: 1.5",
            ["duty: 1.5 is not valid; expected less than or equal to 1"],
        ),
        (
            "data_type: DevBoolean",
            "Square, low: 0, high: 'true', period: 1",
            [
                "high: 'true' is not valid; expected true or false",
                "low: 0 is not valid; expected true or false",
            ],
        ),
        (
            A_SPECTRUM,
            "Square, low: 0, high: 1, period: 1",
            [f"{KIND}: Square cannot produce SPECTRUM; expected SCALAR"],
        ),
        (
            UCHAR,
            "Counter, start: 256, step: 0.5, wraps_at: 300.0",
            [
                "start: 256 is not valid; expected an integer in 0..255",
                "step: 0.5 is not valid; expected an integer",
                "wraps_at: 300.0 is not valid; expected an integer",
            ],
        ),
        (
            f"{LONG}, {SPECTRUM}",
            "Counter",
            [f"{KIND}: Counter cannot produce SPECTRUM; expected SCALAR"],
        ),
        *(
            (
                LONG,
                f"Counter, start: 5, step: {step}, wraps_at: {end}",
                [
                    f"wraps_at: {end}; expected start < wraps_at and a positive step,"
                    " or start > wraps_at and a negative one"
                ],
            )
            for step, end in ((1, 5), (-1, 6), (0, 6), (1, 4))
        ),
        (
            "data_type: DevString",
            "Counter",
            [f"{KIND}: Counter cannot produce DevString; expected {NUMBERS}"],
        ),
        (
            DOUBLE,
            "RandomWalk, start: 5, max_bound: 4",
            ["start: 5.0; expected min_bound <= start <= max_bound"],
        ),
        (
            DOUBLE,
            "Sine, min_bound: .inf, max_bound: .inf",
            ["min_bound: inf; expected a finite number, or -inf"],
        ),
        (
            DOUBLE,
            "Sine, min_bound: -.inf, max_bound: -.inf",
            ["max_bound: -inf; expected a finite number, or inf"],
        ),
        (
            DOUBLE,
            "RandomWalk, min_bound: 5, max_bound: 4",
            ["min_bound: 5.0; expected at most max_bound = 4.0"],
        ),
        (
            UCHAR,
            "RandomWalk, min_bound: -1, max_bound: 256",
            [
                "max_bound: 256 is not valid; expected an integer in 0..255",
                "min_bound: -1 is not valid; expected an integer in 0..255",
            ],
        ),
        (
            DOUBLE,
            "RandomWalk, std_dev: -1",
            ["std_dev: -1 is not valid; expected greater than or equal to 0"],
        ),
        (
            A_SPECTRUM,
            "RandomWalk",
            [f"{KIND}: RandomWalk cannot produce SPECTRUM; expected SCALAR"],
        ),
        (A_SPECTRUM, "Noise", ["dim_x: missing; expected a value"]),
        (AN_IMAGE, "Noise, dim_x: 5", ["dim_y: missing; expected the size of the IMAGE"]),
        (A_SPECTRUM, "Noise, dim_x: 5, dim_y: 5", ["dim_y: 5; expected 0 for a SPECTRUM"]),
        (
            DOUBLE,
            "Noise, dim_x: 1",
            [f"{KIND}: Noise cannot produce SCALAR; expected SPECTRUM, IMAGE"],
        ),
        (
            AN_IMAGE,
            "Noise, dim_x: 5, dim_y: 5, peaks: [{height: 1, x: 1, width: 1}]",
            ["peaks.0.y: expected it for an IMAGE, and only for that"],
        ),
        (
            A_SPECTRUM,
            "Noise, dim_x: 5, peaks: [{height: 1, x: 1, y: 1, width: 1}]",
            ["peaks.0.y: expected it for an IMAGE, and only for that"],
        ),
        (
            A_SPECTRUM,
            "Noise, dim_x: 5, peaks: [{heigth: 1, x: 1, width: 0}], elements_per_turn: 0",
            [
                "elements_per_turn: 0 is not valid; expected greater than 0",
                "peaks.0.height: missing; expected a value",
                "peaks.0.heigth: unknown key; did you mean height?",
                "peaks.0.width: 0 is not valid; expected greater than 0",
            ],
        ),
        (
            A_SPECTRUM,
            "Noise, dim_x: 5, min_bound: 3, max_bound: 2",
            ["min_bound: 3.0; expected at most max_bound = 2.0"],
        ),
        (
            "data_type: DevLong, data_format: IMAGE, max_dim_x: 2000, max_dim_y: 2000",
            "Noise, dim_x: 2000, dim_y: 2000",
            ["dim_x: 2000 x 2000; expected at most 1000000"],
        ),
        (
            "data_type: DevBoolean, data_format: IMAGE, max_dim_x: 9, max_dim_y: 9",
            "Uniform, dim_x: 5",
            ["dim_y: missing; expected the size of the IMAGE"],
        ),
        (
            AN_IMAGE,
            "Spot, dim_x: 1001, dim_y: 1001",
            [
                "dim_x: 1001 x 1001; expected at most 1000000",
                "dim_x: 1001; expected at most max_dim_x = 1000",
                "dim_y: 1001; expected at most max_dim_y = 1000",
            ],
        ),
    ],
)  # fmt: skip
def test_wrong_simulation_reports_each_key(
    shape: str, simulation: str, expected: list[str]
) -> None:
    text = f"""\
        classes:
          A:
            attributes:
              x: {{{shape},
                   simulation: {{{KIND}: {simulation}}}}}
    """
    found = [
        re.subn(r"^[45]: class A, attributes\.x\.simulation\.", "", each)
        for each in mistakes(text)[1:]
    ]
    assert sorted(each for each, _ in found) == expected
    assert all(count for _, count in found)


def test_a_mistake_has_the_line_of_its_key() -> None:
    text = """\
        classes:
          A:
            attributes:
              x:
                data_type: DevUChar
                simulation:
                  quantity_simulation_type: Ramp
                  period: 10
                  from: 0
                  to: 256
        devices:
          a/b/c: {class: A}
          a/b/d:
            class: A
            attributes:
              x:
                simulation:
                  quantity_simulation_type: Sine
                  max_bound: 1
                  min_bound: 2
    """
    assert mistakes(text) == [
        "10: class A, attributes.x.simulation.to: 256 is not valid; expected an integer in 0..255",
        "20: device a/b/d, attributes.x.simulation.min_bound: 2.0;"
        " expected at most max_bound = 1.0",
    ]
