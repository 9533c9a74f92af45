"""Bodies and queries that are none, for a value to be written."""

from __future__ import annotations

import pytest
from dirty_equals import IsStr

from conftest import Rest
from rest_answers import P, http_failure
from writing.settable import path
from writing.values import put, read

NOT_UTF_8 = "The body is not UTF-8, which is expected: byte 0 is 0xff."


@pytest.mark.parametrize(
    ("body", "kind", "status", "reason", "said"),
    [
        (
            b"",
            None,
            400,
            "BAD_REQUEST",
            "There is no value: each `v` of the query is one, or the body.",
        ),
        (
            b"1",
            "application/xml",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is 'application/xml'; application/json is expected, or text/plain in UTF-8.",
        ),
        (
            b"1",
            "text/plain; charset=latin-1",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is 'text/plain; charset=latin-1'; application/json is expected, or"
            " text/plain in UTF-8.",
        ),
        (
            b"1",
            None,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body has no Content-Type; application/json is expected, or text/plain in UTF-8.",
        ),
        (b"[1,", "application/json", 400, "BAD_REQUEST", None),
        (b"1e400", "application/json", 400, "BAD_REQUEST", None),
        (b"NaN", "application/json", 400, "BAD_REQUEST", None),
        (b"\xef\xbb\xbf1", "application/json", 400, "BAD_REQUEST", None),
        ("1".encode("utf-16"), "application/json", 400, "BAD_REQUEST", NOT_UTF_8),
        (
            b"\xef\xbb\xbf1",
            "text/plain",
            400,
            "BAD_REQUEST",
            "The body begins with a byte order mark.",
        ),
        ("1".encode("utf-16"), "text/plain", 400, "BAD_REQUEST", NOT_UTF_8),
        (b"\xff", "text/plain", 400, "BAD_REQUEST", NOT_UTF_8),
    ],
)
def test_body_that_is_none_is_refused(
    settable: Rest, body: bytes, kind: str | None, status: int, reason: str, said: str | None
) -> None:
    before = read(settable, "DevLong_scalar")["value"]
    headers = {"Content-Type": kind} if kind else {}
    result = put(settable, "DevLong_scalar", body=body, headers=headers)
    description = said or IsStr(regex=r"The body is not JSON: .+\.")
    expected = http_failure(status, reason, description, settable.ticks)
    assert (result.status_code, result.json) == (status, expected)
    assert read(settable, "DevLong_scalar")["value"] == before


def test_query_that_is_no_utf_8_is_refused(settable: Rest) -> None:
    result = settable.request("PUT", f"{P}{path('DevString_scalar')}/value", query_string="v=%ff")
    said = (
        "The query is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 2: invalid start"
        " byte."
    )
    assert result.json == http_failure(400, "BAD_REQUEST", said, settable.ticks)
