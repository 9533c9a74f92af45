"""The one of several TANGO_HOSTs that answers, found within one short deadline.

A dead host may take any time to refuse, and a resolver to say that it knows none. So each host
is asked in a thread of its own, all at once, and what they said is remembered for a while.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from time import monotonic

FRESH = 5.0
"""s for which a round is taken as it is; there are no more rounds than that."""

PATIENCE = 1.0
"""s after the beginning of a round for which anybody waits."""


def takes_connections(tango_host: str) -> bool:
    """Connect to host:port and hang up; True if it takes the TCP connection in PATIENCE s."""
    host, _, port = tango_host.rpartition(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except OSError:
        # What no resolver knows is an OSError as well (socket.gaierror).
        return False
    return True


class AnsweringHost:
    """The first host:port of several that takes connections."""

    def __init__(
        self, tango_hosts: Sequence[str], takes: Callable[[str], bool] = takes_connections
    ) -> None:
        """Ask nobody yet. takes: see takes_connections; it may last for ever."""
        self._hosts = tango_hosts
        self._takes = takes
        self._changed = threading.Condition()
        self._began = float("-inf")
        """The start of the present round."""
        self._known: dict[str, bool] = {}
        """The answers of hosts in this round."""
        self._busy: set[str] = set()
        """Hosts that have not said it yet; they are not asked again until they have."""

    def find(self) -> str | None:
        """Return the first that takes connections, as far as is known PATIENCE s after the
        beginning of a round; None if none does."""
        with self._changed:
            if monotonic() - self._began >= FRESH:
                self._begin()
            self._changed.wait_for(self._is_found, max(self._began + PATIENCE - monotonic(), 0.0))
            return next((host for host in self._hosts if self._known.get(host)), None)

    def forget(self, host: str) -> None:
        """Take a host for one that takes no connections, until the next round."""
        with self._changed:
            self._known[host] = False
            self._changed.notify_all()

    def _begin(self) -> None:
        self._began = monotonic()
        self._known.clear()
        # A resolver that hangs costs one thread a host, and not one a round.
        for host in {*self._hosts} - self._busy:
            self._busy.add(host)
            threading.Thread(target=self._ask, args=[host], name="tango host", daemon=True).start()

    def _ask(self, host: str) -> None:
        takes = False
        try:
            takes = self._takes(host)
        finally:
            with self._changed:
                self._known[host] = takes
                self._busy.discard(host)
                self._changed.notify_all()

    def _is_found(self) -> bool:
        """Return True where no host that has not answered yet can come before the one found."""
        for host in self._hosts:
            if self._known.get(host, True):
                return host in self._known
        return True
