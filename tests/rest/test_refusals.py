"""Unknown paths and methods, on both backends: 404 and 405, or as in the original a Failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon.testing
import pytest
from dirty_equals import IsStr

from conftest import Rest
from mtango_ref.openapi import operations
from path_examples import EXAMPLES, PATHS
from rest_answers import D, failure, http_failure, recent, refusal

Serve = Callable[..., Rest]
# The test client warns of methods that it does not know.
UNKNOWN_TO_WSGIREF = "ignore:Unknown REQUEST_METHOD"


@pytest.fixture
def original(serve: Serve) -> Rest:
    return serve(rc3_mode="implementation")


def as_tangos(reason: str, sentence: object) -> dict[str, Any]:
    error = {
        "reason": reason,
        "description": sentence,
        "severity": "ERR",
        "origin": "mtango-ref",
    }
    return failure(error, ticks=1000)


@pytest.mark.filterwarnings(UNKNOWN_TO_WSGIREF)
@pytest.mark.parametrize("path", PATHS)
def test_other_method_is_405(both: Rest, path: str) -> None:
    """Every known path, every method that the swagger files do not give it; implementation: a
    Failure with 200, but for what the original had not."""
    mode = "strict" if path.startswith("/sys") else both.settings.rc3_mode
    defined = {one.method for one in operations(both.settings) if one.path == path}
    for method in ("GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "CONNECT"):
        if method in defined:
            continue
        result = both.request(method, path.format(**EXAMPLES))
        sentence = IsStr(regex=f"{method} is not .+ are.")
        status, body = refusal(mode, 405, "METHOD_NOT_ALLOWED", sentence)
        body["timestamp"] = recent(both.ticks)
        assert (result.status_code, result.json) == (status, body)
        if status == 200:
            assert "allow" not in result.headers
            continue
        allowed = set(result.headers["allow"].split(", "))
        with_head = {"HEAD"} if "GET" in defined else set()
        assert allowed == defined | with_head | {"OPTIONS"}


@pytest.mark.filterwarnings(UNKNOWN_TO_WSGIREF)
def test_unknown_method_is_405(both: Rest) -> None:
    mode, allowed = both.settings.rc3_mode, "GET, HEAD, PUT, OPTIONS"
    result = both.request("BREW", f"{D}/attributes/double_scalar/value")
    sentence = f"BREW is not defined here; {allowed} are."
    expected = refusal(mode, 405, "METHOD_NOT_ALLOWED", sentence)
    assert (result.status_code, result.json) == expected
    assert result.headers.get("allow") == (allowed if mode == "strict" else None)


@pytest.mark.parametrize(
    "path", ["/nope", "/rc3/hosts/localhost", f"{D}/nope", f"{D}/state//", "//"]
)
def test_unknown_path_is_404(both: Rest, path: str) -> None:
    sentence = (
        f"There is nothing at /tango/rest{path.removesuffix('/')}; /swagger/ shows what there is."
    )
    result = both.get(path)
    assert (result.status_code, result.json) == refusal(
        both.settings.rc3_mode, 404, "NOT_FOUND", sentence
    )


NOTHING = IsStr(regex="There is nothing at /.*; /swagger/ shows what there is.")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_unknown_path_is_a_failure_whatever_the_method(original: Rest, method: str) -> None:
    for path in ("/nope", "/rc4", "/rc3/nope", f"{D}/nope", "/sysadmin", "/swagger", "/manual"):
        result = original.request(method, path)
        expected = as_tangos("NotFoundException", NOTHING)
        assert (result.status_code, result.json) == (200, expected), path
        assert result.headers["content-type"] == "application/json"


def test_head_of_an_unknown_path_is_as_get_without_the_body(original: Rest) -> None:
    got, head = original.get("/nope"), original.request("HEAD", "/nope")
    assert (head.status_code, head.headers, head.content) == (200, got.headers, b"")


def test_known_path_keeps_head_and_options(original: Rest) -> None:
    head = original.request("HEAD", f"{D}/state")
    assert (head.status_code, head.content) == (200, b"")
    options = original.request("OPTIONS", f"{D}/state", headers={"Origin": "http://a.org"})
    assert (options.status_code, options.content) == (200, b"")
    assert options.headers["access-control-allow-methods"]


def test_page_of_another_origin_may_read_it(original: Rest) -> None:
    for method, path in (("GET", "/nope"), ("DELETE", D)):
        result = original.request(method, path, headers={"Origin": "http://a.org"})
        assert (result.status_code, result.json["quality"]) == (200, "FAILURE")
        assert result.headers["access-control-allow-origin"] == "http://a.org"


def test_unknown_method_is_a_failure_without_allow(original: Rest) -> None:
    for path in ("", "/rc3", D, f"{D}/attributes/double_scalar/info"):
        result = original.request("DELETE", path)
        sentence = IsStr(regex="DELETE is not defined here; GET, .*OPTIONS are.")
        expected = as_tangos("NotAllowedException", sentence)
        assert (result.status_code, result.json) == (200, expected), path
        assert "allow" not in result.headers


@pytest.mark.parametrize("extensions", [("status",), ("status", "writes")])
def test_status_asks_for_statuses(serve: Serve, extensions: tuple[str, ...]) -> None:
    rest = serve(rc3_mode="implementation", extensions=extensions)
    nothing = rest.get("/nope")
    assert (nothing.status_code, nothing.json) == (
        404,
        http_failure(404, "NOT_FOUND", NOTHING, 1000),
    )
    result = rest.request("DELETE", D)
    sentence = "DELETE is not defined here; GET, HEAD, OPTIONS are."
    assert (result.status_code, result.headers["allow"], result.json) == (
        405,
        "GET, HEAD, OPTIONS",
        http_failure(405, "METHOD_NOT_ALLOWED", sentence, 1000),
    )


OURS = ["/sys/nope", "/sys/clean", "/sys/cache/devices/x"]
BESIDE = ["/swagger/nope", "/manual/nope", "/health/nope", "/metrics/nope", "/favicon.ico/nope"]


@pytest.mark.parametrize("app_base", ["/tango/rest", "/", "/lab/x", "/manual/x"])
def test_what_the_original_had_not_stays_404(serve: Serve, app_base: str) -> None:
    rest = serve(rc3_mode="implementation", app_base=app_base)
    base = rest.settings.app_base
    for path in (*(base + each for each in OURS), *BESIDE):
        check_refused(rest.client.simulate_get(path), 404, "NOT_FOUND")
    check_refused(rest.client.simulate_delete(f"{base}/sys"), 405, "METHOD_NOT_ALLOWED")
    check_refused(rest.client.simulate_delete("/swagger/rc3.yml"), 405, "METHOD_NOT_ALLOWED")
    found = rest.client.simulate_get(f"{base}/nope")
    assert (found.status_code, found.json) == (200, as_tangos("NotFoundException", NOTHING))
    if base:
        check_refused(rest.client.simulate_get(f"{base}x"), 404, "NOT_FOUND")
        check_refused(rest.client.simulate_get("/nope"), 404, "NOT_FOUND")


def check_refused(result: falcon.testing.Result, status: int, reason: str) -> None:
    expected = http_failure(status, reason, IsStr(), 1000)
    assert (result.status_code, result.json) == (status, expected)


def test_what_is_wrong_otherwise_has_its_status(original: Rest) -> None:
    off = original.request("PUT", f"{D}/commands/State")
    assert (off.status_code, off.json["http_status"]) == (501, 501)
    wrong = original.get(f"{D}/attributes/value", query_string="attr=")
    assert (wrong.status_code, wrong.json["http_status"]) == (400, 400)


def test_strict_mode_has_statuses(rest: Rest) -> None:
    assert rest.get("/nope").status_code == 404
    assert rest.request("DELETE", D).status_code == 405
