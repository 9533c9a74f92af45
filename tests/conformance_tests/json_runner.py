"""A runner of the printed cases that knows nothing of this project: the data has to suffice.

It needs the standard library, and PyYAML for the swagger files; it does what the manual's page on
the cases as JSON says.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

MISSING = object()
STATES = [
    "ON",
    "OFF",
    "CLOSE",
    "OPEN",
    "INSERT",
    "EXTRACT",
    "MOVING",
    "STANDBY",
    "FAULT",
    "INIT",
    "RUNNING",
    "ALARM",
    "DISABLE",
    "UNKNOWN",
]
DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


@lru_cache(maxsize=8)
def from_yaml(text: str) -> Any:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


READERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "yaml": from_yaml, "text": str}


class Answer(NamedTuple):
    """What a server sent: headers by their names in lower case, a name's lines joined."""

    status: int
    headers: dict[str, str]
    body: bytes


Ask = Callable[[dict[str, Any]], Answer]


def over_http(request: dict[str, Any]) -> Answer:
    """Send a request of the document as it is."""
    url = urlsplit(request["url"])
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    try:
        target = request["url"].partition(url.netloc)[2] or "/"
        body = request["body"].encode() or None
        connection.request(request["method"], target, body, request["headers"])
        came = connection.getresponse()
        lines, body_there = came.getheaders(), came.read()
    finally:
        connection.close()
    headers: dict[str, str] = {}
    for name, text in lines:
        key = name.lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Answer(came.status, headers, body_there)


