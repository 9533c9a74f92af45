"""Changes that no client waits for: rc3's `async=true`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

from mtango_ref.calls import TooManyWait

_LOG = logging.getLogger(__name__)

_THREADS = 4
_MOST = 100
"""Changes at a time; one more is refused."""


class Later:
    """Makes changes in threads of its own, a few at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        """Made when it is needed: a fork takes no threads along."""
        self._pending: set[Future[Any]] = set()

    def make(self, change: Callable[[], Any]) -> None:
        """Have a change made some time soon. TooManyWait if there are many before it."""
        with self._lock:
            if len(self._pending) >= _MOST:
                raise TooManyWait
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_THREADS, "later")
            # rc3, "async": "returns immediately with empty response", so another thread makes it.
            future = self._pool.submit(change)
            self._pending.add(future)
        future.add_done_callback(self._done)

    def _done(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)

    def finish(self, timeout: float) -> None:
        """Wait for the changes that are still to be made, at most so many s."""
        with self._lock:
            pending = [*self._pending]
        if pending and (left := wait(pending, timeout).not_done):
            _LOG.warning("%d changes with async=true did not finish in %g s", len(left), timeout)
