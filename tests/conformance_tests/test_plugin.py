"""The pytest plugin, in projects of other people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plugin_project import Project

from mtango_ref import manual

CLIENT = """
import json
from urllib.request import urlopen

import pytest

def attribute(server):
    path = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/double_scalar/value"
    return json.load(urlopen(server.url + path))

def test_usual(mtango_server):
    assert attribute(mtango_server)["timestamp"] < 1e11

def test_shared(mtango_server, mtango_servers):
    assert mtango_server is mtango_servers()

@pytest.mark.mtango_server(mode="implementation")
def test_marked(mtango_server, mtango_servers):
    assert attribute(mtango_server)["timestamp"] > 1e11
    assert mtango_server is not mtango_servers()
"""

FIXTURE = """
classes:
  Lamp: {attributes: {brightness: {data_type: DevLong, value: 7}}}
devices:
  lab/lamp/1: {class: Lamp, server: Lamp/lab}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_fixture_serves_the_tests_of_a_client(project: Project) -> None:
    project.write(test_client__py=CLIENT)
    code, output = project.pytest()
    assert code == 0, output
    assert "3 passed" in output


def test_ini_file_says_how_it_starts(project: Project) -> None:
    test = """
from urllib.request import urlopen

def test_lamp(mtango_server):
    path = "/rc3/hosts/localhost/10000/devices/lab/lamp/1/attributes/brightness/value"
    assert b'"value":7,' in urlopen(mtango_server.url + path).read()
"""
    ini = "[pytest]\nmtango_fixture = lamps.yml\nmtango_mode = implementation\n"
    project.write(test_lamp__py=test, pytest__ini=ini, lamps__yml=FIXTURE)
    code, output = project.pytest()
    assert code == 0, output


def test_example_of_the_manual_passes(project: Project) -> None:
    """Its tests pass, in any order, and would not if what a test did were not undone."""
    [example] = re.findall(r"```python\n(.*?)```", manual.markdown("pytest"), re.DOTALL)
    reverse = "".join(reversed(re.split(r"(?=\n\n\ndef test_)", example)[1:]))
    head = example[: example.index("\n\n\ndef test_")]
    project.write(test_client__py=example, test_reverse__py=head + reverse)
    code, output = project.pytest()
    assert code == 0, output
    assert "6 passed" in output


CONTROLLING = """
import json
from urllib.request import urlopen

import pytest

DEVICE = "/rc3/hosts/localhost/10000/devices/lab/lamp/1"

def get(server, path):
    return json.load(urlopen(server.url + DEVICE + path))

def untouched(server):
    assert get(server, "/attributes/brightness/value")["value"] == 7
    assert get(server, "/state")["state"] == "ON"
    failed = get(server, "/attributes/nope/value")
    assert failed["timestamp"] == 1767225600  # 2026-01-01T00:00:00Z
    assert failed["errors"][0]["reason"] == "API_AttrNotFound"

@pytest.mark.parametrize("number", range(3))
def test_everything(mtango_server, number):
    untouched(mtango_server)
    mtango_server.set_value("lab/lamp/1/brightness", 1)
    mtango_server.set_state("lab/lamp/1", "FAULT")
    mtango_server.advance(1000)
    value = get(mtango_server, "/attributes/brightness/value")
    assert (value["value"], get(mtango_server, "/state")["state"]) == (1, "FAULT")
    failed = get(mtango_server, "/attributes/nope/value")
    for each in (value, failed):
        assert each["timestamp"] == 1767225600 + 1000
    mtango_server.fail("lab/lamp/1/brightness", "invalid", from_=5, until=10)
    assert get(mtango_server, "/attributes/brightness/value")["quality"] == "ATTR_VALID"
    mtango_server.advance(5)
    assert get(mtango_server, "/attributes/brightness/value")["quality"] == "ATTR_INVALID"
    mtango_server.heal()
    assert get(mtango_server, "/attributes/brightness/value")["quality"] == "ATTR_VALID"
    mtango_server.fail("lab/lamp/1", "hang")
    failed = get(mtango_server, "/state")
    text = "Timeout (200 mS) exceeded on device lab/lamp/1"
    assert failed["errors"][0]["description"] == text

def test_refused(mtango_server):
    with pytest.raises(ValueError, match="'x' is not valid; expected an integer in -2147483648"):
        mtango_server.set_value("lab/lamp/1/brightness", "x")
    with pytest.raises(ValueError, match="reson: unknown key; did you mean reason?"):
        mtango_server.fail("lab/lamp/1/brightness", reson="x")
    untouched(mtango_server)

def test_devices_that_change(mtango_server):
    untouched(mtango_server)
    mtango_server.set_value("lab/lamp/1/brightness", 1)
    mtango_server.restart("lab/lamp/1")
    untouched(mtango_server)
    mtango_server.define("lab/lamp/1/brightness", {"data_type": "DevString", "value": "dim"})
    assert get(mtango_server, "/attributes/brightness/value")["value"] == "dim"
    mtango_server.delete("lab/lamp/1/brightness")
    failed = get(mtango_server, "/attributes/brightness/value")
    assert failed["errors"][0]["reason"] == "API_AttrNotFound"
    mtango_server.rename("lab/lamp/1", "lab/lamp/2")
    failed = get(mtango_server, "/state")
    assert failed["errors"][0]["reason"] == "DB_DeviceNotDefined"
    with pytest.raises(ValueError, match="there is no device lab/lamp/1; did you mean lab/lamp/2"):
        mtango_server.restart("lab/lamp/1")

def test_no_control_device(mtango_server):
    body = json.load(urlopen(mtango_server.url + "/rc3/hosts/localhost/10000/devices"))
    assert [each["name"] for each in body if "sim" in each["name"].lower()] == []
"""


