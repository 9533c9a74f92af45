"""The model -> the words of a fixture: plain data under the keys of fake/language.py."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from itertools import chain
from typing import Any

import numpy as np

from mtango_ref.backends.fake.language import Attribute, AttributeOverride, Command
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.backends.fake.values import KINDS
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    AttrWriteType,
    CommandInfo,
    DevEncoded,
    DevFailed,
    DeviceAttribute,
    DevicePipe,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
    PipeBlob,
    PipeElement,
)

Words = dict[str, Any]
"""A mapping of the fixture."""

_LONG = 8
"""Elements that a value needs to be written {fill: ..} where they are all the same."""


def attribute_words(info: AttributeInfoEx) -> Words:
    """The configuration, with every key that the language has for it."""
    events = info.events
    parts = (info, info.alarms, events.ch_event, events.per_event, events.arch_event)
    flat = dict(chain.from_iterable(asdict(part).items() for part in parts))
    # What tells the attribute's kind first.
    keys = dict.fromkeys((*Attribute.__annotations__, *AttributeOverride.model_fields))
    return {key: written(flat[key]) for key in keys if key in flat}


def _defaults(model: type[Model]) -> Words:
    fields = model.model_fields.items()
    return {key: each.get_default(call_default_factory=True) for key, each in fields}


def attribute_defaults(name: str, attribute: Words) -> Words:
    """What an attribute has whose words do not say otherwise."""
    model = Attribute.model_validate(attribute)
    shape = model.shape
    own_name = model.writable is AttrWriteType.READ_WRITE
    needed = {
        AttrDataFormat.SCALAR: (),
        AttrDataFormat.SPECTRUM: ("max_dim_x",),
        AttrDataFormat.IMAGE: ("max_dim_x", "max_dim_y"),
    }[shape.data_format]
    defaults = {
        **_defaults(Attribute),
        "label": name,
        "format": KINDS[shape.data_type].format,
        "writable_attr_name": name if own_name else "None",
        "value": written(shape.default()),
    }
    return {key: value for key, value in defaults.items() if key not in needed}


def command_words(info: CommandInfo) -> Words:
    """What it takes and gives, with every key that the language has for it."""
    keys = dict.fromkeys((*Command.__annotations__, *Command.model_fields))
    return {key: written(getattr(info, key)) for key in keys if hasattr(info, key)}


COMMAND_DEFAULTS = _defaults(Command)
"""What a command has whose words do not say otherwise."""


def pipe_words(pipe: DevicePipe) -> Words:
    """Its blob, as it was read."""
    return {
        **({"blob": pipe.blob.name} if pipe.blob.name else {}),
        "data": [_element(each) for each in pipe.blob.data],
    }


def _element(element: PipeElement) -> Words:
    # The language has no name for an inner blob.
    inner = isinstance(element.value, PipeBlob)
    value = [_element(each) for each in element.value.data] if inner else written(element.value)
    words = {"name": element.name, "type": written(element.data_type)}
    return {**words, "data" if inner else "value": value}


def value_words(reading: DeviceAttribute) -> Words:
    """A reading that did not fail: its quality, and its value if it has one."""
    words = {} if reading.value is None else {"value": compact(written(reading.value))}
    return {**words, "quality": written(reading.quality)}


def raises_words(error: DevFailed) -> Words:
    """The innermost error: what a device server said."""
    first = error.errors[0]
    words = {"reason": first.reason, "description": first.desc, "origin": first.origin}
    severity = written(first.severity)
    return words if severity == "ERR" else {**words, "severity": severity}


def written(value: Any) -> Any:
    """A value of the model in plain data, as the language has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, DevEncoded):
        return {"format": value.format, "data": base64.b64encode(value.data).decode()}
    if isinstance(value, (DevVarLongStringArray, DevVarDoubleStringArray)):
        return {key: written(each) for key, each in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [written(each) for each in value]
    return value


def compact(value: Any) -> Any:
    """A long list of one and the same element as {fill: element, dim_x: .., dim_y: ..}."""
    if not isinstance(value, list) or not value:
        return value
    rows = value if isinstance(value[0], list) else [value]
    elements = [each for row in rows for each in row]
    if len(elements) < _LONG or elements.count(elements[0]) < len(elements):
        return value
    dims = {"dim_x": len(rows[0])}
    return {"fill": elements[0], **dims, **({} if rows[0] is value else {"dim_y": len(rows)})}


def different(words: Mapping[str, Any], base: Mapping[str, Any]) -> Words:
    """What is not as in the base; what neither says is left out."""
    return {key: value for key, value in words.items() if not _same(value, base.get(key, ...))}


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or repr(one) == repr(other)  # which is how NaN is the same as NaN
