"""The rules of rules/*.yml, and how one is written:

    - name: an unknown device is 404      # what is wrong then; no two have the same
      facet: tree                         # whose cases should notice; or once for the file
      mode: strict                        # or implementation: where it shows; this if not said
      extensions: [writes]                # that are on where it shows; or once for the file
      where:                              # what is changed; everything if not said
        operation: [getDevice]            # ids of the swagger files
        method: [GET]
        path: /(STATE|STATUS)/            # regular expressions, found in the request's path
        query: wildcard=                  # and query
        asked_with: [origin]              # headers of the request
        asked_without: [origin]
        status: [200]
        content_type: application/json    # how the answer's begins
        has: errors                       # a path in the JSON
        when: {errors/*/reason: DB_DeviceNotDefined}
      asks: {query: ["wildcard=.*", ""]}  # the request sent on: path, query, method, headers
      status: 404                         # what is done, in this order: another status,
      header: {vary: null, allow: GET}    # one line of a header or none,
      body: "{}"                          # another text,
      text: ["https?://", ""]             # a text for a regular expression,
      cut: 1                              # bytes less at the end,
      indent: 1                           # JSON over several lines,
      json:                               # changes of the JSON at a path, all of it where empty:
        - {at: info/pid, lose: true}
        - {at: "*", when: {name: a/b/c}, lose: true}  # has and when are those of `where`
        - {at: state, put: "ON"}          # quoted: YAML has ON for true
        - {at: info, rename: {classname: class}}
        - {at: errors, as: twice}         # edits.AS has more
        - {at: "", wrap: data}            # {"data": ..}
        - {at: _links/_self, replace: ["^http:", "https:"]}
        - {at: _links, copy: {_self: _parent}}        # the parent's value for _self
        - {at: errors/*/severity, map: {ERR: 1, WARN: 0}}
        - {at: "*", take: href}           # the value of its href in the place of each
        - {at: data, by: name}            # an object of the elements by their names
        - {at: "", sort: name}            # by names, whatever their case
        - {at: "", slice: [0, -1]}        # a part of it, as Python has it
        - {at: size, add: 1}
        - {at: timestamp, times: 1000}
        - {at: timestamp, over: 60}       # the whole of the quotient

A path has a slash between its keys, a number for an array's element, * for each; **/name is every
name there is, at any depth. Of `where`, the lines above `status` are about the request, and the
others about the answer to what was asked.
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
from mtango_ref.libyaml import load_yaml
from mtango_ref.messages import StartError, did_you_mean
from mtango_ref.openapi.extensions import EXTENSIONS
from mutants.edits import ANSWER, PATTERN, VALUE, Kind, edit
from mutants.json_paths import Condition, path_of
from mutants.wire import Answer, Rule, Selection

FOLDER = File(__file__).with_name("rules")

Mistakes = list[str]

METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE")

_NEEDED = {
    "name": "expected a name",
    "facet": "expected a facet, here or for the file",
    "change": f"expected a change: one of asks, {', '.join(ANSWER)}, json",
    "verb": f"expected one of {', '.join(VALUE)}",
}

_MISSING: Any = object()


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

    def given(self, kinds: dict[str, Kind]) -> Iterator[tuple[str, Any]]:
        """Give the kinds of change that are there, each with what is given for it."""
        for name, kind in kinds.items():
            value = self.take(name, object, kind.expected, _MISSING)
            if value is not _MISSING and kind.fits(value):
                yield name, value
            elif value is not _MISSING:
                self.wrong(name, kind.expected)

    def within(self, key: str, known: Collection[Any], expected: str) -> tuple[Any, ...]:
        """Return the values of a list, which are all of known ones."""
        values = self.take(key, list, f"a list of {expected}", [])
        for value in values:
            if value not in known:
                hint = did_you_mean(str(value), map(str, known))
                self._mistakes.append(f"{self._place}, {key}: no such {expected}: {value!r}{hint}")
        return tuple(values)

    def keys(self) -> list[str]:
        """Return the keys of the mapping."""
        return [*map(str, self._data)]

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
    extensions = reader.within("extensions", EXTENSIONS, "extension")
    rules = [_rule(each, facet, extensions) for each in reader.each("rules")]
    reader.end()
    return rules


def _rule(reader: _Reader, facet: str, extensions: tuple[str, ...]) -> Rule:
    name = reader.take("name", str, "a text", "")
    facet = reader.take("facet", str, "a facet", facet)
    mode = reader.take("mode", str, "a mode", "strict")
    if mode not in MODES:
        reader.wrong("mode", " or ".join(MODES))
    where = _selection(reader.inner("where"))
    extensions = reader.within("extensions", EXTENSIONS, "extension") or extensions
    asks, changes = tuple(_asks(reader)), tuple(_changes(reader))
    rule = Rule(name, facet, mode, where, asks, changes, extensions)
    reader.end()
    reader.require(name=name, facet=facet, change=rule.asks or rule.changes)
    return rule


def _selection(reader: _Reader) -> Selection:
    operations = {each.operation_id for each in openapi.operations()}
    where = Selection(
        operations=reader.within("operation", operations, "operation"),
        methods=reader.within("method", METHODS, "method"),
        path=_expression(reader, "path"),
        query=_expression(reader, "query"),
        asked_with=_names(reader, "asked_with"),
        asked_without=_names(reader, "asked_without"),
        statuses=reader.within("status", [*map(int, HTTPStatus)], "status"),
        content_type=reader.take("content_type", str, "a text", ""),
        body=_condition(reader),
    )
    reader.end()
    return where


def _expression(reader: _Reader, key: str) -> str:
    text: str = reader.take(key, str, "a regular expression", "")
    if not PATTERN.fits([text, ""]):
        reader.wrong(key, "a regular expression")
        return ""
    return text


def _names(reader: _Reader, key: str) -> tuple[str, ...]:
    names = reader.take(key, list, "a list of names of headers", [])
    if not all(isinstance(name, str) for name in names):
        reader.wrong(key, "a list of names of headers")
        return ()
    return tuple(names)


def _condition(reader: _Reader) -> Condition:
    has = reader.take("has", str, "a path", "")
    when = reader.take("when", dict, "a mapping from paths to values", {})
    return Condition(path_of(has), {path_of(str(path)): value for path, value in when.items()})


def _asks(reader: _Reader) -> Iterator[tuple[str, str, str]]:
    asks = reader.inner("asks")
    for part, (pattern, text) in asks.given(dict.fromkeys(asks.keys(), PATTERN)):
        yield part, pattern, text


def _changes(reader: _Reader) -> Iterator[Callable[[Answer], Answer]]:
    for name, given in reader.given(ANSWER):
        yield partial(ANSWER[name].change, given)
    for each in reader.each("json"):
        at = path_of(each.take("at", str, "a path", ""))
        only = _condition(each)
        verbs = [*each.given(VALUE)]
        each.end()
        each.require(verb=len(verbs) == 1)
        yield from (edit(at, only, name, given) for name, given in verbs)
