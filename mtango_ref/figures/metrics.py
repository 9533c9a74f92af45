"""What is counted: each metric with its labels, and its place in a worker's row of numbers.

Names and units are those of Prometheus' conventions. Every label has a bounded set of values, each
with a place of its own; so no client can make more of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mtango_ref import openapi


class Metric(NamedTuple):
    """One metric. A series of it has one number, or with `bounds` those of a histogram."""

    name: str
    help: str
    kind: str
    """counter, gauge or histogram."""
    labels: tuple[str, ...]
    series: Sequence[tuple[str, ...]]
    """The labels' values, for each series."""
    bounds: tuple[float, ...]
    """Upper bounds of a histogram's buckets in its unit; one more has all that is above."""
    first: int
    """The place of its first number."""

    @property
    def width(self) -> int:
        """Numbers of one series: a count; or one for each bucket, and then the sum."""
        return len(self.bounds) + 2 if self.bounds else 1

    @property
    def places(self) -> range:
        """The places of all its numbers."""
        return range(self.first, self.first + len(self.series) * self.width)

    def place(self, *values: str) -> int:
        """Find the first number of a series. ValueError if there is none with these values."""
        return self.first + self.series.index(values) * self.width


class _Layout:
    """The places that are taken."""

    def __init__(self) -> None:
        self.size = 0
        self.metrics: list[Metric] = []

    def numbers(self, count: int) -> int:
        """Take places for numbers that no metric shows."""
        self.size += count
        return self.size - count

    def metric(
        self,
        kind: str,
        name: str,
        help_: str,
        labels: tuple[str, ...] = (),
        series: Sequence[tuple[str, ...]] = ((),),
        bounds: tuple[float, ...] = (),
    ) -> Metric:
        metric = Metric(name, help_, kind, labels, series, bounds, self.size)
        self.size += len(metric.places)
        self.metrics.append(metric)
        return metric


_LAYOUT = _Layout()

CACHES = ("devices", "attributes")
"""The caches of proxies."""
_EACH_CACHE = [(cache,) for cache in CACHES]

CLEANINGS = _LAYOUT.numbers(1)
"""Cleanings that a worker has asked for."""
CLEANED = _LAYOUT.numbers(len(CACHES))
"""The last cleaning that a worker has made, for each of CACHES."""
HITS_BEFORE = _LAYOUT.numbers(len(CACHES))
"""Hits before that cleaning."""
MISSES_BEFORE = _LAYOUT.numbers(len(CACHES))
"""Misses before it."""
CACHE_HITS = _LAYOUT.metric(
    "counter",
    "mtango_proxy_cache_hits_total",
    "Requests for a proxy that was there.",
    ("cache",),
    _EACH_CACHE,
)
CACHE_MISSES = _LAYOUT.metric(
    "counter",
    "mtango_proxy_cache_misses_total",
    "Requests for a proxy that had to be made.",
    ("cache",),
    _EACH_CACHE,
)
CACHE_REMADE = _LAYOUT.metric(
    "counter",
    "mtango_proxy_cache_remade_total",
    "Proxies made again because the cache had been too small to keep them.",
    ("cache",),
    _EACH_CACHE,
)
CACHE_PROXIES = _LAYOUT.metric(
    "gauge", "mtango_proxy_cache_proxies", "Proxies kept.", ("cache",), _EACH_CACHE
)
CACHE_SIZE = _LAYOUT.metric(
    "gauge",
    "mtango_proxy_cache_max_proxies",
    "Proxies that may be kept: cache_size of each worker.",
    ("cache",),
    _EACH_CACHE,
)

STATUSES = (
    *("200", "204", "302", "304", "400", "401", "403", "404", "405", "408", "413", "414", "415"),
    *("429", "431", "500", "501", "503", "504", "other"),
)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "other")
NO_OPERATION = "none"
"""All that is no operation: pages, files, unknown paths, methods that are not defined."""


def _endpoints() -> Iterator[tuple[str, str]]:
    for operation in openapi.operations():
        yield operation.operation_id, operation.method
        if operation.method == "GET":
            yield operation.operation_id, "HEAD"
    yield from ((NO_OPERATION, method) for method in METHODS)


ENDPOINTS = list(_endpoints())
"""(operation, method) of all that is answered."""
_OPERATIONS = [(operation,) for operation in dict.fromkeys(each for each, _ in ENDPOINTS)]

REQUEST_SECONDS = _LAYOUT.metric(
    "histogram",
    "mtango_http_request_duration_seconds",
    "Time from the first byte of a request until its answer was ready.",
    ("operation",),
    _OPERATIONS,
    (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
REQUESTS = _LAYOUT.metric(
    "counter",
    "mtango_http_requests_total",
    "Requests answered.",
    ("operation", "method", "status"),
    [(*endpoint, status) for endpoint in ENDPOINTS for status in STATUSES],
)
BEGUN = _LAYOUT.numbers(1)
"""Requests begun."""
ANSWERED = _LAYOUT.numbers(1)
"""Those of them that have been answered."""
LOST = _LAYOUT.numbers(1)
"""Requests that a worker had begun and not answered when it died."""

BEGAN_AT = _LAYOUT.numbers(1)
"""When the first process of a row began, in s since the epoch by the facility's clock."""
USAGE_FIELDS = (
    *("ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt"),
    *("ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv"),
    *("ru_nsignals", "ru_nvcsw", "ru_nivcsw"),
)
"""The fields of getrusage(2), in its order."""
USAGE = _LAYOUT.numbers(len(USAGE_FIELDS))
"""The first of these figures."""

ROW = _LAYOUT.size
"""Numbers of one worker."""
METRICS = tuple(_LAYOUT.metrics)
