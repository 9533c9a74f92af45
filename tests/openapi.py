"""The swagger files as a client gets them, and whether an answer is what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

from mtango_ref import openapi
from mtango_ref.interface import Capabilities
from mtango_ref.settings.model import Settings

MODES = ("strict", "implementation")


class Operation(NamedTuple):
    method: str
    path: str
    content: dict[str, Any]
    parameters: list[dict[str, Any]]

    @property
    def operation_id(self) -> str:
        return str(self.content["operationId"])


class Document:
    """One file as it is served."""

    def __init__(self, text: bytes) -> None:
        self.content = yaml.load(text, yaml.CSafeLoader)
        self._validators: dict[str, Any] = {}

    @cached_property
    def operations(self) -> list[Operation]:
        return [
            Operation(
                method.upper(),
                path,
                content,
                [
                    self.resolved(parameter)
                    for parameter in item.get("parameters", []) + content.get("parameters", [])
                ],
            )
            for path, item in self.content["paths"].items()
            for method, content in item.items()
            if method != "parameters"
        ]

    def resolved(self, node: Any) -> Any:
        """Return the node itself, or what its $ref means."""
        while isinstance(node, dict) and "$ref" in node:
            target = self.content
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node

    def responses(self, operation: Operation) -> dict[str, Any]:
        """Return the responses by status."""
        items = operation.content["responses"].items()
        return {status: self.resolved(response) for status, response in items}

    def schema_errors(self, schema: Any, value: Any) -> list[str]:
        """Return what is wrong with the value; the most specific first."""
        key = repr(schema)
        if key not in self._validators:
            root = {"allOf": [schema], "components": self.content["components"]}
            self._validators[key] = jsonschema_rs.Draft4Validator(
                _with_null(root), validate_formats=True
            )
        return [str(error)[:500] for error in self._validators[key].iter_errors(value)]

    def answer_errors(self, operation: Operation, answer: Any) -> list[str]:
        """Return what of an answer is not as the file says: status, headers, media type, body."""
        response = self.responses(operation).get(str(answer.status_code))
        if response is None:
            return [f"status {answer.status_code} is not declared"]
        errors = []
        for name, node in response["headers"].items():
            header, text = self.resolved(node), answer.headers.get(name.lower())
            if text is not None:
                errors += self.schema_errors(header["schema"], text)
            elif header.get("required"):
                errors.append(f"there is no {name}")
        if "content" not in response:
            return errors + ["there is a body"] * bool(answer.content)
        media_type = answer.headers["content-type"]
        if media_type not in response["content"]:
            return [*errors, f"media type {media_type}"]
        body = answer.json if media_type == "application/json" else answer.text
        return errors + self.schema_errors(response["content"][media_type]["schema"], body)

    def operation_at(self, method: str, path: str) -> Operation | None:
        """Find the operation of a path below app_base; literal segments come before fields."""
        fitting = [
            operation
            for operation in self.operations
            if operation.method == method
            and re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.path.rstrip("/")), path)
        ]
        return min(fitting, key=lambda operation: operation.path.count("{"), default=None)


def documents(
    settings: Settings,
    capabilities: Capabilities = openapi.ALL,
    names: Sequence[str] = openapi.FILES,
) -> dict[str, Document]:
    """Return the files for the settings; nobody changes what is in them."""
    return {name: _document(name, settings, capabilities) for name in names}


@lru_cache(maxsize=64)
def _document(name: str, settings: Settings, capabilities: Capabilities) -> Document:
    """Write a file and read it once for all tests: that takes 0.1 s."""
    return Document(openapi.served(name, settings, capabilities))


def nodes(node: Any, path: str = "#") -> Iterator[tuple[str, Any]]:
    """Yield every dict and list in the document, with its place."""
    if isinstance(node, (dict, list)):
        yield path, node
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from nodes(child, f"{path}/{key}")


def _with_null(node: Any) -> Any:
    """Write OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_with_null(child) for child in node]
    if not isinstance(node, dict):
        return node
    node = {key: _with_null(child) for key, child in node.items()}
    if node.pop("nullable", False):
        node["type"] = [node["type"], "null"]
    return node
