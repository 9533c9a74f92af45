"""Waiting for sockets and pipes, each for what it wants now.

waitress has a loop for poll(2), which Windows lacks, and one for select(2), which takes few
descriptors; both look at every connection anew for each event. The standard library's selectors
are epoll, kqueue, poll or select. Here a descriptor stays registered from its first wish to its
end, and its wishes are looked at only after something has happened to it.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Any

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

Event = tuple[selectors.SelectorKey, int]
"""The key whose data is one of waitress' dispatchers, and READ or WRITE or both."""


class Poller:
    """The dispatchers by what they wait for. Only the thread that leads calls it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, tuple[Any, int]] = {}
        """The registered dispatchers and their events, by descriptor."""
        self.wait: Callable[[float], list[Event]] = self._selector.select
        """Return what has happened, after so many s at most; perhaps to what is closed by then."""

    def watch(self, one: Any) -> None:
        """Wait from now on for what a dispatcher wants."""
        events = READ if one.readable() else 0
        if one.writable() and not one.accepting:  # as waitress: a listening socket writes nothing
            events |= WRITE
        descriptor = one._fileno
        watched = self._watched.get(descriptor)
        if watched is not None and watched[1] == events:
            return
        if not events:
            self.forget(descriptor)
        elif watched is None:
            self._selector.register(descriptor, events, one)
            self._watched[descriptor] = one, events
        else:
            self._selector.modify(descriptor, events, one)
            self._watched[descriptor] = one, events

    def forget(self, descriptor: int) -> None:
        """Wait for nothing of it: its number may soon be that of another socket."""
        if self._watched.pop(descriptor, None) is not None:
            self._selector.unregister(descriptor)

    def close(self) -> None:
        """Give back what the selector holds."""
        self._selector.close()
