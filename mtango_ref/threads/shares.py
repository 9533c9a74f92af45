"""A share of the threads for each target, so that one that hangs stops nobody.

The thread that answers a request makes its calls to a target (a device, or the database) itself.

- At most SHARE requests are at one target at a time, DATABASE_SHARE at the database. One more is
  *set aside*: what was begun of it is given up, and it is run again from its start when it has a
  place, or when its time is over; then its call fails as if it had been made. A call that it makes
  has what is left of its time, and GRACE more: who waited is to wait hardly longer than others.
- A call that takes longer than the timeout is *overdue*. Its request is run again, by another
  thread, and the same call fails at once. What the call gives later is dropped, and counted. Until
  then it keeps its place.
- A target with a call that was overdue, or that failed by its own timeout, has one place only,
  until a call returns in time: one request probes it, and the others wait.
- While the target computes, this thread has nothing to do. Who leads gives the lead away before its
  call if more requests have come than it will answer soon, and no other quick call is under way.
- A request has a deadline, whatever it calls. A call is overdue then, and the next one ends it.
- A request keeps its place until it is done, or asks another target. So once it has changed
  something it is never run again before a call has failed; and then nothing is changed.
- What is asked of the database in vain is asked at a pace; see pace.py.

All of it is under one lock, which nobody holds during a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from math import inf
from time import monotonic
from typing import Any, NoReturn, TypeVar

from mtango_ref.calls import (
    DATABASE,
    NOT_RETURNED,
    Alone,
    Ending,
    OutOfTime,
    TooManyWait,
    is_timeout,
    timed_out,
)
from mtango_ref.figures.rows import Row, Rows
from mtango_ref.model import DevFailed
from mtango_ref.threads.call_figures import CallFigures
from mtango_ref.threads.crew import Crew
from mtango_ref.threads.flights import Flights
from mtango_ref.threads.pace import DatabaseTarget, Pace
from mtango_ref.threads.work import Call, GivenUp, Key, Loop, Queue, Target, Work

T = TypeVar("T")

SHARE = 4
"""Requests at one target at a time."""
DATABASE_SHARE = 1
"""The same of the database: so who asks in vain for devices, as fast as it can, leaves the threads
to those that ask devices. More at a time are answered no sooner: it has one process, too."""
GRACE = 0.5
"""s beyond its time in which a request that waited may have the answer of its call."""
MOST_OVERDUE = 64
"""Overdue calls at a time whose threads are replaced."""
SLOW = 0.001
"""s that each of a target's last two calls took, from which on who leads does not make one. Any
call takes long once, on a busy machine; and threads make each other's calls take longer."""
KEPT = 256
"""Targets that may be known though there is nothing to know of them: a request to one that is asked
again and again makes none."""


