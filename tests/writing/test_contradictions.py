"""Queries that contradict themselves, on both backends and in both modes."""

from __future__ import annotations

import pytest

from conftest import Rest
from rest_answers import P, http_failure
from writing.echoing import DEVICE as ECHOING
from writing.settable import DEVICE

D = f"{P}/devices/{DEVICE}"
C = f"{P}/devices/{ECHOING}/commands/DevLong"
A = f"{D}/attributes/DevLong_scalar"


@pytest.mark.parametrize("values", ["true&async=false", "false&async=true", "true&async=true"])
@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("PUT", f"{A}/value", "v=5&", None),
        ("PUT", f"{D}/attributes/value", "DevLong_scalar=5&", None),
        ("PUT", f"{A}/info", "", {"label": "other"}),
        ("PUT", f"{A}/properties/p", "value=a&", None),
        ("DELETE", f"{A}/properties/p", "", None),
        ("PUT", f"{D}/commands/State", "", None),
        ("PUT", f"{D}/properties/p", "value=a&", None),
        ("POST", f"{D}/properties/p", "value=a&", None),
        ("DELETE", f"{D}/properties/p", "", None),
        ("PUT", f"{D}/properties", "p=a&", None),
        ("POST", f"{D}/properties", "p=a&", None),
    ],
)
def test_doubled_async_is_refused(
    settable: Rest, method: str, path: str, query: str, body: object, values: str
) -> None:
    read = (f"{A}/value", f"{A}/info", f"{A}/properties", f"{D}/properties")
    before = [settable.body(each) for each in read]
    given = {} if body is None else {"json": body}
    result = settable.request(method, path, query_string=f"{query}async={values}", **given)
    said = "async in the query: one is expected, 2 are given."
    expected = http_failure(400, "BAD_REQUEST", said, settable.ticks)
    assert (result.status_code, result.json) == (400, expected)
    # The time of a value that is read from the device is that of the reading.
    settled = [settable.body(each) for each in read]
    for each in (before[0], settled[0]):
        del each["timestamp"]
    assert settled == before


@pytest.mark.parametrize("query", ["input=1&v=2", "v=1&input=1", "v=&input="])
def test_argument_by_both_names_is_refused(echo: Rest, query: str) -> None:
    result = echo.request("PUT", C, query_string=query)
    sentence = "input and v in the query: one of them is expected."
    expected = http_failure(400, "BAD_REQUEST", sentence, echo.ticks)
    assert (result.status_code, result.json) == (400, expected)
