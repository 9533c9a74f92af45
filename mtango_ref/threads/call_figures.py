"""Figures of the calls to Tango, in the row of this process."""

from __future__ import annotations

from bisect import bisect_left

from mtango_ref.calls import DATABASE
from mtango_ref.figures.metrics import (
    ASIDE,
    CALL_ERRORS,
    CALL_SECONDS,
    CALLS_HANGING,
    DROPPED,
    LOST,
    OVERDUE,
    REQUESTS_WAITING,
    reason_place,
)
from mtango_ref.figures.rows import Row
from mtango_ref.model import DevFailed

_BOUNDS = CALL_SECONDS.bounds
_DEVICE_SECONDS = CALL_SECONDS.place("device")
_DATABASE_SECONDS = CALL_SECONDS.place("database")


class CallFigures:
    """The figures of calls. All are written under the lock of `Shares`, but for `lose`."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._numbers = row.numbers

    def end(self, target: str, took: float, error: DevFailed | None) -> None:
        """Count a call that returned, or that is given up. took: s."""
        numbers = self._numbers
        first = _DATABASE_SECONDS if target == DATABASE else _DEVICE_SECONDS
        numbers[first + bisect_left(_BOUNDS, took)] += 1
        numbers[first + len(_BOUNDS) + 1] += took
        if error is not None:
            numbers[reason_place(CALL_ERRORS, error.errors[0].reason)] += 1

    def give_up(self, hanging: int) -> None:
        """Count a call that is given up. hanging: how many there are by now."""
        self._numbers[OVERDUE.first] += 1
        self._numbers[CALLS_HANGING.first] = hanging

    def drop(self, hanging: int) -> None:
        """Count the result of such a call."""
        self._numbers[DROPPED.first] += 1
        self._numbers[CALLS_HANGING.first] = hanging

    def set_aside(self, waiting: int) -> None:
        """Count a request that has to wait. waiting: how many there are by now."""
        self._numbers[ASIDE.first] += 1
        self._numbers[REQUESTS_WAITING.first] = waiting

    def go_on(self, waiting: int) -> None:
        """Note that one waits no more."""
        self._numbers[REQUESTS_WAITING.first] = waiting

    def lose(self) -> None:
        """Count a request that was begun, and whose client left before it could go on."""
        self._row.add(LOST)
