"""Bodies that are compressed, which nothing here reads; on both backends and in both modes."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from conftest import Rest
from rest_answers import P, http_failure
from writing.echoing import DEVICE
from writing.settable import DEVICE as SETTABLE

D, S = f"{P}/devices/{DEVICE}", f"{P}/devices/{SETTABLE}"
PIPE = {"name": "b", "data": [{"name": "x", "type": "DevLong", "value": 1}]}
CODINGS = ["gzip", "GZip", "deflate", "br", "identity, gzip", "x-any"]


def refused(rest: Rest, coding: str) -> Any:
    said = f"The body has the Content-Encoding {coding!r}; a body without is expected."
    return http_failure(415, "UNSUPPORTED_MEDIA_TYPE", said, rest.ticks)


def ask(
    rest: Rest, method: str, path: str, content: Any, coding: str, kind: str = "application/json"
) -> Any:
    headers = {"Content-Type": kind, "Content-Encoding": coding}
    body = gzip.compress(orjson.dumps(content)) if "gzip" in coding else orjson.dumps(content)
    result = rest.request(method, path, body=body, headers=headers)
    return result.status_code, result.headers.get("accept-encoding"), result.json


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
@pytest.mark.parametrize("coding", CODINGS)
def test_coded_argument_is_refused(echo: Rest, coding: str, kind: str) -> None:
    """A DevString would take any text."""
    for command in ("DevString", "DevLong"):
        answer = ask(echo, "PUT", f"{D}/commands/{command}", 5, coding, kind)
        assert answer == (415, "identity", refused(echo, coding))


def test_coded_pipe_is_refused(echo: Rest, echoing: Any) -> None:
    if not echoing.capabilities.has_pipes:
        pytest.skip("this PyTango has no pipes")
    answer = ask(echo, "PUT", f"{D}/pipes/Kept", PIPE, "gzip")
    assert answer == (415, "identity", refused(echo, "gzip"))


def state(rest: Rest) -> list[Any]:
    read = ("info", "properties")
    values = [rest.body(f"{S}/attributes/Dev{each}_scalar/value") for each in ("Long", "String")]
    return [
        *(rest.body(f"{S}/attributes/DevLong_scalar/{each}") for each in read),
        *(each["value"] for each in values),
        rest.body(f"{S}/properties"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", "attributes/DevLong_scalar/value", 5),
        ("PUT", "attributes/DevString_scalar/value", "text"),
        ("PUT", "attributes/DevLong_scalar/info", {"label": "other"}),
        ("PUT", "attributes/DevLong_scalar/properties/p", ["a"]),
        ("PUT", "properties/p", ["a"]),
        ("POST", "properties/p", ["a"]),
        ("PUT", "properties", {"p": ["a"]}),
        ("POST", "properties", {"p": ["a"]}),
    ],
)
def test_coded_body_changes_nothing(settable: Rest, method: str, path: str, content: Any) -> None:
    before = state(settable)
    answer = ask(settable, method, f"{S}/{path}", content, "gzip")
    assert answer == (415, "identity", refused(settable, "gzip"))
    assert state(settable) == before


@pytest.mark.parametrize("coding", ["identity", "Identity", "", " identity , identity"])
def test_identity_is_no_coding(echo: Rest, coding: str) -> None:
    answer = ask(echo, "PUT", f"{D}/commands/DevLong", 5, coding)
    assert answer == (200, None, {"name": "DevLong", "output": 5})


def test_body_that_is_not_read_may_be_coded(echo: Rest) -> None:
    """The argument is in the query then."""
    headers = {"Content-Encoding": "gzip"}
    path = f"{D}/commands/DevLong"
    result = echo.request("PUT", path, query_string="v=5", body=b"\x1f", headers=headers)
    assert (result.status_code, result.json) == (200, {"name": "DevLong", "output": 5})
