"""What alarm and warning limits make of the quality of a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mtango_ref.backends.fake.language import Attribute
from mtango_ref.backends.fake.quantities import NUMBERS
from mtango_ref.model import NOT_SPECIFIED, AttrQuality

QualityOf = Callable[[Any], AttrQuality]

_LEVELS = (
    (AttrQuality.ATTR_ALARM, "min_alarm", "max_alarm"),
    (AttrQuality.ATTR_WARNING, "min_warning", "max_warning"),
)
_NO_LIMIT = float("nan")
"""No number is beyond it."""


def quality_of(attribute: Attribute) -> QualityOf | None:
    """Tells the quality of a value, where the attribute has limits: Tango's alarm begins at
    the limit itself, and one element of a spectrum or an image is enough. Else None."""
    levels = [
        (quality, _limit(attribute, low), _limit(attribute, high))
        for quality, low, high in _LEVELS
        if {getattr(attribute, low), getattr(attribute, high)} != {NOT_SPECIFIED}
    ]
    if not levels or attribute.data_type.value not in NUMBERS:
        return None

    def quality_at(value: Any) -> AttrQuality:
        for quality, low, high in levels:
            if any(element <= low or element >= high for element in _elements(value)):
                return quality
        return AttrQuality.ATTR_VALID

    return quality_at


def _limit(attribute: Attribute, key: str) -> float:
    text = getattr(attribute, key)
    return _NO_LIMIT if text == NOT_SPECIFIED else float(text)


def _elements(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _elements(each)
    else:
        yield value
