"""Pipes that are written over HTTP, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

import falcon.testing
import orjson
import pytest
from dirty_equals import IsStr
from hypothesis import HealthCheck, given, settings

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.interface import Backend
from mtango_ref.pipe_input import MAX_DEPTH
from rest_answers import BASE, P, error, failure, http_failure, recent, unknown_device
from writing.blobs import (
    DUPLICATE,
    LISTS,
    REFUSED,
    SCALARS,
    blob,
    element,
    nested,
    read_back,
)
from writing.drawn import blobs
from writing.echoing import DEVICE

D = f"{P}/devices/{DEVICE}"
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def _has_pipes(echoing: Backend) -> None:
    if not echoing.capabilities.has_pipes:
        pytest.skip("this PyTango has no pipes")


def write(rest: Rest, pipe: str, content: Any, **given_: Any) -> falcon.testing.Result:
    body = orjson.dumps(content)
    return rest.request("PUT", f"{D}/pipes/{pipe}", body=body, headers=JSON, **given_)


def answer(rest: Rest, pipe: str, data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": pipe,
        "size": len(data),
        "timestamp": recent(rest.ticks),
        "data": data,
        "_links": {"_self": f"{BASE}{D}/pipes/{pipe}"},
    }


def check(rest: Rest, content: dict[str, Any]) -> None:
    """Write a blob: it is the answer, and what reading gives."""
    expected = read_back(content)
    result = write(rest, "kept", content)
    assert (result.status_code, result.json) == (200, answer(rest, "Kept", expected))
    # As JSON, where 1 is not 1.0 and -0.0 not 0.0.
    assert orjson.dumps(result.json["data"]) == orjson.dumps(expected)
    assert rest.body(f"{D}/pipes/Kept")["data"] == expected


@pytest.mark.parametrize("data_type", SCALARS)
def test_element_of_each_type_is_read_back(echo: Rest, data_type: str) -> None:
    values = SCALARS[data_type]
    alone = [element(data_type, each, f"alone {n}") for n, each in enumerate(values)]
    listed = [element(data_type, [each], f"listed {n}") for n, each in enumerate(values)]
    check(echo, blob(*alone, *listed))


@pytest.mark.parametrize("data_type", LISTS)
def test_element_of_each_array_is_read_back(echo: Rest, data_type: str) -> None:
    values = LISTS[data_type]
    check(
        echo,
        blob(
            element(data_type, values, "whole"),
            element(data_type, values[:1], "one"),
            element(data_type, [], "none"),
        ),
    )


def test_any_blob_is_read_back(echo: Rest, echoing: Backend) -> None:
    # A mode spells the answer: what a value becomes on its way is the same in both.
    # PyTango is asked the most in implementation, the fake in strict.
    is_strict = echo.settings.rc3_mode == "strict"
    examples = 15 if is_strict else 60
    if isinstance(echoing, FakeBackend):
        examples = 100 if is_strict else 15
    suppressed = [HealthCheck.function_scoped_fixture]

    @settings(max_examples=examples, deadline=None, suppress_health_check=suppressed)
    @given(blobs())
    def check_any(content: dict[str, Any]) -> None:
        check(echo, content)

    check_any()


def test_blobs_within_one_another_are_read_back(echo: Rest) -> None:
    check(echo, nested(MAX_DEPTH))
    inner = blob(element("DevLong", 1), name="inner")
    check(echo, blob(element("DevPipeBlob", inner), element("DevPipeBlob", [inner], "y")))


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refused_blob_says_where_and_is_not_written(echo: Rest, number: int) -> None:
    content, sentence = REFUSED[number]
    before = echo.body(f"{D}/pipes/other")["data"]
    outer = f"Failed to write_pipe on device {DEVICE}, pipe OTHER"
    result = write(echo, "OTHER", content)
    refused = [error("API_PipeWrongArg", sentence), error("API_PipeFailed", outer)]
    assert (result.status_code, result.json) == (200, failure(*refused, ticks=echo.ticks))
    assert echo.body(f"{D}/pipes/other")["data"] == before


def failed(rest: Rest, pipe: str, reason: str, sentence: str) -> dict[str, Any]:
    outer = f"Failed to write_pipe on device {DEVICE}, pipe {pipe}"
    return failure(error(reason, sentence), error("API_PipeFailed", outer), ticks=rest.ticks)


def test_what_tango_refuses_is_a_failure(echo: Rest) -> None:
    one = blob(element("DevLong", 1))
    content, sentence = DUPLICATE
    refused: list[tuple[str, Any, str, str]] = [
        ("kept", content, "API_PipeDuplicateDEName", sentence),
        ("FIXED", one, "API_PipeNotWritable", "Pipe FIXED is not writable"),
        ("Nope", one, "API_PipeNotFound", "Nope pipe not found"),
    ]
    for pipe, written, reason, said in refused:
        assert write(echo, pipe, written).json == failed(echo, pipe, reason, said)
    unknown = echo.request(
        "PUT", f"{P}/devices/no/such/device/pipes/p", body=orjson.dumps(one), headers=JSON
    )
    assert unknown.json == failure(*unknown_device("no/such/device"), ticks=echo.ticks)


def test_pipe_that_cannot_be_read_fails_after_it_is_written(echo: Rest) -> None:
    outer = f"Failed to read_pipe on device {DEVICE}, pipe broken"
    errors = [error("Broken", "It is broken"), error("API_PipeFailed", outer)]
    result = write(echo, "broken", blob(element("DevLong", 1)))
    assert result.json == failure(*errors, ticks=echo.ticks)


def test_plain_text_is_read_as_json(echo: Rest) -> None:
    body = orjson.dumps(blob(element("DevLong", 7)))
    result = echo.request(
        "PUT", f"{D}/pipes/Kept", body=body, headers={"content-type": "text/plain"}
    )
    assert result.json == answer(echo, "Kept", [{"name": "x", "value": [7]}])


def test_no_body_is_refused(echo: Rest) -> None:
    sentence = "There is no body: a blob as JSON is expected."
    result = echo.request("PUT", f"{D}/pipes/Kept")
    expected = http_failure(400, "BAD_REQUEST", sentence, echo.ticks)
    assert (result.status_code, result.json) == (400, expected)


NOT_JSON = IsStr(regex="The body is not JSON: .+")
NOT_UTF_8 = "The body is not UTF-8, which is expected: byte 0 is 0xff."
BAD: list[tuple[bytes, str, int, object]] = [
    (b"\xef\xbb\xbf{}", "application/json", 400, NOT_JSON),
    ('{"name": "b", "data": []}'.encode("utf-16"), "application/json", 400, NOT_UTF_8),
    (b'{"name": "b", "data": [', "application/json", 400, NOT_JSON),
    (b"x", "text/plain", 400, NOT_JSON),
    (
        orjson.dumps(blob(element("DevDouble", 1))).replace(b"1", b"1e400"),
        "application/json",
        400,
        NOT_JSON,
    ),
    (b'{"data":' * 2000 + b"1" + b"}" * 2000, "application/json", 400, NOT_JSON),
    (
        b"{}",
        "application/xml",
        415,
        "The body is 'application/xml'; application/json is expected, or text/plain in UTF-8.",
    ),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_bad_body_is_refused(echo: Rest, number: int) -> None:
    body, media_type, status, sentence = BAD[number]
    reason = {400: "BAD_REQUEST", 415: "UNSUPPORTED_MEDIA_TYPE"}[status]
    headers = {"content-type": media_type}
    result = echo.request("PUT", f"{D}/pipes/Kept", body=body, headers=headers)
    expected = http_failure(status, reason, sentence, echo.ticks)
    assert (result.status_code, result.json) == (status, expected)


def test_megabytes_are_read_back(echo: Rest) -> None:
    content = blob(element("DevVarDoubleArray", [1.25] * 400_000))
    assert write(echo, "kept", content).json["data"] == read_back(content)
