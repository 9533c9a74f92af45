"""The rules of the soak: each is kept to the limit, and reported beyond it."""

from __future__ import annotations

from soak.growth import Held, grown
from soak.load import Answer, Reason, _content
from soak.table import Row, breaches


def row(wait: float, recovery: float, *statuses: int) -> Row:
    made = Row("frozen", may_lose=1)
    made.add([Answer("x", 1.0, 1.0 + wait, status, 7) for status in statuses])
    made.recovered(recovery)
    return made


def test_limits_are_kept() -> None:
    assert breaches([row(3.0, 2.0, 200, 404, 0), Row("never made")]) == []


def test_each_breach_is_reported_with_its_fault() -> None:
    assert breaches([row(3.5, 2.25, 200, 0, 0)]) == [
        "frozen: 2 requests were lost, at first x after 3.50 s: 7",
        "frozen: a request waited 3.50 s",
        "frozen: the first good answer took 2.25 s",
    ]
    wrong = Row("deleted", wrong="an old value came")
    assert breaches([wrong]) == ["deleted: an old value came"]


def test_row_has_the_worst_of_all_times() -> None:
    made = row(1.0, 0.5, 200)
    made.add([Answer("x", 1.0, 1.5, 0, "RemoteDisconnected")])
    made.recovered(0.25)
    assert str(made).split() == ["frozen", "2", "1", "1", "1.00", "0.50"]


def test_failure_differs_from_a_value() -> None:
    assert isinstance(_content(b'{"errors": [{"reason": "API_AttrNotFound"}]}'), Reason)
    assert not isinstance(_content(b'{"value": "API_AttrNotFound"}'), Reason)


def test_growth_beyond_the_margin_is_reported() -> None:
    first = Held(100.0, 50, 40)
    assert grown(first, Held(114.0, 82, 56)) == []
    assert grown(first, Held(116.0, 83, 57)) == [
        "megabytes grew from 100 to 116",
        "descriptors grew from 50 to 83",
        "threads grew from 40 to 57",
    ]
