"""The swagger files: what the server answers is what they say.

They are hand-written for all settings at once. Six marks of ours say what depends on
the settings, and are resolved here:

- `x-rc3-mode: {strict: X, implementation: Y}` stands for X or Y;
- `x-extension: NAME` on an operation: 501 while the extension NAME is off; on a component: it is
  not there then;
- `x-needs: pipes` on an operation: 501 where the backend has no pipes;
- `x-control: true` on an operation: while it is off, it is on for the one device that controls
  a simulation, where there is one;
- `x-collection: NAME` on an operation: its answer is a list, of which there may be parts;
- `x-setting: NAME` on a path: it is there where the setting NAME is on.

`x-extension` and `x-needs` stay in what is served: they show a client why an operation is 501.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

import yaml

from mtango_ref.interface import Capabilities
from mtango_ref.libyaml import Dumper, Loader
from mtango_ref.openapi import addresses, parts, statuses
from mtango_ref.openapi.addresses import is_off

API = ("main.yml", "rc3.yml", "sys.yml")
"""The files of what is below app_base."""
OPERATING = "operating.yml"
"""The file of what is not, and who operates the server asks."""
FILES = (*API, OPERATING)

RC3 = "/rc3"
"""The beginning of the paths of rc3."""

Document = dict[str, Any]

ALL = Capabilities()
"""The abilities of a backend that lacks nothing."""


class Answering(Protocol):
    """The settings that the files depend on."""

    @property
    def rc3_mode(self) -> str:
        """Return strict or implementation."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """Return the extensions that are on."""

    @property
    def app_base(self) -> str:
        """Return the path of the entry point."""

    @property
    def public_url(self) -> str | None:
        """Return the address before app_base, where it is fixed."""

    @property
    def metrics(self) -> bool:
        """Return True where figures are answered for Prometheus."""


class Options(NamedTuple):
    """The settings of a server that is not this one."""

    rc3_mode: str = "strict"
    extensions: tuple[str, ...] = ()
    app_base: str = "/tango/rest"
    public_url: str | None = None
    metrics: bool = True


USUAL = Options()


class Operation(NamedTuple):
    """One operation, and what it answers under the settings given.

    path: below app_base, with its {fields}. status: 200, 204 or 501. needs: what makes
    it answer where it is 501: an extension's name, or `pipes`; else None. only: the one
    device that it answers for, where it is 501 for all others; else None. extension: the one
    that it belongs to, on or off; else None. collection: what its answer is a list of;
    else None.
    """

    method: str
    path: str
    operation_id: str
    summary: str
    status: int
    needs: str | None
    only: str | None
    extension: str | None
    collection: str | None


@lru_cache(maxsize=len(FILES))
def read(name: str) -> Document:
    """Read a file as it was written. Nobody may change the result."""
    text = (files("mtango_ref.swagger") / name).read_bytes()
    document: Document = yaml.load(text, Loader)  # noqa: S506 - a safe loader, in C if there is one
    return document


def operations(settings: Answering = USUAL, capabilities: Capabilities = ALL) -> list[Operation]:
    """List every operation of the API, in the order of the files."""
    return [
        _operation(method, path, operation, settings, capabilities)
        for name in API
        for path, method, operation in _each_operation(read(name))
    ]


def operating(settings: Answering = USUAL) -> list[Operation]:
    """List every operation of OPERATING; their paths are whole."""
    return [
        _operation(method, path, operation, settings, ALL)
        for path, method, operation in _each_operation(document(OPERATING, settings))
    ]


def document(name: str, settings: Answering, capabilities: Capabilities = ALL) -> Document:
    """Return a copy of the file for the settings in force."""
    document: Document = _resolved(read(name), settings.rc3_mode)
    base = "" if name == OPERATING else settings.app_base
    document["servers"] = [{"url": (settings.public_url or "") + base or "/"}]
    for path, item in [*document["paths"].items()]:
        setting = item.pop("x-setting", None)
        if setting is not None and not getattr(settings, setting):
            del document["paths"][path]
    for path, method, operation in _each_operation(document):
        one = _operation(method, path, operation, settings, capabilities)
        operation.pop("x-control", None)
        if one.only is not None:
            _leave_on_for(operation, one)
        elif one.needs is not None:
            _switch_off(operation, one.needs)
    _leave_out(document["components"], settings.extensions)
    if "status" in settings.extensions:
        statuses.add(document, _on(document))
    if {"filters", "ranges"}.intersection(settings.extensions):
        parts.add(document, settings.extensions, [*_readings(document)])
    addresses.settle(
        document,
        [operation for _, _, operation in _each_operation(document)],
        as_tangos=settings.rc3_mode == "implementation" and "status" not in settings.extensions,
    )
    for _, _, operation in _each_operation(document):
        operation.pop("x-collection", None)
    return document


def _leave_out(components: Document, extensions: Collection[str]) -> None:
    """Drop the components of extensions that are off."""
    for nodes in components.values():
        for name in [*nodes]:
            extension = nodes[name].pop("x-extension", None) if type(nodes[name]) is dict else None
            if extension is not None and extension not in extensions:
                del nodes[name]


def _on(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the method of each operation of rc3 that is on, and the operation."""
    for path, method, operation in _each_operation(document):
        if path.startswith(RC3) and not is_off(operation):
            yield method, operation


