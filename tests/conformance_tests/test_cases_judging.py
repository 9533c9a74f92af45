"""What a judge says of an answer that is otherwise than expected, and by which rule."""

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
            ['$.errors[0].reason: "A" is expected, "B" came'],
        ),
        ({"a": 1}, {}, ["$.a: it is expected, and missing"]),
        ({}, {"a": [1]}, ["$.a: it is not expected, [1] came"]),
        ({"a": {}}, {"a": []}, ["$.a: an object is expected, [] came"]),
        ({"a": []}, {"a": {}}, ["$.a: a list is expected, {} came"]),
        ([1], [1, 2], ["$: 1 elements are expected, 2 came: [1,2]"]),
        ({"$list": 1, "size": [1, 2]}, [], ["$: 1 to 2 elements are expected, 0 came"]),
        ({"$list": "$integer"}, [1, "a"], ['$[1]: an integer is expected, "a" came']),
        (
            {"$list": {"t": "$integer"}, "has": [{"t": 2}]},
            [{"t": 1}],
            ['$: it has no {"t":2}'],
        ),
        (
            {"$list": {"t": "$integer"}, "ascending": "t"},
            [{"t": 2}, {"t": 1}],
            ["$: elements by ascending t are expected, [2,1] came"],
        ),
        ({"$any": [None, 1]}, 2, ["$: nothing is expected, 2 came - or $: 1 is expected, 2 came"]),
        (
            {"a": "$integer", "b": "$integer", "$less": ["a", "b"]},
            {"a": 2, "b": 2},
            ["$: a less than b is expected, [2,2] came"],
        ),
        ("$text", "a", []),
        (["$integer(0, 255)"], [256], ["$[0]: an integer from 0 to 255 is expected, 256 came"]),
        (
            ["$seconds"],
            [0],
            ["$[0]: a time of today, in whole seconds since the epoch is expected, 0 came"],
        ),
        ([1], ["x" * 500], [f'$[0]: 1 is expected, "{"x" * 119}... came']),
        (
            list(range(20)),
            [None] * 20,
            [f"$[{n}]: {n} is expected, null came" for n in range(8)],  # 12 more say the same
        ),
        (
            [*range(20), "a"],
            [None] * 21,
            [f"$[{n}]: {n} is expected, null came" for n in range(8)]
            + ['$[20]: "a" is expected, null came'],
        ),
    ],
)
def test_sentences(expected: Any, came: Any, differences: list[str]) -> None:
    assert list(check(expected, came)) == differences


@pytest.mark.parametrize(
    ("expected", "response", "differences"),
    [
        (case(), Response(204, {}, b""), ["status: 200 is expected, 204 came"]),
        (case(status=204), Response(204, {}, b""), []),
        (case(), Response(200, {}, b"{}"), ['body: none is expected, "{}" came']),
        (
            case({}),
            Response(500, {"content-type": "text/html; charset=utf-8"}, b"<p>no"),
            ["status: 200 is expected, 500 came"],  # and nothing of another answer
        ),
        (
            case({}),
            Response(200, {"content-type": "text/html; charset=utf-8"}, b"<p>no"),
            [
                'header content-type: "application/json" is expected, "text/html" came',
                f'body: it is not application/json ({words_about("<p>no")}): "<p>no"',
            ],
        ),
        (
            case({}),
            Response(200, {}, b"{}"),
            ['header content-type: "application/json" is expected, nothing came'],
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
                "header vary: a list with origin is expected, nothing came",
                'header x-mtango: nothing is expected, "mtango-py 1" came',
            ],
        ),
        (
            case({}, headers={"vary": "$words(Origin)", "x-mtango": None}),
            Response(200, {**JSON, "vary": "Origin"}, b"{}"),
            [],
        ),
    ],
)
def test_answers(expected: Case, response: Response, differences: list[str]) -> None:
    assert list(judge.check(expected, response, PLACE)) == differences


@pytest.mark.parametrize("body", [b"{", b"", b"NaN", b'{"a": NaN}', b"\xff", b"<html>"])
def test_what_is_no_json(body: bytes) -> None:
    [difference] = judge.check(case({}), Response(200, JSON, body), PLACE)
    assert difference.startswith("body: it is not application/json (")


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
