"""Writing attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tango

from mtango_ref.backends.pytango import convert
from mtango_ref.backends.pytango.connection import Connection
from mtango_ref.backends.pytango.values import sent
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    AttrQuality,
    DevFailed,
    DeviceAttribute,
)


def write_read(connection: Connection, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
    """Write an attribute and read it; see interface.py."""
    reading = connection.run(_write_read, config.name, _sent(config, value))
    return convert.device_attribute(reading, config.enum_labels)


def write_read_each(
    connection: Connection, values: Sequence[tuple[AttributeInfoEx, Any]]
) -> list[DeviceAttribute]:
    """Write attributes, and read each; see interface.py."""
    # PyTango's write_attributes says of those that failed their names alone.
    arguments = [(config.name, _sent(config, value)) for config, value in values]
    outcomes = connection.run_each(_write_read, arguments)
    return [
        # The answer to a write that failed brings no reading, and so no time.
        DeviceAttribute(config.name, None, AttrQuality.ATTR_INVALID, None, outcome.errors)
        if isinstance(outcome, DevFailed)
        else convert.device_attribute(outcome, config.enum_labels)
        for (config, _), outcome in zip(values, outcomes, strict=True)
    ]


def _sent(config: AttributeInfoEx, value: Any) -> Any:
    # PyTango looks for the length of an image in its first row.
    if config.data_format is AttrDataFormat.IMAGE and not value:
        return np.zeros((0, 0))
    return sent(config.data_type, value, config.enum_labels)


def _write_read(proxy: tango.DeviceProxy, name: str, value: Any) -> Any:
    """Write and read in one call, in which the device reads a polled attribute, too."""
    try:
        return proxy.write_read_attribute(name, value)
    except tango.DevFailed as error:
        # cppTango: a device of IDL 3, whose server was made with Tango 6 or earlier, has no such
        # call, and nothing was sent.
        if error.args[0].reason != "API_UnsupportedFeature":
            raise
    except TypeError:
        # PyTango asks for the type first, and goes on without where the device does not answer.
        proxy.ping()
        raise
    proxy.write_attribute(name, value)
    return proxy.read_attribute(name)
