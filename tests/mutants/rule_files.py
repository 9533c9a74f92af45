"""The rules of rules/*.yml, and how one is written:

    - name: an unknown device is 404      # what is wrong then; no two have the same
      facet: tree                         # whose cases should notice; or once for the file
      mode: strict                        # or implementation: where it shows; this if not said
      where:                              # which answers; all if not said
        operation: [getDevice]            # ids of the swagger files
        method: [GET]
        status: [200]
        asked_with: [origin]              # headers of the request
        asked_without: [origin]
        content_type: application/json    # how the answer's begins
        has: errors                       # a path in the JSON
        when: {errors/*/reason: DB_DeviceNotDefined}
      status: 404                         # what is done, in this order: another status,
      header: {vary: null, allow: GET}    # one line of a header or none,
      body: "{}"                          # another text,
      cut: 1                              # bytes less at the end,
      indent: 1                           # JSON over several lines,
      json:                               # changes of the JSON at a path, all of it where empty:
        - {at: info/pid, lose: true}
        - {at: state, put: "ON"}          # quoted: YAML has ON for true
        - {at: info, rename: {classname: class}}
        - {at: errors, as: twice}         # AS has more
        - {at: "", wrap: data}            # {"data": ..}
        - {at: _links/_self, replace: [http, https]}

A path has a slash between its keys, a number for an array's element, * for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path as File
from typing import Any

import yaml

from mtango_ref import openapi
from mtango_ref.conformance.model import MODES
from mtango_ref.messages import StartError, did_you_mean
from mtango_ref.yaml_loading import load_yaml
from mutants import wire
from mutants.wire import LOST, Path, Rule, Selection

FOLDER = File(__file__).with_name("rules")

Mistakes = list[str]

AS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "lower": lambda text: text.lower(),
    "lines": "\n".join,
    "keys": list,
    "values": lambda found: [*found.values()],
    "twice": lambda found: found * 2,
    "reversed": lambda found: found[::-1],
    "shorter": lambda found: found[:-1],
}
"""Conversions of a value; of another type than they are for, it stays as it is."""

METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE")

_NEEDED = {
    "name": "expected a name",
    "facet": "expected a facet, here or for the file",
    "change": "expected a change: one of status, header, body, cut, indent, json",
    "verb": "expected one of lose, put, rename, as, wrap, replace",
}


class _Reader:
    """A mapping of a file, the place where it stands, and what is wrong there."""

    def __init__(self, data: dict[str, Any], place: str, mistakes: Mistakes) -> None:
        self._data, self._place, self._mistakes = data, place, mistakes
        self._known: list[str] = []

    def wrong(self, key: str, expected: str) -> None:
        """Note that something else was expected for a key."""
        got = repr(self._data[key])[:60]
        self._mistakes.append(f"{self._place}, {key}: expected {expected}, got {got}")

    def take(self, key: str, kind: type | tuple[type, ...], expected: str, otherwise: Any) -> Any:
        """Return a key's value, `otherwise` where it is missing or of another type."""
        self._known.append(key)
        if key not in self._data:
            return otherwise
        value = self._data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            self.wrong(key, expected)
            return otherwise
        return value

    def within(self, key: str, known: Collection[Any], expected: str) -> tuple[Any, ...]:
        """Return the values of a list, which are all of known ones."""
        values = self.take(key, list, f"a list of {expected}", [])
        for value in values:
            if value not in known:
                hint = did_you_mean(str(value), map(str, known))
                self._mistakes.append(f"{self._place}, {key}: no such {expected}: {value!r}{hint}")
        return tuple(values)

    def end(self) -> None:
        """Note the keys that nobody has taken."""
        for key in self._data:
            if key not in self._known:
                hint = did_you_mean(str(key), self._known)
                self._mistakes.append(f"{self._place}: no such key: {key!r}{hint}")

    def require(self, **given: Any) -> None:
        """Note what is empty and may not be."""
        for what, value in given.items():
            if not value:
                self._mistakes.append(f"{self._place}: {_NEEDED[what]}")

    def inner(self, key: str) -> _Reader:
        """Return the reader of a mapping, of an empty one where it is missing."""
        return self.over(self.take(key, dict, "a mapping", {}), key)

    def over(self, data: dict[str, Any], key: str) -> _Reader:
        """Return the reader of a mapping that belongs to a key."""
        return _Reader(data, f"{self._place}, {key}", self._mistakes)

    def each(self, key: str) -> Iterator[_Reader]:
        """Read a list of mappings."""
        for number, data in enumerate(self.take(key, list, "a list of mappings", []), 1):
            if isinstance(data, dict):
                yield self.over(data, f"{key} {data.get('name', number)}")
            else:
                self._mistakes.append(f"{self._place}, {key} {number}: expected a mapping")


def load(folder: File = FOLDER) -> list[Rule]:
    """Read the rules of a folder, in the order of its files' names.

    Raises StartError with everything that is wrong, a line each.
    """
    mistakes: Mistakes = []
    rules = [rule for file in sorted(folder.glob("*.yml")) for rule in _read(file, mistakes)]
    names = [rule.name for rule in rules]
    mistakes += [f"two rules are named {name!r}" for name in {*names} if names.count(name) > 1]
    if mistakes:
        raise StartError("\n".join(mistakes))
    return rules


