"""The counts of answers: a record for each kind that came."""

from __future__ import annotations

import pytest

from mtango_ref.figures.answers import (
    _KINDS,
    BUCKETS,
    Answers,
    Kind,
    answered,
    read_answers,
    record_of,
)
from mtango_ref.figures.metrics import ANSWERS, RECORD, RECORDS
from mtango_ref.figures.rows import Rows

READ = Kind("readAttribute", "GET", "200")
NOWHERE = Kind("none", "GET", "404")


def test_kinds_have_records_in_the_order_in_which_they_come() -> None:
    row = Rows().take()
    places = [record_of(row.numbers, kind) for kind in (NOWHERE, READ, NOWHERE)]
    assert places == [ANSWERS + 1, ANSWERS + RECORD + 1, ANSWERS + 1]


def test_counted_answers_are_read() -> None:
    row = Rows().take()
    assert [*read_answers(row.numbers)] == []
    for kind, bucket, seconds in ((READ, 0, 0.25), (NOWHERE, BUCKETS - 1, 20.0), (READ, 3, 0.5)):
        record = record_of(row.numbers, kind)
        row.numbers[record + bucket] += 1
        row.numbers[record + BUCKETS] += seconds
    assert [*read_answers(row.numbers)] == [
        Answers(READ, [1, 0, 0, 1, *[0] * (BUCKETS - 4)], 0.75),
        Answers(NOWHERE, [*[0] * (BUCKETS - 1), 1], 20.0),
    ]
    assert answered(row.numbers) == 3


def test_who_goes_on_counts_in_the_same_records() -> None:
    rows = Rows()
    before = rows.take()
    record_of(before.numbers, NOWHERE)
    record = record_of(before.numbers, READ)
    assert record_of(rows.take().numbers, READ) == record


def test_there_is_a_record_for_each_kind() -> None:
    """However many of them come."""
    row = Rows().take()
    assert len(_KINDS) == len({*_KINDS}) <= RECORDS
    for kind in _KINDS:
        record_of(row.numbers, kind)
    assert [each.kind for each in read_answers(row.numbers)] == _KINDS


def test_a_kind_that_is_not_known_is_a_defect() -> None:
    with pytest.raises(KeyError):
        record_of(Rows().take().numbers, Kind("nope", "GET", "200"))
