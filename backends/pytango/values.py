"""One table: how a value of each Tango data type looks in PyTango, in the model and in JSON."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import tango

from mtango_ref.dev_float import LARGEST, fewest_digits, nearest
from mtango_ref.model import (
    CmdArgType,
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)

STATES = tuple(DevState)
"""Tango numbers its states in this order; arrays of states arrive as these numbers."""

NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""JSON has no numbers for them."""

Labels = Sequence[str]
"""Of a DevEnum; empty for the other data types."""


class Conversion(NamedTuple):
    """Of one data type, both directions.

    from_tango takes a scalar that PyTango extracted and gives the model's; None where they are
    the same, and arrays may stay what they are. to_tango takes what JSON holds and gives what
    PyTango accepts, or raises ValueError that says what was expected.
    """

    from_tango: Callable[[Any, Labels], Any] | None
    to_tango: Callable[[Any, Labels], Any]


def text(value: str) -> str:
    """The text that was meant by bytes which PyTango decoded as Latin-1.

    Tango does not say how text is encoded: take it as UTF-8 where that is possible.
    """
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def from_tango(data_type: CmdArgType, value: Any, depth: int = 0, labels: Labels = ()) -> Any:
    """A value as PyTango extracted it -> as the model has it.

    depth: 0 for one value, 1 for a list, 2 for rows. It does not count what is an array by its
    data type (DevVar..Array).
    """
    element, array = ELEMENTS.get(data_type, (data_type, 0))
    convert = TABLE[element].from_tango
    if convert is None or value is None:
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return value  # it says how many digits its numbers have
        value = value.tolist()
    return _each(convert, value, depth + array, labels)


def is_same(data_type: CmdArgType) -> bool:
    """Whether from_tango leaves the values of the type as they are."""
    element, _ = ELEMENTS.get(data_type, (data_type, 0))
    return element in TABLE and TABLE[element].from_tango is None


def to_tango(data_type: CmdArgType, value: Any, depth: int = 0, labels: Labels = ()) -> Any:
    """A value as JSON holds it -> as PyTango accepts it; ValueError says what was expected."""
    element, array = ELEMENTS.get(data_type, (data_type, 0))
    return _each(TABLE[element].to_tango, value, depth + array, labels)


def _each(convert: Callable[[Any, Labels], Any], value: Any, depth: int, labels: Labels) -> Any:
    if not depth:
        return convert(value, labels)
    if not isinstance(value, (list, tuple)):
        raise _expected("a list", value)
    return [_each(convert, item, depth - 1, labels) for item in value]


def _expected(what: str, value: Any) -> ValueError:
    return ValueError(f"expected {what}, not {repr(value)[:100]}")


def _integer(low: int, high: int, value: Any, _labels: Labels) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _expected(f"an integer from {low} to {high}", value)
    return value


def _float(limit: float, fit: Callable[[float], float], value: Any, _labels: Labels) -> float:
    if isinstance(value, str) and value in NOT_FINITE:
        return NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > limit:
        what = f"a number from {-limit!r} to {limit!r}"
        raise _expected(f'{what}, "NaN", "Infinity" or "-Infinity"', value)
    return fit(float(value))


def _boolean(value: Any, _labels: Labels) -> bool:
    if not isinstance(value, bool):
        raise _expected("true or false", value)
    return value


def _string(value: Any, _labels: Labels) -> str:
    """So that text() gives it back. PyTango encodes as Latin-1, and Tango's strings end at a
    NUL."""
    if not isinstance(value, str) or "\0" in value or not _is_encodable(value, "utf-8"):
        raise _expected("a string without NUL", value)
    if _is_encodable(value, "latin-1") and text(value) == value:
        return value
    return value.encode("utf-8").decode("latin-1")


def _is_encodable(value: str, encoding: str) -> bool:
    try:
        value.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _state(value: Any, _labels: Labels) -> Any:
    if not isinstance(value, str) or value not in DevState.__members__:
        raise _expected(f"a state ({', '.join(DevState.__members__)})", value)
    return getattr(tango.DevState, value)


def _label(value: Any, labels: Labels) -> str | int:
    """The number itself where the device has no label for it."""
    return labels[value] if 0 <= value < len(labels) else int(value)


