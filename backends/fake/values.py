"""What a fixture may write as the value of each Tango data type, as one table.

A value is checked and turned into what the model says of it (model.DeviceAttribute):
DevState by name, DevEnum by label, DevEncoded as {format: .., data: base64}. A long value
that is the same everywhere is written {fill: 0, dim_x: 256} or {fill: 0, dim_x: .., dim_y: ..}.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, NamedTuple, NoReturn

from mtango_ref.dev_float import LARGEST, fewest_digits
from mtango_ref.model import (
    AttrDataFormat,
    CmdArgType,
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)

MAX_ELEMENTS = 1_000_000


class WrongValue(ValueError):
    """The value does not fit; the text says why and what was expected."""


def shown(value: Any) -> str:
    """A value in a message, cut where it gets long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + ".."


def _refuse(value: Any, expected: str) -> NoReturn:
    raise WrongValue(f"{shown(value)} does not fit; expected {expected}")


def _integer(low: float, high: float) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if type(value) is int and low <= value <= high:
            return value
        return _refuse(value, f"an integer in {low}..{high}")

    return check


def _float(limit: float, fit: Callable[[float], float]) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if type(value) not in (int, float):
            _refuse(value, "a number")
        # Neither infinities nor NaN are beyond the limit: they can be had by every type.
        if limit < abs(value) < float("inf"):
            _refuse(value, f"a number in {-limit:g}..{limit:g}")
        return fit(float(value))

    return check


def _bool(value: Any) -> bool:
    return value if type(value) is bool else _refuse(value, "true or false")


def _text(value: Any) -> str:
    return value if type(value) is str else _refuse(value, "text")


def _state(value: Any) -> DevState:
    if isinstance(value, str) and value in DevState.__members__:
        return DevState[value]
    return _refuse(value, f"a state: {', '.join(DevState.__members__)}")


def _encoded(value: Any) -> DevEncoded:
    if isinstance(value, dict) and set(value) == {"format", "data"}:
        try:
            return DevEncoded(
                _text(value["format"]), base64.b64decode(_text(value["data"]), validate=True)
            )
        except binascii.Error:
            pass
    return _refuse(value, "{format: text, data: base64}")


def _enum(labels: Sequence[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value in labels:
            return value  # type: ignore[no-any-return]
        return _refuse(value, f"a label: {', '.join(labels)}")

    return check


class Kind(NamedTuple):
    """One data type: its check, its value where none is given, its default format."""

    check: Callable[[Any], Any]
    zero: Any
    format: str


_SIGNED = {"DevShort": 16, "DevLong": 32, "DevInt": 32, "DevLong64": 64}
_UNSIGNED = {"DevUChar": 8, "DevUShort": 16, "DevULong": 32, "DevULong64": 64}
_FLOATS = {"DevFloat": LARGEST, "DevDouble": 1.7976931348623157e308}

RANGES: dict[str, tuple[float, float]] = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in _SIGNED.items()},
    **{name: (0, 2**bits - 1) for name, bits in _UNSIGNED.items()},
    **{name: (-limit, limit) for name, limit in _FLOATS.items()},
}
"""The least and the largest finite value of each type of numbers."""

KINDS: dict[CmdArgType, Kind] = {
    **{CmdArgType(name): Kind(_integer(*RANGES[name]), 0, "%d") for name in (*_SIGNED, *_UNSIGNED)},
    CmdArgType.DevFloat: Kind(_float(LARGEST, fewest_digits), 0.0, "%6.2f"),
    CmdArgType.DevDouble: Kind(_float(_FLOATS["DevDouble"], float), 0.0, "%6.2f"),
    CmdArgType.DevBoolean: Kind(_bool, False, "Not specified"),
    CmdArgType.DevString: Kind(_text, "", "%s"),
    CmdArgType.DevState: Kind(_state, DevState.UNKNOWN, "Not specified"),
    CmdArgType.DevEncoded: Kind(_encoded, DevEncoded("", b""), "Not specified"),
    CmdArgType.DevEnum: Kind(_text, "", "%s"),
}
"""The data types an attribute can have."""

_ARRAYS = {
    CmdArgType(f"DevVar{name}Array"): CmdArgType(f"Dev{element}")
    for name, element in [
        *((name, name) for name in ("Short", "Long", "Float", "Double", "String", "State")),
        *((name, name) for name in ("UShort", "ULong", "Long64", "ULong64", "Boolean", "Encoded")),
        ("Char", "UChar"),
    ]
}


