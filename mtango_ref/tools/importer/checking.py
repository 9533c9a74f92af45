"""A fixture -> what of it the project's own checker accepts, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Any, NamedTuple

from mtango_ref.fixture.checking.facility import Checker
from mtango_ref.fixture.csv_columns import CsvFolder, unwatched
from mtango_ref.fixture.writing import as_yaml
from mtango_ref.fixture.yaml_document import Document, DocumentError, Problem
from mtango_ref.tools.importer.description import ImportRefused, Remark, Words

MAX_REFUSALS = 1000
"""The most refusals that are listed."""
MAX_REASONS = 10
"""The most reasons that are listed where nothing is left."""

_PIECE = ("classes", "Furnace", "attributes", "heat")
_ONE = frozenset({"value", "simulation", "raises", "behaviour"})
"""The keys of a piece that stand or fall as one."""

_Path = tuple[str, ...]


class Refusal(NamedTuple):
    """A part of the fixture that is left out, and the checker's sentence."""

    path: _Path
    text: str


@dataclass
class _Unwritten:
    """A fixture that stands in no text yet; see document.Placed."""

    data: Any

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:  # noqa: ARG002 - Placed's
        """Give no place: there is none."""
        return 0, 0


def checked(fixture: Words, losses: Sequence[Remark]) -> tuple[str, list[Refusal]]:
    """Take out of a fixture what the checker refuses.

    Args:
        fixture: is changed.
        losses: what was left out before; says why where nothing is left.

    Returns:
        The text of what is left, and the first MAX_REFUSALS of what is not.

    Raises:
        ImportRefused: if nothing is left that could be served, or too much for a fixture.
    """
    refusals: list[Refusal] = []
    while problems := _problems(fixture):
        # All that has to go is found before anything goes: what two problems share goes once.
        found = [Refusal(_to_drop(fixture, each.path), _sentence(each)) for each in problems]
        for each in found:
            if len(each.path) < 2:
                others = (other.text for other in refusals + found if other is not each)
                reasons = [*map(str, losses), *others]
                what = f"Nothing in these files can be served: {each.text}."
                raise ImportRefused(what, *reasons[:MAX_REASONS])
            _drop(fixture, each.path)
        refusals += found
    more = len(refusals) - MAX_REFUSALS
    if more > 0:
        refusals[MAX_REFUSALS:] = [Refusal((), f"{more} more parts of the fixture")]
    return _written(fixture), refusals


def _problems(fixture: Words) -> list[Problem]:
    checker = Checker(_Unwritten(fixture), CsvFolder(None, unwatched), most=inf)
    checker.facility()
    return checker.problems


def _sentence(problem: Problem) -> str:
    return problem.text.removeprefix("fixture, ")


def _written(fixture: Words) -> str:
    """Write a fixture's text; its size is in no part of it."""
    text = as_yaml(fixture)
    try:
        Document(text)
    except DocumentError as error:
        what = error.problems[0].text
        raise ImportRefused(f"The fixture of these files cannot be read: {what}.") from None
    return text


def _to_drop(fixture: Words, path: Sequence[str | int]) -> _Path:
    """Find what has to go. Of a list or of a simulation all or nothing: an element less would move
    the others, a word less would be another simulation. A device whose class is wrong is none,
    and a piece goes whose key is missing."""
    keys = tuple(str(key) for key in takewhile(lambda key: isinstance(key, str), path))
    if keys[0::2] == ("devices", "class"):
        return keys[:2]
    inner = (at for at, key in enumerate(keys) if at >= len(_PIECE) and key in _ONE)
    keys = keys[: next(inner, len(keys)) + 1]
    at: Any = fixture
    for depth, key in enumerate(keys):
        if not isinstance(at, dict) or key not in at:
            return keys[:depth]
        at = at[key]
    return keys


def _drop(fixture: Words, path: _Path) -> None:
    parents = [fixture]
    for key in path[:-1]:
        parents.append(parents[-1].get(key, {}))
    parents[-1].pop(path[-1], None)
    # A device that differs in nothing from its class does not have the key.
    for depth in range(len(path) - 1, 2, -1):
        if path[0] == "devices" and not parents[depth]:
            parents[depth - 1].pop(path[depth - 1], None)
