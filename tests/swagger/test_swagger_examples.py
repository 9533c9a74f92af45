"""The examples in the swagger files, beside what the fake answers to the examples' requests.

Of each answer that the file gives an example of: the same keys in the same order, the same types,
and the same values but where they are of the moment or of a machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest

from conftest import Rest
from mtango_ref import openapi
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.openapi.addresses import is_off
from mtango_ref.settings.model import Settings
from openapi import MODES, Document, Operation, documents
from rest_answers import HOST

CACHE = {"/hits", "/misses", "/currsize"}
READING = {"/*/value", "/*/timestamp"}
VARIES: dict[str, set[str]] = {
    "getDatabase": {"/info/*"},
    "getDevice": {f"/info/{key}" for key in ("last_exported", "ior", "pid", "hostname")},
    "readAttributes": READING | {"/*/errors/*/origin", "/*/errors/*/description"},
    "readAttribute": {"/value", "/timestamp"},
    "getAttributeHistory": READING,
    "getCommandHistory": READING,
    "readPipe": {"/timestamp"},
    "getDeviceCache": CACHE,
    "getAttributeCache": CACHE,
    "getActiveDevices": CACHE,
    "getActiveAttributes": CACHE,
}
"""The parts that may differ, by operation. In the figures of the process everything may."""


@cache
def rest(mode: str) -> Rest:
    """Time stands still, so that the history of what is polled does not grow."""
    backend = FakeBackend(load("tango_test"), clock=lambda: 1795350055.951)
    return Rest(Settings.model_validate({"rc3_mode": mode}), backend)


def reads() -> Iterator[Any]:
    for mode in MODES:
        settings = Settings.model_validate({"rc3_mode": mode})
        for document in documents(settings, names=openapi.API).values():
            for operation in document.operations:
                has_body = "200" in operation.content["responses"]
                if operation.method == "GET" and has_body and not is_off(operation.content):
                    name = f"{mode}-{operation.operation_id}"
                    yield pytest.param(mode, document, operation, id=name)


def answer(mode: str, operation: Operation) -> Any:
    """Ask what the examples of the parameters ask; hrefs are as in the examples."""
    path = {one["name"]: one["example"] for one in operation.parameters if one["in"] == "path"}
    query = {one["name"]: one["example"] for one in operation.parameters if one["in"] == "query"}
    query.pop("wildcard", None)  # the example is an excerpt of all devices
    result = rest(mode).get(operation.path.format(**path), params=query, params_csv=False)
    assert result.status_code == 200
    return orjson.loads(result.content.replace(HOST.encode(), b"127.0.0.1:8000"))


def differences(example: Any, real: Any, place: str = "") -> Iterator[str]:
    """Yield the places of leaves that are not equal; what is not alike fails."""
    if isinstance(example, dict):
        assert list(example) == list(real), place
        for key in example:
            yield from differences(example[key], real[key], f"{place}/{key}")
    elif isinstance(example, list):
        assert isinstance(real, list), place
        for one, other in pairs(example, real):
            yield from differences(one, other, f"{place}/*")
    else:
        assert kind(example) is kind(real), place
        if example != real:
            yield place


def kind(leaf: Any) -> type:
    return float if isinstance(leaf, int) and not isinstance(leaf, bool) else type(leaf)


def pairs(example: list[Any], real: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair what has a name with what is called so: an example may be an excerpt."""
    names = [one["name"] for one in example if isinstance(one, dict) and "name" in one]
    if len(set(names)) == len(example):
        named = {one["name"]: one for one in real}
        return ((one, named[one["name"]]) for one in example)
    return zip(example, real, strict=False)


@pytest.mark.parametrize(("mode", "document", "operation"), [*reads()])
def test_example_is_like_the_answer(mode: str, document: Document, operation: Operation) -> None:
    [content] = document.responses(operation)["200"]["content"].values()
    example = document.resolved(next(iter(content["examples"].values())))["value"]
    found = set(differences(example, answer(mode, operation)))
    if operation.operation_id != "getStats":
        assert found <= VARIES.get(operation.operation_id, set())
