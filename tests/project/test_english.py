"""The rules of language that a program can keep: CONTRIBUTING has all, ruff keeps D401."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

import yaml

from mtango_ref.libyaml import Loader
from project.parsed import nodes

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("mtango_ref", "backends") for path in (ROOT / folder).rglob("*.py")]
TESTS = [path for path in (ROOT / "tests").rglob("*.py") if path.name != Path(__file__).name]
PAPERS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *(ROOT / ".github").rglob("*.md"),
    *(ROOT / "mtango_ref" / "manual").glob("*.md"),
    *(ROOT / "mtango_ref" / "conformance" / "reports").glob("*.html"),
]
DESCRIPTIONS = [*(ROOT / "swagger").glob("*.yml"), *(ROOT / "tests" / "conformance").glob("*.yml")]
FIXTURES = [*(ROOT / "fixtures").glob("*.yml")]
BANNED = re.compile(
    r"\b(told|tell|tells|telling|besides|otherwise than|whoever|that is none)\b", re.IGNORECASE
)
AWKWARD = re.compile(
    r"\b(is none|are none|none such|of whom|such a one|what is not there|(stands|comes) twice"
    r"|is no [a-z]+;|too deep|belong into|a text|brings it|is expected, .* came)\b",
    re.IGNORECASE,
)
"""Words that users do not read, in messages and descriptions."""
WORDS = 25
"""The most words in a sentence of a message."""
FRAGMENT = re.compile(
    r"(What|When|Where|Which|Who|Whom|Whose|How|Why|Whether|Of|As|Those|That|It|And|But|Nor|Not|Else"
    r"|Then|So that|With|Without|For|In|By|From|To|On|Until|Also)\b|\("
)
"""The beginnings of a docstring that names neither an action nor a thing."""
QUOTED = re.compile(r"`[^`]*`|\".*?\"|'.*?'")

Lines = Iterable[tuple[int, str]]


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment, and of each docstring."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    yield from docstrings(source)


@lru_cache(maxsize=1)
def docstrings(source: str) -> list[tuple[int, str]]:
    """List (line, text) of the module, its classes, functions, attributes and constants."""
    return [
        (node.lineno, node.value.value)
        for node in nodes(source)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each string with a space; what an f-string fills in is one word."""
    skipped = {id(node.value) for node in nodes(source) if isinstance(node, ast.Expr)}
    for node in nodes(source):
        parts: list[ast.expr] = node.values if isinstance(node, ast.JoinedStr) else []
        skipped.update(map(id, parts))
        if isinstance(node, ast.Constant) and id(node) not in skipped:
            parts = [node]
        text = "".join(_text(part) for part in parts)
        if " " in text.strip():
            yield getattr(node, "lineno", 0), text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "x"


def descriptions(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment and each string of a YAML file."""
    yield from comments(text)
    for token in yaml.scan(text, Loader=Loader):
        if isinstance(token, yaml.ScalarToken):
            yield token.start_mark.line + 1, token.value


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment of a YAML file that has a line of its own."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            yield number, line


def fragments(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, first line) of the docstrings that begin with no verb and no noun."""
    for line, text in docstrings(source):
        if FRAGMENT.match(text.lstrip()):
            yield line, text.lstrip().partition("\n")[0]


def banned(lines: Lines, words: re.Pattern[str] = BANNED) -> list[str]:
    return [f"{line}: {text}" for line, text in lines if words.search(QUOTED.sub("", text))]


def long_sentences(lines: Lines) -> list[str]:
    sentences = (
        (line, each) for line, text in lines for each in re.split(r"(?<=[.:;?!])\s+", text)
    )
    return [f"{line}: {each}" for line, each in sentences if len(each.split()) > WORDS]


def found_in(
    paths: Iterable[Path], find: Callable[[str], Iterable[object]]
) -> dict[str, list[object]]:
    """Return what is found in the text of each file, without the files that have nothing of it."""
    found = {path.relative_to(ROOT).as_posix(): [*find(path.read_text("utf-8"))] for path in paths}
    assert found
    return {name: each for name, each in found.items() if each}


def in_source(source: str) -> list[object]:
    # To look for comments takes the longest, and most sources have none of these words at all.
    of_words = banned(prose(source)) if BANNED.search(source) else []
    return [*of_words, *fragments(source)]


def in_messages(source: str) -> list[str]:
    found = [*messages(source)]
    return banned(found) + banned(found, AWKWARD) + long_sentences(found)


def in_yaml(read: Callable[[str], Iterable[tuple[int, str]]], text: str) -> list[str]:
    found = [*read(text)]
    return banned(found) + banned(found, AWKWARD)


def test_sources_are_plain_english() -> None:
    assert found_in(SOURCES, in_source) == {}


def test_messages_are_plain_english() -> None:
    assert found_in(SOURCES, in_messages) == {}


def test_prose_of_tests_is_plain_english() -> None:
    assert found_in(TESTS, in_source) == {}


def test_descriptions_are_plain_english() -> None:
    assert found_in(DESCRIPTIONS, partial(in_yaml, descriptions)) == {}


def test_comments_of_fixtures_are_plain_english() -> None:
    assert found_in(FIXTURES, partial(in_yaml, comments)) == {}


def test_papers_are_plain_english() -> None:
    assert found_in(PAPERS, lambda text: banned(enumerate(text.splitlines(), 1))) == {}


def test_what_is_not_plain_is_found() -> None:
    source = 'def f():\n    """Whether it is told."""\n    # besides\n    told = "tells"\n'
    assert banned(prose(source)) == ["3: # besides", "2: Whether it is told."]
    assert [*fragments(source)] == [(2, "Whether it is told.")]
    assert banned([(1, "Say `tell`, or nothing besides.")]) == [
        "1: Say `tell`, or nothing besides."
    ]
    assert banned([(1, "Say `tell`.")]) == []


def test_fragments_are_found_in_each_docstring() -> None:
    source = (
        '"""What it is."""\na = 1\n"""\nOf all.\nMore."""\nb = "As it is."\n"""The rest of it."""\n'
        'class C:\n    """(x, y)"""\n    c: int\n    """When it ends."""\n'
        '    def __init__(self):\n        self.d = 1\n        """Those."""\n'
        'async def f():\n    """It waits."""\ndef g():\n    """Iterate."""\n'
    )
    assert sorted(fragments(source)) == [
        (1, "What it is."),
        (3, "Of all."),
        (9, "(x, y)"),
        (11, "When it ends."),
        (14, "Those."),
        (16, "It waits."),
    ]


def test_messages_are_the_strings_with_a_space() -> None:
    source = '"""No message."""\nf(f"{a} is none{b:>{c}}", "word", "x y")\nb"not this"\n'
    assert [*messages(source)] == [(2, "x is nonex"), (2, "x y")]
    assert banned([(1, "It is none.")], AWKWARD) == ["1: It is none."]
    long = " ".join(["word"] * (WORDS + 1))
    assert long_sentences([(1, f"Short. {long}.")]) == [f"1: {long}."]
    assert long_sentences([(1, f"Short. {long[5:]}.")]) == []


def test_descriptions_are_the_comments_and_strings_of_yaml() -> None:
    text = "# one\na: two three  # four\nb: |\n  five\n"
    assert [*descriptions(text)] == [
        (1, "# one"),
        (2, "a"),
        (2, "two three"),
        (3, "b"),
        (3, "five\n"),
    ]
