"""States that follow each other by the clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from mtango_ref.backends.fake.timing.sources import Source, constant
from mtango_ref.fixture.language import TimedState
from mtango_ref.model import DevState


def scheduled(states: Sequence[TimedState], since: float) -> Source:
    """Return the state at a time (s since the epoch), one after the other, for ever."""
    if len(states) == 1:
        return constant(states[0].state)
    ends = list(accumulate(each.lasts for each in states))

    def state_at(time: float) -> DevState:
        # Rounding can make it all of the last end.
        return states[bisect_right(ends, (time - since) % ends[-1]) % len(states)].state

    return state_at
