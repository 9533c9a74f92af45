"""The pages that a browser lets use the server: the setting cors_origins."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.http.cors import chosen, sentence
from mtango_ref.openapi import extensions
from mtango_ref.settings.model import Settings
from program import Serving, serving
from raw import exchange, get
from rest_answers import D

LISTED = "https://synoptic.lab:8443"
OTHER = "https://evil.example"
ANSWER = {
    "access-control-allow-origin": LISTED,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-mtango",
}
PREFLIGHT = {
    "access-control-allow-methods": "GET, PUT, POST, DELETE, OPTIONS",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "86400",
}


@pytest.fixture(scope="module")
def listing() -> Rest:
    settings = Settings(cors_origins=[LISTED, "http://a"])  # type: ignore[arg-type]  # a list is as good
    return Rest(settings, FakeBackend(load("tango_test")))


def of_cors(headers: Any) -> dict[str, str]:
    found = {name.lower(): content for name, content in headers.items()}
    assert found["vary"] == "Origin"  # whether or not the answer depends on it this time
    return {name: found[name] for name in found if name.startswith("access-control")}


PATHS = ["/rc3", f"{D}/state", f"{D}/attributes/nope/value", "/nope"]


@pytest.mark.parametrize("path", PATHS)
def test_listed_origin_may_read_answers(listing: Rest, path: str) -> None:
    result = listing.get(path, headers={"Origin": LISTED})
    assert of_cors(result.headers) == ANSWER


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "", "https://synoptic.lab", "http://synoptic.lab:8443", LISTED + "/"]
)
def test_other_origin_may_not_read_answers(listing: Rest, origin: str) -> None:
    for path in PATHS:
        assert of_cors(listing.get(path, headers={"Origin": origin}).headers) == {}


@pytest.mark.parametrize(
    ("origin", "headers"), [(LISTED, {**ANSWER, **PREFLIGHT}), (OTHER, {}), (None, PREFLIGHT)]
)
def test_preflight_is_for_listed_origins(
    listing: Rest, origin: str | None, headers: dict[str, str]
) -> None:
    """OPTIONS without an Origin comes from no browser, and is answered as ever."""
    asked = {"Access-Control-Request-Method": "PUT"} | ({"Origin": origin} if origin else {})
    result = listing.request("OPTIONS", "/rc3", headers=asked)
    assert (result.status_code, of_cors(result.headers)) == (200, headers)


# settings -> origins that may then read; None is any
CHOSEN: list[tuple[dict[str, Any], tuple[str, ...] | None]] = [
    ({}, None),
    ({"backend": "tango"}, None),
    ({"backend": "tango", "extensions": ("events",)}, None),
    ({"backend": "tango", "extensions": ("writes",)}, ()),
    ({"backend": "tango", "extensions": ("events", "auth")}, ()),
    ({"backend": "tango", "extensions": ("all",)}, ()),
    ({"backend": "tango", "extensions": ("writes",), "cors_origins": (LISTED,)}, (LISTED,)),
    ({"backend": "tango", "extensions": ("writes",), "cors_origins": ("any",)}, None),
    ({"backend": "fake", "extensions": ("writes", "auth")}, None),
    ({"backend": "fake", "extensions": ("writes",), "cors_origins": ()}, ()),
    ({"cors_origins": ()}, ()),
    ({"cors_origins": (LISTED, "any")}, None),
]


@pytest.mark.parametrize(("settings", "origins"), CHOSEN)
def test_any_origin_may_as_long_as_that_can_do_no_harm(
    settings: dict[str, Any], origins: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "AVAILABLE", extensions.EXTENSIONS)
    chosen_ = chosen(Settings(**settings))
    assert chosen_.origins == origins
    listed = None if origins is None else ", ".join(origins) or "none"
    assert sentence(Settings(**settings)) == (
        listed
        and f"Browsers let pages of these other origins use this server: {listed} (cors_origins)"
    )


def refused(started: Serving, origin: str) -> dict[str, str]:
    """Return what a request has that the app never hears of."""
    return of_cors(
        exchange(started.port, get("/", f"Origin: {origin}", "Content-Length: x")).headers
    )


def test_server_says_whom_it_lets_read() -> None:
    with serving("--cors-origins", f"{LISTED},http://a") as started:
        said = started.next_line()
        assert said == (
            "Browsers let pages of these other origins use this server:"
            f" {LISTED}, http://a (cors_origins)\n"
        )
        assert refused(started, LISTED) == ANSWER
        assert refused(started, OTHER) == {}
