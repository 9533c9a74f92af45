"""Names are Tango's; those that no database is asked for are listed and not defined."""

from __future__ import annotations

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.fixture import parse
from mtango_ref.interface import BackendError
from mtango_ref.model import DevFailed

ODD = """
facility: {unsafe_names: true}
classes:
  Odd:
    attributes:
      a b: {data_type: DevLong, value: 1}
      "a:b": {data_type: DevLong, value: 2}
      "a#b": {data_type: DevLong, value: 3}
      ä: {data_type: DevLong, value: 4}
      it's: {data_type: DevLong, value: 5, properties: {owner: [me]}}
devices:
  odd/q/w 1: {class: Odd, properties: {it's: [x], its: [y]}}
  "odd/q/a:b": {class: Odd}
  "odd/q/a#b": {class: Odd}
  odd/q/ü: {class: Odd}
  odd/q/it's: {class: Odd}
"""


@pytest.fixture(scope="module")
def odd() -> FakeBackend:
    return FakeBackend(parse(ODD, "odd.yml"), seed=0)


@pytest.mark.parametrize("device", ["odd/q/w 1", "odd/q/a:b", "odd/q/ü"])
def test_odd_names_are_names(odd: FakeBackend, device: str) -> None:
    proxy = odd.get_device_proxy(device)
    names = ["a b", "a:b", "a#b", "ä", "it's"]
    assert [each.value for each in proxy.read_attributes(names)] == [1, 2, 3, 4, 5]


def test_unsafe_names_are_listed_and_not_defined(odd: FakeBackend) -> None:
    database = odd.database
    assert "odd/q/it's" in database.get_device_names("odd/*")
    assert database.get_device_names("*'*") == []
    for ask in (database.get_device_info, odd.get_device_proxy):
        with pytest.raises(DevFailed) as caught:
            ask("odd/q/it's")
        first = caught.value.errors[0]
        assert (first.reason, first.desc) == (
            "DB_DeviceNotDefined",
            "device odd/q/it's not defined in the database !",
        )
    assert database.get_device_property("odd/q/it's") == {}
    assert database.get_device_property("odd/q/w 1") == {"it's": [], "its": ["y"]}
    assert database.get_device_attribute_property("odd/q/w 1", "it's") == {}


def test_a_number_sign_leaves_the_entry_in_the_database(odd: FakeBackend) -> None:
    assert odd.database.get_device_info("odd/q/a#b").class_name == "Odd"
    with pytest.raises(DevFailed) as caught:
        odd.get_device_proxy("odd/q/a#b")
    assert caught.value.errors[0].reason == "API_WrongDeviceNameSyntax"


def test_a_fixture_has_to_say_so() -> None:
    with pytest.raises(BackendError) as caught:
        parse(ODD.replace("unsafe_names: true", ""), "odd.yml")
    places = ["classes.Odd", "odd/q/w 1", "devices.odd/q/it's"]
    told = str(caught.value)
    assert told.startswith("The fixture odd.yml has 3 mistakes:")
    assert told.count("or unsafe_names: true in facility") == len(places)