class Shares:
    """Makes the calls of all requests; a `Calls`, and a `Sharing`."""

    def __init__(self, timeout: float, most_waiting: float = inf, row: Row | None = None) -> None:
        """Begin with no calls.

        timeout: s that a call may take. most_waiting: how many requests are set aside at a time.
        row: where calls are counted.
        """
        self.timeout = timeout
        self._most_waiting = most_waiting
        self.row = row or Rows().take()
        """The figures of this process."""
        self._figures = CallFigures(self.row)
        self._alone = Alone(timeout)
        self._lock = threading.Lock()
        self._flights = Flights(self._lock, self._set_aside, self._go_on)
        self._here = threading.local()
        self._targets: dict[Key, Target] = {}
        self._pace = Pace()
        self.rests = self._pace.rests
        """The places at the database that rest."""
        self._running: dict[Call, None] = {}
        self._aside: dict[Work, float] = {}
        """The requests set aside, and the time at which the waiting of each is over."""
        self._is_ending = False
        self._overdue = 0
        self._due = inf
        """The earliest time at which something may be due."""
        self._loop: Loop
        self._crew: Crew

    def serve(self, loop: Loop, crew: Crew) -> None:
        """Get to know the threads, and what they do."""
        self._loop, self._crew = loop, crew

    def begin(self, work: Work) -> None:
        """Make the calls of this thread for a request, from now on."""
        work.runs += 1
        work.is_asked = False
        self._here.work = work

    def done(self, work: Work) -> None:
        """Take its place from a request that has been answered."""
        self._here.work = None
        if work.runs > 1 and not work.is_asked:
            self._figures.lose()
        if work.place is not None or work.flight is not None:
            with self._lock:
                if work.flight is not None:
                    self._flights.leave(work)
                self._leave(work)

    def given_up(self) -> None:
        """Note that this thread runs no request any more, and has nothing to count of it."""
        self._here.work = None
        self.row.pending.places.clear()

    def call(
        self,
        target: str,
        function: Callable[..., T],
        *arguments: Any,
        left: float | None = None,
        changes: bool = False,
        at: str = "",
        about: str = "",
    ) -> T:
        """Call a function in this thread; see Calls. GivenUp ends the run."""
        work = getattr(self._here, "work", None)
        if work is None:
            return self._alone.call(target, function, *arguments, left=left, at=at)
        work.about = about
        call = self._begin(work, (target, at), left, changes)
        # Two threads answer by turns: more would wait for each other.
        if call.target.least > SLOW or (call.is_alone and self._loop.is_behind()):
            self._crew.step_back()
        error: DevFailed | None = None
        try:
            return function(*arguments)
        except DevFailed as failed:
            error = failed
            raise
        finally:
            self._end(call, error)

    def share(self, key: Hashable, function: Callable[[], T]) -> T:
        """Call a function, or take what another request's call gives; see Sharing."""
        work = getattr(self._here, "work", None)
        return function() if work is None else self._flights.share(work, key, function)

    def has_waited(self) -> bool:
        """Return True if another request has made the call for this one; see Sharing."""
        flight = getattr(getattr(self._here, "work", None), "flight", None)
        return flight is not None and flight.work is not self._here.work

    def _begin(self, work: Work, key: Key, left: float | None, changes: bool) -> Call:
        began = monotonic()
        if began >= work.deadline:
            raise OutOfTime
        with self._lock:
            # Its call may be under way still: it is not made again, nor is anything changed.
            if work.failed is not None and (changes or work.failed[0] == key):
                raise timed_out(work.failed[0][0], self.timeout, work.failed[1])
            target = self._targets.get(key)
            if target is None:
                target = self._targets[key] = self._target(key)
            if work.place is not target:
                self._take_place(work, target, began)
            work.changed = work.changed or changes
            ends = min(began + (self.timeout if left is None else left), work.deadline)
            if work.ends is not None:
                ends = min(ends, max(work.ends, began) + GRACE)
            youngest = next(reversed(self._running), None)
            is_alone = youngest is None or youngest.began < began - SLOW
            call = Call(work, target, began, ends, is_alone)
            self._running[call] = None
            if call.ends < self._due:
                self._expect(call.ends)
            return call

    def _target(self, key: Key) -> Target:
        if key[0] == DATABASE:
            return DatabaseTarget(key, DATABASE_SHARE, self._pace)
        return Target(key, SHARE)

    def _take_place(self, work: Work, target: Target, now: float) -> None:
        # What has begun a change is not run again: it would be made twice.
        if self._is_full(target) and not work.changed:
            if work.ends is not None and now >= work.ends:
                raise timed_out(target.key[0], self.timeout, NOT_RETURNED)
            self._set_aside(work, target, now)
        if work.place is not None:
            self._leave(work)
        work.place = target
        target.places += 1

    def _set_aside(self, work: Work, queue: Queue, now: float) -> NoReturn:
        """Let a request wait, for as long as a call may take since it waited first."""
        if work.ends is None:
            work.ends = min(now + self.timeout, work.deadline)
        if self._is_ending:
            raise Ending
        if len(self._aside) >= self._most_waiting:
            raise TooManyWait
        self._leave(work)
        queue.waiting.append(work)
        work.waits_for = queue
        self._aside[work] = work.ends
        self._figures.set_aside(len(self._aside))
        if work.ends < self._due:
            self._expect(work.ends)
        raise GivenUp

    def _go_on(self, work: Work) -> None:
        """Have a request run again that was set aside."""
        del self._aside[work]
        self._figures.go_on(len(self._aside))
        work.waits_for = None
        self._loop.answer(work.channel)

    def _expect(self, ends: float) -> None:
        self._due = ends
        self._crew.rouse()

    def _end(self, call: Call, error: DevFailed | None) -> None:
        now = monotonic()
        with self._lock:
            target = call.target
            # Tango: API_DeviceTimedOut says that it may hang; any other error is an answer.
            target.suspect = error is not None and is_timeout(error)
            if not call.overdue:
                took = now - call.began
                self._figures.end(target.key[0], took, error)
                target.least, target.took = min(took, target.took), took
                if isinstance(target, DatabaseTarget):
                    self._pace.note(target, call.work.about, error)
                del self._running[call]
                if target.waiting:
                    self._let_in(target)
                return
            self._overdue -= 1
            self._figures.drop(self._overdue)
            if self._overdue < MOST_OVERDUE:
                self._crew.replace(-1)
            target.places -= 1
            for each in [*self._targets.values()]:
                self._let_in(each)
        raise GivenUp

    def _is_full(self, target: Target) -> bool:
        if target.suspect:
            return target.places > 0 or self._overdue >= MOST_OVERDUE // 2
        return target.places >= target.share

    def _leave(self, work: Work) -> None:
        target, work.place = work.place, None
        if target is None:
            return
        if isinstance(target, DatabaseTarget) and target.rest:
            self._pace.begin(target, monotonic())
            self._loop.wake()
            return
        target.places -= 1
        self._let_in(target)

    def left_of_rest(self) -> float:
        """Return how long (s) who leads may wait, as places rest; inf if none does."""
        return self._pace.left(monotonic())

    def end_rests(self) -> None:
        """Give back the places that have rested. Only who leads calls it."""
        with self._lock:
            while self._pace.left(monotonic()) <= 0.0:
                target = self._pace.end()
                target.places -= 1
                self._let_in(target)

    def _let_in(self, target: Target) -> None:
        """Give places to those that wait, and forget a target if there are too many."""
        while target.waiting and not self._is_full(target):
            work = target.waiting.popleft()
            work.place = target
            target.places += 1
            self._go_on(work)
        if len(self._targets) > KEPT:
            self._forget(target)

    def _forget(self, target: Target) -> None:
        if not (target.places or target.waiting or target.suspect or target.took > SLOW):
            self._targets.pop(target.key, None)

    def look(self, now: float) -> float:
        """Do what is due; when something may be due next."""
        if now < self._due:
            return self._due
        with self._lock:
            for call in [each for each in self._running if each.ends <= now]:
                self._give_up(call)
            for work in [each for each, ends in self._aside.items() if ends <= now]:
                self._send_on(work)
            ends = [*(each.ends for each in self._running), *self._aside.values()]
            self._due = min(ends, default=inf)
        return self._due

    def end_waiting(self) -> None:
        """Let nobody wait any more: Ending is what the calls of who does, or would, raise."""
        with self._lock:
            self._is_ending = True
            for work in [*self._aside]:
                assert work.waits_for is not None
                work.waits_for.waiting.remove(work)
                self._go_on(work)

    def _send_on(self, work: Work) -> None:
        """Let a request go on without what it was set aside for."""
        queue = work.waits_for
        assert queue is not None
        queue.waiting.remove(work)
        asked = queue.asked()
        if asked is not None:
            work.failed = asked, NOT_RETURNED
        self._go_on(work)

    def _give_up(self, call: Call) -> None:
        """Let the request go on without what it waits for."""
        del self._running[call]
        call.overdue = True
        # Of one that had less than half of the time, as its request had waited, the target may
        # only be slow; with one place then it would be slower still.
        has_waited = call.work.ends is not None
        if not has_waited or call.ends - call.began > self.timeout / 2:
            call.target.suspect = True
        self._overdue += 1
        timeout = timed_out(call.target.key[0], self.timeout)
        self._figures.end(call.target.key[0], monotonic() - call.began, timeout)
        self._figures.give_up(self._overdue)
        if self._overdue <= MOST_OVERDUE:
            self._crew.replace(1)
        call.work.place = None  # it is the call's now
        call.work.failed = call.target.key, ""
        self._loop.answer(call.work.channel)
