"""The check that reads what was written: a server that drops writes is found."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.fuzz import document as documents
from mtango_ref.conformance.fuzz.checks import Answer
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.fuzz.written import Written
from mtango_ref.conformance.model import Fuzz, Place, Plan, Response, Server
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.settings.model import Settings
from mutants.wire import Broken, Rule, Selection
from phases import only

DEVICE = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
VALUE = f"{DEVICE}/attributes/double_scalar_w/value"
PROPERTY = f"{DEVICE}/properties/p"
OF_ATTRIBUTE = f"{DEVICE}/attributes/double_scalar_w/properties/p"
READ = "getAttributeProperty"
WALKS: list[tuple[str, str, str, Any, str, Any, Any]] = [
    ("writeAttribute", "PUT", VALUE, 1.5, "readAttribute", {"value": 1.5}, {"value": 0.0}),
    ("putProperty", "PUT", PROPERTY, ["a"], "getProperty", {"values": ["a"]}, {"values": []}),
    ("postProperty", "POST", PROPERTY, "a", "getProperty", {"values": ["a"]}, {"values": ["b"]}),
    ("deleteProperty", "DELETE", PROPERTY, None, "getProperty", {"values": []}, {"values": ["a"]}),
    ("putAttributeProperty", "PUT", OF_ATTRIBUTE, ["a"], READ, {"p": ["a"]}, {"p": []}),
    ("deleteAttributeProperty", "DELETE", OF_ATTRIBUTE, None, READ, {"p": []}, {"p": ["a"]}),
]
"""A write, what it sends, its read, and what is read if it was made, or dropped."""


def see(
    written: Written, name: str, method: str, asked: str, sent: Any, body: Any, status: int = 200
) -> list[str]:
    response = Response(status, {}, json.dumps(body).encode(), 0.0)
    answer = Answer(True, "", {"operationId": name}, asked, response)
    return [*written.see(answer, method, json.dumps(sent).encode())]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk[0])
def test_dropped_write_is_found(walk: tuple[str, str, str, Any, str, Any, Any]) -> None:
    write, method, path, sent, read, kept, dropped = walk
    written = Written()
    written.begin()
    assert see(written, write, method, path, sent, {}) == []
    assert see(written, read, "GET", path, None, kept) == []
    [text] = see(written, read, "GET", path.replace("sys", "SYS"), None, dropped)
    assert text.endswith("was written.")


WRITE = ("putProperty", "PUT", PROPERTY, ["a"])
OTHERS: dict[str, list[tuple[str, str, str, Any, Any]]] = {
    "it was refused": [(*WRITE, {"errors": []})],
    "it is made sometime": [("putProperty", "PUT", f"{PROPERTY}?async=true", ["a"], {})],
    "another host was named": [
        (*WRITE, {}),
        ("putProperty", "PUT", PROPERTY.replace("localhost", "other"), ["b"], {}),
    ],
    "a command ran": [(*WRITE, {}), ("runCommand", "PUT", f"{DEVICE}/commands/Init", None, {})],
    "all were written": [(*WRITE, {}), ("putProperties", "PUT", f"{DEVICE}/properties", {}, {})],
}


@pytest.mark.parametrize("asked", OTHERS.values(), ids=OTHERS.keys())
def test_nothing_is_expected_when(asked: list[tuple[str, str, str, Any, Any]]) -> None:
    written = Written()
    written.begin()
    for each in asked:
        assert see(written, *each) == []
    assert see(written, "getProperty", "GET", PROPERTY, None, {"values": ["b"]}) == []


@pytest.mark.parametrize("keeps", [True, False])
def test_server_that_drops_writes_is_found(keeps: bool) -> None:
    """The server answers as if it had written the property, and has written another one."""
    rule = Rule(
        "writes are dropped",
        "properties",
        "strict",
        Selection(operations=("putProperty",)),
        asks=(("path", "/fuzzed", "/fuzzed" if keeps else "/elsewhere"),),
        changes=(lambda answer: answer.with_body(answer.body.replace(b"elsewhere", b"fuzzed")),),
    )
    made = create_app(Settings(extensions=("writes",)), FakeBackend(load("tango_test")))
    server = Server(Place(f"{IN_PROCESS}/tango/rest"), app=Broken(made, rule))
    found: set[str] = set()
    # Whether the same property is written and then read is up to chance.
    for seed in range(20261129, 20261130 if keeps else 20261134):
        plan = Plan(extensions=("writes",), writes=True, fuzz=Fuzz(seed, examples=1))
        asked = _one_property_alone(documents.document(server, plan))
        with only("stateful"):  # the walks
            findings = fuzz(server, plan, asked=asked)
        found |= {name for name, check in findings.wrong if check == "written"}
        if found:
            break
    assert found == (set() if keeps else {"getProperty"})


def _one_property_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Leave the entry point, and the reads and PUTs of one property of a device."""
    paths = document["paths"]
    for path, item in [*paths.items()]:
        if path.endswith("{member}/properties/{property}"):
            del item["post"], item["delete"]
        elif path != "/":
            del paths[path]
    kept = {operation["operationId"] for _, operation in documents.operations(document)}
    entry = paths["/"]["get"]["responses"]["200"]
    entry["links"] = {
        name: link for name, link in entry["links"].items() if link.get("operationId") in kept
    }
    return document