def _read(file: File, mistakes: Mistakes) -> list[Rule]:
    try:
        data = load_yaml(file.read_bytes())
    except yaml.YAMLError as error:
        mistakes.append(f"{file.name}: it is not YAML: {error}")
        return []
    if not isinstance(data, dict):
        mistakes.append(f"{file.name}: expected a mapping with the key rules")
        return []
    reader = _Reader(data, file.name, mistakes)
    facet = reader.take("facet", str, "a facet", "")
    rules = [_rule(each, facet) for each in reader.each("rules")]
    reader.end()
    return rules


def _rule(reader: _Reader, facet: str) -> Rule:
    name = reader.take("name", str, "a text", "")
    facet = reader.take("facet", str, "a facet", facet)
    mode = reader.take("mode", str, "a mode", "strict")
    if mode not in MODES:
        reader.wrong("mode", " or ".join(MODES))
    where = _selection(reader.inner("where"))
    rule = Rule(name, facet, mode, where, tuple(_changes(reader)))
    reader.end()
    reader.require(name=name, facet=facet, change=rule.changes)
    return rule


def _selection(reader: _Reader) -> Selection:
    operations = {each.operation_id for each in openapi.operations()}
    has = reader.take("has", str, "a path", "")
    when = reader.take("when", dict, "a mapping from paths to values", {})
    where = Selection(
        operations=reader.within("operation", operations, "operation"),
        methods=reader.within("method", METHODS, "method"),
        statuses=reader.within("status", [*map(int, HTTPStatus)], "status"),
        asked_with=_names(reader, "asked_with"),
        asked_without=_names(reader, "asked_without"),
        content_type=reader.take("content_type", str, "a text", ""),
        has=_path(has),
        when={_path(str(path)): value for path, value in when.items()},
    )
    reader.end()
    return where


def _names(reader: _Reader, key: str) -> tuple[str, ...]:
    names = reader.take(key, list, "a list of names of headers", [])
    if not all(isinstance(name, str) for name in names):
        reader.wrong(key, "a list of names of headers")
        return ()
    return tuple(names)


def _path(text: str) -> Path:
    return tuple(text.split("/")) if text else ()


def _changes(reader: _Reader) -> Iterator[Callable[[wire.Answer], wire.Answer]]:
    status = reader.take("status", int, "a status", None)
    if status in [*map(int, HTTPStatus)]:
        yield wire.with_status(status)
    elif status is not None:
        reader.wrong("status", "a status of HTTP")
    header = reader.take("header", dict, "a mapping from names to texts or null", {})
    for name, text in header.items():
        if isinstance(name, str) and name == name.lower() and isinstance(text, (str, type(None))):
            yield wire.with_header(name, text)
        else:
            reader.wrong("header", "names in lower case, each with a text or null")
    for key, kind, expected, change in _OF_BODY:
        value = reader.take(key, kind, expected, None)
        if value is not None:
            yield change(value)
    for each in reader.each("json"):
        at = _path(each.take("at", str, "a path", ""))
        verbs = [*_verbs(each)]
        each.end()
        each.require(verb=len(verbs) == 1)
        yield from (wire.with_edit(at, verb) for verb in verbs)


_OF_BODY: list[tuple[str, type, str, Callable[[Any], Any]]] = [
    ("body", str, "a text", wire.with_body),
    ("cut", int, "a number of bytes", wire.with_cut),
    ("indent", int, "a number of spaces", wire.with_indent),
]


def _verbs(reader: _Reader) -> Iterator[Callable[[Any], Any]]:
    """Give what is done to a value, of one key each."""
    if reader.take("lose", bool, "true", False):
        yield lambda _: LOST
    put = reader.take("put", object, "a value", LOST)
    if put is not LOST:
        yield lambda _: put
    names = reader.take("rename", dict, "a mapping from old to new keys", None)
    if names is not None:
        yield partial(_renamed, names)
    conversion = reader.take("as", str, "a conversion", None)
    if conversion in AS:
        yield partial(_converted, AS[conversion])
    elif conversion is not None:
        reader.wrong("as", f"one of {', '.join(AS)}")
    key = reader.take("wrap", str, "a key", None)
    if key is not None:
        yield lambda value: value if value is LOST else {key: value}
    texts = reader.take("replace", list, "an old text and a new one", None)
    if texts is not None:
        if [*map(type, texts)] == [str, str]:
            yield partial(_converted, lambda value: value.replace(*texts))
        else:
            reader.wrong("replace", "an old text and a new one")


def _renamed(names: dict[str, str], value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {names.get(key, key): each for key, each in value.items()}


def _converted(change: Callable[[Any], Any], value: Any) -> Any:
    if value is LOST:
        return LOST
    try:
        return change(value)
    except (AttributeError, TypeError):  # of another type
        return value
