"""PyYAML's safe classes, in C where there is libyaml; YAML of strangers -> data."""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 100
"""Levels of lists and mappings. The swagger files have 20 at most."""

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # C or not
    """PyYAML's, without anchors: equal parts stand twice, as people write them."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Return True for all data."""
        return True


def load_yaml(content: bytes) -> Any:
    """Return the data of the one document. Raises yaml.YAMLError, for what is too deep, too."""
    _check_depth(content)
    return yaml.load(content, Loader)  # noqa: S506 - a safe loader, in C if there is one


def _check_depth(content: bytes) -> None:
    """Raise yaml.MarkedYAMLError where more than MAX_DEPTH levels begin.

    PyYAML builds data by recursion: with libyaml before 0.2.6 (PyYAML 6.0.3) 100,000 brackets
    end the process. Events are read in a loop.
    """
    depth = 0
    for event in yaml.parse(content, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            problem = f"nested too deeply; expected at most {MAX_DEPTH} levels"
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
