"""Values as other tools write them -> as a fixture has them: by the data type, which another
file may have had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mtango_ref.model import DevState
from mtango_ref.tango_types import FLOATS, INTEGERS
from mtango_ref.tools.importer.description import Words
from mtango_ref.tools.importer.simlib_metadata import number

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def as_state(value: Any) -> Any:
    """Return the name of a state that is given by its number."""
    if type(value) is int and 0 <= value < len(DevState):
        return list(DevState)[value].value
    return value


def as_attribute(attribute: Words, words: Words | None = None) -> Words:
    """Convert in the words (of a class's attribute, or what one device has of it) their value, and
    the start of their simulation, as the attribute's data type has them. What cannot be
    converted stays, and the checker refuses it."""
    words = dict(attribute if words is None else words)
    convert = _converter(attribute.get("data_type"), attribute.get("enum_labels", ()))
    if "value" in words:
        words["value"] = _each(convert, words["value"])
    simulation = words.get("simulation", {})
    if "start_value" in simulation:
        start = _each(convert, simulation["start_value"])
        words["simulation"] = {**simulation, "start_value": start}
    return words


def _each(convert: Callable[[Any], Any], value: Any) -> Any:
    return [_each(convert, each) for each in value] if isinstance(value, list) else convert(value)


def _converter(data_type: Any, labels: Sequence[str]) -> Callable[[Any], Any]:
    if data_type in INTEGERS:
        return _whole
    if data_type in FLOATS:
        return number
    if data_type == "DevBoolean":
        return _truth
    if data_type == "DevState":
        return as_state
    if data_type == "DevEnum":
        return lambda value: _label(value, labels)
    return lambda value: value


def _truth(value: Any) -> Any:
    return _TRUTH.get(str(value).lower(), value)


def _whole(value: Any) -> Any:
    converted = number(value)
    is_whole = isinstance(converted, float) and converted.is_integer()
    return int(converted) if is_whole else converted


def _label(value: Any, labels: Sequence[str]) -> Any:
    index = number(value)
    return labels[index] if type(index) is int and 0 <= index < len(labels) else value
