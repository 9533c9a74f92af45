"""Answers of the backends agree with the swagger files: at every address that there is.

Asked without falcon's checks of WSGI, which the tests of tests/rest have.
"""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
import pytest

from mtango_ref import openapi
from mtango_ref.conformance.asking.transport import to_app
from mtango_ref.conformance.model import Request
from mtango_ref.http.app import create_app
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from openapi import MODES, Document, Operation, documents
from rest_answers import BASE, DEAD, HOST, UNKNOWN, D, P

MORE = [
    f"{P}/devices?wildcard=sys*/*/1",
    f"{P}/devices?wildcard=nothing",
    f"{P}/devices?wildcard=%00",
    f"{D}/attributes/value",
    f"{D}/attributes/value?attr=nope&attr=State&attr=throw_exception&attr=no_value",
    f"{D}/attributes/value?attr=State&attr=state",
    f"{D}/attributes/info?attr=nope",
    f"{D}/attributes/info?attr=",
    f"{D}/attributes/nope",
    f"{D}/attributes/nope/value",
    f"{D}/attributes/nope/info",
    f"{D}/attributes/nope/history",
    f"{D}/attributes/nope/properties",
    f"{D}/attributes/nope/properties/nope",
    f"{D}/attributes/double_scalar/properties/my_attribute_property",
    f"{D}/attributes/%00/value",
    f"{D}/commands/nope",
    f"{D}/commands/nope/history",
    f"{D}/properties/nope",
    f"{D}/pipes/nope",
    "/rc3/hosts/x/65536",
    UNKNOWN,
    f"{UNKNOWN}/state",
    f"{UNKNOWN}/attributes",
    f"{UNKNOWN}/properties",
    f"{DEAD}/pipes/nope",
    "/sys/cache/devices",
    "/sys/cache/attributes",
]
"""Addresses that no href leads to, and names that are none."""


FACILITY = re.compile("(?<=^/rc3/hosts/)[^/]+/[0-9]+(?=/devices/.)")
"""The name of the facility where devices are asked: it has two, by which all is the same."""


