"""The swagger files themselves, as they are served for each kind of settings."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from mtango_ref import openapi
from mtango_ref.interface import Capabilities
from mtango_ref.libyaml import load_yaml
from mtango_ref.openapi.extensions import EXTENSIONS
from mtango_ref.settings.model import Settings
from openapi import MODES, Document, documents, nodes


def settings(mode: str, extensions: tuple[str, ...] = (), **others: Any) -> Settings:
    """Make settings without validation, as no extension can be switched on yet."""
    defaults = Settings(**others).model_dump()
    return Settings.model_construct(**{**defaults, "rc3_mode": mode, "extensions": extensions})


ALL = EXTENSIONS
KINDS = {
    "strict": (settings("strict"), openapi.ALL),
    "strict-no-pipes": (settings("strict"), Capabilities(has_pipes=False)),
    "strict-all": (settings("strict", ALL), openapi.ALL),
    "implementation-at-root": (settings("implementation", app_base="/"), openapi.ALL),
    "implementation-all": (settings("implementation", ALL), openapi.ALL),
}


@pytest.fixture(params=KINDS.values(), ids=list(KINDS), scope="module")
def files(request: pytest.FixtureRequest) -> dict[str, Document]:
    return documents(*request.param)


@pytest.fixture(params=MODES, scope="module")
def whole(request: pytest.FixtureRequest) -> dict[str, Document]:
    """Return the files with every extension."""
    return documents(settings(request.param, ALL))


def test_files_are_valid_openapi(files: dict[str, Document]) -> None:
    for name, document in files.items():
        assert list(OpenAPIV30SpecValidator(document.content).iter_errors()) == [], name


def test_references_lead_somewhere(files: dict[str, Document]) -> None:
    """The validator does not follow those in examples and links."""
    for document in files.values():
        for path, node in nodes(document.content):
            if isinstance(node, dict) and "$ref" in node:
                assert list(node) == ["$ref"], path
                assert document.resolved(node), path


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("others", "url", "root"),
    [
        ({}, "/tango/rest", "/"),
        ({"app_base": "/"}, "/", "/"),
        ({"app_base": "/x/y"}, "/x/y", "/"),
        ({"public_url": "https://lab.org/g/"}, "https://lab.org/g/tango/rest", "https://lab.org/g"),
    ],
)
def test_servers_have_the_settings_url(
    mode: str, others: dict[str, Any], url: str, root: str
) -> None:
    """The operations for those who operate the server are at its root."""
    servers = {
        name: document.content["servers"]
        for name, document in documents(settings(mode, **others)).items()
    }
    assert servers == {
        **{name: [{"url": url}] for name in openapi.API},
        openapi.OPERATING: [{"url": root}],
    }


def test_metrics_are_described_where_they_are() -> None:
    paths = {
        metrics: list(documents(Settings(metrics=metrics))[openapi.OPERATING].content["paths"])
        for metrics in (True, False)
    }
    health = ["/health/live", "/health/ready"]
    assert paths == {True: [*health, "/metrics"], False: health}


def test_marks_are_those_for_clients(files: dict[str, Document]) -> None:
    """Only those are left that show a client what an operation needs."""
    for document in files.values():
        marks = {key for _, node in nodes(document.content) for key in _keys(node, "x-")}
        assert marks <= {"x-mtango", "x-auth-method", "x-extension", "x-needs"}


def _keys(node: Any, prefix: str) -> list[str]:
    return [key for key in node if str(key).startswith(prefix)] if isinstance(node, dict) else []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("extensions", [(), ("writes",), ("events",), ALL])
@pytest.mark.parametrize("has_pipes", [True, False])
def test_operations_that_are_off_are_501(
    mode: str, extensions: tuple[str, ...], has_pipes: bool
) -> None:
    """An operation that is off answers 501 and, to a path that names nothing, 404 (implementation:
    a Failure); one that is on never 501."""
    given, capabilities = settings(mode, extensions), Capabilities(has_pipes=has_pipes)
    all_operations = [*openapi.operations(given, capabilities), *openapi.operating(given)]
    expected = {one.operation_id: one for one in all_operations}
    off = set()
    nothing = "200" if mode == "implementation" and "status" not in extensions else "404"
    for document in documents(given, capabilities).values():
        for operation in document.operations:
            one = expected.pop(operation.operation_id)
            statuses = set(operation.content["responses"])
            assert (one.method, one.path) == (operation.method, operation.path.rstrip("/"))
            succeeded = {"204"} if one.method == "DELETE" and one.status != 501 else statuses
            if one.status == 501:
                assert statuses == {nothing, "501"}
                off.add(one.needs)
            else:
                assert one.status == min(map(int, succeeded - {"404"}))
                assert "501" not in statuses
    assert expected == {}
    needs = {"writes", "events"} - set(extensions)
    assert off == (needs if has_pipes else needs | {"pipes"})


def test_operations_are_described(whole: dict[str, Document]) -> None:
    operations = [one for document in whole.values() for one in document.operations]
    for operation in operations:
        content = operation.content
        assert all(content[key].strip() for key in ("summary", "description", "operationId"))
        assert not content["summary"].endswith("."), content["summary"]
        assert len(content["tags"]) == 1
    for key in ("operationId", "summary"):
        counts = Counter(operation.content[key] for operation in operations)
        assert [text for text, count in counts.items() if count > 1] == []


def test_tags_are_described_and_used(whole: dict[str, Document]) -> None:
    for document in whole.values():
        used = {operation.content["tags"][0] for operation in document.operations}
        assert {tag["name"] for tag in document.content["tags"]} == used
        assert all(tag["description"] for tag in document.content["tags"])


def test_parameters_are_described_with_an_example(whole: dict[str, Document]) -> None:
    """Each has a description and an example that it allows; the path's are all there."""
    for document in whole.values():
        for operation in document.operations:
            fields = {f"{{{one['name']}}}" for one in operation.parameters if one["in"] == "path"}
            segments = {part for part in operation.path.split("/") if part.startswith("{")}
            assert fields == segments
            for parameter in operation.parameters:
                assert parameter["description"]
                assert document.schema_errors(parameter["schema"], parameter["example"]) == []


