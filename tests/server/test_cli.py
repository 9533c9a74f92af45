"""The command line but `serve`: help, version, routes, check, record."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from mtango_ref import __version__
from mtango_ref.cli.options import OPTIONS
from mtango_ref.settings.model import Settings, option
from program import MODULE, refusal, run

COMMANDS = [
    "serve",
    "routes",
    "check",
    "schema",
    "record",
    "import",
    "conformance",
    "deploy",
    "manual",
]


@cache
def help_of(command: str) -> str:
    """Return what a command prints of itself; many tests look at it."""
    return output(*command.split(), "--help")


def output(*arguments: str, **environ: str) -> str:
    code, printed, errors = run(*arguments, **environ)
    assert (code, errors) == (0, "")
    return printed


@pytest.mark.parametrize("arguments", ["serve --help", "schema", "nope", "check /no/such/file.yml"])
def test_module_is_the_command(arguments: str) -> None:
    """`python -m mtango_ref` in place of `mtango-ref`: help, output and both kinds of errors."""
    given = arguments.split()
    assert run(*given, start=MODULE) == run(*given)


def test_version_is_printed() -> None:
    assert output("--version") == f"mtango-ref, version {__version__}\n"


def test_help_is_printed_without_a_command() -> None:
    text = output("--help")
    assert text == output() == output("-h")
    assert re.findall(r"^  (\w+)  ", text, re.MULTILINE) == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples_that_run(command: str) -> None:
    """Each begins with the program's name, and has no option that there is not."""
    text = help_of(command)
    examples = text.partition("Examples:\n")[2].split("\n\n")[0].splitlines()
    assert len(examples) >= 2
    for example in examples:
        called = re.fullmatch(r"(?:[A-Z_]+=\S+ )?mtango-ref (\w+)(.*?)(?:#.*)?", example.strip())
        if called is None:
            assert example.strip().startswith("curl http://127.0.0.1:8000/tango/rest")
            continue
        options = set(re.findall(r" (--?[a-z0-9-]+)", called[2]))
        assert options <= set(re.findall(r"--?[a-z0-9-]+", help_of(called[1])))


def test_help_names_every_setting() -> None:
    assert set(OPTIONS) == set(Settings.model_fields)
    text = output("serve", "--help")
    assert [name for name in OPTIONS if option(name) not in text] == []


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["sevre"], "sevre"),
        (["--nope"], "--nope"),
        (["serve", "--prot", "1"], "--prot"),
        (["serve", "--port"], "--port"),
        (["serve", "8000"], "8000"),
        (["check"], "FIXTURE"),
        (["check", "a", "b"], "(b)"),
        (["record"], "PATTERN..."),
        (["record", "-o"], "-o"),
        (["import"], "FILE"),
        (["import", "-o"], "-o"),
    ],
)
def test_wrong_usage_is_refused(arguments: list[str], wrong: str) -> None:
    """The sentences are click's; the last line is the one."""
    code, printed, errors = run(*arguments)
    assert (code, printed) == (2, "")
    assert errors.splitlines()[-1].startswith("Error: ")
    assert wrong in errors.splitlines()[-1]


def routes(*arguments: str, **environ: str) -> tuple[list[list[str]], str]:
    """Return the table's rows below its head, and the line of counts."""
    lines = output("routes", *arguments, **environ).splitlines()
    assert lines[0].split() == ["method", "status", "needs", "path"]
    return [line.split() for line in lines[1:-1]], lines[-1]


@pytest.mark.parametrize("mode", ["strict", "implementation"])
def test_routes_lists_every_operation(mode: str) -> None:
    rows, counts = routes("--rc3-mode", mode)
    assert counts == "30 x 200, 2 x 204, 15 x 501"
    statuses = Counter(row[1] for row in rows)
    assert statuses == {"200": 30, "204": 2, "501": 15}
    assert Counter(row[2] for row in rows if row[1] == "501") == {"writes": 12, "events": 3}
    assert {row[0] for row in rows if row[1] != "501"} == {"GET"}
    assert {len(row) for row in rows if row[1] != "501"} == {3}
    assert rows[0] == ["GET", "200", "/tango/rest"]
    device = "/tango/rest/rc3/hosts/{host}/{port}/devices/{domain}/{family}/{member}"
    assert ["PUT", "501", "writes", f"{device}/commands/{{command}}"] in rows


