"""The alarms of an attribute: the quality of its value, and a line of the Status."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, le
from typing import Any, NamedTuple

from mtango_ref.fixture.language import Attribute
from mtango_ref.model import NOT_SPECIFIED, AttrQuality, AttrWriteType
from mtango_ref.refusals import elements
from mtango_ref.tango_types import NUMBERS


class Breach(NamedTuple):
    """A limit that a value has reached: Tango's alarm begins at the limit itself."""

    quality: AttrQuality
    text: str


Guard = Callable[[Any], Breach | None]
"""The first limit that a value has reached, with one of its elements at least."""

# cppTango, Attribute::check_alarm: the alarms before the warnings, the lower limit before the upper
# one, and a value equal to its limit has reached it.
_LIMITS = (
    ("min_alarm", le, Breach(AttrQuality.ATTR_ALARM, "Alarm : Value too low for")),
    ("max_alarm", ge, Breach(AttrQuality.ATTR_ALARM, "Alarm : Value too high for")),
    ("min_warning", le, Breach(AttrQuality.ATTR_WARNING, "Warning : Value too low for")),
    ("max_warning", ge, Breach(AttrQuality.ATTR_WARNING, "Warning : Value too high for")),
)
ALARM_LIMITS = tuple(name for name, *_ in _LIMITS)


# cppTango, MultiAttribute::add_alarmed_quality_factor: these words, then the label.
_QUALITY_LINES = {
    AttrQuality.ATTR_ALARM: "Alarm : Quality factor set to ALARM",
    AttrQuality.ATTR_WARNING: "Warning : Quality factor set to WARNING",
}


def guard(attribute: Attribute) -> Guard | None:
    """Make the guard of an attribute; None if it is no readable number with limits."""
    limits = [
        (float(text), is_beyond, breach)
        for key, is_beyond, breach in _LIMITS
        if (text := getattr(attribute, key)) != NOT_SPECIFIED
    ]
    # cppTango, Attribute::check_alarm: only ATTR_VALID is checked, so that no quality which the
    # device set itself is overwritten.
    is_valid = attribute.quality is AttrQuality.ATTR_VALID
    if not (limits and is_valid and _is_read(attribute) and attribute.data_type in NUMBERS):
        return None

    def breach_of(value: Any) -> Breach | None:
        for limit, is_beyond, breach in limits:
            # cppTango: one element of a spectrum or image is enough, and a NaN is beyond no limit.
            if any(is_beyond(element, limit) for element in elements(value)):
                return breach
        return None

    return breach_of


def quality_line(name: str, attribute: Attribute) -> str | None:
    """Return the line of the Status for an attribute whose device sets its own alarms.

    Empty if the attribute has limits; None for any other attribute. Tango begins to say it at the
    first reading of the attribute, the fake at the start.
    """
    if attribute.quality not in _QUALITY_LINES or not _is_read(attribute):
        return None
    # cppTango: an attribute with limits is in the list of alarmed attributes, for which Status has
    # the lines of _LIMITS; it says "Quality factor set to" of the others alone.
    has_limits = any(getattr(attribute, key) != NOT_SPECIFIED for key, *_ in _LIMITS)
    words = _QUALITY_LINES[attribute.quality]
    return "" if has_limits else f"{words} for attribute {attribute.label or name}"


def _is_read(attribute: Attribute) -> bool:
    return attribute.writable is not AttrWriteType.WRITE and attribute.raises is None
