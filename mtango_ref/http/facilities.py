"""The facilities that are served, each with LRU caches of proxies that all requests share."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from cachetools import LRUCache

from mtango_ref.calls import Apart, Sharing
from mtango_ref.figures.metrics import (
    CACHE_HITS,
    CACHE_MISSES,
    CACHE_PROXIES,
    CACHE_REMADE,
    CACHE_SIZE,
    CACHES,
    CLEANED,
    VALUES,
)
from mtango_ref.figures.rows import Row, Rows
from mtango_ref.http.value_cache import ValueCache
from mtango_ref.interface import Attribute, Backend, Capabilities, Database, Device
from mtango_ref.names import lower

Proxy = TypeVar("Proxy")

_LOG = logging.getLogger(__name__)

_REMEMBERED = 4
"""Names of proxies that had to go, for each that is kept."""
_COSTLY = "devices"
"""The cache whose proxies ask the facility as they are made; those of attributes ask nobody."""
_TOO_MANY = 100
"""Proxies made again that are worth a warning."""
_WARNING_PERIOD = 3600.0
"""s in which there is one warning at most."""


class ProxyCache(Generic[Proxy]):
    """At most `size` proxies by name, whatever its case; the least recently used one goes.

    It is counted in the row of this process, where all others see it: its proxies under this
    cache's lock, and the requests for one when they are answered.
    """

    def __init__(self, size: int, row: Row, cache: str) -> None:
        """Begin with none. cache: one of CACHES."""
        self._row = row
        self._size = size
        self._index = index = CACHES.index(cache)
        self._hits, self._misses = CACHE_HITS.first + index, CACHE_MISSES.first + index
        self._remade, self._count = CACHE_REMADE.first + index, CACHE_PROXIES.first + index
        self._again = 0
        """Proxies made again since the last warning."""
        self._warned = -inf
        self._lock = Lock()
        self._proxies: _Kept[Proxy] = _Kept(size)
        row.numbers[self._count] = 0
        row.numbers[CACHE_SIZE.first + index] = size

    def get(self, name: str, make: Callable[[], Proxy]) -> Proxy:
        """Return the proxy of that name; make it outside the lock if there is none.

        So a slow device holds up nobody else. What `make` raises is raised, and nothing is kept.
        """
        # rc3: Tango names "compare without regard to case", so two spellings share a proxy.
        key, proxies = lower(name), self._proxies
        try:
            proxies.move_to_end(key)
            proxy = proxies[key]
        except KeyError:  # there is none, or another thread has just let it go
            pass
        else:
            self._row.pending.places.append(self._hits)
            return proxy
        with self._lock:
            self._row.pending.places.append(self._misses)
            had_to_go = key in proxies.gone
        proxy = make()
        if had_to_go:
            self._note_again()
        with self._lock:
            # Of two threads that missed at the same time the first one's proxy is everybody's;
            # of those that missed before a cleaning, nobody's who comes after it.
            kept = proxies.keep(key, proxy)
            if proxies is self._proxies:
                self._row.numbers[self._count] = len(proxies)
            return kept

    def _note_again(self) -> None:
        """Count a proxy that is made again, and warn now and then if there are many."""
        with self._lock:
            self._row.numbers[self._remade] += 1
            self._again += 1
            now, count = monotonic(), self._again
            is_due = count >= _TOO_MANY and now >= self._warned + _WARNING_PERIOD
            if not is_due or CACHES[self._index] != _COSTLY:
                return
            self._again, self._warned = 0, now
        sentence = "%d device proxies were made again: more than cache_size (%d) are in use"
        _LOG.warning(sentence, count, self._size)

    def look(self) -> None:
        """Drop all if that was asked for in any process since it was done here."""
        cleaning = self._row.rows.cleanings[self._index]
        if cleaning != self._row.numbers[CLEANED + self._index]:
            self.clear(cleaning)

    def clear(self, cleaning: float) -> None:
        """Drop all, and count from zero. cleaning: which one this is."""
        with self._lock:
            self._proxies = _Kept(self._size)
            self._row.note_cleaned(self._index, cleaning)

    def retire(self) -> None:
        """Count elsewhere from now on: another cache takes its place in the row."""
        with self._lock:
            self._row = Rows().take()


class _Kept(OrderedDict[str, Proxy]):
    """Proxies by name, in the order in which they were used, and the names of those that had to go.

    LRUCache does the same in Python; this is asked in each request.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self.gone: LRUCache[str, None] = LRUCache(_REMEMBERED * size)

    def keep(self, name: str, proxy: Proxy) -> Proxy:
        """Keep a proxy unless there is one; return that which is kept."""
        kept = self.setdefault(name, proxy)
        if len(self) > self._size:
            gone, _ = self.popitem(last=False)
            self.gone[gone] = None
        return kept


