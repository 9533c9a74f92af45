"""The two modes of rc3, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """Where the rc3 text and the original Java server differ."""

    ticks: int
    """Timestamps are whole 1/ticks s since the epoch."""
    attribute_links: tuple[str, ...]
    """Which of an attribute's `_links` there are."""
    element_description: str
    """The key of an error's description inside a multi-read."""
    properties_listed: bool
    """An attribute's properties are a list of names instead of an object with values."""
    dated_commands: bool
    """A command's history has timestamps."""


MODES = {
    "strict": Mode(
        ticks=1,
        attribute_links=("_device", "_parent", "_self"),
        element_description="description",
        properties_listed=False,
        dated_commands=True,
    ),
    "implementation": Mode(
        ticks=1000,
        attribute_links=("_self",),
        element_description="desc",
        properties_listed=True,
        dated_commands=False,
    ),
}
