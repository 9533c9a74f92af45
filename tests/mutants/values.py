"""Breaks of the values of attributes, one or several, and of the failures to read them."""

from __future__ import annotations

import json
from typing import Any

from mtango_ref import json_values, tango_errors
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.proxy import AttributeProxy
from mtango_ref.http import answers, rc3_json
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.http.resources import attributes
from mtango_ref.http.resources.attributes import Attributes
from mtango_ref.model import AttrQuality, DevFailed, ErrSeverity
from mutants.breaks import (
    Break,
    Mutant,
    after,
    answering,
    around,
    header_lost,
    instead,
    lost,
    mode,
    put,
)


def _transposed(value: Any) -> Any:
    image = isinstance(value, list) and value and isinstance(value[0], list)
    return [list(row) for row in zip(*value, strict=True)] if image else value


def _flat(value: Any) -> Any:
    image = isinstance(value, list) and value and isinstance(value[0], list)
    return [each for row in value for each in row] if image else value


def _spectrum(change: Any) -> Any:
    def changed(value: Any) -> Any:
        spectrum = isinstance(value, list) and value and not isinstance(value[0], list)
        return change(value) if spectrum else value

    return changed


def _boolean_by_number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _number_as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _value(change: Any) -> Break:
    return after(rc3_json, "value", change)


def _failed_fails_all(readings: Any) -> Any:
    for reading in readings:
        if reading.err_stack:
            raise DevFailed(*reading.err_stack)
    return readings


def _sorted_by_name(readings: Any) -> Any:
    return sorted(readings, key=lambda reading: reading.name.lower())


def _no_attr_is_null(values: Any) -> Any:
    return values or None


def _not_a_number(reading: Any) -> Any:
    return reading._replace(value=float("nan")) if reading.name == "double_scalar" else reading


_GIVES_NOT_A_NUMBER = after(AttributeProxy, "read", _not_a_number)


def _raw_not_a_number(patch: Any) -> None:
    """What writes JSON writes it as it is."""

    def to_json(body: Any) -> bytes:
        return json.dumps(body, separators=(",", ":")).encode()

    patch.setattr(json_values, "_not_finite", lambda number: number)
    patch.setattr(answers, "to_json", to_json)


def _stack(change: Any) -> Break:
    return put(Rc3, "_failure", errors=change)


def _each(change: Any) -> Any:
    return lambda items: [change(item) for item in items]


def _without(key: str) -> Any:
    return lambda body: {name: each for name, each in body.items() if name != key}


def _lone_value_failure(number: int) -> Break:
    """A failure to read one attribute loses one level of its stack."""

    def change(_: Any, answer: Any) -> Any:
        if b'"Failed to read_attribute on ' not in answer.body:
            return answer
        return answer.rewritten(
            lambda body: body | {"errors": [e for n, e in enumerate(body["errors"]) if n != number]}
        )

    return answering(change)


