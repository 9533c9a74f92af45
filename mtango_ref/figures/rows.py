"""Numbers that workers share: each writes a row of its own, and all read all of them.

They lie in memory that a parent makes before it forks its workers, and in no file: no folder can
be full, read-only, or left over from another run. No lock is held across processes, so nobody
waits for a worker that was killed. That needs two rules:

- A row has one writer, the process that took it, and there each number has one lock: `Row.lock`,
  or that of the cache which it is about. A number is 8 bytes, aligned, and written at once.
- Of the head, the parent alone writes the restarts. A cleaning is a number that no other cleaning
  has, and not a count; each worker looks if it is the last one that it has made. So of two that
  are asked for at the same time it does not matter which one stays.
"""

from __future__ import annotations

import mmap
import threading
import time
from collections.abc import Sequence

from mtango_ref.figures.answers import answered
from mtango_ref.figures.metrics import (
    ACCEPTS,
    BEGUN,
    CACHE_HITS,
    CACHE_MISSES,
    CACHE_PROXIES,
    CACHES,
    CLEANABLE,
    CLEANED,
    CLEANINGS,
    CONNECTIONS,
    HITS_BEFORE,
    LOST,
    METRICS,
    MISSES_BEFORE,
    ROW,
    TAKEN,
    TURNED,
    USAGE,
    USAGE_FIELDS,
    WORKERS,
)
from mtango_ref.messages import StartError

_RESTARTS = CLEANABLE
_HEAD = _RESTARTS + 1
_PEAK = USAGE_FIELDS.index("ru_maxrss")
_BYTES = 8


class Rows:
    """The rows of all workers."""

    def __init__(self, workers: int = 1) -> None:
        """Make a row for each of so many workers, all zero. StartError if there is no memory."""
        self.began_at = time.time()
        """s since the epoch."""
        numbers = memoryview(_shared(_BYTES * (_HEAD + workers * ROW))).cast("d")
        self._head = numbers[:_HEAD]
        self.cleanings = self._head[:CLEANABLE]
        """The last cleaning of each cache that somebody asked for."""
        starts = range(_HEAD, _HEAD + workers * ROW, ROW)
        self.numbers: Sequence[memoryview[float]] = [numbers[at : at + ROW] for at in starts]
        """The row of each worker."""

    @property
    def restarts(self) -> int:
        """Workers that were started in the place of one that died."""
        return int(self._head[_RESTARTS])

    def count_restart(self) -> None:
        """Count one more. Only the parent may."""
        self._head[_RESTARTS] += 1

    def take(self, index: int = 0) -> Row:
        """Take a row over, in the process that writes it from now on."""
        self.leave(index)
        return Row(self, index)

    def leave(self, index: int) -> None:
        """Keep what a process has counted that has ended, and forget what was true of it.

        For the parent, and for the process that takes the row.
        """
        numbers = self.numbers[index]
        for metric in METRICS:
            if metric.kind == "gauge":
                for place in metric.places:
                    numbers[place] = 0.0
        numbers[ACCEPTS] = 0.0
        numbers[LOST] = numbers[BEGUN] - answered(numbers)

    def taken(self) -> Sequence[memoryview[float]]:
        """List the numbers of each row that a process has ever taken."""
        return [row for row in self.numbers if row[TAKEN]]

    def lend(self, index: int) -> None:
        """Lend a row to a worker that is about to start. Only the parent may."""
        self.numbers[index][TURNED] = time.monotonic()

    def turned(self, index: int) -> float:
        """Return when the loop of a worker last turned, in s by the monotonic clock."""
        return self.numbers[index][TURNED]

    def fewest_connections(self) -> float:
        """Return how many connections the worker with the fewest has, of those that take more."""
        return min((row[CONNECTIONS.first] for row in self.numbers if row[ACCEPTS]), default=0.0)

    def total(self, place: int) -> float:
        """Add up a number of all workers."""
        return sum(row[place] for row in self.numbers)

    def answered(self) -> int:
        """Count the requests that all workers have answered."""
        return sum(map(answered, self.taken()))

    def cleaned(self, cache: int) -> Sequence[memoryview[float]]:
        """List the rows whose cache is in use: the others have to clean it before they do."""
        cleaning = self.cleanings[cache]
        return [row for row in self.taken() if row[CLEANED + cache] == cleaning]


def _shared(size: int) -> mmap.mmap:
    """Take so many bytes that processes forked from now on share; no file has them."""
    try:
        return mmap.mmap(-1, size)
    except OSError as error:
        raise StartError(
            f"The figures of the workers need {size >> 10} KiB of shared memory: {error.strerror}."
        ) from error


class Pending(threading.local):
    """The counts that a thread makes for its request, as soon as that is answered.

    So a run of a request that is given up, and run again, counts for nothing.
    """

    def __init__(self) -> None:
        self.places: list[int] = []
        """The places of the numbers that grow by one."""


class Row:
    """The numbers of this process, which goes on where one before it ended."""

    def __init__(self, rows: Rows, index: int) -> None:
        self.rows = rows
        self.numbers = rows.numbers[index]
        self.numbers[TAKEN] += 1
        self.numbers[WORKERS.first] = 1
        self.lock = threading.Lock()
        self.pending = Pending()
        self._index = index
        # As bytes they are compared at once.
        self.asked_cleanings = rows.cleanings.cast("B")
        self.made_cleanings = self.numbers[CLEANED : CLEANED + CLEANABLE].cast("B")
        self._used_before = self.numbers[USAGE : USAGE + len(USAGE_FIELDS)].tolist()
        for cache, cleaning in enumerate(rows.cleanings):
            if cleaning != self.numbers[CLEANED + cache]:
                self.note_cleaned(cache, cleaning)

    def add(self, place: int, amount: float = 1.0) -> None:
        """Add to a number."""
        with self.lock:
            self.numbers[place] += amount

    def turn(self, connections: int) -> None:
        """Note that the loop turns, and its open connections. Only the thread that leads may."""
        self.numbers[TURNED] = time.monotonic()
        self.numbers[CONNECTIONS.first] = connections
        self.numbers[ACCEPTS] = 1.0

    def accept_no_more(self) -> None:
        """Note that this worker takes no more connections."""
        self.numbers[ACCEPTS] = 0.0

    def clean(self, cache: int) -> None:
        """Have a cache cleaned by each worker, before it begins with another request."""
        with self.lock:
            self.numbers[CLEANINGS] += 1
            count = self.numbers[CLEANINGS]
            self.rows.cleanings[cache] = count * len(self.rows.numbers) + self._index

    def note_cleaned(self, cache: int, cleaning: float) -> None:
        """Note which cleaning has emptied a cache here; one of CACHES counts from zero.

        The lock of the cache is held.
        """
        numbers = self.numbers
        numbers[CLEANED + cache] = cleaning
        if cache >= len(CACHES):
            return
        numbers[CACHE_PROXIES.first + cache] = 0.0
        numbers[HITS_BEFORE + cache] = numbers[CACHE_HITS.first + cache]
        numbers[MISSES_BEFORE + cache] = numbers[CACHE_MISSES.first + cache]

    def use(self, used: Sequence[float]) -> None:
        """Note the figures of getrusage(2) of this process, by USAGE_FIELDS."""
        with self.lock:
            for field, (before, figure) in enumerate(zip(self._used_before, used, strict=True)):
                both = max(before, figure) if field == _PEAK else before + figure
                self.numbers[USAGE + field] = both
