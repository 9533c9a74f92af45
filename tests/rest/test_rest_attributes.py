"""Attributes, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

import pytest
from dirty_equals import IsFloat, IsInstance, IsInt, IsList, IsNumber, IsStr

from conftest import Rest
from rest_answers import (
    BASE,
    DEAD,
    NOT_EXPORTED,
    UNKNOWN,
    D,
    P,
    call_failure,
    error,
    failure,
    recent,
    unknown_device,
)
from tango_test_device import ATTRIBUTES, Row

A = f"{D}/attributes"
BOOL = IsInstance(bool)

SCALARS = {
    "DevBoolean": BOOL,
    "DevDouble": IsFloat(),
    "DevFloat": IsFloat(),
    "DevLong64": IsInt(ge=-(2**63), le=2**63 - 1),
    "DevLong": IsInt(ge=-(2**31), le=2**31 - 1),
    "DevShort": IsInt(ge=-(2**15), le=2**15 - 1),
    "DevString": IsStr(),
    "DevUChar": IsInt(ge=0, le=255),
    "DevULong64": IsInt(ge=0, le=2**64 - 1),
    "DevULong": IsInt(ge=0, le=2**32 - 1),
    "DevUShort": IsInt(ge=0, le=2**16 - 1),
    "DevState": IsStr(regex="RUNNING|FAULT"),
}
FAILING = ("no_value", "throw_exception")


def links(name: str, mode: str, *, in_list: bool = False) -> dict[str, Any]:
    """Return the links of an attribute; implementation: in a list, they are those of the list."""
    href = BASE + A if in_list and mode == "implementation" else f"{BASE}{A}/{name}"
    every = {"_device": BASE + D, "_parent": BASE + A, "_self": href}
    return {
        "name": name,
        "value": f"{href}/value",
        "info": f"{href}/info",
        "history": f"{href}/history",
        "properties": f"{href}/properties",
        "_links": every if mode == "strict" else {"_self": href},
    }


def attribute_failed(name: str, verb: str = "read_attribute", key: str = "description") -> Any:
    description = f"Failed to {verb} on device sys/tg_test/1, attribute {name}"
    return error("API_AttributeFailed", description, key)


def not_found(name: str, key: str = "description") -> Any:
    return error("API_AttrNotFound", f"{name} attribute not found", key)


def test_list_has_every_attribute(both: Rest) -> None:
    mode = both.settings.rc3_mode
    assert both.body(A) == [links(row.name, mode, in_list=True) for row in ATTRIBUTES]


@pytest.mark.parametrize("name", ["double_scalar", "DOUBLE_Scalar"])
def test_attribute_has_its_links(both: Rest, name: str) -> None:
    assert both.body(f"{A}/{name}") == links("double_scalar", both.settings.rc3_mode)


def test_unknown_attribute_is_a_failure(both: Rest) -> None:
    assert both.body(f"{A}/nope") == failure(not_found("nope"), ticks=both.ticks)


@pytest.mark.parametrize("row", [row for row in ATTRIBUTES if row.name not in FAILING])
def test_value_has_its_body(both: Rest, row: Row) -> None:
    result = both.get(f"{A}/{row.name}/value")
    value: Any = SCALARS[row.data_type]
    if row.data_format != "SCALAR":
        value = IsList(length=(1, ...))
    assert result.json == {
        "name": row.name,
        "value": value,
        "quality": "ATTR_VALID",
        "timestamp": recent(both.ticks),
    }
    assert result.headers["last-modified"].endswith(" GMT")


@pytest.mark.parametrize("row", [row for row in ATTRIBUTES if row.name.endswith("_ro")])
def test_value_has_its_shape(rest: Rest, row: Row) -> None:
    value = rest.body(f"{A}/{row.name}/value")["value"]
    expected: Any = SCALARS[row.data_type]
    for size in {"SCALAR": (), "SPECTRUM": (256,), "IMAGE": (251, 251)}[row.data_format]:
        expected = [expected] * size
    assert value == expected


def test_value_is_found_in_any_case(rest: Rest) -> None:
    path = f"{A}/Double_SCALAR/value".replace("sys/tg_test", "SYS/TG_test")
    assert rest.body(path) == {
        "name": "double_scalar",
        "value": IsNumber(ge=-256, le=256),
        "quality": "ATTR_VALID",
        "timestamp": recent(),
    }


def test_last_modified_is_the_time_of_the_value(rest: Rest) -> None:
    from email.utils import parsedate_to_datetime

    result = rest.get(f"{A}/double_scalar/value")
    modified = parsedate_to_datetime(result.headers["last-modified"]).timestamp()
    assert result.json["timestamp"] == modified


def test_value_moves(rest: Rest) -> None:
    """TangoTest changes it about once a second."""
    import time

    before = rest.body(f"{A}/double_scalar/value")
    for _ in range(50):
        time.sleep(0.1)
        after = rest.body(f"{A}/double_scalar/value")
        if after["value"] != before["value"]:
            return
    pytest.fail(f"double_scalar stands still at {before['value']}")


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        ("nope", [not_found("nope"), attribute_failed("nope")]),
        ("..", [not_found(".."), attribute_failed("..")]),
        ("a b", [not_found("a b"), attribute_failed("a b")]),
        ("x" * 10_000, [not_found("x" * 10_000), attribute_failed("x" * 10_000)]),
        (
            "no_value",
            [
                error(
                    "API_AttrValueNotSet",
                    "Read value for attribute no_value has not been updated",
                ),
                attribute_failed("no_value"),
            ],
        ),
        (
            "throw_exception",
            [
                error("exception test", "here is the exception you requested"),
                attribute_failed("throw_exception"),
            ],
        ),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_failing_value_is_a_failure(both: Rest, name: str, stack: list[Any]) -> None:
    mode, reason = both.settings.rc3_mode, "ReadAttributeException"
    expected = call_failure(mode, reason, "sys/tg_test/1", *stack)
    assert both.body(f"{A}/{name}/value") == expected


def test_value_of_a_stopped_device_is_a_failure(both: Rest) -> None:
    failed = error(
        "API_AttributeFailed",
        "Failed to read_attribute on device sys/access_control/1, attribute State",
    )
    mode, reason = both.settings.rc3_mode, "ReadAttributeException"
    expected = call_failure(mode, reason, "sys/access_control/1", NOT_EXPORTED, failed)
    for _ in range(2):  # asked again at once, the answer is the same
        assert both.body(f"{DEAD}/attributes/State/value") == expected


@pytest.mark.parametrize("rest_of_path", ["", "/State", "/State/info"])
def test_unknown_device_is_a_failure(both: Rest, rest_of_path: str) -> None:
    expected = failure(*unknown_device("no/such/device"), ticks=both.ticks)
    assert both.body(f"{UNKNOWN}/attributes{rest_of_path}") == expected


def test_value_of_an_unknown_device_is_a_failure(both: Rest) -> None:
    """Implementation: it is a command of the database that fails."""
    mode, stack = both.settings.rc3_mode, unknown_device("no/such/device")
    expected = call_failure(mode, "ExecuteCommandException", "sys/database/2", *stack)
    assert both.body(f"{UNKNOWN}/attributes/State/value") == expected


def test_value_that_fails_names_the_device_as_asked(both: Rest) -> None:
    path, stack = f"{P}/devices/SYS/TG_test/1/attributes/nope/value", not_found("nope")
    body = both.body(path)
    outer = attribute_failed("nope")
    mode, reason = both.settings.rc3_mode, "ReadAttributeException"
    assert body == call_failure(mode, reason, "SYS/TG_test/1", stack, outer)


def test_values_are_in_the_order_asked(both: Rest) -> None:
    key = "description" if both.settings.rc3_mode == "strict" else "desc"
    names = ["State", "NOPE", "double_scalar", "Throw_exception", "no_value"]

    def failed(name: str, first: dict[str, Any]) -> dict[str, Any]:
        stack = [first, attribute_failed(name, "read_attributes", key)]
        return {"name": name, **failure(*stack, ticks=both.ticks)}

    assert both.body(f"{A}/value", "&".join(f"attr={name}" for name in names)) == [
        {
            "name": "State",
            "value": IsStr(regex="RUNNING|FAULT"),
            "quality": "ATTR_VALID",
            "timestamp": recent(both.ticks),
        },
        failed("NOPE", not_found("NOPE", key)),
        {
            "name": "double_scalar",
            "value": IsFloat(),
            "quality": "ATTR_VALID",
            "timestamp": recent(both.ticks),
        },
        failed(
            "Throw_exception", error("exception test", "here is the exception you requested", key)
        ),
        failed(
            "no_value",
            error(
                "API_AttrValueNotSet",
                "Read value for attribute no_value has not been updated",
                key,
            ),
        ),
    ]


@pytest.mark.parametrize("query", ["", "attribute=State", "range=1&filter=x"])
def test_no_names_give_an_empty_list(both: Rest, query: str) -> None:
    assert both.body(f"{A}/value", query) == []
    assert both.body(f"{A}/info", query) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["a", "A", "b", "B", "a"], "a, a, b"),
        (["State"] * 1000, ", ".join(["state"] * 999)),
    ],
)
def test_attribute_asked_twice_is_a_failure(rest: Rest, asked: list[str], told: str) -> None:
    description = f"Several times the same attribute in required attributes list: {told}"
    query = "&".join(f"attr={name}" for name in asked)
    assert rest.body(f"{A}/value", query) == failure(error("API_AttributeFailed", description))


def test_values_of_a_stopped_device_are_failures(rest: Rest) -> None:
    failed = error(
        "API_AttributeFailed",
        "Failed to read_attributes on device sys/access_control/1, attributes State, Status",
    )
    body = rest.body(f"{DEAD}/attributes/value", "attr=State&attr=Status")
    assert body == failure(NOT_EXPORTED, failed)


@pytest.mark.parametrize("path", ["", "/State", "/State/info", "/State/history"])
def test_attributes_of_a_stopped_device_are_a_failure(rest: Rest, path: str) -> None:
    assert rest.body(f"{DEAD}/attributes{path}") == failure(NOT_EXPORTED)


@pytest.mark.parametrize(
    ("name", "value"),
    [("double_scalar", IsNumber(ge=-256, le=256)), ("State", IsStr(regex="RUNNING|FAULT"))],
)
def test_history_has_what_polling_read(both: Rest, name: str, value: object) -> None:
    body = both.body(f"{A}/{name.upper()}/history")
    element = {
        "name": name,
        "value": value,
        "quality": "ATTR_VALID",
        "timestamp": recent(both.ticks),
    }
    assert 1 <= len(body) <= 10
    assert body == [element] * len(body)
    times = [element["timestamp"] for element in body]
    assert times == sorted(times)


def test_history_without_polling_is_a_failure(both: Rest) -> None:
    stack = [error("API_AttrNotPolled", "Attribute long_scalar not polled")]
    assert both.body(f"{A}/long_scalar/history") == failure(*stack, ticks=both.ticks)


def test_history_of_an_unknown_attribute_is_a_failure(rest: Rest) -> None:
    assert rest.body(f"{A}/nope/history") == failure(not_found("nope"))