def test_answers_are_described_with_an_example(whole: dict[str, Document]) -> None:
    """Each declares the headers that all have, each body its schema and examples that fit."""
    always = {
        "x-mtango",
        "Vary",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
    }
    for document in whole.values():
        for operation in document.operations:
            for status, response in document.responses(operation).items():
                place = (operation.operation_id, status)
                assert response["description"], place
                assert always <= set(response["headers"]), place
                assert ("content" not in response) is (status in {"204", "304"}), place
                for body in response.get("content", {}).values():
                    _check_examples(document, body)
            if "requestBody" in operation.content:
                body = document.resolved(operation.content["requestBody"])
                _check_examples(document, body["content"]["application/json"])


def _check_examples(document: Document, body: dict[str, Any]) -> None:
    assert body["examples"]
    for name, example in body["examples"].items():
        value = document.resolved(example)["value"]
        assert document.schema_errors(body["schema"], value) == [], name


def test_header_examples_fit_their_schema(whole: dict[str, Document]) -> None:
    for document in whole.values():
        for header in document.content["components"]["headers"].values():
            assert document.schema_errors(header["schema"], header["example"]) == []


def test_failures_have_their_status(whole: dict[str, Document]) -> None:
    """An HttpFailure of another status than the answer's is refused."""
    for document in whole.values():
        for operation in document.operations:
            for status, response in document.responses(operation).items():
                if status not in {"200", "201", "204", "206", "304"}:
                    [example] = response["content"]["application/json"]["examples"].values()
                    schema = response["content"]["application/json"]["schema"]
                    if "$ref" in example:  # Tango's, with the extension `status`
                        continue
                    assert example["value"]["http_status"] == int(status)
                    wrong = {**example["value"], "http_status": 418}
                    assert document.schema_errors(schema, wrong) != []


