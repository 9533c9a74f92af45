"""tango-simlib's SimDD .json -> a class, with values that move."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from types import ModuleType

from jsonschema.validators import validator_for

from mtango_ref.fixture import names
from mtango_ref.messages import listed
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import Authority, Description, Words, filled
from mtango_ref.tools.importer.files import Source
from mtango_ref.tools.importer.naming import named
from mtango_ref.tools.importer.simlib_metadata import attribute_words, command_words, number

_WRAPPED = {"dynamicAttributes": "basicAttributeData", "commands": "basicCommandData"}
_NUMBERS = ("mean", "std_dev", "max_slew_rate", "min_bound", "max_bound", "update_period")


@contextmanager
def _with_pkg_resources() -> Iterator[None]:
    """Stand in for pkg_resources, which tango-simlib asks for the path of a file of its own. Python
    has not had that module since 3.12 unless setuptools is installed, and new ones of these do not
    bring it; one function of it is all that is needed, and only while the parser is imported."""
    if "pkg_resources" in sys.modules:
        yield
        return
    standing_in = ModuleType("pkg_resources")
    standing_in.resource_filename = _path_of  # type: ignore[attr-defined]  # made here
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
    """Read the class of a file, "" if the file does not name it, without what tango-simlib's schema
    does not have."""
    description = Description(source.name, Authority.CODE)
    _Class(_valid(source.content, description), description).read()
    return description


def _valid(data: Words, description: Description) -> Words:
    """Give the data without the elements, and without the parts, that are not as tango-simlib's
    schema wants them."""
    schema = json.loads(
        (resources.files("tango_simlib.utilities") / "SimDD.schema").read_text("utf-8")
    )
    wrong: dict[str, set[int | None]] = {}
    for error in validator_for(schema)(schema).iter_errors(data):
        part, *rest = error.absolute_path
        index = rest[0] if rest else None
        if index not in wrong.setdefault(part, set()):
            wrong[part].add(index)
            where = error.json_path.removeprefix("$").removeprefix(".")
            what = error.message if len(error.message) <= 200 else f"{error.message[:200]} .."
            expected = "expected it as tango-simlib's SimDD.schema says"
            description.lose(where, f"{what}; {expected}")
    return {
        part: [each for at, each in enumerate(elements) if at not in wrong[part]]
        if part in wrong
        else elements
        for part, elements in data.items()
        if None not in wrong.get(part, ())
    }


class _Class:
    def __init__(self, data: Words, description: Description) -> None:
        self._data, self._description = data, description
        self._name = named(data, "class_name", names.name, description)
        self._place = f"class {self._name}" if self._name else "its class"

    def read(self) -> None:
        commands = self._pieces("commands", "command")
        # tango-simlib has those at the device that controls the simulation, not at this one.
        control = [name for name in commands if name.startswith("test_")]
        if control:
            what = "commands of tango-simlib's simulation control, not of the device"
            self._description.lose(f"{self._place}, commands {listed(control)}", what)
        words = {
            "attributes": {
                name: _attribute(metadata)
                for name, metadata in self._pieces("dynamicAttributes", "attribute").items()
            },
            "commands": {
                name: self._command(name, metadata)
                for name, metadata in commands.items()
                if name not in control
            },
        }
        self._description.classes[self._name] = filled(words)
        self._description.defaults[self._name] = self._properties()
        self._lose_code()

    def _pieces(self, part: str, kind: str) -> dict[str, Words]:
        """Return by name what tango-simlib makes of each element of a list; each by itself, so that
        one that it cannot read takes no other along."""
        pieces: dict[str, tuple[str, Words]] = {}
        for element in self._data.get(part, []):
            parse = partial(simlib.SimddParser().get_device_data_components_dict, [element], part)
            name = element[_WRAPPED[part]]["name"]
            place = f"{self._place}, {kind} {name}"
            for metadata in (self._description.attempt(parse, place) or {}).values():
                if lower(name) in pieces:
                    what = "duplicate name in the file; expected it once"
                    self._description.lose(place, what)
                else:
                    pieces[lower(name)] = (name, metadata)
        return dict(pieces.values())

    def _command(self, name: str, metadata: Words) -> Words:
        words = command_words(metadata)
        behaviour, lost = _behaviour(metadata.get("actions", []), words)
        if lost:
            can = "a command of a fixture can echo, take time, and set attributes to fixed values"
            place = f"{self._place}, command {name}"
            self._description.lose(place, f"{listed(lost)}; {can}")
        return {**words, **filled({"behaviour": behaviour})}

    def _properties(self) -> Words:
        properties: Words = {}
        for element in self._data.get("deviceProperties", []):
            each = element.get("propertyData", {"name": ""})
            name, value = each["name"], each.get("DefaultPropValue")
            place = f"{self._place}, device property {name}".rstrip()
            if value in (None, ""):
                self._description.lose(place, "has no default, so it has no value")
            else:
                properties[name] = self._description.property_lines(value, place)
        return filled(properties)

    def _lose_code(self) -> None:
        for part in ("class_overrides", "sim_control_class_overrides"):
            for each in self._data.get(part, []):
                code = each.get("override_class", {})
                what = f"{code.get('class_name')} of {code.get('module_name')}; code is not run"
                self._description.lose(f"{self._place}, {part} {code.get('name')}", what)


def _attribute(metadata: Words) -> Words:
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


def _behaviour(actions: list[dict[str, str]], words: Words) -> tuple[str | Words | None, list[str]]:
    """Return what the actions make of a command, and which of them a fixture has no words for."""
    lost: list[str] = []
    takes = 0.0
    arguments: set[str] = set()
    echoes = False
    for action in actions:
        kind = action.get("behaviour", "an action without behaviour")
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
