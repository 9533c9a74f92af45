"""The one clock of a facility, which can be moved."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""The time: s since the epoch."""

FURTHEST = 3.2e9
"""s that a clock can be ahead: a hundred years."""


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
                f"{seconds!r} does not fit; expected a number of s from 0 to {FURTHEST:g} in all"
            )
        self._ahead += seconds

    def reset(self) -> None:
        """It never was moved."""
        self._ahead = 0.0
