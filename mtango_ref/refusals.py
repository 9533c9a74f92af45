"""Tango's checks of a value or an argument before a device is given it: all of it is known from the
attribute's configuration, or the command's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.json_values import from_json
from mtango_ref.model import (
    NOT_SPECIFIED,
    AttrDataFormat,
    AttributeInfoEx,
    AttrWriteType,
    CmdArgType,
    DevError,
)
from mtango_ref.tango_types import FLOATS, NOT_NEEDED, NUMBERS

_WRITABLE = frozenset({AttrWriteType.WRITE, AttrWriteType.READ_WRITE})


def fit_input(in_type: CmdArgType, argument: Any) -> Any:
    """Convert an argument, as interface.py says it is given, to the model. WrongValue."""
    # PyTango: a server extracts nothing for these types, so an empty Any will do.
    if argument is None and in_type in NOT_NEEDED:
        return None
    return from_json(in_type, argument)


def refusal(config: AttributeInfoEx, value: Any) -> DevError | None:
    """Return why a device server does not write a value of the model; None if it does."""
    # cppTango: READ_WITH_WRITE is written by the other attribute.
    if config.writable not in _WRITABLE:
        return tango_errors.attribute_not_writable(config.name)
    sizes = {"X": (len(_row(config, value)), config.max_dim_x)}
    if config.data_format is AttrDataFormat.IMAGE:
        sizes["Y"] = len(value), config.max_dim_y
    for dimension, (size, most) in sizes.items():
        if size > most:
            return tango_errors.too_long(dimension, config.name)
    return _beyond(config, value) if config.data_type in NUMBERS else None


def _row(config: AttributeInfoEx, value: Any) -> Any:
    if config.data_format is AttrDataFormat.SCALAR:
        return [value]
    return (value[0] if value else []) if config.data_format is AttrDataFormat.IMAGE else value


def _beyond(config: AttributeInfoEx, value: Any) -> DevError | None:
    """Find the first element that is no finite number, or beyond a limit."""
    least, most = _limit(config.min_value, -math.inf), _limit(config.max_value, math.inf)
    is_float = config.data_type in FLOATS
    if not is_float and (least, most) == (-math.inf, math.inf):
        return None
    for index, element in enumerate(elements(value)):
        # cppTango, WAttribute::check_data_limits: a limit itself can be written.
        if is_float and not math.isfinite(element):
            return tango_errors.not_finite(config.name, index)
        if element < least:
            return tango_errors.outside_limit(config.name, "below the minimum authorized", index)
        if element > most:
            return tango_errors.outside_limit(config.name, "above the maximum authorized", index)
    return None


def _limit(text: str, default: float) -> float:
    if text == NOT_SPECIFIED:
        return default
    try:
        # A DevLong64 has more digits than a float.
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return default  # the database may have any text; the device server says what it makes of it


def elements(value: Any) -> Iterator[Any]:
    """Yield the scalars of a value of any format, row by row."""
    if isinstance(value, list):
        for each in value:
            yield from elements(each)
    else:
        yield value
