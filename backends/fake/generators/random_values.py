"""Values drawn at random, each by itself."""

from __future__ import annotations

import re
from itertools import repeat, starmap
from typing import Annotated, Any, Literal

from pydantic import Field

from mtango_ref.backends.fake.quantities import (
    IMAGE,
    SCALAR,
    SPECTRUM,
    Dim,
    Draw,
    Problems,
    Quantity,
    as_number,
    generator,
    laid_out,
    misfits,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.model import CmdArgType
from mtango_ref.tango_types import NUMBERS


class _Elements(Quantity):
    """Elements with random integers in min..max, both included."""

    min: int = 0
    max: int = 255
    dim_x: Dim = 1
    dim_y: Dim = 0

    def _of_types(self, shape: Shape, *types: str) -> Problems:
        if self.min > self.max:
            yield "min", f"{self.min}; expected at most max = {self.max}"
        yield from self._suits(shape, types, SCALAR, SPECTRUM, IMAGE)


class Uniform(_Elements):
    """Every element a random number in min..max; of booleans, either."""

    quantity_simulation_type: Literal["Uniform"]

    def problems(self, shape: Shape) -> Problems:
        yield from self._of_types(shape, *NUMBERS, "DevBoolean")
        yield from misfits(shape, min=self.min, max=self.max)

    def draw(self, shape: Shape, seed: str) -> Draw:
        is_boolean = shape.data_type is CmdArgType.DevBoolean
        limits = (0, 1) if is_boolean else (self.min, self.max)
        convert = bool if is_boolean else as_number(shape)

        def draw(number: int) -> Any:
            drawn = generator(f"{seed}/{number}")
            elements = map(convert, starmap(drawn.randint, repeat(limits)))
            return laid_out(elements, shape, self.dim_x, self.dim_y)

        return draw


class RandomText(_Elements):
    """Texts by a template of {x}, {y} (indices) and {n} (random, in min..max)."""

    quantity_simulation_type: Literal["RandomText"]
    template: Annotated[str, Field(max_length=200)]

    def problems(self, shape: Shape) -> Problems:
        yield from self._of_types(shape, "DevString")
        if set("{}") & set(re.sub(r"\{[xyn](:0?[1-9])?\}", "", self.template)):
            yield "template", "expected text with {x}, {y}, {n}, each perhaps as {n:04}"

    def draw(self, shape: Shape, seed: str) -> Draw:
        write = self.template.format

        def draw(number: int) -> Any:
            drawn = generator(f"{seed}/{number}")
            elements = (
                write(x=x, y=y, n=drawn.randint(self.min, self.max))
                for y in range(max(self.dim_y, 1))
                for x in range(self.dim_x)
            )
            return laid_out(elements, shape, self.dim_x, self.dim_y)

        return draw
