"""Properties of devices and attributes, on both backends and in both modes."""

from __future__ import annotations

import pytest

from conftest import Rest
from rest_answers import DEAD, UNKNOWN, D

DEVICE_PROPERTIES = {
    "polled_attr": ["double_scalar", "500", "state", "500"],
}
PROPERTIES = f"{D}/attributes/double_scalar/properties"


def test_list_has_every_property(both: Rest) -> None:
    assert both.body(f"{D}/properties") == [
        {"name": name, "values": values} for name, values in DEVICE_PROPERTIES.items()
    ]


@pytest.mark.parametrize("name", ["polled_attr", "POLLED_attr"])
def test_property_has_its_lines(both: Rest, name: str) -> None:
    assert both.body(f"{D}/properties/{name}") == {
        "name": "polled_attr",
        "values": DEVICE_PROPERTIES["polled_attr"],
    }


@pytest.mark.parametrize("name", ["nope", "a:b#c", "..", "x" * 10_000])
def test_undefined_property_is_empty(both: Rest, name: str) -> None:
    """ "A property or attribute property that is not defined is empty, not an error." """
    path = f"{D}/properties/{name}".replace("#", "%23")
    assert both.body(path) == {"name": name, "values": []}


@pytest.mark.parametrize("device", [UNKNOWN, DEAD])
def test_device_without_properties_has_an_empty_list(both: Rest, device: str) -> None:
    """The Tango database says so of devices that it does not know, too."""
    assert both.body(f"{device}/properties") == []
    assert both.body(f"{device}/properties/polled_attr") == {"name": "polled_attr", "values": []}


def test_attribute_list_has_every_property(both: Rest) -> None:
    expected: object = {"my_attribute_property": ["hello"]}
    if both.settings.rc3_mode == "implementation":
        expected = [{"name": "my_attribute_property", "_empty": False}]
    assert both.body(PROPERTIES) == expected
    assert both.body(PROPERTIES.replace("double_scalar", "DOUBLE_SCALAR")) == expected


def test_attribute_property_has_its_lines(both: Rest) -> None:
    expected = {"my_attribute_property": ["hello"]}
    assert both.body(f"{PROPERTIES}/my_attribute_property") == expected
    assert both.body(f"{PROPERTIES}/MY_ATTRIBUTE_PROPERTY") == expected


def test_undefined_attribute_property_is_empty(both: Rest) -> None:
    assert both.body(f"{PROPERTIES}/nope") == {"nope": []}


@pytest.mark.parametrize("path", [f"{D}/attributes/nope", f"{UNKNOWN}/attributes/State"])
def test_unknown_attribute_has_no_properties(both: Rest, path: str) -> None:
    empty: object = {} if both.settings.rc3_mode == "strict" else []
    assert both.body(f"{path}/properties") == empty
    assert both.body(f"{path}/properties/p") == {"p": []}
