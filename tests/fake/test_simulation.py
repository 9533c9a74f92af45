"""Values that move: by seed and clock alone, within their bounds, in any order of asking."""

from __future__ import annotations

import itertools
import math
import random
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_facilities import NOON, Clock, attribute, one_device

from mtango_ref.backends.fake.timing.sources import held
from mtango_ref.fixture.quantities import integers
from mtango_ref.model import DevState

SLEWING = (
    "GaussianSlewLimited, mean: 10, std_dev: 50, max_slew_rate: 2, min_bound: -20, max_bound: 60,"
    " update_period: 500"
)


def series(
    simulation: str,
    times: list[float],
    shape: str = "data_type: DevDouble",
    seed: int = 0,
    device: str = "",
    folder: Path | None = None,
) -> list[Any]:
    """Read the values of an attribute x at times (s after noon)."""
    clock = Clock()
    quantity = f"{{quantity_simulation_type: {simulation}}}"
    text = f"{{x: {{{shape}, simulation: {quantity}}}}}"
    facility = one_device(text, device, seed=seed, clock=clock, folder=folder)
    proxy = attribute(facility, "x")

    def value(time: float) -> Any:
        clock.now = NOON + time
        return proxy.read().value

    return [value(time) for time in times]


def every(period: float, count: int) -> list[float]:
    return [n * period for n in range(count)]


SPECTRUM = "data_format: SPECTRUM, max_dim_x: 1000"
IMAGE = "data_format: IMAGE, max_dim_x: 1000, max_dim_y: 1000"
EVERY_KIND = [
    (SLEWING, "data_type: DevDouble"),
    (SLEWING, "data_type: DevLong"),
    ("Uniform", "data_type: DevUChar"),
    ("Uniform, dim_x: 5", f"data_type: DevBoolean, {SPECTRUM}"),
    ("Uniform, dim_x: 3, dim_y: 2", f"data_type: DevFloat, {IMAGE}"),
    ("Sine, dim_x: 5", f"data_type: DevDouble, {SPECTRUM}"),
    ("Spot, dim_x: 12, dim_y: 9", f"data_type: DevUShort, {IMAGE}"),
    ("RandomText, template: '{x} {y} {n}', dim_x: 2, dim_y: 2", f"data_type: DevString, {IMAGE}"),
    ("Sine, amplitude: 50, std_dev: 3", "data_type: DevShort"),
    ("Ramp, from: 5, to: 40, period: 30, std_dev: 2", "data_type: DevDouble"),
    ("Square, low: OFF, high: ON, period: 9", "data_type: DevState"),
    ("Counter, step: 3, wraps_at: 100", "data_type: DevUChar"),
    ("RandomWalk, start: 4, std_dev: 3, min_bound: -9, max_bound: 9", "data_type: DevLong"),
    ("Noise, offset: 5, amplitude: 2, dim_x: 7", f"data_type: DevDouble, {SPECTRUM}"),
    (
        "Noise, peaks: [{height: 90, x: 3, y: 2, width: 2}], dim_x: 7, dim_y: 5",
        f"data_type: DevUShort, {IMAGE}",
    ),
]
EACH_KIND = pytest.mark.parametrize(("simulation", "shape"), EVERY_KIND)


@EACH_KIND
def test_same_seed_and_clock_give_the_same_values(simulation: str, shape: str) -> None:
    times = every(0.5, 300)
    random.seed(1)  # the random numbers of the process play no part
    first = series(simulation, times, shape)
    random.seed(2)
    assert series(simulation, times, shape) == first


@EACH_KIND
def test_values_do_not_depend_on_what_was_asked_before(simulation: str, shape: str) -> None:
    times = every(0.5, 250)
    first = series(simulation, times, shape)
    assert series(simulation, times[::-1], shape) == first[::-1]
    assert series(simulation, times[::7], shape) == first[::7]


@EACH_KIND
def test_values_do_not_depend_on_other_readers(simulation: str, shape: str) -> None:
    clock = threading.local()
    quantity = f"{{quantity_simulation_type: {simulation}}}"
    clock.now = NOON
    facility = one_device(f"{{x: {{{shape}, simulation: {quantity}}}}}", clock=lambda: clock.now)
    proxy = attribute(facility, "x")

    def ask(times: list[float]) -> list[Any]:
        values = []
        for clock.now in times:
            values.append(proxy.read().value)
        return values

    forth = [NOON + time for time in every(0.7, 100)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [forth, forth[::-1], forth[::3], forth]))
    expected = series(simulation, every(0.7, 100), shape)
    assert answers == [expected, expected[::-1], expected[::3], expected]


@EACH_KIND
def test_values_exist_in_far_past_and_future(simulation: str, shape: str) -> None:
    """No time is too far to be asked, nor in the wrong order."""
    times = [0.0, 4e11, -5.0, -4e11, -NOON, 5.0, 1e8, -1e8]
    values = series(simulation, times, shape)
    assert [series(simulation, [time], shape)[0] for time in times] == values


@pytest.mark.parametrize(
    ("simulation", "shape"),
    [kind for kind in EVERY_KIND if not re.match("Square|Counter|Sine, dim", kind[0])],
)
def test_another_seed_gives_other_values(simulation: str, shape: str) -> None:
    times = every(1, 20)
    assert series(simulation, times, shape, seed=1) != series(simulation, times, shape)


@EACH_KIND
def test_a_value_holds_for_its_update_period(simulation: str, shape: str) -> None:
    period = 0.5 if "update_period" in simulation else 1.0
    values = series(simulation, every(period / 10, 400), shape)
    changed = [n for n, (one, two) in enumerate(itertools.pairwise(values), 1) if one != two]
    assert changed
    assert all(n % 10 == 0 for n in changed)


