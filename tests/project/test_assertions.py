"""Each test asserts something: one that cannot fail says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parents[1]

RAISING = {"pytest.raises", "pytest.fail", "pytest.warns"}
"""Calls that fail a test by themselves."""


class Function(NamedTuple):
    """A function of a test file: its file's name without suffix, its own name, its line."""

    module: str
    name: str
    line: int


class Facts(NamedTuple):
    """What the source of the tests says of a function."""

    asserts: bool
    """It has an assert, or a call that fails a test."""
    calls: frozenset[str]
    """Names that it calls, or hands on, be they methods."""


def functions(path: Path) -> Iterator[tuple[Function, Facts]]:
    """Yield each function and method of a file, nested ones as part of the outer one, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield Function(path.stem, node.name, node.lineno), facts(node)


def facts(function: ast.FunctionDef) -> Facts:
    nodes = [*ast.walk(function)]
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    asserts = any(isinstance(node, ast.Assert) for node in nodes) or bool(called & RAISING)
    return Facts(asserts, frozenset(name.rpartition(".")[2] for name in called))


def lacking(files: list[Path]) -> list[Function]:
    """Return the tests that assert nothing, neither themselves nor by what they call.

    A helper counts by its name, wherever in the tests it is defined.
    """
    known = {function: of for path in files for function, of in functions(path)}
    asserting = {function.name for function, of in known.items() if of.asserts}
    while True:
        more = {function.name for function, of in known.items() if of.calls & asserting}
        if more <= asserting:
            break
        asserting |= more
    return [
        function
        for function, of in known.items()
        if function.name.startswith("test_") and not (of.asserts or of.calls & asserting)
    ]


def test_every_test_asserts_something() -> None:
    assert lacking([*TESTS.rglob("*.py")]) == []


def test_a_test_without_an_assertion_is_found(tmp_path: Path) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(
        "def check(x):\n    assert x\n"
        "def ask(x):\n    return check(x)\n"
        "def quiet(x):\n    return x\n"
        "def test_direct():\n    assert 1\n"
        "def test_by_a_helper():\n    ask(1)\n"
        "def test_raises():\n    with pytest.raises(ValueError):\n        quiet(1)\n"
        "def test_nothing():\n    quiet(1)\n",
        "utf-8",
    )
    assert lacking([file]) == [Function("test_some", "test_nothing", 14)]
