"""Values that come again each period."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin
from typing import Annotated, Any, Literal

from pydantic import Field

from mtango_ref.backends.fake.quantities import (
    SCALAR,
    SPECTRUM,
    BoundedQuantity,
    Deviation,
    Dim,
    Draw,
    Finite,
    Number,
    Positive,
    Problems,
    Quantity,
    as_number,
    clip,
    generator,
    laid_out,
    misfit,
    misfits,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.tango_types import ELEMENTS, NUMBERS


class _Wave(Quantity):
    """Something that turns once in a period; a turn began `phase` after the epoch."""

    period: Positive
    """s"""
    phase: Finite = 0.0
    """s"""

    def _turn(self, number: int) -> float:
        """How much of a turn is over, in 0..1 without 1."""
        # In ms, so that a period of 0.3 s is three times 100 ms and not a little less.
        period, phase = self.period * 1000, self.phase * 1000
        return (number * self.update_period - phase) % period / period % 1


class _NoisyWave(_Wave, BoundedQuantity):
    std_dev: Deviation = 0.0
    """Of the gaussian noise upon it."""

    def _finish(self, shape: Shape, seed: str) -> Callable[[float], float]:
        """A value of the wave -> an element, with noise."""
        element, (low, high) = as_number(shape), self._range(shape)
        if not self.std_dev:
            return lambda value: element(clip(value, low, high))
        drawn = generator(seed).gauss
        return lambda value: element(clip(value + drawn(0, self.std_dev), low, high))


class Sine(_NoisyWave):
    """offset + amplitude * sin(2 pi ((t - phase) / period + x / elements_per_turn)), and noise."""

    quantity_simulation_type: Literal["Sine"]
    period: Positive = 60.0
    amplitude: Finite = 1.0
    offset: Finite = 0.0
    elements_per_turn: Positive = 360.0
    dim_x: Dim = 1

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SCALAR, SPECTRUM)
        yield from self._bounded(shape)
        for extreme in sorted({self.offset - self.amplitude, self.offset + self.amplitude}):
            yield from misfits(shape, amplitude=clip(extreme, self.min_bound, self.max_bound))

    def draw(self, shape: Shape, seed: str) -> Draw:
        whole = self.elements_per_turn

        def draw(number: int) -> Any:
            turn, finish = self._turn(number), self._finish(shape, f"{seed}/{number}")
            turns = (turn + x % whole / whole for x in range(self.dim_x))
            elements = (self.offset + self.amplitude * sin(2 * pi * each) for each in turns)
            return laid_out(map(finish, elements), shape, self.dim_x, 0)

        return draw


class Ramp(_NoisyWave):
    """A sawtooth: it goes evenly from `from` to `to` within a period, and begins again."""

    quantity_simulation_type: Literal["Ramp"]
    from_: Annotated[Number, Field(alias="from")]
    to: Number

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SCALAR)
        yield from self._bounded(shape)
        yield from misfits(shape, **{"from": self.from_, "to": self.to})

    def draw(self, shape: Shape, seed: str) -> Draw:
        def draw(number: int) -> Any:
            turn = self._turn(number)
            value = self.from_ * (1 - turn) + self.to * turn
            return self._finish(shape, f"{seed}/{number}")(value)

        return draw


class Square(_Wave):
    """`high` for the part `duty` of each period, then `low`; these are values of any kind."""

    quantity_simulation_type: Literal["Square"]
    low: Any
    high: Any
    duty: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, [kind.value for kind in ELEMENTS], SCALAR)
        for key, value in (("low", self.low), ("high", self.high)):
            wrong = misfit(shape.of_element(), value)
            if wrong:
                yield key, wrong

    def draw(self, shape: Shape, _: str) -> Draw:
        low, high = shape.fit(self.low), shape.fit(self.high)
        return lambda number: high if self._turn(number) < self.duty else low
