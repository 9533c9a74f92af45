"""A function of the time that others replace while a device runs, and its past for polling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from mtango_ref.backends.fake.timing.polling import Polling

V = TypeVar("V")


class Timeline(Generic[V]):
    """A function of the time (s since the epoch) that others can take the place of.

    A past one is kept for as long as one of the pollings can ask for it, so there are never
    more than their depths together, and two. Threads read it without a lock.
    """

    __slots__ = ("_lock", "_pollings", "begun", "first")

    def __init__(
        self, first: Callable[[float], V], pollings: Sequence[Polling], lock: Lock
    ) -> None:
        self.first = first
        self.begun: tuple[tuple[float, Callable[[float], V]], ...] = ()
        """The functions that took its place, each behind its time; none, where it is as at
        first."""
        self._pollings = pollings
        self._lock = lock

    def __call__(self, time: float) -> V:
        return self.at(time)(time) if self.begun else self.first(time)

    def at(self, time: float) -> Callable[[float], V]:
        """Return the function of a time."""
        # The last one that had begun by then: what polling recorded stays what it was.
        for begin, function in reversed(self.begun):
            if begin <= time:
                return function
        return self.first

    @property
    def is_changed(self) -> bool:
        """The function is, or will be, another one than at first."""
        return bool(self.begun) and self.begun[-1][1] is not self.first

    def become(self, function: Callable[[float], V], at: float, now: float) -> None:
        """Replace the function from a time on (now or later).

        Cancel replacements that were to come later than now.
        """
        with self._lock:
            # The later command counts, even if an earlier one would have taken effect after it.
            begun = [*(each for each in self.begun if each[0] <= now), (at, function)]
            ends = [*(begin for begin, _ in begun[1:]), float("inf")]
            asked = [now, *(time for polling in self._pollings for time in polling.times(now))]
            self.begun = tuple(
                each
                for each, end in zip(begun, ends, strict=True)
                if end > now or any(each[0] <= time < end for time in asked)
            )

    def put_back(self, at: float, now: float) -> None:
        """Restore the first function from a time on."""
        if self.begun:
            self.become(self.first, at, now)

    def reset(self) -> None:
        """Restore the first function for all times."""
        self.begun = ()
