"""Questions of those who operate the server, beside the API."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import falcon.testing
import pytest

from conftest import Rest
from debian import find_or_skip
from mtango_ref import __version__, openapi
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.calls import OutOfTime, TooManyWait, timed_out
from mtango_ref.fixture.loading import load
from mtango_ref.http.middleware import DRAINING
from mtango_ref.settings.model import Settings
from openapi import MODES, documents
from rest_answers import D

NO_STORE = "no-store"


def fake(**settings: Any) -> Rest:
    return Rest(Settings(**settings), FakeBackend(load("tango_test"), seed=0))


def ask(rest: Rest, path: str, **arguments: Any) -> falcon.testing.Result:
    return rest.client.simulate_get(path, **arguments)


def differences(rest: Rest, path: str, result: falcon.testing.Result) -> list[str]:
    """Return what of an answer is not as the file says."""
    document = documents(rest.settings)[openapi.OPERATING]
    operation = document.operation_at("GET", path)
    assert operation is not None
    return document.answer_errors(operation, result)


@pytest.mark.parametrize("app_base", ["/tango/rest", "/"])
def test_server_is_live_and_ready(serve: Callable[..., Rest], app_base: str) -> None:
    """Both backends say so, wherever the API is."""
    rest = serve(app_base=app_base)
    for path, status in (("/health/live", "live"), ("/health/ready", "ready")):
        result = ask(rest, path)
        assert (result.status_code, result.json) == (200, {"status": status})
        assert result.headers["cache-control"] == NO_STORE
        assert differences(rest, path, result) == []


WHY = {
    "hanging": (
        timed_out("the database", 3.0),
        "The database does not answer: API_DeviceTimedOut,"
        " Timeout (3000 mS) exceeded on the database",
    ),
    "out-of-time": (OutOfTime(), "Too many requests wait for the database"),
    "crowded": (TooManyWait(), "Too many requests wait for the database"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("error", "why"), WHY.values(), ids=WHY)
def test_server_is_not_ready_without_its_database(mode: str, error: Exception, why: str) -> None:
    """The server says why, and lives on; as soon as the database is back it is ready."""
    backend = FakeBackend(load("tango_test"), clock=lambda: 1795350056.151)
    rest = Rest(Settings.model_validate({"rc3_mode": mode}), backend)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backend.database, "get_info", raising(error))
        result = ask(rest, "/health/ready")
        assert ask(rest, "/health/live").status_code == 200
    check_unready(rest, result, why)
    assert ask(rest, "/health/ready").status_code == 200


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def check_unready(rest: Rest, result: falcon.testing.Result, why: str) -> None:
    assert (result.status_code, result.headers["cache-control"]) == (503, NO_STORE)
    assert result.json == {
        "errors": [
            {
                "reason": "SERVICE_UNAVAILABLE",
                "description": why,
                "severity": "ERR",
                "origin": "mtango-ref",
            }
        ],
        "quality": "FAILURE",
        "timestamp": result.json["timestamp"],
        "http_status": 503,
    }
    assert differences(rest, "/health/ready", result) == []


def test_server_that_ends_is_not_ready() -> None:
    """The server lives still: nobody shall end it a second time."""
    rest = fake()
    result = ask(rest, "/health/ready", extras={DRAINING: True})
    check_unready(rest, result, "The server is about to end")
    assert ask(rest, "/health/live", extras={DRAINING: True}).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/nope", "/metrics/x", "/tango/rest/metrics"])
def test_other_paths_are_unknown(path: str) -> None:
    assert ask(fake(), path).status_code == 404


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_other_methods_are_refused(path: str) -> None:
    rest = fake()
    result = rest.client.simulate_post(path)
    assert (result.status_code, result.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    head = rest.client.simulate_head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_metrics_can_be_left_out() -> None:
    rest = fake(metrics=False)
    assert ask(rest, "/metrics").status_code == 404
    assert ask(rest, "/health/ready").status_code == 200


def test_metrics_are_described() -> None:
    rest = fake()
    result = ask(rest, "/metrics")
    assert result.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert result.headers["cache-control"] == NO_STORE
    assert differences(rest, "/metrics", result) == []


def figures(rest: Rest) -> dict[str, float]:
    """Read each series with its number."""
    lines = ask(rest, "/metrics").text.splitlines()
    series = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(number) for name, _, number in series}


def test_requests_are_counted_by_operation_method_and_status() -> None:
    """Whatever a client sends: names of devices, methods and paths are no labels."""
    rest = fake()
    rest.get(f"{D}/attributes/double_scalar/value")
    rest.get(f"{D}/attributes/DOUBLE_SCALAR/value/")
    rest.request("HEAD", f"{D}/attributes/double_scalar/value")
    rest.request("PUT", f"{D}/attributes/double_scalar/value")
    rest.request("OPTIONS", f"{D}/state")
    rest.request("POST", f"{D}/state")
    rest.request("PATCH", f"{D}/state")
    rest.get("/nowhere/1")
    rest.get("/nowhere/2")
    rest.get("/sys/clean/devices")
    ask(rest, "/")
    ask(rest, "/manual")
    counted = {
        tuple(re.findall(r'"([^"]*)"', name)): number
        for name, number in figures(rest).items()
        if name.startswith("mtango_http_requests_total")
    }
    assert counted == {
        ("readAttribute", "GET", "200"): 2,
        ("readAttribute", "HEAD", "200"): 1,
        ("writeAttribute", "PUT", "501"): 1,
        ("none", "OPTIONS", "200"): 1,
        ("none", "POST", "405"): 1,
        ("none", "other", "405"): 1,
        ("none", "GET", "404"): 2,
        ("cleanDevices", "GET", "204"): 1,
        ("none", "GET", "302"): 1,
        ("none", "GET", "200"): 1,
    }
    assert figures(rest)["mtango_http_requests_in_flight"] == 1


def test_times_are_counted_by_operation() -> None:
    rest = fake()
    for _ in range(3):
        rest.get("/rc3")
    counted = figures(rest)
    name = 'mtango_http_request_duration_seconds_{}{{operation="getRc3"}}'
    assert counted[name.format("count")] == 3
    assert counted[name.format("sum")] > 0
    buckets = [number for each, number in counted.items() if '_bucket{operation="getRc3"' in each]
    assert buckets == sorted(buckets)
    assert len(buckets) == 15
    assert buckets[-1] == 3


def test_failures_are_counted_by_reason() -> None:
    """A reason that Tango does not know has no series of its own."""
    rest = fake()
    rest.get("/rc3/hosts/localhost/10000/devices/no/such/device/state")
    rest.get(f"{D}/attributes/nope/value")
    rest.get(f"{D}/attributes/throw_exception/value")
    counted = figures(rest)
    assert {
        name: number
        for name, number in counted.items()
        if number and name.startswith("mtango_tango_failures_total")
    } == {
        'mtango_tango_failures_total{reason="DB_DeviceNotDefined"}': 1,
        'mtango_tango_failures_total{reason="API_AttrNotFound"}': 1,
        'mtango_tango_failures_total{reason="other"}': 1,
    }


def test_caches_are_shown() -> None:
    rest = fake(cache_size=2)
    for name in ("State", "Status", "wave", "State", "state"):
        rest.get(f"{D}/attributes/{name}/value")
    counted = figures(rest)
    assert {
        name.removeprefix("mtango_proxy_cache_"): number
        for name, number in counted.items()
        if "_cache_" in name
    } == {
        'hits_total{cache="devices"}': 3,
        'hits_total{cache="attributes"}': 1,
        'misses_total{cache="devices"}': 1,
        'misses_total{cache="attributes"}': 4,
        'remade_total{cache="devices"}': 0,
        'remade_total{cache="attributes"}': 1,
        'proxies{cache="devices"}': 1,
        'proxies{cache="attributes"}': 2,
        'max_proxies{cache="devices"}': 2,
        'max_proxies{cache="attributes"}': 2,
    }
    rest.get("/sys/clean/attributes")
    after = figures(rest)
    # A counter never goes back.
    assert after['mtango_proxy_cache_hits_total{cache="attributes"}'] == 1
    assert after['mtango_proxy_cache_proxies{cache="attributes"}'] == 0


def test_build_is_shown() -> None:
    [name] = [each for each in figures(fake()) if each.startswith("mtango_build_info")]
    assert re.fullmatch(
        rf'mtango_build_info{{version="{re.escape(__version__)}",python="3\.\d+\.\d+\w*",'
        r'backend="fake"}',
        name,
    )


def test_promtool_accepts_all_metrics() -> None:
    """Names, units and types are as Prometheus' conventions say."""
    rest = fake()
    rest.get(f"{D}/attributes/double_scalar/value")
    command = [str(find_or_skip("prometheus", "usr/bin/promtool")), "check", "metrics"]
    text = ask(rest, "/metrics").content
    checked = subprocess.run(command, input=text, capture_output=True, check=False, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_manual_lists_each_metric_with_its_labels() -> None:
    page = (files("mtango_ref.manual") / "operating.md").read_text("utf-8")
    listed = {
        name: tuple(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(mtango_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    }
    shown: dict[str, tuple[str, ...]] = {}
    rest = fake()
    rest.get("/rc3")
    for name in figures(rest):
        series, _, labels = name.partition("{")
        keys = tuple(key for key in re.findall(r"(\w+)=", labels) if key != "le")
        shown[re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", series)] = keys
    assert listed == shown
