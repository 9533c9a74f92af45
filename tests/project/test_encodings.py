"""Text files are opened with their encoding: Windows' own is not UTF-8."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.parsed import nodes

ROOT = Path(__file__).parents[2]
# method or function -> the position of the encoding among its arguments; of the mode, if any
OPENERS: dict[str, tuple[int, int | None]] = {
    "read_text": (0, None),
    "write_text": (1, None),
    "open": (2, 0),
    "TemporaryFile": (2, 0),
    "NamedTemporaryFile": (2, 0),
}


def without_encoding(source: str) -> Iterator[str]:
    """Find the calls that would take the encoding of the system."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and not _says_it(node):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _says_it(call: ast.Call) -> bool:
    is_name = isinstance(call.func, ast.Name)
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if "text" in named or "universal_newlines" in named:
        return "encoding" in named
    if name not in OPENERS or (isinstance(owner, ast.Name) and owner.id in ("os", "gzip")):
        return True
    position, mode_at = OPENERS[name]
    shift = int(is_name and name == "open")  # the built-in has the file first
    if mode_at is not None:
        at = mode_at + shift
        mode = call.args[at] if len(call.args) > at else named.get("mode")
        if isinstance(mode, ast.Constant) and "b" in str(mode.value):
            return True
        if mode is None and name.endswith("TemporaryFile"):
            return True  # w+b
    return "encoding" in named or len(call.args) > position + shift


@pytest.mark.parametrize("folder", ["mtango_ref", "backends", "tests"])
def test_text_files_have_their_encoding(folder: str) -> None:
    files = [*(ROOT / folder).rglob("*.py")]
    assert len(files) > 20
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in without_encoding(path.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("open(p)", True),
        ("open(p, 'w')", True),
        ("open(p, 'rb')", False),
        ("open(p, encoding='utf-8')", False),
        ("path.open()", True),
        ("path.open('rb')", False),
        ("path.open('x', encoding='utf-8')", False),
        ("path.read_text()", True),
        ("path.read_text('utf-8')", False),
        ("path.write_text(t)", True),
        ("path.write_text(t, 'utf-8')", False),
        ("subprocess.run(c, text=True)", True),
        ("os.open(p, flags)", False),
    ],
)
def test_missing_encodings_are_found(call: str, wrong: bool) -> None:
    assert bool([*without_encoding(call)]) is wrong
