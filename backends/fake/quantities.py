"""What the simulations of the fixture language (generators/) have in common.

The words are tango-simlib's (SimDD): quantity_simulation_type says which.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from math import inf, isfinite, isnan, prod
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from mtango_ref.backends.fake.values import MAX_ELEMENTS, Shape
from mtango_ref.json_values import WrongValue
from mtango_ref.model import AttrDataFormat, CmdArgType
from mtango_ref.tango_types import INTEGERS, NUMBERS

SCALAR, SPECTRUM, IMAGE = AttrDataFormat.SCALAR, AttrDataFormat.SPECTRUM, AttrDataFormat.IMAGE
_DIMENSIONS = {"dim_x": 1, "dim_y": 0}
_NEEDED: dict[AttrDataFormat, tuple[str, ...]] = {
    SCALAR: (),
    SPECTRUM: ("dim_x",),
    IMAGE: ("dim_x", "dim_y"),
}


class Model(BaseModel):
    """What all models of the language have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def field_defaults(cls) -> dict[str, Any]:
        """Return the default of each key."""
        fields = cls.model_fields.items()
        return {key: each.get_default(call_default_factory=True) for key, each in fields}


def _number(value: Any) -> Any:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("a finite number")
    return value


def _no_larger_than(limit: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        if abs(value) > limit:
            raise ValueError(f"a number in {-limit:g}..{limit:g}")
        return value

    return check


def _bound(value: float) -> float:
    if isnan(value):
        raise ValueError("a number")
    return value


Number = Annotated[Any, AfterValidator(_number), WithJsonSchema({"type": "number"})]
"""An integer stays one: a float does not hold all of DevLong64."""
Finite = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_no_larger_than(1e300))]
"""So that no sum of some of them is infinite."""
Positive = Annotated[Finite, Field(gt=0)]
Deviation = Annotated[
    float, Field(ge=0, allow_inf_nan=False), AfterValidator(_no_larger_than(1e100))
]
Bound = Annotated[float, AfterValidator(_bound)]
Dim = Annotated[int, Field(ge=0, le=1_000_000)]

Draw = Callable[[int], Any]
"""The value of one update period, told by its number."""

Problems = Iterator[tuple[str, str]]
"""(key, what is wrong and what was expected)."""


class Quantity(Model, ABC):
    """What makes a value move. A value holds for an update period and is a function of the
    seed and the number of the period alone: past values can be told as well as the present
    one, in any order, and nothing has to be remembered."""

    since_start: ClassVar[bool] = False
    """Whether periods are counted from when the facility began to run, or from the epoch."""

    update_period: Annotated[int, Field(ge=10, le=86_400_000)] = 1000
    """ms; a value holds that long."""

    @abstractmethod
    def problems(self, shape: Shape) -> Problems:
        """All why it cannot make values of that shape."""

    @abstractmethod
    def draw(self, shape: Shape, seed: str, /) -> Draw:
        """How it makes values of that shape, which it can."""

    def _suits(self, shape: Shape, types: Collection[str], *formats: AttrDataFormat) -> Problems:
        """Whether the shape is of these types and formats, and the dimensions fit it."""
        name, key = type(self).__name__, "quantity_simulation_type"
        if shape.data_type.value not in types:
            yield key, f"{name} does not make {shape.data_type.value}; expected {', '.join(types)}"
        if shape.data_format in formats:
            yield from self._sized(shape)
        else:
            wanted = ", ".join(each.value for each in formats)
            yield key, f"{name} does not make {shape.data_format.value}; expected {wanted}"

    def _sized(self, shape: Shape) -> Problems:
        dims = {key: getattr(self, key, unsaid) for key, unsaid in _DIMENSIONS.items()}
        for key, dim in dims.items():
            limit, unsaid = getattr(shape, f"max_{key}"), _DIMENSIONS[key]
            if key not in _NEEDED[shape.data_format]:
                if dim != unsaid:
                    yield key, f"{dim}; expected {unsaid} of a {shape.data_format.value}"
            elif key not in self.model_fields_set:
                yield key, f"missing; expected the size of the {shape.data_format.value}"
            elif dim > limit:
                yield key, f"{dim}; expected at most max_{key} = {limit}"
        if prod(filter(None, dims.values())) > MAX_ELEMENTS:
            yield "dim_x", f"{dims['dim_x']} x {dims['dim_y']}; expected at most {MAX_ELEMENTS}"


class BoundedQuantity(Quantity):
    """A quantity of numbers that are clipped to its bounds and to what their type holds."""

    min_bound: Bound = float("-inf")
    max_bound: Bound = float("inf")

    def _bounded(self, shape: Shape, **values: float) -> Problems:
        """Whether its bounds and the values of these keys fit, and one another."""
        low, high = self.min_bound, self.max_bound
        if not low < inf:
            yield "min_bound", f"{low}; expected a finite number, or -inf"
        if not high > -inf:
            yield "max_bound", f"{high}; expected a finite number, or inf"
        if low > high:
            yield "min_bound", f"{low}; expected at most max_bound = {high}"
            return
        for key, value in values.items():
            if not low <= value <= high:
                yield key, f"{value}; expected min_bound <= {key} <= max_bound"
        yield from misfits(shape, min_bound=low, max_bound=high, **values)

    def _range(self, shape: Shape) -> tuple[float, float]:
        """The least and the largest value."""
        _, least, largest = NUMBERS[shape.data_type]
        return max(self.min_bound, least), min(self.max_bound, largest)


def misfit(shape: Shape, value: Any) -> str | None:
    """Why the value does not fit, or None."""
    try:
        shape.fit(value)
    except WrongValue as error:
        return str(error)
    return None


def misfits(shape: Shape, **values: float) -> Problems:
    """Those of an element's finite numbers that do not fit, by key; of no numbers, none."""
    for key, value in values.items() if shape.data_type in NUMBERS else ():
        wrong = isfinite(value) and misfit(shape.of_element(), as_number(shape)(value))
        if wrong:
            yield key, wrong


def generator(seed: str) -> Random:
    """The random numbers of a seed."""
    return Random(seed)  # noqa: S311 - nothing is to be kept secret


def clip(value: float, low: float, high: float) -> float:
    """The value, or the bound that is beyond."""
    return min(max(value, low), high)


def is_integer(shape: Shape) -> bool:
    """Whether its elements are integers."""
    return shape.data_type in INTEGERS


def as_number(shape: Shape) -> Callable[[float], float]:
    """A real number -> an element. A DevFloat holds six digits, whatever they are."""
    if is_integer(shape):
        return round
    return _six_digits if shape.data_type is CmdArgType.DevFloat else float


def _six_digits(value: float) -> float:
    return float(f"{value:.6g}")


def laid_out(elements: Iterator[Any], shape: Shape, dim_x: int, dim_y: int) -> Any:
    """One element, [x] or [y][x] of them."""
    if shape.data_format is SCALAR:
        return next(elements)
    if shape.data_format is SPECTRUM:
        return list(islice(elements, dim_x))
    return [list(islice(elements, dim_x)) for _ in range(dim_y)]
