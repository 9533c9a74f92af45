"""The proxy: what the kit finds behind it, and how it is called."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

import pytest
from click.testing import CliRunner

from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.transport import sender
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import Outcome, Place, Plan, Server
from mtango_ref.testing.fake_server import serving
from mutants import proxy, rule_files
from mutants.wire import Rule, Selection

NOTHING = Rule("nothing is wrong", "http", "strict", Selection(), (), ())
RULES = {rule.name: rule for rule in rule_files.load()}
WILDCARDS = {
    "The devices that match a wildcard",
    "The devices of sys",
    "The devices that match the wildcard */TG_TEST/1 with another end",
}
TIMEOUT = 20.0
ODD = "/tango/rest/a%2Fb//%zz?x=%41&y"


@contextmanager
def through(url: str, rule: Rule) -> Iterator[proxy.Proxy]:
    with running(proxy.Proxy(url, rule)) as started:
        yield started


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Path(), {"fixture": "tango_test", "clock": "running"}) as server:
        server.advance(60.0)  # what is polled has a history then
        yield server.url


def failing(url: str, facet: str) -> set[str]:
    """Return the names of the facet's cases that fail at the URL."""
    cases, server = loading.fitting(Plan(only=facet, writes=True)), Server(Place(url))
    results = [*Asker(Watch(sender(server)), server).ask_all(cases)]
    assert len(results) == len(cases) > 0
    return {one.name.partition(": ")[0] for one in results if one.outcome is Outcome.FAILED}


@pytest.mark.parametrize("facet", ["http", "swagger", "system"])
def test_the_kit_finds_nothing_behind_a_proxy_that_breaks_nothing(url: str, facet: str) -> None:
    with through(url, NOTHING) as started:
        assert failing(started.url, facet) == set()
        assert started.app.changes == 0


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("x-auth-method is missing", {"Entry of rc3"}),
        ("the wildcard heeds case", WILDCARDS),
        ("the status is missing", {"State"}),
    ],
)
def test_the_kit_finds_what_the_proxy_breaks(url: str, name: str, found: set[str]) -> None:
    with through(url, RULES[name]) as started:
        assert failing(started.url, "tree") == found
        assert started.app.changes > 0


class _Behind(ThreadingTCPServer):
    """A server that answers all alike, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.came: list[tuple[str, list[tuple[str, str]], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Keeping)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/tango/rest"


class _Keeping(BaseHTTPRequestHandler):
    server: _Behind

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline()
        assert self.parse_request()
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.came.append((self.requestline, sorted(self.headers.items()), body))
        self.wfile.write(self.server.answer)


def asked(url: str, method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> Any:
    """Return the answer to a request that has no headers but these."""
    netloc = url.split("/")[2]
    connection = http.client.HTTPConnection(netloc, timeout=TIMEOUT)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, text in headers:
        connection.putheader(name, text)
    connection.endheaders(body)
    answer = connection.getresponse()
    came = (answer.status, answer.reason, answer.getheaders(), answer.read())
    connection.close()
    return came


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "DELETE", "BREW"])
def test_requests_are_sent_on_as_they_came(method: str) -> None:
    behind = _Behind(b"HTTP/1.1 299 Odd\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nbody")
    with running(behind), through(behind.url, NOTHING) as started:
        sent = [("Host", "lab"), ("Content-Length", "2"), ("X-A", "1"), ("Cookie", "c=1")]
        answer = asked(started.url, method, ODD, *sent, body=b"{}")
    cookies = [("Set-Cookie", "a"), ("Set-Cookie", "b")]
    assert answer == (299, "Odd", [*cookies, ("connection", "close")], b"body")
    [(line, headers, body)] = behind.came
    assert (line, body) == (f"{method} {ODD} HTTP/1.1", b"{}")
    expected = {name.lower(): text for name, text in sent} | {"connection": "close"}
    assert dict(headers) == expected


def test_head_has_the_length_that_get_would_have() -> None:
    behind = _Behind(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
    with running(behind), through(behind.url, NOTHING) as started:
        status, _, headers, body = asked(started.url, "HEAD", "/tango/rest", ("Host", "lab"))
    assert (status, dict(headers)["Content-Length"], body) == (200, "7", b"")


def test_a_body_in_chunks_is_refused() -> None:
    behind = _Behind(b"")
    with running(behind), through(behind.url, NOTHING) as started:
        answer = asked(started.url, "PUT", "/", ("Transfer-Encoding", "chunked"))
    assert (answer[0], behind.came) == (411, [])


def test_a_server_that_is_gone_is_502() -> None:
    with running(_Behind(b"")) as behind:
        gone = behind.url
    with through(gone, NOTHING) as started:
        status, _, _, body = asked(started.url, "GET", "/", ("Host", "lab"))
    assert status == 502
    assert body.startswith(b"127.0.0.1 did not answer: ConnectionRefusedError(")


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and what is printed."""
    ended = CliRunner().invoke(proxy.main, arguments)
    return ended.exit_code, ended.output


def test_program_breaks_the_rule_of_a_number(url: str) -> None:
    _, listed = run("--list")
    assert len(listed.splitlines()) == len(RULES)
    found = re.search(r"(?m)^ *(\d+)  tree +strict +the state is a number$", listed)
    assert found
    started = subprocess.Popen(
        [sys.executable, proxy.__file__, url, "--rule", found[1], "--port", "0"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with started:
        try:
            assert started.stdout
            line = started.stdout.readline()
            proper = rf"(http://127\.0\.0\.1:\d+/tango/rest) answers as {url} does, but the state "
            address = re.match(proper + r"is a number\. Ctrl-C ends it\.\n", line)
            assert address
            assert failing(address[1], "tree") == {"State"}
        finally:
            started.send_signal(signal.SIGINT)
    assert started.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ([], "--rule: expected a number or a name. --list prints them."),
        (["--rule", "1"], "URL: expected the server's entry point, as mtango-ref serve prints it."),
        (["ftp://a", "--rule", "1"], "URL: expected one such as http://host:8000/tango/rest, got"),
        (["http://a", "--rule", "0"], "--rule: there is no '0'. --list prints the rules."),
        (["http://a", "--rule", "the stat is a number"], "(did you mean 'the state is a number'?)"),
        (["http://a", "--rule", "1", "--port", "99999"], "--port: 99999 cannot be used ("),
    ],
)
def test_program_says_what_is_expected(arguments: list[str], mistake: str) -> None:
    code, printed = run(*arguments)
    assert code == 2
    assert mistake in printed


def test_help_shows_a_run() -> None:
    code, printed = run("--help")
    assert code == 0
    assert "mtango-ref conformance http://127.0.0.1:8001/tango/rest" in printed
