"""Tango's data types and the defaults of an attribute's configuration, as tables.

The one place for both. Keys compare equal to the names of the types: they are texts too.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from mtango_ref.dev_float import LARGEST
from mtango_ref.model import (
    NOT_SPECIFIED,
    ArchiveEventInfo,
    AttributeAlarmInfo,
    AttributeInfoEx,
    AttrWriteType,
    ChangeEventInfo,
    CmdArgType,
    DevEncoded,
    DevState,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
    PeriodicEventInfo,
)


class Number(NamedTuple):
    """The size of a number and its least and largest finite value."""

    bits: int
    least: float
    largest: float


def _signed(bits: int) -> Number:
    return Number(bits, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _unsigned(bits: int) -> Number:
    return Number(bits, 0, 2**bits - 1)


# Tango's IDL: DevShort and DevUShort have 2 bytes, DevLong 4 and DevLong64 8.
INTEGERS: dict[CmdArgType, Number] = {
    CmdArgType.DevShort: _signed(16),
    CmdArgType.DevLong: _signed(32),
    CmdArgType.DevInt: _signed(32),
    CmdArgType.DevLong64: _signed(64),
    CmdArgType.DevUChar: _unsigned(8),
    CmdArgType.DevUShort: _unsigned(16),
    CmdArgType.DevULong: _unsigned(32),
    CmdArgType.DevULong64: _unsigned(64),
}

FLOATS: dict[CmdArgType, Number] = {
    CmdArgType.DevFloat: Number(32, -LARGEST, LARGEST),
    CmdArgType.DevDouble: Number(64, -sys.float_info.max, sys.float_info.max),
}

NUMBERS: dict[CmdArgType, Number] = {**INTEGERS, **FLOATS}


class Element(NamedTuple):
    """One value of a data type: what it is where nobody set it, and how it is displayed."""

    zero: Any
    format: str
    """The default of the configuration's `format`."""
    unwritten: Any = None
    """The written value before the first writing; None: the zero."""


ELEMENTS: dict[CmdArgType, Element] = {
    # cppTango, MultiAttribute::add_default: FormatNotSpec_INT, _FL and _STR, and for types of which
    # printf knows nothing the words that an alarm without a limit has, too.
    **dict.fromkeys(INTEGERS, Element(0, "%d")),
    **dict.fromkeys(FLOATS, Element(0.0, "%6.2f")),
    CmdArgType.DevBoolean: Element(False, NOT_SPECIFIED, True),
    CmdArgType.DevString: Element("", "%s", "Not initialised"),
    CmdArgType.DevState: Element(DevState.UNKNOWN, NOT_SPECIFIED),
    CmdArgType.DevEncoded: Element(
        DevEncoded("", b""), NOT_SPECIFIED, DevEncoded("Not initialised", b"")
    ),
    CmdArgType.DevEnum: Element("", "%s"),  # an attribute's zero is its first label
}
"""The data types that an attribute can have."""

ARRAYS: dict[CmdArgType, CmdArgType] = {
    CmdArgType.DevVarShortArray: CmdArgType.DevShort,
    CmdArgType.DevVarLongArray: CmdArgType.DevLong,
    CmdArgType.DevVarLong64Array: CmdArgType.DevLong64,
    # Tango's IDL has no signed byte: this array is one of octets.
    CmdArgType.DevVarCharArray: CmdArgType.DevUChar,
    CmdArgType.DevVarUShortArray: CmdArgType.DevUShort,
    CmdArgType.DevVarULongArray: CmdArgType.DevULong,
    CmdArgType.DevVarULong64Array: CmdArgType.DevULong64,
    CmdArgType.DevVarFloatArray: CmdArgType.DevFloat,
    CmdArgType.DevVarDoubleArray: CmdArgType.DevDouble,
    CmdArgType.DevVarBooleanArray: CmdArgType.DevBoolean,
    CmdArgType.DevVarStringArray: CmdArgType.DevString,
    CmdArgType.DevVarStateArray: CmdArgType.DevState,
    CmdArgType.DevVarEncodedArray: CmdArgType.DevEncoded,
}
"""The data type of an array -> that of its elements."""

ARRAY_OF: dict[CmdArgType, CmdArgType] = {element: array for array, element in ARRAYS.items()}
"""The data type of an element -> that of its array."""

Pair = type[DevVarLongStringArray] | type[DevVarDoubleStringArray]

PAIRS: dict[CmdArgType, tuple[CmdArgType, Pair]] = {
    CmdArgType.DevVarLongStringArray: (CmdArgType.DevLong, DevVarLongStringArray),
    CmdArgType.DevVarDoubleStringArray: (CmdArgType.DevDouble, DevVarDoubleStringArray),
}
"""The data type of numbers and texts -> that of a number, and the model's class."""

NOT_SENT = frozenset(
    {
        CmdArgType.ConstDevString,
        CmdArgType.DevPipeBlob,
        CmdArgType.DevVarStateArray,
        CmdArgType.DevVarEncodedArray,
    }
)
"""Arguments that no client can send with PyTango: it sends nothing in their place, or a
boolean for a DevVarStateArray, and the device server refuses that."""

NOT_NEEDED = frozenset({CmdArgType.DevVoid, CmdArgType.DevUChar, CmdArgType.DevPipeBlob})
"""Arguments without which a command runs: a server in Python looks for none of the last two,
which no command in C++ can have."""


def _set_by_nobody() -> dict[str, Any]:
    parts = (AttributeAlarmInfo, ChangeEventInfo, PeriodicEventInfo, ArchiveEventInfo)
    described = [field for part in (*parts, AttributeInfoEx) for field in fields(part)]
    return {field.name: field.default for field in described if field.default is not MISSING}


CONFIGURATION: dict[str, Any] = _set_by_nobody()
"""The configuration of an attribute for which nobody set anything, by the model's fields."""


def own_defaults(name: str, data_type: str, writable: str) -> dict[str, str]:
    """Return the defaults that depend on the attribute: its label, format and written name.

    data_type, writable: members of the model, or their names. No format for a type that no
    attribute can have.
    """
    element = ELEMENTS.get(data_type)  # type: ignore[call-overload]  # a name is as good
    return {
        "label": name,
        # cppTango, AssocWritNotSpec: the word None is the name of no attribute.
        "writable_attr_name": name if writable == AttrWriteType.READ_WRITE else "None",
        **({"format": element.format} if element else {}),
    }
