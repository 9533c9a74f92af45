"""The kit is fair: what matters is said first, once, and nothing else fails a stranger."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml
from strangers import Manner, mtango_py, rewriting, stranger, timestamps, without

from mtango_ref.conformance import command
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.command import Reporting
from mtango_ref.conformance.model import Level, Place, Plan, Server
from mtango_ref.messages import StartError

Ask = Callable[..., tuple[int, str, dict[str, Any]]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what runs the kit against a stranger: exit code, text, and the report in JSON."""

    def run(*manners: Manner, **given: Any) -> tuple[int, str, dict[str, Any]]:
        server = Server(Place(f"{IN_PROCESS}/tango/rest", facility=""), app=stranger(*manners))
        asked = {name: given.pop(name) for name in given.keys() & {*Plan._fields}}
        report = tmp_path / "report.json"
        plan, reporting = Plan(writes=True, **asked), Reporting(json=report, **given)
        code = command.conformance(server, plan, reporting)
        return code, capsys.readouterr().out, json.loads(report.read_text("utf-8"))

    return run


def heads(text: str) -> list[str]:
    """Return the first line of each cause."""
    marks = ("FAILED", "KNOWN", "WARNING", "NOTE")
    return [line for line in text.splitlines() if line.startswith(marks)]


def test_choices_of_ours_missing_everywhere_are_a_note_each(ask: Ask) -> None:
    exposed = "access-control-expose-headers"
    code, text, report = ask(without("vary", exposed))
    lines = [
        "x header vary: expected a list with origin, got nothing",
        f"x header {exposed}: expected a list with x-mtango, got nothing",
    ]
    counts = [one["count"] for one in report["causes"]]
    assert code == 0
    assert heads(text) == [f"NOTE {n}{line}" for n, line in zip(counts, lines, strict=True)]
    assert report["failed"] == report["warning"] == 0
    assert min(counts) > 30
    assert {one["level"] for one in report["causes"]} == {"may"}


@pytest.mark.parametrize(("level", "code"), [("must", 0), ("should", 0), ("may", 1)])
def test_level_says_what_fails(level: str, code: int, ask: Ask) -> None:
    found, text, _ = ask(without("vary"), level=Level(level), only="http")
    [head] = heads(text)
    assert found == code
    assert head.startswith("FAILED" if code else "NOTE")


@pytest.mark.parametrize(("level", "code"), [("must", 0), ("should", 0), ("may", 1)])
def test_x_mtango_lost_fails_a_run_that_asks_for_our_choices(
    level: str, code: int, ask: Ask
) -> None:
    """A stranger need not have what is ours, and is not asked for it; at level may it is."""
    found, _, report = ask(without("x-mtango"), level=Level(level), only="http")
    differences = {one["difference"] for one in report["causes"] if one["outcome"] == "failed"}
    left_out = [note for note in report["notes"] if "the server says that it is mtango-py" in note]
    assert found == code
    assert len(left_out) == 1 - code
    version = r"mtango-py [0-9]+\.[0-9]+\.[0-9]+.*"
    lost = f"header x-mtango: expected a string that matches {version}, got nothing"
    assert differences == ({lost} if code else set())
    ours = {case.name for case in loading.load() if "ours" in case.needs}
    asked = {one["name"] for one in report["results"]} & ours
    assert len(asked) > 100 if code else not asked


def test_timestamps_as_texts_are_one_failure(ask: Ask, tmp_path: Path) -> None:
    junit, html = tmp_path / "junit.xml", tmp_path / "page.html"
    code, text, report = ask(timestamps(str), junit=junit, html=html)
    [head] = heads(text)
    assert code == 1
    assert head.endswith("x timestamp: expected a number, got a string")
    [cause] = report["causes"]
    assert (cause["level"], cause["source"]) == ("must", 'rc3, "Failure"')
    assert cause["count"] == report["failed"] == len(cause["cases"]) > 200
    assert {"readAttribute", "getAttributeHistory", "readPipe"} <= {*cause["operations"]}
    assert cause["curl"].startswith("curl -i http://")
    suites = [*Xml.parse(junit).getroot()]
    assert suites[0].attrib["name"] == "causes"
    assert (suites[0].attrib["tests"], suites[0].attrib["failures"]) == ("1", "1")
    page = html.read_text("utf-8")
    assert page.count('<li class="failed">') == 1
    assert page.index("<h2>Causes") < page.index("<h2>By operation") < page.index("<h2>Case by")


def test_timestamps_with_fractions_are_one_warning(ask: Ask) -> None:
    manner = timestamps(lambda time: time + 0.5)
    code, text, _ = ask(manner, only="properties")
    [head] = heads(text)
    assert code == 0
    assert head.startswith("WARNING ")
    assert ask(manner, level=Level.SHOULD, only="pipes")[0] == 1


def test_entry_point_with_one_more_key_has_the_system_api(ask: Ask) -> None:
    def more(body: Any) -> Any:
        return {**body, "health": "/health"} if isinstance(body, dict) and "sys" in body else body

    _, _, report = ask(rewriting(more), only="system")
    assert [note for note in report["notes"] if "the server has the system API" in note] == []
    assert report["passed"] > 20


