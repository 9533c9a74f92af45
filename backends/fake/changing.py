"""What can become another one while a device runs, and what it was when it was polled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from mtango_ref.backends.fake.polling import Polling

V = TypeVar("V")

_ALWAYS = float("-inf")


class Changing(Generic[V]):
    """A function of the time (s since the epoch) that others can take the place of.

    A past one is kept for as long as one of the pollings can ask for it, so there are never
    more than their depths together, and two. Threads read it without a lock.
    """

    def __init__(self, first: Callable[[float], V], pollings: Sequence[Polling]) -> None:
        self._begun = ((_ALWAYS, first),)
        self._first = first
        self._pollings = pollings
        self._lock = Lock()

    def __call__(self, time: float) -> V:
        for begin, function in reversed(self._begun):
            if begin <= time:
                return function(time)
        return self._first(time)

    def become(self, function: Callable[[float], V], at: float, now: float) -> None:
        """From a time on, which is now or later, it is another function. What it was to become
        later than now, it does not."""
        with self._lock:
            begun = [
                *((begin, each) for begin, each in self._begun if begin <= now),
                (at, function),
            ]
            ends = [*(begin for begin, _ in begun[1:]), float("inf")]
            asked = [now, *(time for polling in self._pollings for time in polling.times(now))]
            self._begun = tuple(
                each
                for each, end in zip(begun, ends, strict=True)
                if end > now or any(each[0] <= time < end for time in asked)
            )

    def put_back(self, at: float, now: float) -> None:
        """From a time on, it is the first one again."""
        if len(self._begun) > 1 or self._begun[0][1] is not self._first:
            self.become(self._first, at, now)

    def reset(self) -> None:
        """It never was another one."""
        self._begun = ((_ALWAYS, self._first),)
