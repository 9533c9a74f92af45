"""YAML of files that may be anybody's -> plain data, within a stated depth."""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 100
"""Levels of lists and mappings. The swagger files have 20 at most."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(content: bytes) -> Any:
    """Return the data of the one document. Raises yaml.YAMLError, for what is too deep, too."""
    _check_depth(content)
    return yaml.load(content, _LOADER)  # noqa: S506 - a safe loader, in C if there is one


def _check_depth(content: bytes) -> None:
    """Raise yaml.MarkedYAMLError where more than MAX_DEPTH levels begin.

    PyYAML builds data by recursion: with libyaml before 0.2.6 (PyYAML 6.0.3) 100,000 brackets
    end the process. Events are read in a loop.
    """
    depth = 0
    for event in yaml.parse(content, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            problem = f"nested too deep; expected at most {MAX_DEPTH} levels"
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
