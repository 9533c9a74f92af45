"""YAML as fixtures are written in: YAML 1.2's scalars, no aliases, no tags, within limits;
and where in the text everything is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mtango_ref.fixture import yaml_document
from mtango_ref.fixture.writing import as_yaml
from mtango_ref.fixture.yaml_document import Document, DocumentError, Problem


def problems(text: str) -> list[str]:
    """Return `line:column: sentence` of each."""
    with pytest.raises(DocumentError) as caught:
        Document(text)
    return [f"{line}:{column}: {sentence}" for line, column, sentence, _ in caught.value.problems]


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
def test_scalars_are_read_by_their_form(text: str, value: object) -> None:
    data = Document(f"key: {text}").data["key"]
    assert (data, type(data)) == (value, type(value))


def test_nan_is_not_a_number() -> None:
    assert math.isnan(Document(".nan").data)


def test_keys_are_text() -> None:
    assert Document("{1: a, true: b, ON: c}").data == {"1": "a", "true": "b", "ON": "c"}


@pytest.mark.parametrize("text", ["", " \n\n", "# nothing\n", "---\n...\n"])
def test_empty_document_is_none(text: str) -> None:
    assert Document(text).data is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b\n\tc: d\n", ["2:1: a tab; expected spaces"]),
        ("ä: é\n\t- x", ["2:1: a tab; expected spaces"]),
        (
            "a: [1\n",
            [
                "1:6: not YAML: did not find expected ',' or ']' while parsing a flow sequence"
                " that begins in line 1"
            ],
        ),
        (
            "[[[\n\n",
            ["2:1: not YAML: did not find expected node content while parsing a flow node"],
        ),
        (
            "é: b\n c: d\n",
            [
                "2:3: not YAML: mapping values are not allowed in this context;"
                " text with ': ' in it needs quotes"
            ],
        ),
        (
            "a: é @b\nb: @b\n",
            [
                "2:4: not YAML: found character that cannot start any token while scanning for"
                " the next token; text that begins with it needs quotes"
            ],
        ),
        ("a: 1\n---\nb: 2\n", ["2:1: a second document; expected one"]),
        ("a: 1\né: \x01\n", ["2:4: a control character (U+0001); expected text"]),
        ("%YAML 1.1\n---\na: 1\n", ["1:1: a directive (%); expected none"]),
        (
            "".join(f"%TAG !a{n}! tag:x,2000:\n" for n in range(100_000)) + "---\na: 1\n",
            ["1:1: a directive (%); expected none"],
        ),
        ("a: \ufeff", ["1:4: a control character (U+FEFF); expected text"]),
        (
            "a: 1\nb: 2\n a: 3\na: 4\n",
            [
                "3:3: not YAML: mapping values are not allowed in this context;"
                " text with ': ' in it needs quotes"
            ],
        ),
        (
            "a: 1\nb: {c: 2, c: [*x]}\na: 4\n",
            [
                "2:11: duplicate key 'c', first in line 2",
                "2:15: an alias (*x); expected the value written out",
                "3:1: duplicate key 'a', first in line 1",
            ],
        ),
        ("? [a]\n: 1\n", ["1:3: a list or mapping as a key; expected text"]),
        ("a: &x {}\nb: *x\n", ["2:4: an alias (*x); expected the value written out"]),
        ("a: &x b\n*x : c\n", ["2:1: an alias (*x); expected the value written out"]),
        ("a: !!binary aaaa\n", ["1:4: tag 'tag:yaml.org,2002:binary'; expected no tags"]),
        ("a:\n  !!set {x}\n", ["2:3: tag 'tag:yaml.org,2002:set'; expected no tags"]),
        ("a: !!str 5\n", ["1:4: tag 'tag:yaml.org,2002:str'; expected no tags"]),
        (
            "- !!python/object/apply:os.system [exit]\n",
            ["1:3: tag 'tag:yaml.org,2002:python/object/apply:os.system'; expected no tags"],
        ),
        ("a: " + "9" * 10_000, ["1:4: a number of 10000 digits; expected at most 100"]),
        ("a:\n " + "[" * 21, ["2:21: nested too deeply; expected at most 20 levels"]),
        ("[" * 100_000, ["1:21: nested too deeply; expected at most 20 levels"]),
        ("{a: " * 100_000, ["1:81: nested too deeply; expected at most 20 levels"]),
        ("- " * 100_000, ["1:41: nested too deeply; expected at most 20 levels"]),
        ("? " * 100_000, ["1:41: nested too deeply; expected at most 20 levels"]),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_wrong_yaml_reports_line_and_column(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 100)]
    found = problems("\n".join(lines))
    assert len(found) == yaml_document.MAX_PROBLEMS
    assert found[:3] == [
        "2:10: an alias (*a0); expected the value written out",
        "2:15: an alias (*a0); expected the value written out",
        "3:10: an alias (*a1); expected the value written out",
    ]


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document, "MAX_NODES", 10)
    assert Document(f"[{'1,' * 9}]").data == [1] * 9
    assert problems(f"[{'1,' * 10}]") == ["1:20: too large; expected at most 10 keys and values"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("a",), (2, 1)),
        (("a", "b", 1), (5, 6)),
        (("a", "b", 1, "ü"), (5, 13)),
        (("a", "b", 2), (3, 3)),
        (("a", "c"), (2, 1)),
        (("a", "c", "d"), (2, 1)),
        (("e",), (6, 1)),
        (("z",), (1, 1)),
    ],
)
def test_places_are_line_and_column(path: tuple[Any, ...], place: tuple[int, int]) -> None:
    text = "# where things stand\na:\n  b:\n   - 1\n   - {ä: 2, ü: 3}\ne: 3\n"
    assert Document(text).place(path) == place


def test_problems_that_are_passed_over() -> None:
    """The last of a key's values counts then."""
    found: list[Problem] = []
    text = "a: 1\nb: *c\na: 2\n"
    assert Document(text, found).data == {"a": 2, "b": None}
    assert [(each.line, each.text) for each in found] == [
        (2, "an alias (*c); expected the value written out"),
        (3, "duplicate key 'a', first in line 1"),
    ]
    with pytest.raises(DocumentError):
        Document(text)


@pytest.mark.parametrize(
    "value", ["1e5", "1e+5", "-12e3", "5.e3", ".5e3", "1.5e+3", "1e", "e5", 1e5, 1e16, 1.5e-300]
)
def test_written_text_stays_text(value: Any) -> None:
    """YAML 1.1, which PyYAML writes, takes 1e5 for text, and fixtures for a number."""
    read = Document(as_yaml({"a": value, "b": [value]})).data
    assert repr(read) == repr({"a": value, "b": [value]})
