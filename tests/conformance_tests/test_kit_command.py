"""`mtango-ref conformance` against servers of all kinds."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hostile_servers as hostile
import pytest

from mtango_ref.conformance import command
from mtango_ref.conformance.command import Wanted
from program import SCRIPT, refusal, run, serving

START = "from mtango_ref.__main__ import main; main()"


def wanted(url: str, **given: Any) -> Wanted:
    nothing = dict.fromkeys(("auth", "only", "seed", "junit", "html", "json"))
    usual = {"mode": "strict", "extensions": (), "device": "sys/tg_test/1"}
    return Wanted(**{**usual, **nothing, "url": url, "seconds": 0.0, "writes": False, **given})


@pytest.fixture(scope="module", params=["strict", "implementation"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """(mode, URL of the entry point) of our own."""
    with serving("--rc3-mode", request.param) as started:
        yield request.param, f"http://127.0.0.1:{started.port}/tango/rest"


def test_our_own_server_passes(server: tuple[str, str], tmp_path: Path) -> None:
    mode, url = server
    path = tmp_path / "report.json"
    arguments = ("--mode", mode, "--time", "0", "--writes", "--json", str(path))
    code, output, errors = run("conformance", *arguments, url)
    assert (code, errors) == (0, ""), output
    report = json.loads(path.read_text())
    assert report["failed"] == 0
    assert report["passed"] > 200
    assert report["not_implemented"] > 15
    assert (report["mode"], report["url"], report["seed"]) == (mode, url, None)
    assert len(report["results"]) == report["passed"] + report["not_implemented"]


def test_in_the_other_mode_it_fails(server: tuple[str, str]) -> None:
    mode, url = server
    [other] = {"strict", "implementation"} - {mode}
    code, output, _ = run("conformance", "--mode", other, "--time", "0", url)
    assert code == 1
    assert "FAILED tree getDeviceState: " in output or "FAILED attributes" in output
    assert f"  curl -i {url}/rc3/hosts/localhost/10000/devices/" in output


def test_one_facet(server: tuple[str, str]) -> None:
    mode, url = server
    code, output, _ = run("conformance", "--mode", mode, "--only", "tree", url)
    assert code == 0
    facets = {line.split()[0] for line in output.partition("\n\n")[0].splitlines()}
    assert facets == {"facet", "tree", "all"}
    assert "There was no fuzzing" in output


@pytest.mark.parametrize("writes", [False, True])
def test_nothing_is_written_unless_asked_for(writes: bool) -> None:
    methods: set[str] = set()
    answer = hostile.status("204 No Content")
    with hostile.serving(answer, lambda head: methods.add(head.split(" ")[0])) as url:
        assert command.conformance(wanted(url, writes=writes)) == 1
    assert ("PUT" in methods) is writes
    assert writes or methods <= {"GET", "HEAD", "OPTIONS"}


HTML = "<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (hostile.hangs, "5 requests in a row had no answer."),
        (hostile.drips, "5 requests in a row had no answer."),
        (hostile.drops, "The server closed the connection without an answer."),
        (hostile.cuts_off, "before the end of the body."),
        (hostile.says("\0\x1b[2J"), r"What came is not HTTP: BadStatusLine \x00\x1b[2J"),
        (
            hostile.status("401 Unauthorized", body="{}"),
            "\n\nEvery answer had the status 401; --auth gives it user and password.\n\n",
        ),
        (hostile.status("500 Oh", "Content-Type: text/html", body=HTML), "500 came"),
        (hostile.status("302 Found", "Location: /"), "status: 200 is expected, 302 came"),
        (
            hostile.status("200 OK", "Content-Type: application/json", body="[" * 100_000),
            "depth limit exceeded",
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
    monkeypatch.setattr(command, "TIMEOUT", 0.2)
    files = {kind: tmp_path / kind for kind in ("junit", "html", "json")}
    with hostile.serving(answer) as url:
        assert command.conformance(wanted(url, only="tree", **files)) == 1
    output = capsys.readouterr().out
    assert told in output
    assert "\x1b" not in output
    for kind, path in files.items():
        assert 0 < path.stat().st_size < 10_000_000, kind
    assert "<script" not in files["html"].read_text()
    assert json.loads(files["json"].read_text())["passed"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("http://127.0.0.1:1/",), "127.0.0.1 cannot be reached: Connection refused."),
        (("ftp://host/",), "URL: expected one such as http://host:8000/tango/rest, got"),
        (("--html", "/no/such/folder/x", "{url}"), "/no/such/folder/x cannot be written: No such"),
        (("--only", "nope", "{url}"), "There is no case to ask; the facets are attributes, "),
    ],
)
def test_what_cannot_start_says_so(
    arguments: tuple[str, ...], sentence: str, server: tuple[str, str]
) -> None:
    given = (argument.replace("{url}", server[1]) for argument in arguments)
    assert refusal("conformance", "--time", "0", *given).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--time", "soon"), "expected a time such as 60s, 10m or 0, got 'soon'."),
        (("--extensions", "wites"), "there is no extension 'wites' (did you mean 'writes'?)."),
        (("--auth", "me"), "expected user:password."),
        (("--mode", "Strict"), "'Strict' is not one of 'strict', 'implementation'."),
    ],
)
def test_wrong_options(arguments: tuple[str, ...], sentence: str) -> None:
    code, output, errors = run("conformance", *arguments, "http://127.0.0.1:1/")
    assert (code, output) == (2, "")
    assert sentence in errors


def test_what_it_needs_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "jsonschema_rs.py").write_text("raise ImportError('No module jsonschema_rs')")
    start = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {START}"]
    code, output, errors = run("conformance", "http://127.0.0.1:1/", start=start)
    assert (code, output) == (2, "")
    assert errors == (
        "Error: No module jsonschema_rs. pip install 'mtango-ref[conformance]' brings it.\n"
    )


def test_a_bar_on_a_terminal_only(server: tuple[str, str]) -> None:
    mode, url = server
    parent, child = pty.openpty()
    arguments = ["conformance", "--mode", mode, "--only", "tree", url]
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
