"""A recorded fixture as a YAML file that people like to read."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

_WIDTH = 100
_SCALAR = (str, int, float, bool, type(None))


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # C or not
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """No anchors: what is equal stands twice."""
        return True

    def represent_list(self, data: list[Any]) -> Any:
        """Values in a line: [1, 2, 3], and an image's rows too."""
        flow = all(isinstance(item, (*_SCALAR, list)) for item in data)
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)

    def represent_dict(self, data: dict[str, Any]) -> Any:
        """In a line what fits in one: {name: FirstDE, type: DevString}."""
        short = all(isinstance(value, _SCALAR) for value in data.values())
        flow = short and len(str(data)) < _WIDTH
        return self.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flow)


# PyYAML writes YAML 1.1, for which 1e5 is text; YAML 1.2, which fixtures are, has a number there.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+"),
    list("-+.0123456789"),
)
_Dumper.add_representer(list, _Dumper.represent_list)
_Dumper.add_representer(dict, _Dumper.represent_dict)


def as_yaml(fixture: dict[str, Any]) -> str:
    """The text, in the order of the fixture's keys."""
    text: str = yaml.dump(
        fixture, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return text


def write(path: Path, text: str) -> None:
    """Whole or not at all: what stood there stays until the new text is on the disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
