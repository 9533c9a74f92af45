"""Leader and followers: threads that are all equal, of which one leads at a time.

Who leads waits for the sockets, and answers each request itself: no thread has to be woken for it.
When it is late, or others wait while it calls, the lead goes to one that sleeps; it goes on as a
mere worker, and sleeps when it is done. The rules:

- Who leads answers only while another one sleeps in reserve. The last that is free leads and
  does not answer. So there is one thread more than requests may be at work: with 1 the second
  leads while the first is late, and answers nothing until that one sleeps.
- The lead changes only while its leader is at work, between `begin` and `finish`, and under the
  lock. Between `finish` and `begin` who leads has all to itself: the sockets, the poller, every
  close of a connection.
- `since` is written by its own thread alone, and read by the watchdog.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

_LOG = logging.getLogger(__name__)

LATE = 0.005
"""s at one request after which somebody else leads; also the watchdog's step."""
_QUIET = 20
"""Steps without a request after which the watchdog sleeps: to wake it costs more than a step."""
_TURN = 0.001
"""s for which a thread has the interpreter while another one wants it. Python has 5 ms. A request
wants it several times, and each time waits so long while an image is written."""


def take_turns() -> None:
    """Let the threads of this process have the interpreter for shorter times."""
    sys.setswitchinterval(_TURN)


class Member:
    """One of the threads."""

    __slots__ = ("ident", "since", "wake")

    def __init__(self) -> None:
        self.wake = threading.Lock()
        """Held while it sleeps or works."""
        self.wake.acquire()
        self.since: float | None = None
        """The time at which it began to work; None while it leads only, or sleeps."""
        self.ident: int | None = None
        """The identifier of its thread."""


class Crew:
    """The threads, and the watchdog over them."""

    def __init__(
        self,
        lead: Callable[[Member], Any],
        hand_over: Callable[[Any], None],
        look: Callable[[float], float],
    ) -> None:
        """Let nobody live yet.

        lead: leads until `finish` says False, and returns its work then; None at the end of all.
        hand_over: takes the work of one that lost the lead, when it is done.
        look: does what is due at a time, and says when something may be due next.
        """
        self._lead = lead
        self._hand_over = hand_over
        self._look = look
        self._lock = threading.Lock()
        self._leader: Member | None = None
        self.reserve: list[Member] = []
        """The members that sleep. While there is one, who leads may answer."""
        self._alive = self._limit = 0
        self._alarm = threading.Semaphore(0)
        self._dozes = False
        """The watchdog waits for the alarm, and for no step."""

    def start(self, working: int) -> None:
        """Begin. working: how many may be at work at a time."""
        self._limit = working + 1
        with self._lock:
            self._hire()
            self._leader = self.reserve.pop()
            self._hire()
            self._leader.wake.release()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def dismiss(self) -> None:
        """Let all threads end, those at work when they are done. Who leads calls it."""
        with self._lock:
            self._limit = 0
            self._leader = None
            for member in self.reserve:
                member.wake.release()
        self._alarm.release()

    def begin(self, me: Member) -> None:
        """Go to work: from now on the lead can be lost."""
        me.since = monotonic()
        if self._dozes:
            self.rouse()

    def finish(self, me: Member) -> bool:
        """Come back from work. True if it still leads; if not, it has to return."""
        with self._lock:
            me.since = None
            return self._leader is me

    def leads(self) -> bool:
        """Return True if the calling thread leads."""
        leader = self._leader
        return leader is not None and leader.ident == threading.get_ident()

    def step_back(self) -> None:
        """Give the lead away if the calling thread has it, before what may take long."""
        leader = self._leader
        # Who is no leader any more lost the lead for being late: there is nothing to give away.
        if leader is not None and self.leads():
            self.pass_on(leader)

    def replace(self, count: int) -> None:
        """Have so many threads more, or fewer (-1): one hangs, or is back."""
        with self._lock:
            if self._limit:
                self._limit += count
                self._hire()

    def _live(self, me: Member) -> None:
        me.ident = threading.get_ident()
        while me.wake.acquire() and self._limit:
            work = self._lead(me)
            with self._lock:
                stays = self._alive <= self._limit
                if stays:
                    self.reserve.append(me)
                else:
                    self._alive -= 1
            if work is not None:
                self._hand_over(work)
            if not stays:
                return

    def _hire(self) -> None:
        """See that somebody sleeps in reserve, if there may be one more."""
        if self.reserve or self._alive >= self._limit:
            return
        member = Member()
        try:
            threading.Thread(target=self._live, args=[member], name="crew", daemon=True).start()
        except RuntimeError:  # the system gives no more; so long nobody is in reserve
            _LOG.warning("The system refuses to start more than %d threads", self._alive)
            return
        self._alive += 1
        self.reserve.append(member)

    def pass_on(self, leader: Member) -> None:
        """Give the lead to one that sleeps, if that one still has it and is at work."""
        with self._lock:
            if self._leader is not leader or leader.since is None or not self.reserve:
                return
            self._leader = self.reserve.pop()
            self._hire()
            self._leader.wake.release()

    def _watch(self) -> None:
        """Look after who leads at each step, and not at all while nobody works."""
        quiet = 0
        while self._limit:
            leader = self._leader
            since = None if leader is None else leader.since
            if since is None:
                quiet += 1
            else:
                quiet = 0
                if leader is not None and monotonic() - since >= LATE:
                    self.pass_on(leader)
            self._look(monotonic())
            if quiet < _QUIET:
                self._alarm.acquire(timeout=LATE)
            else:
                self._doze()
                quiet = 0

    def _doze(self) -> None:
        """Sleep until somebody goes to work, or something is due."""
        self._dozes = True
        leader = self._leader
        # `begin` writes since, and then reads _dozes: one of the two sees the other's. The same
        # holds for who changes what is due.
        if leader is None or leader.since is None:
            now = monotonic()
            due = self._look(now)
            self._alarm.acquire(timeout=None if due == inf else max(due - now, 0.0))
        self._dozes = False

    def rouse(self) -> None:
        """See that the watchdog looks at once at what is due."""
        if not self._dozes:
            return
        with self._lock:
            if self._dozes:
                self._dozes = False
                self._alarm.release()
