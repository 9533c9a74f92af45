"""The cases as JSON: what it says suffices to judge a server as the kit does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import json_runner
import jsonschema_rs
import pytest
from strangers import Answer, mtango_py, stranger, timestamps

from mtango_ref import manual
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.survey import surveyed
from mtango_ref.conformance.asking.transport import IN_PROCESS, to_app
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading, printing
from mtango_ref.conformance.cases.folder import folder
from mtango_ref.conformance.judging import judge
from mtango_ref.conformance.judging.matchers import KINDS
from mtango_ref.conformance.model import (
    MODES,
    Level,
    NoResponse,
    Place,
    Plan,
    Request,
    Response,
    Send,
    Server,
    Wsgi,
)
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.libyaml import load_yaml
from mtango_ref.settings.model import Settings
from mutants import rule_files
from mutants.wire import Broken
from program import TIMEOUT, refusal, run, serving

SCHEMA = json.loads((folder() / "printed_schema.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
HERE = f"{IN_PROCESS}/tango/rest"
BREAKS = ("x-mtango is lost", "Content-Type is text/html")


@lru_cache
def document(mode: str) -> dict[str, Any]:
    """Return the printed cases; nobody changes them."""
    found: dict[str, Any] = json.loads(_printed(mode))
    return found


@lru_cache
def from_yaml(body: bytes) -> Any:
    return load_yaml(body)


@lru_cache
def _printed(mode: str) -> bytes:
    plan = Plan(mode, writes=True)
    return printing.printed(loading.fitting(plan), Place(HERE), plan)


@pytest.fixture(scope="module")
def strict() -> Wsgi:
    """Make our application, whose TangoTest has been polled several times."""
    app = create_app(Settings(), FakeBackend(load("tango_test")))
    server = Server(Place(HERE))
    while not surveyed(Watch(to_app(app)), server, Level.MUST).is_fit(["history"]):
        time.sleep(0.1)
    return app


def remembering(send: Send) -> Send:
    """Give each request the answer that it had before, so that two who ask get the same."""
    answers: dict[str, Response | NoResponse] = {}

    def ask(request: Request) -> Response:
        key = repr(request)
        if key not in answers:
            try:
                answers[key] = send(request)
            except NoResponse as error:
                answers[key] = error
        answer = answers[key]
        if isinstance(answer, NoResponse):
            raise answer
        return answer

    return ask


def by_kit(send: Send, mode: str) -> dict[str, set[str]]:
    """Return the names of the cases that differ, with the rules that the kit finds broken."""
    server = surveyed(Watch(send), Server(Place(HERE)), Level.MAY)
    chosen = loading.fitting(Plan(mode, writes=True), server)
    results = Asker(Watch(send), server).ask_all(chosen)
    return {
        one.name: {difference.rule.name for difference in one.differences}
        for one in results
        if one.differences
    }


def by_runner(send: Send, mode: str) -> dict[str, set[str]]:
    """Return what a runner finds that has the document alone."""

    def ask(request: dict[str, Any]) -> json_runner.Answer | None:
        path = request["url"].removeprefix(HERE)
        if path == request["url"]:
            path = path.removeprefix(f"{IN_PROCESS}/")  # below the root
        body = request["body"].encode()
        try:
            came = send(Request(request["method"], path, request["headers"], body))
        except NoResponse:
            return None
        return came.status, came.headers, came.body

    readers: json_runner.Readers = {**json_runner.READERS, "yaml": from_yaml}
    return json_runner.run(document(mode), ask, "may", readers)


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
        (("cases", 0, "headers"), {"vary": {"matches": "text", "low": 0, "high": 1}}),
        (("cases", 0, "headers"), {"vary": {"matches": "integer", "low": 0}}),
        (("cases", 0, "headers"), {"vary": {"matches": "link", "url": "http://lab"}}),
        (("mode",), "lax"),
        (("level",), "must"),
        (("rules",), {"one": {"says": "One.", "level": "must"}}),
    ],
)
def test_schema_refuses(path: tuple[Any, ...], wrong: Any) -> None:
    whole = document("strict")
    # With one case, as many say the same; a copy of it.
    whole = json.loads(json.dumps({**whole, "cases": whole["cases"][:1]}))
    assert VALIDATOR.is_valid(whole)
    node: Any = whole
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = wrong
    assert not VALIDATOR.is_valid(whole)


def matchers() -> dict[str, dict[str, Any]]:
    """Return what the schema has beside each matcher, by its name."""
    branches = [one["properties"] for one in SCHEMA["$defs"]["matches"]["oneOf"]]
    return {one["matches"]["const"]: one for one in branches}


def test_schema_knows_every_wildcard_and_what_stands_beside_it() -> None:
    assert matchers().keys() == {*KINDS, "nothing", "media_type"}
    assert matchers()["media_type"]["media_type"]["enum"] == [*judge.READERS]
    assert not [one for one in matchers().values() if not one["matches"]["description"]]


def test_page_has_every_matcher() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", manual.markdown("cases-as-json"), re.MULTILINE)
    names = re.findall(r"`(\w+)`", " ".join(rows))
    kinds = {one["$ref"].rpartition("/")[2] for one in SCHEMA["$defs"]["node"]["oneOf"]}
    assert {*names} == matchers().keys() | kinds


def test_document_has_each_rule_that_can_be_broken() -> None:
    whole = document("strict")
    named = set(re.findall(r'"rule": ?"(\w+)"', json.dumps(whole))) - {"same"}
    assert named | {"answered", "defect", "more", "order"} <= whole["rules"].keys()
    assert whole["rules"]["answered"] == {
        "says": "Each request has an answer.",
        "level": "must",
        "source": "RFC 9110, 3.4",
    }


def test_patterns_are_those_of_every_language() -> None:
    """None has a group with flags, which ECMA-262 lacks, or a possessive or named one."""
    patterns = set(re.findall(rb'"pattern": "(.*)"', _printed("strict")))
    assert len(patterns) > 50
    assert [pattern for pattern in patterns if b"(?" in pattern or b"*+" in pattern] == []


def test_runner_with_the_standard_library_passes_our_server(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    with serving() as started:
        url = f"http://127.0.0.1:{started.port}/tango/rest"
        # In-process it judges all cases; these are the ones with all that HTTP may have.
        arguments = ("--writes", "--only", "http", "--print-cases", str(path))
        assert run("conformance", *arguments, url) == (0, "", "")
        alone = (sys.executable, "-I", "-S", json_runner.__file__, str(path))  # no site-packages
        assert subprocess.check_output(alone, encoding="utf-8", timeout=TIMEOUT) == ""


def test_runner_passes_our_server_in_the_other_mode() -> None:
    app = create_app(Settings(rc3_mode="implementation"), FakeBackend(load("tango_test")))
    assert by_runner(to_app(app), "implementation") == {}


def agree(app: Wsgi, mode: str = "strict") -> dict[str, set[str]]:
    """Return what the kit finds, which the runner finds, too."""
    send = remembering(to_app(app))
    found = by_kit(send, mode)
    assert by_runner(send, mode) == found
    return found


@pytest.mark.parametrize("name", BREAKS)
def test_runner_finds_what_the_kit_finds(name: str, strict: Wsgi) -> None:
    [rule] = [one for one in rule_files.load() if one.name == name]
    assert len(agree(Broken(strict, rule))) > 100


def test_runner_in_the_other_mode_finds_what_the_kit_finds() -> None:
    assert len(agree(stranger(mtango_py), "implementation")) > 500


def awkward(environ: dict[str, Any], answer: Answer) -> Answer:
    """Send a charset with JSON, NaN as a time, and for a HEAD of a device nothing at all."""
    status, headers, body = timestamps(lambda _: float("nan"))(environ, answer)
    if environ["REQUEST_METHOD"] == "HEAD" and environ["PATH_INFO"].endswith("/sys/tg_test/1"):
        raise ConnectionError
    kind = headers.get("content-type")
    charset = {"content-type": f"{kind};charset=UTF-8"} if kind == "application/json" else {}
    return status, headers | charset, body


def test_runner_judges_an_awkward_server_as_the_kit_does() -> None:
    found = agree(stranger(awkward))
    heads = {name: rules for name, rules in found.items() if name.startswith("HEAD is answered")}
    assert heads == {"HEAD is answered like GET, without the body: HEAD $D": {"answered"}}


FACET = ("--mode", "implementation", "--only", "pipes", "--device", "a/b/c")
LAB = "http://lab.example:8000/tango/rest"


def printed_facet() -> bytes:
    plan = Plan("implementation", only="pipes")
    return printing.printed(loading.fitting(plan), Place(LAB, "a/b/c"), plan)


def test_command_prints_what_a_run_would_ask() -> None:
    code, output, errors = run("conformance", "--print-cases", "-", *FACET, LAB)
    assert (code, errors) == (0, "")
    assert output.encode() == printed_facet()


def test_command_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    assert run("conformance", "--print-cases", str(path), *FACET, LAB) == (0, "", "")
    assert path.read_bytes() == printed_facet()


def test_command_refuses_what_a_run_refuses(tmp_path: Path) -> None:
    assert refusal("conformance", "--print-cases", "-", "ftp://host").startswith("URL: expected")
    nothing = refusal("conformance", "--print-cases", "-", "--only", "nope", LAB)
    assert nothing.startswith("There is no case to run; --only takes one of attributes, ")
    path = tmp_path / "missing" / "cases.json"
    unwritable = refusal("conformance", "--print-cases", str(path), *FACET, LAB)
    assert unwritable == f"{path} cannot be written: No such file or directory."
