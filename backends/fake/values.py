"""The values that a fixture may give to an attribute, a command or a pipe.

A value is checked and turned into what the model says of it (model.DeviceAttribute):
DevState by name, DevEnum by label, DevEncoded as {format: .., data: base64}. A long value
that is the same everywhere is written {fill: 0, dim_x: 256} or {fill: 0, dim_x: .., dim_y: ..}.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mtango_ref.json_values import (
    PLAIN,
    Check,
    WrongValue,
    convert,
    elements,
    label,
    refuse,
    shown,
)
from mtango_ref.model import AttrDataFormat, CmdArgType
from mtango_ref.tango_types import ARRAYS, ELEMENTS, PAIRS

MAX_ELEMENTS = 1_000_000


def fit_argument(data_type: CmdArgType, value: Any) -> Any:
    """Convert what a command gives or a pipe's element holds to the model; None: the type's zero,
    or no elements. WrongValue."""
    return _zero(data_type) if value is None else convert(data_type, value, PLAIN)


def _zero(data_type: CmdArgType) -> Any:
    if data_type in ARRAYS:
        return []
    if data_type in PAIRS:
        return PAIRS[data_type][1]([], [])
    return _ZEROS.get(data_type)


_ZEROS = {
    **{data_type: element.zero for data_type, element in ELEMENTS.items()},
    CmdArgType.DevEnum: 0,  # only an attribute has labels
    CmdArgType.ConstDevString: "",
}


class Shape(NamedTuple):
    """What a value has to fit."""

    data_type: CmdArgType
    data_format: AttrDataFormat
    max_dim_x: int
    max_dim_y: int
    enum_labels: Sequence[str]

    @property
    def check(self) -> Check:
        """The check of one element."""
        if self.data_type is CmdArgType.DevEnum:
            return label(self.enum_labels)
        return PLAIN[self.data_type]

    def of_element(self) -> Shape:
        """What one element has to fit."""
        return self._replace(data_format=AttrDataFormat.SCALAR)

    def default(self) -> Any:
        """The value of an attribute that is given none."""
        if self.data_format is not AttrDataFormat.SCALAR:
            return []
        if self.data_type is CmdArgType.DevEnum:
            return self.enum_labels[0]
        return ELEMENTS[self.data_type].zero

    def unwritten(self) -> Any:
        """The value of an attribute that can be written only, and has not been yet."""
        first = ELEMENTS[self.data_type].unwritten
        if first is None:
            first = self.of_element().default()
        forms = {AttrDataFormat.SCALAR: first, AttrDataFormat.SPECTRUM: [first]}
        return forms.get(self.data_format, [])

    def fit(self, value: Any) -> Any:
        """The value as the model has it: [x] for a spectrum, [y][x] for an image.
        WrongValue."""
        if self.data_format is AttrDataFormat.SCALAR:
            return self.check(value)
        if isinstance(value, dict) and "fill" in value:
            return self._filled(value)
        if not isinstance(value, list):
            return refuse(value, "a list, or {fill: .., dim_x: ..}")
        if self.data_format is AttrDataFormat.SPECTRUM:
            return self._row(value, "")
        return self._rows(value)

    def _row(self, value: list[Any], where: str) -> list[Any]:
        if len(value) > self.max_dim_x:
            raise WrongValue(
                f"{where}{len(value)} elements; expected at most max_dim_x = {self.max_dim_x}"
            )
        return elements(self.check, value, where)

    def _rows(self, value: list[Any]) -> list[list[Any]]:
        if len(value) > self.max_dim_y:
            raise WrongValue(f"{len(value)} rows; expected at most max_dim_y = {self.max_dim_y}")
        for y, row in enumerate(value):
            if not isinstance(row, list) or len(row) != len(value[0]):
                raise WrongValue(f"row {y}: expected a list of {len(value[0])} like row 0")
        return [self._row(row, f"row {y}: ") for y, row in enumerate(value)]

    def _filled(self, value: dict[str, Any]) -> list[Any]:
        image = self.data_format is AttrDataFormat.IMAGE
        keys = ["dim_x", "dim_y"] if image else ["dim_x"]
        if set(value) != {"fill", *keys}:
            refuse(value, "{fill: value, " + ", ".join(f"{key}: number" for key in keys) + "}")
        dims = self.dims(value["dim_x"], value.get("dim_y", 0))
        element = self.check(value["fill"])
        return filled(element, *dims)

    def dims(self, dim_x: Any, dim_y: Any) -> tuple[int, int]:
        """The dimensions, if they fit. WrongValue."""
        limits = {"dim_x": (dim_x, self.max_dim_x), "dim_y": (dim_y, self.max_dim_y)}
        for name, (dim, limit) in limits.items():
            _within(name, dim, limit)
        if dim_x * max(dim_y, 1) > MAX_ELEMENTS:
            raise WrongValue(f"{dim_x} x {dim_y} elements; expected at most {MAX_ELEMENTS}")
        return dim_x, dim_y


def _within(name: str, dim: Any, limit: int) -> None:
    if type(dim) is not int or not 0 <= dim <= limit:
        raise WrongValue(f"{name}: {shown(dim)}; expected an integer in 0..max_{name} = {limit}")


def filled(element: Any, dim_x: int, dim_y: int) -> list[Any]:
    """A spectrum (dim_y 0) or an image of one element; the rows of an image are one list."""
    row = [element] * dim_x
    return [row] * dim_y if dim_y else row
