"""Looking at the database's definitions again, without Tango."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import pytest

from mtango_ref.backends.pytango import definitions
from mtango_ref.backends.pytango.definitions import Definitions
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
    """The time, in s, to be set."""
    time = [100.0]
    monkeypatch.setattr(definitions, "monotonic", lambda: time[0])
    monkeypatch.setattr(definitions, "PATIENCE", 20.0)
    return time


def test_definitions_follow_the_database(now: list[float]) -> None:
    database = Database(a="A", b="b")
    both = Definitions(database.find)
    first, second = both.add("a"), both.add("b")
    both.refresh()
    assert (first.name, first.exists, database.asked) == ("a", True, [])
    now[0] += definitions.VALID
    both.refresh()
    assert (first.name, first.exists, second.exists) == ("A", True, True)
    database.names = {"b": "B"}
    now[0] += definitions.VALID
    both.refresh()
    assert (first.name, first.exists, second.name) == ("A", False, "B")
    database.names = {"a": "a", "b": "B"}
    now[0] += definitions.VALID
    both.refresh()
    assert (first.name, first.exists) == ("a", True)
    assert database.asked == [["a", "b"], ["A", "b"], ["A", "B"]]


def test_database_that_fails_says_nothing(now: list[float]) -> None:
    """What was known holds."""
    database = Database()
    database.names = FAILED
    known = Definitions(database.find)
    device = known.add("a")
    now[0] += definitions.VALID
    known.refresh()
    known.refresh()
    assert (device.exists, database.asked) == (True, [["a"]])


def test_database_that_is_back_is_believed_by_the_next_read(now: list[float]) -> None:
    """Restarted empty, while nobody read: the old truth is not given once more."""
    database = Database()
    database.names = FAILED
    known = Definitions(database.find)
    device = known.add("a")
    now[0] += definitions.VALID
    known.refresh()
    database.names = {}
    now[0] += definitions.VALID
    known.refresh()
    assert (device.exists, database.asked) == (False, [["a"], ["a"]])


def test_nobody_waits_for_a_round_that_takes_long(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request later than PATIENCE after its beginning goes on at once."""
    database = Database(a="A")
    known = Definitions(database.find)
    device = known.add("a")
    database.hangs.clear()
    now[0] += definitions.VALID
    with monkeypatch.context() as patience:
        patience.setattr(definitions, "PATIENCE", 0.0)
        known.refresh()
    now[0] += definitions.PATIENCE
    known.refresh()  # does not wait, and does not ask a second time
    assert (device.name, len(database.asked) <= 1) == ("a", True)
    database.hangs.set()


def test_unused_devices_are_forgotten(now: list[float]) -> None:
    database = Database(a="a")
    known = Definitions(database.find)
    kept, dropped = known.add("a"), known.add("b")
    del dropped
    now[0] += definitions.VALID
    known.refresh()
    assert (kept.exists, database.asked) == (True, [["a"]])
