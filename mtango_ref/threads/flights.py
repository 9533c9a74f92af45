"""Calls that requests share: one makes the call, and the others wait for what it gives.

- Who asks first makes the call, and keeps it over all of its runs. Who asks the same meanwhile is
  set aside, and run again when the call has returned: with its result, or with its failure.
- A call that does not return in time says nothing to the others: the first of them makes the call
  in its turn, and the rest goes on waiting. So it is after a defect, and where the client of who
  makes the call is gone. Each has its own time, from when it was set aside, and then it fails as
  those do that wait for a place; without a target that could have failed, it makes its own call.
- A request shares one call at most. What has returned is its answer, however often it is run.

All of it is under the lock of `Shares`, which nobody holds during a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import NoReturn, TypeVar

from mtango_ref.calls import is_timeout
from mtango_ref.model import DevFailed
from mtango_ref.threads.work import Flight, GivenUp, Queue, Work

T = TypeVar("T")


class Flights:
    """The calls that are shared."""

    def __init__(
        self,
        lock: threading.Lock,
        set_aside: Callable[[Work, Queue, float], NoReturn],
        go_on: Callable[[Work], None],
    ) -> None:
        """Begin with none.

        set_aside: lets a request wait, at a time, by GivenUp. go_on: has it run again. Both are
        called under the lock.
        """
        self._lock = lock
        self._set_aside = set_aside
        self._go_on = go_on
        self._flights: dict[Hashable, Flight] = {}

    def share(self, work: Work, key: Hashable, function: Callable[[], T]) -> T:
        """Call a function for a request, or take what the call of another one gives.

        GivenUp ends the run.
        """
        flight = self._join(work, key, monotonic())
        if flight is None:
            return function()
        if not flight.has_landed:
            return self._fly(flight, function)
        result: T = flight.outcome()
        return result

    def leave(self, work: Work) -> None:
        """Let others make the call of a request that is done. The lock is held."""
        flight = work.flight
        if flight is not None and not flight.has_landed:
            self._hand_over(flight)

    def _join(self, work: Work, key: Hashable, now: float) -> Flight | None:
        """Return the flight that a request is in; None if it has waited for long enough."""
        with self._lock:
            # What has returned is the answer of all its runs: another call could give another one.
            if work.flight is not None:
                return work.flight
            if work.ends is not None and now >= work.ends:
                return None
            flight = self._flights.get(key)
            if flight is not None:
                self._set_aside(work, flight, now)
            work.flight = self._flights[key] = Flight(key, work)
            return work.flight

    def _fly(self, flight: Flight, function: Callable[[], T]) -> T:
        try:
            result = function()
        except GivenUp:
            raise
        except BaseException as error:
            with self._lock:
                # Tango: any other DevFailed is the device's answer, and the same to all who ask.
                if isinstance(error, DevFailed) and not is_timeout(error):
                    flight.error = error
                    self._land(flight)
                else:
                    self._hand_over(flight)
            raise
        with self._lock:
            flight.result = result
            self._land(flight)
        return result

    def _land(self, flight: Flight) -> None:
        flight.has_landed = True
        del self._flights[flight.key]
        while flight.waiting:
            work = flight.waiting.popleft()
            work.flight = flight
            self._go_on(work)

    def _hand_over(self, flight: Flight) -> None:
        flight.work.flight = None
        if not flight.waiting:
            del self._flights[flight.key]
            return
        work = flight.work = flight.waiting.popleft()
        work.flight = flight
        self._go_on(work)
