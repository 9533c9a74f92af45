"""YAML text -> plain data, with the place of everything in it, and within stated limits.

Scalars are read as YAML 1.2 says: only true and false are booleans, so that the states
ON and OFF and the label No stay text; there are no dates and no sexagesimal numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple, Protocol

import yaml

MAX_BYTES = 10_000_000
MAX_NODES = 500_000
MAX_DEPTH = 20
MAX_DIGITS = 100
MAX_PROBLEMS = 100
"""What has so many is not looked at further."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_SCALAR = re.compile(
    r"(?P<int>[-+]?[0-9]+|0x[0-9a-fA-F]+)"
    rf"|(?P<float>{_FLOAT}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)|(?P<null>~|null|Null|NULL|)"
)
_FIRST = frozenset("-+.0123456789tTfFnN~")
_NO_TEXT = re.compile(
    "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|(?<![^\n\r\x85\u2028\u2029])%"
)
"""Of a directive, too: libyaml compares each one with all before it, which can take for ever."""
_WIDTH = MAX_BYTES + 1  # more than there are columns

_TOO_DEEP = "exceeded maximum nesting depth"
"""A problem of libyaml's."""

_HINTS = {
    "mapping values are not allowed in this context": "; text with ': ' in it needs quotes",
    "found character that cannot start any token": "; text that begins with it needs quotes",
}


class Problem(NamedTuple):
    """One mistake: the line and the column it is in, counted from 1, and a sentence; path: the
    keys and indices to what is wrong, none if the text as such is."""

    line: int
    column: int
    text: str
    path: tuple[str | int, ...] = ()


class DocumentError(Exception):
    """The text cannot be read as one YAML document; the sentences say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class Placed(Protocol):
    """Data, and where each part of it stands."""

    data: Any

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Give the line and the column of what lies at a path, as Document.place does."""


class Document:
    """One parsed document: `data`, and where in the text each part of it stands."""

    def __init__(self, text: str, passed_over: list[Problem] | None = None) -> None:
        """Read YAML text.

        Args:
            text: one YAML document.
            passed_over: takes the problems that concern a part of the text only; of a key that
                comes twice the last value counts then. Without it they are raised.

        Raises:
            DocumentError: with every problem of the text as such.
        """
        reader = _Reader(text)
        self.data: Any = reader.document()
        self._places = reader.places
        if passed_over is not None:
            passed_over += reader.problems
        elif reader.problems:
            raise DocumentError(*sorted(reader.problems))

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """The line and the column where what lies at this path of keys and indices begins,
        of what has a key with its key. Parts of the path that are not in the text are
        passed over."""
        node, at = self.data, _WIDTH
        for part in path:
            places = self._places.get(id(node), {})
            if part in places:
                node, at = node[part], places[part]
        return at // _WIDTH, at % _WIDTH + 1


