"""Values that go on step by step from when the facility began to run."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, sqrt
from typing import Any, ClassVar, Literal

from mtango_ref.backends.fake.quantities import (
    SCALAR,
    BoundedQuantity,
    Deviation,
    Draw,
    Finite,
    Number,
    Problems,
    Quantity,
    as_number,
    clip,
    generator,
    is_integer,
    misfit,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.tango_types import NUMBERS


class Counter(Quantity):
    """start + step * n in the update period n, and again from start before it is wraps_at; or
    before it is more than the type holds."""

    since_start: ClassVar[bool] = True
    quantity_simulation_type: Literal["Counter"]
    start: Number = 0
    step: Number = 1
    wraps_at: Number | None = None

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SCALAR)
        if shape.data_type in NUMBERS:
            last = {} if self.wraps_at is None else {"wraps_at": self.wraps_at}
            for key, value in {"start": self.start, "step": self.step, **last}.items():
                # The end is never reached, a step is a difference: these may be out of range.
                wrong = misfit(shape.of_element(), value) if key == "start" else None
                if wrong or (is_integer(shape) and type(value) is not int):
                    yield key, wrong or f"{value} does not fit; expected an integer"
        if self.wraps_at is not None and not (self.wraps_at - self.start) * self.step > 0:
            what = "expected start < wraps_at and a step up, or start > wraps_at and one down"
            yield "wraps_at", f"{self.wraps_at}; {what}"

    def draw(self, shape: Shape, _: str) -> Draw:
        # As decimal numbers, so that 0.1 three times is 0.3.
        start, step = Fraction(str(self.start)), Fraction(str(self.step))
        count = self._count(shape)
        if is_integer(shape):
            return lambda number: int(start + step * (number % count))
        element = as_number(shape)
        return lambda number: element(float(start + step * (number % count)))

    def _count(self, shape: Shape) -> int:
        """How many values there are until it begins again."""
        if not self.step:
            return 1
        start, step = Fraction(str(self.start)), Fraction(str(self.step))
        least, largest = map(Fraction, NUMBERS[shape.data_type][1:])
        held = (largest if step > 0 else least) - start
        within = int(held / step) + 1
        if self.wraps_at is None:
            return within
        return min(within, ceil((Fraction(str(self.wraps_at)) - start) / step))


class RandomWalk(BoundedQuantity):
    """From `start` a gaussian step of std_dev each update period, turned back at the bounds."""

    since_start: ClassVar[bool] = True
    quantity_simulation_type: Literal["RandomWalk"]
    start: Finite = 0.0
    std_dev: Deviation = 1.0

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SCALAR)
        yield from self._bounded(shape, start=self.start)

    def draw(self, shape: Shape, seed: str) -> Draw:
        walk, element = _walk(seed), as_number(shape)
        low, high = self._range(shape)

        def draw(number: int) -> Any:
            free = self.start + self.std_dev * walk(number)
            # Rounding may lead out of the bounds by the last bit.
            return element(clip(_turned_back(free, low, high), low, high))

        return draw


def _walk(seed: str) -> Callable[[int], float]:
    """The sum of as many standard gaussian steps as the number says, without adding them.

    Each step number has a gaussian of its own. It gives the way from one power of two to the
    next, and of what is between, the middle of its neighbours (Levy's construction): the law
    is that of the sum, and a value costs two draws for each binary digit of the number.
    """

    def drawn(number: int) -> float:
        return generator(f"{seed}/{number}").gauss(0, 1)

    def place(number: int) -> float:
        if number <= 0:
            # Before the start it walks, too, by other draws.
            return 0.0 if number == 0 else _walk(f"{seed}/before")(-number)
        left, right = 0, 1
        at_left, at_right = 0.0, drawn(1)
        while right < number:
            left, right = right, 2 * right
            at_left, at_right = at_right, at_right + sqrt(left) * drawn(right)
        while right != number:
            middle = (left + right) // 2
            at_middle = (at_left + at_right) / 2 + sqrt(right - left) / 2 * drawn(middle)
            if number <= middle:
                right, at_right = middle, at_middle
            else:
                left, at_left = middle, at_middle
        return at_right

    return place


def _turned_back(value: float, low: float, high: float) -> float:
    """Where in low..high a mirror at either end shows the value."""
    if value > high:
        return -_turned_back(-value, -high, -low)
    if value >= low:
        return value
    beyond, width = low - value, high - low
    if beyond > width:
        beyond = beyond % (2 * width) if width else 0
        beyond = min(beyond, 2 * width - beyond)
    return low + beyond
