"""The attributes of TangoTest 9.3.4 in its own order: (data_type, [(name, format, writable)])."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    name: str
    data_type: str
    data_format: str
    writable: str


_WRITABLE = {
    "": "READ_WRITE",
    "_ro": "READ",
    "_w": "WRITE",
    "_rww": "READ_WITH_WRITE",
}

_TYPES = {
    "boolean": "DevBoolean",
    "double": "DevDouble",
    "float": "DevFloat",
    "long64": "DevLong64",
    "long": "DevLong",
    "short": "DevShort",
    "string": "DevString",
    "uchar": "DevUChar",
    "ulong64": "DevULong64",
    "ulong": "DevULong",
    "ushort": "DevUShort",
}

_SCALARS = (
    "boolean_scalar double_scalar double_scalar_rww double_scalar_w float_scalar long64_scalar "
    "long_scalar long_scalar_rww long_scalar_w no_value short_scalar short_scalar_ro "
    "short_scalar_rww short_scalar_w string_scalar throw_exception uchar_scalar ulong64_scalar "
    "ushort_scalar ulong_scalar"
)
_SPECTRA = (
    "boolean_spectrum boolean_spectrum_ro double_spectrum double_spectrum_ro float_spectrum "
    "float_spectrum_ro long64_spectrum_ro long_spectrum long_spectrum_ro short_spectrum "
    "short_spectrum_ro string_spectrum string_spectrum_ro uchar_spectrum uchar_spectrum_ro "
    "ulong64_spectrum_ro ulong_spectrum_ro ushort_spectrum ushort_spectrum_ro"
)
_IMAGES = (
    "boolean_image boolean_image_ro double_image double_image_ro float_image float_image_ro "
    "long64_image_ro long_image long_image_ro short_image short_image_ro string_image "
    "string_image_ro uchar_image uchar_image_ro ulong64_image_ro ulong_image_ro ushort_image "
    "ushort_image_ro"
)


def _row(name: str) -> Row:
    if name in ("no_value", "throw_exception"):
        return Row(name, "DevLong", "SCALAR", "READ")
    kind, form, *suffix = name.split("_")
    return Row(name, _TYPES[kind], form.upper(), _WRITABLE["".join("_" + part for part in suffix)])


ATTRIBUTES = [
    Row("ampli", "DevDouble", "SCALAR", "WRITE"),
    *map(_row, _SCALARS.split()),
    *map(_row, _SPECTRA.split()),
    Row("wave", "DevDouble", "SPECTRUM", "READ"),
    *map(_row, _IMAGES.split()),
    Row("State", "DevState", "SCALAR", "READ"),
    Row("Status", "DevString", "SCALAR", "READ"),
]

COMMANDS = [
    "CrashFromDevelopperThread",
    "CrashFromOmniThread",
    "DevBoolean",
    "DevDouble",
    "DevFloat",
    "DevLong",
    "DevLong64",
    "DevShort",
    "DevString",
    "DevULong",
    "DevULong64",
    "DevUShort",
    "DevVarCharArray",
    "DevVarDoubleArray",
    "DevVarDoubleStringArray",
    "DevVarFloatArray",
    "DevVarLong64Array",
    "DevVarLongArray",
    "DevVarLongStringArray",
    "DevVarShortArray",
    "DevVarStringArray",
    "DevVarULong64Array",
    "DevVarULongArray",
    "DevVarUShortArray",
    "DevVoid",
    "DumpExecutionState",
    "Init",
    "State",
    "Status",
    "SwitchStates",
]