_VALUE: dict[str, Break] = {
    "the quality is missing": lost(Rc3, "attribute_value", "quality"),
    "the quality is a number": put(
        Rc3, "attribute_value", quality=lambda quality: list(AttrQuality).index(quality)
    ),
    "the quality is VALID": put(
        Rc3, "attribute_value", quality=lambda quality: quality.removeprefix("ATTR_")
    ),
    "the name is missing": lost(Rc3, "attribute_value", "name"),
    "a value has one key too many": put(Rc3, "attribute_value", unit="m"),
    "a value is named as asked": around(
        AttributeProxy, "read", lambda original, self: original(self)._replace(name=self._asked)
    ),
    "timestamps are text": after(Rc3, "timestamp", str),
    "timestamps have a fraction": instead(Rc3, "timestamp", lambda self, time: time + 0.25),
    "timestamps are in ms in strict mode": mode("strict", ticks=1000),
    "timestamps are in minutes": after(Rc3, "timestamp", lambda time: time // 60),
    "the timestamp of a value is the epoch": put(Rc3, "attribute_value", timestamp=0),
    "Last-Modified is lost": header_lost("last-modified"),
    "Last-Modified is in ISO 8601": instead(
        attributes, "_http_date", lambda time: "2026-11-23T07:00:00Z"
    ),
    "Last-Modified is another time than the value's": after(
        attributes, "_http_date", lambda _: "Thu, 01 Jan 1970 00:00:00 GMT"
    ),
    "an image is flattened": _value(_flat),
    "an image is transposed": _value(_transposed),
    "a spectrum is cut": _value(_spectrum(lambda row: row[:-1])),
    "a spectrum is text": _value(_spectrum(str)),
    "a spectrum is backwards": _value(_spectrum(lambda row: row[::-1])),
    "a boolean is a number": _value(_boolean_by_number),
    "a whole number is text": _value(_number_as_text),
    "a value is a list of one": put(
        Rc3, "attribute_value", value=lambda value: value if isinstance(value, list) else [value]
    ),
}


_SEVERAL: dict[str, Break] = {
    "the values of several are sorted by name": after(
        FakeDevice, "read_attributes", _sorted_by_name
    ),
    "a name may come twice": instead(tango_errors, "check_distinct", lambda names: None),
    "one failed value fails all": after(FakeDevice, "read_attributes", _failed_fails_all),
    "failed values are left out": after(
        FakeDevice, "read_attributes", lambda r: [each for each in r if not each.err_stack]
    ),
    "the name of a failed value is null": put(Rc3, "_element_failure", name=None),
    "a failed value says desc in strict mode": mode("strict", element_description="desc"),
    "no attr is null": after(Attributes, "get_values", _no_attr_is_null),
    "several values are an object": after(
        Rc3, "attribute_values", lambda body: {each["name"]: each for each in body}
    ),
}


_FAILURE: dict[str, Break] = {
    "a stack has only its innermost level": _stack(lambda errors: errors[:1]),
    "a stack has only its outermost level": _stack(lambda errors: errors[-1:]),
    "a stack is outermost first": _stack(lambda errors: errors[::-1]),
    "the failure of one value lacks its outer level": _lone_value_failure(1),
    "an error has no origin": _stack(_each(_without("origin"))),
    "the origin is empty": _stack(_each(lambda error: error | {"origin": ""})),
    "the severity is a number": _stack(
        _each(lambda error: error | {"severity": list(ErrSeverity).index(error["severity"])})
    ),
    "the description is its reason": _stack(
        _each(
            lambda error: {
                k: error["reason"] if k == "description" else v for k, v in error.items()
            }
        )
    ),
    "the reason is missing": _stack(_each(_without("reason"))),
    "a failure's quality is ATTR_INVALID": instead(rc3_json, "FAILURE", "ATTR_INVALID"),
    "a failure has no timestamp": lost(Rc3, "_failure", "timestamp"),
    "a failure is one error, not a list": _stack(lambda errors: errors[0]),
}


_OF_NOT_A_NUMBER: dict[str, Break] = {
    "NaN is written as it is": _raw_not_a_number,
    "NaN is null": instead(json_values, "_not_finite", lambda number: None),
    "NaN is nan": instead(json_values, "_not_finite", lambda number: "nan"),
}


_IMPLEMENTATION: dict[str, Break] = {
    "a failure says desc in implementation mode": instead(
        Rc3, "failure", lambda self, errors, time: self._failure(errors, time, "desc")
    ),
    "a failure's timestamp is in seconds in implementation mode": put(
        Rc3, "_failure", timestamp=lambda time: time // 1000
    ),
    "a value's timestamp is in microseconds in implementation mode": put(
        Rc3, "attribute_value", timestamp=lambda time: time * 1000
    ),
}

MUTANTS = [
    *(
        Mutant(name, "attributes", break_)
        for name, break_ in {**_VALUE, **_SEVERAL, **_FAILURE}.items()
    ),
    *(
        Mutant(name, "attributes", break_, "implementation")
        for name, break_ in _IMPLEMENTATION.items()
    ),
    *(
        Mutant(name, "attributes", break_, given=_GIVES_NOT_A_NUMBER)
        for name, break_ in _OF_NOT_A_NUMBER.items()
    ),
]
