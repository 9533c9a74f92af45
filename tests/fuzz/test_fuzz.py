"""schemathesis asks every operation of the swagger files, as they are served, in both modes.

The fake answers, in this process; schemathesis.toml says how to ask. The last tests break the
server on purpose, to see that each kind of defect is caught.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from mtango_ref.app import create_app
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.fixture import load
from mtango_ref.backends.fake.language import Facility
from mtango_ref.settings import Settings
from mtango_ref.specification import FILES, operations
from openapi import MODES, documents

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
OFF = {one.operation_id for one in operations(Settings()) if one.status == 501}

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Run:
    """What came of one file: counts of cases, and what is wrong, each with a curl line."""

    def __init__(self) -> None:
        self.phases: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.values = 0
        self.requests: list[tuple[str, str]] = []
        self.wrong: dict[tuple[str, str], str] = {}

    def take(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.ScenarioFinished):
            for case_id, node in event.recorder.cases.items():
                self._take_case(event.phase.value, node.value, event.recorder, case_id)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            self.wrong["the run", type(event).__name__] = str(vars_of(event))

    def _take_case(self, phase: str, case: Any, recorder: Any, case_id: str) -> None:
        if case_id not in recorder.interactions:
            return  # the app raised, which is an event of its own
        name = case.operation.definition.raw["operationId"]
        response = recorder.interactions[case_id].response
        self.phases[phase] += 1
        self.operations[name] += 1
        if case.method == case.operation.method.upper():  # other methods are tried, too
            self.statuses[name, response.status_code] += 1
        self.requests.append((response.request.method, response.request.url))
        self.values += response.status_code == 200 and b'"errors"' not in response.content
        for check in recorder.checks.get(case_id, ()):
            if check.failure_info is not None:
                failure, curl = check.failure_info.failure, check.failure_info.code_sample
                self.wrong.setdefault(
                    (name, check.name), f"{failure.title}: {failure.message}\n{curl}"
                )

    def report(self) -> str:
        return "\n\n".join(f"{'/'.join(key)}\n{text}" for key, text in self.wrong.items())


def vars_of(event: Any) -> dict[str, Any]:
    names = ("label", "value", "exception")
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def app(**settings: Any) -> Wsgi:
    return create_app(Settings(**settings), FakeBackend(facility()))


@cache
def facility() -> Facility:
    """Read once for all."""
    return load("tango_test")


def ask(wsgi: Wsgi, file: str) -> Run:
    """Ask all operations of a file, by the file that the server gives."""
    config = SchemathesisConfig.from_path(CONFIGURATION)
    return executed(schemathesis.openapi.from_wsgi(f"/swagger/{file}", wsgi, config=config))


def ask_one(wsgi: Wsgi, name: str) -> Run:
    """Ask one operation of rc3.yml, by the file as it should be."""
    document = documents(Settings())["rc3.yml"]
    [one] = [one for one in document.operations if one.operation_id == name]
    response = one.content["responses"]["200"]
    content = {**one.content, "responses": {**one.content["responses"], "200": {**response}}}
    del content["responses"]["200"]["links"]
    item = {"parameters": one.parameters, one.method.lower(): content}
    config = SchemathesisConfig.from_path(CONFIGURATION)
    schema = schemathesis.openapi.from_dict(
        {**document.content, "paths": {one.path: item}}, config=config
    )
    schema.app = wsgi
    return executed(schema)


def executed(schema: Any) -> Run:
    run = Run()
    for event in from_schema(schema).execute():
        run.take(event)
    return run


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("file", FILES)
def test_every_operation(file: str, mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = ask(app(rc3_mode=mode), file)
    seed = SchemathesisConfig.from_path(CONFIGURATION).seed
    with capsys.disabled():
        print(f"\n{file} {mode}, seed {seed}: {dict(run.phases)}, {run.values} values")
    assert not run.wrong, run.report()
    assert set(run.operations) == {
        one.operation_id for one in operations(Settings()) if in_file(one.path, file)
    }
    off = {status for name, status in run.statuses if name in OFF}
    on = {status for name, status in run.statuses if name not in OFF}
    assert off <= {501, 404}
    assert on <= {200, 204, 400, 404}


def in_file(path: str, file: str) -> bool:
    return path.split("/")[1:2] == {"main.yml": [], "rc3.yml": ["rc3"], "sys.yml": ["sys"]}[file]


def test_most_cases_of_what_is_on_give_a_value() -> None:
    """The dictionaries work: the rest are Failures and what is no name."""
    run = ask_one(app(), "readAttribute")
    assert run.values > sum(run.statuses.values()) / 3


def test_the_same_cases_each_time() -> None:
    first, second = (ask_one(app(), "readAttribute").requests for _ in range(2))
    assert first == second


# ---- a server that is broken on purpose ----------------------------------------------------------


def crash(status: str, body: Any) -> tuple[str, Any]:
    return "500 Internal Server Error", body


def undeclared_501(status: str, body: Any) -> tuple[str, Any]:
    return "501 Not Implemented", body


def key_less(status: str, body: Any) -> tuple[str, Any]:
    return status, {key: body[key] for key in list(body)[1:]}


def key_more(status: str, body: Any) -> tuple[str, Any]:
    return status, {**body, "surplus": 1}


def other_type(status: str, body: Any) -> tuple[str, Any]:
    return status, {**body, "quality": 7}


def other_mode(status: str, body: Any) -> tuple[str, Any]:
    return status, {**body, "timestamp": body["timestamp"] * 1000}


def all_is_well(status: str, body: Any) -> tuple[str, Any]:
    return "200 OK", {"name": "a", "value": 1, "quality": "ATTR_VALID", "timestamp": 1}


DEFECTS = {
    crash: "not_a_server_error",
    undeclared_501: "status_code_conformance",
    key_less: "response_schema_conformance",
    key_more: "response_schema_conformance",
    other_type: "response_schema_conformance",
    other_mode: "response_schema_conformance",
    all_is_well: "negative_data_rejection",
}


def broken(defect: Callable[[str, Any], tuple[str, Any]]) -> Wsgi:
    """The app, but for its JSON answers."""
    sound = app()

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []
        body = b"".join(sound(environ, lambda *arguments: started.extend(arguments)))
        status, headers = started[:2]
        if body.startswith(b"{") and not status.startswith("405"):
            status, changed = defect(status, json.loads(body))
            body = json.dumps(changed).encode()
        headers = [item for item in headers if item[0].lower() != "content-length"]
        start_response(status, [*headers, ("content-length", str(len(body)))])
        return [body]

    return wsgi


@pytest.mark.parametrize(("defect", "check"), DEFECTS.items())
def test_a_defect_is_caught(defect: Any, check: str) -> None:
    run = ask_one(broken(defect), "readAttribute")
    assert "curl -X GET" in run.wrong["readAttribute", check]


def test_a_missing_header_is_caught() -> None:
    sound = app()

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [item for item in headers if item[0].lower() != "x-mtango"]
            return start_response(status, kept, *rest)

        return sound(environ, start)

    run = ask(wsgi, "main.yml")
    assert ("getEntryPoint", "response_headers_conformance") in run.wrong
