"""A case as a file has it, made into one case for each mode and request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mtango_ref import openapi
from mtango_ref.conformance.cases.folder import SHARED, File
from mtango_ref.conformance.cases.shapes import Shapes, merge, replace
from mtango_ref.conformance.cases.statuses import innermost
from mtango_ref.conformance.judging import differences, judge, placing
from mtango_ref.conformance.judging.matchers import wildcard
from mtango_ref.conformance.model import MODES, Case, Level, Place, Request, Rule
from mtango_ref.messages import did_you_mean

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_ABBREVIATIONS = {
    "$P": "/rc3/hosts/$facility",
    "$D": "/rc3/hosts/$facility/devices/$device",
    "$LONG": "x" * 10_000,
}
_HREF = re.compile(r"\$href\(([^()]*)\)")
_ANYWHERE = Place("", "a/b/c")
_LONGEST_PATH = 100
"""Characters of a path in a case's name."""


Rules = Mapping[str, Rule]


def rules(document: File, shared: File) -> Rules:
    """Return the rules of a file and those that all files share, by their names."""
    return {
        name: Rule(rule["says"], name, Level(rule["level"]), rule["source"])
        for name, rule in {**shared.get("rules", {}), **document.get("rules", {})}.items()
    }


def each(case: Mapping[str, Any], document: File, shared: File) -> Iterator[Case]:
    """Yield a case, completed with the file's defaults, once for each of its arguments."""
    known = rules(document, shared)
    completed = merge(document.get("defaults", {}), dict(case))
    for argument in completed.pop("each", [None]):
        one = completed if argument is None else replace(completed, argument, "the case")
        yield from expanded(one, document["facet"], shared, known)


def expanded(case: Mapping[str, Any], facet: str, shared: File, rules: Rules) -> list[Case]:
    """Make a completed case, once for each mode and request. Raises ValueError, with a sentence."""
    _check(case, shared, rules)
    requests = list(_requests(case))
    asked = [_asked(case, facet, request, requests, rules) for request in requests]
    found: list[Case] = []
    # In this mode the stack is whole.
    reason = innermost(Shapes(shared.get("shapes", {}), "strict").expand(case.get("body")))
    for mode in case.get("modes", MODES):
        shapes = Shapes(shared.get("shapes", {}), mode)
        expected = shapes.expand([case.get("headers", {}), case.get("body")])
        expected = _linked(_abbreviated(expected))
        _check_expected(placing.placed(expected, _ANYWHERE), rules)
        headers, body = {name.lower(): value for name, value in expected[0].items()}, expected[1]
        found += [
            each._replace(modes=(mode,), headers=headers, body=body, reason=reason)
            for each in asked
        ]
    return found


def _asked(
    case: Mapping[str, Any], facet: str, request: Request, requests: list[Request], rules: Rules
) -> Case:
    """Make a case for one of its requests, without what differs by mode."""
    return Case(
        name=case["name"] if len(requests) == 1 else f"{case['name']}: {_title(request)}",
        facet=facet,
        operation=_operation(request),
        modes=(),
        extension=case.get("extension"),
        request=request,
        status=case.get("status", 200),
        headers={},
        body=None,
        rule=rules[_spelling(request, requests) or case["rule"]],
        rules=rules,
        needs=tuple(case.get("needs", ())),
        before=tuple(Request("GET", _abbreviated(path)) for path in case.get("before", ())),
    )


def _check(case: Mapping[str, Any], shared: File, rules: Rules) -> None:
    """Raise ValueError for what schema.json cannot know."""
    _check_rule(case["rule"], rules)
    unknown = set(case.get("needs", ())) - set(shared.get("needs", ()))
    if unknown:
        raise ValueError(
            f"needs: expected words that {SHARED} defines, got {', '.join(sorted(unknown))}"
        )
    if "<" in str(case.get("status")):
        raise ValueError(f"status: expected a number, got {case['status']}, which has no argument")


