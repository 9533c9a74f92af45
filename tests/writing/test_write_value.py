"""PUT D/attributes/{a}/value, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Rest
from rest_answers import P
from writing.settable import LABELS, path
from writing.values import put, read, written

ENCODED = {"format": "raw", "data": "AP8="}


TEXTS: list[tuple[str, list[str], Any]] = [
    *(("DevBoolean_scalar", [text], True) for text in ("true", "1", "yes", "on", "TRUE", "On")),
    *(("DevBoolean_scalar", [text], False) for text in ("false", "0", "no", "off", "False")),
    *(("DevShort_scalar", [text], value) for text, value in (("-32768", -32768), ("+7", 7))),
    ("DevShort_scalar", [" 32767 "], 32767),
    ("DevShort_scalar", ["007"], 7),
    ("DevLong_scalar", ["-2147483648"], -(2**31)),
    ("DevLong64_scalar", ["9223372036854775807"], 2**63 - 1),
    ("DevUChar_scalar", ["255"], 255),
    ("DevUShort_scalar", ["65535"], 65535),
    ("DevULong_scalar", ["4294967295"], 2**32 - 1),
    ("DevULong64_scalar", ["18446744073709551615"], 2**64 - 1),
    ("DevFloat_scalar", ["0.1"], 0.1),
    ("DevFloat_scalar", ["3.4028235e38"], 3.4028235e38),
    ("DevFloat_scalar", ["1"], 1.0),
    ("DevDouble_scalar", ["1e+3"], 1000.0),
    ("DevDouble_scalar", ["-.5"], -0.5),
    ("DevDouble_scalar", ["5e-324"], 5e-324),
    ("DevDouble_scalar", ["1.7976931348623157e308"], 1.7976931348623157e308),
    *(
        ("DevString_scalar", [text], text)
        for text in (
            "",
            " ",
            "a,b",
            "a/b",
            "a+b",
            "a_b",
            "a b ",
            "[1]",
            '"x"',
            "ä€😀",
            "1e3",
            "a\nb",
        )
    ),
    ("DevState_scalar", ["FAULT"], "FAULT"),
    *(("DevEnum_scalar", [text], text) for text in LABELS),
    ("DevEnum_scalar", ["2"], "dark blue"),
    ("DevEncoded_scalar", ['{"format": "raw", "data": "AP8="}'], ENCODED),
    ("DevEncoded_scalar", ['{"format": "", "data": ""}'], {"format": "", "data": ""}),
    ("DevShort_spectrum", ["1,-2,3"], [1, -2, 3]),
    ("DevShort_spectrum", ["1, 2, 3"], [1, 2, 3]),
    ("DevShort_spectrum", ["1", "2"], [1, 2]),
    ("DevShort_spectrum", ["1,2", "3"], [1, 2, 3]),
    ("DevShort_spectrum", ["[1, 2]"], [1, 2]),
    ("DevShort_spectrum", ["5"], [5]),
    *((f"{kind}_spectrum", [""], []) for kind in ("DevShort", "DevString", "DevState", "DevEnum")),
    ("DevDouble_spectrum", ["[]"], []),
    ("DevDouble_spectrum", ["1,1e+3,-.5"], [1.0, 1000.0, -0.5]),
    ("DevFloat_spectrum", ["0.1,0.2"], [0.1, 0.2]),
    ("DevBoolean_spectrum", ["true,0,yes,OFF"], [True, False, True, False]),
    ("DevULong64_spectrum", ["18446744073709551615,0"], [2**64 - 1, 0]),
    ("DevUChar_spectrum", ["0,255"], [0, 255]),
    ("DevString_spectrum", ["a/b,c d,,e+f_g"], ["a/b", "c d", "", "e+f_g"]),
    ("DevString_spectrum", ["a", "b"], ["a", "b"]),
    ("DevString_spectrum", ["", ""], ["", ""]),
    ("DevString_spectrum", ['["a,b", ""]'], ["a,b", ""]),
    ("DevString_spectrum", ["[a,b"], ["[a", "b"]),
    ("DevState_spectrum", ["ON,FAULT"], ["ON", "FAULT"]),
    ("DevEnum_spectrum", ["RED,2"], ["RED", "dark blue"]),
    ("DevEnum_spectrum", ['["a/b", 0]'], ["a/b", "RED"]),
    ("DevLong_image", ["[[1, 2], [3, 4]]"], [[1, 2], [3, 4]]),
    ("DevLong_image", ["[]"], []),
    ("DevDouble_image", ["[[1.5], [2]]"], [[1.5], [2.0]]),
    ("DevString_image", ['[["a", "b,c"]]'], [["a", "b,c"]]),
    ("DevString_image", ["[]"], []),
    ("DevState_image", ['[["ON", "FAULT"]]'], [["ON", "FAULT"]]),
    ("DevState_image", ["[]"], []),
    ("DevEnum_image", ['[["RED"], [2]]'], [["RED"], ["dark blue"]]),
    ("DevBoolean_image", ["[[true, false]]"], [[True, False]]),
]


@pytest.mark.parametrize("suffix", ["", "_w"])
@pytest.mark.parametrize(("name", "texts", "value"), TEXTS)
def test_text_is_written(
    settable: Rest, name: str, texts: list[str], value: Any, suffix: str
) -> None:
    result = put(settable, name + suffix, *texts)
    assert (result.status_code, result.json) == (200, written(settable, name + suffix, value))
    assert result.headers["last-modified"].endswith(" GMT")
    assert read(settable, name + suffix)["value"] == value


BODIES: list[tuple[str, Any]] = [
    ("DevBoolean_scalar", True),
    ("DevShort_scalar", -1),
    ("DevULong64_scalar", 2**64 - 1),
    ("DevDouble_scalar", 3),
    ("DevFloat_scalar", 0.1),
    ("DevString_scalar", "a, b/c"),
    ("DevState_scalar", "MOVING"),
    ("DevEnum_scalar", "1"),
    ("DevEncoded_scalar", ENCODED),
    ("DevDouble_spectrum", [1.5, 2, 1e300]),
    ("DevString_spectrum", ["a,b", "ä"]),
    ("DevBoolean_image", [[True], [False]]),
]


@pytest.mark.parametrize(("name", "value"), BODIES)
def test_json_body_is_written(settable: Rest, name: str, value: Any) -> None:
    result = put(settable, name, json=value)
    assert (result.status_code, result.json) == (200, written(settable, name, value))


@pytest.mark.parametrize(
    ("name", "body", "kind", "value"),
    [
        ("DevString_scalar", '"Hi", they said\n', "text/plain", '"Hi", they said\n'),
        ("DevString_scalar", "ä", "text/plain; charset=UTF-8", "ä"),
        ("DevShort_spectrum", "1,2\n", "Text/Plain", [1, 2]),
        ("DevEnum_scalar", "a/b", "text/plain", "a/b"),
        ("DevEnum_scalar", "1", "application/json; charset=utf-8", "GREEN"),
    ],
)
def test_body_is_written(settable: Rest, name: str, body: str, kind: str, value: Any) -> None:
    result = put(settable, name, body=body.encode(), headers={"Content-Type": kind})
    assert (result.status_code, result.json) == (200, written(settable, name, value))


def test_query_goes_before_the_body(settable: Rest) -> None:
    result = put(settable, "DevLong_scalar", "5", body=b"{", headers={"Content-Type": "a/b"})
    assert result.json == written(settable, "DevLong_scalar", 5)


def test_answer_has_the_defined_spelling(settable: Rest) -> None:
    asked = f"{P}/devices/TEST/Settable/1/attributes/devLONG_Scalar/value"
    result = settable.request("PUT", asked, query_string="v=6")
    assert result.json == written(settable, "DevLong_scalar", 6)


@pytest.mark.parametrize("query", ["", "&async=true"])
def test_value_that_is_kept_is_forgotten_by_a_write(keeping: Rest, query: str) -> None:
    """A write that nobody waits for forgets it, too, as soon as it is made."""
    before = read(keeping, "DevLong_scalar")["value"]
    other = 7 if before != 7 else 8
    target = f"{P}{path('DevLong_scalar')}/value"
    result = keeping.request("PUT", target, query_string=f"v={other}{query}")
    assert result.status_code == (204 if query else 200)
    keeping.app.changes.finish(10.0)
    assert read(keeping, "DevLong_scalar")["value"] == other
