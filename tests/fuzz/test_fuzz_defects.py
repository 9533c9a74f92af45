"""Servers that are broken on purpose: each kind of defect is found, and reported with its"
" request."""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking import watch
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.fuzz.document import document
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.model import Fuzz, Level, Outcome, Place, Plan, Result, Server, Wsgi
from mtango_ref.conformance.reports.causes import graded
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.settings.model import Settings
from phases import UNLINKED, only

PLACE = Place(f"{IN_PROCESS}/tango/rest")


@cache
def facility() -> Facility:
    """Read once for all."""
    return load("tango_test")


def ask_one(wsgi: Wsgi, name: str, phases: tuple[str, ...] = UNLINKED) -> list[Result]:
    """Ask one operation, and others of its path, in these phases."""
    server, plan = Server(PLACE, app=wsgi), Plan(writes=True, fuzz=Fuzz(seed=1, examples=2))
    asked = document(server, plan)
    paths = asked["paths"]
    [path] = [path for path, item in paths.items() if name in map(operation_id, item.values())]
    asked["paths"] = {path: paths[path]}
    with only(*phases):
        return [one for one in fuzz(server, plan, asked=asked).results() if one.operation == name]


def operation_id(node: Any) -> str | None:
    return node.get("operationId") if isinstance(node, dict) else None


Change = Callable[[str, list[tuple[str, str]], Any], tuple[str, list[tuple[str, str]], Any]]


def crash(status: str, headers: Any, body: Any) -> Any:
    return "500 Internal Server Error", headers, body


def undeclared_501(status: str, headers: Any, body: Any) -> Any:
    return "501 Not Implemented", headers, body


def refusing(status: str, headers: Any, body: Any) -> Any:
    return "401 Unauthorized", headers, body


