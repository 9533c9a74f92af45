"""Values that Tango memorizes: those that clients wrote last, which outlive a device's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mtango_ref import text_values
from mtango_ref.dev_float import nearest
from mtango_ref.json_values import WrongValue
from mtango_ref.model import AttributeInfoEx, AttrMemorizedType, CmdArgType
from mtango_ref.tango_types import FLOATS

# cppTango: MemAttrPropName.
PROPERTY = "__value"
"""The property of an attribute in which the database keeps it."""


class Memory(NamedTuple):
    """The database's property PROPERTY of the attributes of one device, by their names."""

    put: Callable[[str, str], None]
    get: Callable[[str], str | None]

    def keep(self, config: AttributeInfoEx, value: Any) -> None:
        """Keep what a client wrote, if it is the value of a memorized attribute."""
        if config.memorized is not AttrMemorizedType.NONE:
            self.put(config.name, _text(config, value))

    def kept(self, config: AttributeInfoEx) -> Any:
        """Return the value that is kept of an attribute, of the model; None if there is none."""
        if config.memorized is AttrMemorizedType.NONE:
            return None
        text = self.get(config.name)
        try:
            return None if text is None else text_values.of_texts(config, [text])
        except WrongValue:
            return None  # of an attribute as it was defined before


def is_written_at_start(config: AttributeInfoEx) -> bool:
    """Return True of an attribute that a device is given again by its server's start, or Init."""
    return config.memorized is AttrMemorizedType.MEMORIZED_WRITE_INIT


def _text(config: AttributeInfoEx, value: Any) -> str:
    if config.data_type is CmdArgType.DevBoolean:
        # cppTango writes words for booleans, and the number of a label.
        return "true" if value else "false"
    if config.data_type is CmdArgType.DevEnum:
        return str(config.enum_labels.index(value))
    if config.data_type in FLOATS:
        # cppTango, WAttribute: a stream with a precision of 15, TANGO_FLOAT_PRECISION.
        number = nearest(value) if config.data_type is CmdArgType.DevFloat else value
        return f"{number:.15g}"
    return str(value)
