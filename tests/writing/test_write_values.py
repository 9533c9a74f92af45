"""PUT D/attributes/value, on both backends and in both modes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import falcon.testing
import pytest

from conftest import Rest
from rest_answers import P, error, failure, http_failure, recent
from writing.settable import DEVICE, path

VALUES = f"{P}/devices/{DEVICE}/attributes/value"
SHORT = "an integer in -32768..32767"


def put(rest: Rest, *pairs: tuple[str, str], path: str = VALUES) -> falcon.testing.Result:
    return rest.request("PUT", path, query_string=urlencode(pairs))


def written(rest: Rest, name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "quality": "ATTR_VALID", "timestamp": recent(rest.ticks)}


def failed(rest: Rest, name: str, *stack: tuple[str, str]) -> dict[str, Any]:
    key = "description" if rest.settings.rc3_mode == "strict" else "desc"
    return {"name": name, **failure(*(error(*each, key) for each in stack), ticks=rest.ticks)}


def outer(name: str) -> tuple[str, str]:
    said = f"Failed to write_read_attribute on device {DEVICE}, attribute {name}"
    return "API_AttributeFailed", said


def read(rest: Rest, *names: str) -> list[Any]:
    return [rest.body(f"{P}{path(name)}/value")["value"] for name in names]


def test_several_are_written_in_the_order_of_the_query(settable: Rest) -> None:
    pairs = [
        ("DevShort_spectrum", "1,2"),
        ("DevLong_scalar", "7"),
        ("devstring_SCALAR", "a,b c"),
        ("DevShort_spectrum", "3"),
        ("async", "false"),
        ("DevLong_image", "[[1]]"),
    ]
    result = put(settable, *pairs)
    assert (result.status_code, result.json) == (
        200,
        [
            written(settable, "DevShort_spectrum", [1, 2, 3]),
            written(settable, "DevLong_scalar", 7),
            written(settable, "DevString_scalar", "a,b c"),
            written(settable, "DevLong_image", [[1]]),
        ],
    )
    assert read(settable, "DevShort_spectrum", "DevLong_scalar") == [[1, 2, 3], 7]


def test_without_attributes_the_answer_is_empty(settable: Rest) -> None:
    result = put(settable)
    assert (result.status_code, result.json) == (200, [])


NOTHING = "Nothing is written: what is given for {} cannot be"


def test_nothing_is_written_if_one_value_is_wrong(settable: Rest) -> None:
    put(settable, ("DevLong_scalar", "1"), ("DevShort_scalar", "2"), ("DevDouble_scalar", "3"))
    result = put(
        settable,
        ("DevLong_scalar", "4"),
        ("DevShort_scalar", "x"),
        ("DevDouble_scalar", "1e400"),
    )
    nothing = "API_AttributeFailed", NOTHING.format("DevShort_scalar, DevDouble_scalar")
    short = f"Attribute DevShort_scalar is a DevShort: 'x' is not valid; expected {SHORT}"
    double = "Attribute DevDouble_scalar is a DevDouble: '1e400' is not valid; expected a number"
    assert (result.status_code, result.json) == (
        200,
        [
            failed(settable, "DevLong_scalar", nothing),
            failed(settable, "DevShort_scalar", ("API_IncompatibleAttrDataType", short)),
            failed(settable, "DevDouble_scalar", ("API_IncompatibleAttrDataType", double)),
        ],
    )
    assert read(settable, "DevLong_scalar", "DevShort_scalar", "DevDouble_scalar") == [1, 2, 3.0]


def test_nothing_is_written_if_one_attribute_is_unknown(settable: Rest) -> None:
    put(settable, ("DevLong_scalar", "1"))
    result = put(settable, ("DevLong_scalar", "2"), ("nope", "x"), ("limited", "99"))
    nothing = "API_AttributeFailed", NOTHING.format("nope")
    assert result.json == [
        failed(settable, "DevLong_scalar", nothing),
        failed(settable, "nope", ("API_AttrNotFound", "nope attribute not found")),
        failed(settable, "limited", nothing),
    ]
    assert read(settable, "DevLong_scalar") == [1]


def test_what_the_device_refuses_keeps_no_other_from_being_written(settable: Rest) -> None:
    put(settable, ("DevLong_scalar", "1"), ("limited", "1"), ("DevShort_scalar", "1"))
    result = put(
        settable,
        ("DevLong_scalar", "2"),
        ("limited", "99"),
        ("fixed", "3"),
        ("broken", "4"),
        ("DevShort_scalar", "5"),
    )
    above = "Set value for attribute limited is above the maximum authorized (at least element 0)"
    assert result.json == [
        written(settable, "DevLong_scalar", 2),
        failed(settable, "limited", ("API_WAttrOutsideLimit", above), outer("limited")),
        failed(
            settable,
            "fixed",
            ("API_AttrNotWritable", "Attribute fixed is not writable"),
            outer("fixed"),
        ),
        failed(settable, "broken", ("Broken", "It is broken"), outer("broken")),
        written(settable, "DevShort_scalar", 5),
    ]
    assert read(settable, "DevLong_scalar", "limited", "DevShort_scalar") == [2, 1.0, 5]


def test_name_that_comes_twice_is_a_failure(settable: Rest) -> None:
    put(settable, ("DevLong_scalar", "1"))
    result = put(settable, ("DevLong_scalar", "2"), ("devlong_scalar", "3"))
    said = "Several times the same attribute in required attributes list: devlong_scalar"
    assert result.json == failure(error("API_AttributeFailed", said), ticks=settable.ticks)
    assert read(settable, "DevLong_scalar") == [1]


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_is_no_name_is_refused(settable: Rest, name: str) -> None:
    result = put(settable, ("DevLong_scalar", "2"), (name, "3"))
    said = f"{name!r} in the query: the name of an attribute is expected."
    assert result.json == http_failure(400, "BAD_REQUEST", said, settable.ticks)


def test_body_without_names_is_refused(settable: Rest) -> None:
    """rc3 has the values in the query alone; a 200 would say that the body was written."""
    result = settable.request("PUT", VALUES, json={"DevLong_scalar": 2})
    said = "The values of several attributes are not read from the body: each is an argument of"
    said += " the query, with the name of its attribute."
    assert result.json == http_failure(400, "BAD_REQUEST", said, settable.ticks)
    assert put(settable).json == []


def test_too_many_attributes_are_refused(settable: Rest) -> None:
    most = settable.settings.max_attributes
    result = put(settable, *((f"a{n}", "1") for n in range(most + 1)))
    said = f"The query names {most + 1} attributes; at most {most} are written at once."
    assert result.json == http_failure(414, "REQUEST_URI_TOO_LONG", said, settable.ticks)


def test_device_that_does_not_run_is_one_failure(settable: Rest) -> None:
    asked = f"{P}/devices/test/settable/2/attributes/value"
    result = put(settable, ("a", "1"), ("b", "2"), path=asked)
    said = "Device test/settable/2 is not exported (hint: try starting the device server)"
    assert result.json == failure(error("API_DeviceNotExported", said), ticks=settable.ticks)
