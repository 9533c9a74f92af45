"""YAML as fixtures are written in: YAML 1.2's scalars, no aliases, no tags, within limits."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mtango_ref.backends.fake import document
from mtango_ref.backends.fake.document import Document, DocumentError


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DocumentError) as caught:
        Document(text)
    return [(problem.line, problem.text) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ON", "ON"),
        ("Off", "Off"),
        ("no", "no"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("17", 17),
        ("-017", -17),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2026-01-01", "2026-01-01"),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("-.inf", -math.inf),
        ("'17'", "17"),
        (str(2**64), 2**64),
    ],
)
def test_scalars(text: str, value: object) -> None:
    data = Document(f"key: {text}").data["key"]
    assert (data, type(data)) == (value, type(value))


def test_not_a_number() -> None:
    assert math.isnan(Document(".nan").data)


def test_keys_are_text() -> None:
    assert Document("{1: a, true: b, ON: c}").data == {"1": "a", "true": "b", "ON": "c"}


@pytest.mark.parametrize("text", ["", " \n\n", "# nothing\n", "---\n...\n"])
def test_nothing(text: str) -> None:
    assert Document(text).data is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b\n\tc: d\n", [(2, "a tab; expected spaces")]),
        ("a: [1\n", [(1, "while parsing a flow sequence did not find expected ',' or ']'")]),
        (
            "a: 1\n---\nb: 2\n",
            [(2, "expected a single document in the stream but found another document")],
        ),
        ("a: 1\nb: \x01\n", [(2, "not text: control characters are not allowed")]),
        (
            "a: 1\nb: 2\na: 3\na: 4\n",
            [
                (3, "key 'a' comes twice, first in line 1"),
                (4, "key 'a' comes twice, first in line 1"),
            ],
        ),
        ("? [a]\n: 1\n", [(1, "a list or mapping as a key; expected text")]),
        ("a: &x {}\nb: *x\n", [(2, "an alias (*name); expected the value written out")]),
        ("a: !!binary aaaa\n", [(1, "tag 'tag:yaml.org,2002:binary'; expected no tags")]),
        ("a:\n  !!set {x}\n", [(1, "tag 'tag:yaml.org,2002:set'; expected no tags")]),
        (
            "- !!python/object/apply:os.system [exit]\n",
            [(1, "tag 'tag:yaml.org,2002:python/object/apply:os.system'; expected no tags")],
        ),
        ("a: " + "9" * 101, [(1, "a number of 101 digits; expected at most 100")]),
        ("a:\n " + "[" * 21, [(2, "nested too deep; expected at most 20 levels")]),
        ("ä: é\n\t- x", [(2, "a tab; expected spaces")]),
        ("[[[\n\n", [(2, "while parsing a flow node did not find expected node content")]),
        ("[" * 100_000, [(1, "nested too deep; expected at most 20 levels")]),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_mistakes(text: str, expected: list[tuple[int, str]]) -> None:
    assert problems(text) == expected


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 100)]
    alias = "an alias (*name); expected the value written out"
    assert problems("\n".join(lines)) == [(n, alias) for n in range(2, 101) for _ in range(2)]


def test_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_NODES", 10)
    assert Document(f"[{'1,' * 9}]").data == [1] * 9
    assert problems(f"[{'1,' * 10}]") == [(1, "too large; expected at most 10 keys and values")]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("a", "b", 1), 5),
        (("a", "c"), 2),
        (("a", "c", "d"), 2),
        (("e",), 6),
        (("z",), 1),
    ],
)
def test_lines(path: tuple[Any, ...], line: int) -> None:
    assert Document("# where things stand\na:\n  b:\n  - 1\n  - 2\ne: 3\n").line(path) == line
