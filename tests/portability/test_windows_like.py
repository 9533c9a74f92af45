"""The fake, the plugin, the kit and the tools where all is missing that Windows lacks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from conftest import Rest
from mtango_ref.settings.model import Settings
from patient_backend import patient_backend
from portability.windows_like import ATTRIBUTES, MODULES
from program import Serving, environment, run, serving
from rest_answers import P

if TYPE_CHECKING:
    from facility import Facility

SCRIPT = str(Path(__file__).with_name("windows_like.py"))
START = [sys.executable, SCRIPT, "mtango_ref"]
FIXTURE = """
classes:
  Lamp: {attributes: {brightness: {data_type: DevLong, unit: "\u03a9 \u2192", value: 7}}}
devices:
  lab/lamp/1: {class: Lamp, server: Lamp/lab}
"""
CLIENT = """
from urllib.request import urlopen

def test_lamp(mtango_server):
    mtango_server.set_value("lab/lamp/1/brightness", 3)
    path = "/rc3/hosts/localhost/10000/devices/lab/lamp/1/attributes/brightness/value"
    assert b'"value":3,' in urlopen(mtango_server.url + path).read()
"""


def test_hidden_modules_cannot_be_imported() -> None:
    code = f"""
import sys; sys.path.insert(0, {str(Path(SCRIPT).parent)!r})
import windows_like
windows_like.hide()
import selectors
for name in windows_like.MODULES:
    try: __import__(name)
    except ModuleNotFoundError: continue
    raise SystemExit(name)
for module, names in windows_like.ATTRIBUTES.items():
    assert not [name for name in names if hasattr(module, name)]
assert selectors.DefaultSelector is selectors.SelectSelector
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert MODULES
    assert ATTRIBUTES


def test_the_fake_serves_and_stops() -> None:
    with serving(start=START) as started:
        base = f"http://127.0.0.1:{started.port}/tango/rest"
        device = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
        with urlopen(f"{base}{device}/state") as answer:
            assert json.load(answer)["state"] == "RUNNING"
        with urlopen(f"{base}/sys/stats") as answer:
            figures = json.load(answer)["resource"]
        times = [figures.pop(name) for name in ("user_time", "system_time")]
        assert times[0] > 0
        assert figures == {
            "max_resident_mem": 0,
            "shared_mem": 0,
            "unshared_mem": 0,
            "unshared_stack_mem": 0,
            "sent_msgs": 0,
            "recv_msgs": 0,
            "page_faults": {"major": 0, "minor": 0},
            "swap_out": 0,
            "block": {"input": 0, "output": 0},
            "signals": 0,
            "context_switch": {"voluntary": 0, "involuntary": 0},
        }
        started.signal(signal.SIGTERM)
        assert started.exit_code() == 0
        assert started.errors() == ""


def test_the_kit_asks_there() -> None:
    """The facet that has what differs there: what the process used."""
    with serving(start=START) as started:
        url = f"http://127.0.0.1:{started.port}/tango/rest"
        code, output, errors = run("conformance", url, "--only", "system", start=START)
        assert code == 0, output + errors


def test_the_plugin_serves_there(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmtango_fixture = lamps.yml\n", "utf-8")
    (tmp_path / "lamps.yml").write_text(FIXTURE, "utf-8")
    (tmp_path / "test_lamp.py").write_text(CLIENT, "utf-8")
    plugin = ("-p", "mtango_ref.testing.plugin", "-p", "no:cacheprovider")
    ended = subprocess.run(
        [sys.executable, SCRIPT, "pytest", *plugin],
        cwd=tmp_path,
        env=environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "cp1250"])
def test_check_writes_to_consoles_of_other_encodings(encoding: str, tmp_path: Path) -> None:
    fixture = tmp_path / "Dr\u00e4ht\u2192e.yml"
    fixture.write_text(FIXTURE, "utf-8")
    command = [sys.executable, SCRIPT, "mtango_ref", "check", str(fixture)]
    ended = subprocess.run(
        command,
        env=environment({"PYTHONIOENCODING": encoding}),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\\u2192e.yml is valid." in ended.stdout


def test_import_writes_utf8_wherever_it_writes(tmp_path: Path) -> None:
    source = tmp_path / "db.json"
    source.write_text(
        json.dumps({"servers": {"A": {"1": {"A": {"a/b/c": {"properties": {"p": ["\u2192"]}}}}}}}),
        "utf-8",
    )
    command = [sys.executable, SCRIPT, "mtango_ref", "import", str(source)]
    environ = environment({"PYTHONIOENCODING": "cp1252"})
    printed = subprocess.run(command, env=environ, capture_output=True, timeout=30, check=True)
    output = tmp_path / "out.yml"
    subprocess.run([*command, "-o", str(output)], env=environ, timeout=30, check=True)
    assert printed.stdout == output.read_bytes()
    assert "\u2192".encode() in printed.stdout


def test_record_without_an_address_is_one_sentence() -> None:
    code, output, errors = run("record", "sys/*", start=START, TANGO_HOST="nowhere")
    assert (code, output) == (2, "")
    assert errors == (
        "Error: TANGO_HOST=nowhere: 'nowhere' is not an address: expected host:port of the Tango"
        " database, such as tango.example.org:10000, or several separated by commas.\n"
    )


@pytest.mark.tango
def test_record_writes_the_same_there(facility: Facility, tmp_path: Path) -> None:
    """A device that does not run has no value that moves between two recordings."""
    files = [tmp_path / "there.yml", tmp_path / "here.yml"]
    for start, path in zip((START, None), files, strict=True):
        arguments = ("record", "sys/access_control/1", "-o", str(path))
        ended = run(*arguments, start=start, TANGO_HOST=facility.tango_host)
        assert ended == (0, "", "")
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.tango
def test_a_recording_made_there_serves_there(facility: Facility, tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    arguments = ("record", "sys/tg_test/1", "-o", str(path))
    code, output, _ = run(*arguments, start=START, TANGO_HOST=facility.tango_host)
    assert (code, output) == (0, "")
    with serving("--fixture", str(path), start=START) as started:
        device = f"{_rc3(started, 'localhost:10000')}/devices/sys/tg_test/1"
        with urlopen(f"{device}/attributes/double_scalar/info") as answer:
            recorded = json.load(answer)
    rest = Rest(Settings(), patient_backend())
    assert rest.body(f"{P}/devices/sys/tg_test/1/attributes/double_scalar/info") == recorded


@pytest.mark.tango
def test_the_gateway_serves_and_stops(facility: Facility) -> None:
    with serving("--backend", "tango", start=START, TANGO_HOST=facility.tango_host) as started:
        device = f"{_rc3(started, facility.tango_host)}/devices/sys/tg_test/1"
        with urlopen(f"{device}/attributes/string_scalar/value") as answer:
            value = json.load(answer)
        assert (value["value"], value["quality"]) == ("Default string", "ATTR_VALID")
        with urlopen(f"{device}/attributes/nope/value") as answer:
            reasons = [error["reason"] for error in json.load(answer)["errors"]]
        assert reasons == ["API_AttrNotFound", "API_AttributeFailed"]
        started.signal(signal.SIGTERM)
        assert started.exit_code() == 0
        assert started.errors() == ""


def _rc3(started: Serving, host: str) -> str:
    name, _, port = host.partition(":")
    return f"http://127.0.0.1:{started.port}/tango/rest/rc3/hosts/{name}/{port}"
