"""fandango's export of a device (.fgo) -> the device with its values, and its class."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from tango_simlib.utilities.fandango_json_parser import FandangoExportDeviceParser

from mtango_ref.fixture import names
from mtango_ref.messages import shown
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import (
    Authority,
    Description,
    Words,
    filled,
)
from mtango_ref.tools.importer.files import Source
from mtango_ref.tools.importer.naming import named
from mtango_ref.tools.importer.simlib_metadata import attribute_words, command_words

_GIVEN: Words = {
    "writable": "READ",
    "events": {},
    "alarms": {},
    "polling": 0,
}
_EVENTS = {"": {"period": ""}}
"""The events that tango-simlib's parser asks for, where an export leaves them out."""


class _Parser(FandangoExportDeviceParser):  # type: ignore[misc] # has no types
    """One attribute or command at a time, so that one that it cannot read takes no other
    along."""

    def attribute(self, name: str, config: Words) -> Words:
        self._device_attributes: dict[str, Words] = {}
        whole = {**_GIVEN, **copy.deepcopy(config)}
        whole["events"] = {**_EVENTS, **whole["events"]}
        self.preprocess_attribute_types({name: whole})
        self._flatten_device_attribute_dictionary()
        # The parser drops the format, which is no less Tango's than the unit.
        own = {"format": config.get("format"), "memorized": config.get("memorized")}
        return attribute_words({**self._device_attributes[name], **own})

    def command(self, name: str, config: Words) -> Words:
        self._device_commands: dict[str, Words] = {}
        self.preprocess_command_types({name: config})
        own = {"name": name, "disp_level": config.get("disp_level")}
        return command_words({**self._device_commands[name], **own})


def describe(source: Source) -> Description:
    """Read the one device of a file; that of a class has no name, and may have no dev_class."""
    data = source.content
    description = Description(source.name, Authority.DEVICE)
    name = named(data, "name", names.device_name, description)
    class_name = named(data, "dev_class", names.name, description)
    place = f"device {name}" if name else "its device"
    of_class = f"class {class_name}" if class_name else "its class"
    parser = _Parser()
    attributes, commands = (
        _parsed(parse, data.get(f"{kind}s"), f"{place}, {kind}", description)
        for kind, parse in (("attribute", parser.attribute), ("command", parser.command))
    )
    device: Words = {
        "class": class_name,
        **{key: data[key] for key in ("server", "host") if data.get(key) not in (None, "")},
        "properties": _properties(data.get("properties"), f"{place}, properties", description),
        "attributes": attributes,
    }
    for each in attributes:
        attributes[each] |= _value(each, data["attributes"][each], device)
    description.devices[name] = {"class": class_name, **filled(device)}
    properties = _properties(data.get("class_properties"), f"{of_class}, properties", description)
    description.classes[class_name] = filled(
        {
            "properties": properties,
            "attributes": {each: _of_class(words) for each, words in attributes.items()},
            "commands": commands,
        }
    )
    if "level" in data:
        description.lose(
            f"{place}, level", "the start level for a Starter; a fixture has no Starter"
        )
    return description


def _parsed(
    parse: Callable[[str, Words], Words], configs: Any, place: str, description: Description
) -> dict[str, Words]:
    if not isinstance(configs, dict):
        if configs is not None:
            description.lose(
                f"{place}s", f"{shown(configs)}; expected an object with an entry for each"
            )
        return {}
    made: dict[str, Words | None] = {}
    for name, config in configs.items():
        if isinstance(config, dict):
            made[name] = description.attempt(partial(parse, name, config), f"{place} {name}")
        else:
            description.lose(f"{place} {name}", f"{shown(config)}; expected an object")
    return {name: words for name, words in made.items() if words is not None}


def _of_class(words: Words) -> Words:
    own = ("value", "quality", "polling_period")
    return {key: value for key, value in words.items() if key not in own}


def _value(name: str, config: Words, device: Words) -> Words:
    """Return what the attribute read as; State and Status are their device's."""
    value, quality = config.get("value"), config.get("quality")
    if value is None:
        return {}
    if lower(name) in ("state", "status"):
        device[lower(name)] = value
        return {}
    return {"value": value, **({"quality": quality} if quality not in (None, "ATTR_VALID") else {})}


def _properties(data: Any, place: str, description: Description) -> dict[str, list[str]]:
    """Read properties, each of which is a list of lines, or one line."""
    if not isinstance(data, dict):
        if data is not None:
            description.lose(place, "no object; expected one with an entry for each property")
        return {}
    lines = {
        name: description.property_lines(value, f"{place} {name}") for name, value in data.items()
    }
    return filled(lines)
