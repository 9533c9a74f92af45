"""The answers to requests, as a row has them: a record for each kind that came, in their order.

A kind is an operation with a method and a status. There are some thousands, of which a server gives
a few dozen; so a record says of which kind it is. It is found once, and counted in from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mtango_ref import openapi
from mtango_ref.figures.metrics import ANSWER_BOUNDS, ANSWERS, RECORD, RECORDS

STATUSES = (
    *(
        "200",
        "201",
        "204",
        "206",
        "302",
        "304",
        "400",
        "401",
        "403",
        "404",
        "405",
        "408",
        "413",
        "414",
        "415",
        "422",
    ),
    *("429", "431", "500", "501", "503", "504", "other"),
)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "other")
NO_OPERATION = "none"
"""All that is no operation: pages, files, unknown paths, methods that are not defined."""

BUCKETS = len(ANSWER_BOUNDS) + 1
"""Numbers of a record, by the time that answers took; behind them is the sum of the times, in s."""


class Kind(NamedTuple):
    """A kind of answer: the labels by which answers are counted."""

    operation: str
    method: str
    status: str


class Answers(NamedTuple):
    """The counts of one kind."""

    kind: Kind
    counts: Sequence[float]
    """Answers in each bucket."""
    seconds: float


def _kinds() -> Iterator[Kind]:
    operations = [*openapi.operations(), *openapi.operating()]
    endpoints = [(each.operation_id, each.method) for each in operations]
    endpoints += [(name, "HEAD") for name, method in endpoints if method == "GET"]
    endpoints += [(NO_OPERATION, method) for method in METHODS]
    yield from (Kind(*endpoint, status) for endpoint in endpoints for status in STATUSES)


_KINDS = [*_kinds()]
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS, 1)}
_PLACES = range(ANSWERS, ANSWERS + RECORDS * RECORD, RECORD)


def record_of(numbers: memoryview[float], kind: Kind) -> int:
    """Return the place of the first bucket of a kind, in a row that this process writes."""
    number = _NUMBERS[kind]
    for place in _PLACES:
        if numbers[place] in (0, number):
            numbers[place] = number
            return place + 1
    raise ValueError(kind)  # there is a record for each


def read_answers(numbers: memoryview[float]) -> Iterator[Answers]:
    """Yield what a row has counted of each kind that came."""
    for place in _PLACES:
        number = int(numbers[place])
        if not number:
            return
        counts = numbers[place + 1 : place + 1 + BUCKETS].tolist()
        yield Answers(_KINDS[number - 1], counts, numbers[place + 1 + BUCKETS])


def answered(numbers: memoryview[float]) -> int:
    """Count the answers of a row."""
    return int(sum(sum(each.counts) for each in read_answers(numbers)))
