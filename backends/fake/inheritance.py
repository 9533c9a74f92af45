"""Which class comes from which: a class of a fixture may inherit another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_Bases = dict[str, str | None]


def bases_first(classes: Mapping[str, Any]) -> tuple[_Bases, dict[str, list[str]]]:
    """The classes of a fixture (name -> what is written there) with the class that each of
    them inherits, be it known or not; a known one stands before them. And the circles, by
    the class that closes one, which comes without its base.
    """
    bases = {name: _base(each) for name, each in classes.items()}
    order: _Bases = {}
    circles: dict[str, list[str]] = {}
    for name in classes:
        chain: _Bases = {}
        at: str | None = name
        while at is not None and at in bases and at not in order:
            if at in chain:
                links = [*chain]
                circles[links[-1]] = [links[-1], *links[links.index(at) :]]
                chain[links[-1]] = None
                break
            base = bases[at]
            chain[at] = base
            at = base
        order.update(reversed(chain.items()))
    return order, circles


def _base(data: Any) -> str | None:
    base = data.get("inherits") if isinstance(data, dict) else None
    return base if isinstance(base, str) else None
