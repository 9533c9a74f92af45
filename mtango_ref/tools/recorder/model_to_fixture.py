"""The model -> the words of a fixture: plain data under the keys of fake/language/."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from mtango_ref.dev_float import fewest_digits_of
from mtango_ref.fixture.language import Attribute, AttributeOverride, Command
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    CommandInfo,
    DbDevFullInfo,
    DevEncoded,
    DevError,
    DeviceAttribute,
    DevicePipe,
    DevVarDoubleStringArray,
    DevVarLongStringArray,
    PipeBlob,
    PipeElement,
)
from mtango_ref.tango_types import own_defaults

Words = dict[str, Any]
"""A mapping of the fixture."""

_LONG = 8
"""Elements that a value needs to be written {fill: ..} where they are all the same."""


_UNKNOWN: Words = {
    "host": "nada",
    "pid": 0,
    "ior": "nada",
    "version": "0",
    "started_date": "?",
    "stopped_date": "?",
}
"""The values of a database that knows nothing, which the fake has by itself."""


def device_words(
    info: DbDevFullInfo, properties: Mapping[str, list[str]], *, exported: bool
) -> Words:
    """Word what the database knows of a device; of one that does not run, only what is its own."""
    words: Words = {"class": info.class_name, "server": info.ds_full_name}
    if exported or not info.exported:
        known = asdict(info)
        words |= different({key: known[key] for key in _UNKNOWN}, _UNKNOWN)
    if not exported:
        words["exported"] = False
    return {**words, **({"properties": {**properties}} if properties else {})}


def attribute_words(info: AttributeInfoEx) -> Words:
    """Word the configuration, with every key that the language has for it."""
    events = info.events
    parts = (info, info.alarms, events.ch_event, events.per_event, events.arch_event)
    flat = dict(chain.from_iterable(asdict(part).items() for part in parts))
    # What says the attribute's kind first.
    keys = dict.fromkeys((*Attribute.__annotations__, *AttributeOverride.model_fields))
    return {key: written(flat[key]) for key in keys if key in flat}


def attribute_defaults(name: str, attribute: Words) -> Words:
    """Return what an attribute has whose words do not say otherwise."""
    model = Attribute.model_validate(attribute)
    shape = model.shape
    needed = {
        AttrDataFormat.SCALAR: (),
        AttrDataFormat.SPECTRUM: ("max_dim_x",),
        AttrDataFormat.IMAGE: ("max_dim_x", "max_dim_y"),
    }[shape.data_format]
    defaults = {
        **Attribute.field_defaults(),
        **own_defaults(name, model.data_type, model.writable),
        "value": written(model.default),
    }
    return {key: value for key, value in defaults.items() if key not in needed}


def command_words(info: CommandInfo) -> Words:
    """Word what it takes and gives, with every key that the language has for it."""
    keys = dict.fromkeys((*Command.__annotations__, *Command.model_fields))
    return {key: written(getattr(info, key)) for key in keys if hasattr(info, key)}


COMMAND_DEFAULTS = Command.field_defaults()
"""The default of each key of a command."""


def pipe_words(pipe: DevicePipe) -> Words:
    """Write a pipe's blob, as it was read."""
    return {
        **({"blob": pipe.blob.name} if pipe.blob.name else {}),
        "data": [_element(each) for each in pipe.blob.data],
    }


def _element(element: PipeElement) -> Words:
    words = {"name": element.name, "type": written(element.data_type)}
    if not isinstance(element.value, PipeBlob):
        return {**words, "value": written(element.value)}
    blob, data = element.value.name, [_element(each) for each in element.value.data]
    return {**words, **({} if blob == element.name else {"blob": blob}), "data": data}


def value_words(reading: DeviceAttribute) -> Words:
    """Word a reading that did not fail: its quality, and its value if it has one."""
    words = {} if reading.value is None else {"value": compact(written(reading.value))}
    return {**words, "quality": written(reading.quality)}


_OF_THE_CLIENT = ("API_AttributeFailed", "API_PipeFailed")
"""Reasons of the error that Tango's client puts on top of what a device server said."""


def raises_words(errors: Sequence[DevError]) -> Words:
    """Word what a device server said, innermost first."""
    is_of_client = len(errors) > 1 and errors[-1].reason in _OF_THE_CLIENT
    first, *outer = errors[:-1] if is_of_client else errors
    words = _error_words(first)
    return {**words, "outer": [_error_words(each) for each in outer]} if outer else words


def _error_words(error: DevError) -> Words:
    words = {"reason": error.reason, "description": error.desc, "origin": error.origin}
    severity = written(error.severity)
    return words if severity == "ERR" else {**words, "severity": severity}


def written(value: Any) -> Any:
    """Turn a value of the model into plain data, as the language has it."""
    if isinstance(value, np.ndarray):
        return fewest_digits_of(value).tolist()
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
    """Word a long list of one and the same element as {fill: element, dim_x: .., dim_y: ..}."""
    if not isinstance(value, list) or not value:
        return value
    elements = [*_elements(value)]
    if len(elements) < _LONG or not all(map(partial(_same, elements[0]), elements)):
        return value
    return _repeated(elements[0], value)


def element_count(words: Words) -> int:
    """Count the elements of the value as it is written."""
    return sum(1 for _ in _elements(words.get("value")))


def shortened(words: Words, largest: int) -> bool:
    """Return True where the value had more elements; only its first is kept then, repeated."""
    value = words.get("value")
    if not isinstance(value, list) or element_count(words) <= largest:
        return False
    words["value"] = _repeated(next(_elements(value)), value)
    return True


def _elements(value: Any) -> Iterator[Any]:
    for each in value if isinstance(value, list) else ():
        yield from each if isinstance(each, list) else (each,)


def _repeated(element: Any, value: list[Any]) -> Words:
    """Make an array like the value, of one element."""
    if isinstance(value[0], list):
        return {"fill": element, "dim_x": len(value[0]), "dim_y": len(value)}
    return {"fill": element, "dim_x": len(value)}


def different(words: Mapping[str, Any], base: Mapping[str, Any]) -> Words:
    """Keep what is not as in the base; what neither says is left out."""
    return {key: value for key, value in words.items() if not _same(value, base.get(key, ...))}


def _same(one: Any, other: Any) -> bool:
    """Return True for values that are written alike: NaN is as NaN, and 0.0 is not as -0.0."""
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
