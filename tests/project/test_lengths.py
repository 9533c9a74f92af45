"""Files that one can keep in mind, and functions that fit on a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.parsed import nodes

ROOT = Path(__file__).parents[2]
MAX_FILE = 350
"""The most lines of a file."""
MAX_FUNCTION = 40
"""The most lines of a function, from its `def` to its end, its docstring and what is in it too."""


def too_long(source: str) -> Iterator[str]:
    """Find the file if it is too long, and each of its functions that is: `name: lines`."""
    if (lines := len(source.splitlines())) > MAX_FILE:
        yield f"file: {lines}"
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION:
                yield f"{node.name}: {lines}"


@pytest.mark.parametrize("folder", ["mtango_ref", "backends", "tests"])
def test_files_and_functions_are_short(folder: str) -> None:
    files = [*(ROOT / folder).rglob("*.py")]
    assert len(files) > 20
    found = {
        f"{path.relative_to(ROOT)}: {each}"
        for path in files
        for each in too_long(path.read_text("utf-8"))
    }
    assert found == set()


def function(lines: int, kind: str = "def", indent: str = "") -> str:
    """Write a function of so many lines, the first of them its docstring."""
    head = f'{indent}{kind} f():\n{indent}    """Do it."""\n'
    return head + f"{indent}    x = 1\n" * (lines - 2)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1\n" * MAX_FILE, []),
        ("x = 1\n" * (MAX_FILE + 1), ["file: 351"]),
        (function(MAX_FUNCTION), []),
        ("@decorated\n" + function(MAX_FUNCTION), []),
        (function(MAX_FUNCTION + 1), ["f: 41"]),
        (function(MAX_FUNCTION + 1, "async def"), ["f: 41"]),
        ("class A:\n" + function(MAX_FUNCTION + 1, indent="    "), ["f: 41"]),
        ("def g():\n" + function(MAX_FUNCTION, indent="    "), ["g: 41"]),
        ("x = 1\n" * MAX_FILE + function(MAX_FUNCTION + 1), ["file: 391", "f: 41"]),
    ],
)
def test_what_is_too_long_is_found(source: str, found: list[str]) -> None:
    assert [*too_long(source)] == found
