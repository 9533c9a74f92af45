"""JSON <-> Tango, both ways, once for all backends; model.py has what is in between.

JSON has no NaN and no infinities: there they are the texts that JavaScript gives them. DevState is
its name, DevEncoded {format, data: base64}, DevVarLongStringArray {lvalue, svalue}.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, NoReturn

import orjson

from mtango_ref.dev_float import fewest_digits, fewest_digits_of
from mtango_ref.json_text import marked, marked_array, written
from mtango_ref.messages import shown
from mtango_ref.model import (
    CmdArgType,
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)
from mtango_ref.tango_types import ARRAYS, FLOATS, INTEGERS, NOT_SENT, PAIRS

Check = Callable[[Any], Any]
"""Converts one element from plain data; raises WrongValue."""

Checks = Mapping[CmdArgType, Check]
"""The checks of each data type that is no array and no pair."""

_AS_IT_IS = frozenset({int, str, bool, DevState, type(None)})
_ALIKE = frozenset({str, bool, DevState})
"""The types of elements beside which there is no other in a list."""

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""The names that JavaScript gives to the numbers which JSON has not."""

_NAMES = {math.inf: "Infinity", -math.inf: "-Infinity"}


def value(tango_value: Any) -> Any:
    """Convert a value of the model, of an attribute, a command or a pipe, to what JSON can have."""
    kind = type(tango_value)
    if kind in _AS_IT_IS:
        return tango_value
    if kind is float:
        return tango_value if math.isfinite(tango_value) else _not_finite(tango_value)
    if kind is list or kind is tuple:
        return marked(_sequence(tango_value))
    if kind is DevEncoded:
        data = base64.b64encode(tango_value.data).decode("ascii")
        return {"format": tango_value.format, "data": data}
    if kind is DevVarLongStringArray or kind is DevVarDoubleStringArray:
        return {key: value(part) for key, part in tango_value._asdict().items()}
    if hasattr(tango_value, "dtype"):
        return _array(tango_value)
    return tango_value


def _not_finite(number: float) -> str:
    return _NAMES.get(number, "NaN")


def _sequence(items: Sequence[Any]) -> Sequence[Any]:
    # A sum is finite only if every summand is, and is quicker than a look at each.
    if not items or type(items[0]) in _ALIKE:
        return items
    if type(items[0]) in (float, int) and math.isfinite(sum(items)):
        return items
    return [_sequence(item) if type(item) in (list, tuple) else value(item) for item in items]


def _array(array: Any) -> Any:
    if not array.dtype.isnative:
        # orjson refuses what is not in the machine's own byte order.
        array = array.astype(array.dtype.newbyteorder("="))
    marked = marked_array(array)
    if array.dtype.kind != "f":
        return marked
    if marked is array:
        # To write a few numbers is quicker than to have numpy look at them, and orjson writes null
        # for those that JSON has not.
        text = written(array)
        if b"null" not in text:
            return orjson.Fragment(text)
    elif _is_finite(array):
        return marked
    return value(fewest_digits_of(array).tolist())


def _is_finite(array: Any) -> bool:
    import numpy as np  # the fake runs without numpy; an array was made with it

    return bool(np.isfinite(array).all())


class WrongValue(ValueError):
    """A value that is not valid; the text has its place, the value and what was expected."""


def refuse(value: Any, expected: str) -> NoReturn:
    """Raise WrongValue."""
    raise WrongValue(f"{shown(value)} is not valid; expected {expected}")


def convert(data_type: CmdArgType, value: Any, checks: Checks, depth: int = 0) -> Any:
    """Convert plain data to a value of the data type, with the checks of its elements. WrongValue.

    depth: 0 for one value, 1 for a list, 2 for rows; an array type adds its own list.
    """
    if data_type in PAIRS:
        return _pair(data_type, value, checks)
    is_array = data_type in ARRAYS
    check = checks[ARRAYS[data_type] if is_array else data_type]
    for _ in range(depth + is_array):
        check = partial(elements, check)
    return check(value)


def elements(check: Check, value: Any, where: str = "") -> list[Any]:
    """Convert each element of a list. WrongValue has the place of the first that is not valid,
    after the text `where`."""
    if not isinstance(value, list):
        raise WrongValue(f"{where}{shown(value)} is not valid; expected a list")
    try:
        return list(map(check, value))
    except WrongValue:
        index, why = next(filter(None, map(partial(_misfit, check), count(), value)))
        raise WrongValue(f"{where}element {index}: {why}") from None


def _misfit(check: Check, index: int, element: Any) -> tuple[int, str] | None:
    try:
        check(element)
    except WrongValue as error:
        return index, str(error)
    return None


def _pair(data_type: CmdArgType, value: Any, checks: Checks) -> Any:
    number, pair = PAIRS[data_type]
    key, _ = pair._fields
    if not isinstance(value, dict) or set(value) != {key, "svalue"}:
        refuse(value, f"{{{key}: [..], svalue: [..]}}")
    numbers = elements(checks[number], value[key], f"{key}: ")
    return pair(numbers, elements(checks[CmdArgType.DevString], value["svalue"], "svalue: "))


