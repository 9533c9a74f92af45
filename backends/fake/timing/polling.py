"""The times at which something was polled, by the clock alone: there is no thread."""

from __future__ import annotations

DEPTH = 10
"""Results that Tango keeps by default."""


class Polling:
    """Polling since a time (s since the epoch), every `period` s."""

    def __init__(self, since: float, period: float) -> None:
        self.since, self.period = since, period
        self._besides: tuple[float, ...] = ()

    def last(self, now: float) -> float:
        """Return when it was polled last."""
        last = self.since + self._rounds(now) * self.period
        return max([last, *self._before(now)]) if self._besides else last

    def times(self, now: float) -> list[float]:
        """List the times of the kept results, oldest first; never empty."""
        last = self._rounds(now)
        # cppTango: a ring buffer, whose oldest result gives way. The first poll is at the start.
        times = [self.since + n * self.period for n in range(max(last - DEPTH + 1, 0), last + 1)]
        return sorted({*times, *self._before(now)})[-DEPTH:] if self._besides else times

    def poll(self, now: float) -> None:
        """Poll it now, too."""
        if now not in self._besides:
            self._besides = (*self._besides, now)[-DEPTH:]

    def reset(self) -> None:
        """Forget every polling that was not due."""
        self._besides = ()

    def _before(self, now: float) -> list[float]:
        return [time for time in self._besides if time <= now]

    def _rounds(self, now: float) -> int:
        # A clock that is set back does not undo the first round.
        # In whole ms: 50 s are 500 times 0.1 s, though 50 // 0.1 is 499.
        return max(round((now - self.since) * 1000) // round(self.period * 1000), 0)
