"""tango-simlib's own quantities."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from tango_simlib import quantities as simlib

from mtango_ref.backends.fake.quantities import (
    SCALAR,
    BoundedQuantity,
    Deviation,
    Draw,
    Finite,
    Problems,
    Quantity,
    as_number,
    clip,
    generator,
    misfit,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.tango_types import NUMBERS

_BLOCK = 100
"""Periods between two anchors of a slew-limited value."""


class ConstantQuantity(Quantity):
    """A value that stays until somebody sets it."""

    quantity_simulation_type: Literal["ConstantQuantity"]
    start_value: Any

    def problems(self, shape: Shape) -> Problems:
        wrong = misfit(shape, self.start_value)
        if wrong:
            yield "start_value", wrong

    def draw(self, shape: Shape, _: str) -> Draw:
        quantity: Any = simlib.ConstantQuantity(shape.fit(self.start_value))
        return quantity.next_val  # type: ignore[no-any-return]


class GaussianSlewLimited(BoundedQuantity):
    """A number about the mean that moves no faster than max_slew_rate (1/s)."""

    quantity_simulation_type: Literal["GaussianSlewLimited"]
    mean: Finite
    std_dev: Deviation
    max_slew_rate: Annotated[float, Field(gt=0)] = float("inf")

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SCALAR)
        yield from self._bounded(shape, mean=self.mean)

    def draw(self, shape: Shape, seed: str) -> Draw:
        """tango-simlib's quantity walks from anchor to anchor, and never further from the next
        one than the slew rate lets it return. The anchors are drawn each by itself, so that no
        value depends on more than a block of earlier ones."""
        mean, std_dev, slew_rate = self.mean, self.std_dev, self.max_slew_rate
        low, high = self._range(shape)
        period = self.update_period / 1000
        step_size = slew_rate * period
        element = as_number(shape)

        def anchor(block: int) -> float:
            target = generator(f"{seed}/anchor {block}").gauss(mean, std_dev)
            return clip(_near(target, mean, step_size * _BLOCK / 2), low, high)

        def draw(number: int) -> Any:
            block, steps = divmod(number, _BLOCK)
            quantity: Any = simlib.GaussianSlewLimited(mean, 0, slew_rate, None, low, high)
            quantity.set_val(anchor(block), 0)
            next_anchor = anchor(block + 1)
            drawn = generator(f"{seed}/{block}")
            for step in range(1, steps + 1):
                # tango-simlib draws from the random numbers of the whole process. With a
                # standard deviation of 0 it draws the mean; what is drawn here is its mean.
                target = drawn.gauss(mean, std_dev)
                quantity.mean = _near(target, next_anchor, step_size * (_BLOCK - step))
                quantity.next_val(step * period)
            return element(quantity.last_val)

        return draw


def _near(value: float, middle: float, distance: float) -> float:
    return clip(value, middle - distance, middle + distance)
