"""The database: its devices, what it knows of them, their properties."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fake_facilities import backend, reasons

from mtango_ref.model import (
    ConnectionFailed,
    DbDevFullInfo,
    DevFailed,
)

SEVERAL = """\
facility: {host: control, port: 20000, database: Sys/Database/7}
classes:
  A: {properties: {p: [a, b]}, attributes: {x: {data_type: DevLong, properties: {q: 1}}}}
devices:
  a/b/c: {class: A, server: Prog/one, properties: {z: [a, b], b: 5, empty: []}}
  a/b/d: {class: A, server: Prog/one, exported: false, attributes: {X: {properties: {r: [1, 2]}}}}
  a/b/e: {class: A, server: prog/two, exported: false}
"""


@pytest.fixture
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the local time, which the database writes, be UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_utc")
def test_info_has_the_lines_of_tango_s_database() -> None:
    database = backend(SEVERAL).database
    assert database.get_device_info("a/b/c").started_date == "14-11-2023 at 22:13:20"
    assert database.get_info() == [
        "TANGO Database Sys/Database/7",
        " ",
        "Running since ...2023-11-14 22:13:20",
        " ",
        "Devices defined = 7",
        "Devices exported = 4",
        "Device servers defined = 3",
        "Device servers exported = 2",
        " ",
        "Device properties defined = 4 [History lgth = 0]",
        "Class properties defined = 2 [History lgth = 0]",
        "Device attribute properties defined = 2 [History lgth = 0]",
        "Class attribute properties defined = 1 [History lgth = 0]",
        "Object properties defined = 0 [History lgth = 0]",
    ]


def test_implied_devices_are_listed() -> None:
    facility = backend(SEVERAL)
    database = facility.database
    assert (database.name, database.tango_host) == ("Sys/Database/7", "control:20000")
    assert database.get_device_names("*") == [
        "Sys/Database/7",
        "a/b/c",
        "a/b/d",
        "a/b/e",
        "dserver/DataBaseds/7",
        "dserver/Prog/one",
        "dserver/prog/two",
    ]
    assert facility.get_device_proxy("sys/database/7").status() == "The device is in ON state."
    server = facility.get_device_proxy("dserver/prog/one")
    assert server.status() == "The device is ON\nThe polling is ON"
    with pytest.raises(ConnectionFailed):
        facility.get_device_proxy("dserver/prog/two").status()


@pytest.mark.parametrize(
    ("wildcard", "names"),
    [
        ("", []),
        ("A/B/*", ["a/b/c", "a/b/d", "a/b/e"]),
        ("*/*/D", ["a/b/d"]),
        ("a/b/?", []),
        ("a/b/[cd]", []),
        ("a*c*", ["a/b/c"]),
        ("*" * 10_000 + "/one", ["dserver/Prog/one"]),
        ("*a" * 100_000, []),
        ("a/b/*c", ["a/b/c"]),
        ("a/b/c*c", []),
        ("a/b*b/c", []),
        ("*/b/*", ["a/b/c", "a/b/d", "a/b/e"]),
        ("s*a*a*a*7", ["Sys/Database/7"]),
        ("s*a*a*a*a*7", []),
    ],
)
def test_wildcards_match_as_in_sql(wildcard: str, names: list[str]) -> None:
    assert backend(SEVERAL).database.get_device_names(wildcard) == names


def test_device_info_is_that_of_the_fixture() -> None:
    facility = backend(
        """\
        classes: {A: }
        devices:
          a/b/c: {class: A, server: A/1, pid: 17, ior: "IOR:00", version: 6,
                  started_date: 1st, stopped_date: 2nd, host: here}
          a/b/d: {class: A, server: A/1, exported: false}
          a/b/e: {class: A, started_date: 1st}
        """
    )
    database = facility.database
    assert database.get_device_info("A/B/C") == DbDevFullInfo(
        "a/b/c", "A", "A/1", "here", True, 17, "IOR:00", "6", "1st", "2nd"
    )
    assert database.get_device_info("a/b/d") == DbDevFullInfo(
        "a/b/d", "A", "A/1", "nada", False, 0, "nada", "0", "?", "?"
    )
    assert database.get_device_info("a/b/e") == DbDevFullInfo(
        "a/b/e", "A", "A/fake", "localhost", True, 1001, "IOR:612f622f65", "5", "1st", "?"
    )
    with pytest.raises(DevFailed) as failed:
        database.get_device_info("X/y/z")
    assert reasons(failed)[0] == (
        "DB_DeviceNotDefined",
        "device X/y/z not defined in the database !",
    )


def test_properties_are_sorted_and_found_in_any_case() -> None:
    database = backend(SEVERAL).database
    assert list(database.get_device_property("A/b/c").items()) == [
        ("b", ["5"]),
        ("empty", []),
        ("z", ["a", "b"]),
    ]
    assert database.get_device_property("x/y/z") == {}
    assert database.get_device_attribute_property("a/b/c", "X") == {"q": ["1"]}
    assert database.get_device_attribute_property("a/b/d", "x") == {"r": ["1", "2"]}
    assert database.get_device_attribute_property("a/b/d", "y") == {}
    assert database.get_device_attribute_property("x/y/z", "x") == {}
