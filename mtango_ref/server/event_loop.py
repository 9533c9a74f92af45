"""The loop of the thread that leads: it waits, reads, answers, and looks after connections."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.trigger import trigger

from mtango_ref.server.poller import READ, Event, Poller
from mtango_ref.threads.crew import Crew, Member
from mtango_ref.threads.shares import Shares

_TURN = 1.0  # s
_FEW = 2
"""Events and requests that who leads answers sooner alone than with a thread that has to wake."""


class EventLoop:
    """The sockets of a map, descriptor -> waitress' dispatcher, and the requests from them.

    `answer`, `look`, `wake` and `is_behind` are for all threads, all else for the one that leads.
    """

    def __init__(
        self, sockets: dict[int, Any], each_turn: Callable[[], float | None], shares: Shares
    ) -> None:
        """Begin with nothing.

        each_turn: called before each wait; for how long (s), None at the end of all.
        """
        self.shares = shares
        self._rests = shares.rests
        self._sockets = sockets
        self._trigger = trigger(sockets)
        self._each_turn = each_turn
        self._poller = Poller()
        self._happened: deque[Event] = deque()
        self._requests: deque[Any] = deque()
        """Channels, each with a request that may be answered."""
        self._refused: deque[Any] = deque()
        """Channels, each with a request that is refused: for that, no thread is needed."""
        self._handed_over: deque[Any] = deque()
        """Channels to look at: a thread that does not lead is, or was, at work on them."""
        self._waits = False
        self._lock = threading.Lock()
        """Held while the trigger is pulled: it must not be closed then."""
        self._ended = threading.Event()
        self._defect: BaseException | None = None
        self._crew = Crew(self._lead, self.look, shares.look)
        self._reserve = self._crew.reserve
        self.leads = self._crew.leads
        self.watch = self._poller.watch
        self.forget = self._poller.forget
        shares.serve(self, self._crew)

    def run(self, threads: int) -> None:
        """Let that many threads answer, until the end. Raises what the loop itself failed by."""
        for one in [*self._sockets.values()]:
            self.watch(one)
        self._crew.start(threads)
        # Signals come to the main thread, which may be this: on Windows only while it waits anew.
        while not self._ended.wait(_TURN):
            pass
        if self._defect is not None:
            raise self._defect

    def answer(self, channel: Any) -> None:
        """Let a channel's first request be answered."""
        self._requests.append(channel)
        self.wake()

    def refuse(self, channel: Any) -> None:
        """Let a channel's first request be refused, by who leads."""
        self._refused.append(channel)
        self.wake()

    def waiting(self) -> int:
        """Count the requests that wait for a thread, while there is none."""
        return 0 if self._reserve else len(self._requests)

    def is_behind(self) -> bool:
        """Return True if more has happened, or waits, than who leads will be done with soon."""
        return len(self._requests) + len(self._happened) > _FEW

    def look(self, channel: Any) -> None:
        """Let who leads look at a channel."""
        self._handed_over.append(channel)
        self.wake()

    def wake(self) -> None:
        """See that who leads does not wait."""
        if self._waits:
            with self._lock:
                if self._waits:
                    self._waits = False
                    self._trigger.pull_trigger()

    def _lead(self, me: Member) -> Any:
        """Lead until the lead is lost; the channel of the request that took so long."""
        try:
            while True:
                if self._handed_over:
                    self._look_after(self._handed_over.popleft())
                elif self._refused:
                    channel = self._refused.popleft()
                    channel.service()
                    self._look_after(channel)
                elif self._requests and self._reserve:
                    channel = self._requests.popleft()
                    self._crew.begin(me)
                    channel.service()
                    if not self._crew.finish(me):
                        return channel
                    self._look_after(channel)
                elif self._happened:
                    key, events = self._happened.popleft()
                    self._handle(key.data, events)
                elif not self._wait():
                    break
        except BaseException as defect:  # noqa: BLE001 - it is raised where `run` was called
            self._defect = defect
        self._end()
        return None

    def _handle(self, one: Any, events: int) -> None:
        if events & READ and self._is_open(one):
            if one.readable():
                wasyncore.read(one)
            else:
                # It has a request, so it will be looked after; that it wants nothing until then
                # is seen only here, for most of the time nothing comes.
                self.watch(one)
        if one.writable():
            self._look_after(one)

    def _look_after(self, one: Any) -> None:
        """Send what waits, close what is to be closed, and wait for what is wanted then."""
        if not self._is_open(one):
            return
        if one.writable():
            wasyncore.write(one)
            if not self._is_open(one):
                return
        self.watch(one)

    def _is_open(self, one: Any) -> bool:
        """Return False of what has been closed, whose number may be another one's by now."""
        return self._sockets.get(one._fileno) is one

    def _wait(self) -> bool:
        """Wait until something happens; False at the end of all."""
        if self._rests:
            self.shares.end_rests()
        # Others change what there is to do, and then read _waits: one of the two sees the other's.
        self._waits = True
        timeout = self._each_turn()
        if timeout is None:
            return False
        if self._handed_over or self._refused or (self._requests and self._reserve):
            timeout = 0
        elif self._rests:
            timeout = min(timeout, self.shares.left_of_rest())
        self._happened.extend(self._poller.wait(timeout))
        self._waits = False
        return True

    def _end(self) -> None:
        with self._lock:
            self._waits = False
            wasyncore.close_all(self._sockets)
        self._poller.close()
        self._crew.dismiss()
        self._ended.set()
