"""The event loop of waitress' sockets, on what this system waits with best."""

from __future__ import annotations

import selectors
from typing import Any

from waitress import wasyncore


class EventLoop:
    """Waits for the sockets of a map, descriptor -> waitress' dispatcher.

    waitress has a loop for poll(2), which Windows lacks, and one for select(2), which takes few
    descriptors. The standard library's selectors are epoll, kqueue, poll or select.
    """

    def __init__(self, sockets: dict[int, Any]) -> None:
        self._sockets = sockets
        self._selector = selectors.DefaultSelector()

    def run_once(self, timeout: float) -> None:
        """Wait at most `timeout` s for an event, and handle all that came."""
        self._register()
        for key, events in self._selector.select(timeout):
            # A handler may close any socket, and its number may be another socket's by then.
            if events & selectors.EVENT_READ and self._sockets.get(key.fd) is key.data:
                wasyncore.read(key.data)
            if events & selectors.EVENT_WRITE and self._sockets.get(key.fd) is key.data:
                wasyncore.write(key.data)

    def _register(self) -> None:
        """Let the selector wait for what each socket wants now."""
        known = self._selector.get_map()
        wanted = {fd: (one, _events(one)) for fd, one in [*self._sockets.items()]}
        for key in [*known.values()]:
            one, events = wanted.get(key.fd, (None, 0))
            if key.data is not one or not events:
                self._selector.unregister(key.fd)
        for fd, (one, events) in wanted.items():
            if not events or self._sockets.get(fd) is not one:
                continue
            registered = known.get(fd)
            if registered is None:
                self._selector.register(fd, events, one)
            elif registered.events != events:
                self._selector.modify(fd, events, one)

    def close(self) -> None:
        """Give back what the selector holds."""
        self._selector.close()


def _events(one: Any) -> int:
    events = selectors.EVENT_READ if one.readable() else 0
    if one.writable() and not one.accepting:  # as waitress: a listening socket writes nothing
        events |= selectors.EVENT_WRITE
    return events
