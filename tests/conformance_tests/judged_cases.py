"""A case with an expected body, and the place where the tests judge answers to it."""

from __future__ import annotations

import time
from typing import Any

import orjson

from mtango_ref.conformance.judging import judge
from mtango_ref.conformance.model import Case, Level, Place, Request, Response, Rule

BASE = "http://host:8000/tango/rest"
DEVICE = "sys/tg_test/1"
PLACE = Place(BASE, DEVICE, "lab/10001")
JSON = {"content-type": "application/json"}
NOW = int(time.time())
RULE = Rule("A rule.", "own", Level.MUST, "RFC 9110, 9.1")
RULES = {
    name: Rule(f"The rule {name}.", name, level, "mtango-ref")
    for name, level in {
        "defect": Level.MUST, "more": Level.MAY, "order": Level.MAY, "strict": Level.SHOULD,
    }.items()
}  # fmt: skip


def case(body: Any = None, **parts: Any) -> Case:
    made = Case(
        "n", "tree", None, ("strict",), None, Request("GET", ""), 200, {}, body, RULE, rules=RULES
    )
    return made._replace(**parts)


def check(expected: Any, came: Any) -> tuple[str, ...]:
    """Return the differences of a body."""
    return judge.check(case(expected), Response(200, JSON, orjson.dumps(came)), PLACE)
