"""Values that move: what the fixture's simulations make of a clock and a seed.

A source gives the value of an attribute at a time. Its values hold for an update period;
the value of each period is drawn from a generator of its own, seeded by (seed, device,
attribute, number of the period). So no state is needed to tell any value, past ones too;
only GaussianSlewLimited remembers its last value, because the slew rate is its very point.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Protocol

from mtango_ref.backends.fake import quantities
from mtango_ref.backends.fake.values import Shape

Draw = Callable[[random.Random, float], Any]
"""The value of one period: from its generator, and the time (s) at which it begins."""


class Source(Protocol):
    """Where an attribute's values come from."""

    def __call__(self, now: float) -> Any:
        """The value at a time (s since the epoch)."""


class Constant:
    """A value that stays."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self, now: float) -> Any:
        return self._value


class Simulated:
    """A drawn value, kept until its update period is over.

    Threads may draw the same period twice, and get equal values: no lock is needed, but
    for a draw that remembers (_Slewing), which is why that one has its own.
    """

    def __init__(self, draw: Draw, update_period: int, seed: str) -> None:
        self._draw = draw
        self._period = update_period / 1000
        self._seed = seed
        self._kept: tuple[int, Any] = (-1, None)

    def __call__(self, now: float) -> Any:
        number = int(now // self._period)
        kept, value = self._kept
        if kept == number:
            return value
        value = self._draw(random.Random(f"{self._seed}/{number}"), number * self._period)
        self._kept = (number, value)
        return value


def source(simulation: quantities.Simulation, shape: Shape, seed: str) -> Source:
    """The source that a fixture's simulation describes, for values of that shape."""
    if isinstance(simulation, quantities.ConstantQuantity):
        return Constant(shape.fit(simulation.start_value))
    draw = _DRAWS[type(simulation)](simulation, shape)
    return Simulated(draw, simulation.update_period, seed)
