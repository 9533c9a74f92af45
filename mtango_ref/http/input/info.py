"""The elements of an attribute's configuration that a request gives new values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import falcon

from mtango_ref.http.attribute_info import configuration
from mtango_ref.http.input.bodies import given_body
from mtango_ref.messages import cut, listed, shown
from mtango_ref.model import AttributeInfoEx, DevError, DevFailed, ErrSeverity
from mtango_ref.tango_types import INTEGERS

Changes = dict[str, Any]
"""The elements that change: texts, or a list of them, by their paths in the model."""

_ELEMENTS = {
    **{
        each: each
        for each in (
            *("description", "label", "unit", "standard_unit", "display_unit", "format"),
            *("min_value", "max_value"),
        )
    },
    # rc3 has these two at two places, as Tango's AttributeInfoEx.
    "min_alarm": "alarms.min_alarm",
    "max_alarm": "alarms.max_alarm",
    **{
        f"alarms.{each}": f"alarms.{each}"
        for each in (
            *("min_alarm", "max_alarm", "min_warning", "max_warning", "delta_t", "delta_val"),
        )
    },
    "events.ch_event.rel_change": "events.ch_event.rel_change",
    "events.ch_event.abs_change": "events.ch_event.abs_change",
    "events.per_event.period": "events.per_event.period",
    "events.arch_event.rel_change": "events.arch_event.archive_rel_change",
    "events.arch_event.abs_change": "events.arch_event.archive_abs_change",
    "events.arch_event.period": "events.arch_event.archive_period",
    "enum_label": "enum_labels",
}
"""The elements that can be changed, by their place in rc3's info: their place in the model."""

_WORDS = ("description", "label", "unit", "format")
_LIMITS = ("_value", "_alarm", "_warning", "delta_val")
# cppTango keeps a period in an int, and what is beyond that becomes another number.
_TIMES = ("period", "delta_t")
_LARGEST_TIME = 2**31 - 1


def given_info(req: falcon.Request) -> dict[str, Any]:
    """Read the body, an object as GET gives it, or a part of one. 400, 415."""
    body = given_body(req)
    if body is None:
        raise _bad("There is no body; what is to be changed of the info is expected.")
    info = body.json
    if not isinstance(info, dict):
        raise _bad(f"The body is {shown(info)}; an object, as GET gives it, is expected.")
    return info


def changes(info: AttributeInfoEx, given: Mapping[str, Any]) -> Changes:
    """List what is to be another value than it is. DevFailed, with all places, for what there is
    not, cannot be changed, or is to be two things at once."""
    whole = configuration(info)
    present = dict(_leaves(whole))
    there = dict(_leaves(given, whole))
    unknown = [place for place in there if place not in present]
    others = {
        place: each for place, each in there.items() if place in present and each != present[place]
    }
    fixed = [place for place in others if place not in _ELEMENTS]
    sentences = []
    if unknown:
        sentences.append(f"it has no {listed([*map(cut, unknown)])}")
    if fixed:
        # cppTango, Attribute::check_hard_coded_properties: its words of one.
        sentences.append(f"{listed(fixed)} cannot be changed at run time")
    if sentences:
        reason = "API_AttrOptProp" if unknown else "API_AttrNotAllowed"
        raise _refused(info, reason, "; ".join(sentences))
    found: Changes = {}
    for place, each in others.items():
        text, path = _text(info, place, each), _ELEMENTS[place]
        if text == present[place]:
            continue
        if found.setdefault(path, text) != text:
            sentence = f"{place} is given as {shown(text)}, and elsewhere as {shown(found[path])}"
            raise _refused(info, "API_IncoherentValues", sentence)
    return found


def _leaves(
    node: Mapping[str, Any], whole: Any = None, above: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield what is no object, with its place. An object of which `whole` has something else, or
    nothing, is yielded, too, if it is empty: its place is wrong."""
    for key, each in node.items():
        part = whole.get(key) if isinstance(whole, dict) else None
        if isinstance(each, dict) and (each or isinstance(part, dict)):
            yield from _leaves(each, part, f"{above}{key}.")
        else:
            yield f"{above}{key}", [*each] if isinstance(each, tuple) else each


def _text(info: AttributeInfoEx, place: str, given: Any) -> Any:
    if place == "enum_label":
        return _labels(info, given)
    # Tango's limits are texts; JSON's numbers are as good, but for what people read.
    if type(given) in (int, float) and place not in _WORDS:
        given = str(given)
    if not isinstance(given, str) or "\0" in given:
        sentence = f"{place} is {shown(given)}; text without NUL is expected"
        raise _refused(info, "API_AttrOptProp", sentence)
    key = place.rpartition(".")[2]
    if key in _TIMES:
        _check_range(info, place, given, -_LARGEST_TIME - 1, _LARGEST_TIME)
    elif key.endswith(_LIMITS) and info.data_type in INTEGERS:
        _, least, largest = INTEGERS[info.data_type]
        _check_range(info, place, given, least, largest)
    return given


def _labels(info: AttributeInfoEx, given: Any) -> list[str]:
    # cppTango: the labels are one text in the configuration, in which a comma ends each.
    if isinstance(given, list) and all(
        isinstance(each, str) and not {",", "\0"} & {*each} for each in given
    ):
        return given
    sentence = f"enum_label is {shown(given)}; a list of texts without commas and NUL is expected"
    raise _refused(info, "API_AttrOptProp", sentence)


def _check_range(
    info: AttributeInfoEx, place: str, given: str, least: float, largest: float
) -> None:
    """Refuse a number that Tango would take for another one, as it is cut to its type."""
    try:
        number = float(given)
    except ValueError:
        return  # Tango itself refuses it
    if math.isfinite(number) and not least <= number <= largest:
        # cppTango reads the limits of integers as doubles: 2^64 - 1 is 2^64 then.
        read = "" if _is_beyond(given, least, largest) else f", which Tango reads as {number:.0f}"
        sentence = f"{place} is {cut(given)}{read}; a number in {least}..{largest} is expected"
        raise _refused(info, "API_AttrOptProp", sentence)


def _is_beyond(given: str, least: float, largest: float) -> bool:
    """Return True if the number itself, before it is a double, is beyond a range."""
    return not least <= Decimal(given.strip()) <= largest


def _refused(info: AttributeInfoEx, reason: str, sentence: str) -> DevFailed:
    desc = f"Configuration of {info.name}: {sentence}"
    return DevFailed(DevError(reason, desc, ErrSeverity.ERR, "mtango-ref"))


def _bad(description: str) -> falcon.HTTPBadRequest:
    return falcon.HTTPBadRequest(description=description)