def _check_rule(name: str, rules: Rules) -> None:
    if name not in rules:
        near = did_you_mean(name, rules)
        raise ValueError(f"rule: expected one that the file or {SHARED} defines, got {name}{near}")


def _spelling(request: Request, requests: list[Request]) -> str | None:
    """Name the rule of a request that only writes an earlier one of its case in another way.

    Who answers the first and not the second has not broken what the case is about.
    """
    for earlier in requests[: requests.index(request)]:
        if earlier._replace(path="") != request._replace(path=""):
            continue
        one, other = ((*each.path.partition("?"),) for each in (earlier, request))
        ends = {one[0].removesuffix("/"), other[0].removesuffix("/")}
        if one[1:] == other[1:] and len(ends) == 1:
            return "slash"
        if earlier.path.lower() == request.path.lower():
            return "letters"
    return None


def _linked(node: Any) -> Any:
    """Split each link: where it leads is the rule in force; that it is absolute, another."""
    if isinstance(node, str):
        match = _HREF.fullmatch(node)
        return {"$by": {"same": f"$link({match[1]})", "href": node}} if match else node
    if isinstance(node, list):
        return [_linked(child) for child in node]
    if isinstance(node, dict):
        return {key: _linked(child) for key, child in node.items()}
    return node


def _requests(case: Mapping[str, Any]) -> Iterator[Request]:
    """Yield each path with each of the variants of `with`."""
    variants = case.get("with", {})
    for method in METHODS:
        paths = case.get(method, [])
        for path in [paths] if isinstance(paths, str) else paths:
            for variant in variants if isinstance(variants, list) else [variants]:
                path_there = _abbreviated(path) + variant.get("query", "")
                body = variant.get("body", "").encode()
                headers = variant.get("headers", {})
                yield Request(method.upper(), path_there, headers, body)


def _abbreviated(node: Any) -> Any:
    """Write out $P, $D and $LONG."""
    if isinstance(node, str):
        return re.sub(r"\$(P|D|LONG)\b", lambda match: _ABBREVIATIONS[match[0]], node)
    if isinstance(node, list):
        return [_abbreviated(child) for child in node]
    if isinstance(node, dict):
        return {_abbreviated(key): _abbreviated(child) for key, child in node.items()}
    return node


def _check_expected(node: Any, rules: Rules) -> None:
    """Raise ValueError for a wildcard or a rule that there is not."""
    if isinstance(node, str):
        if node != judge.ANYTHING:
            wildcard(node)
    elif isinstance(node, list):
        for child in node:
            _check_expected(child, rules)
    elif isinstance(node, dict):
        for name in node.get("$by", {}):
            if name != "same":
                _check_rule(name, rules)
        for key, child in node.items():
            if key not in differences.SPECIAL:
                _check_expected(key, rules)
            _check_expected(child, rules)


def _title(request: Request) -> str:
    """Write a request for the name of a case that has several."""
    path = request.path
    for short in ("$D", "$P", "$LONG"):
        path = path.replace(_ABBREVIATIONS[short], short)
    extras = [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body:
        extras.append(f"body {request.body.decode()}")
    title = " ".join([request.method, path, *extras])
    return title if len(title) <= _LONGEST_PATH else title[:_LONGEST_PATH] + "..."


def _operation(request: Request) -> str | None:
    """Find the operation of the swagger files that the path means: literals before fields."""
    path = placing.addressed(request, _ANYWHERE).path.partition("?")[0]
    found = [
        (template.pattern.count("["), operation_id)
        for template, operation_id in _operations().get(request.method, ())
        if template.fullmatch(path)
    ]
    return min(found)[1] if found else None


@lru_cache(maxsize=1)
def _operations() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Return the paths of the operations and their ids, by method."""
    found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for each in openapi.operations():
        template = re.compile(re.sub(r"{\w+}", "[^/]*", each.path) + "/?")
        found.setdefault(each.method, []).append((template, each.operation_id))
    return found
