"""Changes of an attribute's configuration, as Tango makes them.

cppTango, Attribute::set_properties: all is checked before anything is changed; what the database
keeps for the next start is a property for each that has not its default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mtango_ref.fixture.language import BUILT_IN_ATTRIBUTES
from mtango_ref.model import (
    NOT_SPECIFIED,
    AttributeInfoEx,
    CmdArgType,
    DevError,
    DevFailed,
    ErrSeverity,
)
from mtango_ref.names import lower
from mtango_ref.properties import Properties
from mtango_ref.tango_types import CONFIGURATION, INTEGERS, NUMBERS, own_defaults

Stored = dict[str, Sequence[str]]
"""Properties in the database, with their lines; none for one that is deleted."""

_RESET = frozenset({"", "nan", "not specified"})
"""Words, in lower case, that give an element its default."""
_TEXTS = frozenset({"description", "label", "unit", "standard_unit", "display_unit", "format"})
_PATHS = {
    **{each: each for each in (*_TEXTS, "min_value", "max_value", "enum_labels")},
    **{
        f"{limit}_{what}": f"alarms.{limit}_{what}"
        for limit in ("min", "max")
        for what in ("alarm", "warning")
    },
    "delta_t": "alarms.delta_t",
    "delta_val": "alarms.delta_val",
    "rel_change": "events.ch_event.rel_change",
    "abs_change": "events.ch_event.abs_change",
    "period": "events.per_event.period",
    **{
        f"archive_{each}": f"events.arch_event.archive_{each}"
        for each in ("rel_change", "abs_change", "period")
    },
}
"""Elements, and their paths."""
_PAIRS = tuple(
    (f"{where}min_{what}", f"{where}max_{what}")
    for where, what in (("", "value"), ("alarms.", "alarm"), ("alarms.", "warning"))
)
# cppTango reads it with a C++ stream: blanks may go before a number, and nothing after it.
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PROPERTY = {"period": "event_period"}
"""Elements whose property has another name."""


class Configuring:
    """A change of one attribute's configuration."""

    def __init__(self, device: str, config: AttributeInfoEx, first: AttributeInfoEx) -> None:
        """first: the configuration that the device's class gave it."""
        self._device = device
        self._was = config
        self._defaults = {
            **CONFIGURATION,
            **own_defaults(config.name, config.data_type, config.writable),
        }
        self._first = {key: element(first, path) for key, path in _PATHS.items()}

    def make(self, changes: Mapping[str, Any]) -> tuple[AttributeInfoEx, Stored]:
        """Return the configuration after it, and what the database keeps. DevFailed."""
        config, stored = self._was, Stored()
        # cppTango: State and Status have no other configuration than the periods of events.
        is_built_in = config.name in BUILT_IN_ATTRIBUTES
        for path, given in changes.items():
            key = path.rpartition(".")[2]
            if is_built_in and not key.endswith("period"):
                continue
            text = self._convert(key, given)
            if text is not None:
                config = changed(config, path, text)
                stored[_PROPERTY.get(key, key)] = self._lines(key, text)
        config = self._rewritten(config)
        self._check(config)
        if "delta_t" in stored or "delta_val" in stored:
            # cppTango: of these two one without the other is kept nowhere.
            deltas = {key: getattr(config.alarms, key) for key in ("delta_t", "delta_val")}
            whole = NOT_SPECIFIED not in deltas.values()
            for key, text in deltas.items():
                if whole:
                    stored[key] = [text]
                elif text != NOT_SPECIFIED:
                    stored.pop(key, None)
        return config, stored

    def _rewritten(self, config: AttributeInfoEx) -> AttributeInfoEx:
        """Return the configuration with its limits as Tango writes them down."""
        # cppTango: a client sends all elements, given or not, and reads limits as doubles.
        limits = [path for pair in _PAIRS for path in pair]
        for path in limits if config.data_type in INTEGERS else ():
            text = element(config, path)
            if text != NOT_SPECIFIED:
                config = changed(config, path, _whole(float(text)))
        return config

    def _convert(self, key: str, given: Any) -> Any:
        """Return an element as Tango keeps it; None where it takes no notice of it."""
        data_type = self._was.data_type
        if key == "enum_labels":
            # cppTango: only a DevEnum has labels; those of others it ignores.
            return self._labels(given) if data_type is CmdArgType.DevEnum else None
        if key in _TEXTS:
            return self._default(key, given) if lower(given) in _RESET else given
        if key.endswith("period"):
            # cppTango keeps periods as whole ms.
            origin = "Attribute::set_one_event_period()"
            return self._number(key, given, lambda number: str(int(number)), origin)
        if key.endswith("_change"):
            # cppTango ignores the criteria and deltas of what is no number.
            return self._criterion(key, given) if data_type in NUMBERS else None
        if key.startswith("delta_"):
            return self._delta(key, given) if data_type in NUMBERS else None
        if data_type not in NUMBERS and data_type is not CmdArgType.DevEncoded:
            # cppTango: it refuses limits and alarms of these types, and ignores their warnings.
            if lower(given) in _RESET or key.endswith("_warning"):
                return None
            raise self._refused(
                f"The property {key} is not settable for the attribute data type",
                "Attribute::set_one_alarm_prop()",
            )
        form = _whole if data_type in INTEGERS else None
        return self._number(key, given, form, "Attribute::convert_prop_value()")

    def _default(self, key: str, word: str) -> Any:
        # cppTango: these words mean Tango's own default; the others, that of the class.
        is_own = lower(word) == lower(NOT_SPECIFIED)
        return self._defaults[key] if is_own else self._first[key]

    def _delta(self, key: str, given: str) -> str:
        # cppTango: delta_t is in ms, whatever the attribute is; delta_val is a value of it.
        is_whole = key == "delta_t" or self._was.data_type in INTEGERS
        form = _whole if is_whole else None
        text = self._number(key, given, form, "Attribute::set_rds_prop_val")
        return NOT_SPECIFIED if text == "0" else text

    def _number(
        self, key: str, given: str, form: Callable[[float], str] | None, origin: str
    ) -> str:
        if lower(given) in _RESET:
            return str(self._default(key, given))
        if not _is_number(given):
            raise self._malformed(key, origin)
        return given if form is None else form(float(given))

    def _criterion(self, key: str, given: str) -> str:
        if lower(given) in _RESET:
            return str(self._default(key, given))
        # cppTango: one criterion for both directions, or two of which the signs do not count.
        numbers = given.split(",")
        if len(numbers) > 2 or not all(map(_is_number, numbers)):
            raise self._malformed(key, "Attribute::validate_change_properties()")
        texts = [f"{abs(float(each)):.15g}" for each in numbers]
        return NOT_SPECIFIED if texts == ["0"] else ",".join(texts)

    def _labels(self, given: Sequence[str]) -> tuple[str, ...]:
        origin = "void Tango::Attribute::set_prop_5_specific(const Tango::AttributeConfig_5&)"
        if not given:
            desc = f"Device {self._device}- Attribute : {self._was.name}- "
            desc += "No value defined for the property enum_labels"
            raise DevFailed(DevError("API_AttrOptProp", desc, ErrSeverity.ERR, origin))
        if len(given) != len(self._was.enum_labels):
            sentence = "It's not supported to change enumeration labels number from outside the"
            sentence += " Tango device class code"
            raise self._refused(sentence, origin, "API_NotSupportedFeature")
        # cppTango: the first one decides.
        if lower(given[0]) in ("", "nan"):
            return tuple(self._first["enum_labels"])
        for label, after in pairwise(sorted(given)):
            if label == after:
                desc = f"Enumeration for attribute {self._was.name} has two similar labels"
                desc += f" ({label}, {after})"
                origin = "void Tango::Attribute::build_check_enum_labels(const string&)"
                raise DevFailed(DevError("API_AttrOptProp", desc, ErrSeverity.ERR, origin))
        return tuple(given)

    def _lines(self, key: str, text: Any) -> Sequence[str]:
        if text == self._first[key]:
            return ()
        if key == "enum_labels":
            return list(text)
        if not key.endswith("_change") or text == NOT_SPECIFIED:
            return [text]
        # cppTango: the lower criterion and the upper one.
        low, _, high = text.partition(",")
        return [f"-{low}", high or low]

    def _check(self, config: AttributeInfoEx) -> None:
        # cppTango: when all is set, so that a minimum and its maximum can move at once.
        for pair in _PAIRS:
            low, high = (element(config, path) for path in pair)
            if NOT_SPECIFIED in (low, high) or float(low) < float(high):
                continue
            lower, upper = (path.rpartition(".")[2] for path in pair)
            sentence = f"Value of {lower} is greater than or equal to {upper}"
            origin = "Attribute::set_upd_properties()"
            raise self._refused(sentence, origin, "API_IncoherentValues")

    def _malformed(self, key: str, origin: str) -> DevFailed:
        name = _PROPERTY.get(key, key)
        return self._refused(f"The property {name} is defined in an unsupported format", origin)

    def _refused(self, sentence: str, origin: str, reason: str = "API_AttrOptProp") -> DevFailed:
        desc = f"Device {self._device}-> Attribute : {self._was.name}\n{sentence}"
        return DevFailed(DevError(reason, desc, ErrSeverity.ERR, origin))


