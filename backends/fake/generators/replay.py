"""Values that were recorded, from a column of a CSV file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from math import inf, isfinite
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, PrivateAttr, WithJsonSchema

from mtango_ref.backends.fake.csv_columns import Column, CsvFolder
from mtango_ref.backends.fake.quantities import (
    SCALAR,
    Draw,
    Problems,
    Quantity,
    clip,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.json_values import WrongValue, shown
from mtango_ref.model import CmdArgType
from mtango_ref.tango_types import ELEMENTS, FLOATS, INTEGERS

_TYPES = tuple(kind.value for kind in ELEMENTS if kind is not CmdArgType.DevEncoded)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _place(value: Any) -> Any:
    if (type(value) is str and value) or (type(value) is int and value > 0):
        return value
    raise ValueError("the name of a column, or its number from 1")


_Place = Annotated[
    Any, AfterValidator(_place), WithJsonSchema({"type": ["string", "integer"], "minimum": 1})
]


class Replay(Quantity):
    """A row each update period from when the facility began to run, or each when its
    time_column says: in s, or as dates of ISO 8601; the first row is at the start.

    The file is beside the fixture. After the last row comes the first one, if it wraps (when
    as much time is over as between the last two), or else it stays. There is a header if
    column or time_column is a name.
    """

    since_start: ClassVar[bool] = True
    quantity_simulation_type: Literal["Replay"]
    file: Annotated[str, Field(max_length=1000)]
    column: _Place
    time_column: _Place = None
    wraps: bool = True
    _folder: CsvFolder = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Keep the folder of the fixture, which the checker gives."""
        self._folder = context if isinstance(context, CsvFolder) else CsvFolder(None)

    def problems(self, shape: Shape) -> Problems:
        unsuited = list(self._suits(shape, _TYPES, SCALAR))
        yield from unsuited
        try:
            _ = unsuited or self._columns(shape)
        except WrongValue as error:
            yield "file", str(error)

    def draw(self, shape: Shape, _: str) -> Draw:
        values, *times = self._columns(shape)
        index = self._by_time(times[0]) if times else self._by_row(len(values))
        return lambda number: values[index(number)]

    def _columns(self, shape: Shape) -> list[list[Any]]:
        """The values, and when there is a time_column, the times (s)."""
        columns = [Column(self.column, _cell(shape))]
        if self.time_column is not None:
            columns.append(Column(self.time_column, _ascending()))
        return self._folder.columns(self.file, columns, (shape.data_type, *shape.enum_labels))

    def _by_row(self, count: int) -> Callable[[int], int]:
        if self.wraps:
            return lambda number: number % count
        return lambda number: min(max(number, 0), count - 1)

    def _by_time(self, times: Sequence[float]) -> Callable[[int], int]:
        first, last = times[0], times[-1]
        length = last - first + (last - times[-2] if len(times) > 1 else 0)

        def index(number: int) -> int:
            after = number * self.update_period / 1000
            if self.wraps and length:
                after %= length
            return bisect_right(times, first + clip(after, 0, length)) - 1

        return index


def _cell(shape: Shape) -> Callable[[str], Any]:
    """What the text of a cell is as an element. WrongValue."""
    check, data_type = shape.check, shape.data_type.value
    if data_type == "DevString":
        return str
    if data_type == "DevBoolean":
        return lambda cell: check(_BOOLEANS.get(cell.strip().lower(), cell))
    if data_type not in (*INTEGERS, *FLOATS):
        return lambda cell: check(cell.strip())
    parsed = int if data_type in INTEGERS else float

    def number(cell: str) -> Any:
        try:
            value: Any = parsed(cell)
        except ValueError:
            value = cell
        return check(value)

    return number


def _ascending() -> Callable[[str], float]:
    """The time of a cell; no time is before that of the cell that was asked for last."""
    last = -inf

    def time(cell: str) -> float:
        nonlocal last
        now = _time(cell)
        if not (isfinite(now) and last <= now):
            raise WrongValue(f"time {shown(cell)}; expected times that do not go back")
        last = now
        return now

    return time


def _time(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(cell.strip().replace("Z", "+00:00"))
    except ValueError:
        what = "expected s, or a date such as 2026-01-31T12:00:00"
        raise WrongValue(f"time {shown(cell)} does not fit; {what}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
