"""The one clock of a facility, which can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""The time: s since the epoch."""

FURTHEST = 3.2e9
"""s that a clock can be ahead: a hundred years."""


def started(at: float | None, *, is_stopped: bool) -> Clock:
    """Start a clock.

    at: what it shows first, in s since the epoch; None is the time of this machine. is_stopped:
    it shows that for ever.
    """
    first = time.time() if at is None else at
    if is_stopped:
        return lambda: first
    if at is None:
        return time.time
    # Monotonic: setting the clock of this machine does not move that of the facility.
    begun = time.monotonic()
    return lambda: first + time.monotonic() - begun


class MovableClock:
    """A clock that is ahead of another by so many s as it was moved."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move it on. ValueError if it cannot be moved so far."""
        if not 0 <= seconds <= FURTHEST - self._ahead:
            raise ValueError(
                f"{seconds!r} is not valid; expected seconds from 0 to {FURTHEST:g} in all"
            )
        self._ahead += seconds

    def reset(self) -> None:
        """Undo every movement of the clock."""
        self._ahead = 0.0
