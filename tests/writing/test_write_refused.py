"""Values that an attribute cannot be given, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conftest import Rest
from rest_answers import P, call_failure, error
from writing.settable import DEVICE
from writing.values import put, read

STATES = (
    "ON, OFF, CLOSE, OPEN, INSERT, EXTRACT, MOVING, STANDBY, FAULT, INIT, RUNNING, ALARM,"
    " DISABLE, UNKNOWN"
)
SHORT = "an integer in -32768..32767"
WRONG: list[tuple[str, list[str], str, str]] = [
    *(
        ("DevShort_scalar", [text], "DevShort", f"{text.strip()!r} is not valid; expected {SHORT}")
        for text in ("", "a", "1.0", "1e3", "1_0", "٣", "0x10", "NaN", "1 2", "--1", "9" * 5000)
    ),
    ("DevShort_scalar", ["32768"], "DevShort", f"32768 is not valid; expected {SHORT}"),
    ("DevShort_scalar", ["1", "2"], "DevShort", "2 values are given; expected one"),
    ("DevUChar_scalar", ["-1"], "DevUChar", "-1 is not valid; expected an integer in 0..255"),
    (
        "DevULong64_scalar",
        [str(2**64)],
        "DevULong64",
        f"{2**64} is not valid; expected an integer in 0..{2**64 - 1}",
    ),
    *(
        ("DevDouble_scalar", [text], "DevDouble", f"{text!r} is not valid; expected a number")
        for text in ("", "1e400", "-1e400", "inf", "nan", "1,5", "1_0")
    ),
    (
        "DevFloat_scalar",
        ["1e39"],
        "DevFloat",
        "1e+39 is not valid; expected a number in -3.40282e+38..3.40282e+38",
    ),
    (
        "DevBoolean_scalar",
        ["2"],
        "DevBoolean",
        "'2' is not valid; expected true, 1, yes, on, false, 0, no, off",
    ),
    ("DevString_scalar", ["a\0b"], "DevString", None),  # type: ignore[list-item]  # of NUL
    ("DevState_scalar", ["on"], "DevState", f"'on' is not valid; expected a state: {STATES}"),
    *(
        (
            "DevEnum_scalar",
            [text],
            "DevEnum",
            f"{shown} is not valid; expected a label (RED, GREEN, dark blue, 1, a/b) or its number,"
            " 0..4",
        )
        for text, shown in (
            ("BLUE", "'BLUE'"),
            ("5", "5"),
            ("-1", "-1"),
            ("", "''"),
            ("red", "'red'"),
        )
    ),
    (
        "DevEncoded_scalar",
        ["abc"],
        "DevEncoded",
        "'abc' is not valid; expected {format: text, data: base64} as JSON",
    ),
    (
        "DevShort_spectrum",
        ["1,x"],
        "spectrum of DevShort",
        f"element 1: 'x' is not valid; expected {SHORT}",
    ),
    (
        "DevShort_spectrum",
        ["1,"],
        "spectrum of DevShort",
        f"element 1: '' is not valid; expected {SHORT}",
    ),
    (
        "DevShort_spectrum",
        ["[1, 70000]"],
        "spectrum of DevShort",
        f"element 1: 70000 is not valid; expected {SHORT}",
    ),
    (
        "DevShort_spectrum",
        ["[1, 2"],
        "spectrum of DevShort",
        "'[1, 2' is not valid; expected a list as JSON, or elements between commas",
    ),
    (
        "DevShort_spectrum",
        ["[1]", "2"],
        "spectrum of DevShort",
        f"element 0: '[1]' is not valid; expected {SHORT}",
    ),
    (
        "DevShort_image",
        ["[[1, 2], [3]]"],
        "image of DevShort",
        "row 1 has 1 elements; expected 2, as row 0",
    ),
    (
        "DevShort_image",
        ["[1, 2]"],
        "image of DevShort",
        "element 0: 1 is not valid; expected a list",
    ),
    (
        "DevShort_image",
        ["1,2"],
        "image of DevShort",
        "'1,2' is not valid; expected an image as JSON, a list of rows",
    ),
    (
        "DevDouble_image",
        ["[[1e400]]"],
        "image of DevDouble",
        "'[[1e400]]' is not valid; expected an image as JSON, a list of rows",
    ),
]


def not_written(rest: Rest, *stack: Any, device: str = DEVICE) -> Any:
    return call_failure(rest.settings.rc3_mode, "WriteAttributeException", device, *stack)


def incompatible(name: str, kind: str, why: str) -> Any:
    article = "an" if kind.startswith("image") else "a"
    return error("API_IncompatibleAttrDataType", f"Attribute {name} is {article} {kind}: {why}")


@pytest.mark.parametrize(("name", "texts", "kind", "why"), WRONG)
def test_wrong_text_is_not_written(
    settable: Rest, name: str, texts: list[str], kind: str, why: str | None
) -> None:
    before = read(settable, name)["value"]
    result = put(settable, name, *texts)
    if why is None:
        why = "'a\\x00b' is not valid; expected text without NUL and lone surrogates"
    if len(texts[0]) > 60:
        why = f"'{'9' * 56}.. is not valid; expected {SHORT}"
    expected = not_written(settable, incompatible(name, kind, why))
    assert (result.status_code, result.json) == (200, expected)
    assert read(settable, name)["value"] == before


@pytest.mark.parametrize(
    ("name", "value", "kind", "why"),
    [
        ("DevBoolean_scalar", 1, "DevBoolean", "1 is not valid; expected true or false"),
        ("DevShort_scalar", True, "DevShort", f"true is not valid; expected {SHORT}"),
        ("DevShort_scalar", None, "DevShort", f"null is not valid; expected {SHORT}"),
        ("DevShort_scalar", "5", "DevShort", f"'5' is not valid; expected {SHORT}"),
        ("DevString_scalar", 5, "DevString", "5 is not valid; expected text"),
        ("DevShort_spectrum", 5, "spectrum of DevShort", "5 is not valid; expected a list"),
    ],
)
def test_wrong_json_is_not_written(
    settable: Rest, name: str, value: Any, kind: str, why: str
) -> None:
    before = read(settable, name)["value"]
    body = orjson.dumps(value)
    result = put(settable, name, body=body, headers={"Content-Type": "application/json"})
    expected = not_written(settable, incompatible(name, kind, why))
    assert (result.status_code, result.json) == (200, expected)
    assert read(settable, name)["value"] == before


def outer(name: str, device: str = DEVICE) -> Any:
    said = f"Failed to write_read_attribute on device {device}, attribute {name}"
    return error("API_AttributeFailed", said)


def outside(name: str, what: str, element: int = 0) -> Any:
    said = f"Set value for attribute {name} is {what} (at least element {element})"
    return error("API_WAttrOutsideLimit", said)


def too_long(name: str, dimension: str) -> Any:
    said = f"{dimension} dimesion is greater than the max defined for attribute {name}"
    return error("API_WAttrOutsideLimit", said)


NOT_FINITE = "a NaN or INF value"
ABOVE, BELOW = "above the maximum authorized", "below the minimum authorized"

# What the device server refuses: the attribute, the text, the first error.
REFUSED: list[tuple[str, str, Any]] = [
    ("fixed", "1", error("API_AttrNotWritable", "Attribute fixed is not writable")),
    ("State", "ON", error("API_AttrNotWritable", "Attribute State is not writable")),
    ("Status", "x", error("API_AttrNotWritable", "Attribute Status is not writable")),
    *(
        ("DevDouble_scalar", text, outside("DevDouble_scalar", NOT_FINITE))
        for text in ("NaN", "-Infinity")
    ),
    ("DevFloat_spectrum", "1,Infinity", outside("DevFloat_spectrum", NOT_FINITE, 1)),
    ("limited", "10.5", outside("limited", ABOVE)),
    ("limited", "-11", outside("limited", BELOW)),
    ("limited", "NaN", outside("limited", NOT_FINITE)),
    ("limits", "1,11", outside("limits", ABOVE, 1)),
    ("limits", "12,-11", outside("limits", ABOVE)),
    ("limits", "1,-11,12", outside("limits", BELOW, 1)),
    ("limits", "99,99,99,99,99", too_long("limits", "X")),
    ("rows", "[[1, 2], [3, 11]]", outside("rows", ABOVE, 3)),
    ("rows", '[[12, "NaN"]]', outside("rows", ABOVE)),
    ("rows", "[[1, 2, 3, 4, 5]]", too_long("rows", "X")),
    ("rows", "[[1], [2], [3], [4]]", too_long("rows", "Y")),
    ("rows", "[[], [], [], []]", too_long("rows", "Y")),
    ("large", "9007199254740994", outside("large", ABOVE)),
    ("DevString_spectrum", "a,b,c,d,e", too_long("DevString_spectrum", "X")),
    ("DevString_image_w", '[["a", "b", "c", "d", "e"]]', too_long("DevString_image_w", "X")),
]


@pytest.mark.parametrize(("name", "text", "refused"), REFUSED)
def test_value_that_the_device_refuses_is_not_written(
    settable: Rest, name: str, text: str, refused: Any
) -> None:
    before = read(settable, name)["value"]
    result = put(settable, name, text)
    expected = not_written(settable, refused, outer(name))
    assert (result.status_code, result.json) == (200, expected)
    assert read(settable, name)["value"] == before


def test_unknown_attribute_is_a_failure(settable: Rest) -> None:
    mode, stack = settable.settings.rc3_mode, error("API_AttrNotFound", "nope attribute not found")
    expected = call_failure(mode, "NoSuchAttributeException", DEVICE, stack)
    assert put(settable, "nope", "1").json == expected


@pytest.mark.parametrize(
    ("device", "stack"),
    [
        (
            "test/settable/2",
            [
                error(
                    "API_DeviceNotExported",
                    "Device test/settable/2 is not exported (hint: try starting the device server)",
                )
            ],
        ),
    ],
)
def test_device_that_does_not_run_is_not_written(
    settable: Rest, device: str, stack: list[Any]
) -> None:
    asked = f"{P}/devices/{device}/attributes/DevLong_scalar/value"
    result = settable.request("PUT", asked, query_string="v=1")
    assert result.json == not_written(settable, *stack, device=device)