def test_what_a_test_does_is_undone(project: Project) -> None:
    ini = "[pytest]\nmtango_fixture = lamps.yml\nmtango_timeout = 0.2\n"
    project.write(test_control__py=CONTROLLING, pytest__ini=ini, lamps__yml=FIXTURE)
    code, output = project.pytest()
    assert code == 0, output
    assert "6 passed" in output


CLOCKS = """
import json
import time
from urllib.request import urlopen

import pytest

VALUE = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/double_scalar/value"

def get(server):
    return json.load(urlopen(server.url + VALUE))

def test_it_moves_by_advance_alone(mtango_server):
    first, second = get(mtango_server), get(mtango_server)
    mtango_server.advance(60)
    later = get(mtango_server)
    assert first == second
    assert (first["timestamp"], later["timestamp"]) == (1767225600, 1767225660)
    print("VALUES", first["value"], later["value"])

@pytest.mark.mtango_server(start_time="2025-06-01T00:00:00+02:00")
def test_another_beginning(mtango_server):
    assert get(mtango_server)["timestamp"] == 1748728800

@pytest.mark.mtango_server(start_time="now", clock="running")
def test_the_real_clock(mtango_server):
    assert abs(get(mtango_server)["timestamp"] - time.time()) < 100
"""


def test_the_clock_is_stopped_and_values_are_the_same_each_time(project: Project) -> None:
    """The three tests of a client see the same in two runs."""
    project.write(test_clock__py=CLOCKS)
    outputs = []
    for _ in range(2):
        code, output = project.pytest("-s")
        assert code == 0, output
        assert "3 passed" in output
        outputs += re.findall("VALUES .+", output)
    one, other = outputs
    assert one == other
    assert len({*one.split()}) == 3


def test_the_ini_file_has_a_clock(project: Project) -> None:
    test = (
        CLOCKS.partition("def test_it_moves")[0]
        + """
def test_time(mtango_server):
    assert get(mtango_server)["timestamp"] in range(86400, 86400 + 100)
"""
    )
    ini = "[pytest]\nmtango_start_time = 1970-01-02T00:00:00Z\nmtango_clock = running\n"
    project.write(test_clock__py=test, pytest__ini=ini)
    code, output = project.pytest()
    assert code == 0, output


def test_a_mistake_is_shown_where_the_test_made_it(project: Project) -> None:
    """The place in this package where it was noticed is not shown."""
    line = '    mtango_server.set_state("lab/lamp/1", "FAULTY")'
    project.write(test_wrong__py=f"def test_it(mtango_server):\n{line}\n", lamps__yml=FIXTURE)
    code, output = project.pytest("-o", "mtango_fixture=lamps.yml")
    assert code == 1, output
    assert f">   {line}\nE       ValueError: lab/lamp/1: 'FAULTY' " in output
    assert "control.py" not in output
    assert "serving.py:" not in output


TAKES = "it takes fixture, mode, extensions, timeout, start_time, clock."


MARKERS = [
    (
        "mode='strct'",
        "cannot start. --rc3-mode: expected strict or implementation",
    ),
    ("mode=3", "cannot start. --rc3-mode: expected strict or implementation, got '3'"),
    ("start_time='today'", "cannot start. --start-time: expected now, or an in"),
    ("clock='stoped'", "cannot start. --clock: expected running or stopped, got"),
    ("fixture='nope'", "cannot start. "),
    ("fixture='synchroton'", "cannot start. "),
    ("extensions='events'", "cannot start. --extensions: the extension 'events'"),
    ("extensions=['writes', 'x']", "cannot start. --extensions: "),
    ("timeout='x'", "cannot start. --tango-timeout: expected a number from 0.1 to 60, got 'x'"),
    ("timeout=-1", "cannot start. --tango-timeout: expected a number from 0.1 to 60, got '-1'"),
    ("wrong=1", f": there is no argument 'wrong'; {TAKES}"),
    ("fixtur='x'", f": there is no argument 'fixtur' (did you mean 'fixture'?); {TAKES}"),
    ("'tango_test'", f": 'tango_test' has no name; {TAKES}"),
]
"""The arguments of a marker, and what is wrong with them."""


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """Run a project with a test for each wrong marker: the exit code, and what is printed."""
    project = Project(tmp_path_factory.mktemp("wrong"))
    tests = (
        f"@pytest.mark.mtango_server({marker})\ndef test_{number}(mtango_server): pass\n"
        for number, (marker, _) in enumerate(MARKERS)
    )
    project.write(test_a__py="import pytest\n" + "".join(tests))
    return project.pytest()


@pytest.mark.parametrize(("number", "sentence"), [*enumerate(each for _, each in MARKERS)])
def test_wrong_marker_fails_its_test_with_the_place(
    number: int, sentence: str, wrong: tuple[int, str]
) -> None:
    code, output = wrong
    assert code == 1
    place = f"test_a.py:{2 + 2 * number}: mtango_server"
    assert f"{place} {sentence}".replace(" : ", ": ") in output
    assert f"{len(MARKERS)} errors in" in output
    assert "Traceback" not in output
    assert "plugin.py" not in output


def test_nothing_of_weight_is_imported_unused(project: Project) -> None:
    heavy = ("falcon", "waitress", "pydantic", "yaml", "orjson", "jsonschema_rs", "requests")
    test = f"import sys\ndef test_light(): assert not {{*{heavy}}} & {{*sys.modules}}\n"
    project.write(test_light__py=test)
    code, output = project.pytest(fork=False)  # A fork has imported them.
    assert code == 0, output
