"""The log of a server that meets a defect again and again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from program import Serving, serving
from raw import connection, exchange, get
from rest_answers import D

DEFECTIVE = """\
from mtango_ref.__main__ import main
from mtango_ref.http.resources.attributes import Attributes

def get_value(self, req, at):
    raise RuntimeError("at\\n2026-01-01 00:00:00,000 ERROR forged: \\x1b[2J\\u202e")

def get_info(self, req, at):
    raise LookupError("none")

Attributes.get_value, Attributes.get_info = get_value, get_info
main()
"""
ATTRIBUTE = f"/tango/rest{D}/attributes/a%0D%0Ab%1B%5B2J%E2%80%AE"
"""The path of an attribute with control characters in its name."""
SECRET = "c2VjcmV0OnNlY3JldA=="
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"


@pytest.fixture
def defective() -> Iterator[Serving]:
    with serving(start=[sys.executable, "-c", DEFECTIVE]) as started:
        yield started


def said(server: Serving) -> list[str]:
    """Return all that it has said when it has ended."""
    server.signal()
    assert server.exit_code() == 0
    return server.errors().split("\n")


def ask(server: Serving, facet: str, count: int) -> None:
    """Let one connection ask, with secrets in each place that may have one."""
    request = get(
        f"{ATTRIBUTE}/{facet}?password={SECRET}",
        *(f"Authorization: Basic {SECRET}", f"Cookie: a={SECRET}", "X-Request-ID: abc"),
    )
    with connection(server.port) as opened:
        for _ in range(count):
            opened.send(request)
            reply = opened.reply()
            assert (reply.status, reply.headers["x-request-id"]) == (500, "abc")
            assert SECRET not in str(reply)


def test_repeated_failure_is_one_traceback_and_a_count(defective: Serving) -> None:
    """There is one traceback of each kind; the rest of a minute is a number."""
    ask(defective, "value", 40)
    ask(defective, "info", 1)
    ask(defective, "value", 10)
    assert exchange(defective.port, get("/tango/rest")).status == 200
    lines = said(defective)
    path = f"/tango/rest{D}/attributes/a\\r\\nb\\x1b[2J\\u202e"
    heads = [line for line in lines if re.match(STAMP, line)]
    assert [re.sub(f"^{STAMP} ", "", each) for each in heads] == [
        f"ERROR mtango_ref.http.failures: GET {path}/value (request abc)",
        f"ERROR mtango_ref.http.failures: GET {path}/info (request abc)",
        f"ERROR mtango_ref.http.failures: 49 more like this one: GET {path}/value (request abc)",
    ]
    assert sum(line == "  Traceback (most recent call last):" for line in lines) == 2


def test_failure_has_neither_secrets_nor_lines_of_its_client(defective: Serving) -> None:
    """All lines but those of the log's own shape are a traceback's, which are indented."""
    ask(defective, "value", 3)
    lines = said(defective)
    assert lines.pop() == ""
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if not line.startswith("  ") and "forged" in line]
    assert [line for line in lines if not re.match(rf"  |{STAMP} ", line)] == []
    assert "  RuntimeError: at" in lines
    assert SECRET not in "".join(lines)