def _enumerator(value: Any, labels: Labels) -> int:
    """The number itself where there are no labels, as a command has none."""
    if not labels:
        return _integer(0, 2**15 - 1, value, labels)
    if value not in labels:
        raise _expected(f"one of {', '.join(labels)}", value)
    return labels.index(value)


def _bytes(value: Any, labels: Labels) -> tuple[str, bytes]:
    try:
        return _string(value["format"], labels), base64.b64decode(value["data"], validate=True)
    except (TypeError, KeyError, ValueError):
        raise _expected('{"format": .., "data": base64}', value) from None


def _numbers_and_strings(key: str, numbers: CmdArgType, value: Any, _labels: Labels) -> list[Any]:
    if not isinstance(value, dict) or value.keys() != {key, "svalue"}:
        raise _expected(f'{{"{key}": [..], "svalue": [..]}}', value)
    return [
        to_tango(numbers, value[key], 1),
        to_tango(CmdArgType.DevString, value["svalue"], 1),
    ]


def _nothing(value: Any, _labels: Labels) -> None:
    if value is not None:
        raise _expected("null", value)


def _unsendable(value: Any, _labels: Labels) -> None:
    raise _expected("another data type, which PyTango can send", value)


def _same(bits: int, *, signed: bool) -> Conversion:
    high = 2 ** (bits - signed) - 1
    return Conversion(None, partial(_integer, -high - 1 if signed else 0, high))


_STRING = Conversion(lambda value, _: text(value), _string)

TABLE: dict[CmdArgType, Conversion] = {
    CmdArgType.DevVoid: Conversion(None, _nothing),
    CmdArgType.DevBoolean: Conversion(None, _boolean),
    CmdArgType.DevShort: _same(16, signed=True),
    CmdArgType.DevLong: _same(32, signed=True),
    CmdArgType.DevInt: _same(32, signed=True),
    CmdArgType.DevLong64: _same(64, signed=True),
    CmdArgType.DevUChar: _same(8, signed=False),
    CmdArgType.DevUShort: _same(16, signed=False),
    CmdArgType.DevULong: _same(32, signed=False),
    CmdArgType.DevULong64: _same(64, signed=False),
    CmdArgType.DevFloat: Conversion(
        lambda value, _: fewest_digits(value), partial(_float, LARGEST, nearest)
    ),
    CmdArgType.DevDouble: Conversion(None, partial(_float, sys.float_info.max, float)),
    CmdArgType.DevString: _STRING,
    CmdArgType.ConstDevString: _STRING,
    # int() of a tango.DevState is its number too.
    CmdArgType.DevState: Conversion(lambda value, _: STATES[int(value)], _state),
    CmdArgType.DevEnum: Conversion(_label, _enumerator),
    CmdArgType.DevEncoded: Conversion(
        lambda value, _: DevEncoded(text(value[0]), bytes(value[1])), _bytes
    ),
    # What a command gives of it PyTango does not find; convert.py takes that of a pipe apart.
    CmdArgType.DevPipeBlob: Conversion(None, _unsendable),
    CmdArgType.DevVarLongStringArray: Conversion(
        lambda value, _: DevVarLongStringArray(value[0], [text(item) for item in value[1]]),
        partial(_numbers_and_strings, "lvalue", CmdArgType.DevLong),
    ),
    CmdArgType.DevVarDoubleStringArray: Conversion(
        lambda value, _: DevVarDoubleStringArray(value[0], [text(item) for item in value[1]]),
        partial(_numbers_and_strings, "dvalue", CmdArgType.DevDouble),
    ),
}

ELEMENTS: dict[CmdArgType, tuple[CmdArgType, int]] = {
    CmdArgType.DevVarCharArray: (CmdArgType.DevUChar, 1),
    **{
        array: (CmdArgType(array.value.replace("Var", "").removesuffix("Array")), 1)
        for array in CmdArgType
        if array.value.startswith("DevVar")
        and array not in TABLE
        and array is not CmdArgType.DevVarCharArray
    },
}
"""What an array type is a list of, and 1 for the one dimension more that it has."""