def _is_number(text: str) -> bool:
    # cppTango reads it with a stream, which fails for what is beyond a double.
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _whole(number: float) -> str:
    return str(int(number))


def stored_changes(properties: Properties) -> dict[str, Any]:
    """Return what properties of an attribute say of its configuration; see Configuring.make."""
    names = {_PROPERTY.get(key, key): path for key, path in _PATHS.items()}
    known = {
        names[key]: lines for name, lines in properties.items() if (key := lower(name)) in names
    }
    return {
        # The database keeps the two numbers of a criterion as two lines.
        path: [*lines] if path == "enum_labels" else ",".join(lines)
        for path, lines in known.items()
    }


def element(config: Any, path: str) -> Any:
    """Return an element of a configuration by its path, such as alarms.max_alarm."""
    for key in path.split("."):
        config = getattr(config, key)
    return config


def changed(config: Any, path: str, given: Any) -> Any:
    """Return a configuration with another element."""
    key, _, rest = path.partition(".")
    inner = changed(getattr(config, key), rest, given) if rest else given
    after = replace(config, **{key: inner})
    # Tango has these two limits twice: in AttributeInfo, and in the alarms of AttributeInfoEx.
    if path in ("alarms.min_alarm", "alarms.max_alarm"):
        after = replace(after, **{rest: given})
    return after
