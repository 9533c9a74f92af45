"""Defaults and numbers of configurations whose class has limits, on both backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import Rest
from rest_answers import P, error, failure
from writing.settable import DEVICE, LABELS, path

N = "Not specified"
OPTION = "API_AttrOptProp"


def put(rest: Rest, name: str, place: str, value: Any) -> Any:
    info: Any = value
    for key in reversed(place.split(".")):
        info = {key: info}
    result = rest.request("PUT", f"{P}{path(name)}/info", json=info)
    assert result.status_code == 200
    return result.json


def element(info: Any, place: str) -> Any:
    for key in place.split("."):
        info = info[key]
    return info


def kept(rest: Rest, name: str, key: str) -> list[str]:
    body = rest.body(f"{P}{path(name)}/properties/{key}")
    return body[key]  # type: ignore[no-any-return]  # JSON is Any


LIMITS = [
    ("limited", "min_value", "-20", "-10"),
    ("limited", "max_value", "20", "10"),
    ("limited", "max_alarm", "6", "5"),
    ("limited", "alarms.min_alarm", "-6", "-5"),
    ("limited", "alarms.max_warning", "4", "3"),
    ("limits", "max_value", "9", "10"),
]


@pytest.mark.parametrize("word", ["", "NaN"])
@pytest.mark.parametrize(("name", "place", "other", "default"), LIMITS)
def test_empty_text_gives_the_limit_of_the_class(
    settable: Rest, name: str, place: str, other: str, default: str, word: str
) -> None:
    key = place.rpartition(".")[2]
    assert element(put(settable, name, place, other), place) == other
    assert kept(settable, name, key) == [other]
    assert element(put(settable, name, place, word), place) == default
    assert kept(settable, name, key) == []


def test_tangos_own_default_is_kept(settable: Rest) -> None:
    assert put(settable, "limited", "max_alarm", N)["max_alarm"] == N
    assert kept(settable, "limited", "max_alarm") == [N]
    assert put(settable, "limited", "max_alarm", "")["max_alarm"] == "5"


BEYOND = [
    ("min_value", "min_value"),
    ("alarms.min_warning", "min_warning"),
    ("alarms.delta_val", "delta_val"),
    ("alarms.delta_t", "delta_t"),
    ("events.ch_event.rel_change", "rel_change"),
    ("events.arch_event.abs_change", "archive_abs_change"),
    ("events.arch_event.period", "archive_period"),
    ("events.per_event.period", "event_period"),
]


@pytest.mark.parametrize("name", ["limited", "DevLong_scalar", "DevFloat_scalar"])
@pytest.mark.parametrize(("place", "key"), BEYOND)
def test_number_beyond_a_double_is_refused(settable: Rest, name: str, place: str, key: str) -> None:
    before = settable.body(f"{P}{path(name)}/info")
    desc = f"Device {DEVICE}-> Attribute : {name}\n"
    desc += f"The property {key} is defined in an unsupported format"
    expected = failure(error(OPTION, desc), ticks=settable.ticks)
    assert put(settable, name, place, "-1e400") == expected
    assert settable.body(f"{P}{path(name)}/info") == before


@pytest.mark.parametrize(
    ("name", "limit", "read", "least"),
    [
        ("DevULong64_scalar", 2**64 - 1, 2**64, 0),
        ("DevLong64_scalar", 2**63 - 1, 2**63, -(2**63)),
    ],
)
def test_limit_that_tango_takes_for_another_number_is_refused(
    settable: Rest, name: str, limit: int, read: int, least: int
) -> None:
    desc = f"Configuration of {name}: max_alarm is {limit}, which Tango reads as {read};"
    desc += f" a number in {least}..{limit} is expected"
    expected = failure(error(OPTION, desc), ticks=settable.ticks)
    assert put(settable, name, "max_alarm", limit) == expected


@pytest.fixture
def enum(settable: Rest) -> Iterator[Rest]:
    """Yield the app whose device has a DevEnum; its labels are as they were afterwards."""
    yield settable
    put(settable, "DevEnum_scalar", "enum_label", LABELS)
    assert kept(settable, "DevEnum_scalar", "enum_labels") == []


@pytest.mark.parametrize(
    ("labels", "twice"),
    [
        (["A", "A", "C", "D", "E"], "A"),
        (["C", "B", "A", "C", "B"], "B"),
    ],
)
def test_label_that_comes_twice_is_refused(enum: Rest, labels: list[str], twice: str) -> None:
    before = enum.body(f"{P}{path('DevEnum_scalar')}/info")
    desc = f"Enumeration for attribute DevEnum_scalar has two similar labels ({twice}, {twice})"
    expected = failure(error(OPTION, desc), ticks=enum.ticks)
    assert put(enum, "DevEnum_scalar", "enum_label", labels) == expected
    assert enum.body(f"{P}{path('DevEnum_scalar')}/info") == before


def test_first_label_that_is_empty_gives_those_of_the_class(enum: Rest) -> None:
    labels = ["A", "a", "", "D", "E"]
    assert put(enum, "DevEnum_scalar", "enum_label", labels)["enum_label"] == labels
    assert kept(enum, "DevEnum_scalar", "enum_labels") == labels
    info = put(enum, "DevEnum_scalar", "enum_label", ["", "B", "C", "D", "E"])
    assert info["enum_label"] == LABELS
