"""When a polled attribute or command was polled, told by the clock alone: there is no thread."""

from __future__ import annotations

from typing import NamedTuple

DEPTH = 10
"""How many results Tango keeps unless told otherwise."""


class Polling(NamedTuple):
    """Polling since a time (s since the epoch), every `period` s."""

    since: float
    period: float

    def last(self, now: float) -> float:
        """When it was polled last."""
        return self.since + self._rounds(now) * self.period

    def times(self, now: float) -> list[float]:
        """When what is kept was polled, oldest first; never empty."""
        last = self._rounds(now)
        return [self.since + n * self.period for n in range(max(last - DEPTH + 1, 0), last + 1)]

    def _rounds(self, now: float) -> int:
        # A clock that is set back does not undo the first round.
        return max(int((now - self.since) // self.period), 0)