def _readings(document: Document) -> Iterator[Document]:
    """Yield the operations of rc3 that read, where they are on."""
    for path, method, operation in _each_operation(document):
        if method == "GET" and path.startswith(RC3) and "200" in operation["responses"]:
            yield operation


def served(name: str, settings: Answering, capabilities: Capabilities = ALL) -> bytes:
    """Write that document as YAML."""
    content = document(name, settings, capabilities)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, encoding="utf-8", width=100)


def _switch_off(operation: Document, needs: str) -> None:
    """Leave what it answers while it is off: 501, and 404 to a path that names nothing."""
    what = "a PyTango that has pipes" if needs == "pipes" else f"the extension `{needs}`"
    operation["summary"] += " (501)"
    operation["description"] = f"**501 here: needs {what}.**\n\n{operation['description']}"
    operation["responses"] = {
        "404": {"$ref": "#/components/responses/NotFound"},
        "501": {"$ref": "#/components/responses/NotImplemented"},
    }


def _leave_on_for(operation: Document, one: Operation) -> None:
    """Add what it answers for all other devices."""
    operation["summary"] += f" ({one.only})"
    operation["description"] = (
        f"**Here for `{one.only}` only, which controls the simulation; for other devices 501:"
        f" needs the extension `{one.needs}`.**\n\n{operation['description']}"
    )
    operation["responses"]["501"] = {"$ref": "#/components/responses/NotImplemented"}


def _each_operation(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method.upper(), operation


def _operation(
    method: str,
    path: str,
    operation: Document,
    settings: Answering,
    capabilities: Capabilities,
) -> Operation:
    extension, needs = operation.get("x-extension"), None
    if extension is not None and extension not in settings.extensions:
        needs = extension
    elif operation.get("x-needs") == "pipes" and not capabilities.has_pipes:
        needs = "pipes"
    only = capabilities.control_device if needs and operation.get("x-control") else None
    status = 501 if needs and not only else _status(operation["responses"])
    path = "" if path == "/" else path
    return Operation(
        method,
        path,
        operation["operationId"],
        operation["summary"],
        status,
        needs,
        only,
        extension,
        operation.get("x-collection"),
    )


def _status(responses: Document) -> int:
    """Return the status of an operation that succeeds."""
    failed = "#/components/responses/Failed"
    return min(int(code) for code, each in responses.items() if each.get("$ref") != failed)


def _resolved(node: Any, mode: str) -> Any:
    """Copy the node for one mode."""
    if isinstance(node, dict):
        if "x-rc3-mode" in node:
            return _resolved(node["x-rc3-mode"][mode], mode)
        return {key: _resolved(child, mode) for key, child in node.items()}
    if isinstance(node, list):
        return [_resolved(child, mode) for child in node]
    return node
