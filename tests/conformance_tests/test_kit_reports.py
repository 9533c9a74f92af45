"""The reports, of what a server may have sent; the curl lines, tried."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import Any
from xml.etree import ElementTree as Xml

import hostile_servers as hostile
import pytest

from mtango_ref.conformance.asking.transport import over_http
from mtango_ref.conformance.model import (
    Case,
    Difference,
    Ended,
    Fuzz,
    Level,
    Outcome,
    Place,
    Plan,
    Request,
    Response,
    Result,
    Rule,
    Server,
)
from mtango_ref.conformance.reports.badge import as_badge
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.conformance.reports.data import as_json
from mtango_ref.conformance.reports.html import as_html
from mtango_ref.conformance.reports.junit import as_junit
from mtango_ref.conformance.reports.report import Report, counts, ended_sentence, visible
from mtango_ref.conformance.reports.text import as_text, failure_text

EVIL = "</pre><script>alert('x')</script>\x00\x1b[31m\u202eevil\udc80 ]]> &amp; '\""
SHOWN = "</pre><script>alert('x')</script>\\x00\\x1b[31m\\u202eevil\\udc80 ]]> &amp; '\""
URL = "http://host:8000/tango/rest"


RULE = Rule("The rule.", "own", Level.MUST, "RFC 9110, 9.1")
MISSING = Difference("$.hosts: expected, but missing", "hosts: expected, but missing", RULE)


def result(outcome: Outcome, **given: Any) -> Result:
    usual: dict[str, Any] = {
        "name": "a case",
        "facet": "tree",
        "operation": "getRc3",
        "request": Request("GET", "/rc3"),
        "response": Response(200, {"content-type": "application/json"}, b"{}", 0.25),
        "differences": (MISSING,) if outcome == "failed" else (),
        "rule": RULE,
    }
    return Result(outcome=outcome, **{**usual, **given})


PASSED = result(Outcome.PASSED)
FAILED = result(Outcome.FAILED, name="another")
OFF = result(
    Outcome.NOT_IMPLEMENTED, name="a third", facet="attributes", operation="writeAttribute"
)
UNANSWERED = result(
    Outcome.FAILED, name="a fourth", facet="http", operation=None, request=None, response=None
)


def report(*results: Result, notes: tuple[str, ...] = ()) -> Report:
    case = Case(
        "another", "tree", "getRc3", ("strict",), None, Request("GET", "/rc3"), 200,
        {"x-a": "$text"}, {"hosts": "$href(/rc3/hosts)"}, RULE,
    )  # fmt: skip
    return Report(
        server=Server(Place(URL)),
        plan=Plan(extensions=("writes", "events"), fuzz=Fuzz(seed=5)),
        started=1.8e9,
        seconds=1.25,
        notes=notes,
        results=results,
        cases={case.name: case},
    )


def test_text_has_causes_table_and_verdict() -> None:
    text = as_text(report(UNANSWERED, PASSED, FAILED, OFF, notes=("A note.",)))
    assert text == (
        """\
FAILED 2x $.hosts: expected, but missing
  must: The rule. (RFC 9110, 9.1)
  getRc3
  curl -i http://host:8000/tango/rest/rc3

facet       operation       passed  failed  known  warning  note  not implemented
tree        getRc3               1       1      0        0     0                0
attributes  writeAttribute       0       0      0        0     0                1
http        (no operation)       0       1      0        0     0                0
all                              1       2      0        0     0                1

A note.

To repeat this run: --seed 5

