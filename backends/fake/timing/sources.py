"""Values by the clock: what the fixture's simulations make of a time and a seed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from mtango_ref.fixture.quantities import Draw, Quantity
from mtango_ref.fixture.values import Shape

Source = Callable[[float], Any]
"""The value at a time (s since the epoch)."""


def constant(value: Any) -> Source:
    """Make the source of a value that stays."""
    return lambda _: value


def source(simulation: Quantity, shape: Shape, seed: str, since: float) -> Source:
    """Make the source that a fixture's simulation describes, for values of a shape.

    since: when the facility began to run, in s since the epoch.
    """
    draw = simulation.draw(shape, seed)
    return held(draw, simulation.update_period, since if simulation.since_start else 0)


def held(draw: Draw, period: int, since: float) -> Source:
    """Hold a drawn value until its period (ms) is over; all threads see the same.

    Periods are counted from `since`, in s since the epoch.
    """
    kept: tuple[int | None, Any] = (None, None)
    drawing = Lock()

    def value_at(now: float) -> Any:
        nonlocal kept
        # In whole ms: what is polled each period is to have each value once.
        wanted = round((now - since) * 1000) // period
        number, value = kept
        if number == wanted:
            return value
        # One thread draws: a second draw for the same period would be another value.
        with drawing:
            number, value = kept
            if number != wanted:
                value = draw(wanted)
                kept = (wanted, value)
        return value

    return value_at
