"""The extensions beyond the operations that read, each switched on by its name."""

from __future__ import annotations

from collections.abc import Iterable

from mtango_ref.messages import did_you_mean

EXTENSIONS = ("writes", "events", "filters", "ranges", "hosts", "auth", "status")
"""The extensions that the swagger files describe."""

AVAILABLE = ("writes", "filters", "ranges", "status")
"""The extensions that this server can switch on."""

ALL = "all"
"""The name for all that are available."""


class ExtensionError(ValueError):
    """An extension that cannot be switched on; the text says which and why."""


def named(names: Iterable[str]) -> tuple[str, ...]:
    """Return each extension of these names once, in their order.

    ExtensionError for a name of none.
    """
    every = [each for name in names for each in (AVAILABLE if name == ALL else (name,))]
    for name in every:
        if name not in EXTENSIONS:
            raise ExtensionError(
                f"there is no extension {name!r}" + did_you_mean(name, (*EXTENSIONS, ALL))
            )
    return tuple(dict.fromkeys(every))


def listed(text: str) -> tuple[str, ...]:
    """Return the extensions that a text lists with commas. ExtensionError for what is none."""
    return named(filter(None, map(str.strip, text.split(","))))
