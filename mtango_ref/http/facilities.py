"""The facilities that are served, each with LRU caches of proxies that all requests share."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache

from mtango_ref.interface import Attribute, Backend, Capabilities, Database, Device
from mtango_ref.names import lower

Proxy = TypeVar("Proxy")


class CacheInfo(NamedTuple):
    """What /sys/cache shows: counts of proxies and of requests for one."""

    hits: int
    misses: int
    currsize: int
    maxsize: int


class ProxyCache(Generic[Proxy]):
    """At most `size` proxies by name, whatever its case; the least recently used one goes."""

    def __init__(self, size: int) -> None:
        self._proxies: LRUCache[str, Proxy] = LRUCache(size)
        self._lock = Lock()
        self._hits = self._misses = 0

    def get(self, name: str, make: Callable[[], Proxy]) -> Proxy:
        """Return the proxy of that name; make it outside the lock if there is none.

        So a slow device holds up nobody else. What `make` raises is raised, and nothing is kept.
        """
        key = lower(name)
        with self._lock:
            if key in self._proxies:
                self._hits += 1
                return self._proxies[key]
            self._misses += 1
        proxy = make()
        with self._lock:
            # Of two threads that missed at the same time the first one's proxy is everybody's.
            return self._proxies.setdefault(key, proxy)

    def clear(self) -> None:
        """Drop all, and count from zero."""
        with self._lock:
            self._proxies.clear()
            self._hits = self._misses = 0

    def info(self) -> CacheInfo:
        """Return the figures now."""
        with self._lock:
            return CacheInfo(
                self._hits, self._misses, len(self._proxies), int(self._proxies.maxsize)
            )


class Facility:
    """A facility as it is served: its backend seen through the two caches."""

    def __init__(self, backend: Backend, cache_size: int) -> None:
        self._backend = backend
        self.devices: ProxyCache[Device] = ProxyCache(cache_size)
        self.attributes: ProxyCache[Attribute] = ProxyCache(cache_size)

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

    def __init__(self, backend: Backend, cache_size: int) -> None:
        """Serve one. cache_size: proxies that each of its caches holds at most."""
        self._cache_size = cache_size
        self.own = Facility(backend, cache_size)
        """The one that the settings name."""

    def find(self, host: str, port: int) -> Facility:  # noqa: ARG002 - see below
        """Return the facility that a path names."""
        # mtango-py: whatever host and port a path names, they are the own facility's.
        return self.own

    def replace(self, backend: Backend) -> None:
        """Serve another backend as the own facility from now on."""
        self.own = Facility(backend, self._cache_size)
