"""`mtango-ref import` as its users run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from description_files import SHIPPED, pogo
from program import SCRIPT, environment, refusal, run

EXPECTED = Path(__file__).with_name("weather.yml")
"""The fixture made of Weather.xmi and Weather_SimDD.json: read by a person, and then kept."""


def run_in(folder: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    if not stdin:
        return run("import", *arguments, folder=str(folder))
    ended = subprocess.run(
        [*SCRIPT, "import", *arguments],
        cwd=folder,
        env=environment({}),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


ADD = "class Weather, command Add"
HEAT = "class Weather, attribute temperature"
OPERATOR = "disp_level 'OPERATOR', not 'EXPERT' as in Weather.xmi"
CAN = "a command of a fixture can echo, take time, and set attributes to fixed values"
CONFLICTS = [
    f"{HEAT}: description 'Current actual temperature outside near the telescope.', "
    "not 'Current temperature outside near the telescope.' as in Weather.xmi",
    f"{HEAT}: min_warning '-8', not '-5' as in Weather.xmi",
    f"{HEAT}: max_warning '49', not '45' as in Weather.xmi",
    f"class Weather, attribute insolation: {OPERATOR}",
    f"class Weather, attribute pressure: {OPERATOR}",
    "class Weather, attribute pressure: description "
    "'Barometric pressure in central telescope area.', "
    "not 'Barometric pressure in central telescope area (unicode: .. as in Weather.xmi",
    f"class Weather, attribute rainfall: {OPERATOR}",
    "class Weather, attribute rainfall: abs_change '0.5', not '0.2' as in Weather.xmi",
    "class Weather, attribute rainfall: archive_abs_change '0.5', not '0.2' as in Weather.xmi",
    f"class Weather, attribute relative-humidity: {OPERATOR}",
    "class Weather, attribute relative-humidity: rel_change '5', not '10' as in Weather.xmi",
    f"class Weather, attribute wind-speed: {OPERATOR}",
    "class Weather, attribute wind-speed: max_warning '20', not '15' as in Weather.xmi",
    f"class Weather, attribute wind-direction: {OPERATOR}",
    f"class Weather, attribute input-comms-ok: {OPERATOR}",
    f"{ADD}: in_type_desc 'Takes an array of at least two numerals', "
    "not 'Takes an array of at least two numerals.' as in Weather.xmi",
    f"{ADD}: out_type_desc 'Returns the sum of the values', "
    "not 'Returns the sum of the values.' as in Weather.xmi",
]
REMARKS = [
    "Notes:",
    "  Weather.xmi: class Weather: no file has a device of it; added one: test/Weather/1",
    "Conflicting values (the later file wins):",
    *(f"  Weather_SimDD.json: {each}" for each in CONFLICTS),
    "Not carried over:",
    "  Weather.xmi:8: class Weather, device property sim_xmi_description_file: "
    "has no default, so it has no value",
    "  Weather.xmi:3: class Weather: State, Status, On, Off, Add: descriptions of commands; "
    "Tango's CommandInfo has none",
    "  Weather_SimDD.json: class Weather, command SetTemperature: side_effect of temperature; "
    f"{CAN}",
    "  Weather_SimDD.json: class Weather, class_overrides Sim_Weather_Override: "
    "OverrideWeather of tango_simlib.examples.override_class; code is not run",
]


def test_import_prints_fixture_and_remarks() -> None:
    """The whole of the fixture on standard output, and all remarks on standard error."""
    code, printed, errors = run_in(SHIPPED, "Weather.xmi", "Weather_SimDD.json")
    assert (code, printed) == (0, EXPECTED.read_text("utf-8"))
    assert errors.splitlines() == REMARKS


def test_import_writes_a_file_that_is_served(tmp_path: Path) -> None:
    """The file is what standard output would be; nothing is reported if all is carried over."""
    output = tmp_path / "mine.yml"
    output.write_text("what stood there", "utf-8")
    xmi = tmp_path / "a.xmi"
    xmi.write_text(pogo("", "A"), "utf-8")
    to_file = run_in(tmp_path, "a.xmi", "-o", "mine.yml")
    to_stdout = run_in(tmp_path, "a.xmi")
    assert to_file == (0, "", to_stdout[2])
    assert output.read_text("utf-8") == to_stdout[1]
    assert run("check", str(output))[::2] == (0, "")
    dump = b'{"servers": {"A": {"1": {"A": {"a/b/c": {}}}}}}'
    assert run_in(tmp_path, "-", "a.xmi", stdin=dump) == (
        0,
        "classes:\n  A: {}\ndevices:\n  a/b/c: {class: A, server: A/1}\n",
        "",
    )


def test_dsconfig_needs_no_pytango(tmp_path: Path) -> None:
    """tango-simlib's parsers need it; for what they do not read nobody does."""
    (tmp_path / "a.xmi").write_text(pogo("", "A"), "utf-8")
    (tmp_path / "db.json").write_text('{"servers": {"A": {"1": {"A": {"a/b/c": {}}}}}}', "utf-8")
    code = (
        "import sys; sys.modules['tango'] = None\n"  # as where it is not installed
        "from mtango_ref.cli import mtango_ref; mtango_ref(prog_name='mtango-ref')"
    )

    def run_without(file: str) -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, "-c", code, "import", file],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr

    assert run_without("db.json")[:2] == (
        0,
        "classes:\n  A: {}\ndevices:\n  a/b/c: {class: A, server: A/1}\n",
    )
    assert run_without("a.xmi") == (
        2,
        "",
        "Error: PyTango cannot be imported: import of tango halted; None in sys.modules. "
        "Run 'pip install pytango', or use the fake backend, which does without it.\n",
    )


def test_wrong_standard_input_is_refused(tmp_path: Path) -> None:
    assert run_in(tmp_path, "-", stdin=b"{") == (
        2,
        "",
        "Error: standard input:1: Expecting property name enclosed in double quotes, column 2; "
        "expected JSON.\n",
    )


def test_nothing_is_written_if_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "wrong.xmi").write_text("<a>", "utf-8")
    output = tmp_path / "mine.yml"
    sentence = refusal(
        "import", str(SHIPPED / "Weather.xmi"), str(tmp_path / "wrong.xmi"), "-o", str(output)
    )
    assert sentence == f"{tmp_path}/wrong.xmi:1: no element found; expected complete XML."
    assert not output.exists()


def test_unwritable_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xmi").write_text(pogo("", "A"), "utf-8")
    code, printed, errors = run_in(tmp_path, "a.xmi", "-o", "none/mine.yml")
    assert (code, printed) == (2, "")
    sentence = "Error: none/mine.yml cannot be written: its folder is missing or read-only."
    assert errors == f"{sentence}\n"
