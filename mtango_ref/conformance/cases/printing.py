"""The cases as one JSON document, for runners that are not written in Python.

printed_schema.json beside the cases is its schema. Each value that a case expects is a node, an
object whose one leading key names how to compare: `equals`, `matches`, `object`, `array`, `list`,
`any`, `by`. What the case files abbreviate (shapes, places, wildcards in texts) is written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from mtango_ref import __version__
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import differences, judge, placing
from mtango_ref.conformance.judging.matchers import named, wildcard
from mtango_ref.conformance.model import ANSWERED, READING, Case, Level, Place, Plan, Request

FORMAT = 1
"""The version of the document; it grows when a runner for the one before would misread it."""
SCHEMA = (
    "https://raw.githubusercontent.com/mtango-ref/mtango-ref/main/"
    "tests/conformance/printed_schema.json"
)
_ANY_CASE = re.compile(r"\(\?i:([^()]*)\)")
_LETTER = re.compile(r"(\[[^]]*\])|([A-Za-z])")

Node = dict[str, Any]


def printed(cases: Iterable[Case], place: Place, plan: Plan) -> bytes:
    """Return the document: the cases in their order, as they are asked at the place."""
    chosen = list(cases)
    waived = {level.value: loading.waived(level) for level in Level}
    needs = {word: case for word, case in loading.needs().items() if _is_needed(word, chosen)}
    document = {
        "$schema": SCHEMA,
        "format": FORMAT,
        "version": __version__,
        "url": place.base,
        "clock": f"{place.base}/sys/stats",
        "device": place.device,
        "facility": place.facility,
        "mode": plan.mode,
        "extensions": sorted(plan.extensions),
        "rules": _rules([*needs.values(), *chosen]),
        "needs": {
            word: {
                "says": case.name,
                "waived": [level for level, words in waived.items() if word in words],
                **_exchange(case, place),
            }
            for word, case in needs.items()
        },
        "cases": [
            {
                "name": case.name,
                "facet": case.facet,
                "operation": case.operation,
                "changes": case.request.method not in READING,
                "needs": list(case.needs),
                **_exchange(case, place),
            }
            for case in chosen
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _is_needed(word: str, cases: Iterable[Case]) -> bool:
    return any(word in case.needs for case in cases)


def _rules(cases: Iterable[Case]) -> dict[str, Any]:
    """List the rules of all cases by their names, which mean the same in all files."""
    rules = {ANSWERED.name: ANSWERED}
    for case in cases:
        rules |= {**case.rules, case.rule.name: case.rule}
    return {
        name: {"says": rule, "level": rule.level.value, "source": rule.source}
        for name, rule in sorted(rules.items())
    }


def _exchange(case: Case, place: Place) -> Node:
    """Write a case's requests, and what is expected of the answer to the last one."""
    headers, body = judge.expected_there(case, place)
    expected = {name: _node(text) for name, text in headers.items()}
    if "content-type" in headers:
        expected["content-type"] = _content_type(headers["content-type"], body)
    return {
        "rule": case.rule.name,
        "before": [_request(request, place) for request in case.before],
        "request": _request(case.request, place),
        "status": case.status,
        "headers": expected,
        "body": _body(body, headers.get("content-type")),
    }


def _content_type(expected: str, body: Any) -> Node:
    """Write the type of an answer, whose first rule is that of its body, too."""
    known = {"matches": "media_type", "media_type": expected}
    node = known if expected in judge.READERS else _node(expected)
    rule = differences.first_rule(body)
    return node if rule == "same" else {"by": [{"rule": rule, "value": node}]}


def _request(request: Request, place: Place) -> Node:
    there = placing.addressed(request, place)
    root = re.sub(r"^(\w+://[^/]*).*", r"\1", place.base)
    path = re.sub(r"^\w+://[^/]*", "", place.base)
    return {
        "method": there.method,
        "url": root + there.target(path),
        "headers": dict(there.headers),
        "body": there.body.decode("utf-8"),
    }


def _body(expected: Any, media_type: str | None) -> Node:
    """Say how a whole body is read, and what it is then."""
    if expected == judge.ANYTHING:
        return {"read": "not"}
    if expected is None:
        return {"read": "empty"}
    if not judge.is_read(expected):
        return {"read": "text", "value": _node(expected["$raw"])}
    return {"read": "yaml" if media_type == judge.YAML else "json", "value": _node(expected)}


def _node(expected: Any) -> Node:
    """Write one expected value, with all below it."""
    if isinstance(expected, list):
        return {"array": [_node(one) for one in expected]}
    if isinstance(expected, Mapping):
        special = next((key for key in _SPECIAL if key in expected), None)
        return _SPECIAL[special](expected) if special else _object(expected)
    if expected is None:
        return {"matches": "nothing"}
    return _matcher(expected) or {"equals": expected}


def _matcher(expected: Any) -> Node | None:
    """Write a wildcard; None for what is none."""
    found = wildcard(expected) if isinstance(expected, str) else None
    if found is None:
        return None
    argument = dict(found.argument)
    if "pattern" in argument:
        argument["pattern"] = _ANY_CASE.sub(_both_cases, argument["pattern"])
    return {"matches": named(expected), **argument}


def _both_cases(match: re.Match[str]) -> str:
    """Write `(?i:..)`, which ECMA-262 lacks, with both cases of each letter."""
    return _LETTER.sub(
        lambda part: part[1] or f"[{part[2].lower()}{part[2].upper()}]", f"({match[1]})"
    )


def _object(expected: Mapping[str, Any], *, more: bool = False) -> Node:
    members = [
        {"key": _matcher(key) or {"equals": key}, "value": _node(child)}
        for key, child in expected.items()
        if key != "$less"
    ]
    less = {"ascending_members": expected["$less"]} if "$less" in expected else {}
    return {"object": members, "more": more, **less}


def _list(expected: Mapping[str, Any]) -> Node:
    low, high = differences.bounds(expected)
    return {
        "list": _node(expected["$list"]),
        "size": {"low": low, "high": None if high == differences.NO_BOUND else high},
        "first": [_node(one) for one in expected.get("first", ())],
        "has": [_node(one) for one in expected.get("has", ())],
        "ascending": expected.get("ascending"),
    }


def _by(expected: Mapping[str, Any]) -> Node:
    parts = expected["$by"].items()
    return {"by": [{"rule": name, "value": _node(part)} for name, part in parts]}


_SPECIAL = {
    "$list": _list,
    "$open": lambda expected: _object(expected["$open"], more=True),
    "$any": lambda expected: {"any": [_node(choice) for choice in expected["$any"]]},
    "$by": _by,
}
