"""Room for large answers: how much may be made, and wait for clients, at a time."""

from __future__ import annotations

import threading

import falcon

from mtango_ref.figures.metrics import NO_ROOM, UNSENT
from mtango_ref.figures.rows import Row
from mtango_ref.http.failures import RETRY_AFTER


class Room:
    """The bytes that wait in this process for clients, and those of answers that are made."""

    def __init__(self, most: int, row: Row) -> None:
        """Have all of it free. most: bytes. row: where they are counted."""
        self._most = most
        self._row = row
        self._taken = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        """Count so many bytes that wait, or with a minus that wait no more."""
        with self._lock:
            self._note(size)

    def take(self, size: int, whole: int) -> None:
        """Count so many more bytes of an answer that has `whole` of them.

        HTTPServiceUnavailable if there is no room for them.
        """
        with self._lock:
            if self._taken + size <= self._most:
                self._note(size)
                return
            self._row.numbers[NO_ROOM.first] += 1
        # It would not fit later either, so there is no Retry-After.
        if whole > self._most:
            raise falcon.HTTPServiceUnavailable(
                description=f"The answer has about {whole} bytes;"
                f" at most {self._most} may wait for clients (max_unsent)."
            )
        raise falcon.HTTPServiceUnavailable(
            description=f"Too many bytes wait for clients that read slowly; at most {self._most}"
            " may (max_unsent). Ask again in a moment.",
            headers=[RETRY_AFTER],
        )

    def _note(self, size: int) -> None:
        self._taken += size
        self._row.numbers[UNSENT.first] = self._taken
