"""Looking at the database's definitions again, without Tango."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import pytest

from mtango_ref.backends.pytango import defined_names
from mtango_ref.backends.pytango.defined_names import DefinedName, DefinedNames
from mtango_ref.model import ConnectionFailed, DevError, ErrSeverity

FAILED = ConnectionFailed(DevError("API_DeviceTimedOut", "", ErrSeverity.ERR, ""))


class Database:
    """A database, the questions to it, and its answer."""

    def __init__(self, **names: str) -> None:
        self.names: Mapping[str, str] | ConnectionFailed = names
        self.asked: list[list[str]] = []
        self.hangs = threading.Event()
        self.hangs.set()

    def find(self, names: Sequence[str]) -> Mapping[str, str]:
        """Answer, or hang, or fail."""
        self.asked.append(sorted(names))
        assert self.hangs.wait(20)
        if isinstance(self.names, ConnectionFailed):
            raise self.names
        return self.names


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, in s, to be set."""
    time = [100.0]
    monkeypatch.setattr(defined_names, "monotonic", lambda: time[0])
    monkeypatch.setattr(defined_names, "PATIENCE", 20.0)
    return time


def test_definitions_follow_the_database(now: list[float]) -> None:
    database = Database(a="A", b="b")
    both = DefinedNames(database.find)
    first, second = both.add("a"), both.add("b")
    both.refresh()
    assert (first.name, first.exists, database.asked) == ("a", True, [])
    now[0] += defined_names.VALID
    both.refresh()
    assert (first.name, first.exists, second.exists) == ("A", True, True)
    database.names = {"b": "B"}
    now[0] += defined_names.VALID
    both.refresh()
    assert (first.name, first.exists, second.name) == ("A", False, "B")
    database.names = {"a": "a", "b": "B"}
    now[0] += defined_names.VALID
    both.refresh()
    assert (first.name, first.exists) == ("a", True)
    assert database.asked == [["a", "b"], ["A", "b"], ["A", "B"]]


@pytest.fixture
def failed(now: list[float]) -> tuple[Database, DefinedNames, DefinedName]:
    """Return a database that left the last round unanswered, and a device that it had defined."""
    database = Database()
    database.names = FAILED
    known = DefinedNames(database.find)
    device = known.add("a")
    now[0] += defined_names.VALID
    known.refresh()
    return database, known, device


def test_database_that_fails_says_nothing(
    failed: tuple[Database, DefinedNames, DefinedName],
) -> None:
    """The names that were known hold."""
    database, known, device = failed
    known.refresh()
    assert (device.exists, database.asked) == (True, [["a"]])


def test_database_that_is_back_is_believed_by_the_next_read(
    failed: tuple[Database, DefinedNames, DefinedName], now: list[float]
) -> None:
    """Restarted empty, while nobody read: the old truth is not given once more."""
    database, known, device = failed
    database.names = {}
    now[0] += defined_names.VALID
    known.refresh()
    assert (device.exists, database.asked) == (False, [["a"], ["a"]])


def test_database_that_failed_is_soon_asked_again(
    failed: tuple[Database, DefinedNames, DefinedName], now: list[float]
) -> None:
    database, known, device = failed
    database.names = {}
    now[0] += defined_names.AGAIN + 0.01
    known.refresh()
    with known._round:
        assert known._round.wait_for(lambda: known._began is None, 20)
    assert (device.exists, database.asked) == (False, [["a"], ["a"]])


def test_nobody_waits_longer_than_until_patience_is_over(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reckoned from the beginning of the round, whose answer takes long here."""
    database, waits = Database(a="A"), list[float]()
    known = DefinedNames(database.find)
    monkeypatch.setattr(known._round, "wait_for", lambda _, left: waits.append(left))
    known.add("a")
    database.hangs.clear()
    for seconds in (defined_names.VALID, defined_names.PATIENCE / 4, defined_names.PATIENCE):
        now[0] += seconds
        known.refresh()
    database.hangs.set()
    patience = defined_names.PATIENCE
    assert waits == [patience, patience * 3 / 4, 0.0]


def test_unused_devices_are_forgotten(now: list[float]) -> None:
    database = Database(a="a")
    known = DefinedNames(database.find)
    kept, dropped = known.add("a"), known.add("b")
    del dropped
    now[0] += defined_names.VALID
    known.refresh()
    assert (kept.exists, database.asked) == (True, [["a"]])
