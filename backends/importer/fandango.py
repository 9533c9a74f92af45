"""fandango's export of a device (.fgo) -> the device with its values, and its class."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from tango_simlib.utilities.fandango_json_parser import FandangoExportDeviceParser

from mtango_ref.backends.importer.description import (
    Authority,
    Description,
    ImportRefused,
    Words,
    filled,
)
from mtango_ref.backends.importer.files import Source
from mtango_ref.backends.importer.wording import attribute_words, command_words


class _Parser(FandangoExportDeviceParser):  # type: ignore[misc] # has no types
    """One attribute or command at a time, so that one that it cannot read takes no other
    along."""

    def attribute(self, name: str, config: Words) -> Words:
        self._device_attributes: dict[str, Words] = {}
        self.preprocess_attribute_types({name: copy.deepcopy(config)})
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
    """The one device of a file."""
    data = source.content
    for key, kind in (("name", str), ("dev_class", str), ("attributes", dict), ("commands", dict)):
        if not isinstance(data.get(key), kind) or data[key] == "":
            what = "missing" if key not in data else "wrong"
            expected = "text" if kind is str else "an object"
            raise ImportRefused(f"{source.name}: {key!r} is {what}; expected {expected}.")
    description = Description(source.name, Authority.DEVICE)
    name, class_name = data["name"], data["dev_class"]
    place = f"device {name}"
    parser = _Parser()
    attributes = _parsed(parser.attribute, data["attributes"], f"{place}, attribute", description)
    commands = _parsed(parser.command, data["commands"], f"{place}, command", description)
    device: Words = {
        "class": class_name,
        **filled({"server": data.get("server"), "host": data.get("host")}),
        "properties": _lines(data.get("properties"), f"{place}, properties", description),
        "attributes": attributes,
    }
    for each in attributes:
        attributes[each] |= _value(each, data["attributes"][each], device)
    description.devices[name] = filled(device)
    description.classes[class_name] = filled(
        {
            "properties": _lines(data.get("class_properties"), f"class {class_name}", description),
            "attributes": {each: _of_class(words) for each, words in attributes.items()},
            "commands": commands,
        }
    )
    if "level" in data:
        description.lose(f"{place}, level", "when a Starter starts it; a fixture has no Starter")
    return description


def _parsed(
    parse: Callable[[str, Words], Words], configs: Words, place: str, description: Description
) -> dict[str, Words]:
    made = {
        name: description.attempt(partial(parse, name, config), f"{place} {name}")
        for name, config in configs.items()
    }
    return {name: words for name, words in made.items() if words is not None}


def _of_class(words: Words) -> Words:
    own = ("value", "quality", "polling_period")
    return {key: value for key, value in words.items() if key not in own}


def _value(name: str, config: Words, device: Words) -> Words:
    """What the attribute read as; State and Status are their device's."""
    value, quality = config.get("value"), config.get("quality")
    if value is None:
        return {}
    if name.lower() in ("state", "status"):
        device[name.lower()] = value
        return {}
    return {"value": value, **({"quality": quality} if quality not in (None, "ATTR_VALID") else {})}


def _lines(data: Any, place: str, description: Description) -> Words:
    """Properties, of which each is a list of lines, or one line."""
    if isinstance(data, dict):
        return dict(data)
    if data is not None:
        description.lose(place, "no properties; expected an object of them")
    return {}
