"""schemathesis asks what operators ask, on each backend, be the server well or not."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref import openapi
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.calls import TooManyWait, timed_out
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.model import Fuzz, Place, Plan, Server, Wsgi
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.http.middleware import DRAINING
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from openapi import MODES

SEED = 20261123
PATHS = {"getLiveness": "/health/live", "getReadiness": "/health/ready", "getMetrics": "/metrics"}


def run(app: Wsgi, mode: str) -> Findings:
    asked = openapi.document(openapi.OPERATING, openapi.Options(mode))
    server = Server(Place(IN_PROCESS), app=app)
    return fuzz(server, Plan(mode, writes=True, fuzz=Fuzz(SEED)), asked=asked)


def wrong(findings: Findings) -> list[object]:
    return [each.differences for each in findings.results() if each.differences]


def statuses(findings: Findings) -> dict[str, set[int]]:
    """Return the statuses of each operation's answers to its own method."""
    return {name: {*counts} for name, counts in findings.statuses.items()}


def draining(app: Wsgi) -> Wsgi:
    """Return the app in a server that is about to end."""
    return lambda environ, start_response: app({**environ, DRAINING: True}, start_response)


@pytest.mark.parametrize("mode", MODES)
def test_every_request_of_operators_passes(backend: Backend, mode: str) -> None:
    """Other methods are tried, too: only what the file defines is answered."""
    app = create_app(Settings.model_validate({"rc3_mode": mode}), backend)
    findings = run(app, mode)
    assert wrong(findings) == []
    assert statuses(findings) == {name: {200} for name in PATHS}
    assert findings.phases["coverage"] > 6 * len(PATHS)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", ["no database", "crowded", "draining"])
def test_every_request_of_operators_passes_while_unready(
    backend: Backend, mode: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each 503 is as the file says."""
    app: Wsgi = create_app(Settings.model_validate({"rc3_mode": mode}), backend)
    errors = {"no database": timed_out("the database", 3.0), "crowded": TooManyWait()}
    if state == "draining":
        app = draining(app)
    else:

        def get_info() -> None:
            raise errors[state]

        monkeypatch.setattr(backend.database, "get_info", get_info)
    findings = run(app, mode)
    assert wrong(findings) == []
    assert statuses(findings) == {name: {200} for name in PATHS} | {"getReadiness": {503}}


def test_what_is_left_out_is_not_asked(backend: Backend) -> None:
    """The file has none without metrics, and the server answers 404 as the file's head says."""
    settings = Settings(metrics=False)
    document = openapi.document(openapi.OPERATING, settings)
    assert [*document["paths"]] == ["/health/live", "/health/ready"]
    findings = run(create_app(settings, backend), "strict")
    assert statuses(findings)["getMetrics"] == {404}
    assert statuses(findings).keys() == PATHS.keys()


Headers = list[tuple[str, str]]
Change = Callable[[str, Headers, bytes], tuple[str, Headers, bytes]]


def without(name: str) -> Change:
    def leave_out(status: str, headers: Headers, body: bytes) -> tuple[str, Headers, bytes]:
        return status, [each for each in headers if each[0].lower() != name], body

    return leave_out


def with_type(media_type: str) -> Change:
    def change(status: str, headers: Headers, body: bytes) -> tuple[str, Headers, bytes]:
        _, others, _ = without("content-type")(status, headers, body)
        return status, [*others, ("content-type", media_type)], body

    return change


def with_status(given: str) -> Change:
    return lambda _, headers, body: (given, headers, body)


def with_body(content: object) -> Change:
    return lambda status, headers, _: (status, headers, json.dumps(content).encode())


DEFECTS: dict[str, tuple[str, Change, str]] = {
    "cached": ("/health/ready", without("cache-control"), "response_headers_conformance"),
    "anonymous": ("/metrics", without("x-mtango"), "headers"),
    "other type": ("/metrics", with_type("text/html"), "content_type_conformance"),
    "crash": ("/metrics", with_status("500 Internal Server Error"), "not_a_server_error"),
    "busy": ("/metrics", with_status("503 Service Unavailable"), "not_a_server_error"),
    "refusing": ("/health/live", with_status("403 Forbidden"), "status_code_conformance"),
    "unready": ("/health/ready", with_status("503 Unavailable"), "response_schema_conformance"),
    "other word": ("/health/live", with_body({"status": "up"}), "response_schema_conformance"),
    "surplus": (
        "/health/ready", with_body({"status": "ready", "x": 1}), "response_schema_conformance",
    ),
}  # fmt: skip
"""The path of each defect, the defect, and the check that has to find it."""


def broken(sound: Wsgi, path: str, change: Change) -> Wsgi:
    """Return the app with its answers at one path changed."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path or environ["REQUEST_METHOD"] != "GET":
            return sound(environ, start_response)
        started: list[Any] = []
        body = b"".join(sound(environ, lambda *arguments: started.extend(arguments)))
        status, headers, body = change(*started[:2], body)
        headers = without("content-length")(status, headers, body)[1]
        start_response(status, [*headers, ("content-length", str(len(body)))])
        return [body]

    return app


@pytest.mark.parametrize(("path", "change", "check"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found(path: str, change: Change, check: str) -> None:
    """A defect is found in one operation, and in no other."""
    sound = create_app(Settings(), FakeBackend(load("tango_test")))
    findings = run(broken(sound, path, change), "strict")
    found = Counter(each.operation for each in findings.results() if each.differences)
    [name] = found
    assert PATHS[str(name)] == path
    kinds = {each.kind for result in findings.results() for each in result.differences}
    assert f"fuzzing: {check}" in kinds
