"""Compression of large answers by Accept-Encoding."""

from __future__ import annotations

import gzip

import pytest

from conftest import Rest
from mtango_ref.http.compression import accepts_gzip
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import D

LARGE = f"{D}/attributes"
SMALL = f"{D}/attributes/double_scalar/value"
GZIP = {"Accept-Encoding": "gzip"}
HEADERS = ("content-encoding", "content-length", "content-type", "vary", "x-mtango")


@pytest.mark.parametrize(
    ("header", "accepted"),
    {
        "": False,
        "gzip": True,
        "GZip": True,
        "x-gzip": True,
        "*": True,
        "deflate, gzip;q=0.5, br": True,
        "gzip ; q=1.000": True,
        "gzip;q=0": False,
        "gzip;q=0.000, *": False,
        "*;q=0": False,
        "*;q=0, gzip": True,
        "identity": False,
        "identity;q=0.5, gzip": True,
        "identity, gzip;q=0.5": False,
        "br;q=1.0, zstd": False,
        "gzip;q=2": False,
        "gzip;q=-1": False,
        "gzip;q=nan": False,
        "gzip;q=": False,
        "gzip;level=9": False,
        "gzip\xff": False,
        ",,;;q=1,=": False,
        "gzip gzip": False,
        "gzip" + " " * 60_000 + "x": False,
        "," * 60_000 + "gzip": True,
    }.items(),
    ids=range(25),
)
def test_header_is_read_as_rfc_9110_says(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_large_answer_is_compressed_for_who_accepts_it(rest: Rest) -> None:
    plain, compressed = rest.get(LARGE), rest.get(LARGE, headers=GZIP)
    assert gzip.decompress(compressed.content) == plain.content
    assert {name: compressed.headers.get(name) for name in HEADERS} == {
        **{name: plain.headers.get(name) for name in HEADERS},
        "content-encoding": "gzip",
        "content-length": str(len(compressed.content)),
        "vary": "Origin, Accept-Encoding",
    }
    assert len(compressed.content) < len(plain.content) / 4


def test_large_answer_stays_plain_for_others(rest: Rest) -> None:
    """Caches keep it apart: it would have been another one for others."""
    for headers in ({}, {"Accept-Encoding": "br, gzip;q=0"}, {"Accept-Encoding": "\xe9;;,q"}):
        plain = rest.get(LARGE, headers=headers)
        assert plain.headers.get("content-encoding") is None
        assert plain.headers["vary"] == "Origin, Accept-Encoding"
        assert plain.headers["content-length"] == str(len(plain.content))


def test_small_answer_is_never_compressed(rest: Rest) -> None:
    plain = rest.get(SMALL, headers=GZIP)
    assert (plain.headers.get("content-encoding"), plain.headers["vary"]) == (None, "Origin")


@pytest.mark.parametrize("headers", [{}, GZIP])
def test_head_has_the_headers_of_get(rest: Rest, headers: dict[str, str]) -> None:
    get = rest.get(LARGE, headers=headers)
    head = rest.request("HEAD", LARGE, headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers.get(name) for name in HEADERS} == {
        name: get.headers.get(name) for name in HEADERS
    }


def test_setting_says_from_where_on(backend: Backend) -> None:
    """An answer that has just as many bytes stays as it is; with 0 each does."""
    size = len(Rest(Settings(), backend).get(LARGE).content)
    found = {
        above: Rest(Settings(compress_above=above), backend).get(LARGE, headers=GZIP).headers
        for above in (0, size - 1, size)
    }
    assert {above: each.get("content-encoding") for above, each in found.items()} == {
        0: None,
        size - 1: "gzip",
        size: None,
    }
    assert [each["vary"] for each in found.values()] == [
        "Origin",
        "Origin, Accept-Encoding",
        "Origin",
    ]