class Facility:
    """A facility as it is served: its backend seen through the caches."""

    def __init__(
        self, backend: Backend, cache_size: int, row: Row, values: ValueCache | None = None
    ) -> None:
        self._backend = backend
        self.values = values
        """The values that are kept; None where each is read when it is asked for."""
        self.devices: ProxyCache[Device] = ProxyCache(cache_size, row, "devices")
        self.attributes: ProxyCache[Attribute] = ProxyCache(cache_size, row, "attributes")

    @property
    def database(self) -> Database:
        """The facility's database."""
        return self._backend.database

    @property
    def capabilities(self) -> Capabilities:
        """The abilities of its backend."""
        return self._backend.capabilities

    def clock(self) -> float:
        """Return the time of the facility: s since the epoch."""
        return self._backend.clock()

    def device(self, device: str) -> Device:
        """Return the DeviceProxy of domain/family/member. DevFailed: DB_DeviceNotDefined."""
        # rc3: "Implementation must cache Tango proxy objects".
        return self.devices.get(device, lambda: self._backend.get_device_proxy(device))

    def attribute(self, device: str, attribute: str) -> Attribute:
        """Return the AttributeProxy; DevFailed as `device`, never for an unknown attribute."""
        return self.attributes.get(
            f"{device}/{attribute}",
            lambda: self._backend.get_attribute_proxy(self.device(device), attribute),
        )


class Facilities:
    """The facilities that are served, by host and port of their databases.

    Another backend may take the place of one while requests are at work, with empty caches. An
    answer that asks twice takes its facility once.
    """

    def __init__(
        self,
        backend: Backend,
        cache_size: int,
        row: Row | None = None,
        value_ttl: float = 0.0,
        sharing: Sharing | None = None,
    ) -> None:
        """Serve one.

        cache_size: proxies that each of its caches holds at most, and values. row: the figures of
        this process, where it is one of several. value_ttl: s for which a value is kept; 0 keeps
        none. sharing: lets requests share a reading.
        """
        self._cache_size = cache_size
        self.row = row or Rows().take()
        """The figures of this process."""
        self._value_ttl, self._sharing = value_ttl, sharing or Apart()
        self.own = self._served(backend)
        """The one that the settings name."""

    def _served(self, backend: Backend) -> Facility:
        size, row, ttl = self._cache_size, self.row, self._value_ttl
        values = ValueCache(ttl, size, self._sharing, row) if ttl else None
        return Facility(backend, size, row, values)

    def find(self, host: str, port: int) -> Facility:  # noqa: ARG002 - see below
        """Return the facility that a path names."""
        # mtango-py: whatever host and port a path names, they are the own facility's.
        return self.own

    def look(self) -> None:
        """Empty the caches that somebody has cleaned in any process. Before each request."""
        cleaning = self.row.rows.cleanings[VALUES]
        self.own.devices.look()
        self.own.attributes.look()
        # Who has a cache cleaned wants to see what is true now.
        if self.own.values is not None:
            self.own.values.clear()
        self.row.note_cleaned(VALUES, cleaning)

    def forget_values(self) -> None:
        """Forget the values kept in any process: they may have been changed just now."""
        if self._value_ttl:
            self.row.clean(VALUES)
            self.look()

    def replace(self, backend: Backend) -> None:
        """Serve another backend as the own facility from now on, with empty caches."""
        for cache in (self.own.devices, self.own.attributes):
            cache.retire()
        if self.own.values is not None:
            self.own.values.retire()
        self.own = self._served(backend)
        for index, cleaning in enumerate(self.row.rows.cleanings):
            self.row.note_cleaned(index, cleaning)
