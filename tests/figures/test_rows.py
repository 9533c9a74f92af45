"""The numbers that workers share, in one process."""

from __future__ import annotations

import threading

import pytest

from mtango_ref.figures.metrics import (
    BEGUN,
    CACHE_HITS,
    CACHE_PROXIES,
    CACHE_REMADE,
    CACHES,
    METRICS,
    ROW,
    USAGE,
    USAGE_FIELDS,
)
from mtango_ref.figures.rows import Rows
from mtango_ref.http import facilities
from mtango_ref.http.facilities import ProxyCache

Cache = ProxyCache[object]


def two() -> tuple[Cache, Cache]:
    """Make two workers' caches of devices."""
    rows = Rows(2)
    first, second = (ProxyCache[object](3, rows.take(index), "devices") for index in (0, 1))
    return first, second


def clean(cache: Cache) -> None:
    cache._row.clean(CACHES.index("devices"))


def has(cache: Cache, name: str) -> bool:
    """Return True if a worker that begins with a request has a proxy already."""
    cache.look()
    made: list[object] = []
    cache.get(name, lambda: made.append(None))
    return not made


def test_each_number_has_a_place_of_its_own() -> None:
    places = [place for metric in METRICS for place in metric.places]
    assert len(places) == len({*places})
    assert max(places) < ROW


def test_rows_are_apart() -> None:
    rows = Rows(3)
    taken = [rows.take(index) for index in range(3)]
    for index, row in enumerate(taken):
        row.numbers[0], row.numbers[ROW - 1] = index + 1.0, index + 0.5
    assert [(row[0], row[-1]) for row in rows.numbers] == [(1.0, 0.5), (2.0, 1.5), (3.0, 2.5)]
    assert (rows.restarts, [*rows.cleanings]) == (0, [0.0, 0.0, 0.0])


def test_restarts_are_counted() -> None:
    rows = Rows()
    rows.count_restart()
    rows.count_restart()
    assert rows.restarts == 2


def test_threads_of_a_worker_lose_no_count() -> None:
    rows = Rows()
    row = rows.take()

    def count() -> None:
        for _ in range(10_000):
            row.add(BEGUN)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert rows.total(BEGUN) == 40_000


def test_who_goes_on_keeps_counts_and_no_gauge() -> None:
    rows = Rows(2)
    before = rows.take(1)
    before.add(CACHE_HITS.first, 7)
    before.add(CACHE_PROXIES.first, 3)
    before.use([float(each) for each in range(len(USAGE_FIELDS))])
    after = rows.take(1)
    after.add(CACHE_HITS.first)
    after.use([1.0] * len(USAGE_FIELDS))
    numbers = rows.numbers[1].tolist()
    assert (numbers[CACHE_HITS.first], numbers[CACHE_PROXIES.first]) == (8, 0)
    # Memory's peak is the higher one of the two.
    sums = [1.0, 2.0, 2.0, *(each + 1.0 for each in range(3, len(USAGE_FIELDS)))]
    assert numbers[USAGE : USAGE + len(USAGE_FIELDS)] == sums


def test_a_cleaning_is_seen_in_each_worker() -> None:
    first, second = two()
    assert [has(first, "a"), has(second, "a")] == [False, False]
    assert [has(first, "A"), has(second, "A")] == [True, True]
    clean(first)
    assert [has(first, "a"), has(second, "a")] == [False, False]
    assert [has(first, "a"), has(second, "a")] == [True, True]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0)])
def test_a_cleaning_is_seen_behind_another_one(order: tuple[int, int]) -> None:
    """A worker that has seen the one before sees it, too, however the two are counted."""
    both = two()
    for cleaner in order:
        assert not has(both[1], "a")
        clean(both[cleaner])
    assert not has(both[1], "a")


def test_a_proxy_that_was_begun_before_a_cleaning_is_not_kept() -> None:
    """Nobody who comes after the cleaning has it."""
    first, second = two()

    def make() -> str:
        clean(first)
        second.look()
        return "old"

    assert second.get("a", make) == "old"
    assert not has(second, "a")
    assert second.get("a", lambda: "another") is None


def test_a_proxy_that_had_to_go_is_made_again() -> None:
    cache = ProxyCache[object](2, Rows().take(), "attributes")
    remade = CACHE_REMADE.place("attributes")
    for name in ("a", "b", "c", "B", "c", "d"):
        cache.get(name, object)
    assert cache._row.numbers[remade] == 0
    cache.get("a", object)
    cache.get("A", object)
    cache.get("b", object)
    assert cache._row.numbers[remade] == 2


def test_a_cache_that_is_too_small_warns_once_an_hour(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1e6
    monkeypatch.setattr(facilities, "monotonic", lambda: now)
    cache = ProxyCache[object](2, Rows().take(), "devices")
    sentence = "%d device proxies were made again: more than cache_size (2) are in use"

    def ask(times: int) -> list[str]:
        for _ in range(times):
            for name in "abc":
                cache.get(name, object)
        return caplog.messages

    assert ask(34) == []  # 99 again
    assert ask(34) == [sentence % 100]
    now += 3599.0
    assert ask(34) == [sentence % 100]
    now += 1.0
    assert ask(1) == [sentence % 100, sentence % 204]
    cache = ProxyCache[object](2, Rows().take(), "attributes")  # costs next to nothing
    assert len(ask(100)) == 2


def test_a_cleaned_cache_makes_nothing_again() -> None:
    """Entries that it had before are not missing because of its size."""
    first, _ = two()
    for name in "abcd":
        first.get(name, object)
    clean(first)
    assert not has(first, "a")
    assert first._row.numbers[CACHE_REMADE.place("devices")] == 0


def test_a_cache_in_the_place_of_another_begins_with_none() -> None:
    """The one before counts no more in its row."""
    row = Rows().take()
    before = ProxyCache[object](3, row, "devices")
    before.get("a", object)
    row.pending.places.clear()
    before.retire()
    ProxyCache[object](3, row, "devices")
    before.get("a", object)
    before.get("b", object)
    assert row.pending.places == []
    assert row.numbers[CACHE_PROXIES.first] == 0
