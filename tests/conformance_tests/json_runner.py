"""A runner of the printed cases that knows nothing of this project: the data has to suffice.

`python json_runner.py cases.json` prints a line for each case that differs, with its broken rules.
The standard library reads no YAML: such bodies need somebody else's reader.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Answer = tuple[int, Mapping[str, str], bytes]  # status, headers (names in lower case), body
Ask = Callable[[dict[str, Any]], "Answer | None"]
Broken = set[str]  # the names of rules
Readers = Mapping[str, Callable[[bytes], Any]]
READERS: Readers = {  # int refuses NaN
    "json": lambda body: json.loads(body.decode(), parse_constant=int),
    "text": lambda body: body.decode("utf-8", "replace"),
}
MISSING = object()
DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def over_http(request: dict[str, Any]) -> Answer | None:
    """Send a request of the document as it is; None where no whole answer comes."""
    url = urlsplit(request["url"])
    connection = getattr(http.client, f"{url.scheme.upper()}Connection")(url.netloc, timeout=10)
    target, body = request["url"].partition(url.netloc)[2] or "/", request["body"].encode() or None
    try:
        connection.request(request["method"], target, body, request["headers"])
        came = connection.getresponse()
        headers = {name.lower(): ", ".join(came.headers.get_all(name)) for name in came.headers}
        return came.status, headers, came.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


def number(node: Any, came: Any, *types: type) -> bool:
    return type(came) in types and node.get("low", came) <= came <= node.get("high", came)


def near(now: float, came: Any, *types: type, ticks: int = 1) -> bool:
    return type(came) in types and abs(came / ticks - now) < 3600


TEXTS: dict[str, Callable[[Any, str, float], object]] = {
    "text": lambda node, came, _: re.fullmatch(node.get("pattern", ".*"), came, re.DOTALL),
    "double": lambda _, came, __: came in ("NaN", "Infinity", "-Infinity"),
    "state": lambda node, came, _: came in node["words"],
    "date": lambda _, came, now: (
        DATE.fullmatch(came) and near(now, parsedate_to_datetime(came).timestamp(), float)
    ),
    "href": lambda node, came, _: came == node["url"],
    "link": lambda node, came, _: came.removesuffix("/") in (node["url"], node["path"]),
    "methods": lambda node, came, _: words(came.upper()) == set(node["words"]),
    "words": lambda node, came, _: words(came.lower()) >= set(node["words"]),
    "media_type": lambda node, came, _: came.partition(";")[0].strip() == node["media_type"],
}
OTHERS: dict[str, Callable[[Any, Any, float], object]] = {
    "nothing": lambda _, came, __: came is None or came is MISSING,
    "boolean": lambda _, came, __: isinstance(came, bool),
    "object": lambda _, came, __: isinstance(came, dict),
    "integer": lambda node, came, _: number(node, came, int),
    "number": lambda node, came, _: number(node, came, int, float),
    "double": lambda node, came, _: number(node, came, int, float),
    "seconds": lambda _, came, now: near(now, came, int),
    "milliseconds": lambda _, came, now: near(now, came, int, ticks=1000),
    "now": lambda _, came, now: near(now, came, int, float),
}


class Judge(NamedTuple):
    """Finds the rules that an answer breaks. ahead: s that the server's clock is ahead of ours."""

    readers: Readers
    ahead: float

    def broken(self, case: dict[str, Any], answer: Answer) -> Broken:
        rule, body, (status, headers, came) = case["rule"], case["body"], answer
        if status != case["status"]:
            return {"defect" if status == 500 else rule}
        found: Broken = set()
        for name, node in case["headers"].items():
            found |= self.differs(node, headers.get(name, MISSING), rule)
        if body["read"] in ("not", "empty"):
            return found | ({rule} if body["read"] == "empty" and came else set())
        try:
            value = self.readers[body["read"]](came)
        except ValueError:
            return found | {first(body["value"], rule)}
        return found | self.differs(body["value"], value, rule)

    def differs(self, node: dict[str, Any], came: Any, rule: str) -> Broken:
        match node:
            case {"object": _} if isinstance(came, dict):
                return self._object(node, came, rule)
            case {"list": _} if isinstance(came, list):
                return self._list(node, came, rule)
            case {"array": parts} if isinstance(came, list) and len(came) == len(parts):
                return self._all(zip(parts, came, strict=True), rule)
            case {"any": choices}:
                found = [self.differs(choice, came, rule) for choice in choices]
                return found[0] if all(found) else set()
            case {"by": parts}:
                tried = (self.differs(one["value"], came, named(one, rule)) for one in parts)
                return next(filter(None, tried), set())
            case {"matches": kind}:
                fits = (TEXTS if isinstance(came, str) else OTHERS).get(kind)
                return set() if fits and fits(node, came, time.time() + self.ahead) else {rule}
            case {"equals": value} if type(came) is type(value) and came == value:
                return set()
        return {rule}

    def _all(self, pairs: Iterable[tuple[dict[str, Any], Any]], rule: str) -> Broken:
        return set().union(*(self.differs(node, came, rule) for node, came in pairs))

    def _object(self, node: Any, came: dict[str, Any], rule: str) -> Broken:
        numbers: list[Any] = [came.get(key) for key in node.get("ascending_members", ())]
        comparable = all(isinstance(one, (int, float)) for one in numbers)
        found = {rule} if comparable and sorted(set(numbers)) != numbers else set()
        left: dict[Any, Any] = dict(came)
        for member in node["object"]:
            value = member["value"]
            key = next((key for key in came if not self.differs(member["key"], key, rule)), MISSING)
            found |= self.differs(value, came[key], rule) if key in came else {first(value, rule)}
            left.pop(key, None)
        return found | ({"more"} if left and not node["more"] else set())

    def _list(self, node: Any, came: list[Any], rule: str) -> Broken:
        low, high = node["size"]["low"], node["size"]["high"]
        found = set() if low <= len(came) <= (len(came) if high is None else high) else {rule}
        if any(all(self.differs(one, each, rule) for each in came) for one in node["has"]):
            found.add(rule)
        # An image has 63001 elements; those that are the same are judged once.
        unlike = {repr(one): one for one in came}.values()
        found |= self._all(((node["list"], one) for one in unlike), rule)
        found |= self._all(zip(node["first"], came, strict=False), rule)
        return found if is_ordered(node["ascending"], came) else found | {"order"}