def test_last_modified_missing_is_one_failure(ask: Ask) -> None:
    code, text, report = ask(without("last-modified"), only="attributes")
    [head] = heads(text)
    assert code == 1
    assert head.startswith("FAILED ")
    assert report["causes"][0]["source"] == 'rc3, "Device attributes"'


def test_mtango_py_gets_its_worst_cause_first(ask: Ask) -> None:
    code, _, report = ask(mtango_py)
    failed = [one for one in report["causes"] if one["outcome"] == "failed"]
    assert code == 1
    assert [(one["difference"], one["source"]) for one in failed] == [
        ("header allow: expected a string, got nothing", "RFC 9110, 15.5.6"),
        ("status: expected another, got 500", "RFC 9110, 15.6.1"),
        (
            "header last-modified: expected a date of today, as HTTP writes it, got nothing",
            'rc3, "Device attributes"',
        ),
    ]


def test_cases_are_listed_on_request(ask: Ask) -> None:
    _, text, report = ask(without("vary"), cases=True, level=Level.MAY, only="http")
    names = [one["name"] for one in report["results"] if one["outcome"] == "failed"]
    assert len(names) == report["failed"]
    assert all(f": {name}\n" in text for name in names)


def test_baseline_lets_pass_what_it_knows_and_nothing_else(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "known.yml"
    assert ask(without("last-modified"), write_baseline=path, only="attributes")[0] == 1
    written = path.read_text("utf-8")
    assert "- rule: last_modified\n" in written
    assert not {"8000", "localhost", "GMT"} & {*written.replace(":", " ").replace("/", " ").split()}
    code, text, report = ask(without("last-modified"), baseline=path, only="attributes")
    assert (code, report["failed"]) == (0, 0)
    assert report["known"] > 30
    assert [head.partition(" ")[0] for head in heads(text)] == ["KNOWN"]
    code, text, _ = ask(without("last-modified"), timestamps(str), baseline=path, only="attributes")
    assert code == 1
    assert [head.partition(" ")[0] for head in heads(text)] == ["FAILED", "KNOWN"]
    code, text, _ = ask(baseline=path, write_baseline=path, only="attributes")
    assert code == 0
    assert "\n\nFixed since the baseline was written: " in text
    assert path.read_text("utf-8").endswith("known: []\n")


def test_baseline_names_cases_that_are_gone(ask: Ask, tmp_path: Path) -> None:
    """One was renamed, or removed; fuzzing is asked of no run here, and is not gone."""
    path = tmp_path / "known.yml"
    names = [loading.load()[0].name, "fuzzing: getRc3: headers", "Was renamed"]
    known = [{"rule": "same", "difference": "status", "cases": names}]
    path.write_text(yaml.safe_dump({"baseline": 1, "mode": "strict", "known": known}), "utf-8")
    _, _, report = ask(baseline=path, only="pipes")
    assert [note for note in report["notes"] if "baseline" in note] == [
        "Cases of the baseline that were renamed or removed: Was renamed."
        " --write-baseline drops them."
    ]


def test_baseline_is_the_same_each_time(ask: Ask, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for path in (first, second):
        ask(mtango_py, write_baseline=path, level=Level.MAY, only="attributes")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 1000
    assert ask(mtango_py, baseline=first, level=Level.MAY, only="attributes")[0] == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "known.yml cannot be read: No such file or directory."),
        (
            b" " * 17_000_000,
            "known.yml cannot be read: too large; expected at most 16777216 bytes.",
        ),
        (b"{", "known.yml is not YAML: "),
        (b"\xff", "known.yml is not YAML: "),
        (b"- 1\n", "known.yml is not a baseline: the file: "),
        (b"baseline: 1\nmode: strict\n", '"known" is a required property.'),
        (b"baseline: 9\n", "known.yml: expected version 1, got 9;"),
        (
            b"baseline: 1\nmode: implementation\nknown: []\n",
            "expected mode strict, as in this run, got implementation.",
        ),
        (b"1: 2\n", "known.yml is not a baseline"),
        (b"[" * 1000, "nested too deep"),
    ],
)
def test_wrong_baseline_is_refused(
    content: bytes | None, sentence: str, ask: Ask, tmp_path: Path
) -> None:
    path = tmp_path / "known.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StartError) as refused:
        ask(baseline=path)
    assert str(refused.value).startswith(f"--baseline: {tmp_path}")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("manner", "color"),
    [(None, "brightgreen"), (without("vary"), "brightgreen"), (timestamps(str), "red")],
)
def test_badge_has_the_color_of_the_run(
    manner: Manner | None, color: str, ask: Ask, tmp_path: Path
) -> None:
    path = tmp_path / "badge.json"
    _, _, report = ask(*([manner] if manner else []), badge=path, only="http")
    asked = len(report["results"])
    assert json.loads(path.read_text("utf-8")) == {
        "schemaVersion": 1,
        "label": "Tango REST rc3 (strict)",
        "message": f"{asked - report['failed']} of {asked}",
        "color": color,
    }


def test_badge_comes_with_the_line_that_shows_it(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "badge.json"
    _, text, report = ask(badge=path, only="tree")
    line = (
        f"Publish {path}, and show it with"
        " [![rc3](https://img.shields.io/endpoint?url=URL-OF-THE-FILE)](URL-OF-THE-REPORT)"
    )
    assert report["notes"][-1] == line
    assert f"\n\n{line}\n\n" in text
