"""POGO's .xmi -> a class.

tango-simlib's parser reads one element after the other here, so that one that it cannot read
takes no other along, and texts stay what they are: of a whole file it makes ASCII.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from tango_simlib.utilities.sim_xmi_parser import XmiParser

from mtango_ref.messages import listed
from mtango_ref.model import CmdArgType
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import Authority, Description, Words, filled
from mtango_ref.tools.importer.files import Source
from mtango_ref.tools.importer.simlib_metadata import attribute_words, command_words
from mtango_ref.tools.importer.xml_tree import XmlTree

_TYPES = {
    "DevIntType": CmdArgType.DevInt,
    "LongType": CmdArgType.DevLong64,
    "ULongType": CmdArgType.DevULong64,
    "LongArrayType": CmdArgType.DevVarLong64Array,
    "ULongArrayType": CmdArgType.DevVarULong64Array,
    "BooleanArrayType": CmdArgType.DevVarBooleanArray,
}
"""POGO's names of types that tango-simlib does not know, or takes for those of 32 bits."""

_ATTRIBUTES = ("attributes", "dynamicAttributes")
_COMMANDS = ("commands", "dynamicCommands")
_GIVEN = {"attType": "Scalar", "rwType": "READ", "maxX": "", "maxY": ""}
"""The XML attributes of an attribute that old versions of POGO leave out."""
_INNER = {
    "attribute": {"properties": {}, "status": {"inherited": "false"}},
    "command": {
        "argin": {"description": ""},
        "argin/type": {"type": "pogoDsl:VoidType"},
        "argout": {"description": ""},
        "argout/type": {"type": "pogoDsl:VoidType"},
        "status": {"inherited": "false"},
    },
}
"""The elements that one has to have, parents first, and what they have to have."""
_NO_PARENT = re.compile(r"(?:Device_([0-9]+)?Impl|TANGO_BASE_CLASS)?", re.ASCII)
"""The parents of a POGO class that are Tango's own."""
_CALLED = {
    **dict.fromkeys(_ATTRIBUTES, "attribute"),
    **dict.fromkeys(_COMMANDS, "command"),
    "deviceProperties": "device property",
    "classProperties": "class property",
    "pipes": "pipe",
    "forwardedAttributes": "forwarded attribute",
}
_SAME_NAMES = {"forwarded attribute": "attribute"}
"""The kinds that share their names with another one. Class and device may have a property of one
name: Tango looks at the device's first."""


class _WithChildren:
    """An element with the method that Python 3.9 took away, and that tango-simlib asks for the
    labels of a DevEnum."""

    def __init__(self, element: Element) -> None:
        self._element = element

    def __getattr__(self, name: str) -> Any:
        return getattr(self._element, name)

    def getchildren(self) -> list[Element]:
        return list(self._element)


class _Parser(XmiParser):  # type: ignore[misc] # has no types
    def attribute(self, element: Element) -> Words:
        element = _completed(element)
        self._device_attributes = [self.extract_attributes_description_data(_WithChildren(element))]
        [metadata] = self.get_device_attribute_metadata().values()
        # tango-simlib sorts the labels, whose order is their meaning, and has not the others.
        own = {
            "enum_labels": [each.text or "" for each in element.iterfind("enumLabels")],
            "disp_level": element.get("displayLevel"),
            "memorized": _memorized(element),
            "writable_attr_name": element.get("associatedAttr"),
        }
        return {**attribute_words({**metadata, **own}), **_mark(element)}

    def command(self, element: Element) -> Words:
        element = _completed(element)
        self._device_commands = [self.extract_command_description_data(element)]
        [metadata] = self.get_device_command_metadata().values()
        own = {"disp_level": element.get("displayLevel"), "period": element.get("polledPeriod")}
        return {**command_words({**metadata, **own}), **_mark(element)}

    def _get_arg_type(self, element: Any) -> Any:
        tag = "dataType" if element.tag in _ATTRIBUTES else "type"
        name = next(iter(element.find(tag).attrib.values()), "").rpartition(":")[2]
        return _TYPES[name] if name in _TYPES else super()._get_arg_type(element)


def _completed(element: Element) -> Element:
    """Give the element with all that tango-simlib's parser asks for."""
    whole = copy.deepcopy(element)
    if element.tag in _ATTRIBUTES:
        whole.attrib.update({**_GIVEN, **whole.attrib})
    for path, given in _INNER[_CALLED[element.tag]].items():
        parent, _, tag = path.rpartition("/")
        above = whole.find(parent) if parent else whole
        assert above is not None
        inner = whole.find(path)
        if inner is None:
            SubElement(above, tag or path, given)
        elif tag != "type":
            inner.attrib.update({**given, **inner.attrib})
    return whole


def _mark(element: Element) -> Words:
    """Say that a class has something of its parent, whose description is whole."""
    status = element.find("status")
    inherits = status is not None and status.get("inherited") == "true"
    return {"inherited": True} if inherits else {}


def _memorized(element: Element) -> str | None:
    if element.get("memorized") != "true":
        return None
    return "MEMORIZED_WRITE_INIT" if element.get("memorizedAtInit") == "true" else "MEMORIZED"


