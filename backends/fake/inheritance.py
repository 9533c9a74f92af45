"""Which class comes from which: a class of a fixture may inherit another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtango_ref.backends.fake import mistakes
from mtango_ref.backends.fake.document import cut

_Bases = dict[str, str | None]


def bases_first(classes: Mapping[str, Any]) -> tuple[_Bases, dict[str, str]]:
    """The classes of a fixture (name -> what is written there) with the class that each of
    them inherits, which stands before them; and what is wrong with some: class -> sentence.
    """
    bases = {name: _base(each) for name, each in classes.items()}
    wrong = {
        name: f"class {base!r} is not defined; {mistakes.hint(base, classes.keys() - {name})}"
        for name, base in bases.items()
        if base is not None and base not in bases
    }
    bases.update(dict.fromkeys(wrong))
    order: _Bases = {}
    for name in classes:
        chain: _Bases = {}
        at: str | None = name
        while at is not None and at not in order:
            if at in chain:
                links = [*chain]
                circle = " -> ".join([links[-1], *links[links.index(at) :]])
                wrong[links[-1]] = f"{cut(circle)} is a circle; expected an end"
                chain[links[-1]] = None
                break
            chain[at] = at = bases[at]
        order.update(reversed(chain.items()))
    return order, wrong


def _base(data: Any) -> str | None:
    base = data.get("inherits") if isinstance(data, dict) else None
    return base if isinstance(base, str) else None
