"""What the fuzzing asks: the swagger files as one, and how schemathesis shall read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, NamedTuple
from zlib import crc32

from mtango_ref import openapi
from mtango_ref.conformance.model import Place
from mtango_ref.names import lower

ORIGIN = "http://panel.example.org"
"""The page that every request says to come from."""

_FACILITY = ("host", "port")
_DEVICE = ("domain", "family", "member")

# Of TangoTest: what gives a value, what fails, and another spelling of each kind.
_NAMES: dict[str, tuple[str, ...]] = {
    "attribute": (
        "double_scalar",
        "State",
        "Status",
        "throw_exception",
        "no_value",
        "double_image_ro",
        "string_spectrum",
        "long64_scalar",
        "wave",
        "DOUBLE_SCALAR",
    ),
    "command": ("State", "Status", "Init", "DevDouble", "DevVarDoubleStringArray", "state"),
    "property": ("polled_attr", "my_attribute_property", "POLLED_ATTR"),
    "pipe": ("string_long_short_ro", "STRING_LONG_SHORT_RO"),
}
# Where the links from the lists of attributes and commands lead.
_FIRST = {"attribute": "ampli", "command": "CrashFromDevelopperThread"}

_HARMLESS = ["options", "trace"]
# As a file of schemathesis would say it.
_CONFIGURATION: dict[str, Any] = {
    "workers": 1,  # several take turns in another order each time
    "continue-on-failure": True,
    "cache": {"enabled": False},
    "output": {"truncation": {"max-recorded-payload-size": 0}},  # 0: bodies are kept whole
    "checks": {
        "max_response_time": 5.0,  # s
        # Where 501 is not declared, status_code_conformance refuses it.
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "501"]},
    },
}


class Scope(NamedTuple):
    """For which server a plan is.

    place: where a TangoTest is. extensions: those that are on. writes: ask also
    what may change something. ours: it is an mtango-ref or mtango-py, with the system API and the
    headers and bodies of HTTP's failures as here; any other need only answer as rc3 says.
    """

    mode: str
    place: Place
    extensions: tuple[str, ...]
    writes: bool
    ours: bool


class Plan:
    """The document and the names for one server."""

    def __init__(self, scope: Scope, examples: int = 10) -> None:
        """examples: how many cases are drawn at random for each operation."""
        self.scope = scope
        self._examples = examples
        self.document = _document(scope)
        # Any host and port are ours; others' may be particular.
        fields = _DEVICE if scope.ours else _FACILITY + _DEVICE
        self._names = {**_NAMES, **{field: (_parts(scope.place)[field],) for field in fields}}
        self._known = {
            field: {lower(name) for name in (*names, _FIRST.get(field, ""))}
            for field, names in self._names.items()
        }

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield `METHOD path` and what the document says of it."""
        for path, method, operation in _each(self.document["paths"]):
            yield f"{method.upper()} {path}", operation

    def configuration(
        self, seed: int, seconds: float | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the configuration of schemathesis. headers: sent with each request."""
        configuration = {
            **_CONFIGURATION,
            "seed": seed,
            "headers": {"Origin": ORIGIN, **headers},
            "generation": {"database": "none", "max-examples": self._examples},
            # What is off answers the same to everything.
            "operations": [_writing({"max-examples": ceil(self._examples / 3)})],
            "phases": {
                "coverage": {} if self.scope.writes else {"unexpected-methods": _HARMLESS},
                "stateful": _walking({"max-examples": self._examples * 2}),
            },
        }
        if seconds is not None:
            configuration["max-time"] = max(1, round(seconds))
        return configuration

    def with_known_names(self, case: Any) -> Any:
        """Return the case; four in five whose path could name anything name what is there.

        Which ones depends on the case alone, so that the same seed gives the same cases. A case
        that follows a link has its names from there.
        """
        if self.kind(case) == "unknown" and case.meta.phase.name.value != "stateful":
            drawn = crc32(repr((case.operation.label, sorted(_texts(case).items()))).encode())
            if drawn % 5:
                for field in self._names.keys() & case.path_parameters.keys():
                    names = self._names[field]
                    case.path_parameters[field] = names[drawn // 5 % len(names)]
        return case

    def kind(self, case: Any) -> str | None:
        """Say if the names in a case's path are `known`, `unknown` or `malformed`; None if
        there are none."""
        texts = _texts(case)
        if not self._known.keys() & texts.keys():
            return None
        path = next((part for at, part in case.meta.components.items() if at.value == "path"), None)
        if path is not None and not path.mode.is_positive:
            return "malformed"
        fields = self._known.keys() & texts.keys()
        known = all(lower(texts[field]) in self._known[field] for field in fields)
        return "known" if known else "unknown"


def _writing(generation: dict[str, Any]) -> dict[str, Any]:
    return {"include-method": ["PUT", "POST", "DELETE"], "generation": generation}


def _walking(generation: dict[str, Any]) -> dict[str, Any]:
    # Links that are declared, none that are guessed; so many steps, because each walk begins near
    # the entry point, and what is furthest from it is ten steps down.
    return {"max-steps": 40, "inference": {"algorithms": []}, "generation": generation}


def _texts(case: Any) -> dict[str, str]:
    return {field: str(value) for field, value in (case.path_parameters or {}).items()}


def _parts(place: Place) -> dict[str, str]:
    """Return the fields of the path to the TangoTest."""
    parts = [*place.facility.split("/"), *place.device.split("/")]
    return dict(zip(_FACILITY + _DEVICE, parts, strict=True))


def _document(scope: Scope) -> dict[str, Any]:
    """Join the three files, so that links lead from the one to the other."""
    options = openapi.Options(scope.mode, scope.extensions)
    whole, paths = openapi.document("rc3.yml", options), {}
    for name in openapi.API:
        document = openapi.document(name, options)
        paths.update(document["paths"])
        for kind, nodes in document["components"].items():
            for key, node in nodes.items():
                whole["components"][kind].setdefault(key, node)
    whole["paths"] = paths
    _join_links(paths)
    _allow_no_pipes(paths)
    _allow_any_body(paths)
    _aim_at(scope.place, whole["components"])
    if not scope.ours:
        _leave_what_rc3_says(whole)
    return whole


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


def is_off(operation: dict[str, Any]) -> bool:
    """Return True where the answer is 501, whatever the arguments."""
    return set(operation["responses"]) == {"404", "501"}


def _allow_any_body(paths: dict[str, Any]) -> None:
    """Drop the query of what is off, which does not look at it."""
    for _, _, operation in _each(paths):
        if is_off(operation) and "requestBody" in operation:
            operation["requestBody"] = {"content": {"application/json": {"schema": {}}}}


def _aim_at(place: Place, components: dict[str, Any]) -> None:
    parts: dict[str, Any] = _parts(place)
    parts["port"] = int(parts["port"])
    for link, fields in (("Database", _FACILITY), ("Device", _DEVICE)):
        components["links"][link]["parameters"].update({field: parts[field] for field in fields})
    for field, part in parts.items():
        components["parameters"][field.capitalize()]["example"] = part


def _leave_what_rc3_says(document: dict[str, Any]) -> None:
    """rc3 has no word on the system API, nor on what HTTP's own failures look like."""
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
