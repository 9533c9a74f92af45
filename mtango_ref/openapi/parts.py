"""The effect of `filters` and `ranges` on the swagger files: arguments, and parts as answers."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from typing import Any

Node = dict[str, Any]

_JSON = "application/json"
_SCHEMAS = "#/components/schemas/"
_PART = "Part"
"""The end of the name of a schema of which any field may be missing."""


def add(document: Node, extensions: Collection[str], operations: Collection[Node]) -> None:
    """Describe the parts of these operations' answers, where the extensions are on.

    The operations are GETs of the document, which is changed.
    """
    for operation in operations:
        _write_out(operation["responses"], document["components"]["responses"])
    if "ranges" in extensions:
        for operation in operations:
            if "x-collection" in operation:
                _add_range(operation, document["components"]["schemas"])
    if "filters" in extensions:
        for operation in operations:
            _add_filter(operation)
        _add_parts(document["components"]["schemas"])


def _write_out(responses: Node, shared: Node) -> None:
    """Put a copy of a shared answer in the place of what refers to it: others stay whole."""
    name = responses["200"].get("$ref", "").rpartition("/")[2]
    if name:
        responses["200"] = deepcopy(shared[name])


def _add_range(operation: Node, schemas: Node) -> None:
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/Range"})
    responses = operation["responses"]
    ok = responses["200"]
    (name,) = [name for name in _references(_schema(ok)) if "items" in schemas[name]]
    items = {"anyOf": [schemas[name]["items"], {"$ref": f"{_SCHEMAS}PartialContent"}]}
    page = {"type": "array", "minItems": 1, "items": items}
    responses["206"] = {
        "description": "A part of the list, and where the others are.",
        "headers": {
            **ok["headers"],
            **{
                header: {"$ref": f"#/components/headers/{header}"}
                for header in ("Content-Range", "Accept-Range", "Link")
            },
        },
        "content": {_JSON: {"schema": page, "examples": _page_examples(ok, schemas)}},
    }
    responses.setdefault("400", {"$ref": "#/components/responses/BadRequest"})
    responses["416"] = {"$ref": "#/components/responses/RangeNotSatisfiable"}


def _page_examples(whole: Node, schemas: Node) -> Node:
    """Return the first example of a list with one of its elements."""
    examples = (
        each["value"] for each in whole["content"][_JSON]["examples"].values() if "value" in each
    )
    first = next(value for value in examples if isinstance(value, list))
    return {"page": {"value": [*first[:1], schemas["PartialContent"]["example"]]}}


def _add_filter(operation: Node) -> None:
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/Filter"})
    operation["responses"].setdefault("400", {"$ref": "#/components/responses/BadRequest"})
    for status in ("200", "206"):
        response = operation["responses"].get(status)
        if response is not None and "$ref" not in response:
            whole = _schema(response)
            response["content"][_JSON]["schema"] = {"anyOf": [whole, _part(whole)]}


def _add_parts(schemas: Node) -> None:
    for name in [*schemas]:
        schemas[f"{name}{_PART}"] = _part(schemas[name])


def _schema(response: Node) -> Node:
    schema: Node = response["content"][_JSON]["schema"]
    return schema


def _references(schema: Node) -> list[str]:
    each = schema.get("oneOf", [schema])
    return [one["$ref"].removeprefix(_SCHEMAS) for one in each if "$ref" in one]


def _part(node: Any) -> Any:
    """Return a schema of what a filter may leave of that node."""
    if isinstance(node, list):
        return [_part(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"] + _PART}
    left = {key: _part(child) for key, child in node.items() if key != "required"}
    # An object without some fields may be of several kinds.
    if "oneOf" in left:
        left["anyOf"] = left.pop("oneOf")
    for key in ("minProperties", "discriminator"):
        left.pop(key, None)
    return left
