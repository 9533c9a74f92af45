"""One table: how a value of each Tango data type looks in PyTango.

mtango_ref/json_values.py has what PyTango has no part in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tango

from mtango_ref.dev_float import fewest_digits, nearest
from mtango_ref.json_values import JSON, Check, from_json, label, named, number
from mtango_ref.model import (
    CmdArgType,
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
)
from mtango_ref.tango_types import ARRAYS

STATES = tuple(DevState)
"""Tango numbers its states in this order; arrays of states arrive as these numbers."""

Labels = Sequence[str]
"""The labels of a DevEnum; empty for the other data types."""


def text(value: str) -> str:
    """Decode a text that PyTango decoded as Latin-1.

    Tango does not say how text is encoded: take it as UTF-8 where that is possible.
    """
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def from_tango(data_type: CmdArgType, value: Any, depth: int = 0, labels: Labels = ()) -> Any:
    """Convert a value as PyTango extracted it to one of the model.

    depth: 0 for one value, 1 for a list, 2 for rows. It does not count what is an array by its
    data type (DevVar..Array).
    """
    is_array = data_type in ARRAYS
    extract = _EXTRACTED.get(ARRAYS[data_type] if is_array else data_type)
    if extract is None or value is None:
        return value
    # PyTango: numbers and states come as arrays, texts as tuples.
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return value  # it says how many digits its numbers have
        value = value.tolist()
    return _each(extract, value, depth + is_array, labels)


def _each(extract: Extract, value: Any, depth: int, labels: Labels) -> Any:
    if not depth:
        return extract(value, labels)
    # To ask once whether all of a list is ASCII takes a twentieth of asking of each.
    if depth == 1 and extract is _text and "".join(value).isascii():
        return [*value]
    # PyTango has the rows of an image one after the other, [y][x], as rc3 has.
    return [_each(extract, item, depth - 1, labels) for item in value]


def is_same(data_type: CmdArgType) -> bool:
    """Return True where from_tango leaves the values of the type as they are."""
    return ARRAYS.get(data_type, data_type) not in _EXTRACTED


def to_tango(data_type: CmdArgType, value: Any, depth: int = 0, labels: Labels = ()) -> Any:
    """Convert a value as JSON holds it to what PyTango accepts. WrongValue.

    depth: as of from_tango. labels: those of an attribute's DevEnum; without them, it is a number.
    """
    # Without labels a DevEnum is a number: a command's argument has none.
    checks = {**_SENT, CmdArgType.DevEnum: _index(labels)} if labels else _SENT
    return from_json(data_type, value, checks, depth)


def sent(data_type: CmdArgType, value: Any, labels: Labels) -> Any:
    """Convert a value of the model, of any depth, to what PyTango sends to an attribute."""
    convert = _WRITTEN.get(data_type)
    if convert is None:
        return value
    if type(value) is list:
        return [sent(data_type, each, labels) for each in value]
    return convert(value, labels)


Extract = Callable[[Any, Labels], Any]
"""Converts a scalar that PyTango extracted to the model's."""


def _label(value: Any, labels: Labels) -> str | int:
    """Return the number itself where the device has no label for it."""
    return labels[value] if 0 <= value < len(labels) else int(value)


def _text(value: Any, _: Labels) -> str:
    return text(value)


_EXTRACTED: dict[CmdArgType, Extract] = {
    CmdArgType.DevFloat: lambda value, _: fewest_digits(value),
    CmdArgType.DevString: _text,
    CmdArgType.ConstDevString: _text,
    # int() of a tango.DevState is its number too.
    CmdArgType.DevState: lambda value, _: STATES[int(value)],
    CmdArgType.DevEnum: _label,
    CmdArgType.DevEncoded: lambda value, _: DevEncoded(text(value[0]), bytes(value[1])),
    CmdArgType.DevVarLongStringArray: lambda value, _: DevVarLongStringArray(
        value[0], [text(item) for item in value[1]]
    ),
    CmdArgType.DevVarDoubleStringArray: lambda value, _: DevVarDoubleStringArray(
        value[0], [text(item) for item in value[1]]
    ),
}
"""The types whose scalars differ between PyTango and the model."""


def _latin(value: Any) -> str:
    """Convert a text so that text() gives it back: PyTango encodes it as Latin-1."""
    fit: str = JSON[CmdArgType.DevString](value)
    if fit.isascii():
        return fit
    encoded = fit.encode().decode("latin-1")
    try:
        fit.encode("latin-1")
    except UnicodeEncodeError:
        return encoded
    return fit if text(fit) == fit else encoded


_STATES = {state: getattr(tango.DevState, state.value) for state in DevState}


def _state(value: Any) -> Any:
    return _STATES[JSON[CmdArgType.DevState](value)]


def _index(labels: Labels) -> Check:
    check = label(labels)
    return lambda value: labels.index(check(value))


def _encodes_format_as_utf_8() -> bool:
    """Try how this PyTango encodes the format of a DevEncoded: since 10.1 as Latin-1."""
    data = tango.DeviceData()
    data.insert(tango.CmdArgType.DevEncoded, ("\u00b5", b""))
    return bool(data.extract()[0] != "\u00b5")


_ENCODES_FORMAT = _encodes_format_as_utf_8()


def _encoded(value: Any) -> DevEncoded:
    fit: DevEncoded = JSON[CmdArgType.DevEncoded](value)
    return fit._replace(format=_format(fit.format))


def _utf_8(value: Any) -> str:
    """Convert a text so that it is sent as UTF-8: PyTango encodes it as Latin-1."""
    fit: str = JSON[CmdArgType.DevString](value)
    return fit.encode().decode("latin-1")


def _format(text: str) -> str:
    return text if _ENCODES_FORMAT else text.encode().decode("latin-1")


_WRITTEN: dict[CmdArgType, Extract] = {
    CmdArgType.DevString: lambda value, _: _latin(value),
    CmdArgType.DevState: lambda value, _: _STATES[value],
    CmdArgType.DevEnum: lambda value, labels: (
        value if isinstance(value, int) else labels.index(value)
    ),
    CmdArgType.DevEncoded: lambda value, _: (_format(value.format), value.data),
}
"""The types whose scalars differ between the model and what PyTango sends to an attribute."""

_SENT: dict[CmdArgType, Check] = {
    **JSON,
    CmdArgType.DevFloat: named(number(CmdArgType.DevFloat, nearest)),
    CmdArgType.DevString: _latin,
    CmdArgType.DevState: _state,
    CmdArgType.DevEncoded: _encoded,
}
"""The checks of JSON, with what PyTango accepts as their outcome."""

IN_A_PIPE: dict[CmdArgType, Check] = {**_SENT, CmdArgType.DevString: _utf_8}
"""The same for an element of a pipe, whose text PyTango decodes as UTF-8."""
