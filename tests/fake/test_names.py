"""Names are Tango's; those that no database is asked for are listed and not defined."""

from __future__ import annotations

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
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


CASES = """
classes:
  Cased:
    attributes:
      ä: {data_type: DevLong, value: 1}
      Ä: {data_type: DevLong, value: 2}
      k: {data_type: DevLong, value: 3}
      "\\u212a": {data_type: DevLong, value: 4}
      ß: {data_type: DevLong, value: 5}
      ss: {data_type: DevLong, value: 6}
    commands:
      İ: {out_type: DevLong, value: 7}
      i: {out_type: DevLong, value: 8}
devices:
  cased/q/ä: {class: Cased}
  cased/q/Ä:
    class: Cased
    attributes: {Ä: {value: 20}, "\\u212a": {value: 40}, É: {data_type: DevLong, value: 9}}
    commands: {İ: {value: 70}}
  cased/q/İ: {class: Cased, server: Ä/1}
  cased/q/i: {class: Cased, server: ä/1}
"""
"""The lower case of the Kelvin sign is k, and that of İ begins with i, but not Tango's."""
ATTRIBUTES = ["ä", "Ä", "k", "\u212a", "ß", "ss"]


@pytest.fixture(scope="module")
def cased() -> FakeBackend:
    return FakeBackend(parse(CASES, "cased.yml"), seed=0)


@pytest.mark.parametrize(
    ("device", "values", "commands"),
    [
        ("CASED/Q/ä", [1, 2, 3, 4, 5, 6], [7, 8]),
        ("CASED/Q/Ä", [1, 20, 3, 40, 5, 6], [70, 8]),
        ("CASED/Q/İ", [1, 2, 3, 4, 5, 6], [7, 8]),
        ("CASED/Q/I", [1, 2, 3, 4, 5, 6], [7, 8]),
    ],
)
def test_case_is_folded_in_ascii_only(
    cased: FakeBackend, device: str, values: list[int], commands: list[int]
) -> None:
    proxy = cased.get_device_proxy(device)
    assert [each.value for each in proxy.read_attributes(ATTRIBUTES)] == values
    assert [proxy.command_inout(name) for name in ("İ", "I")] == commands


def test_names_beyond_ascii_have_one_spelling(cased: FakeBackend) -> None:
    device = cased.get_device_proxy("cased/q/Ä")
    assert device.read_attributes(["É"])[0].value == 9
    with pytest.raises(DevFailed) as caught:
        cased.get_attribute_proxy(device, "é").read()
    assert caught.value.errors[0].reason == "API_AttrNotFound"
    servers = {"dserver/Ä/1", "dserver/ä/1"}
    assert servers <= {*cased.database.get_device_names("dserver/*")}