def test_a_clock_that_stands_still_gives_one_value() -> None:
    assert len(set(series(SLEWING, [3.0] * 1000))) == 1


def test_a_clock_before_the_epoch_gives_values() -> None:
    assert len(set(series(SLEWING, [-NOON - 100.0 * n for n in range(5)]))) > 1


def test_values_keep_slew_rate_and_bounds() -> None:
    values = series(SLEWING, every(0.5, 1000))
    steps = [abs(two - one) for one, two in itertools.pairwise(values)]
    assert max(steps) == pytest.approx(1.0)
    assert statistics.fmean(steps) > 0.5
    assert -20 <= min(values) < 0
    assert 40 < max(values) <= 60


def test_integers_are_rounded() -> None:
    values = series(SLEWING, every(0.5, 1000), "data_type: DevShort")
    assert {type(value) for value in values} == {int}
    assert -20 <= min(values) < max(values) <= 60


def test_gaussian_has_its_mean_and_deviation() -> None:
    values = series("GaussianSlewLimited, mean: 5, std_dev: 2", every(1, 1500))
    assert statistics.fmean(values) == pytest.approx(5, abs=0.3)
    assert statistics.stdev(values) == pytest.approx(2, abs=0.2)
    assert len(set(values)) == len(values)


def test_gaussian_without_deviation_stays() -> None:
    assert set(series("GaussianSlewLimited, mean: 5, std_dev: 0", every(1, 500))) == {5.0}


def test_uniform_stays_in_its_range() -> None:
    values = series("Uniform, min: 3, max: 6", every(1, 400), "data_type: DevLong64")
    assert set(values) == {3, 4, 5, 6}
    whole = f"Uniform, min: {-(2**63)}, max: {2**63 - 1}"
    assert max(series(whole, every(1, 100), "data_type: DevLong64")) > 2**62
    assert {type(value) for value in series("Uniform", every(1, 5))} == {float}


@pytest.mark.parametrize(
    ("low", "high"), [(0, 255), (0, 1), (-7, 250), (5, 5), (-(2**63), 2**63 - 1)]
)
def test_drawn_integers_are_those_of_random(low: int, high: int) -> None:
    """A seed gives the same values in every version."""
    plain = random.Random("0/1")
    found = itertools.islice(integers(random.Random("0/1"), low, high), 1000)
    assert [*found] == [plain.randint(low, high) for _ in range(1000)]


def test_uniform_gives_both_booleans() -> None:
    [spectrum] = series("Uniform, dim_x: 100", [0], f"data_type: DevBoolean, {SPECTRUM}")
    assert len(spectrum) == 100
    assert set(map(type, spectrum)) == {bool}
    assert set(spectrum) == {True, False}


def test_sine_moves_along_a_spectrum() -> None:
    simulation = "Sine, amplitude: 2, offset: 1, period: 8, elements_per_turn: 4, dim_x: 4"
    shape = f"data_type: DevDouble, {SPECTRUM}"
    start = math.ceil(NOON / 8) * 8 - NOON
    rows = series(simulation, [start, start + 2], shape)
    assert rows == [pytest.approx([1, 3, 1, -1]), pytest.approx([3, 1, -1, 1])]


def test_sine_reaches_its_amplitude() -> None:
    values = series("Sine, amplitude: 2, offset: 1, period: 60", every(1, 60))
    assert (min(values), max(values)) == (pytest.approx(-1), pytest.approx(3))


def test_spot_moves_over_an_image() -> None:
    times = every(1, 5)
    images = series("Spot, peak: 20, dim_x: 90, dim_y: 80", times, f"data_type: DevLong, {IMAGE}")
    for image in images:
        assert (len(image), {len(row) for row in image}) == (80, {90})
        assert 18 <= max(map(max, image)) <= 20
        assert image[0] == image[-1] == [0] * 90
        lit = [x for row in image for x, height in enumerate(row) if height]
        assert 0 < min(lit) < 45 < max(lit) < 90


def test_random_text_follows_its_template() -> None:
    simulation = "RandomText, template: 'a{x}:{y} {n:03}', min: 7, max: 9, dim_x: 3, dim_y: 2"
    [image] = series(simulation, [0], f"data_type: DevString, {IMAGE}")
    assert [len(row) for row in image] == [3, 3]
    for y, row in enumerate(image):
        for x, text in enumerate(row):
            assert re.fullmatch(f"a{x}:{y} 00[789]", text)


def test_a_constant_stays() -> None:
    simulation = "ConstantQuantity, start_value: MOVING"
    values = series(simulation, every(1000, 5), "data_type: DevState")
    assert values == [DevState.MOVING] * 5


def test_attributes_of_one_kind_differ() -> None:
    text = f"{{data_type: DevDouble, simulation: {{quantity_simulation_type: {SLEWING}}}}}"
    facility = one_device(f"{{x: {text}, y: {text}}}")
    assert attribute(facility, "x").read().value != attribute(facility, "y").read().value


def test_threads_wait_for_one_draw() -> None:
    """Large images take long to draw: not every thread that wants one draws it."""
    drawn = []

    def draw(number: int) -> int:
        time.sleep(0.05)
        drawn.append(number)
        return number

    source = held(draw, 2000, 0)
    threads = [threading.Thread(target=source, args=(11.0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (source(10.0), source(11.9), drawn) == (5, 5, [5])
    assert (source(12.0), drawn) == (6, [5, 6])
