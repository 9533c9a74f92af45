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
    properties_replaced: bool
    """What writes all properties of a device deletes those that it does not name."""
    properties_created: bool
    """What adds properties answers 201, and where they are."""
    dated_commands: bool
    """A command's history has timestamps."""
    raw_arguments: bool
    """The body for a command that takes a DevString is its text, in quotes or not; for one that
    takes nothing it is ignored."""


MODES = {
    "strict": Mode(
        ticks=1,
        attribute_links=("_device", "_parent", "_self"),
        element_description="description",
        properties_listed=False,
        properties_replaced=True,
        properties_created=True,
        dated_commands=True,
        raw_arguments=False,
    ),
    "implementation": Mode(
        # TangORB: times are whole milliseconds.
        ticks=1000,
        # The Java server links an attribute with itself alone.
        attribute_links=("_self",),
        # Of a multi-read it writes TangORB's DevError, field by field, whose text is `desc`.
        element_description="desc",
        # It lists TangORB's DbDatum as JSON sees them, {name, _empty}, without values.
        properties_listed=True,
        # PUT and POST are the same there: they add.
        properties_replaced=False,
        properties_created=False,
        # Its records are CommandResults, which have no time.
        dated_commands=False,
        # It looks at the type of the argument first, and then at the body.
        raw_arguments=True,
    ),
}
