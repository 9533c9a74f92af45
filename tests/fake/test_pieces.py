"""The problems of a piece are reported once, in the order in which they were found."""

from __future__ import annotations

from typing import Any, cast

from mtango_ref.fixture.checking.pieces import report_problems
from mtango_ref.fixture.reader import Place, Reader

FOUND = [(f"key.{number}", f"wrong in way {number}") for number in range(20)]


class Listing:
    """A reader that keeps what is reported to it."""

    def __init__(self) -> None:
        self.reported: list[tuple[Any, str]] = []

    def report(self, place: Place, keys: tuple[Any, ...], text: str) -> None:
        self.reported.append((keys, text))


def test_problems_are_reported_in_order() -> None:
    """A set of texts has another order in each process."""
    reader = Listing()
    place = cast("Place", None)
    assert report_problems(cast("Reader", reader), place, ("a",), FOUND) == frozenset(FOUND)
    assert reader.reported == [
        (("a", "key", number), f"wrong in way {number}") for number in range(20)
    ]


def test_problem_that_is_reported_is_not_reported_again() -> None:
    reader = Listing()
    place = cast("Place", None)
    known = frozenset(FOUND[1:])
    assert report_problems(cast("Reader", reader), place, (), FOUND, known) == frozenset(FOUND)
    assert reader.reported == [(("key", 0), "wrong in way 0")]
