"""Each test asserts something that may be wrong: one that cannot fail says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from project.parsed import nodes, tree

TESTS = Path(__file__).parents[1]

RAISING = {"pytest.raises", "pytest.fail", "pytest.warns"}
"""Calls that fail a test by themselves."""
REFLEXIVE = (ast.Eq, ast.Is, ast.LtE, ast.GtE)
"""Comparisons that hold of each thing with itself."""
MAX_DEPTH = 4
"""The most calls between a test and an assertion that counts for it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_settled(condition: ast.expr) -> bool:
    """Check whether a condition is the same whatever the program does."""
    match condition:
        case ast.BoolOp(op=ast.Or()):
            return any(map(is_settled, condition.values))
        case ast.BoolOp():
            return all(map(is_settled, condition.values))
        case ast.UnaryOp(op=ast.Not()):
            return is_settled(condition.operand)
        case ast.Tuple() | ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            # What is called may answer otherwise the second time.
            calls = any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(left))
            same = isinstance(operator, REFLEXIVE) and ast.dump(left) == ast.dump(right)
            if same and not calls:
                return True
    return not any(isinstance(node, ast.Name) for node in ast.walk(condition))


def running(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk what runs with these; a function that is defined among them may never be called."""
    for node in nodes:
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            yield from running(ast.iter_child_nodes(node))


class Module:
    """A file of the tests: the functions in it, and those that it imports from other files."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path, self._root = path, root
        self.source = path.read_text(encoding="utf-8")
        self._defined = {
            node.name: node
            for node in running(tree(self.source).body)
            if isinstance(node, Function)
        }
        self._imported = dict(_imports(self.source))

    def find(self, name: str) -> Found | None:
        """Find the function of a name, perhaps behind that of a module."""
        if name in self._defined:
            return Found(self, self._defined[name], {})
        first, _, last = name.rpartition(".")
        module = self._imported.get(first or name, "")
        if not first:
            module, _, last = module.rpartition(".")
        file = self._file(module) if module else None
        return read(file, self._root).find(last) if file else None

    def _file(self, module: str) -> Path | None:
        """Find the file of a module that is beside this one, or in the root of the tests."""
        path = module.replace(".", "/")
        folders = (self._path.parent, self._root)
        files = [each / end for each in folders for end in (f"{path}.py", f"{path}/__init__.py")]
        return next((file for file in files if file.is_file() and file != self._path), None)


@cache
def read(path: Path, root: Path) -> Module:
    """Read a file of the tests below a root."""
    return Module(path, root)


def _imports(source: str) -> Iterator[tuple[str, str]]:
    """Find what is imported anywhere in a file: its name there, and its whole name."""
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"
        elif isinstance(node, ast.Import):
            for each in node.names:
                yield each.asname or each.name, each.name


class Found(NamedTuple):
    """A function in a file, and the functions beside it in the one that it is in, by name."""

    module: Module
    function: Function
    beside: Mapping[str, Found]

    def asserts(self, depth: int = MAX_DEPTH) -> bool:
        """Check whether an assert that can fail is reached, or a call that fails a test."""
        nodes = [*running(self.function.body)]
        if any(isinstance(node, ast.Assert) and not is_settled(node.test) for node in nodes):
            return True
        calls = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
        if calls & RAISING:
            return True
        return depth > 0 and any(each.asserts(depth - 1) for each in self._called(nodes, calls))

    def _called(self, nodes: list[ast.AST], calls: set[str]) -> Iterator[Found]:
        arguments = self.function.args
        # A parameter hides the function of its name, as a fixture does.
        hidden = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)}
        local = dict(self.beside)
        local |= {
            node.name: Found(self.module, node, local)
            for node in nodes
            if isinstance(node, Function)
        }
        for name in calls - hidden:
            if found := local.get(name) or self.module.find(name):
                yield found


def everything(root: Path) -> Iterator[tuple[Path, ast.AST]]:
    """Walk all files below a folder."""
    for path in sorted(root.rglob("*.py")):
        yield from ((path, node) for node in nodes(read(path, root).source))


def lacking(root: Path) -> list[str]:
    """Find the tests below a folder that assert nothing, by themselves or by what they call."""
    return [
        f"{path.stem}: {node.name}"
        for path, node in everything(root)
        if isinstance(node, Function) and node.name.startswith("test_")
        if not Found(read(path, root), node, {}).asserts()
    ]


