"""States that follow each other by the clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from mtango_ref.backends.fake.simulation import Source, constant
from mtango_ref.fixture.language import Spell
from mtango_ref.model import DevState


def scheduled(spells: Sequence[Spell], since: float) -> Source:
    """Return the state at a time (s since the epoch), one spell after the other, for ever."""
    if len(spells) == 1:
        return constant(spells[0].state)
    ends = list(accumulate(spell.lasts for spell in spells))

    def state_at(time: float) -> DevState:
        # Rounding can make it all of the last end.
        return spells[bisect_right(ends, (time - since) % ends[-1]) % len(spells)].state

    return state_at
