"""The requests: every operation on everything that a facility has, and every way to ask wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from string import Formatter
from typing import NamedTuple
from urllib.parse import quote

from mtango_ref import openapi
from mtango_ref.interface import Backend
from mtango_ref.model import DevFailed
from mtango_ref.settings.model import Settings

FACILITY = "/rc3/hosts/localhost/10000"
DEVICES = f"{FACILITY}/devices"


class Question(NamedTuple):
    """A request. path: below app_base, quoted; facet: what the report calls its kind; body: JSON
    or empty."""

    facet: str
    method: str
    path: str
    query: str = ""
    body: str = ""

    def __str__(self) -> str:
        asked = f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"
        return f"{asked} {self.body}" if self.body else asked


class Contents(NamedTuple):
    """The names of what a device has; by attribute, its properties."""

    name: str
    attributes: Mapping[str, Sequence[str]]
    commands: Sequence[str]
    pipes: Sequence[str]
    properties: Sequence[str]

    @property
    def path(self) -> str:
        """The three segments of a path that name the device, quoted."""
        return quote(self.name)


@cache
def contents(backend: Backend, name: str) -> Contents:
    """Return what a device has, looked at once for all modes; of one that does not run, names that
    it could have."""
    database = backend.database
    device = backend.get_device_proxy(name)
    try:
        attributes = device.get_attribute_list()
        commands = [info.cmd_name for info in device.command_list_query()]
        pipes = device.get_pipe_list() if backend.capabilities.has_pipes else []
    except DevFailed:
        attributes, commands, pipes = ["State", "any"], ["State", "Any"], ["any"]
    return Contents(
        name,
        {each: [*database.get_device_attribute_property(name, each)] for each in attributes},
        commands,
        pipes,
        [*database.get_device_property(name)],
    )


def questions(
    backend: Backend, settings: Settings, *, once_a_class: bool = False
) -> list[Question]:
    """List each question once, in the order of the facility.

    once_a_class: names in odd case, and lists of attributes, for one device of each class: a
    backend treats them alike for the others.
    """
    names = backend.database.get_device_names("*")
    devices = [contents(backend, name) for name in names]  # type: ignore[arg-type]  # any has a hash
    some = _one_of_each_class(backend, devices) if once_a_class else devices
    operations = [
        each for each in openapi.operations(settings, backend.capabilities) if each.needs != "pipes"
    ]
    asked = [
        *(question for each in operations for question in _everywhere(each, devices)),
        *_wildcards(names),
        *(question for device in some for question in _of_several(device)),
        *(
            question
            for device in some
            for question in _mistakes(device, backend.capabilities.has_pipes)
        ),
        *_unknown_device(operations),
        *_refused(),
    ]
    return list(dict.fromkeys(asked))


def _one_of_each_class(backend: Backend, devices: Sequence[Contents]) -> list[Contents]:
    """Return the first device of each class."""
    first: dict[str, Contents] = {}
    for device in devices:
        first.setdefault(backend.database.get_device_info(device.name).class_name, device)
    return [*first.values()]


def _everywhere(operation: openapi.Operation, devices: Sequence[Contents]) -> Iterator[Question]:
    """Ask an operation of everything that has it."""
    facet = _facet(operation.path)
    fields = [field for _, field, _, _ in Formatter().parse(operation.path) if field]
    path = operation.path.replace("{host}/{port}", "localhost/10000")
    if "member" not in fields:
        yield Question(facet, operation.method, path)
        return
    for device in devices:
        below = path.replace("{domain}/{family}/{member}", device.path)
        for values in _values(device, fields[5:]):
            quoted = {key: quote(value, safe="") for key, value in values.items()}
            yield Question(facet, operation.method, below.format_map(quoted))


def _values(device: Contents, fields: Sequence[str]) -> Iterator[dict[str, str]]:
    if fields == ["attribute", "property"]:
        for attribute, properties in device.attributes.items():
            yield from ({"attribute": attribute, "property": each} for each in properties)
        return
    names: dict[str, Sequence[str]] = {
        "attribute": [*device.attributes],
        "command": device.commands,
        "pipe": device.pipes,
        "property": device.properties,
    }
    for values in product(*(names[field] for field in fields)):
        yield dict(zip(fields, values, strict=True))


def _facet(path: str) -> str:
    parts = path.split("/")
    if "{member}" not in parts:
        return "system" if path.startswith("/sys") else "tree"
    below = parts[parts.index("{member}") + 1 :]
    if len(below) < 3 or below[0] != "attributes":
        return "history" if below[-1:] == ["history"] else (below or ["tree"])[0]
    return "values" if below[2] == "value" else below[2]


WILDCARDS = (
    *("*", "sys*", "sys/*", "sys/*/1", "*/1", "*test*", "SYS/TG_TEST/1", "sys/tg_test/1", "s*s/*"),
    *("nothing*", "no/such/device", "*/*/*", "**", "d?erver*", "sys/tg%/1", "sys/tg_test/_", "[a]"),
)


def _wildcards(names: Sequence[str]) -> Iterator[Question]:
    for wildcard in (*WILDCARDS, *names):
        yield Question("wildcards", "GET", DEVICES, f"wildcard={quote(wildcard)}")


def _of_several(device: Contents) -> Iterator[Question]:
    """Ask for several attributes at once: all, some that fail, some twice, odd case, none."""
    names = [*device.attributes]
    lists = [
        names,
        names[:2],
        [*reversed(names[:3])],
        [name.upper() for name in names[:3]],
        [names[0], "nope", names[-1]],
        ["nope"],
        ["nope", "nada"],
        [names[0], names[0]],
        [names[0], names[0].upper()],
        [names[0], names[0], names[0], names[1]],
        ["nope", "nope"],
        [],
    ]
    for what, attributes in product(("value", "info"), lists):
        query = "&".join(f"attr={quote(name)}" for name in attributes)
        yield Question("several", "GET", f"{DEVICES}/{device.path}/attributes/{what}", query)


def _mistakes(device: Contents, has_pipes: bool) -> Iterator[Question]:
    """Ask for names that there are not, and names in odd case."""
    path = f"{DEVICES}/{device.path}"
    attribute, command = next(iter(device.attributes)), device.commands[0]
    odd = [
        *(f"attributes/{quote(name)}" for name in ("nope", attribute.upper(), "STATE", "status")),
        *(f"commands/{name}" for name in ("nope", command.upper(), "STATE", "init")),
        *(f"properties/{name}" for name in ("nope", *map(str.upper, device.properties[:1]))),
    ]
    if has_pipes:
        odd += [f"pipes/{name}" for name in ("nope", *map(str.upper, device.pipes))]
    for each in odd:
        yield Question("odd names", "GET", f"{path}/{each}")
        for last in _LAST.get(each.partition("/")[0], ()):
            yield Question("odd names", "GET", f"{path}/{each}/{last}")
    yield Question("odd names", "GET", f"{DEVICES}/{quote(device.name.upper())}")
    yield Question("odd names", "GET", f"{DEVICES}/{quote(device.name.upper())}/state")


_LAST = {
    "attributes": ("value", "info", "history", "properties", "properties/nope"),
    "commands": ("history",),
}


def _unknown_device(operations: Sequence[openapi.Operation]) -> Iterator[Question]:
    device = Contents("no/such/device", {"any": ["any"]}, ["Any"], ["any"], ["any"])
    for operation in operations:
        if operation.method == "GET" and "{member}" in operation.path:
            for question in _everywhere(operation, [device]):
                yield question._replace(facet="unknown device")


def _refused() -> Iterator[Question]:
    """Yield what HTTP refuses: 400, 404, 405, and what is answered with less or more of a URL."""
    device = f"{DEVICES}/sys/tg_test/1"
    for method, path, query in (
        ("GET", "/nothing", ""),
        ("GET", "/rc3/nothing", ""),
        ("GET", f"{device}/nothing", ""),
        ("GET", f"{device}/attributes/double_scalar/nothing", ""),
        ("GET", f"{DEVICES}/sys/tg_test", ""),
        ("GET", f"{DEVICES}/s%20s/tg_test/1", ""),
        ("GET", f"{DEVICES}/s%23s/tg_test/1", ""),
        ("GET", f"{DEVICES}/sys/tg%C3%A9/1", ""),
        ("GET", f"{DEVICES}/sys/tg_test/%00", ""),
        ("GET", f"{device}/attributes/a%3Ab/value", ""),
        ("GET", f"{device}/properties/%C3%A9", ""),
        ("GET", "/rc3/hosts/localhost/0", ""),
        ("GET", "/rc3/hosts/localhost/65536/devices", ""),
        ("GET", "/rc3/hosts/localhost/one/devices", ""),
        ("GET", "/rc3/hosts/elsewhere/10001", ""),
        ("GET", f"{DEVICES}/", ""),
        ("GET", DEVICES, "wildcard="),
        ("GET", DEVICES, "wildcard=a*&wildcard=b*"),
        ("GET", DEVICES, "wildcard=%C3%A9"),
        ("GET", f"{device}/attributes/value", "attr="),
        ("GET", f"{device}/attributes/value", "attr=%C3%A9"),
        ("GET", f"{device}/attributes/value", "attr=State&attr="),
        ("GET", f"{device}/attributes/info", "attr="),
        ("GET", f"{device}/attributes/value", "other=State"),
        ("DELETE", device, ""),
        ("POST", f"{device}/commands/State", ""),
        ("PUT", f"{device}/state", ""),
        ("PATCH", f"{device}/attributes/double_scalar/value", ""),
        ("DELETE", "/rc3", ""),
        ("POST", DEVICES, ""),
        ("HEAD", f"{device}/state", ""),
        ("OPTIONS", f"{device}/attributes/double_scalar/value", ""),
        ("OPTIONS", "/rc3", ""),
    ):
        yield Question("refused", method, path, query)
