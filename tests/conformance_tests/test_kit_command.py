"""`mtango-ref conformance` against servers of all kinds."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hostile_servers as hostile
import pytest

from echo_server import eventually
from mtango_ref.conformance import command
from mtango_ref.conformance.asking import watch
from mtango_ref.conformance.asking.transport import over_http
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.command import Reporting
from mtango_ref.conformance.model import Level, Place, Plan, Request, Server
from program import SCRIPT, TIMEOUT, refusal, run, serving

START = "from mtango_ref.__main__ import main; main()"


def run_in_process(
    url: str, plan: Plan, *, facility: str = "", timeout: float = 10.0, files: Any = None
) -> int:
    server = Server(Place(url, facility=facility), timeout=timeout)
    return command.conformance(server, plan, Reporting(**(files or {})))


@pytest.fixture(scope="module", params=["strict", "implementation"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Yield (mode, URL of the entry point) of our own server."""
    with serving("--rc3-mode", request.param) as started:
        yield request.param, f"http://127.0.0.1:{started.port}/tango/rest"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the URL of the entry point of our server, for what is the same in each mode."""
    with serving() as started:
        yield f"http://127.0.0.1:{started.port}/tango/rest"


HEAVY = (
    *("tango", "numpy", "tango_simlib", "schemathesis", "hypothesis", "falcon", "waitress"),
    "pydantic",
)
HIDING = [sys.executable, "-c", f"import sys; sys.modules.update(dict.fromkeys({HEAVY})); {START}"]


def has_been_polled(url: str) -> bool:
    """Return True once an attribute of TangoTest has a history."""
    path = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/State/history"
    return len(json.loads(over_http(url)(Request("GET", path)).body)) > 1


def test_our_own_server_passes(server: tuple[str, str], tmp_path: Path) -> None:
    """They do without Tango, what fuzzes and what serves. test_cases.py asks all in each mode; over
    HTTP, one facet shows the second."""
    mode, url = server
    only = {"strict": None, "implementation": "attributes"}[mode]
    path = tmp_path / "report.json"
    assert eventually(lambda: has_been_polled(url))  # else there is less to ask
    arguments = ("--mode", mode, "--level", "may", "--time", "0", "--writes", "--json", str(path))
    chosen = (*arguments, "--only", only) if only else arguments
    code, output, errors = run("conformance", *chosen, url, start=HIDING)
    assert (code, errors) == (0, ""), output
    report = json.loads(path.read_text("utf-8"))
    assert report["causes"] == []
    assert report["failed"] == 0
    assert report["passed"] > (50 if only else 200)
    assert report["not_implemented"] > (0 if only else 15)
    assert (report["mode"], report["url"], report["seed"]) == (mode, url, None)
    assert output.endswith(" of them with 501, which is allowed.\n")
    assert len(report["results"]) == report["passed"] + report["not_implemented"]
    asked = {one["name"] for one in report["results"]}
    assert asked == {case.name for case in loading.fitting(Plan(mode, only=only, writes=True))}


def test_in_the_other_mode_it_fails(server: tuple[str, str]) -> None:
    mode, url = server
    [other] = {"strict", "implementation"} - {mode}
    arguments = ("conformance", "--level", "should", "--time", "0")
    code, output, _ = run(*arguments, "--mode", other, "--only", "attributes", url)
    assert code == 1
    assert re.search(r"^FAILED [0-9]+x timestamp: expected a time of today", output, re.MULTILINE)
    assert f"  curl -i {url}/rc3/hosts/localhost/10000/devices/" in output


def test_only_runs_one_facet(server: tuple[str, str]) -> None:
    mode, url = server
    code, output, _ = run("conformance", "--mode", mode, "--only", "tree", url)
    assert code == 0
    facets = {line.split()[0] for line in output.partition("\n\n")[0].splitlines()}
    assert facets == {"facet", "tree", "all"}
    assert "Not fuzzed" in output


@pytest.mark.parametrize("writes", [False, True])
def test_nothing_is_written_unless_asked_for(writes: bool) -> None:
    methods: set[str] = set()
    answer = hostile.status("204 No Content")
    with hostile.serving(answer, lambda head: methods.add(head.split(" ")[0])) as url:
        # Some show that what writes is asked, but only all that nothing else does.
        only = "properties" if writes else None
        assert run_in_process(url, Plan(only=only, writes=writes, level=Level.MAY)) == 1
    assert ("PUT" in methods) is writes
    assert writes or methods <= {"GET", "HEAD", "OPTIONS"}


HTML = "<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (hostile.hangs, "ENDED The server stopped answering. Not run: "),
        (hostile.drips, "ENDED The server stopped answering. Not run: "),
        (hostile.drops, "The server closed the connection without an answer."),
        (hostile.cuts_off, "before the end of the body."),
        (hostile.says("\0\x1b[2J"), r"The answer is not HTTP: BadStatusLine \x00\x1b[2J"),
        (
            hostile.status("401 Unauthorized", body="{}"),
            "\n\nEvery answer had the status 401; give user and password with --auth.\n\n",
        ),
        (hostile.status("500 Oh", "Content-Type: text/html", body=HTML), "got 500"),
        (hostile.status("302 Found", "Location: /"), "status: expected 200, got 302"),
        (
            hostile.status("200 OK", "Content-Type: application/json", body="[" * 100_000),
            "body: not application/json (",
        ),
    ],
)
def test_a_hostile_server_gets_a_report(
    answer: hostile.Answer,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    files = {kind: tmp_path / kind for kind in ("junit", "html", "json")}
    with hostile.serving(answer) as url:
        plan = Plan(only="tree", level=Level.MAY)
        assert run_in_process(url, plan, timeout=0.2, files=files) == 1
    output = capsys.readouterr().out
    assert told in output
    assert "\x1b" not in output
    for kind, path in files.items():
        assert 0 < path.stat().st_size < 10_000_000, kind
    assert "<script" not in files["html"].read_text("utf-8")
    assert json.loads(files["json"].read_text("utf-8"))["passed"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("http://127.0.0.1:1/",), "127.0.0.1 cannot be reached: Connection refused."),
        (("ftp://host/",), "URL: expected one such as http://host:8000/tango/rest, got"),
        (("--html", "/no/such/folder/x", "{url}"), "/no/such/folder/x cannot be written: No such"),
        (("--only", "nope", "{url}"), "There is no case to run; --only takes one of attributes, "),
    ],
)
def test_what_cannot_start_says_so(arguments: tuple[str, ...], sentence: str, url: str) -> None:
    given = (argument.replace("{url}", url) for argument in arguments)
    assert refusal("conformance", "--time", "0", *given).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--time", "soon"), "expected a time such as 60s, 10m or 0, got 'soon'."),
        (("--extensions", "wites"), "there is no extension 'wites' (did you mean 'writes'?)."),
        (("--auth", "me"), "expected user:password."),
        (("--facility", "lab"), "expected host:port, such as tango.lab.org:10000."),
        (("--mode", "Strict"), "'Strict' is not one of 'strict', 'implementation'."),
    ],
)
def test_wrong_options_are_refused(arguments: tuple[str, ...], sentence: str) -> None:
    code, output, errors = run("conformance", *arguments, "http://127.0.0.1:1/")
    assert (code, output) == (2, "")
    assert sentence in errors


def test_ctrl_c_ends_it_with_a_report(url: str, tmp_path: Path) -> None:
    """A run that would fuzz for an hour reports what was asked until then."""
    path, badge = tmp_path / "report.json", tmp_path / "badge.json"
    files = ["--json", str(path), "--badge", str(badge)]
    arguments = ["conformance", "--time", "1h", *files, url]
    parent, child = pty.openpty()
    with subprocess.Popen([*SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=child) as process:
        os.close(child)
        shown = until_closed(parent)
        for chunk in shown:
            if re.search(rb"[1-9]%", chunk):  # an answer has come
                process.send_signal(signal.SIGINT)
                break
        rest = threading.Thread(target=lambda: [*shown])  # else it would wait for a reader
        rest.start()
        printed, _ = process.communicate(timeout=TIMEOUT)
        rest.join()
    os.close(parent)
    report = json.loads(path.read_text("utf-8"))
    assert process.returncode == 130
    assert report["stopped"] is True
    assert report["results"]
    assert report["failed"] == 0
    shown_badge = json.loads(badge.read_text("utf-8"))
    assert (shown_badge["message"], shown_badge["color"]) == ("interrupted", "red")
    assert "Interrupted by Ctrl-C: not every case was run." in report["notes"]
    assert printed.decode().splitlines()[-1].startswith("Interrupted by Ctrl-C. ")
    assert b"Interrupted by Ctrl-C: not every case was run." in printed


def test_server_with_one_facility_passes(server: tuple[str, str]) -> None:
    """The facility is asked for under the name that the server itself gives it."""
    mode, url = server
    asked = serving_one_facility(url, "lab.example/20000")
    with asked as (there, paths):
        plan = Plan(mode, only="commands", level=Level.MAY)
        assert run_in_process(there, plan) == 0
        assert [path for path in paths if "/hosts/localhost/10000" in path] == []
        assert run_in_process(there, plan, facility="elsewhere/1") == 1


@contextmanager
def serving_one_facility(url: str, facility: str) -> Iterator[tuple[str, list[str]]]:
    """Serve the server at the URL under the name of one facility only: 404 for all others."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            there = facility.replace("/", ":")
            if "/hosts/" in self.path and f"/hosts/{facility}" not in self.path:
                path = "/nope"
            else:
                path = self.path.removeprefix("/tango/rest").replace(facility, "localhost/10000")
            answer = over_http(url)(Request("GET", path, {"Host": self.headers["Host"]}))
            body = answer.body.replace(b"localhost:10000", there.encode())
            body = body.replace(b"localhost/10000", facility.encode())
            self.send_response(answer.status)
            for name in answer.headers.keys() - {"content-length", "connection", "date"}:
                self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}/tango/rest", paths
        made.shutdown()
        thread.join()


def test_missing_library_is_reported(tmp_path: Path) -> None:
    (tmp_path / "jsonschema_rs.py").write_text(
        "raise ImportError('No module jsonschema_rs')", "utf-8"
    )
    start = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {START}"]
    code, output, errors = run("conformance", "http://127.0.0.1:1/", start=start)
    assert (code, output) == (2, "")
    assert errors == (
        "Error: No module jsonschema_rs: run pip install 'mtango-ref[conformance]'.\n"
    )


def test_bar_is_shown_on_a_terminal_only(url: str) -> None:
    parent, child = pty.openpty()
    arguments = ["conformance", "--time", "0", "--only", "tree", url]
    with subprocess.Popen([*SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=child) as process:
        os.close(child)
        shown = b"".join(until_closed(parent))
        printed, _ = process.communicate()
    os.close(parent)
    assert b"cases  [--------" in shown
    assert b"100%" in shown
    assert b"cases  [" not in printed
    assert process.returncode == 0


def until_closed(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # nobody has the other side open any more
        while chunk := os.read(terminal, 4096):
            yield chunk
