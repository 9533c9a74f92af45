"""The differences that a judge finds in an answer, and the rule of each."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from judged_cases import JSON, PLACE, case, check

from mtango_ref.conformance.judging import judge
from mtango_ref.conformance.model import Case, Response


def words_about(text: str) -> str:
    """Return what the installed orjson says of a text that is no JSON."""
    with pytest.raises(orjson.JSONDecodeError) as refused:
        orjson.loads(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("expected", "came", "differences"),
    [
        (
            {"errors": [{"reason": "A"}], "quality": "FAILURE"},
            {"errors": [{"reason": "B"}], "quality": "FAILURE"},
            ['$.errors[0].reason: expected "A", got "B"'],
        ),
        ({"a": 1}, {}, ["$.a: expected, but missing"]),
        ({}, {"a": [1]}, ["$.a: not expected, got [1]"]),
        ({"a": {}}, {"a": []}, ["$.a: expected an object, got []"]),
        ({"a": []}, {"a": {}}, ["$.a: expected a list, got {}"]),
        ([1], [1, 2], ["$: expected 1 element, got 2: [1,2]"]),
        ({"$list": 1, "size": [1, 2]}, [], ["$: expected 1 to 2 elements, got 0"]),
        ({"$list": "$integer"}, [1, "a"], ['$[1]: expected an integer, got "a"']),
        (
            {"$list": {"t": "$integer"}, "has": [{"t": 2}]},
            [{"t": 1}],
            ['$: expected an element {"t":2}'],
        ),
        (
            {"$list": {"t": "$integer"}, "ascending": "t"},
            [{"t": 2}, {"t": 1}],
            ["$: expected elements in ascending order of t, got [2,1]"],
        ),
        ({"$any": [None, 1]}, 2, ["$: expected nothing, got 2 - or $: expected 1, got 2"]),
        (
            {"a": "$integer", "b": "$integer", "$less": ["a", "b"]},
            {"a": 2, "b": 2},
            ["$: expected a less than b, got [2,2]"],
        ),
        ("$text", "a", []),
        (["$integer(0, 255)"], [256], ["$[0]: expected an integer from 0 to 255, got 256"]),
        (
            ["$seconds"],
            [0],
            ["$[0]: expected a time of today, in whole seconds since the epoch, got 0"],
        ),
        ([1], ["x" * 500], [f'$[0]: expected 1, got "{"x" * 119}...']),
        (
            list(range(20)),
            [None] * 20,
            [f"$[{n}]: expected {n}, got null" for n in range(8)],  # 12 more say the same
        ),
        (
            [*range(20), "a"],
            [None] * 21,
            [f"$[{n}]: expected {n}, got null" for n in range(8)]
            + ['$[20]: expected "a", got null'],
        ),
    ],
)
def test_differences_are_worded(expected: Any, came: Any, differences: list[str]) -> None:
    assert list(check(expected, came)) == differences


@pytest.mark.parametrize(
    ("expected", "response", "differences"),
    [
        (case(), Response(204, {}, b""), ["status: expected 200, got 204"]),
        (case(status=204), Response(204, {}, b""), []),
        (case(), Response(200, {}, b"{}"), ['body: expected none, got "{}"']),
        (
            case({}),
            Response(500, {"content-type": "text/html; charset=utf-8"}, b"<p>no"),
            ["status: expected 200, got 500"],  # and nothing of another answer
        ),
        (
            case({}),
            Response(200, {"content-type": "text/html; charset=utf-8"}, b"<p>no"),
            [
                'header content-type: expected "application/json", got "text/html"',
                f'body: not application/json ({words_about("<p>no")}): "<p>no"',
            ],
        ),
        (
            case({}),
            Response(200, {}, b"{}"),
            ['header content-type: expected "application/json", got nothing'],
        ),
        (
            case({}),
            Response(200, {"content-type": "application/json;charset=UTF-8"}, b"{}"),
            [],
        ),
        (
            case({"a": [1]}, headers={"content-type": "application/yaml"}),
            Response(200, {"content-type": "application/yaml"}, b"a: [1]"),
            [],
        ),
        (
            case({}, headers={"vary": "$words(Origin)", "x-mtango": None}),
            Response(200, {**JSON, "x-mtango": "mtango-py 1"}, b"{}"),
            [
                "header vary: expected a list with origin, got nothing",
                'header x-mtango: expected nothing, got "mtango-py 1"',
            ],
        ),
        (
            case({}, headers={"vary": "$words(Origin)", "x-mtango": None}),
            Response(200, {**JSON, "vary": "Origin"}, b"{}"),
            [],
        ),
    ],
)
def test_answers_are_judged(expected: Case, response: Response, differences: list[str]) -> None:
    assert list(judge.check(expected, response, PLACE)) == differences


@pytest.mark.parametrize("body", [b"{", b"", b"NaN", b'{"a": NaN}', b"\xff", b"<html>"])
def test_body_that_is_not_json_is_one_difference(body: bytes) -> None:
    [difference] = judge.check(case({}), Response(200, JSON, body), PLACE)
    assert difference.startswith("body: not application/json (")


@pytest.mark.parametrize(
    ("expected", "came", "rules"),
    [
        ({"$by": {"same": "$text", "strict": "a"}}, "a", []),
        ({"$by": {"same": "$text", "strict": "a"}}, "b", ["strict"]),
        ({"$by": {"same": "$text", "strict": "a"}}, 1, ["own"]),
        ({"a": {"$by": {"strict": 1}}, "b": 2}, {}, ["own", "strict"]),
        ({"a": 1}, {"a": 1, "b": 2}, ["more"]),
        ({"$by": {"strict": {"a": {"$by": {"same": 1}}}}}, {"a": 2}, ["strict"]),
        ({"$list": {"t": "$text"}, "ascending": "t"}, [{"t": "b"}, {"t": "a"}], ["order"]),
    ],
)
def test_each_part_is_judged_by_its_rule(expected: Any, came: Any, rules: list[str]) -> None:
    found = judge.check(case(expected), Response(200, JSON, orjson.dumps(came)), PLACE)
    assert sorted(one.rule.name for one in found) == rules


@pytest.mark.parametrize(("status", "rule"), [(500, "defect"), (503, "own"), (404, "own")])
def test_500_is_a_defect_whatever_the_case_is_about(status: int, rule: str) -> None:
    [found] = judge.check(case({}), Response(status, JSON, b"{}"), PLACE)
    assert found.rule.name == rule


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (({"t": "$seconds"}, {"t": "1700"}), ([{"t": "$seconds"}], [{"t": "1800"}])),
        (("$href(/rc3)", "x"), ("$href(/rc3/hosts)", "y")),
        (("$text(a+)", 1), ("$text(b+)", 2)),
    ],
)
def test_one_cause_has_one_kind(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    [first], [second] = (
        judge.check(case(body), Response(200, JSON, orjson.dumps(came)), PLACE)
        for body, came in (one, other)
    )
    assert first != second
    assert first.kind.rpartition(": ")[2] == second.kind.rpartition(": ")[2]
