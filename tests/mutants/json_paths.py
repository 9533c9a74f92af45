"""Paths in JSON: what stands at one, and how that is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Path = tuple[str, ...]
"""Keys of objects and indices of arrays from the outside in; * is each of them, ** any number."""

LOST: Any = object()
"""The value of a key that is missing."""


def path_of(text: str) -> Path:
    """Split what stands in a rule, with a slash between its keys."""
    return tuple(text.split("/")) if text else ()


class Condition(NamedTuple):
    """JSON that a rule is about.

    has: a path that leads somewhere. when: values, one of which stands at that path.
    """

    has: Path = ()
    when: Mapping[Path, Any] = {}

    def fits(self, data: Any) -> bool:
        """Compare it with what the JSON says, LOST where there is none."""
        return (not self.has or bool(found(data, self.has))) and all(
            value in found(data, path) for path, value in self.when.items()
        )


def found(data: Any, path: Path) -> list[Any]:
    """Return the values at a path."""
    if data is LOST or not path:
        return [] if data is LOST else [data]
    key, *rest = path
    if key == "**":
        return found(data, tuple(rest)) + found(data, ("*", *path))
    if isinstance(data, dict):
        inner = [*data.values()] if key == "*" else [data.get(key, LOST)]
    elif isinstance(data, list):
        inner = data if key == "*" else data[int(key) :][:1] if key.isdigit() else []
    else:
        inner = []
    return [value for each in inner for value in found(each, tuple(rest))]


def edited(data: Any, path: Path, new: Callable[[Any], Any]) -> Any:
    """Return data with new(value) for the values at a path.

    new is given LOST for a last key that is missing, and returns LOST for what has to go. After
    ** nothing is missing: that is only where the rest of the path leads somewhere.
    """
    if not path:
        return new(data)
    key, rest = path[0], path[1:]
    if key == "**":
        data = edited(data, ("*", *path), new)
        return edited(data, rest, new) if found(data, rest) else data
    if isinstance(data, dict):
        keys = [*data] if key == "*" else [key] if key in data or not rest else []
        inner = {each: edited(data.get(each, LOST), rest, new) for each in keys}
        return {k: value for k, value in (data | inner).items() if value is not LOST}
    if isinstance(data, list):
        values = [
            edited(each, rest, new) if key in ("*", str(at)) else each
            for at, each in enumerate(data)
        ]
        return [value for value in values if value is not LOST]
    return data
