"""The names in the paths of fuzzed requests: of what is there, of what is not, and malformed."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from mtango_ref.conformance.model import Place, Server
from mtango_ref.names import lower

FACILITY = ("host", "port")
"""Fields of paths that name the facility."""
DEVICE = ("domain", "family", "member")
"""Fields of paths that name a device."""

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

_PROPERTY = {"property": "fuzzed"}
_ATTRIBUTE_PROPERTY = {"attribute": "double_scalar_w", "property": "fuzzed"}
_LINES = (["a", "b"], ["c"])
WRITTEN: dict[str, tuple[dict[str, str], tuple[Any, ...]]] = {
    "writeAttribute": ({"attribute": "double_scalar_w"}, (1.5, -2)),
    "putProperty": (_PROPERTY, _LINES),
    "postProperty": (_PROPERTY, _LINES[1:]),
    "deleteProperty": (_PROPERTY, (None,)),
    "putAttributeProperty": (_ATTRIBUTE_PROPERTY, _LINES),
    "deleteAttributeProperty": (_ATTRIBUTE_PROPERTY, (None,)),
}
"""The writes, by operation: the names in its path, and bodies. TangoTest computes what its other
attributes read."""


def _written(field: str) -> set[str]:
    return {named[field] for named, _ in WRITTEN.values() if field in named}


def fields(place: Place) -> dict[str, str]:
    """Return the fields of the path to the TangoTest."""
    parts = [*place.facility.split("/"), *place.device.split("/")]
    return dict(zip(FACILITY + DEVICE, parts, strict=True))


class Names:
    """The names that are known on one server."""

    def __init__(self, server: Server) -> None:
        # Any host and port are ours; others' may be particular.
        named = DEVICE if server.is_fit(["ours"]) else FACILITY + DEVICE
        there = fields(server.place)
        self._names = {**_NAMES, **{field: (there[field],) for field in named}}
        self._known = {
            field: {lower(name) for name in (*names, _FIRST.get(field, ""), *_written(field))}
            for field, names in self._names.items()
        }

    def put_into(self, case: Any) -> Any:
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


def _texts(case: Any) -> dict[str, str]:
    return {field: str(value) for field, value in (case.path_parameters or {}).items()}
