"""The figures of the server: counted in each of its processes, read and cleaned for all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from time import monotonic
from typing import Any, NamedTuple

from falcon import http_status_to_code

from mtango_ref.figures.answers import (
    BUCKETS,
    METHODS,
    NO_OPERATION,
    STATUSES,
    Kind,
    record_of,
)
from mtango_ref.figures.exposition import exposition
from mtango_ref.figures.metrics import (
    ANSWER_BOUNDS,
    BEGAN_AT,
    BEGUN,
    CACHE_HITS,
    CACHE_MISSES,
    CACHE_PROXIES,
    CACHE_SIZE,
    CACHES,
    HITS_BEFORE,
    MISSES_BEFORE,
    USAGE,
    USAGE_FIELDS,
)
from mtango_ref.figures.rows import Rows
from mtango_ref.http.facilities import Facilities
from mtango_ref.http.usage import as_json, used

_USAGE_TURN = 1.0
"""s after which a process notes anew what it has used."""


class CacheInfo(NamedTuple):
    """The figures that /sys/cache shows: counts of proxies and of requests for one."""

    hits: int
    misses: int
    currsize: int
    maxsize: int


class Totals(NamedTuple):
    """Figures at one moment, of all processes together."""

    requests: int
    """Requests begun; the one that asks is among them."""
    responses: int
    """Answers given."""
    caches: Mapping[str, CacheInfo]
    """Figures of the proxy caches, by CACHES."""
    usage: Mapping[str, Any]
    """Times in s, memory in KiB, as getrusage(2) has them; sums, that of the memory's peaks too."""


class Figures:
    """The figures of the server, as one of its processes counts and reads them."""

    def __init__(
        self, facilities: Facilities, operations: Mapping[tuple[str | None, str], str]
    ) -> None:
        """Begin to count. operations: their ids by template, as Falcon has it, and method."""
        self._facilities = facilities
        self._row = row = facilities.row
        self._numbers, self._lock, self._pending = row.numbers, row.lock, row.pending
        self._operations = operations
        self._records: dict[tuple[str | None, str, Any], int] = {}
        """The records in which answers are counted, by template, method and status."""
        self._usage_due = 0.0
        if not self._row.numbers[BEGAN_AT]:
            self._row.numbers[BEGAN_AT] = facilities.own.clock()

    @property
    def running_since(self) -> float:
        """The time at which the first process began, s since the epoch, of the facility's clock."""
        return min(began for row in self._row.rows.numbers if (began := row[BEGAN_AT]))

    def begin(self, is_first: bool) -> None:
        """Count a request that begins; what has been cleaned before, it does not see.

        is_first: False where it is run again.
        """
        if not is_first:
            self._pending.places.clear()
            return
        if self._row.made_cleanings != self._row.asked_cleanings:
            self._facilities.look()
        # `with` takes half as long again.
        self._lock.acquire()
        self._numbers[BEGUN] += 1
        self._lock.release()

    def end(self, template: str | None, method: str, status: Any, began: float) -> None:
        """Count an answer. status: as Falcon has it; began: when, by the monotonic clock."""
        record = self._records.get((template, method, status))
        if record is None:
            record = self._record(template, method, status)
        now = monotonic()
        took = now - began
        bucket = record + bisect_left(ANSWER_BOUNDS, took)
        numbers, pending = self._numbers, self._pending.places
        self._lock.acquire()
        numbers[bucket] += 1
        numbers[record + BUCKETS] += took
        for place in pending:
            numbers[place] += 1
        self._lock.release()
        pending.clear()
        if now >= self._usage_due:
            self._usage_due = now + _USAGE_TURN
            self._note_usage()

    def operation(self, template: str | None, method: str) -> str:
        """Return the id of an operation; NO_OPERATION of what is none."""
        # RFC 9110, 9.3.2: HEAD is GET but for the content.
        defined = "GET" if method == "HEAD" else method
        return self._operations.get((template, defined), NO_OPERATION)

    def _record(self, template: str | None, method: str, status: Any) -> int:
        # RFC 9110, 9.1: a method is any token. Each would have a record of its own, without end.
        known = method if method in METHODS else "other"
        operation = self.operation(template, method)
        code = str(http_status_to_code(status))
        kind = Kind(operation, known, code if code in STATUSES else "other")
        with self._row.lock:
            record = record_of(self._row.numbers, kind)
        if known == method:  # others have no end
            self._records[template, method, status] = record
        return record

    def totals(self) -> Totals:
        """Add up the figures of all processes."""
        self._note_usage()
        rows = self._row.rows
        # The answers first: meanwhile others begin and answer.
        responses = rows.answered()
        return Totals(
            int(rows.total(BEGUN)),
            responses,
            {cache: _cache_info(rows, index) for index, cache in enumerate(CACHES)},
            as_json([rows.total(USAGE + field) for field in range(len(USAGE_FIELDS))]),
        )

    def exposition(self, build: Mapping[str, str]) -> bytes:
        """Write the totals for Prometheus. build: what this server is, as labels."""
        self._note_usage()
        return exposition(self._row.rows, build)

    def _note_usage(self) -> None:
        self._row.use(used())

    def clean(self, cache: str) -> None:
        """Empty one of CACHES: in each process, for what it begins after this returns."""
        self._row.clean(CACHES.index(cache))
        self._facilities.look()


def _cache_info(rows: Rows, index: int) -> CacheInfo:
    """Add up the figures of a cache; one that has to be cleaned yet is empty."""
    cleaned = rows.cleaned(index)
    # What is subtracted first: meanwhile others count.
    hits = sum(-row[HITS_BEFORE + index] + row[CACHE_HITS.first + index] for row in cleaned)
    misses = sum(-row[MISSES_BEFORE + index] + row[CACHE_MISSES.first + index] for row in cleaned)
    count = sum(row[CACHE_PROXIES.first + index] for row in cleaned)
    return CacheInfo(int(hits), int(misses), int(count), int(rows.total(CACHE_SIZE.first + index)))