class Answer(NamedTuple):
    """An answer, whose body is read once. text: as Document.answer_errors asks for it."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    json: Any
    text: str


class Crawl:
    """Follows every href of every answer, and reads all that a device has in one request."""

    def __init__(self, settings: Settings, backend: Backend, files: dict[str, Document]) -> None:
        self._send = to_app(create_app(settings, backend), f"http://{HOST}{settings.app_base}")
        self._is_implementation = settings.rc3_mode == "implementation"
        self.files = files
        self.answers: dict[str, tuple[Document, Operation, Answer]] = {}

    def run(self, *paths: str) -> None:
        queue, seen = deque(paths), set[str]()
        while queue:
            path = queue.popleft()
            if (place := FACILITY.sub("", path)) not in seen:
                seen.add(place)
                self.answers[path] = self._answer(path)
                queue.extend(self._next(path))

    def _answer(self, target: str) -> tuple[Document, Operation, Answer]:
        path = target.partition("?")[0]
        for document in self.files.values():
            operation = document.operation_at("GET", path)
            if operation is not None:
                return document, operation, self._asked(target)
        raise AssertionError(f"{path} is no operation")

    def _asked(self, target: str) -> Answer:
        status, headers, body, _ = self._send(Request("GET", target))
        is_json = headers.get("content-type") == "application/json"
        json = orjson.loads(body) if is_json and body else None
        return Answer(status, headers, body, json, "" if is_json else body.decode())

    def _next(self, path: str) -> Iterator[str]:
        _, operation, answer = self.answers[path]
        body = answer.json if answer.content else None
        # Implementation: these lack the member, and lead nowhere.
        if operation.operation_id != "getDeviceState" or not self._is_implementation:
            yield from (href.rstrip("/") for href in hrefs(body))
        if isinstance(body, list) and body:
            names = [element["name"] for element in body if "name" in element]
            if operation.operation_id == "getAttributes":
                query = "&".join(f"attr={quote(name)}" for name in names)
                yield from (f"{path}/value?{query}", f"{path}/info?{query}")
            # Implementation: the elements of these have the links of the list.
            if operation.operation_id in ("getAttributes", "getCommands", "getProperties"):
                yield from (f"{path}/{quote(name, safe='')}" for name in names)


def hrefs(body: Any) -> Iterator[str]:
    """Yield the paths below app_base of the addresses in a body."""
    if isinstance(body, str) and body.startswith(BASE):
        yield body.removeprefix(BASE)
    if isinstance(body, dict):
        for child in body.values():
            yield from hrefs(child)
    # Lists of numbers have none, and may be long.
    if isinstance(body, list) and body and isinstance(body[0], (dict, str)):
        for child in body:
            yield from hrefs(child)


@pytest.fixture(scope="module", params=MODES)
def crawl(request: pytest.FixtureRequest, backend: Backend) -> Crawl:
    settings = Settings(rc3_mode=request.param)
    files = documents(settings, backend.capabilities, openapi.API)
    crawl = Crawl(settings, backend, files)
    crawl.run("", *MORE)
    return crawl


def test_every_answer(crawl: Crawl) -> None:
    wrong = {
        path: errors
        for path, (document, operation, answer) in crawl.answers.items()
        if (errors := document.answer_errors(operation, answer))
    }
    assert wrong == {}
    asked = {operation.operation_id for _, operation, _ in crawl.answers.values()}
    assert asked == {
        operation.operation_id
        for document in crawl.files.values()
        for operation in document.operations
        if operation.method == "GET" and operation.content.get("x-extension") is None
    }


OF_THE_FAKE = pytest.mark.parametrize("backend", ["fake"], indirect=True)
"""Tests of the files, with answers as samples: those of a facility have the same shapes."""

ANY_KEYS = {"getHosts", "getAttributeProperty", "getAttributeProperties"}
"""Their keys are names; these bodies may have others, of the same kind."""


ALIKE: list[set[str]] = [
    {"getDeviceCache", "getAttributeCache", "getActiveDevices", "getActiveAttributes"},
    {"getDevices", "getPipes"},
    {"getAttributeHistory", "readAttributes"},
    {"getAttributeProperties", "getAttributeProperty"},
]
"""Operations whose answers are alike."""


@OF_THE_FAKE
def test_other_bodies_are_refused(crawl: Crawl) -> None:
    """A key less, a key more, a leaf of another type: each makes a body wrong."""
    accepted = [
        (path, *change)
        for path, document, operation, body in samples(crawl)
        for change, changed in changes(body, operation.operation_id in ANY_KEYS)
        if not document.schema_errors(schema(document, operation), changed)
    ]
    assert accepted == []


@OF_THE_FAKE
def test_bodies_of_one_operation_are_refused_by_others(crawl: Crawl) -> None:
    """No schema may be so loose that anything passes."""
    bodies = {
        operation.operation_id: (document, operation, body)
        for _, document, operation, body in samples(crawl)
        if body and "errors" not in body
    }
    passing = {
        (mine, other)
        for mine, (_, _, body) in bodies.items()
        for other, (document, operation, _) in bodies.items()
        if mine != other and not document.schema_errors(schema(document, operation), body)
    }
    assert [pair for pair in passing if not any(set(pair) <= group for group in ALIKE)] == []


def samples(crawl: Crawl) -> Iterator[tuple[str, Document, Operation, Any]]:
    """Yield the first proper body and the first Failure of each operation."""
    seen = set()
    for path, (document, operation, answer) in crawl.answers.items():
        if answer.status_code == 200 and answer.json and len(answer.content) < 20_000:
            kind = (operation.operation_id, "errors" in answer.json)
            if kind not in seen:
                seen.add(kind)
                yield path, document, operation, answer.json


def schema(document: Document, operation: Operation) -> Any:
    [content] = document.responses(operation)["200"]["content"].values()
    return content["schema"]


NULLABLE = {"output", "database_host"}
"""A command may give nothing; it may be that no database answers."""


def changes(body: Any, any_keys: bool) -> Iterator[tuple[tuple[str, Any], Any]]:
    """Yield what was done to the body, and the body with it."""
    for place in places(body):
        node = at(body, place)
        if isinstance(node, dict) and not (any_keys and not place and "errors" not in node):
            yield ("key more", place), changed(body, place, {**node, "surplus": "x"})
            for key in node:
                less = {name: value for name, value in node.items() if name != key}
                yield ("key less", [*place, key]), changed(body, place, less)
        if not isinstance(node, (dict, list)):
            yield ("other type", place), changed(body, place, {"other": "type"})
            if node is not None and place[-1] not in NULLABLE:
                yield ("null", place), changed(body, place, None)


def places(body: Any) -> Iterator[list[Any]]:
    """Yield the keys that lead to each node; of a list, to the first element's."""
    yield []
    children: Any = body.items() if isinstance(body, dict) else ()
    if isinstance(body, list):
        children = enumerate(body[:1])
    for key, child in children:
        for place in places(child):
            yield [key, *place]


def at(body: Any, place: list[Any]) -> Any:
    for key in place:
        body = body[key]
    return body


def changed(body: Any, place: list[Any], node: Any) -> Any:
    if not place:
        return node
    body = copy.deepcopy(body)
    at(body, place[:-1])[place[-1]] = node
    return body
