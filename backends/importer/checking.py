"""A fixture -> what of it the project's own checker accepts, and what it refuses."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

import yaml

from mtango_ref.backends.fake.document import Document, DocumentError
from mtango_ref.backends.fake.fixture import FixtureError, parse
from mtango_ref.backends.importer.description import ImportRefused, Words
from mtango_ref.backends.importer.yaml_places import YamlPath, places
from mtango_ref.fixture_file import as_yaml

MAX_REFUSALS = 1000

_PIECE = ("classes", "Furnace", "attributes", "heat")
_ONE = frozenset({"value", "simulation", "raises", "behaviour"})
"""What of a piece stands or falls as one."""

_Path = tuple[str, ...]


class Refusal(NamedTuple):
    """A part of the fixture that is left out, and the checker's sentence."""

    path: _Path
    text: str


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # C or not
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def checked(fixture: Words) -> tuple[str, list[Refusal]]:
    """The fixture's text, as the checker accepts it. What it refuses is taken out of the fixture.
    ImportRefused if what is left cannot be served, or if that is more than MAX_REFUSALS."""
    refusals: list[Refusal] = []
    while not _is_right(text := as_yaml(fixture)):
        found = _refusals(fixture)
        for each in found:
            _drop(fixture, each.path)
        refusals += found
        if len(refusals) > MAX_REFUSALS:
            what = f"would refuse more than {MAX_REFUSALS} parts of it, such as: {refusals[0].text}"
            raise ImportRefused(f"The fixture of these files is no good: the checker {what}.")
    return text, refusals


def _is_right(text: str) -> bool:
    try:
        parse(text, "the fixture")
    except FixtureError:
        _refuse_unreadable(text)
        return False
    return True


def _refusals(fixture: Words) -> list[Refusal]:
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
        wanted = {each.line for each in error.problems}
        paths = {line: path for path, line in places(text) if line in wanted}
        refusals = [
            Refusal(_to_drop(paths.get(each.line, ())), each.text.removeprefix("fixture, "))
            for each in error.problems
        ]
        whole = next((each for each in refusals if len(each.path) < 2), None)
        if whole is not None:
            raise ImportRefused(f"Nothing of these files can be served: {whole.text}.") from None
        return refusals
    raise AssertionError("the checker says otherwise of the same data")


def _refuse_unreadable(text: str) -> None:
    """What is wrong with the text as such, above all its size, is in no part of it."""
    try:
        Document(text)
    except DocumentError as error:
        what = error.problems[0].text
        raise ImportRefused(f"The fixture of these files cannot be read: {what}.") from None


def _to_drop(path: YamlPath) -> _Path:
    """What has to go. Of a list or of a simulation all or nothing: an element less would move
    the others, a word less would be another simulation. A device whose class is wrong is none."""
    keys = tuple(str(key) for key in takewhile(lambda key: isinstance(key, str), path))
    if keys[0::2] == ("devices", "class"):
        return keys[:2]
    inner = (at for at, key in enumerate(keys) if at >= len(_PIECE) and key in _ONE)
    return keys[: next(inner, len(keys)) + 1]


def _drop(fixture: Words, path: _Path) -> None:
    parents = [fixture]
    for key in path[:-1]:
        parents.append(parents[-1].get(key, {}))
    parents[-1].pop(path[-1], None)
    # A device that has nothing otherwise than its class does not tell of it.
    for depth in range(len(path) - 1, 2, -1):
        if path[0] == "devices" and not parents[depth]:
            parents[depth - 1].pop(path[depth - 1], None)
