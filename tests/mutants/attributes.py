"""Breaks of attributes: links, values, configuration, history, properties."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mtango_ref import representations, values
from mtango_ref.backends.fake import errors
from mtango_ref.backends.fake.attributes import AttributeProxy, UnknownAttributeProxy
from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device import FakeDevice
from mtango_ref.model import AttributeInfoEx, AttrQuality, CmdArgType, DevFailed, ErrSeverity
from mtango_ref.representations import Rc3
from mtango_ref.resources import attributes, properties
from mtango_ref.resources.attributes import Attributes
from mtango_ref.resources.facet import Facet
from mutants.breaks import (
    Break,
    Mutant,
    after,
    answering,
    forgiving,
    header_lost,
    instead,
    lost,
    mode,
    put,
    refusing,
    renamed,
)


def _shouted(self: Any, at: dict[str, Any]) -> DevFailed | None:
    name = at["attribute"]
    return DevFailed(errors.attribute_not_found(name)) if name == name.upper() else None


def _named_as_asked(patch: Any) -> None:
    patch.setattr(
        AttributeProxy, "get_config", lambda self: replace(self._attribute.config, name=self._asked)
    )


def _value_named_as_asked(patch: Any) -> None:
    original = AttributeProxy.read
    patch.setattr(AttributeProxy, "read", lambda self: original(self)._replace(name=self._asked))


def _failed_fails_all(readings: Any) -> Any:
    for reading in readings:
        if reading.err_stack:
            raise DevFailed(*reading.err_stack)
    return readings


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
    return after(representations, "value", change)


def _stack(change: Any) -> Break:
    return put(Rc3, "_failure", errors=change)


def _each(change: Any) -> Any:
    return lambda items: [change(item) for item in items]


def _without(key: str) -> Any:
    return lambda body: {name: each for name, each in body.items() if name != key}


def _raw_not_a_number(patch: Any) -> None:
    """The device gives NaN; what writes JSON writes it as it is."""
    original = AttributeProxy.read

    def read(self: Any) -> Any:
        reading = original(self)
        scalar = isinstance(reading.value, float)
        return reading._replace(value=float("nan")) if scalar else reading

    def to_json(body: Any) -> bytes:
        return json.dumps(body, separators=(",", ":")).encode()

    patch.setattr(AttributeProxy, "read", read)
    patch.setattr(values, "_not_finite", lambda number: number)
    patch.setattr(attributes, "to_json", to_json)


def _no_attr_is_null(patch: Any) -> None:
    original = Attributes.on_get_values

    def changed(self: Any, req: Any, resp: Any, **at: Any) -> None:
        original(self, req, resp, **at)
        if resp.data == b"[]":
            resp.data = b"null"

    patch.setattr(Attributes, "on_get_values", changed)


def _unknown_skipped(patch: Any) -> None:
    original = FakeDevice.get_attribute_config
    patch.setattr(
        FakeDevice,
        "get_attribute_config",
        lambda self, names: original(
            self,
            [n for n in names if n.lower() in {each.lower() for each in self.get_attribute_list()}],
        ),
    )


def _sorted_by_name(readings: Any) -> Any:
    return sorted(readings, key=lambda reading: reading.name.lower())


def _lone_value_failure(number: int) -> Break:
    """A failure to read one attribute loses one level of its stack."""

    def change(_: Any, answer: Any) -> Any:
        if b'"Failed to read_attribute on ' not in answer.body:
            return answer
        return answer.rewritten(
            lambda body: body | {"errors": [e for n, e in enumerate(body["errors"]) if n != number]}
        )

    return answering(change)


_BREAKS: dict[str, Break] = {
    # links
    "the last attribute is not listed": after(FakeDevice, "get_attribute_list", lambda n: n[:-1]),
    "the attributes are sorted by name": after(FakeDevice, "get_attribute_list", sorted),
    "the attributes are names alone": instead(Rc3, "attribute", lambda self, name, device: name),
    "an attribute has only _self": mode("strict", attribute_links=("_self",)),
    "the parent of an attribute is the device": put(
        Rc3, "attribute", _links=lambda links: links | {"_parent": links.get("_device")}
    ),
    "an attribute has no link to its history": lost(Rc3, "attribute", "history"),
    "an attribute's info links to its value": put(
        Rc3, "attribute", info=lambda href: href.removesuffix("info") + "value"
    ),
    "an attribute is named as asked": _named_as_asked,
    "an unknown attribute has links": instead(
        UnknownAttributeProxy,
        "get_config",
        lambda self: AttributeInfoEx(self._asked, CmdArgType.DevDouble),
    ),
    "names of attributes heed case": refusing(Facet, "attribute", _shouted),
    # one value
    "the quality is missing": lost(Rc3, "attribute_value", "quality"),
    "the quality is a number": put(
        Rc3, "attribute_value", quality=lambda quality: list(AttrQuality).index(quality)
    ),
    "the quality is VALID": put(
        Rc3, "attribute_value", quality=lambda quality: quality.removeprefix("ATTR_")
    ),
    "the name is missing": lost(Rc3, "attribute_value", "name"),
    "a value has one key too many": put(Rc3, "attribute_value", unit="m"),
    "a value is named as asked": _value_named_as_asked,
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
    "NaN is written as it is": _raw_not_a_number,
    # failures
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
    "a failure's quality is ATTR_INVALID": instead(representations, "FAILURE", "ATTR_INVALID"),
    "a failure has no timestamp": lost(Rc3, "_failure", "timestamp"),
    "a failure is one error, not a list": _stack(lambda errors: errors[0]),
    # several values
    "the values of several are sorted by name": after(
        FakeDevice, "read_attributes", _sorted_by_name
    ),
    "a name may come twice": instead(errors, "check_distinct", lambda names: None),
    "one failed value fails all": after(FakeDevice, "read_attributes", _failed_fails_all),
    "failed values are left out": after(
        FakeDevice, "read_attributes", lambda r: [each for each in r if not each.err_stack]
    ),
    "the name of a failed value is null": put(Rc3, "_element_failure", name=None),
    "a failed value says desc in strict mode": mode("strict", element_description="desc"),
    "no attr is null": _no_attr_is_null,
    "several values are an object": after(
        Rc3, "attribute_values", lambda body: {each["name"]: each for each in body}
    ),
    # configuration
    "level is disp_level": renamed(Rc3, "attribute_info", "level", "disp_level"),
    "enum_label is enum_labels": renamed(Rc3, "attribute_info", "enum_label", "enum_labels"),
    "memorized is a boolean": put(Rc3, "attribute_info", memorized=False),
    "memorized is NONE": put(Rc3, "attribute_info", memorized="NONE"),
    "isMemorized is missing": lost(Rc3, "attribute_info", "isMemorized"),
    "isSetAtInit is true": put(Rc3, "attribute_info", isSetAtInit=True),
    "an unset limit is null": put(
        Rc3, "attribute_info", min_value=lambda limit: None if limit == "Not specified" else limit
    ),
    "max_dim_y of a scalar is 1": put(Rc3, "attribute_info", max_dim_y=lambda y: y or 1),
    "the data type is a number": put(
        Rc3, "attribute_info", data_type=lambda kind: list(CmdArgType).index(kind)
    ),
    "the data type is upper case": put(Rc3, "attribute_info", data_type=lambda k: k.upper()),
    "the data format is missing": lost(Rc3, "attribute_info", "data_format"),
    "writable is a boolean": put(Rc3, "attribute_info", writable=lambda kind: kind != "READ"),
    "the unit is null": put(Rc3, "attribute_info", unit=None),
    "the label is missing": lost(Rc3, "attribute_info", "label"),
    "extensions are missing": lost(Rc3, "attribute_info", "extensions"),
    "alarms are missing": lost(Rc3, "attribute_info", "alarms"),
    "delta_t of alarms is missing": lost(Rc3, "_alarms", "delta_t"),
    "per_event's period is a number": put(
        Rc3, "_events", per_event=lambda event: event | {"period": int(event["period"])}
    ),
    "arch_event has Tango's long names": put(
        Rc3,
        "_events",
        arch_event=lambda e: {k if k == "extensions" else f"archive_{k}": v for k, v in e.items()},
    ),
    "unknown attributes are left out of several infos": _unknown_skipped,
    "several infos are sorted by name": after(
        FakeDevice, "get_attribute_config", lambda infos: sorted(infos, key=lambda i: i.name)
    ),
    # history
    "history is newest first": after(AttributeProxy, "history", lambda past: past[::-1]),
    "history is empty": after(AttributeProxy, "history", lambda past: []),
    "history is the last reading alone": after(AttributeProxy, "history", lambda past: past[-1:]),
    "the history of what is not polled is empty": forgiving(
        AttributeProxy, "history", lambda self: []
    ),
    "history has values alone": after(
        Rc3, "attribute_history", lambda past: [each.get("value") for each in past]
    ),
    # properties
    "attribute properties are listed in strict mode": mode("strict", properties_listed=True),
    "an attribute property is text": instead(
        FakeDatabase,
        "get_device_attribute_property",
        lambda self, device, attribute: {"my_attribute_property": "hello"},
    ),
    "an undefined attribute property is null": after(
        properties, "_defined", lambda found: (found[0], found[1] or None)
    ),
    "attribute properties are lost": instead(
        FakeDatabase, "get_device_attribute_property", lambda self, device, attribute: {}
    ),
}

_IMPLEMENTATION: dict[str, Break] = {
    "timestamps are in seconds in implementation mode": mode("implementation", ticks=1),
    "an attribute has strict's _links in implementation mode": mode(
        "implementation", attribute_links=("_device", "_parent", "_self")
    ),
    "a failed value says description in implementation mode": mode(
        "implementation", element_description="description"
    ),
    "attribute properties are strict's in implementation mode": mode(
        "implementation", properties_listed=False
    ),
    "_empty is true": after(
        Rc3, "attribute_properties", lambda body: [each | {"_empty": True} for each in body]
    ),
    "_empty is missing": after(
        Rc3, "attribute_properties", lambda body: [{"name": each["name"]} for each in body]
    ),
}

MUTANTS = [
    *(Mutant(name, "attributes", break_) for name, break_ in _BREAKS.items()),
    *(
        Mutant(name, "attributes", break_, "implementation")
        for name, break_ in _IMPLEMENTATION.items()
    ),
]
