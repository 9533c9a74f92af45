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
from mtango_ref.conformance.command import Wanted
from mtango_ref.conformance.model import Level, Place
from program import run_pytest

KILLER = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/long_scalar"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)


def run(url: str, **given: Any) -> int:
    nothing = dict.fromkeys(Wanted._fields)
    usual = {
        "mode": "strict",
        "extensions": (),
        "device": "sys/tg_test/1",
        "seconds": 0.0,
        "writes": False,
        "level": Level.MUST,
        "only": "attributes",
    }
    return command.conformance(Wanted(**{**nothing, **usual, "url": url, **given}))


def test_run_is_ended_and_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {kind: tmp_path / kind for kind in ("json", "junit", "html")}
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        assert run(url, **files, write_baseline=tmp_path / "known.yml") == 1
    first, *lines = capsys.readouterr().out.splitlines()
    report = json.loads(files["json"].read_text("utf-8"))
    unasked = report["ended"]["unasked"]
    assert unasked > 10
    assert first == f"ENDED The server stopped answering. Not asked: {unasked} cases."
    assert lines[0] == f"  asked last: curl -i {url}{KILLER}"
    assert lines[1].startswith("  before it: curl -i ")
    assert report["ended"]["why"] == "The server stopped answering."
    killer = {"method": "GET", "path": KILLER, "curl": f"curl -i {url}{KILLER}"}
    assert report["ended"]["last"][0] == killer
    # One case has no answer; the others are not counted as failures.
    assert [one["name"] for one in report["results"] if one["response"] is None] == [
        report["results"][-1]["name"]
    ]
    error = next(Xml.parse(files["junit"]).getroot().iter("error"))
    assert error.get("message") == first.removeprefix("ENDED ")
    assert f"asked last: curl -i {url}{KILLER}" in files["html"].read_text("utf-8")


def test_half_a_run_writes_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "known.yml"
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        assert run(url, write_baseline=path) == 1
    assert not path.exists()
    assert f"{path} was not written: not everything was asked." in capsys.readouterr().out


def test_plugin_fails_one_test_and_skips_the_rest(tmp_path: Path) -> None:
    plugin = ("-p", "mtango_ref.testing.plugin", "-p", "no:cacheprovider", "-rs")
    with hostile.dying(f"GET /tango/rest{KILLER} ") as url:
        code, output = run_pytest(tmp_path, *plugin, "--mtango-url", url, "-k", "attribute")
    assert code == 1
    assert f"  asked last: curl -i {url}{KILLER}" in output
    assert re.search(r"[0-9]+\] .*The server stopped answering. This case was not asked.", output)


def test_fuzzing_ends_with_what_was_asked_last() -> None:
    pytest.importorskip("schemathesis")
    from mtango_ref.conformance.fuzz.schemathesis_run import fuzz

    with hostile.dying("/pipes") as url:
        place = Place(url)
        found = fuzz(url, mode="strict", seed=1, seconds=20, place=place, writes=False)
    assert found.ended is not None
    assert found.ended.why == "The server stopped answering."
    assert "/pipes" in found.ended.last[0].path
    assert [one.name for one in found.results() if one.name.endswith("ConnectionError")] == []