_AS_ARGUMENT = {
    CmdArgType.DevEnum: CmdArgType.DevShort,  # only an attribute has labels
    CmdArgType.ConstDevString: CmdArgType.DevString,  # what C++ gives out and does not free
}
"""The data types that a command or a pipe has like another one."""


def fit_argument(data_type: CmdArgType, value: Any) -> Any:
    """Fit what a command gives or a pipe's element holds to the model; None: the type's zero, or
    no elements. PyTango reads no DevPipeBlob of a command, so there is none. WrongValue."""
    if data_type in (CmdArgType.DevVoid, CmdArgType.DevPipeBlob):
        return None if value is None else _refuse(value, "nothing")
    if data_type in _ARRAYS:
        check = KINDS[_ARRAYS[data_type]].check
        elements = [] if value is None else value
        if type(elements) is not list:
            _refuse(value, "a list")
        return list(map(check, elements))
    if data_type in _PAIRS:
        return _PAIRS[data_type](value)
    data_type = _AS_ARGUMENT.get(data_type, data_type)
    return KINDS[data_type].zero if value is None else KINDS[data_type].check(value)


def _pair(data_type: str, key: str, make: Callable[[Any, list[str]], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        pair = {key: [], "svalue": []} if value is None else value
        if not isinstance(pair, dict) or set(pair) != {key, "svalue"}:
            _refuse(value, f"{{{key}: [..], svalue: [..]}}")
        numbers = fit_argument(CmdArgType(f"DevVar{data_type}Array"), pair[key])
        return make(numbers, fit_argument(CmdArgType.DevVarStringArray, pair["svalue"]))

    return check


_PAIRS: dict[CmdArgType, Callable[[Any], Any]] = {
    CmdArgType.DevVarLongStringArray: _pair("Long", "lvalue", DevVarLongStringArray),
    CmdArgType.DevVarDoubleStringArray: _pair("Double", "dvalue", DevVarDoubleStringArray),
}


_UNWRITTEN = {
    CmdArgType.DevBoolean: True,
    CmdArgType.DevString: "Not initialised",
    CmdArgType.DevEncoded: DevEncoded("Not initialised", b""),
}
"""What Tango takes for written, where that is not the type's zero."""


class Shape(NamedTuple):
    """What a value has to fit."""

    data_type: CmdArgType
    data_format: AttrDataFormat
    max_dim_x: int
    max_dim_y: int
    enum_labels: Sequence[str]

    @property
    def check(self) -> Callable[[Any], Any]:
        """The check of one element."""
        if self.data_type is CmdArgType.DevEnum:
            return _enum(self.enum_labels)
        return KINDS[self.data_type].check

    def of_element(self) -> Shape:
        """What one element has to fit."""
        return self._replace(data_format=AttrDataFormat.SCALAR)

    def default(self) -> Any:
        """The value of an attribute that is given none."""
        if self.data_format is not AttrDataFormat.SCALAR:
            return []
        if self.data_type is CmdArgType.DevEnum:
            return self.enum_labels[0]
        return KINDS[self.data_type].zero

    def unwritten(self) -> Any:
        """The value of an attribute that can be written only, and has not been yet."""
        scalar = self.of_element().default()
        first = _UNWRITTEN.get(self.data_type, scalar)
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
            return _refuse(value, "a list, or {fill: .., dim_x: ..}")
        if self.data_format is AttrDataFormat.SPECTRUM:
            return self._row(value, "")
        return self._rows(value)

    def _row(self, value: list[Any], where: str) -> list[Any]:
        if len(value) > self.max_dim_x:
            raise WrongValue(
                f"{where}{len(value)} elements; expected at most max_dim_x = {self.max_dim_x}"
            )
        check = self.check
        try:
            return list(map(check, value))
        except WrongValue:
            index, why = next(filter(None, map(partial(_misfit, check), count(), value)))
            raise WrongValue(f"{where}element {index}: {why}") from None

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
            _refuse(value, "{fill: value, " + ", ".join(f"{key}: number" for key in keys) + "}")
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


def _misfit(check: Callable[[Any], Any], index: int, element: Any) -> tuple[int, str] | None:
    try:
        check(element)
    except WrongValue as error:
        return index, str(error)
    return None


def _within(name: str, dim: Any, limit: int) -> None:
    if type(dim) is not int or not 0 <= dim <= limit:
        raise WrongValue(f"{name}: {shown(dim)}; expected an integer in 0..max_{name} = {limit}")


def filled(element: Any, dim_x: int, dim_y: int) -> list[Any]:
    """A spectrum (dim_y 0) or an image of one element; the rows of an image are one list."""
    row = [element] * dim_x
    return [row] * dim_y if dim_y else row