def test_objects_are_closed_and_complete(whole: dict[str, Document]) -> None:
    """Objects of the server have always the same keys; no schema allows more or fewer, but for
    those of what a filter leaves, and of links that there may not be."""
    for document in whole.values():
        for path, node in nodes(document.content["components"]["schemas"]):
            if re.match(r"#/(\w+Part(/|$)|PartialContent/properties/_links)", path):
                continue
            if isinstance(node, dict) and node.get("type") == "object":
                if "properties" in node:
                    assert node["additionalProperties"] is False, path
                    assert sorted(node["required"]) == sorted(node["properties"]), path
                else:
                    assert isinstance(node["additionalProperties"], dict), path
            if isinstance(node, dict) and node.get("type") == "array":
                assert node["items"], path


def test_what_the_files_share_is_the_same() -> None:
    """A $ref cannot lead from one file to another for every client: so each has its own."""
    for kind in ("schemas", "headers"):
        merged: dict[str, Any] = {}
        for name in openapi.FILES:
            for key, node in openapi.read(name)["components"][kind].items():
                assert merged.setdefault(key, node) == node, (name, key)


def test_config_is_the_settings() -> None:
    document = documents(Settings())["sys.yml"]
    config = document.content["components"]["schemas"]["Config"]
    assert config["required"] == list(config["properties"])
    of_facility = {"TANGO_HOST", "database_host"}
    assert set(config["required"]) == {"version", *of_facility, *Settings.model_fields}


def test_modes_differ_where_rc3_says() -> None:
    """Timestamps, the links of an attribute and of a command, an attribute's properties and
    configuration, two kinds of records, and what errors say."""
    strict, other = (
        documents(settings(mode))["rc3.yml"].content["components"]["schemas"] for mode in MODES
    )
    assert {name for name in strict if strict[name] != other[name]} == {
        "Timestamp",
        "Attribute",
        "AttributeInfo",
        "AttributeAlarmInfo",
        "AttributeEventInfo",
        "ChangeEventInfo",
        "PeriodicEventInfo",
        "ArchiveEventInfo",
        "AttributeProperties",
        "Command",
        "CommandRecord",
        "FailedReading",
        "Errors",
        "Error",
    }


def test_links_lead_to_operations(whole: dict[str, Document]) -> None:
    """Each link names the fields that the operation has to be given, and none that it has not."""
    for document in whole.values():
        operations = {one.operation_id: one for one in document.operations}
        for operation in document.operations:
            for response in document.responses(operation).values():
                for link in map(document.resolved, response.get("links", {}).values()):
                    if "operationRef" in link:
                        continue
                    target = operations[link["operationId"]]
                    required = {one["name"] for one in target.parameters if one.get("required")}
                    all_names = {one["name"] for one in target.parameters}
                    assert required <= set(link.get("parameters", {})) <= all_names


def test_links_lead_to_other_files(whole: dict[str, Document]) -> None:
    """The entry point's file has no other operation."""
    [entry] = whole["main.yml"].operations
    links = whole["main.yml"].responses(entry)["200"]["links"]
    assert links == {
        "rc3": {"operationRef": "rc3.yml#/paths/~1rc3/get"},
        "sys": {"operationRef": "sys.yml#/paths/~1sys/get"},
    }
    for link in links.values():
        file, pointer = link["operationRef"].split("#/paths/")
        path, method = pointer.replace("~1", " ").split("/")
        assert method in whole[file].content["paths"][path.replace(" ", "/")]


def test_served_file_has_no_anchors() -> None:
    text = openapi.served("rc3.yml", Settings())
    assert load_yaml(text)["openapi"] == "3.0.3"
    assert b"*id0" not in text
