"""Where in a YAML text what stands: of every key and of every element of a list, its path and its
line. The text is read event by event; there is no tree of it in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

YamlPath = tuple[str | int, ...]
"""Keys, and indices of lists."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def places(text: str) -> Iterator[tuple[YamlPath, int]]:
    """(path, line counted from 1), in the order of the text. It has to be right YAML."""
    events = iter(yaml.parse(text, _LOADER))
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            yield from _below(event, events, ())


def _below(event: Any, events: Iterator[Any], path: YamlPath) -> Iterator[tuple[YamlPath, int]]:
    """What is below a node whose first event this is."""
    if isinstance(event, yaml.MappingStartEvent):
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            below = (*path, getattr(key, "value", ""))
            yield below, key.start_mark.line + 1
            yield from _below(next(events), events, below)
    elif isinstance(event, yaml.SequenceStartEvent):
        index = 0
        while not isinstance(element := next(events), yaml.SequenceEndEvent):
            below = (*path, index)
            yield below, element.start_mark.line + 1
            yield from _below(element, events, below)
            index += 1
