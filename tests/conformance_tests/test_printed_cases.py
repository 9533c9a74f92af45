"""The cases as JSON: what it says suffices to judge a server as the kit does."""

from __future__ import annotations

import json
import re
import time
from functools import lru_cache
from typing import Any

import json_runner
import jsonschema_rs
import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking import asker
from mtango_ref.conformance.asking.transport import IN_PROCESS, Wsgi, to_app
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading, printing
from mtango_ref.conformance.cases.folder import folder
from mtango_ref.conformance.judging.matchers import KINDS
from mtango_ref.conformance.model import MODES, Level, Place, Request, Send
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.settings.model import Settings
from mutants import rule_files
from mutants.wire import Broken
from program import refusal, run

SCHEMA = json.loads((folder() / "printed_schema.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
HERE = f"{IN_PROCESS}/tango/rest"
BREAKS = ("x-mtango is lost", "Content-Type is text/html", "Allow lacks OPTIONS")


def document(mode: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_printed(mode))
    return found


@lru_cache
def _printed(mode: str) -> bytes:
    cases = asker.fitting(mode, (), None, writes=True, has=None)
    return printing.printed(cases, Place(HERE), mode=mode, extensions=())


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    return FakeBackend(load("tango_test"))


@pytest.fixture(scope="module")
def strict(backend: FakeBackend) -> Wsgi:
    """Our application; TangoTest has been polled several times."""
    app = create_app(Settings(rc3_mode="strict"), backend)
    while "history" in asker.lacking(Watch(to_app(app)), Place(HERE), Level.MUST):
        time.sleep(0.1)
    return app


def by_kit(send: Send, mode: str) -> dict[str, set[str]]:
    """The names of the cases that differ, with the rules that the kit finds broken."""
    place = asker.found_at(send, HERE, "sys/tg_test/1", "localhost:10000")
    has = loading.needs().keys() - asker.lacking(Watch(send), place, Level.MAY).keys()
    results = asker.run(send, place, mode=mode, writes=True, has=has)
    return {
        one.name: {difference.rule.name for difference in one.differences}
        for one in results
        if one.differences
    }


def by_runner(send: Send, mode: str) -> dict[str, set[str]]:
    """What a runner finds that has the document alone."""

    def ask(request: dict[str, Any]) -> json_runner.Answer:
        path = request["url"].removeprefix(HERE)
        if path == request["url"]:
            path = path.removeprefix(f"{IN_PROCESS}/")  # below the root
        body = request["body"].encode()
        came = send(Request(request["method"], path, request["headers"], body))
        return json_runner.Answer(came.status, dict(came.headers), came.body)

    return json_runner.run(document(mode), ask)


@pytest.mark.parametrize("mode", MODES)
def test_document_fits_its_schema(mode: str) -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMA)
    assert [str(error) for error in VALIDATOR.iter_errors(document(mode))] == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("cases", 0, "status"), "200"),
        (("cases", 0, "request", "method"), "get"),
        (("cases", 0, "rule"), None),
        (("cases", 0, "body"), {"read": "xml"}),
        (("cases", 0, "headers"), {"vary": {"equals": "Origin", "more": 1}}),
        (("cases", 0, "headers"), {"vary": {"matches": "txt"}}),
        (("mode",), "lax"),
        (("level",), "must"),
        (("rules",), {"one": {"says": "One.", "level": "must"}}),
    ],
)
def test_schema_refuses(path: tuple[Any, ...], wrong: Any) -> None:
    whole = document("strict")
    node: Any = whole
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = wrong
    assert not VALIDATOR.is_valid(whole)


def test_schema_knows_every_wildcard() -> None:
    matchers = SCHEMA["$defs"]["matches"]["properties"]["matches"]["enum"]
    assert {*matchers} == {*KINDS, "nothing", "media_type"}


def test_patterns_are_those_of_every_language() -> None:
    """None has a group with flags, which ECMA-262 lacks, or a possessive or named one."""
    patterns = set(re.findall(rb'"pattern": "(.*)"', _printed("strict")))
    assert len(patterns) > 50
    assert [pattern for pattern in patterns if b"(?" in pattern or b"*+" in pattern] == []


@pytest.mark.parametrize("mode", MODES)
def test_runner_passes_our_server(mode: str, strict: Wsgi, backend: FakeBackend) -> None:
    app = (
        strict
        if mode == "strict"
        else create_app(Settings.model_validate({"rc3_mode": mode}), backend)
    )
    assert by_runner(to_app(app), mode) == {}


@pytest.mark.parametrize("name", BREAKS)
def test_runner_finds_what_the_kit_finds(name: str, strict: Wsgi) -> None:
    [rule] = [one for one in rule_files.load() if one.name == name]
    found = by_kit(to_app(Broken(strict, rule)), "strict")
    assert found
    assert by_runner(to_app(Broken(strict, rule)), "strict") == found


def test_runner_in_the_other_mode_finds_what_the_kit_finds(strict: Wsgi) -> None:
    found = by_kit(to_app(strict), "implementation")
    assert len(found) > 100
    assert by_runner(to_app(strict), "implementation") == found


def test_command_prints_what_a_run_would_ask() -> None:
    arguments = ("--mode", "implementation", "--only", "pipes", "--device", "a/b/c")
    url = "http://lab.example:8000/tango/rest"
    code, output, errors = run("conformance", "--print-cases", *arguments, url)
    assert (code, errors) == (0, "")
    cases = asker.fitting("implementation", (), "pipes", writes=False, has=None)
    place = Place(url, "a/b/c")
    assert output.encode() == printing.printed(cases, place, mode="implementation", extensions=())


def test_command_refuses_what_a_run_refuses() -> None:
    assert refusal("conformance", "--print-cases", "ftp://host").startswith("URL: expected one")
    url = "http://lab.example:8000/tango/rest"
    nothing = refusal("conformance", "--print-cases", "--only", "nope", url)
    assert nothing.startswith("There is no case to ask; the facets are attributes, ")