def _integer(low: float, high: float) -> Check:
    expected = f"an integer in {low}..{high}"

    def check(value: Any) -> int:
        # true is no 1, and 1.0 is none either: PyTango would take the first and cut the second.
        if type(value) is int and low <= value <= high:
            return value
        return refuse(value, expected)

    return check


def _number(limit: float, fit: Callable[[float], float], value: Any) -> float:
    if type(value) not in (int, float):
        refuse(value, "a number")
    # Neither infinities nor NaN are beyond the limit: they can be had by every type.
    if limit < abs(value) < math.inf:
        refuse(value, f"a number in {-limit:g}..{limit:g}")
    return fit(float(value))


def _boolean(value: Any) -> bool:
    return value if type(value) is bool else refuse(value, "true or false")


def _text(value: Any) -> str:
    if type(value) is not str:
        refuse(value, "text")
    # Tango's texts are C's, which end at a NUL, and half of a surrogate pair is no character.
    if "\0" in value or not (value.isascii() or _is_unicode(value)):
        refuse(value, "text without NUL and lone surrogates")
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _state(value: Any) -> DevState:
    if isinstance(value, str) and value in DevState.__members__:
        return DevState[value]
    return refuse(value, f"a state: {', '.join(DevState.__members__)}")


def _encoded(value: Any) -> DevEncoded:
    if isinstance(value, dict) and set(value) == {"format", "data"}:
        try:
            data = base64.b64decode(_text(value["data"]), validate=True)
        except binascii.Error:
            pass
        else:
            return DevEncoded(_text(value["format"]), data)
    return refuse(value, "{format: text, data: base64}")


def _nothing(value: Any) -> None:
    return None if value is None else refuse(value, "nothing")


def label(labels: Sequence[str]) -> Check:
    """Make the check of a DevEnum of an attribute, which has labels."""

    def check(value: Any) -> str:
        if type(value) is str and value in labels:
            return value
        return refuse(value, f"a label: {', '.join(labels)}")

    return check


def label_or_number(labels: Sequence[str]) -> Check:
    """Make the check of a DevEnum as a client writes it, by its label or the label's number. An
    attribute without labels, as a server may leave it, has numbers alone."""
    last = len(labels) - 1

    def check(value: Any) -> str | int:
        if type(value) is str and value in labels:
            return value
        if type(value) is int and 0 <= value <= last:
            return labels[value]
        if not labels:
            number: int = JSON[CmdArgType.DevEnum](value)
            return number
        return refuse(value, f"a label ({', '.join(labels)}) or its number, 0..{last}")

    return check


def number(data_type: CmdArgType, fit: Callable[[float], float] = float) -> Check:
    """Make the check of a floating point type; fit: what rounds a number that is in range."""
    return partial(_number, FLOATS[data_type].largest, fit)


def integer(data_type: CmdArgType) -> Check:
    """Make the check of an integer type."""
    _, low, high = INTEGERS[data_type]
    return _integer(low, high)


PLAIN: dict[CmdArgType, Check] = {
    **{data_type: integer(data_type) for data_type in INTEGERS},
    CmdArgType.DevFloat: number(CmdArgType.DevFloat, fewest_digits),
    CmdArgType.DevDouble: number(CmdArgType.DevDouble),
    CmdArgType.DevBoolean: _boolean,
    CmdArgType.DevString: _text,
    CmdArgType.ConstDevString: _text,  # what C++ gives out and does not free
    CmdArgType.DevState: _state,
    CmdArgType.DevEncoded: _encoded,
    CmdArgType.DevEnum: integer(CmdArgType.DevShort),  # only an attribute has labels
    CmdArgType.DevVoid: _nothing,
    CmdArgType.DevPipeBlob: _nothing,  # PyTango reads none of a command
}
"""The checks of plain data that has NaN and infinities as numbers, such as YAML."""


def named(check: Check) -> Check:
    """Let a check of numbers know the names of those that JSON has not."""

    def check_named(value: Any) -> Any:
        return check(NOT_FINITE.get(value, value) if type(value) is str else value)

    return check_named


def _encoded_at_least(value: Any) -> DevEncoded:
    # Always so in the gateway: what is beside the two keys is ignored.
    if isinstance(value, dict):
        value = {key: value[key] for key in ("format", "data") if key in value}
    return _encoded(value)


JSON: dict[CmdArgType, Check] = {
    **PLAIN,
    CmdArgType.DevFloat: named(PLAIN[CmdArgType.DevFloat]),
    CmdArgType.DevDouble: named(PLAIN[CmdArgType.DevDouble]),
    # PyTango sends no negative one.
    CmdArgType.DevEnum: _integer(0, INTEGERS[CmdArgType.DevShort].largest),
    CmdArgType.DevEncoded: _encoded_at_least,
}
"""The checks of what JSON holds."""


def from_json(data_type: CmdArgType, value: Any, checks: Checks = JSON, depth: int = 0) -> Any:
    """Convert what is sent to a device from JSON. WrongValue.

    checks: JSON, or what a backend makes of it. depth: as of convert.
    """
    if data_type in NOT_SENT:
        raise WrongValue(f"PyTango cannot send a {data_type.value}")
    return convert(data_type, value, checks, depth)
