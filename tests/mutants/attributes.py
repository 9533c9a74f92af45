"""Breaks of attributes: links, configuration, history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.proxy import AttributeProxy
from mtango_ref.http import attribute_info
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.http.resources.facet import Facet
from mtango_ref.model import AttributeInfoEx, CmdArgType, DevFailed
from mutants.breaks import (
    Break,
    Mutant,
    after,
    around,
    forgiving,
    instead,
    lost,
    mode,
    put,
    refusing,
    renamed,
)


def _shouted(self: Any, at: dict[str, Any]) -> DevFailed | None:
    name = at["attribute"]
    return DevFailed(tango_errors.attribute_not_found(name)) if name == name.upper() else None


def _named_as_asked(patch: Any) -> None:
    config = FakeDevice._config
    patch.setattr(
        FakeDevice, "_config", lambda self, asked: replace(config(self, asked), name=asked)
    )


def _unknown_skipped(original: Any, self: Any, names: list[str]) -> Any:
    known = {name.lower() for name in self.get_attribute_list()}
    return original(self, [name for name in names if name.lower() in known])


_LINKS: dict[str, Break] = {
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
    "an unknown attribute has links": forgiving(
        AttributeProxy,
        "get_config",
        lambda self: AttributeInfoEx(self._asked, CmdArgType.DevDouble),
    ),
    "names of attributes heed case": refusing(Facet, "attribute", _shouted),
}


_CONFIGURATION: dict[str, Break] = {
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
    "delta_t of alarms is missing": lost(attribute_info, "alarms", "delta_t"),
    "per_event's period is a number": put(
        attribute_info, "events", per_event=lambda event: event | {"period": int(event["period"])}
    ),
    "arch_event has Tango's long names": put(
        attribute_info,
        "events",
        arch_event=lambda e: {k if k == "extensions" else f"archive_{k}": v for k, v in e.items()},
    ),
    "unknown attributes are left out of several infos": around(
        FakeDevice, "get_attribute_config", _unknown_skipped
    ),
    "several infos are sorted by name": after(
        FakeDevice, "get_attribute_config", lambda infos: sorted(infos, key=lambda i: i.name)
    ),
}


_HISTORY: dict[str, Break] = {
    "history is newest first": after(AttributeProxy, "history", lambda past: past[::-1]),
    "history is empty": after(AttributeProxy, "history", lambda past: []),
    "history is the last reading alone": after(AttributeProxy, "history", lambda past: past[-1:]),
    "the history of what is not polled is empty": forgiving(
        AttributeProxy, "history", lambda self: []
    ),
    "history has values alone": after(
        Rc3, "attribute_history", lambda past: [each.get("value") for each in past]
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
}


MUTANTS = [
    *(
        Mutant(name, "attributes", break_)
        for name, break_ in {**_LINKS, **_CONFIGURATION, **_HISTORY}.items()
    ),
    *(
        Mutant(name, "attributes", break_, "implementation")
        for name, break_ in _IMPLEMENTATION.items()
    ),
]