def settled(root: Path) -> list[str]:
    """Find the asserts below a folder whose outcome is settled, in tests and in what they call."""
    return [
        f"{path.stem}, {node.lineno}: {ast.unparse(node)}"
        for path, node in everything(root)
        if isinstance(node, ast.Assert) and is_settled(node.test)
    ]


def test_every_test_asserts_something() -> None:
    assert lacking(TESTS) == []


def test_every_assert_can_fail() -> None:
    assert settled(TESTS) == []


HELPERS = """
    def check(x):
        assert x
    async def await_check(x):
        check(x)
    def quiet(x):
        return x
"""
"""A file beside that of the tests."""


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(x):\n    assert x",
        "async def test_a(x):\n    assert await x()",
        "def test_a(x):\n    with x:\n        for y in x:\n            assert y",
        "def test_a(x):\n    try:\n        x()\n    finally:\n        assert x",
        "def test_a(x):\n    assert x() == x()",
        "def test_a(x):\n    with pytest.raises(ValueError):\n        x()",
        "def test_a(x):\n    if x:\n        pytest.fail('no')",
        "def test_a(x):\n    check(x)",
        "async def test_a(x):\n    await await_check(x)",
        "def test_a(x):\n    checks.check(x)",
        "def test_a(x):\n    other(x)",
        "def test_a(x):\n    from checks import check as third\n    third(x)",
        "def test_a(x):\n    @given(y)\n    def inner(y):\n        assert y\n    inner()",
        "def test_a(x):\n    def b():\n        assert x\n    def c():\n        b()\n    c()",
        "def ask(x):\n    check(x)\ndef test_a(x):\n    ask(x)",
        "@pytest.mark.parametrize('x', [1])\ndef test_a(x):\n    assert x",
        "class TestIt:\n    def test_a(self):\n        assert self.x",
    ],
)
def test_a_test_that_asserts_is_right(tmp_path: Path, test: str) -> None:
    plant(tmp_path, test)
    assert (lacking(tmp_path), settled(tmp_path)) == ([], [])


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(x):\n    x()",
        "async def test_a(x):\n    await x()",
        "def test_a(x):\n    def inner():\n        assert x",
        "def test_a(x):\n    def inner():\n        assert x\n    x(inner)",
        "def test_a(x):\n    class Inner:\n        def check(self):\n            assert x",
        "def test_a(x):\n    x(lambda: pytest.fail('no'))",
        "def test_a(x):\n    checks.quiet(x)",
        "def test_a(x):\n    x.check(1)",
        "def test_a(check):\n    check(1)",
        "def test_a(x):\n    unknown(x)",
        "@pytest.mark.parametrize('x', check([1]))\ndef test_a(x):\n    x()",
        "def ask(x):\n    ask(x)\ndef test_a(x):\n    ask(x)",
        "class TestIt:\n    def test_a(self):\n        self.x()",
    ],
)
def test_a_test_that_asserts_nothing_is_found(tmp_path: Path, test: str) -> None:
    plant(tmp_path, test)
    assert lacking(tmp_path) == ["test_some: test_a"]


@pytest.mark.parametrize(
    "condition",
    [
        "1",
        "True",
        "False",
        "not None",
        "'text'",
        "1 + 1 == 2",
        "(x, 'a message')",
        "(y for y in x)",
        "lambda: x",
        "x or True",
        "x or (y or 1)",
        "True and not False",
        "x == x",
        "x.y[0] is x.y[0]",
        "not x == x",
    ],
)
def test_an_assert_that_is_settled_is_found(tmp_path: Path, condition: str) -> None:
    """Such an assert is no assertion of its test."""
    plant(tmp_path, f"def test_a(x):\n    assert {condition}")
    assert settled(tmp_path) == [f"test_some, 4: {ast.unparse(ast.parse(f'assert {condition}'))}"]
    assert lacking(tmp_path) == ["test_some: test_a"]


def plant(folder: Path, test: str) -> None:
    """Write a file of a test, and one of helpers that it imports."""
    (folder / "checks.py").write_text(dedent(HELPERS), "utf-8")
    head = "import checks\nfrom checks import await_check, check, check as other\n"
    (folder / "test_some.py").write_text(head + test, "utf-8")
