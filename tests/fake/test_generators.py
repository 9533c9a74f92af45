"""The law of each generator: which values it makes at which time."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

import pytest
from fake_facilities import NOON, Clock, attribute, one_device
from test_simulation import IMAGE, SPECTRUM, every, series

DOUBLE, LONG = "data_type: DevDouble", "data_type: DevLong"
A_SPECTRUM = f"{DOUBLE}, {SPECTRUM}"
# The facilities of the tests begin 1 700 000 000 s after the epoch, which all periods here divide
# but for 60 s: of that, a third of a turn is over.


def test_sine_of_integers_is_rounded() -> None:
    simulation = "Sine, amplitude: 100, offset: 20, period: 8"
    values = series(simulation, every(1, 9), LONG)
    assert values == [20, 91, 120, 91, 20, -51, -80, -51, 20]
    assert {type(value) for value in values} == {int}


def test_phase_is_when_a_turn_begins() -> None:
    later = series("Sine, period: 8, phase: 3", every(1, 20))
    assert later[3:] == pytest.approx(series("Sine, period: 8", every(1, 17)))
    earlier = series("Ramp, from: 0, to: 4, period: 4, phase: -1", every(1, 5))
    assert earlier == [1, 2, 3, 0, 1]


def test_bounds_cut_a_wave() -> None:
    """The sun is such a wave: it does not shine less than not at all."""
    simulation = "Sine, amplitude: 800, offset: -100, min_bound: 0, max_bound: 650, period: 8"
    values = series(simulation, every(1, 8))
    assert values == pytest.approx([0, 465.685, 650, 465.685, 0, 0, 0, 0], abs=1e-3)


@pytest.mark.parametrize("wave", ["Sine, amplitude: 0", "Ramp, from: 0, to: 0, period: 10"])
def test_noise_is_added_to_a_wave(wave: str) -> None:
    values = series(f"{wave}, std_dev: 2", every(1, 1500))
    assert statistics.fmean(values) == pytest.approx(0, abs=0.2)
    assert statistics.stdev(values) == pytest.approx(2, abs=0.15)
    assert len(set(values)) == len(values)


def test_noise_stays_in_the_range_of_the_type() -> None:
    values = series("Ramp, from: 0, to: 255, period: 10, std_dev: 99", every(1, 300))
    assert min(values) < 0
    integers = series(
        "Ramp, from: 0, to: 255, period: 10, std_dev: 99", every(1, 300), "data_type: DevUChar"
    )
    assert (min(integers), max(integers)) == (0, 255)


def test_ramp_starts_again_at_its_end() -> None:
    simulation = "Ramp, from: 10, to: 20, period: 10"
    assert series(simulation, every(1, 12)) == [*range(10, 20), 10, 11]
    assert series("Ramp, from: 4, to: 0, period: 8", every(1, 9), LONG) == [
        4,
        4,
        3,
        2,
        2,
        2,
        1,
        0,
        4,
    ]


def test_ramp_repeats_in_short_periods() -> None:
    """300 ms are three times 100 ms, wherever on the clock."""
    simulation = "Ramp, from: 0, to: 3, period: 0.3, update_period: 100"
    start = math.ceil(1_700_000_000 / 0.3) * 0.3 - 1_700_000_000
    values = series(simulation, [start + time + 0.01 for time in every(0.1, 600)])
    assert values == pytest.approx([0, 1, 2] * 200)


def test_ramp_reaches_the_largest_integers() -> None:
    simulation = f"Ramp, from: {-(2**63)}, to: {2**63 - 1}, period: 4"
    values = series(simulation, every(1, 4), "data_type: DevLong64")
    assert values == [-(2**63), -(2**62), 0, 2**62]


@pytest.mark.parametrize(
    ("shape", "low", "high"),
    [
        ("data_type: DevBoolean", False, True),
        ("data_type: DevLong64", -(2**63), 2**63 - 1),
        ("data_type: DevFloat", 0.5, 2.0),
        ("data_type: DevString", "shut", "open"),
        ("data_type: DevState", "CLOSE", "OPEN"),
        ("data_type: DevEnum, enum_labels: [In, Out]", "In", "Out"),
    ],
)
def test_square_alternates_by_its_duty(shape: str, low: Any, high: Any) -> None:
    written = [str(each).lower() if isinstance(each, bool) else each for each in (low, high)]
    simulation = f"Square, low: {written[0]}, high: {written[1]}, period: 10, duty: 0.3"
    values = series(simulation, every(1, 13), shape)
    assert values == [high] * 3 + [low] * 7 + [high] * 3


@pytest.mark.parametrize(("duty", "value"), [(0, 1), (1, 2)])
def test_square_without_duty_is_constant(duty: int, value: int) -> None:
    simulation = f"Square, low: 1, high: 2, period: 10, duty: {duty}"
    assert set(series(simulation, every(0.5, 50), LONG)) == {value}


@pytest.mark.parametrize(
    ("simulation", "shape", "expected"),
    [
        ("Counter", LONG, [0, 1, 2, 3, 4, 5, 6]),
        ("Counter, start: 7, step: -2", LONG, [7, 5, 3, 1, -1, -3, -5]),
        ("Counter, start: 1, step: 2, wraps_at: 7", LONG, [1, 3, 5, 1, 3, 5, 1]),
        ("Counter, start: 1, step: 2, wraps_at: 6", LONG, [1, 3, 5, 1, 3, 5, 1]),
        ("Counter, start: 3, step: -1, wraps_at: 0", LONG, [3, 2, 1, 3, 2, 1, 3]),
        ("Counter, step: 0", LONG, [0] * 7),
        ("Counter, step: 0.1, wraps_at: 0.6", DOUBLE, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.0]),
        ("Counter, start: 253", "data_type: DevUChar", [253, 254, 255, 253, 254, 255, 253]),
        ("Counter, start: 1, step: -1", "data_type: DevUChar", [1, 0, 1, 0, 1, 0, 1]),
        (
            f"Counter, start: {2**63 - 2}",
            "data_type: DevLong64",
            [2**63 - 2, 2**63 - 1] * 3 + [2**63 - 2],
        ),
    ],
)  # fmt: skip
def test_counter_begins_with_the_facility(
    simulation: str, shape: str, expected: list[float]
) -> None:
    """The count begins with the facility, and goes on backwards before it."""
    values = series(simulation, every(1, 7), shape)
    assert values == expected
    assert {type(value) for value in values} == {float if shape == DOUBLE else int}
    span = expected.index(expected[0], 1) if expected.count(expected[0]) > 1 else None
    if span is not None:
        assert series(simulation, every(-1, 2 * span), shape)[1:] == (expected[:span] * 2)[:0:-1]


def test_what_is_polled_each_period_has_each_value_once() -> None:
    """Though tenths of a second are no exact numbers."""
    clock = Clock()
    quantity = "{quantity_simulation_type: Counter, update_period: 100}"
    text = f"{{x: {{{LONG}, polling_period: 100, simulation: {quantity}}}}}"
    proxy = attribute(one_device(text, clock=clock), "x")
    for rounds in (9, 500, 86_399):
        clock.now = NOON + rounds / 10 + 0.05
        values = [reading.value for reading in proxy.history()]
        assert values == list(range(rounds - 9, rounds + 1))


def test_counter_without_an_end_wraps_at_its_type() -> None:
    assert series("Counter, step: 0.25", [4e9], DOUBLE) == [1e9]
    assert series("Counter", [2.0**31, 2.0**31 - 1], LONG) == [0, 2**31 - 1]
    assert series("Counter, update_period: 100", [86400.0], LONG) == [864_000]


def test_random_walk_has_gaussian_steps() -> None:
    """Independent gaussian steps, from the start on."""
    values = series("RandomWalk, start: 5, std_dev: 2", every(1, 2000))
    assert values[0] == 5
    steps = [two - one for one, two in itertools.pairwise(values)]
    assert statistics.fmean(steps) == pytest.approx(0, abs=0.15)
    assert statistics.stdev(steps) == pytest.approx(2, abs=0.1)
    assert all(abs(statistics.correlation(steps[n:], steps[:-n])) < 0.07 for n in (1, 2, 3, 4, 8))
    assert sum(abs(step) < 2 for step in steps) / len(steps) == pytest.approx(0.683, abs=0.03)


@pytest.mark.parametrize("after", [1, 2, 3, 100, 1000, 1023, 1025])
def test_random_walk_goes_as_far_as_the_root_of_the_time(after: int) -> None:
    places = [series("RandomWalk", [float(after)], seed=seed)[0] for seed in range(200)]
    assert statistics.fmean(places) == pytest.approx(0, abs=0.25 * after**0.5)
    assert statistics.stdev(places) == pytest.approx(after**0.5, rel=0.15)


def test_what_was_seen_once_can_be_seen_again() -> None:
    """The values of a seed are the same ones in each version."""
    walk = series("RandomWalk", [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 1e6])
    assert walk == pytest.approx(
        [0.6491506, -0.4334963, 0.0, 0.8981736, 0.3099496, -0.3259135, 390.2786355]
    )
    [noise] = series("Noise, dim_x: 4", [0], f"{DOUBLE}, {SPECTRUM}")
    assert noise == pytest.approx([2.5878104, -0.8540421, -2.8342808, -0.9475305])


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        ("min_bound: -3, max_bound: 4", -3, 4),
        ("min_bound: -3", -3, math.inf),
        ("max_bound: 4", -math.inf, 4),
        ("min_bound: 0, max_bound: 0", 0, 0),
    ],
)
def test_random_walk_turns_back_at_its_bounds(bounds: str, low: float, high: float) -> None:
    free = series("RandomWalk, std_dev: 0.5", every(1, 400))
    kept = series(f"RandomWalk, std_dev: 0.5, {bounds}", every(1, 400))
    assert low <= min(kept) <= max(kept) <= high
    assert min(free) < -3
    # A mirror makes no step longer, and changes nothing before a bound is reached.
    longest = max(abs(two - one) for one, two in itertools.pairwise(free))
    assert max(abs(two - one) for one, two in itertools.pairwise(kept)) <= longest * 1.000001
    out = next((n for n, value in enumerate(free) if not low <= value <= high), None)
    assert kept[:out] == free[:out]
    assert out is None or kept[out] == pytest.approx(mirrored(free[out], low, high))


def mirrored(value: float, low: float, high: float) -> float:
    if low == high:
        return low
    while not low <= value <= high:
        value = 2 * low - value if value < low else 2 * high - value
    return value


def test_random_walk_of_integers_stays_in_their_range() -> None:
    values = series("RandomWalk, start: 100, std_dev: 40", every(1, 500), "data_type: DevUChar")
    assert {type(value) for value in values} == {int}
    assert 0 <= min(values) < 20
    assert 235 < max(values) <= 255


def test_noise_follows_sine_and_peaks_on_a_spectrum() -> None:
    shape = f"{DOUBLE}, {SPECTRUM}"
    simulation = "Noise, offset: 10, amplitude: 2, elements_per_turn: 4, std_dev: 0, dim_x: 5"
    assert series(simulation, [0], shape) == [pytest.approx([10, 12, 10, 8, 10])]
    peaks = "[{height: 8, x: 3, width: 1}, {height: -1, x: 0, width: 0.1}]"
    simulation = f"Noise, peaks: {peaks}, std_dev: 0, dim_x: 5"
    [spectrum] = series(simulation, [0], shape)
    near, far = 8 * math.exp(-0.5), 8 * math.exp(-2)
    assert spectrum == pytest.approx([8 * math.exp(-4.5) - 1, far, near, 8, near])


def test_noise_follows_peaks_on_an_image() -> None:
    simulation = (
        "Noise, peaks: [{height: 100, x: 2, y: 1, width: 1}], std_dev: 0, dim_x: 4, dim_y: 3"
    )
    assert series(simulation, [0], f"data_type: DevUShort, {IMAGE}") == [
        [[8, 37, 61, 37], [14, 61, 100, 61], [8, 37, 61, 37]]
    ]


def test_noise_is_gaussian_and_of_each_element_its_own() -> None:
    shape = f"{DOUBLE}, {IMAGE}"
    one, two = series("Noise, std_dev: 3, dim_x: 200, dim_y: 100", [0, 1], shape)
    first, second = (list(itertools.chain(*image)) for image in (one, two))
    assert statistics.fmean(first) == pytest.approx(0, abs=0.1)
    assert statistics.stdev(first) == pytest.approx(3, abs=0.05)
    for sigmas, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        inside = sum(abs(value) < 3 * sigmas for value in first) / len(first)
        assert inside == pytest.approx(share, abs=0.01)
    for other in (second, [*first[1:], first[0]], [*first[200:], *first[:200]]):
        assert abs(statistics.correlation(first, other)) < 0.03


def test_noise_is_cut_at_its_bounds() -> None:
    simulation = "Noise, offset: 5, std_dev: 3, min_bound: 2, max_bound: 7, dim_x: 300"
    [spectrum] = series(simulation, [0], f"{LONG}, {SPECTRUM}")
    assert set(spectrum) == {2, 3, 4, 5, 6, 7}
    [spectrum] = series("Noise, std_dev: 300, dim_x: 300", [0], f"data_type: DevUChar, {SPECTRUM}")
    assert (min(spectrum), max(spectrum)) == (0, 255)


@pytest.mark.parametrize(("dim_x", "dim_y"), [(0, 0), (0, 2), (3, 0)])
def test_images_may_be_empty(dim_x: int, dim_y: int) -> None:
    shape = f"{DOUBLE}, {IMAGE}"
    simulation = f"Noise, dim_x: {dim_x}, dim_y: {dim_y}"
    assert series(simulation, [0], shape) == [[[] for _ in range(dim_y)]]


@pytest.mark.parametrize(
    "simulation",
    [
        "Sine, amplitude: 100",
        "Ramp, from: -1, to: 1, period: 77",
        "RandomWalk, std_dev: 0.1",
        "GaussianSlewLimited, mean: 5, std_dev: 1",
        "Counter, step: 0.0123456789",
        "Noise, dim_x: 9",
    ],
)
def test_a_float_has_no_more_digits_than_it_holds(simulation: str) -> None:
    """A client sees what a DevFloat can be, as of a real device, and not a double."""
    shape = f"data_type: DevFloat{f', {SPECTRUM}' if 'dim_x' in simulation else ''}"
    values = series(simulation, every(1, 50), shape)
    flat = list(itertools.chain(*values)) if "dim_x" in simulation else values
    doubles = series(simulation, every(1, 50), shape.replace("DevFloat", "DevDouble"))
    flat_doubles = list(itertools.chain(*doubles)) if "dim_x" in simulation else doubles
    assert flat == [float(f"{each:.6g}") for each in flat_doubles]
    assert flat != flat_doubles


LARGE = "amplitude: 1e300, offset: 1e300, std_dev: 1e100"
A_PEAK = "{height: 1e300, x: 1e300, width: 5e-324}"


@pytest.mark.parametrize(
    ("simulation", "shape"),
    [
        (f"Sine, {LARGE}, period: 1e300, phase: -1e300", DOUBLE),
        ("Sine, elements_per_turn: 1e-300, dim_x: 9", A_SPECTRUM),
        ("Sine, period: 5e-324, phase: 5e-324", DOUBLE),
        ("Ramp, from: -1.7e308, to: 1.7e308, period: 7, std_dev: 1e100", DOUBLE),
        ("Ramp, from: 0, to: 18446744073709551615, period: 7, std_dev: 9", "data_type: DevULong64"),
        ("RandomWalk, start: -1e300, std_dev: 1e100, max_bound: 1e300", DOUBLE),
        ("RandomWalk, start: 1, std_dev: 1e100, min_bound: 0.5, max_bound: 1", DOUBLE),
        ("RandomWalk, std_dev: 1e100", "data_type: DevLong64"),
        ("GaussianSlewLimited, mean: 0, std_dev: 1e100", "data_type: DevLong64"),
        ("Counter, start: -1.7e308, step: 5e-324", DOUBLE),
        ("Counter, start: -1.7e308, step: 1.7e308", DOUBLE),
        (f"Noise, {LARGE}, peaks: [{A_PEAK}], dim_x: 9", A_SPECTRUM),
        ("Noise, elements_per_turn: 5e-324, std_dev: 1e100, dim_x: 9", A_SPECTRUM),
    ],
)  # fmt: skip
def test_no_number_is_too_large_or_small(simulation: str, shape: str) -> None:
    """A simulation that passes the check can be read at any time, and is finite."""
    for value in series(simulation, [0, 1, -1, 1e6, 3e11, -3e11], shape):
        assert all(map(math.isfinite, value if isinstance(value, list) else [value]))