def named(part: dict[str, Any], rule: str) -> str:
    return rule if part["rule"] == "same" else str(part["rule"])


def first(node: dict[str, Any], rule: str) -> str:
    """Name the rule that is broken where a value is missing, or cannot be read."""
    return named(node["by"][0], rule) if "by" in node else rule


def is_ordered(key: str | None, came: list[Any]) -> bool:
    if key is None or not all(isinstance(one, dict) and key in one for one in came):
        return True
    keys = [one[key] for one in came]
    capitals = [one.upper() if isinstance(one, str) else one for one in keys]
    return len({*map(type, keys)}) != 1 or sorted(keys) == keys or sorted(capitals) == capitals


def run(
    document: dict[str, Any], ask: Ask = over_http, level: str = "must", readers: Readers = READERS
) -> dict[str, Broken]:
    """Ask every case; the names of those that differ, each with the rules that are broken."""
    assert document["format"] == 1
    clock = ask({"method": "GET", "url": document["clock"], "headers": {}, "body": ""})
    ahead = 0.0
    with suppress(ValueError, LookupError, TypeError):
        there = json.loads(clock[2] if clock else b"")["time"]
        ahead = there - time.time() if 0 <= there < 10**10 else 0.0
    judge = Judge(readers, ahead)

    def broken(case: dict[str, Any]) -> Broken:
        *_, last = answers = [ask(request) for request in (*case["before"], case["request"])]
        return {"answered"} if last is None or None in answers else judge.broken(case, last)

    needs = document["needs"].items()
    has = {word for word, need in needs if level in need["waived"] or not broken(need)}
    readable = {"not", "empty", *readers}
    cases = [one for one in document["cases"] if one["body"]["read"] in readable]
    fitting = [one for one in cases if has.issuperset(one["needs"])]
    return {one["name"]: rules for one in fitting if (rules := broken(one))}


if __name__ == "__main__":
    for case, rules in run(json.loads(Path(sys.argv[1]).read_bytes())).items():
        print(json.dumps([case, sorted(rules)]))
