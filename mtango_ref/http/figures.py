"""The figures of the server, for all of its processes together."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple, Protocol

from mtango_ref.http.facilities import CacheInfo, Facilities
from mtango_ref.http.usage import usage


class Totals(NamedTuple):
    """Figures at one moment."""

    requests: int
    """Requests begun; the one that asks is among them."""
    responses: int
    """Answers given."""
    caches: Mapping[str, CacheInfo]
    """Figures of the proxy caches, by CACHES."""
    usage: Mapping[str, Any]
    """Times in s, memory in KiB, as getrusage(2) has them."""


CACHES = ("devices", "attributes")


class Figures(Protocol):
    """The figures of the server: counted in each of its processes, read and reset for all."""

    running_since: float
    """s since the epoch, of the facility's clock."""

    def count_request(self) -> None:
        """Count a request that begins."""

    def count_response(self) -> None:
        """Count an answer that is given."""

    def totals(self) -> Totals:
        """Add up the figures of all processes."""

    def clean(self, cache: str) -> None:
        """Empty one of CACHES in all processes, before it returns."""


class ProcessFigures:
    """The figures of a server that is one process."""

    def __init__(self, facilities: Facilities) -> None:
        """Begin to count."""
        self.running_since = facilities.own.clock()
        self._facilities = facilities
        self._lock = Lock()
        self._requests = self._responses = 0

    def count_request(self) -> None:
        """Count a request that begins."""
        with self._lock:
            self._requests += 1

    def count_response(self) -> None:
        """Count an answer that is given."""
        with self._lock:
            self._responses += 1

    def totals(self) -> Totals:
        """Return the figures of this process."""
        # Outside of the lock: each cache has one of its own.
        caches = {name: cache.info() for name, cache in self._caches().items()}
        with self._lock:
            return Totals(self._requests, self._responses, caches, usage())

    def clean(self, cache: str) -> None:
        """Empty one of CACHES."""
        self._caches()[cache].clear()

    def _caches(self) -> Mapping[str, Any]:
        own = self._facilities.own
        return dict(zip(CACHES, (own.devices, own.attributes), strict=True))
