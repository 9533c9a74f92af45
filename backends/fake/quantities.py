"""The fixture language's simulations: what can make an attribute's value move.

The words are tango-simlib's (SimDD): quantity_simulation_type says which.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import isinf
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mtango_ref.backends.fake.values import Shape, WrongValue
from mtango_ref.model import AttrDataFormat, CmdArgType

SCALAR, SPECTRUM, IMAGE = AttrDataFormat.SCALAR, AttrDataFormat.SPECTRUM, AttrDataFormat.IMAGE
INTEGERS = (
    *("DevShort", "DevLong", "DevInt", "DevLong64"),
    *("DevUChar", "DevUShort", "DevULong", "DevULong64"),
)
FLOATS = ("DevFloat", "DevDouble")
NUMBERS = INTEGERS + FLOATS


class Model(BaseModel):
    """What all models of the language have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Finite = Annotated[float, Field(allow_inf_nan=False)]
Dim = Annotated[int, Field(ge=0, le=1_000_000)]


def misfit(shape: Shape, value: Any) -> str | None:
    """Why the value does not fit, or None."""
    try:
        shape.fit(value)
    except WrongValue as error:
        return str(error)
    return None


def _too_large(shape: Shape, dim_x: int, dim_y: int) -> str | None:
    if shape.data_format is SCALAR and dim_x != 1:
        return f"dim_x: {dim_x}; expected 1 of a SCALAR"
    try:
        shape.dims(dim_x, dim_y)
    except WrongValue as error:
        return str(error)
    return None


class _Simulation(Model, ABC):
    update_period: Annotated[int, Field(ge=10, le=86_400_000)] = 1000
    """ms; a value holds that long."""

    @abstractmethod
    def problem(self, shape: Shape) -> str | None:
        """Why it cannot make values of that shape, or None."""

    def _suits(self, shape: Shape, types: Sequence[str], *formats: AttrDataFormat) -> str | None:
        name = type(self).__name__
        if shape.data_type.value not in types:
            return f"{name} does not make {shape.data_type.value}; expected {', '.join(types)}"
        if shape.data_format not in formats:
            wanted = ", ".join(each.value for each in formats)
            return f"{name} does not make {shape.data_format.value}; expected {wanted}"
        return None


class ConstantQuantity(_Simulation):
    """tango-simlib's: a value that stays until somebody sets it."""

    quantity_simulation_type: Literal["ConstantQuantity"]
    start_value: Any

    def problem(self, shape: Shape) -> str | None:
        return misfit(shape, self.start_value)


class GaussianSlewLimited(_Simulation):
    """tango-simlib's: a number about the mean that moves no faster than max_slew_rate (1/s)."""

    quantity_simulation_type: Literal["GaussianSlewLimited"]
    mean: Finite
    std_dev: Annotated[Finite, Field(ge=0)]
    max_slew_rate: Annotated[float, Field(gt=0)] = float("inf")
    min_bound: float = float("-inf")
    max_bound: float = float("inf")

    def problem(self, shape: Shape) -> str | None:
        if not self.min_bound <= self.mean <= self.max_bound:
            return "expected min_bound <= mean <= max_bound"
        wrong = self._suits(shape, NUMBERS, SCALAR)
        if wrong:
            return wrong
        if shape.data_type.value in FLOATS:
            return misfit(shape, self.mean)
        if isinf(self.min_bound) or isinf(self.max_bound):
            return f"{shape.data_type.value} is an integer; expected min_bound and max_bound"
        return misfit(shape, round(self.min_bound)) or misfit(shape, round(self.max_bound))


class Uniform(_Simulation):
    """Every element a random number in min..max, both included; of booleans, either."""

    quantity_simulation_type: Literal["Uniform"]
    min: int = 0
    max: int = 255
    dim_x: Dim = 1
    dim_y: Dim = 0

    def problem(self, shape: Shape) -> str | None:
        if self.min > self.max:
            return "expected min <= max"
        wrong = self._suits(shape, (*NUMBERS, "DevBoolean"), SCALAR, SPECTRUM, IMAGE)
        if wrong or shape.data_type is CmdArgType.DevBoolean:
            return wrong or _too_large(shape, self.dim_x, self.dim_y)
        return (
            misfit(shape.of_element(), self.min)
            or misfit(shape.of_element(), self.max)
            or _too_large(shape, self.dim_x, self.dim_y)
        )


class Sine(_Simulation):
    """offset + amplitude * sin(2 pi (t / period + x / elements_per_turn)); t, period in s."""

    quantity_simulation_type: Literal["Sine"]
    amplitude: Finite = 1.0
    offset: Finite = 0.0
    period: Annotated[Finite, Field(gt=0)] = 60.0
    elements_per_turn: Annotated[Finite, Field(gt=0)] = 360.0
    dim_x: Dim = 1

    def problem(self, shape: Shape) -> str | None:
        wrong = self._suits(shape, FLOATS, SCALAR, SPECTRUM)
        return wrong or _too_large(shape, self.dim_x, 0)


class Spot(_Simulation):
    """A cone of light on a dark image, as high as its radius, wandering about the middle."""

    quantity_simulation_type: Literal["Spot"]
    peak: Annotated[int, Field(ge=1, le=127)] = 32
    dim_x: Dim
    dim_y: Dim

    def problem(self, shape: Shape) -> str | None:
        return self._suits(shape, NUMBERS, IMAGE) or _too_large(shape, self.dim_x, self.dim_y)


class RandomText(_Simulation):
    """Texts by a template of {x}, {y} (indices) and {n} (random, in min..max)."""

    quantity_simulation_type: Literal["RandomText"]
    template: Annotated[str, Field(max_length=200)]
    min: int = 0
    max: int = 255
    dim_x: Dim = 1
    dim_y: Dim = 0

    def problem(self, shape: Shape) -> str | None:
        if self.min > self.max:
            return "expected min <= max"
        if set("{}") & set(re.sub(r"\{[xyn](:0?[1-9])?\}", "", self.template)):
            return "template: expected text with {x}, {y}, {n}, each perhaps as {n:04}"
        wrong = self._suits(shape, ("DevString",), SCALAR, SPECTRUM, IMAGE)
        return wrong or _too_large(shape, self.dim_x, self.dim_y)


Simulation = Annotated[
    ConstantQuantity | GaussianSlewLimited | Uniform | Sine | Spot | RandomText,
    Field(discriminator="quantity_simulation_type"),
]