class Given:
    """Data that was given without a text: `data`, all of which stands at its beginning."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def place(self, _: Sequence[str | int]) -> tuple[int, int]:
        """Return the place of every part."""
        return 1, 1


class _Reader:
    """Reads the parser's events, one by one, into data. There is no tree of nodes: it would
    take most of the time and the memory. Gives up on what is too deep or too large."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self.places: dict[int, dict[str | int, int]] = {}
        """id of a list or mapping -> index or key -> line * _WIDTH + column, from 0."""
        self._text = text
        self._nodes = 0
        self._events = self._parsed()

    def document(self) -> Any:
        """The data of the one document."""
        data = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self._nodes:
                    self._stop(event.start_mark, "a second document; expected one")
                data = self._node(next(self._events), 1)
        return data

    def _parsed(self) -> Iterator[Any]:
        found = _NO_TEXT.search(self._text)
        if found:
            start = found.start()
            line = self._text.count("\n", 0, start) + 1
            column = start - self._text.rfind("\n", 0, start)
            what = (
                "a directive (%); expected none"
                if found[0] == "%"
                else f"a control character (U+{ord(found[0]):04X}); expected text"
            )
            raise DocumentError(Problem(line, column, what))
        given = 0
        try:
            for event in iter(_LOADER(self._text).get_event, None):
                given += 1
                yield event
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if error.problem == _TOO_DEEP:
                yield from self._before(mark, given)
            self._stop(mark, _sentence(error, self._text))

    def _before(self, mark: Any, given: int) -> Iterator[Any]:
        """Yield the events of the text before libyaml's limit but those that were given.

        libyaml (from 0.2.6 on) scans ahead and gives up at a thousand levels, before it reports
        the twenty-first. The text before its limit is deep enough to find that one.
        """
        with suppress(yaml.MarkedYAMLError):  # the text is cut off
            events = iter(_LOADER(self._text[: mark.index]).get_event, None)
            yield from islice(events, given, None)

    def _node(self, event: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            what = f"too large; expected at most {MAX_NODES} keys and values"
            self._stop(event.start_mark, what)
        kind = type(event)
        if kind is yaml.AliasEvent:
            what = f"an alias (*{cut(event.anchor)}); expected the value written out"
            return self._problem(event.start_mark, what)
        if event.tag is not None:
            self._problem(event.start_mark, f"tag {cut(event.tag)!r}; expected no tags")
        if kind is yaml.ScalarEvent:
            return self._scalar(event) if event.implicit[0] else event.value
        if depth > MAX_DEPTH:
            self._stop(event.start_mark, f"nested too deep; expected at most {MAX_DEPTH} levels")
        read = self._mapping if kind is yaml.MappingStartEvent else self._sequence
        return read(depth + 1)

    def _sequence(self, depth: int) -> list[Any]:
        result: list[Any] = []
        places: dict[str | int, int] = {}
        for index, event in enumerate(self._events):
            if type(event) is yaml.SequenceEndEvent:
                break
            mark = event.start_mark
            places[index] = mark.line * _WIDTH + _WIDTH + mark.column
            result.append(self._node(event, depth))
        self.places[id(result)] = places
        return result

    def _mapping(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        places: dict[str | int, int] = {}
        for event in self._events:
            if type(event) is yaml.MappingEndEvent:
                break
            key = self._key(event, places, depth)
            value = self._node(next(self._events), depth)
            if key is not None:
                mark = event.start_mark
                places.setdefault(key, mark.line * _WIDTH + _WIDTH + mark.column)
                result[key] = value
        self.places[id(result)] = places
        return result

    def _key(self, event: Any, before: dict[str | int, int], depth: int) -> str | None:
        """None: it cannot be a key here."""
        self._node(event, depth)
        if type(event) is not yaml.ScalarEvent:
            if type(event) is not yaml.AliasEvent:
                self._problem(event.start_mark, "a list or mapping as a key; expected text")
            return None
        key: str = event.value
        if key in before:
            line = before[key] // _WIDTH
            what = f"key {cut(key)!r} comes twice, first in line {line}"
            self._problem(event.start_mark, what)
        return key

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if text and text[0] not in _FIRST:
            return text
        match = _SCALAR.fullmatch(text)
        if match is None:
            return text
        try:
            return _SCALARS[match.lastgroup or "null"](text)
        except ValueError as error:
            return self._problem(event.start_mark, str(error))

    def _problem(self, mark: Any, text: str) -> None:
        self.problems.append(Problem(*self._place(mark), text))
        if len(self.problems) == MAX_PROBLEMS:
            raise DocumentError(*sorted(self.problems))

    def _stop(self, mark: Any, text: str) -> None:
        self.problems.append(Problem(*self._place(mark), text))
        raise DocumentError(*sorted(self.problems))

    def _place(self, mark: Any) -> tuple[int, int]:
        if mark.index < len(self._text):
            return mark.line + 1, mark.column + 1
        # The end of the text may count as a line of its own.
        lines = self._text.splitlines()
        return max(len(lines), 1), len(lines[-1]) + 1 if lines else 1


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits; expected at most {MAX_DIGITS}")
    return int(text, 16 if text.startswith("0x") else 10)


_SCALARS: dict[str, Callable[[str], Any]] = {
    "int": _integer,
    "float": lambda text: float(re.sub(r"\.(?=[inIN])", "", text)),
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
}


def _sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    mark, begin = error.problem_mark, error.context_mark
    if mark and text[mark.index : mark.index + 1] == "\t":
        return "a tab; expected spaces"
    problem = error.problem or ""
    context = f" {error.context}" if error.context else ""
    if context and begin and mark and begin.line != mark.line:
        context += f" that begins in line {begin.line + 1}"
    return f"not YAML: {problem}{context}{_HINTS.get(problem, '')}"


def cut(text: str) -> str:
    """Text in a message, cut where it gets long; what moves a terminal's cursor is escaped."""
    text = text if len(text) <= 60 else text[:57] + ".."
    return text if text.isprintable() else repr(text)[1:-1]
