"""The swagger files as one document, from which schemathesis draws its requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mtango_ref import openapi
from mtango_ref.conformance.fuzz.names import DEVICE, FACILITY, WRITTEN, fields
from mtango_ref.conformance.model import Place, Plan, Server
from mtango_ref.openapi.addresses import is_off

_IN_QUERY_OR_BODY = (
    "InputValue",
    "InputValues",
    "CommandInput",
    "PropertyLines",
    "PropertiesByName",
)
"""Parameters that have what may be in the body instead."""
_JSON = "application/json"
_LEFT_TO_TANGO: dict[str, dict[str, Any]] = {
    "writeAttribute": {},
    "runCommand": {},
    "writePipe": {},
    "setAttributeInfo": {"type": "object"},
}
"""Schemas of bodies that reach Tango."""


def document(server: Server, plan: Plan) -> dict[str, Any]:
    """Join the three files, so that links lead from the one to the other.

    Where the server lacks what is ours, only what rc3 says of it is left.
    """
    options = openapi.Options(plan.mode, plan.extensions)
    whole, paths = openapi.document("rc3.yml", options), {}
    for name in openapi.API:
        part = openapi.document(name, options)
        paths.update(part["paths"])
        for kind, nodes in part["components"].items():
            for key, node in nodes.items():
                whole["components"][kind].setdefault(key, node)
    whole["paths"] = paths
    _join_links(paths)
    _allow_no_pipes(paths)
    _allow_any_body(paths)
    _give_any_value(paths)
    _give_once(paths, whole["components"].get("requestBodies", {}))
    _begin_ranges_at_zero(whole["components"]["parameters"])
    _aim_at(server.place, whole["components"])
    if plan.writes:
        _lead_to_writes(paths, fields(server.place))
    if not server.is_fit(["ours"]):
        _leave_what_rc3_says(whole)
    return whole


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `METHOD path` and what the document says of it."""
    for path, method, operation in _each(document["paths"]):
        yield f"{method.upper()} {path}", operation


def _join_links(paths: dict[str, Any]) -> None:
    for link in paths["/"]["get"]["responses"]["200"]["links"].values():
        link["operationRef"] = "#" + link["operationRef"].partition("#")[2]


def _each(paths: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _allow_no_pipes(paths: dict[str, Any]) -> None:
    """Allow 501 for pipes: a server whose PyTango has none answers so."""
    for _, _, operation in _each(paths):
        if operation.get("x-needs") == "pipes":
            reference = {"$ref": "#/components/responses/NotImplemented"}
            operation["responses"].setdefault("501", reference)


def _allow_any_body(paths: dict[str, Any]) -> None:
    """Drop the query of what is off, which does not look at it."""
    for _, _, operation in _each(paths):
        if is_off(operation) and "requestBody" in operation:
            operation["requestBody"] = {"content": {"application/json": {"schema": {}}}}


def _give_once(paths: dict[str, Any], bodies: dict[str, Any]) -> None:
    """Leave a value in the body alone, as JSON, where the query could have one, too.

    No schema says that only one of them counts, and no text is wrong as a text.
    """
    for _, _, operation in _each(paths):
        if "requestBody" in operation:
            given = operation.get("parameters", [])
            left = [each for each in given if _name(each) not in _IN_QUERY_OR_BODY]
            operation["parameters"] = left
            # A command may take no argument.
            is_needed = left != given and "CommandInput" not in map(_name, given)
            operation["requestBody"] = _as_json(operation["requestBody"], bodies, is_needed)


def _as_json(body: dict[str, Any], bodies: dict[str, Any], is_needed: bool) -> dict[str, Any]:
    found = bodies.get(_name(body), body)
    content = {kind: each for kind, each in found["content"].items() if kind == _JSON}
    needed = {"required": True} if is_needed else {}
    return {**found, "content": content, **needed}


def _name(node: dict[str, Any]) -> str:
    return str(node.get("$ref", "")).rpartition("/")[2]


def _give_any_value(paths: dict[str, Any]) -> None:
    """Allow any JSON where only Tango knows what is right: what is not is a failure of its own."""
    for _, _, operation in _each(paths):
        schema = _LEFT_TO_TANGO.get(str(operation.get("operationId")))
        if schema is not None and not is_off(operation):
            operation["requestBody"]["content"][_JSON]["schema"] = schema


def _begin_ranges_at_zero(parameters: dict[str, Any]) -> None:
    """Narrow `range` to what is never refused: no schema says that it begins before it ends."""
    if "Range" in parameters:
        parameters["Range"]["schema"]["pattern"] = "^0-[1-9][0-9]{0,3}$"


def _aim_at(place: Place, components: dict[str, Any]) -> None:
    parts: dict[str, Any] = fields(place)
    parts["port"] = int(parts["port"])
    for link, named in (("Database", FACILITY), ("Device", DEVICE)):
        components["links"][link]["parameters"].update({field: parts[field] for field in named})
    for field, part in parts.items():
        components["parameters"][field.capitalize()]["example"] = part


def _lead_to_writes(paths: dict[str, Any], parts: dict[str, Any]) -> None:
    """Link the entry point with what writes and is on: no read leads there.

    The links wait for the write, as what is made sometime cannot be read for sure.
    """
    device = {**parts, "port": int(parts["port"])}
    links = paths["/"]["get"]["responses"]["200"]["links"]
    for _, _, operation in _each(paths):
        name = operation["operationId"]
        if name in WRITTEN and not is_off(operation):
            named, bodies = WRITTEN[name]
            for at, body in enumerate(bodies):
                links[f"{name}{at}"] = {
                    "operationId": name,
                    "parameters": {**device, **named},
                }
                if body is not None:
                    links[f"{name}{at}"]["requestBody"] = body
                    links[f"{name}{at}"]["parameters"]["async"] = "false"


def _leave_what_rc3_says(document: dict[str, Any]) -> None:
    """Leave what rc3 says: no word on the system API, nor on what HTTP's own failures look like."""
    paths, components = document["paths"], document["components"]
    for path in [path for path in paths if path.startswith("/sys")]:
        del paths[path]
    del paths["/"]["get"]["responses"]["200"]["links"]["sys"]
    entry = components["schemas"]["EntryPoint"]
    entry.update(required=["rc3"], additionalProperties=True)
    components["schemas"]["Rc3"]["properties"]["x-auth-method"] = {"type": "string"}
    for name in components["headers"].keys() - {"Last-Modified"}:
        components["headers"][name] = {"schema": {}}
    for response in components["responses"].values():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if "allOf" in schema:  # a failure of HTTP
            del response["content"]
