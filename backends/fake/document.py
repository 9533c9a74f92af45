"""YAML text -> plain data, with the line of everything in it, and within stated limits.

Scalars are read as YAML 1.2 says: only true and false are booleans, so that the states
ON and OFF and the label No stay text; there are no dates and no sexagesimal numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import yaml

MAX_BYTES = 10_000_000
MAX_NODES = 300_000
MAX_DEPTH = 20
MAX_DIGITS = 100

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"


class Problem(NamedTuple):
    """One mistake: the line it is in, counted from 1, and a sentence."""

    line: int
    text: str


class DocumentError(Exception):
    """The text cannot be read as one YAML document; the sentences say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class _Loader(_BASE):  # type: ignore[misc]
    """A safe loader that gives up on a document that is too deep or too large.

    libyaml's composer recurses in C: without a bound a deep document ends the process.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - yaml declares it so

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Both composers call this for every node that they begin .."""
        self._depth += 1
        self._nodes += 1
        if self._depth <= MAX_DEPTH and self._nodes <= MAX_NODES:
            return
        what = (
            f"nested too deep; expected at most {MAX_DEPTH} levels"
            if self._depth > MAX_DEPTH
            else f"too large; expected at most {MAX_NODES} keys and values"
        )
        mark = (index if isinstance(index, yaml.Node) else parent).start_mark
        raise yaml.MarkedYAMLError(problem=what, problem_mark=mark)

    def ascend_resolver(self) -> None:
        """.. and this when it is done."""
        self._depth -= 1


for _kind, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", rf"{_FLOAT}|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+0123456789."),
    ("null", "~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(
        _TAG + _kind, re.compile(rf"({_pattern})\Z"), [*_first, *([""] * (_kind == "null"))]
    )


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits; expected at most {MAX_DIGITS}")
    return int(text, 16 if text.startswith("0x") else 10)


_SCALARS: dict[str, Callable[[str], Any]] = {
    _TAG + "str": str,
    _TAG + "null": lambda _: None,
    _TAG + "bool": lambda text: text.lower() == "true",
    _TAG + "int": _integer,
    _TAG + "float": lambda text: float(re.sub(r"\.(?=[inIN])", "", text)),
}
_TAGS = {*_SCALARS, _TAG + "map", _TAG + "seq"}


def _compose(text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The end of the text may count as a line of its own.
        line = min(mark.line + 1, len(text.splitlines())) if mark else 1
        raise DocumentError(Problem(line, _sentence(error, text))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(Problem(line, f"not text: {error.reason}")) from None
    finally:
        loader.dispose()


def _sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    if mark and text[mark.index : mark.index + 1] == "\t":
        return "a tab; expected spaces"
    return " ".join(filter(None, (error.context, error.problem)))


def _children(node: Any) -> Iterator[tuple[str | int, Any, int]]:
    """(key or index, node, line) of everything right below a node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, value, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            # An alias has the line of what it stands for.
            yield index, value, max(node.start_mark.line, value.start_mark.line) + 1


class Document:
    """One parsed document: `data`, and where in the text each part of it stands."""

    def __init__(self, text: str) -> None:
        """Raise DocumentError with every problem of the text as such."""
        self._problems: list[Problem] = []
        self._seen: set[int] = set()
        self._index: dict[int, dict[str | int, tuple[Any, int]]] = {}
        self._root = _compose(text)
        self.data: Any = None if self._root is None else self._build(self._root, 1)
        if self._problems:
            raise DocumentError(*sorted(self._problems))

    def line(self, path: Sequence[str | int]) -> int:
        """The line of what lies at this path of keys and indices. Parts of the path that
        are not in the text are passed over."""
        node, line = self._root, 1
        for part in path:
            if id(node) not in self._index:
                self._index[id(node)] = {key: (child, at) for key, child, at in _children(node)}
            node, line = self._index[id(node)].get(part, (node, line))
        return line

    def _build(self, node: Any, line: int) -> Any:
        # An alias is the anchored node once more: refused, so that nothing can multiply.
        if id(node) in self._seen:
            return self._problem(line, "an alias (*name); expected the value written out")
        self._seen.add(id(node))
        if node.tag not in _TAGS:
            return self._problem(line, f"tag {node.tag!r}; expected no tags")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, at) for _, child, at in _children(node)]
        return self._mapping(node)

    def _mapping(self, node: Any) -> dict[str, Any]:
        first: dict[str, int] = {}
        result: dict[str, Any] = {}
        for key, child, line in _children(node):
            if not isinstance(key, str):
                self._problem(line, "a list or mapping as a key; expected text")
            elif key in first:
                self._problem(line, f"key {key!r} comes twice, first in line {first[key]}")
            else:
                first[key] = line
                result[key] = self._build(child, line)
        return result

    def _scalar(self, node: Any) -> Any:
        try:
            return _SCALARS[node.tag](node.value)
        except ValueError as error:
            return self._problem(node.start_mark.line + 1, str(error))

    def _problem(self, line: int, text: str) -> None:
        self._problems.append(Problem(line, text))
