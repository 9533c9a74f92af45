"""The cache of values itself: what it keeps, and what it is cleaned by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.calls import Apart
from mtango_ref.figures.metrics import VALUE_BYTES, VALUES_KEPT
from mtango_ref.figures.rows import Rows
from mtango_ref.fixture.loading import load
from mtango_ref.http import value_cache
from mtango_ref.http.answers import Answer, Written
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.value_cache import Made, ValueCache


def cache(most: int = 3, ttl: float = 60.0) -> ValueCache:
    return ValueCache(ttl, most, Apart(), Rows().take())


def figures(values: ValueCache) -> tuple[float, float]:
    numbers = values._row.numbers
    return numbers[VALUES_KEPT.first], numbers[VALUE_BYTES.first]


def makes(values: ValueCache, name: str, body: bytes = b"1") -> bool:
    """Return True if the value had to be read."""
    made: list[None] = []

    def make() -> Answer:
        made.append(None)
        return Answer(Written([body]))

    values.read(name, make)
    return bool(made)


def test_most_values_are_kept_and_the_oldest_goes() -> None:
    values = cache(most=2)
    assert [makes(values, name) for name in ("a", "b", "a", "c", "b", "a")] == [
        *(True, True, False, True, False, True),
    ]
    assert figures(values) == (2, 2)


def test_bytes_of_all_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_cache, "MOST_BYTES", 10)
    values = cache(most=100)
    for name in ("a", "b", "c"):
        assert makes(values, name, b"1234")
    assert figures(values) == (2, 8)
    assert [makes(values, name) for name in ("b", "c", "a")] == [False, False, True]


def test_large_value_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_cache, "MOST_OF_ONE", 3)
    values = cache()
    assert [makes(values, "a", b"1234") for _ in range(2)] == [True, True]
    assert [makes(values, "b", b"123") for _ in range(2)] == [True, False]
    assert figures(values) == (1, 3)


def test_old_values_go_as_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    values = cache(most=100, ttl=10.0)
    clock = [0.0]
    monkeypatch.setattr(value_cache, "monotonic", lambda: clock[0])
    for name in ("a", "b"):
        assert makes(values, name)
    clock[0] = 9.9
    assert not makes(values, "a")
    clock[0] = 10.0
    assert makes(values, "a")
    assert figures(values) == (1, 1)


def test_value_is_as_old_as_its_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that took longer than the ttl is too old when it comes."""
    values = cache(ttl=10.0)
    clock = [0.0]
    monkeypatch.setattr(value_cache, "monotonic", lambda: clock[0])

    def slow() -> Answer:
        clock[0] += 10.0
        return Answer(Written([b"1"]))

    assert values.read("a", slow).until == 10.0
    assert makes(values, "a")


def reads_several(values: ValueCache, names: str, body: bytes = b"1") -> list[str]:
    """Return the names that had to be read; one that begins with `bad` fails."""
    asked: list[str] = []

    def make(missing: list[str]) -> list[Made]:
        asked.extend(missing)
        return [(Answer(Written([body])), name.startswith("bad")) for name in missing]

    assert len(values.read_several("a/b/c", names.split(), make)) == len(names.split())
    return asked


def test_several_are_read_that_are_not_kept() -> None:
    values = cache()
    assert makes(values, "A/B/C/x")
    assert reads_several(values, "X bad y") == ["bad", "y"]
    assert reads_several(values, "y bad x") == ["bad"]
    assert not makes(values, "a/b/c/Y")
    assert figures(values) == (2, 2)


def test_several_are_kept_within_the_same_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_cache, "MOST_OF_ONE", 3)
    values = cache(most=2)
    assert reads_several(values, "x y z") == ["x", "y", "z"]
    assert reads_several(values, "x y z") == ["x"]
    assert figures(values) == (2, 2)
    assert reads_several(values, "large", b"1234") == reads_several(values, "large") == ["large"]


def test_several_are_as_old_as_their_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    values = cache(ttl=10.0)
    clock = [0.0]
    monkeypatch.setattr(value_cache, "monotonic", lambda: clock[0])
    assert reads_several(values, "x") == ["x"]
    clock[0] = 5.0

    def slow(missing: list[str]) -> list[Made]:
        clock[0] += 1.0
        return [(Answer(Written([b"1"])), name == "bad") for name in missing]

    found = values.read_several("a/b/c", ["x", "y", "bad"], slow)
    assert [each.until for each in found] == [10.0, 15.0, 5.0]


def test_failure_is_raised_and_nothing_kept() -> None:
    values = cache()

    def fail() -> Answer:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        values.read("a", fail)
    assert makes(values, "a")


def test_what_is_cleared_while_it_is_read_is_not_kept() -> None:
    values = cache()

    def clear_meanwhile() -> Answer:
        values.clear()
        return Answer(Written([b"1"]))

    values.read("a", clear_meanwhile)
    assert figures(values) == (0, 0)
    assert makes(values, "a")


def test_retired_cache_counts_no_more() -> None:
    values = cache()
    row = values._row
    makes(values, "a")
    values.retire()
    makes(values, "b")
    assert row.numbers[VALUES_KEPT.first] == 0


@pytest.fixture
def two() -> list[Facilities]:
    """Make two workers."""
    rows, backend = Rows(2), FakeBackend(load("tango_test"))
    return [Facilities(backend, 3, rows.take(index), value_ttl=60.0) for index in (0, 1)]


def kept(worker: Facilities) -> ValueCache:
    assert worker.own.values is not None
    return worker.own.values


@pytest.mark.parametrize(
    "forget",
    [
        Facilities.forget_values,
        lambda worker: worker.row.clean(0),
        lambda worker: worker.row.clean(1),
    ],
    ids=["forget", "clean-devices", "clean-attributes"],
)
def test_worker_forgets_what_another_one_was_asked_to(
    two: list[Facilities], forget: Callable[[Facilities], None]
) -> None:
    for each in two:
        assert makes(kept(each), "a")
    forget(two[0])
    second = two[1]
    assert second.row.made_cleanings != second.row.asked_cleanings
    second.look()
    assert second.row.made_cleanings == second.row.asked_cleanings
    assert makes(kept(second), "a")


def test_without_a_ttl_nothing_is_cleaned() -> None:
    worker = Facilities(FakeBackend(load("tango_test")), 3)
    before = [*worker.row.rows.cleanings]
    worker.forget_values()
    assert (worker.own.values, [*worker.row.rows.cleanings]) == (None, before)
