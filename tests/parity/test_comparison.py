"""The comparison notices what it should: it needs no facility."""

from __future__ import annotations

from typing import Any

import pytest

from mtango_ref import manual

from .comparison import DIFFERS, REPLACEMENTS, Answer, Comparison, rules
from .questions import Question

EVERYTHING = rules("everything.yml")
LIKENESS = manual.markdown("likeness")
TG_TEST = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes"


def compared(path: str, real: Any, fake: Any) -> Comparison:
    found = Comparison()
    answers = [{"status": 200, "headers": {}, "body": body} for body in (real, fake)]
    found.add("strict", Question("facet", "GET", path), *answers)
    return found


def reading(name: str, value: Any, time: int = 1_795_414_925) -> dict[str, Any]:
    return {"name": name, "value": value, "quality": "ATTR_VALID", "timestamp": time}


@pytest.mark.parametrize(
    ("name", "real", "fake"),
    [
        ("double_scalar", 1.5, -2.5),
        ("short_spectrum_ro", [1, 2, 3], [4, 5, 6]),
        ("string_image_ro", [["a", "b"]], [["c", "d"]]),
    ],
)
def test_moving_values_are_compared_by_type_and_shape(name: str, real: Any, fake: Any) -> None:
    """Alone, among several, and in a history."""
    for path, wrap in (("value", False), ("history", True)):
        bodies = [reading(name, real), reading(name, fake, 1_795_414_926)]
        found = compared(f"{TG_TEST}/{name}/{path}", *([each] if wrap else each for each in bodies))
        assert (found.differing, found.equal) == ({}, 1)
        assert found.replaced == {"values that move, of TangoTest": 1, "timestamps": 1}


@pytest.mark.parametrize(
    ("name", "real", "fake"),
    [
        ("double_scalar", 1.5, 1),
        ("double_scalar", 1.5, None),
        ("double_scalar", 1.5, [1.5]),
        ("short_spectrum_ro", [1, 2, 3], [1, 2]),
        ("short_spectrum_ro", [1, 2, 3], [1, 2, 3.0]),
        ("string_image_ro", [["a", "b"]], [["a"], ["b"]]),
        ("boolean_scalar", True, False),
        ("boolean_scalar", True, 1),
        ("ampli", 1.0, 1),
    ],
)
def test_difference_is_reported_with_its_path(name: str, real: Any, fake: Any) -> None:
    """The type and the shape of moving values are compared, of all else the value too."""
    found = compared(f"{TG_TEST}/{name}/value", reading(name, real), reading(name, fake))
    assert found.equal == 0
    [text] = found.differing["facet"]
    assert text.startswith(f"strict: GET {TG_TEST}/{name}/value\n    body.{name}.value\n")


@pytest.mark.parametrize("change", [{"quality": "ATTR_ALARM"}, {"timestamp": 1795414925000}])
def test_keys_beside_a_value_are_compared(change: dict[str, Any]) -> None:
    before = reading("double_scalar", 1.5)
    found = compared(f"{TG_TEST}/double_scalar/value", before, before | change)
    assert [*found.differing] == ["facet"]


def test_keys_and_status_are_compared() -> None:
    for real, fake in (({"a": 1}, {"a": 1, "b": 2}), ({"a": 1}, {"b": 1}), ([1], [])):
        assert compared("/x", real, fake).equal == 0
    found = Comparison()
    answers: list[Answer] = [
        {"status": status, "headers": {}, "body": None} for status in (200, 404)
    ]
    found.add("strict", Question("facet", "GET", "/x"), *answers)
    assert [*found.differing] == ["facet"]


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (
            "virtual Tango::DeviceAttribute Tango::DeviceProxy::read_attribute(const string&)"
            " at (/src/devapi_base.cpp:5000)",
            "virtual Tango::DeviceAttribute Tango::DeviceProxy::read_attribute(std::string&)",
        ),
        (
            "long int Tango::MultiAttribute::get_attr_ind_by_name(const char*) at (/a.cpp:1)",
            "MultiAttribute::get_attr_ind_by_name",
        ),
    ],
)
def test_origins_are_compared_without_their_signature(real: str, fake: str) -> None:
    bodies = [{"errors": [{"reason": "A", "origin": origin}]} for origin in (real, fake)]
    assert compared("/x", *bodies).equal == 1
    other = {"errors": [{"reason": "A", "origin": "MultiAttribute::other"}]}
    assert compared("/x", bodies[0], other).equal == 0


def test_a_traceback_is_compared_whole() -> None:
    bodies = [
        {"errors": [{"origin": f'Traceback (most recent call last):\n  File "a.py", line {n}'}]}
        for n in (1, 2)
    ]
    assert compared("/x", *bodies).equal == 0


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("| replaced | why |", [(each.what, each.reason) for each in REPLACEMENTS]),
        ("| differs | why |", [(each.what, each.reason) for each in DIFFERS]),
        (
            "| replaced there | why |",
            [
                (each.what, each.reason)
                for each in EVERYTHING.replacements
                if each.what not in {general.what for general in REPLACEMENTS}
            ],
        ),
        ("| differs there | why |", [(each.what, each.reason) for each in EVERYTHING.differs]),
    ],
)
def test_tables_of_the_manual_are_the_data(head: str, expected: list[tuple[str, str]]) -> None:
    table = LIKENESS.partition(f"{head}\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.split("\n")
    ]
    assert rows == expected
    assert "tests/parity" in LIKENESS