def test_routes_has_the_control_device(tmp_path: Path) -> None:
    fixture = tmp_path / "mine.yml"
    fixture.write_text("devices: {sim/control/1: {class: SimControl}}", "utf-8")
    rows, counts = routes("--fixture", str(fixture))
    assert counts == "31 x 200, 2 x 204, 14 x 501"
    [row] = [row for row in rows if row[0] == "PUT" and row[1] == "200"]
    assert row[2:4] == ["only", "sim/control/1"]
    assert row[4].endswith("/commands/{command}")


@pytest.mark.parametrize(("base", "entry"), [("/", "/"), ("", "/"), ("/x/y", "/x/y")])
def test_routes_begin_with_app_base(base: str, entry: str) -> None:
    rows, _ = routes("--app-base", base)
    assert rows[0] == ["GET", "200", entry]
    assert ["GET", "200", f"{entry.rstrip('/')}/rc3/hosts"] in rows


def test_routes_of_the_tango_backend_ask_no_facility() -> None:
    rows, counts = routes("--backend", "tango", TANGO_HOST="127.0.0.1:1")
    pipes = [row for row in rows if "/pipes" in row[-1] and row[0] == "GET"]
    if all(row[1] == "200" for row in pipes):
        assert counts == "30 x 200, 2 x 204, 15 x 501"
    else:
        assert [row[:3] for row in pipes] == 2 * [["GET", "501", "pipes"]]
        assert counts == "28 x 200, 2 x 204, 17 x 501"


def test_routes_refuse_wrong_settings() -> None:
    assert refusal("routes", MTANGO_PORT="x") == (
        "MTANGO_PORT: expected a whole number from 0 to 65535, got 'x'"
    )


def test_check_prints_a_valid_fixture() -> None:
    lines = output("check", "tango_test").splitlines()
    head = ["device", "class", "state", "attributes", "commands", "pipes", "properties"]
    assert lines[0].split() == head
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:-1]}
    assert rows["sys/tg_test/1"][:2] == ["TangoTest", "RUNNING"]
    assert rows["sys/access_control/1"][:3] == ["TangoAccessControl", "not", "running"]
    assert lines[-1] == "The fixture tango_test is valid."


def test_check_reports_every_mistake(tmp_path: Path) -> None:
    """Every mistake with file and line."""
    file = tmp_path / "my.yml"
    file.write_text("devices:\n  sys/tg_test/1: {class: Nope}\nnope: 1\n", "utf-8")
    lines = refusal("check", str(file)).splitlines()
    assert re.fullmatch(rf"The fixture {re.escape(str(file))} has [2-9] mistakes:", lines[0])
    assert len(lines) > 2
    assert all(re.match(rf"{re.escape(str(file))}:\d+:\d+: ", line) for line in lines[1:])


@pytest.mark.parametrize("fixture", ["nope", "/no/such/file.yml", ".", "", "\n"])
def test_check_refuses_an_unreadable_fixture(fixture: str) -> None:
    assert refusal("check", fixture).startswith(f"The fixture {fixture}")


def test_record_needs_a_facility() -> None:
    sentence = refusal("record", "sys/tg_test/1", TANGO_HOST="127.0.0.1:1")
    assert "127.0.0.1:1" in sentence
    assert "\n" not in sentence


def test_debug_shows_where_an_error_comes_from() -> None:
    code, printed, errors = run("serve", "--debug", "--fixture", "nope", "--port", "0")
    assert (code, printed) == (2, "")
    assert "Traceback" in errors
    # Behind spaces, as each line of a traceback; the log's thread may write it after the sentence.
    assert [line.partition(":")[0] for line in errors.splitlines() if "nope:" in line] in (
        ["  nope", "nope"],
        ["nope", "  nope"],
    )