2 of 4 failed."""
    )


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ((PASSED,), "All 1 passed."),
        ((PASSED, OFF), "All 2 passed, 1 of them with 501, which is allowed."),
        ((PASSED, OFF, FAILED), "1 of 3 failed."),
    ],
)
def test_verdict_counts_the_outcomes(results: tuple[Result, ...], verdict: str) -> None:
    assert as_text(report(*results)).endswith(f"\n\n{verdict}")


def test_a_terminal_is_not_flooded() -> None:
    many = [
        result(Outcome.FAILED, differences=(Difference(f"{n}", f"{n}", RULE),)) for n in range(1000)
    ]
    text = as_text(report(*many))
    assert text.count("FAILED") == 50
    assert "\n\nand 950 more causes\n\n" in text
    assert "\n\nand 1 more cause\n\n" in as_text(report(*many[:51]))


@pytest.mark.parametrize(
    ("unasked", "cases", "sentence"),
    [
        (612, 849, "It is gone. Not run: 612 of 849 cases."),
        (1, 1, "It is gone. Not run: 1 of 1 case."),
        (0, 849, "It is gone."),
    ],
)
def test_ended_says_how_many_cases_were_not_run(unasked: int, cases: int, sentence: str) -> None:
    ended = Ended("It is gone.", (), unasked, cases)
    assert ended_sentence(ended) == sentence
    text = as_text(report(PASSED)._replace(ended=ended))
    assert text.startswith(f"ENDED {sentence}\n")
    assert text.endswith(f"\n\n{sentence} All 1 passed.")


@pytest.mark.parametrize(
    ("results", "verdict"),
    [((), "Interrupted by Ctrl-C."), ((PASSED,), "Interrupted by Ctrl-C. All 1 passed.")],
)
def test_verdict_after_ctrl_c_says_so(results: tuple[Result, ...], verdict: str) -> None:
    stopped = report(*results)._replace(stopped=True)
    assert as_text(stopped).splitlines()[-1] == verdict
    badge = json.loads(as_badge(stopped))
    assert (badge["message"], badge["color"]) == ("interrupted", "red")


@pytest.mark.parametrize(("more", "words"), [(1, "1 more operation"), (2, "2 more operations")])
def test_operations_of_a_cause_are_counted(more: int, words: str) -> None:
    names = [f"operation{number}" for number in range(4 + more)]
    text = as_text(report(*(result(Outcome.FAILED, operation=name) for name in names)))
    assert f"\n  operation0, operation1, operation2, operation3 and {words}\n" in text


def test_operations_are_in_the_order_of_the_files() -> None:
    later = result(Outcome.PASSED, operation="getHosts")
    assert [*counts([UNANSWERED, OFF, later, PASSED])] == [
        ("tree", "getRc3"),
        ("tree", "getHosts"),
        ("attributes", "writeAttribute"),
        ("http", "(no operation)"),
    ]


CAUSE_AS_JSON = {
    "outcome": "failed",
    "difference": "$.hosts: expected, but missing",
    "rule": "The rule.",
    "level": "must",
    "source": "RFC 9110, 9.1",
    "count": 2,
    "operations": ["getRc3"],
    "curl": f"curl -i {URL}/rc3",
    "cases": ["another", "a fourth"],
}
REPORT_AS_JSON = {
    "url": URL,
    "mode": "strict",
    "extensions": ["writes", "events"],
    "device": "sys/tg_test/1",
    "facility": "localhost:10000",
    "seed": 5,
    "started": "2027-01-15T08:00:00Z",
    "seconds": 1.25,
    "passed": 0,
    "failed": 2,
    "known": 0,
    "warning": 0,
    "note": 0,
    "not_implemented": 0,
    "level": "must",
    "stopped": False,
    "ended": None,
    "notes": ["A note."],
}
RESULT_AS_JSON = {
    "name": "another",
    "facet": "tree",
    "operation": "getRc3",
    "outcome": "failed",
    "rule": "The rule.",
    "level": "must",
    "source": "RFC 9110, 9.1",
    "differences": ["$.hosts: expected, but missing"],
    "rules": [{"rule": "The rule.", "level": "must", "source": "RFC 9110, 9.1"}],
    "curl": f"curl -i {URL}/rc3",
    "request": {"method": "GET", "path": "/rc3", "headers": {}, "body": ""},
    "response": {
        "status": 200,
        "elapsed": 0.25,
        "headers": {"content-type": "application/json"},
        "body": "{}",
    },
}


def test_json_has_causes_and_results() -> None:
    document = json.loads(as_json(report(FAILED, UNANSWERED, notes=("A note.",))))
    first, second = document.pop("results")
    [cause] = document.pop("causes")
    assert cause == CAUSE_AS_JSON
    assert document == REPORT_AS_JSON
    assert first == RESULT_AS_JSON
    assert (second["request"], second["response"], second["curl"]) == (None, None, "")


def test_junit_has_a_suite_for_each_facet() -> None:
    root = Xml.fromstring(as_junit(report(PASSED, FAILED, OFF)))
    assert [suite.attrib for suite in root] == [
        {
            "name": name,
            "tests": tests,
            "failures": failures,
            "errors": "0",
            "skipped": skipped,
            "timestamp": "2027-01-15T08:00:00Z",
            "time": time,
        }
        for name, tests, failures, skipped, time in [
            ("causes", "1", "1", "0", "0.000"),
            ("tree", "2", "1", "0", "0.500"),
            ("attributes", "1", "0", "1", "0.250"),
        ]
    ]
    cause, failure = root.iter("failure")
    assert cause.attrib == failure.attrib == {"message": "$.hosts: expected, but missing"}
    assert cause.text == as_text(report(FAILED)).partition("\n\n")[0]
    assert failure.text == failure_text(FAILED, f"curl -i {URL}/rc3")
    assert [case.get("classname") for case in root.iter("testcase")] == [
        "rc3.causes",
        "rc3.tree.getRc3",
        "rc3.tree.getRc3",
        "rc3.attributes.writeAttribute",
    ]


def test_html_shows_requests_and_answers() -> None:
    page = as_html(report(FAILED, PASSED, OFF, UNANSWERED, notes=("A note.",))).decode()
    assert "<h1>http://host:8000/tango/rest</h1>" in page
    assert '<p class="verdict failed">2 of 4 failed.</p>' in page
    assert '<p class="note">A note.</p>' in page
    assert "HTTP 200\nx-a: $text\n\n{\n  &#34;hosts&#34;: " in page
    assert '<pre class="curl">curl -i http://host:8000/tango/rest/rc3</pre>' in page
    assert "<pre>No answer.</pre>" in page
    for ours in ("<script", "src=", "url(", "@import", "http-equiv=refresh"):
        assert ours not in page


EVIL_RESULT = result(
    Outcome.FAILED,
    response=Response(200, {"x-evil": EVIL}, EVIL.encode("utf-8", "surrogatepass")),
    differences=(Difference(EVIL, EVIL, RULE),),
)


def test_html_shows_what_a_server_sent_and_does_not_do_it() -> None:
    page = as_html(report(EVIL_RESULT)).decode()
    assert "&lt;/pre&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\x00\\x1b[31m" in page
    assert "<script" not in page
    assert {char for char in page if not char.isprintable()} == {"\n"}


def test_no_report_sends_what_a_terminal_or_parser_would_obey() -> None:
    evil = report(EVIL_RESULT)
    assert SHOWN in as_text(evil)
    assert {char for char in as_text(evil) if not char.isprintable()} == {"\n"}
    messages = [one.get("message") for one in Xml.fromstring(as_junit(evil)).iter("failure")]
    assert messages == [SHOWN, SHOWN]  # of the cause, and of the case
    assert json.loads(as_json(evil))["results"][0]["differences"] == [SHOWN]


def test_html_is_of_bounded_size() -> None:
    long = result(
        Outcome.FAILED,
        response=Response(200, {"x-long": "x" * 60_000}, b"[" * 20_000),
        differences=(Difference("d" * 10_000, "d", RULE),) * 100,
    )
    assert len(as_html(report(*[long] * 2000))) < 5_000_000


def test_visible_escapes_and_cuts_a_text() -> None:
    assert visible(EVIL) == SHOWN
    assert visible("a\tb\nü\u2028") == "a\tb\nü\\u2028"
    assert visible("x" * 11, 10) == "xxxxxxxxxx... (11 characters)"


REQUESTS = [
    Request("GET", ""),
    Request("GET", "swagger/rc3.yml"),
    Request("GET", "/rc3/../x/./y?a=[1]&b={2}&c='%20$HOME"),
    Request("PUT", "/a", {"X-Empty": "", "Origin": "http://it's"}, b"{\"a\": 'b'}\n@\xc3\xbc"),
    Request("POST", "/b", {"Content-Type": "application/json"}, b"\x00\xff%\\n"),
    Request("DELETE", "/c"),
    Request("OPTIONS", "/d", {"Access-Control-Request-Method": "PUT"}),
    Request("PATCH", "/e", {}, b"@/etc/passwd"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: f"{each.method} {each.path}")
def test_curl_asks_the_same(request_: Request) -> None:
    """The line asks as the kit itself does, but for what each says of itself."""
    assert shutil.which("curl")
    heard: list[str] = []
    with hostile.serving(hostile.status("200 OK"), heard.append) as url:
        over_http(url)(request_)
        line = curl(request_, Server(Place(url)))
        ended = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True)
    assert ended.stdout.startswith(b"HTTP/1.1 200 OK")
    ours, curls = ({line.strip() for line in text.lower().split("\r\n")} for text in heard)
    own = ("accept", "user-agent", "connection", "content-length: 0")
    assert {one for one in ours ^ curls if not one.startswith(own)} == set()


def test_curl_asks_for_the_password() -> None:
    line = curl(Request("GET", "/rc3"), Server(Place(URL), auth="it's me:secret"))
    assert shlex.split(line) == ["curl", "-i", "-u", "it's me", f"{URL}/rc3"]
