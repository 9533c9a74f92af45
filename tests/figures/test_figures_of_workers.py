"""The figures of several workers, which are those of all whichever one is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from figures.forked_workers import Workers, workers
from forked import CAN_FORK
from rest_answers import UNKNOWN, D

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="workers are forked")

FOUR = range(4)
SIZE = 4 * 10_000
EMPTY = {"hits": 0, "misses": 0, "currsize": 0, "maxsize": SIZE}
VALUE = f"{D}/attributes/double_scalar/value"


@pytest.fixture
def four() -> Iterator[Workers]:
    with workers(4) as started:
        for each in FOUR:
            assert started.get(each, "/nowhere")[0] == 404  # it has begun
        yield started


def caches(four: Workers, worker: int) -> list[object]:
    return [four.body(worker, f"/sys/cache/{cache}") for cache in ("devices", "attributes")]


def counted(four: Workers, worker: int) -> tuple[int, int]:
    stats = four.body(worker, "/sys/stats")
    return stats["requests"], stats["responses"]


def test_requests_and_answers_are_counted_together(four: Workers) -> None:
    for each in FOUR:
        for _ in range(each):
            four.body(each, "/rc3")
    before = 4 + (0 + 1 + 2 + 3)
    asked = [counted(four, each) for each in FOUR]
    assert asked == [(before + each + 1, before + each) for each in FOUR]


def test_caches_are_counted_together(four: Workers) -> None:
    for each in FOUR:
        for _ in range(3):
            four.body(each, VALUE)
        four.body(each, f"{UNKNOWN}/state")
    devices = {"hits": 0, "misses": 8, "currsize": 4, "maxsize": SIZE}
    attributes = {"hits": 8, "misses": 4, "currsize": 4, "maxsize": SIZE}
    assert [caches(four, each) for each in FOUR] == [[devices, attributes]] * 4
    proxies = [four.body(each, "/sys/stats")["proxies"] for each in FOUR]
    assert proxies == [{"device": 4, "attribute": 4}] * 4
    active = [four.body(each, "/sys/active/attributes") for each in FOUR]
    assert active == [attributes] * 4


@pytest.mark.parametrize("cleaner", FOUR)
def test_cleaning_by_one_worker_clears_all(four: Workers, cleaner: int) -> None:
    """The next worker has the true figures, and makes its proxies anew."""
    for each in FOUR:
        four.body(each, VALUE)
    assert four.get(cleaner, "/sys/clean/devices") == (204, None)
    attributes = {"hits": 0, "misses": 4, "currsize": 4, "maxsize": SIZE}
    # The others have begun no request yet since then.
    assert caches(four, cleaner) == [EMPTY, attributes]
    for count, each in enumerate(FOUR, 1):
        four.body(each, f"{D}/state")
        devices = {"hits": 0, "misses": count, "currsize": count, "maxsize": SIZE}
        assert caches(four, cleaner) == [devices, attributes]
    assert four.get(cleaner, "/sys/clean/attributes") == (204, None)
    assert [caches(four, each) for each in FOUR] == [[devices, EMPTY]] * 4


def test_those_who_clean_at_the_same_time_are_both_heard(four: Workers) -> None:
    """Values from between two cleanings are gone in each worker."""
    for cleaner in (0, 1, 1, 0, 2):
        for each in FOUR:
            four.body(each, f"{D}/state")
        four.get(cleaner, "/sys/clean/devices")
        assert [caches(four, each)[0] for each in FOUR] == [EMPTY] * 4


def test_what_a_worker_counted_before_it_died_stays(four: Workers) -> None:
    """The request that it was at is lost; its proxies are gone, and what they were asked stays."""
    for each in FOUR:
        for _ in range(2):
            four.body(each, VALUE)
    began = four.body(0, "/sys/stats")["running_since"]
    four.die(1)
    stats = four.body(0, "/sys/stats")
    assert (stats["requests"], stats["responses"]) == (15, 13)
    assert stats["running_since"] == began
    devices = {"hits": 0, "misses": 4, "currsize": 3, "maxsize": SIZE}
    attributes = {"hits": 4, "misses": 4, "currsize": 3, "maxsize": SIZE}
    assert caches(four, 2) == [devices, attributes]
    assert counted(four, 1) == (18, 16)
    assert four.body(1, "/sys/stats")["running_since"] == began


def test_usage_is_added_up(four: Workers) -> None:
    """One worker after another notes what it has used; a sum of four is no less than of one."""
    sums = [four.body(each, "/sys/stats")["resource"] for each in (*FOUR, 0)]
    for key in ("user_time", "max_resident_mem"):
        figures = [each[key] for each in sums]
        assert figures == sorted(figures)
    assert sums[-1]["max_resident_mem"] > 4 * 10_000


def test_usage_of_one_that_died_stays(four: Workers) -> None:
    before = [four.body(each, "/sys/stats")["resource"] for each in FOUR][-1]
    four.die(3)
    for key, figure in four.body(3, "/sys/stats")["resource"].items():
        if isinstance(figure, (int, float)):
            assert figure >= before[key], key
