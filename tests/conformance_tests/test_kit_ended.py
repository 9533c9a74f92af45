"""A server that stops answering ends a run, which says so first."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import hostile_servers as hostile
import pytest

from mtango_ref.conformance import command
from mtango_ref.conformance.asking import watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.command import Reporting
from mtango_ref.conformance.model import Fuzz, Place, Plan, Server
from program import run_pytest

KILLER = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/long_scalar"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)


def run(url: str, **given: Any) -> int:
    plan = given.pop("plan", Plan(only="attributes"))
    return command.conformance(Server(Place(url, facility="")), plan, Reporting(**given))


def test_run_is_ended_and_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {kind: tmp_path / kind for kind in ("json", "junit", "html")}
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        assert run(url, **files, write_baseline=tmp_path / "known.yml") == 1
    first, *lines = capsys.readouterr().out.splitlines()
    report = json.loads(files["json"].read_text("utf-8"))
    unasked = report["ended"]["unasked"]
    assert unasked > 10
    cases = unasked + len(report["results"])
    assert first == f"ENDED The server stopped answering. Not run: {unasked} of {cases} cases."
    assert report["ended"]["cases"] == cases
    assert lines[0] == f"  last request: curl -i {url}{KILLER}"
    assert lines[1].startswith("  before that: curl -i ")
    assert report["ended"]["why"] == "The server stopped answering."
    killer = {"method": "GET", "path": KILLER, "curl": f"curl -i {url}{KILLER}"}
    assert report["ended"]["last"][0] == killer
    # One case has no answer; the others are not counted as failures.
    assert [one["name"] for one in report["results"] if one["response"] is None] == [
        report["results"][-1]["name"]
    ]
    error = next(Xml.parse(files["junit"]).getroot().iter("error"))
    assert error.get("message") == first.removeprefix("ENDED ")
    assert f"last request: curl -i {url}{KILLER}" in files["html"].read_text("utf-8")


def test_half_a_run_writes_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "known.yml"
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        assert run(url, write_baseline=path) == 1
    assert not path.exists()
    assert f"{path} was not written, because not every case was run." in capsys.readouterr().out


def test_plugin_fails_one_test_and_skips_the_rest(tmp_path: Path) -> None:
    plugin = ("-p", "mtango_ref.testing.plugin", "-p", "no:cacheprovider", "-rs")
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        code, output = run_pytest(tmp_path, *plugin, "--mtango-url", url, "-k", "attribute")
    assert code == 1
    assert f"ENDED The server stopped answering.\n  last request: curl -i {url}{KILLER}" in output
    assert re.search(r"[0-9]+\] .*The server stopped answering. This case was not run.", output)


def test_server_that_dies_before_the_cases_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    """The kit looks around before it asks; that may have killed it, too."""
    with hostile.dying("GET /tango/rest/sys/stats ") as url:
        assert run(url) == 1
    first, last, *_ = capsys.readouterr().out.splitlines()
    cases = loading.fitting(Plan(only="attributes"))
    counts = f"{len(cases)} of {len(cases)} cases"
    assert first == f"ENDED The server stopped answering. Not run: {counts}."
    assert last == f"  last request: curl -i {url}/sys/stats"


def test_server_that_fuzzing_kills_is_ended_in_all_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11")
    files = {kind: tmp_path / kind for kind in ("json", "junit", "html", "badge")}
    known = tmp_path / "known.yml"
    with hostile.dying("User-Agent: schemathesis/") as url:
        plan = Plan(only="tree", fuzz=Fuzz(seed=1, seconds=20.0))
        assert run(url, plan=plan, **files, write_baseline=known) == 1
    first, last, *lines = capsys.readouterr().out.splitlines()
    report = json.loads(files["json"].read_text("utf-8"))
    [killer] = report["ended"]["last"]
    assert first == "ENDED The server stopped answering."
    assert last == f"  last request: {killer['curl']}"
    assert lines[-1].startswith("The server stopped answering. ")
    assert "The fuzzing was not finished." in report["notes"]
    assert {one["name"] for one in report["results"] if one["name"].startswith("fuzzing")} == set()
    error = next(Xml.parse(files["junit"]).getroot().iter("error"))
    assert error.get("message") == "The server stopped answering."
    assert "ENDED The server stopped answering." in files["html"].read_text("utf-8")
    badge = json.loads(files["badge"].read_text("utf-8"))
    assert (badge["message"], badge["color"]) == ("stopped answering", "red")
    assert not known.exists()


def test_fuzzing_ends_with_what_was_asked_last() -> None:
    pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11")
    from mtango_ref.conformance.fuzz.schemathesis_run import fuzz

    with hostile.dying("/pipes") as url:
        found = fuzz(Server(Place(url)), Plan(fuzz=Fuzz(seed=1, seconds=20.0)))
    assert found.ended is not None
    assert found.ended.why == "The server stopped answering."
    assert "/pipes" in found.ended.last[0].path
    assert [one.name for one in found.results() if one.name.endswith("ConnectionError")] == []
