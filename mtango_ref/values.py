"""Tango's values as JSON."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import orjson

from mtango_ref.dev_float import fewest_digits_of
from mtango_ref.model import (
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)

_AS_IT_IS = frozenset({int, str, bool, DevState, type(None)})

_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def to_json(body: Any) -> bytes:
    """Compact JSON. Numpy arrays are written as they are, [x] or [y][x]."""
    return orjson.dumps(body, default=_other, option=orjson.OPT_SERIALIZE_NUMPY)


def _other(array: Any) -> Any:
    # orjson writes only contiguous arrays itself, of the types of numbers that Tango has.
    return array.copy(order="C") if array.dtype.kind == "f" and array.ndim else array.tolist()


def value(tango_value: Any) -> Any:
    """A Tango value, of an attribute, a command or a pipe, as JSON can have it."""
    kind = type(tango_value)
    if kind in _AS_IT_IS:
        return tango_value
    if kind is float:
        return tango_value if math.isfinite(tango_value) else _not_finite(tango_value)
    if kind is list or kind is tuple:
        return _sequence(tango_value)
    if kind is DevEncoded:
        data = base64.b64encode(tango_value.data).decode("ascii")
        return {"format": tango_value.format, "data": data}
    if kind is DevVarLongStringArray or kind is DevVarDoubleStringArray:
        return {key: value(part) for key, part in tango_value._asdict().items()}
    if hasattr(tango_value, "dtype"):
        return _array(tango_value)
    return tango_value


def _not_finite(number: float) -> str:
    """JSON has no such numbers: the names that JavaScript gives them."""
    return _NOT_FINITE.get(number, "NaN")


def _sequence(items: Sequence[Any]) -> Sequence[Any]:
    # A sum is finite only if every summand is, and is quicker than a look at each.
    if not items or type(items[0]) is str:
        return items
    if type(items[0]) in (float, int) and math.isfinite(sum(items)):
        return items
    return [value(item) for item in items]


def _array(array: Any) -> Any:
    import numpy as np  # the fake runs without numpy; whoever made the array has it

    if not array.dtype.isnative:
        # orjson refuses what is not in the machine's own byte order.
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return value(fewest_digits_of(array).tolist())
    return array
