"""A fixture -> what of it the project's own checker accepts, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from mtango_ref.backends.fake.fixture import FixtureError, parse
from mtango_ref.backends.importer.description import ImportRefused, Words

_Path = tuple[str, ...]


class Refusal(NamedTuple):
    """A part of the fixture that is left out, and the checker's sentence."""

    path: _Path
    text: str


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # C or not
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def accepted(fixture: Words) -> list[Refusal]:
    """Take out of a fixture what the checker refuses, until it refuses nothing. ImportRefused
    if nothing is left that could be served."""
    refusals: list[Refusal] = []
    while problems := _problems(fixture):
        for refusal in problems:
            _drop(fixture, refusal.path)
        refusals += problems
    return refusals


def _problems(fixture: Words) -> list[Refusal]:
    # Every key in a line of its own: the line of a problem tells which.
    text: str = yaml.dump(
        fixture,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=2**31 - 1,
    )
    try:
        parse(text, "the fixture")
    except FixtureError as error:
        paths = dict(_lines(yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), ()))
        refusals = [
            Refusal(_dropped(paths.get(each.line, ())), each.text) for each in error.problems
        ]
        whole = next((each for each in refusals if len(each.path) < 2), None)
        if whole is not None:
            text = whole.text.removeprefix("fixture, ")
            raise ImportRefused(f"Nothing in the files can be served: {text}.") from None
        return refusals
    return []


def _lines(node: Any, path: _Path) -> Iterator[tuple[int, _Path]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, key.value)
            yield key.start_mark.line + 1, below
            yield from _lines(value, below)
    elif isinstance(node, yaml.SequenceNode):
        # Of a list, everything or nothing: an element less would move the others.
        for each in node.value:
            yield each.start_mark.line + 1, path
            yield from ((line, path) for line, _ in _lines(each, path))


def _dropped(path: _Path) -> _Path:
    """What has to go; a device whose class is wrong is no device."""
    return path[:2] if path[0::2] == ("devices", "class") else path


def _drop(fixture: Words, path: _Path) -> None:
    parents = [fixture]
    for key in path[:-1]:
        parents.append(parents[-1].get(key, {}))
    parents[-1].pop(path[-1], None)
    # A device that has nothing otherwise than its class does not tell of it.
    for depth in range(len(path) - 1, 2, -1):
        if path[0] == "devices" and not parents[depth]:
            parents[depth - 1].pop(path[depth - 1], None)