def describe(source: Source) -> Description:
    """Read the classes of a file."""
    description = Description(source.name, Authority.CODE)
    tree: XmlTree = source.content
    for element in tree.root:
        if element.tag == "classes" and element.get("name"):
            _Class(element, tree, description).read()
        elif element.tag != "imports":
            where = f"<{element.tag}>"
            line = tree.line(element)
            description.lose(where, "expected <classes name=..>, the description of a class", line)
    return description


class _Class:
    def __init__(self, element: Element, tree: XmlTree, description: Description) -> None:
        self._element, self._tree, self._description = element, tree, description
        self._name = element.attrib["name"]
        self._parser = _Parser()
        parents = [each.get("classname", "") for each in element.iterfind(".//inheritances")]
        self._words: Words = {
            "inherits": [each for each in parents if not _NO_PARENT.fullmatch(each)],
            "properties": {},
            "attributes": {},
            "commands": {},
            "pipes": {},
        }
        self._defaults: Words = {}
        self._seen: set[tuple[str, str]] = set()

    def read(self) -> None:
        readers: dict[str, Callable[[Element, str], None]] = {
            **dict.fromkeys(_ATTRIBUTES, self._attribute),
            **dict.fromkeys(_COMMANDS, self._command),
            "deviceProperties": self._device_property,
            "classProperties": self._class_property,
            "pipes": self._pipe,
            "forwardedAttributes": self._forwarded,
        }
        for element in self._element:
            if element.tag in readers and self._is_whole(element):
                readers[element.tag](element, element.attrib["name"])
        self._lose_rest()
        self._description.classes.setdefault(self._name, filled(self._words))
        self._description.defaults.setdefault(self._name, self._defaults)

    def _is_whole(self, element: Element) -> bool:
        """Return True where all that is needed is there, and for the first time."""
        missing = [] if element.get("name") else ["name="]
        if element.tag in _ATTRIBUTES:
            missing += _missing_type(element)
        if missing:
            self._lose(element, f"{listed(missing)} missing; expected it, as POGO writes it")
            return False
        called = _CALLED[element.tag]
        key = (_SAME_NAMES.get(called, called), lower(element.attrib["name"]))
        if key in self._seen:
            self._lose(element, "duplicate name in the class; expected it once")
            return False
        self._seen.add(key)
        return True

    def _lose(self, element: Element, text: str) -> None:
        self._description.lose(self._place(element), text, self._tree.line(element))

    def _place(self, element: Element) -> str:
        return f"class {self._name}, {_CALLED[element.tag]} {element.get('name', '')}".rstrip()

    def _attribute(self, element: Element, name: str) -> None:
        self._keep(self._words["attributes"], self._parser.attribute, element, name)

    def _command(self, element: Element, name: str) -> None:
        self._keep(self._words["commands"], self._parser.command, element, name)

    def _keep(
        self, pieces: Words, parse: Callable[[Element], Words], element: Element, name: str
    ) -> None:
        place, line = self._place(element), self._tree.line(element)
        words = self._description.attempt(partial(parse, element), place, line)
        if words is not None:
            pieces[name] = words

    def _device_property(self, element: Element, name: str) -> None:
        self._keep_property(self._defaults, element, name)

    def _class_property(self, element: Element, name: str) -> None:
        self._keep_property(self._words["properties"], element, name)

    def _keep_property(self, properties: Words, element: Element, name: str) -> None:
        lines = [each.text or "" for each in element.iterfind("DefaultPropValue")]
        if lines:
            properties[name] = lines
        else:
            self._lose(element, "has no default, so it has no value")

    def _pipe(self, element: Element, name: str) -> None:
        access = {"writable": "READ_WRITE"} if element.get("rwType") == "READ_WRITE" else {}
        self._words["pipes"][name] = {"data": [], **access}
        self._lose(element, "its blob is not described, and stays empty")

    def _forwarded(self, element: Element, _: str) -> None:
        self._lose(element, "the attribute that it forwards to is not described")

    def _lose_rest(self) -> None:
        """List what the language has no words for, a line of each kind."""
        described = [
            name
            for each in self._element
            if each.tag in _COMMANDS and each.get("description") and (name := each.get("name"))
        ]
        excluded = [
            name for each in self._element if _excludes(each) and (name := each.get("name"))
        ]
        states = [
            name for each in self._element if each.tag == "states" and (name := each.get("name"))
        ]
        kinds = (
            ("descriptions of commands; Tango's CommandInfo has none", described),
            ("states that forbid them; in a fixture they are always allowed", excluded),
            ("descriptions of states; Tango has none", states),
        )
        for what, names in kinds:
            if names:
                line = self._tree.line(self._element)
                self._description.lose(f"class {self._name}", f"{listed(names)}: {what}", line)


def _missing_type(element: Element) -> list[str]:
    """Name what an attribute has not of its data type: the element, or what it says."""
    data_type = element.find("dataType")
    if data_type is None:
        return ["<dataType>"]
    return [] if data_type.attrib else ["<dataType xsi:type=>"]


def _excludes(element: Element) -> bool:
    return any(each.tag.lower().endswith("excludedstates") for each in element)
