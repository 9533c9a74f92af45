"""A look after the server: one that stops answering ends a run, one that is slow once does not."""

from __future__ import annotations

from collections import deque
from time import sleep

from mtango_ref.conformance.model import Ended, NoResponse, Request, Response, Send

PROBES = 3
"""Plain requests to a server that left one unanswered, before the run is ended."""
PAUSE = 1.0
"""s before each probe but the first: a supervisor may start the server anew."""
LAST = 3
"""Requests that are kept."""
STOPPED = "The server stopped answering."


class Watch:
    """Asks a server, and finds out whether it has stopped answering.

    A request without an answer is one thing, a server without answers another: the entry point is
    asked before a run is ended.
    """

    def __init__(self, send: Send, probes: int = PROBES) -> None:
        self._send, self._probes = send, probes
        self._last: deque[Request] = deque(maxlen=LAST)
        self.came = ""
        """A sentence on what came instead of the latest answer that was missing."""
        self.is_silent = False
        """The latest request that others sent has no answer."""
        self.has_ended = False
        """Nobody answers any more."""

    def send(self, request: Request) -> Response:
        """Ask, and note what was asked. Raises NoResponse; once it has ended, without asking."""
        if self.has_ended:
            raise NoResponse(STOPPED)
        self._last.appendleft(request)
        try:
            return self._send(request)
        except NoResponse as error:
            self.came = str(error)
            self.probe()
            raise

    def note(self, request: Request, *, answered: bool) -> None:
        """Note a request of others; those after one without an answer say nothing new."""
        if answered or not self.is_silent:
            self._last.appendleft(request)
        self.is_silent = not answered

    def probe(self) -> None:
        """Ask the entry point, and end the server where that has no answer either."""
        for number in range(self._probes):
            if number:
                sleep(PAUSE)
            try:
                self._send(Request("GET", ""))
            except NoResponse:
                continue
            return  # whatever the answer is
        self.has_ended = True

    def ended(self, why: str = STOPPED, unasked: int = 0, cases: int = 0) -> Ended:
        """Return what to report of the end, where so many of the cases were not asked."""
        came = self.came if self.has_ended else ""
        return Ended(why, tuple(self._last), unasked, cases, came)
