"""Sentences for the person who started the program, or wrote a file."""

from __future__ import annotations

import pytest

from mtango_ref.messages import counted, cut, did_you_mean, listed, shown, suggest

KNOWN = ["events", "Filters", "ranges"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("evnts", "events"), ("EVENTS", "events"), ("filter", "Filters"), ("ports", None), ("", None)],
)
def test_suggestion_names_the_nearest(name: str, near: str | None) -> None:
    assert did_you_mean(name, KNOWN) == (f" (did you mean {near!r}?)" if near else "")
    expected = "expected one of Filters, events, ranges"
    assert suggest(name, KNOWN) == (f"did you mean {near}?" if near else expected)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], "none is defined"),
        (["a"], "expected a"),
        ([f"{number:02}" for number in range(40)], None),
        ([f"{number:02}" for number in range(45)], " or 5 others"),
        (["x" * 61], f"expected {'x' * 57}.."),
        (["\x1b[2J"], "expected \\x1b[2J"),
    ],
)
def test_suggestion_lists_what_is_expected(known: list[str], expected: str | None) -> None:
    if expected is None or expected.startswith(" or "):
        forty = ", ".join(f"{number:02}" for number in range(40))
        expected = f"expected one of {forty}{expected or ''}"
    assert suggest("something else", known) == expected


def test_suggestion_compares_the_beginning_of_a_long_name() -> None:
    assert suggest("a" * 100 + "b" * 1_000_000, ["a" * 99]) == f"did you mean {'a' * 57}..?"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 mistakes"), (1, "1 mistake"), (2, "2 mistakes")]
)
def test_number_has_its_noun(number: int, text: str) -> None:
    assert counted(number, "mistake") == text


def test_list_ends_after_ten() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([*"abcdefghij"]) == "a, b, c, d, e, f, g, h, i, j"
    assert listed([*"abcdefghijkl"]) == "a, b, c, d, e, f, g, h, i, j and 2 more"


def test_value_is_cut_and_escaped() -> None:
    assert shown("a\n") == "'a\\n'"
    assert shown("x" * 100) == f"'{'x' * 56}.."
    assert cut("x" * 60) == "x" * 60
    assert cut("x" * 61) == "x" * 57 + ".."
    assert cut("a\x1b[2J") == "a\\x1b[2J"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ([None, True, 1, 0, 1.0, "true"], "[null, true, 1, 0, 1.0, 'true']"),
        ({"a": None, "b": {"c": [False]}, 1: []}, "{'a': null, 'b': {'c': [false]}, 1: []}"),
        ([], "[]"),
        ({}, "{}"),
        ([None] * 10, f"[{'null, ' * 9}null]"),
        ([None] * 10_000, f"[{'null, ' * 9}nu.."),
    ],
)
def test_value_has_the_words_of_json(value: object, text: str) -> None:
    assert shown(value) == text


def test_value_without_end_is_cut() -> None:
    deep: list[object] = []
    for _ in range(200_000):
        deep = [deep]
    assert shown(deep) == f"{'[' * 57}.."
    endless: list[object] = []
    endless.extend([endless, endless])
    assert shown(endless) == f"{'[' * 57}.."