def key_less(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {key: body[key] for key in list(body)[1:]}


def key_more(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {**body, "surplus": 1}


def other_type(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {**body, "quality": 7}


def other_mode(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {**body, "timestamp": body["timestamp"] * 1000}


def raw_nan(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {**body, "value": float("nan")} if "value" in body else body


def all_is_well(status: str, headers: Any, body: Any) -> Any:
    well = {"name": "a", "value": 1, "quality": "ATTR_VALID", "timestamp": 1}
    return "200 OK", headers, well


def other_failure(status: str, headers: Any, body: Any) -> Any:
    return status, headers, {"error": "no"} if "http_status" in body else body


def no_cors(status: str, headers: Any, body: Any) -> Any:
    return status, [each for each in headers if "access-control" not in each[0].lower()], body


def no_x_mtango(status: str, headers: Any, body: Any) -> Any:
    return status, [each for each in headers if each[0].lower() != "x-mtango"], body


READ: dict[Change, str] = {
    crash: "not_a_server_error",
    undeclared_501: "status_code_conformance",
    refusing: "status_code_conformance",
    key_less: "response_schema_conformance",
    key_more: "response_schema_conformance",
    other_type: "response_schema_conformance",
    other_mode: "response_schema_conformance",
    raw_nan: "strict_json",
    all_is_well: "negative_data_rejection",
    other_failure: "http_failure",
    no_cors: "headers",
    no_x_mtango: "headers",
}
"""The defects of readAttribute, and the check that has to find each."""


def broken(change: Change) -> Wsgi:
    """Return the app with its JSON answers changed."""
    sound = create_app(Settings(), FakeBackend(facility()))

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []
        body = b"".join(sound(environ, lambda *arguments: started.extend(arguments)))
        status, headers = started[:2]
        if body.startswith(b"{"):
            status, headers, content = change(status, headers, json.loads(body))
            body = json.dumps(content).encode()
        headers = [item for item in headers if item[0].lower() != "content-length"]
        start_response(status, [*headers, ("content-length", str(len(body)))])
        return [body]

    return wsgi


@cache
def ask_broken(change: Change, name: str) -> tuple[Result, ...]:
    """Ask one operation of the app that is broken so, once for all tests.

    Most defects are in any answer, so in those to the examples, which a path without fields lacks.
    """
    is_in_any = name == "readAttribute" and change not in (all_is_well, other_failure)
    return tuple(ask_one(broken(change), name, ("examples" if is_in_any else "coverage",)))


@pytest.mark.parametrize(("defect", "check"), READ.items())
def test_a_defect_is_found(defect: Change, check: str) -> None:
    results = ask_broken(defect, "readAttribute")
    [result] = [one for one in results if one.name == f"fuzzing: readAttribute: {check}"]
    assert (result.outcome, result.facet) == (Outcome.FAILED, "attributes")
    assert all(result.differences)
    assert result.request is not None
    assert result.request.path.startswith("/rc3/hosts/")
    assert result.response is not None


M, F, W, N = Level.MUST, Outcome.FAILED, Outcome.WARNING, Outcome.NOTE
GRADES: list[tuple[str, Change, str, Level, list[Outcome]]] = [
    ("readAttribute", crash, "not_a_server_error", M, [F, F, F]),
    ("readAttribute", key_less, "response_schema_conformance", M, [F, F, F]),
    ("readAttribute", refusing, "status_code_conformance", Level.SHOULD, [W, F, F]),
    ("readAttribute", no_x_mtango, "headers", Level.MAY, [N, N, F]),
    # rc3 has no /sys; a 500 is a defect there, too.
    ("getSystem", key_less, "response_schema_conformance", Level.MAY, [N, N, F]),
    ("getSystem", crash, "not_a_server_error", M, [F, F, F]),
]
"""An operation, its defect, the check that finds it, its rule's level, outcomes at each level."""


@pytest.mark.parametrize(("operation", "defect", "check", "level", "outcomes"), GRADES)
def test_finding_counts_by_the_level_of_its_rule(
    operation: str, defect: Change, check: str, level: Level, outcomes: list[Outcome]
) -> None:
    results = ask_broken(defect, operation)
    found = [one for one in results if one.name == f"fuzzing: {operation}: {check}"]
    assert [each.rule.level for one in found for each in one.differences] == [level]
    assert [one.outcome for each in Level for one in graded(found, each)] == outcomes


def test_what_is_sound_passes() -> None:
    results = ask_one(broken(lambda *answer: answer), "readAttribute")
    assert [(one.name, one.outcome) for one in results] == [
        ("fuzzing: readAttribute", Outcome.PASSED)
    ]


def test_501_is_501_whatever_the_arguments() -> None:
    sound = create_app(Settings(), FakeBackend(facility()))

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PUT" and environ.get("QUERY_STRING"):
            start_response("404 Not Found", [("content-type", "application/json")])
            return [b"{}"]
        return sound(environ, start_response)

    results = ask_one(wsgi, "runCommand")
    [result] = [one for one in results if one.name == "fuzzing: runCommand: off_is_501"]
    assert result.differences == ("The status is 404; expected 501, whatever the arguments.",)
    assert [one.outcome for one in ask_one(sound, "runCommand")] == [Outcome.NOT_IMPLEMENTED]


def test_operation_implemented_in_part_is_found() -> None:
    """501 to some, where the operation may be 501 to all."""
    sound = create_app(Settings(), FakeBackend(facility()))
    is_off = itertools.cycle((False, True))  # By turns: whatever is drawn, both come.

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and next(is_off):
            environ = {**environ, "REQUEST_METHOD": "PUT"}  # which is off
        return sound(environ, start_response)

    names = [one.name for one in ask_one(wsgi, "readPipe")]
    assert names == ["fuzzing: readPipe: part_time"]


def test_server_of_another_make_is_judged_by_rc3_alone() -> None:
    """This server does more than rc3 asks for: another need not have it. Nothing is written."""
    sound = create_app(Settings(rc3_mode="implementation"), FakeBackend(facility()))
    methods = set()

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = {"allow", "content-length", "content-type", "last-modified"}
            headers = [each for each in headers if each[0].lower() in kept]
            return start_response(status, headers, *rest)

        methods.add(environ["REQUEST_METHOD"])
        if "/sys" in environ["PATH_INFO"].removeprefix("/tango/rest")[:4]:
            environ = {**environ, "PATH_INFO": "/nothing"}
        return sound(environ, start)

    server = Server(PLACE, has=frozenset(), app=wsgi)
    with only(*UNLINKED):
        results = fuzz(server, Plan("implementation", fuzz=Fuzz(1, examples=1))).results()
    assert [one for one in results if one.outcome is Outcome.FAILED] == []
    assert {one.operation for one in results if one.outcome is Outcome.NOT_IMPLEMENTED} == {
        "awaitChange",
        "awaitPeriodic",
        "awaitUser",
    }
    assert methods == {"GET", "OPTIONS", "TRACE"}
    assert "getSystem" not in {one.operation for one in results}


# ---- servers at a URL ----------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Answers all alike; `status` and `content` are the server's."""

    def answer(self) -> None:
        content = self.server.content
        if content is None:
            time.sleep(30)
        if not content:
            return  # and closes the connection
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_OPTIONS = do_TRACE = answer  # noqa: N815 - the names are http.server's

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(status: int, content: bytes | None) -> Iterator[str]:
    """Yield the URL of a server; content: None hangs, b"" closes the connection."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.status, server.content = status, content
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/tango/rest"
    server.shutdown()
    thread.join()
    server.server_close()


def fuzzed(url: str, seconds: float, timeout: float = 10.0) -> Findings:
    server = Server(Place(url), timeout=timeout, has=frozenset())
    return fuzz(server, Plan(fuzz=Fuzz(seed=1, seconds=seconds)))


@pytest.mark.parametrize(
    ("status", "content", "check"),
    [
        (401, b"{}", "status_code_conformance"),
        (500, b"{}", "not_a_server_error"),
        (200, b"<p>Hello</p>", "response_schema_conformance"),
    ],
    ids=["401", "500", "html"],
)
def test_server_that_is_none_is_found(status: int, content: bytes, check: str) -> None:
    with serving(status, content) as url, only("examples"):
        server, plan = Server(Place(url), has=frozenset()), Plan(fuzz=Fuzz(seed=1, examples=1))
        asked = document(server, plan)
        path = "/rc3/hosts/{host}/{port}/devices"  # Enough of a server that answers all alike.
        asked["paths"] = {path: asked["paths"][path]}
        results = fuzz(server, plan, asked=asked).results()
    assert {one.outcome for one in results} == {Outcome.FAILED}
    named = [one for one in results if one.name.endswith(f": {check}")]
    assert all(one.request is not None for one in named)
    assert named


@pytest.mark.parametrize("content", [b"", None], ids=["closes", "hangs"])
def test_a_server_without_answers_is_ended(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    with serving(200, content) as url:
        found = fuzzed(url, seconds=60, timeout=0.2)
    assert found.ended is not None
    assert len(found.ended.last) == 1
    assert (found.ended.why, found.results()) == ("The server stopped answering.", [])


def test_server_that_is_not_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    with serving(200, b"") as url:
        pass
    found = fuzzed(url, seconds=60)
    assert found.ended is not None
    assert (found.ended.why, found.results()) == ("The server stopped answering.", [])


def test_app_that_raises_is_found() -> None:
    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError("a defect")

    server = Server(PLACE, has=frozenset(), app=wsgi)
    results = fuzz(server, Plan(writes=True, fuzz=Fuzz(seed=1, seconds=2.0))).results()
    assert "fuzzing: getDatabase: RuntimeError" in [one.name for one in results]
    assert {one.outcome for one in results} == {Outcome.FAILED}
