"""Breaks of the properties of devices and attributes."""

from __future__ import annotations

from typing import Any

import falcon

from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.http.resources import properties
from mtango_ref.http.resources.properties import Properties
from mtango_ref.model import (
    DevError,
    DevFailed,
    ErrSeverity,
)
from mutants.breaks import (
    Break,
    Mutant,
    after,
    around,
    instead,
    mode,
    put,
    renamed,
)


def _undefined(error: Exception) -> Break:
    """A property that is not defined raises that error."""

    def wrap(original: Any, owned: dict[str, list[str]], name: str) -> tuple[str, list[str]]:
        spelled, values = original(owned, name)
        if not values:
            raise error
        return spelled, values

    return around(properties, "_defined", wrap)


def _listed_as_object(self: Any, _: Any, at: Any) -> Any:
    return self._of_device(at)


_PROPERTIES: dict[str, Break] = {
    "the properties are an object": instead(Properties, "get_list", _listed_as_object),
    "the properties are names alone": instead(
        Rc3, "device_property", lambda self, name, values: name
    ),
    "the properties are lost": instead(
        FakeDatabase, "get_device_property", lambda self, device: {}
    ),
    "a property's values are one text": put(Rc3, "device_property", values=" ".join),
    "a property's values lack the last": put(Rc3, "device_property", values=lambda v: v[:-1]),
    "a property's values are sorted": put(Rc3, "device_property", values=sorted),
    "values is value": renamed(Rc3, "device_property", "values", "value"),
    "names of properties heed case": instead(
        properties, "_defined", lambda owned, name: (name, owned.get(name, []))
    ),
    "a property is named as asked": instead(
        properties,
        "_defined",
        lambda owned, name: (
            name,
            next((values for own, values in owned.items() if own.lower() == name.lower()), []),
        ),
    ),
    "an undefined property is an error": _undefined(
        DevFailed(DevError("DB_NotDefined", "It is not defined", ErrSeverity.ERR, "DataBase"))
    ),
    "an undefined property is 404": _undefined(falcon.HTTPNotFound()),
    "an undefined property has one empty text": after(
        properties, "_defined", lambda found: (found[0], found[1] or [""])
    ),
}


_OF_ATTRIBUTES: dict[str, Break] = {
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
    *(Mutant(name, "properties", break_) for name, break_ in _PROPERTIES.items()),
    *(Mutant(name, "properties", break_) for name, break_ in _OF_ATTRIBUTES.items()),
    *(
        Mutant(name, "properties", break_, "implementation")
        for name, break_ in _IMPLEMENTATION.items()
    ),
]
