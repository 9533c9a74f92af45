"""The metrics: each with its labels, and its place in a worker's row of numbers.

Names and units are those of Prometheus' conventions. Every label has a bounded set of values, each
with a place of its own; so no client can make more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


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

TAKEN = _LAYOUT.numbers(1)
"""Processes that have taken the row."""
WORKERS = _LAYOUT.metric("gauge", "mtango_workers", "Processes that answer.")

CACHES = ("devices", "attributes")
"""The caches of proxies."""
_EACH_CACHE = [(cache,) for cache in CACHES]

VALUES = len(CACHES)
"""The number of the cache of values, which is cleaned as they are."""
CLEANABLE = VALUES + 1
"""Caches that can be cleaned: CACHES, and that of values."""

CLEANINGS = _LAYOUT.numbers(1)
"""Cleanings that a worker has asked for."""
CLEANED = _LAYOUT.numbers(CLEANABLE)
"""The last cleaning that a worker has made, for each of them."""
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

VALUE_SOURCES = ("kept", "shared", "read")
VALUE_READS = _LAYOUT.metric(
    "counter",
    "mtango_value_reads_total",
    "Requests for a value while value_ttl is on: where it came from.",
    ("source",),
    [(source,) for source in VALUE_SOURCES],
)
VALUES_KEPT = _LAYOUT.metric("gauge", "mtango_values_kept", "Values kept for value_ttl.")
VALUE_BYTES = _LAYOUT.metric("gauge", "mtango_values_kept_bytes", "Size of these values.")

REFUSED = ("400", "413", "414", "431", "500", "501", "503", "other")
"""Statuses of what the server refuses by itself."""
REFUSALS = _LAYOUT.metric(
    "counter",
    "mtango_http_refusals_total",
    "Requests refused before they reached an operation: malformed, too long, or too many.",
    ("status",),
    [(status,) for status in REFUSED],
)
BEGUN = _LAYOUT.numbers(1)
"""Requests begun."""
LOST = _LAYOUT.numbers(1)
"""Requests that a worker had begun and not answered when it died."""

TARGETS = ("device", "database")
REASONS = (
    *("API_AttrNotAllowed", "API_AttrNotFound", "API_AttrNotPolled", "API_AttrOptProp"),
    "API_AttributeFailed",
    *("API_AttrValueNotSet", "API_CantConnectToDatabase", "API_CantConnectToDevice"),
    *("API_CmdArgumentTypeNotSupported", "API_CmdNotPolled", "API_CommandFailed"),
    *("API_CommandNotAllowed", "API_CommandNotFound", "API_CorbaException"),
    *("API_DeviceLocked", "API_DeviceNotExported", "API_DeviceTimedOut"),
    *("API_IncompatibleCmdArgumentType", "API_InvalidArgs", "API_InvalidCorbaAny"),
    *("API_IncoherentValues", "API_PipeNotFound", "DB_DeviceNotDefined"),
    *("DB_IncorrectArguments", "DB_SQLError", "other"),
)
"""Tango's own reasons; a device server may raise any other."""
_EACH_REASON = [(reason,) for reason in REASONS]

FAILURES = _LAYOUT.metric(
    "counter",
    "mtango_tango_failures_total",
    "Failures of Tango that were answered, by the innermost reason.",
    ("reason",),
    _EACH_REASON,
)
CALL_SECONDS = _LAYOUT.metric(
    "histogram",
    "mtango_tango_call_duration_seconds",
    "Time that a call to Tango took; an overdue one counts until it was given up.",
    ("target",),
    [(target,) for target in TARGETS],
    (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0),
)
CALL_ERRORS = _LAYOUT.metric(
    "counter",
    "mtango_tango_call_errors_total",
    "Calls to Tango that failed, by the innermost reason.",
    ("reason",),
    _EACH_REASON,
)
CALLS_HANGING = _LAYOUT.metric(
    "gauge", "mtango_tango_calls_hanging", "Calls that were given up and have not returned yet."
)
OVERDUE = _LAYOUT.metric(
    "counter", "mtango_tango_calls_overdue_total", "Calls given up because they took too long."
)
DROPPED = _LAYOUT.metric(
    "counter",
    "mtango_tango_results_dropped_total",
    "Results of calls that returned when they had been given up.",
)
REQUESTS_WAITING = _LAYOUT.metric(
    "gauge", "mtango_requests_waiting", "Requests that wait for their turn at a device."
)
ASIDE = _LAYOUT.metric(
    "counter",
    "mtango_requests_set_aside_total",
    "Requests that had to wait for their turn at a device, each time that one did.",
)

BEGAN_AT = _LAYOUT.numbers(1)
"""The start of the first process of a row, in s since the epoch by the facility's clock."""
USAGE_FIELDS = (
    *("ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt"),
    *("ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv"),
    *("ru_nsignals", "ru_nvcsw", "ru_nivcsw"),
)
"""The fields of getrusage(2), in its order."""
USAGE = _LAYOUT.numbers(len(USAGE_FIELDS))
"""The first of these figures."""

CONNECTIONS = _LAYOUT.metric("gauge", "mtango_http_connections", "Open connections.")
UNSENT = _LAYOUT.metric(
    "gauge",
    "mtango_http_unsent_bytes",
    "Bytes of answers that wait for their clients, and of large ones that are being made.",
)
NO_ROOM = _LAYOUT.metric(
    "counter",
    "mtango_http_no_room_total",
    "Large answers that were 503, as too many bytes waited for clients.",
)
ACCEPTS = _LAYOUT.numbers(1)
"""1 while a worker takes connections."""
TURNED = _LAYOUT.numbers(1)
"""The last turn of a worker's loop, in s by the monotonic clock."""

ANSWER_BOUNDS = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
"""Upper bounds of the times that answers take, s."""
RECORD = 1 + len(ANSWER_BOUNDS) + 1 + 1
"""Numbers of a kind of answers: which one it is, a count for each bucket, the sum of the times."""
RECORDS = 4096
"""Kinds of answers, and more than there can be; memory is taken for those that come."""
# At the end, so that what each request writes lies together.
ANSWERS = _LAYOUT.numbers(RECORDS * RECORD)
"""The first of these numbers; see answers.py."""

ROW = _LAYOUT.size
"""Numbers of one worker."""
METRICS = tuple(_LAYOUT.metrics)


def refusal_place(status: int) -> int:
    """Find the place of a status in REFUSALS."""
    return REFUSALS.place(str(status) if str(status) in REFUSED else "other")


def reason_place(metric: Metric, reason: str) -> int:
    """Find the place of a reason in a metric; `other` has all that Tango does not know."""
    return metric.first + _REASON_NUMBERS.get(reason, len(REASONS) - 1)


_REASON_NUMBERS = {reason: number for number, reason in enumerate(REASONS)}
