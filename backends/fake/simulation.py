"""Values that move: what the fixture's simulations make of a clock and a seed.

A source gives the value of an attribute at a time. A value holds for an update period, and
is a function of (seed, device, attribute, number of the period since the epoch) alone: past
values can be told as well as the present one, in any order, and nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, repeat, starmap
from math import hypot, pi, sin
from random import Random
from threading import Lock
from typing import Any

from tango_simlib import quantities as simlib

from mtango_ref.backends.fake import quantities
from mtango_ref.backends.fake.values import Shape
from mtango_ref.model import AttrDataFormat, CmdArgType

Source = Callable[[float], Any]
"""The value at a time (s since the epoch)."""

Draw = Callable[[int], Any]
"""The value of one update period, told by its number, counted from the epoch."""

_BLOCK = 100
"""Periods between two anchors of a slew-limited value."""


def constant(value: Any) -> Source:
    """A value that stays."""
    return lambda _: value


def source(simulation: quantities.Simulation, shape: Shape, seed: str) -> Source:
    """The source that a fixture's simulation describes, for values of that shape."""
    if isinstance(simulation, quantities.ConstantQuantity):
        quantity: Any = simlib.ConstantQuantity(shape.fit(simulation.start_value))
        return quantity.next_val  # type: ignore[no-any-return]
    draw = _DRAWS[type(simulation)](simulation, shape, seed)
    return held(draw, simulation.update_period / 1000)


def held(draw: Draw, period: float) -> Source:
    """A drawn value, kept until its period (s) is over, and drawn once for all threads."""
    kept: tuple[float | None, Any] = (None, None)
    drawing = Lock()

    def value_at(now: float) -> Any:
        nonlocal kept
        wanted = now // period
        number, value = kept
        if number == wanted:
            return value
        with drawing:
            number, value = kept
            if number != wanted:
                value = draw(int(wanted))
                kept = (wanted, value)
        return value

    return value_at


def _gaussian(simulation: quantities.GaussianSlewLimited, shape: Shape, seed: str) -> Draw:
    """tango-simlib's quantity walks from anchor to anchor, and never further from the next
    one than the slew rate lets it return. The anchors are drawn each by itself, so that no
    value depends on more than a block of earlier ones."""
    mean, std_dev, slew_rate = simulation.mean, simulation.std_dev, simulation.max_slew_rate
    low, high = simulation.min_bound, simulation.max_bound
    period = simulation.update_period / 1000
    step_size = slew_rate * period
    as_number = _as_number(shape)

    def anchor(block: int) -> float:
        target = _generator(f"{seed}/anchor {block}").gauss(mean, std_dev)
        return _clip(_near(target, mean, step_size * _BLOCK / 2), low, high)

    def draw(number: int) -> Any:
        block, steps = divmod(number, _BLOCK)
        quantity: Any = simlib.GaussianSlewLimited(mean, 0, slew_rate, None, low, high)
        quantity.set_val(anchor(block), 0)
        next_anchor = anchor(block + 1)
        generator = _generator(f"{seed}/{block}")
        for step in range(1, steps + 1):
            # tango-simlib draws from the random numbers of the whole process. With a standard
            # deviation of 0 it draws the mean; what is drawn here is its mean.
            target = generator.gauss(mean, std_dev)
            quantity.mean = _near(target, next_anchor, step_size * (_BLOCK - step))
            quantity.next_val(step * period)
        return as_number(quantity.last_val)

    return draw


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _near(value: float, middle: float, distance: float) -> float:
    return _clip(value, middle - distance, middle + distance)


def _uniform(simulation: quantities.Uniform, shape: Shape, seed: str) -> Draw:
    is_boolean = shape.data_type is CmdArgType.DevBoolean
    limits = (0, 1) if is_boolean else (simulation.min, simulation.max)
    convert = bool if is_boolean else _as_number(shape)

    def draw(number: int) -> Any:
        generator = _generator(f"{seed}/{number}")
        elements = map(convert, starmap(generator.randint, repeat(limits)))
        return _laid_out(elements, shape, simulation.dim_x, simulation.dim_y)

    return draw


def _sine(simulation: quantities.Sine, shape: Shape, _: str) -> Draw:
    dim_x = simulation.dim_x
    turn = 2 * pi / simulation.elements_per_turn

    def draw(number: int) -> Any:
        time = number * simulation.update_period / 1000
        phase = 2 * pi * (time / simulation.period % 1)
        elements = (
            simulation.offset + simulation.amplitude * sin(phase + turn * x) for x in range(dim_x)
        )
        return _laid_out(elements, shape, dim_x, 0)

    return draw


def _spot(simulation: quantities.Spot, shape: Shape, seed: str) -> Draw:
    peak, dim_x, dim_y = simulation.peak, simulation.dim_x, simulation.dim_y
    as_number = _as_number(shape)
    dark = [as_number(0)] * dim_x

    def draw(number: int) -> Any:
        generator = _generator(f"{seed}/{number}")
        middle_x, middle_y = (dim * generator.uniform(0.4, 0.6) for dim in (dim_x, dim_y))

        def row(y: int) -> list[Any]:
            if abs(y - middle_y) >= peak:
                return dark
            heights = (peak - hypot(x - middle_x, y - middle_y) for x in range(dim_x))
            return [as_number(max(height, 0)) for height in heights]

        return [row(y) for y in range(dim_y)]

    return draw


def _random_text(simulation: quantities.RandomText, shape: Shape, seed: str) -> Draw:
    dim_x, dim_y = simulation.dim_x, simulation.dim_y
    write = simulation.template.format

    def draw(number: int) -> Any:
        generator = _generator(f"{seed}/{number}")
        elements = (
            write(x=x, y=y, n=generator.randint(simulation.min, simulation.max))
            for y in range(max(dim_y, 1))
            for x in range(dim_x)
        )
        return _laid_out(elements, shape, dim_x, dim_y)

    return draw


def _generator(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - nothing is to be kept secret


def _as_number(shape: Shape) -> Callable[[float], float]:
    return round if shape.data_type.value in quantities.INTEGERS else float


def _laid_out(elements: Iterator[Any], shape: Shape, dim_x: int, dim_y: int) -> Any:
    """One element, [x] or [y][x] of them."""
    if shape.data_format is AttrDataFormat.SCALAR:
        return next(elements)
    if shape.data_format is AttrDataFormat.SPECTRUM:
        return list(islice(elements, dim_x))
    return [list(islice(elements, dim_x)) for _ in range(dim_y)]


_DRAWS: Mapping[type, Callable[[Any, Shape, str], Draw]] = {
    quantities.GaussianSlewLimited: _gaussian,
    quantities.Uniform: _uniform,
    quantities.Sine: _sine,
    quantities.Spot: _spot,
    quantities.RandomText: _random_text,
}
