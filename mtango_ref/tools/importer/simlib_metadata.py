"""tango-simlib's words -> the fixture's. All its parsers, and the YAML that it writes, name the
parts of an attribute and of a command alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mtango_ref.fixture.language import Attribute, Command
from mtango_ref.tango_types import ARRAY_OF, ARRAYS, own_defaults
from mtango_ref.tools.importer.description import Words, filled

Metadata = Mapping[str, Any]
"""Tango-simlib's description of one attribute or command."""


_WHOLE = re.compile(r"\s*[-+]?[0-9]{1,100}\s*", re.ASCII)


def number(value: Any) -> Any:
    """Return the number that a text is; else the text as it is, which the checker refuses."""
    if not isinstance(value, str):
        return value
    try:
        return int(value) if _WHOLE.fullmatch(value) else float(value)
    except ValueError:
        return value


def _period(value: Any) -> Any:
    """Read a period in ms; Tango has 0 for what is not polled."""
    period = number(value)
    if isinstance(period, float) and period.is_integer():
        period = int(period)
    return period or None


def _type(value: Any) -> str:
    """Return the name of a data type or a format, of Tango's enumeration or as text."""
    return str(getattr(value, "name", value))


def _format(value: Any) -> str:
    return _type(value).upper()


def _whole(value: Any) -> Any:
    size = number(value)
    return int(size) if isinstance(size, float) and size.is_integer() else size


_SAME = (
    *("writable", "memorized", "writable_attr_name", "description", "label", "unit"),
    *("standard_unit", "display_unit", "format", "min_value", "max_value", "min_alarm"),
    *("max_alarm", "min_warning", "max_warning", "delta_t", "delta_val", "rel_change"),
    *("abs_change", "archive_rel_change", "archive_abs_change", "archive_period"),
)
_ATTRIBUTE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "data_type": ("data_type", _type),
    "data_format": ("data_format", _format),
    "max_dim_x": ("max_dim_x", _whole),
    "max_dim_y": ("max_dim_y", _whole),
    "enum_labels": ("enum_labels", list),
    "disp_level": ("disp_level", _type),
    "display_level": ("disp_level", _type),
    "period": ("polling_period", _period),
    "event_period": ("period", str),
    **{key: (key, str) for key in _SAME},
}
_COMMAND: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "dtype_in": ("in_type", _type),
    "dtype_out": ("out_type", _type),
    "doc_in": ("in_type_desc", str),
    "doc_out": ("out_type_desc", str),
    "disp_level": ("disp_level", _type),
    "period": ("polling_period", _period),
}


_DEFAULTS = {"attributes": Attribute.field_defaults(), "commands": Command.field_defaults()}


def _worded(metadata: Metadata, table: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> Words:
    return filled(
        {
            key: convert(metadata[theirs])
            for theirs, (key, convert) in table.items()
            if metadata.get(theirs) not in (None, "", [])
        }
    )


def attribute_words(metadata: Metadata) -> Words:
    """Word an attribute, with Tango's defaults where the metadata has them. An array type, which
    SimDD has, is a spectrum."""
    words = _worded(metadata, _ATTRIBUTE)
    data_type = words.get("data_type", "")
    if data_type.startswith("DevVar") and data_type.endswith("Array"):
        words["data_type"] = element_type(data_type)
        if words.get("data_format") in (None, "SCALAR"):
            words["data_format"] = "SPECTRUM"
    unused = {"SCALAR": ("max_dim_x", "max_dim_y"), "SPECTRUM": ("max_dim_y",)}
    for key in unused.get(words.get("data_format", ""), ()):
        words.pop(key, None)
    return words


def defaults(part: str, name: str, words: Words) -> Words:
    """Return what an attribute or a command of that name has unless it says otherwise. The
    dimensions of what is not scalar have to be said."""
    if part == "commands":
        return _DEFAULTS[part]
    own = own_defaults(name, words.get("data_type", ""), words.get("writable", ""))
    return {**_DEFAULTS[part], **own, "max_dim_x": None, "max_dim_y": None}


def said(part: str, name: str, words: Words) -> Words:
    """Leave out of an attribute or a command what it has anyway."""
    base = defaults(part, name, words)
    return {key: value for key, value in words.items() if value != base.get(key)}


def command_words(metadata: Metadata) -> Words:
    """Word a command. A SPECTRUM of a scalar type, which SimDD has, is that type's array."""
    words = _worded(metadata, _COMMAND)
    for key, format_ in (("in_type", "dformat_in"), ("out_type", "dformat_out")):
        if key in words and _format(metadata.get(format_, "")) == "SPECTRUM":
            words[key] = array_type(words[key])
    return words


def element_type(array: str) -> str:
    """Return the type of an array's elements; DevFoo of an unknown DevVarFooArray."""
    known = ARRAYS.get(array)  # type: ignore[call-overload]  # a name is as good
    return known.value if known else f"Dev{array.removeprefix('DevVar').removesuffix('Array')}"


def array_type(element: str) -> str:
    """Return the type of the array; DevVarFooArray of an unknown DevFoo. An array stays one."""
    if element.startswith("DevVar"):
        return element
    known = ARRAY_OF.get(element)  # type: ignore[call-overload]  # a name is as good
    return known.value if known else f"DevVar{element[3:]}Array"
