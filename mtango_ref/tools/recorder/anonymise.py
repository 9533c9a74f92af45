"""A recorded fixture without what could reveal its site.

Kept are names - of devices, servers, classes, attributes, commands, properties, pipes and their
elements -, types, limits, units, formats, numbers, states and the reasons of errors. Every other
text gets a stand-in, the same text the same one: hosts, values, labels, descriptions, lines of
properties, what errors say. IORs, pids and dates are left out: the fake makes up its own.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mtango_ref.tools.recorder.model_to_fixture import Words
from mtango_ref.tools.recorder.record import Recorded

_LEFT_OUT = frozenset({"ior", "pid", "started_date", "stopped_date"})
_TEXTS = ("status", "label", "description", "in_type_desc", "out_type_desc")
_POLLING = ("polled_attr", "polled_cmd")
"""Properties of Tango's own that hold names and periods."""


class _StandIns:
    """text1, text2 .. or host1 .., in the order in which the texts come."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {"": ""}

    def host(self, text: str) -> str:
        return self._known.setdefault(text, f"host{len(self._known)}")

    def text(self, text: str) -> str:
        return self._known.setdefault(text, f"text{len(self._known)}")

    def line(self, text: str) -> str:
        """Replace a line of a property; a number is kept."""
        return text if _is_number(text) else self.text(text)

    def value(self, value: Any) -> Any:
        """Replace a value of an attribute, command or pipe's element, of any type but DevState."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict) and "data" in value:  # a DevEncoded
            size = len(base64.b64decode(value["data"]))
            return {**value, "data": base64.b64encode(bytes(size)).decode()}
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def anonymised(recorded: Recorded) -> Recorded:
    """Leave out what could reveal its site; the failures stay as they are."""
    texts = _StandIns()
    fixture = recorded.fixture
    options = {**fixture["facility"], "host": texts.host(fixture["facility"]["host"])}
    classes = {name: _class(texts, words) for name, words in fixture["classes"].items()}
    devices = {
        name: _device(texts, words, fixture["classes"][words["class"]])
        for name, words in fixture["devices"].items()
    }
    return recorded._replace(fixture={"facility": options, "classes": classes, "devices": devices})


def _class(texts: _StandIns, words: Words) -> Words:
    return _parts(texts, words, {})


def _device(texts: _StandIns, words: Words, of_class: Words) -> Words:
    kept = {key: value for key, value in words.items() if key not in _LEFT_OUT}
    if "host" in kept:
        kept["host"] = texts.host(kept["host"])
    return _parts(texts, _said(texts, kept), of_class)


def _parts(texts: _StandIns, words: Words, of_class: Words) -> Words:
    """Anonymise the attributes, commands, pipes and properties of a class or a device of it."""
    types = {
        "attributes": partial(_type_of, of_class.get("attributes", {}), "data_type"),
        "commands": partial(_type_of, of_class.get("commands", {}), "out_type"),
    }
    changed: Words = {
        part: {
            name: _piece(texts, piece, type_of(name, piece)) for name, piece in words[part].items()
        }
        for part, type_of in types.items()
        if part in words
    }
    if "pipes" in words:
        changed["pipes"] = {name: _pipe(texts, pipe) for name, pipe in words["pipes"].items()}
    if "properties" in words:
        changed["properties"] = _properties(texts, words["properties"])
    return {**words, **changed}


def _type_of(of_class: Mapping[str, Words], key: str, name: str, piece: Words) -> str:
    own = piece.get(key) or of_class.get(name, {}).get(key)
    # Of those that every device has, only State has a value that is no text.
    return str(own or {"State": "DevState"}.get(name, ""))


def _piece(texts: _StandIns, words: Words, data_type: str) -> Words:
    """Anonymise an attribute or a command."""
    changed = _said(texts, words)
    for key, change in _changes(texts, data_type).items():
        if key in words:
            changed[key] = change(words[key])
    return changed


def _changes(texts: _StandIns, data_type: str) -> dict[str, Callable[[Any], Any]]:
    is_state = data_type in ("DevState", "DevVarStateArray")
    return {
        "value": (lambda value: value) if is_state else texts.value,
        "enum_labels": texts.value,
        "raises": partial(_raises, texts),
        "behaviour": lambda behaviour: {"raises": _raises(texts, behaviour["raises"])},
        "properties": partial(_properties, texts),
    }


def _said(texts: _StandIns, words: Words) -> Words:
    return {**words, **{key: texts.text(words[key]) for key in _TEXTS if key in words}}


def _raises(texts: _StandIns, words: Words) -> Words:
    said = {key: texts.text(words[key]) for key in ("description", "origin")}
    outer = {"outer": [_raises(texts, each) for each in words["outer"]]} if "outer" in words else {}
    return {**words, **said, **outer}


def _properties(texts: _StandIns, properties: Mapping[str, list[str]]) -> Words:
    return {
        name: lines if name in _POLLING else [texts.line(line) for line in lines]
        for name, lines in properties.items()
    }


def _pipe(texts: _StandIns, words: Words) -> Words:
    if "raises" in words:
        return {**words, "raises": _raises(texts, words["raises"])}
    return {**words, "data": [_element(texts, each) for each in words["data"]]}


def _element(texts: _StandIns, element: Words) -> Words:
    if "data" in element:
        return _pipe(texts, element)
    return {**element, **_piece(texts, {"value": element["value"]}, element["type"])}
