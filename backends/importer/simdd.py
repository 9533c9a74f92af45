"""tango-simlib's SimDD .json -> a class, with values that move."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from types import ModuleType
from typing import Any

from jsonschema import ValidationError

from mtango_ref.backends.importer.description import (
    Authority,
    Description,
    ImportRefused,
    Words,
    filled,
    listed,
)
from mtango_ref.backends.importer.files import Source
from mtango_ref.backends.importer.wording import attribute_words, command_words, number

_NUMBERS = ("mean", "std_dev", "max_slew_rate", "min_bound", "max_bound", "update_period")


@contextmanager
def _with_pkg_resources() -> Iterator[None]:
    """tango-simlib asks pkg_resources for the path of a file of its own. Python has not had that
    module since 3.12 unless setuptools is installed, and new ones of these do not bring it; one
    function of it is all that is needed, and only while the parser is imported."""
    if "pkg_resources" in sys.modules:
        yield
        return
    standing_in = ModuleType("pkg_resources")
    standing_in.resource_filename = _path_of  # type: ignore[attr-defined]
    sys.modules["pkg_resources"] = standing_in
    try:
        yield
    finally:
        del sys.modules["pkg_resources"]


def _path_of(package: str, name: str) -> str:
    return str(resources.files(package) / name)


with _with_pkg_resources():
    from tango_simlib.utilities import simdd_json_parser as simlib


def describe(source: Source) -> Description:
    """The class of a file, "" if the file does not name it. ImportRefused if the file is not as
    tango-simlib's schema wants it."""
    data = source.content
    _validate(data, source.name)
    class_name = data.get("class_name", "")
    description = Description(source.name, Authority.CODE)
    place = f"class {class_name}" if class_name else "its class"
    words: Words = {"attributes": {}, "commands": {}}
    for part, kind, key, read in (
        ("dynamicAttributes", "attribute", "attributes", _attribute),
        ("commands", "command", "commands", _command),
    ):
        for element in data.get(part, []):
            for name, metadata in _parsed(element, part, f"{place}, {kind}", description).items():
                where = f"{place}, {kind} {name}"
                if name.lower() in map(str.lower, words[key]):
                    description.lose(where, "the name stands twice in the file; expected it once")
                else:
                    words[key][name] = read(metadata, where, description)
    description.classes[class_name] = filled(words)
    description.defaults[class_name] = _properties(data, place, description)
    for part in ("class_overrides", "sim_control_class_overrides"):
        for each in data.get(part, []):
            code = each.get("override_class", {})
            what = f"{code.get('class_name')} of {code.get('module_name')}; code is not run"
            description.lose(f"{place}, {part} {code.get('name')}", what)
    return description


def _validate(data: Any, name: str) -> None:
    schema = json.loads((resources.files("tango_simlib.utilities") / "SimDD.schema").read_text())
    try:
        simlib.validate(data, schema)
    except ValidationError as error:
        where = error.json_path.removeprefix("$").removeprefix(".") or "the whole"
        what = error.message if len(error.message) <= 200 else f"{error.message[:200]} .."
        raise ImportRefused(
            f"{name}: {where}: {what}; expected it as tango-simlib's SimDD.schema says."
        ) from None


def _parsed(element: Words, part: str, place: str, description: Description) -> dict[str, Words]:
    """By name, what tango-simlib makes of one element of a list; by itself, so that it takes no
    other along if it is wrong."""
    name = next((each.get("name", "") for each in element.values() if isinstance(each, dict)), "")
    parse = partial(simlib.SimddParser().get_device_data_components_dict, [element], part)
    return description.attempt(parse, f"{place} {name}") or {}


def _attribute(metadata: Words, *_: Any) -> Words:
    words = attribute_words(metadata)
    kind = metadata.get("quantity_simulation_type")
    if kind == "ConstantQuantity":
        # Without a value of its own it has that of its type, as every attribute has.
        if metadata.get("initial_value", "") != "":
            value = metadata["initial_value"]
            words["simulation"] = {"quantity_simulation_type": kind, "start_value": value}
    elif kind:
        # Where it is not given, the template of the parser has an empty text.
        given = {key: number(metadata[key]) for key in _NUMBERS if metadata.get(key, "") != ""}
        words["simulation"] = {"quantity_simulation_type": kind, **given}
    return words


def _command(metadata: Words, place: str, description: Description) -> Words:
    words = command_words(metadata)
    actions = metadata.get("actions", [])
    behaviour, lost = _behaviour(actions, words)
    if lost:
        what = f"{listed(lost)}: a fixture's command can echo, take time and set what is written"
        description.lose(place, what)
    return {**words, **filled({"behaviour": behaviour})}


def _behaviour(actions: list[dict[str, str]], words: Words) -> tuple[str | Words | None, list[str]]:
    """What the actions make of a command, and which of them a fixture has no words for."""
    lost: list[str] = []
    takes = 0.0
    arguments: set[str] = set()
    echoes = False
    for action in actions:
        kind = action.get("behaviour", "")
        seconds = number(action.get("execution_time_secs", ""))
        if kind == "long_running" and isinstance(seconds, (int, float)):
            takes += seconds
        elif kind == "input_transform":
            arguments.add(action.get("destination_variable", ""))
        elif kind == "output_return" and action.get("source_variable") in arguments:
            echoes = words.get("in_type") == words.get("out_type")
            lost += [] if echoes else [kind]
        else:
            target = action.get("destination_quantity") or action.get("source_quantity")
            lost.append(f"{kind} of {target}" if target else kind)
    if echoes and takes:
        lost.append("long_running")
    return ("echo" if echoes else {"takes": takes} if takes else None), lost


def _properties(data: Words, place: str, description: Description) -> Words:
    properties: Words = {}
    for element in data.get("deviceProperties", []):
        for each in element.values():
            name, value = each["name"], each.get("DefaultPropValue")
            if value in (None, ""):
                description.lose(f"{place}, device property {name}", "has no default value")
            else:
                properties[name] = value if isinstance(value, list) else [value]
    return properties