class Judge:
    """Finds the rules that an answer breaks. ahead: s that the server's clock is ahead of ours."""

    def __init__(self, rules: dict[str, Any], ahead: float) -> None:
        self._rules, self._ahead = rules, ahead
        self._nodes: dict[str, Callable[[Any, Any, str], set[str]]] = {
            "equals": self._equals,
            "matches": self._matches,
            "object": self._object,
            "array": self._array,
            "list": self._list,
            "any": self._any,
            "by": self._by,
        }

    def broken(self, case: dict[str, Any], answer: Answer) -> set[str]:
        rule = case["rule"]
        if answer.status != case["status"]:
            return {"defect" if answer.status == 500 else rule}
        found: set[str] = set()
        for name, node in case["headers"].items():
            found |= self.differs(node, answer.headers.get(name, MISSING), rule)
        return found | self._body(case["body"], answer.body, rule)

    def _body(self, body: dict[str, Any], came: bytes, rule: str) -> set[str]:
        read = body["read"]
        if read in ("not", "empty"):
            return {rule} if read == "empty" and came else set()
        try:
            value = READERS[read](came.decode("utf-8", "replace"))
        except (ValueError, yaml.YAMLError):
            by = body["value"].get("by")
            return {rule if by is None or by[0]["rule"] == "same" else by[0]["rule"]}
        return self.differs(body["value"], value, rule)

    def differs(self, node: dict[str, Any], came: Any, rule: str) -> set[str]:
        kind = next(name for name in self._nodes if name in node)
        return self._nodes[kind](node, came, rule)

    def _equals(self, node: Any, came: Any, rule: str) -> set[str]:
        expected = node["equals"]
        return set() if type(came) is type(expected) and came == expected else {rule}

    def _matches(self, node: Any, came: Any, rule: str) -> set[str]:
        return set() if self._fits(node, came) else {rule}

    def _fits(self, node: Any, came: Any) -> bool:
        kind = node["matches"]
        if kind == "nothing":
            return came is None or came is MISSING
        if kind == "boolean":
            return isinstance(came, bool)
        if kind == "object":
            return isinstance(came, dict)
        if isinstance(came, bool) or not isinstance(came, (int, float, str)):
            return False
        numbers = {"integer": (int,), "number": (int, float), "double": (int, float)}
        if kind in numbers:
            if kind == "double" and came in ("NaN", "Infinity", "-Infinity"):
                return True
            fits = isinstance(came, numbers[kind])
            return fits and ("low" not in node or bool(node["low"] <= came <= node["high"]))
        if kind in ("seconds", "milliseconds", "now"):
            if not isinstance(came, (int, float) if kind == "now" else int):
                return False
            return self._is_now(float(came) / (1000 if kind == "milliseconds" else 1))
        return isinstance(came, str) and self._text_fits(kind, node, came)

    def _text_fits(self, kind: str, node: Any, came: str) -> bool:
        if kind == "text":
            pattern = node.get("pattern", ".*")
            return re.fullmatch(pattern, came, re.DOTALL) is not None
        if kind == "href":
            return bool(came == node["url"])
        if kind == "link":
            path = re.sub(r"^\w+://[^/]*", "", node["url"])
            return came.removesuffix("/") in (node["url"], path)
        if kind == "state":
            return came in STATES
        if kind == "date":
            return bool(DATE.fullmatch(came)) and self._is_now(
                parsedate_to_datetime(came).timestamp()
            )
        if kind == "media_type":
            return bool(came.partition(";")[0].strip() == node["media_type"])
        words = {word.strip() for word in came.split(",")}
        if kind == "methods":
            return {word.upper() for word in words} == set(node["words"])
        assert kind == "words", kind
        return {word.lower() for word in words} >= set(node["words"])

    def _is_now(self, seconds: float) -> bool:
        return abs(seconds - time.time() - self._ahead) < 3600

    def _object(self, node: Any, came: Any, rule: str) -> set[str]:
        if not isinstance(came, dict):
            return {rule}
        found: set[str] = set()
        numbers: list[Any] = [came.get(key) for key in node.get("ascending_members", ())]
        if (
            all(isinstance(one, (int, float)) for one in numbers)
            and sorted(set(numbers)) != numbers
        ):
            found.add(rule)
        taken = set()
        for member in node["object"]:
            named = member["key"]
            if "equals" in named:
                keys = [named["equals"]] if named["equals"] in came else []
            else:
                keys = [key for key in came if self._fits(named, key)]
            if keys:
                taken.add(keys[0])
                found |= self.differs(member["value"], came[keys[0]], rule)
            else:
                by = member["value"].get("by", [{"rule": "same"}])[0]["rule"]
                found.add(rule if by == "same" else by)
        return found | ({"more"} if came.keys() - taken and not node["more"] else set())

    def _array(self, node: Any, came: Any, rule: str) -> set[str]:
        parts = node["array"]
        if not isinstance(came, list) or len(came) != len(parts):
            return {rule}
        return set().union(*(self.differs(*both, rule) for both in zip(parts, came, strict=True)))

    def _list(self, node: Any, came: Any, rule: str) -> set[str]:
        if not isinstance(came, list):
            return {rule}
        size = node["size"]
        high = len(came) if size["high"] is None else size["high"]
        found = set() if size["low"] <= len(came) <= high else {rule}
        for expected, one in zip(node["first"], came, strict=False):
            found |= self.differs(expected, one, rule)
        if any(all(self.differs(one, each, rule) for each in came) for one in node["has"]):
            found.add(rule)
        # An image has 63001 elements; those that are the same are judged once.
        scalars = {(type(one), one): one for one in came if not isinstance(one, (dict, list))}
        for one in (*scalars.values(), *(one for one in came if isinstance(one, (dict, list)))):
            found |= self.differs(node["list"], one, rule)
        return found | self._order(node["ascending"], came)

    def _order(self, key: str | None, came: list[Any]) -> set[str]:
        if key is None or not all(isinstance(one, dict) and key in one for one in came):
            return set()
        keys = [one[key] for one in came]
        capitals = [key.upper() if isinstance(key, str) else key for key in keys]
        if len(set(map(type, keys))) != 1 or keys == sorted(keys) or capitals == sorted(capitals):
            return set()
        return {"order"}

    def _any(self, node: Any, came: Any, rule: str) -> set[str]:
        found = [self.differs(choice, came, rule) for choice in node["any"]]
        return found[0] if all(found) else set()

    def _by(self, node: Any, came: Any, rule: str) -> set[str]:
        for part in node["by"]:
            found = self.differs(
                part["value"], came, rule if part["rule"] == "same" else part["rule"]
            )
            if found:
                return found
        return set()


def run(document: dict[str, Any], ask: Ask = over_http, level: str = "may") -> dict[str, set[str]]:
    """Ask every case; the names of those that differ, each with the rules that are broken."""
    stats = ask({"method": "GET", "url": document["clock"], "headers": {}, "body": ""})
    try:
        ahead = json.loads(stats.body)["time"] - time.time()
    except (ValueError, LookupError, TypeError):
        ahead = 0.0
    judge = Judge(document["rules"], ahead)

    def broken(case: dict[str, Any]) -> set[str]:
        for request in case["before"]:
            ask(request)
        return judge.broken(case, ask(case["request"]))

    needs = document["needs"].items()
    has = {word for word, need in needs if level in need["waived"] or not broken(need)}
    cases = [case for case in document["cases"] if has.issuperset(case["needs"])]
    asked = {case["name"]: broken(case) for case in cases}
    return {name: rules for name, rules in asked.items() if rules}
