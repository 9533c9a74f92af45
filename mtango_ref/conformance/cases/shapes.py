"""Shapes: bodies, or parts of them, that are written once and used by name.

`{$error: [API_X, text]}` stands for the shape `error` with `<1>` and `<2>` replaced,
`{$list_of: {of: x}}` has `<of>` replaced; `<all>` is the argument as a whole. A shape without
arguments is `$name`. Keys beside the shape's are added to what it stands for, or replace what it
has: `{$failure: [..], http_status: 404}`.

`{$mode: {strict: .., implementation: ..}}` stands for one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PARAMETER = re.compile(r"<(\w+)>")


class Shapes:
    """The shapes of the case files, in one mode."""

    def __init__(self, shapes: Mapping[str, Any], mode: str) -> None:
        self._shapes = {f"${name}": shape for name, shape in shapes.items()}
        self._mode = mode

    def expand(self, node: Any) -> Any:
        """Copy the node without shapes. Raises ValueError, with a sentence."""
        if isinstance(node, str):
            return self.expand(self._shapes[node]) if node in self._shapes else node
        if isinstance(node, list):
            return [self.expand(child) for child in node]
        if not isinstance(node, dict):
            return node
        if "$mode" in node:
            return self.expand(node["$mode"][self._mode])
        used = [key for key in node if key in self._shapes]
        rest = {key: self.expand(child) for key, child in node.items() if key not in used}
        if not used:
            return rest
        return self._filled(used[0], self.expand(node[used[0]]), rest)

    def _filled(self, name: str, argument: Any, rest: dict[str, Any]) -> Any:
        filled = self.expand(replace(self._shapes[name], argument, name))
        return merge(filled, rest) if rest else filled


def merge(below: Any, above: Any) -> Any:
    """Merge objects: the result has the keys of both; where both have one, the one above counts."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: merge(below.get(key), child) for key, child in above.items()}


def replace(node: Any, argument: Any, name: str) -> Any:
    """Copy the node with `<1>`, `<key>`, `<all>` replaced by the argument's.

    Raises ValueError for one that the argument of what is called name does not have.
    """
    parameters = _parameters(argument)

    def given(match: re.Match[str]) -> Any:
        if match[1] not in parameters:
            raise ValueError(f"{name} needs an argument for {match[0]}")
        return parameters[match[1]]

    def replaced(node: Any) -> Any:
        if isinstance(node, str):
            whole = _PARAMETER.fullmatch(node)
            return given(whole) if whole else _PARAMETER.sub(lambda m: str(given(m)), node)
        if isinstance(node, list):
            return [replaced(child) for child in node]
        if isinstance(node, dict):
            return {replaced(key): replaced(child) for key, child in node.items()}
        return node

    return replaced(node)


def _parameters(argument: Any) -> dict[str, Any]:
    if isinstance(argument, dict):
        return {**argument, "all": argument}
    if isinstance(argument, list):
        return {**{str(n): each for n, each in enumerate(argument, 1)}, "all": argument}
    return {"1": argument, "all": argument}
