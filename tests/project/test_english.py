"""The rules of language that a program can keep: CONTRIBUTING has all, ruff keeps D401."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("mtango_ref", "backends") for path in (ROOT / folder).rglob("*.py")]
PAPERS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *(ROOT / ".github").rglob("*.md"),
    *(ROOT / "mtango_ref" / "manual").glob("*.md"),
]
BANNED = re.compile(
    r"\b(told|tell|tells|telling|besides|otherwise than|whoever|that is none)\b", re.IGNORECASE
)
FRAGMENT = re.compile(r"(What|Whether|Of|As|Those|It|With|Where|How|Which|Who|For|In)\b|\(")
"""How a sentence about a function begins that has no verb."""
QUOTED = re.compile(r"`[^`]*`|\".*?\"|'.*?'")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment, and of each text that stands for itself."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.lineno, str(node.value.value)


def fragments(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, docstring) of the functions whose docstring begins without a verb."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS) and FRAGMENT.match(ast.get_docstring(node) or ""):
            yield node.lineno, (ast.get_docstring(node) or "").partition("\n")[0]


def banned(lines: Iterator[tuple[int, str]]) -> list[str]:
    return [f"{line}: {text}" for line, text in lines if BANNED.search(QUOTED.sub("", text))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_is_plain_english(path: Path) -> None:
    source = path.read_text("utf-8")
    assert banned(prose(source)) == []
    assert [*fragments(source)] == []


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paper_is_plain_english(path: Path) -> None:
    assert banned(iter(enumerate(path.read_text("utf-8").splitlines(), 1))) == []


def test_what_is_not_plain_is_found() -> None:
    source = 'def f():\n    """Whether it is told."""\n    # besides\n    told = "tells"\n'
    assert banned(prose(source)) == ["3: # besides", "2: Whether it is told."]
    assert [*fragments(source)] == [(1, "Whether it is told.")]
    assert banned(iter([(1, "Say `tell`, or nothing besides.")])) == [
        "1: Say `tell`, or nothing besides."
    ]
    assert banned(iter([(1, "Say `tell`.")])) == []
