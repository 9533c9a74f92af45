"""The same values each time: two processes, started at different times, compared byte for byte."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from program import Serving, refusal, serving
from raw import Reply, connection, get

FIXTURE = """\
classes:
  A:
    attributes:
      sine:
        data_type: DevDouble
        polling_period: 500
        simulation: {quantity_simulation_type: Sine, period: 7, std_dev: 1}
      slewing:
        data_type: DevDouble
        max_warning: 6
        simulation:
          {quantity_simulation_type: GaussianSlewLimited, mean: 5, std_dev: 2, max_slew_rate: 1}
      walk:
        data_type: DevDouble
        simulation: {quantity_simulation_type: RandomWalk, start: 1, std_dev: 1}
      counter:
        data_type: DevLong
        polling_period: 1000
        simulation: {quantity_simulation_type: Counter}
      noise:
        data_type: DevDouble
        data_format: SPECTRUM
        max_dim_x: 8
        simulation: {quantity_simulation_type: Uniform, min: 0, max: 1, dim_x: 8}
      text:
        data_type: DevString
        simulation: {quantity_simulation_type: RandomText, template: 'n {n}', min: 0, max: 99}
    commands: {c: {out_type: DevLong, value: 1, polling_period: 700}}
    pipes: {p: {data: [{name: n, type: DevLong, value: 1}]}}
devices:
  a/b/c: {class: A, state: [{state: ON, lasts: 3}, {state: FAULT, lasts: 2}]}
  a/b/d:
    class: A
    faults:
    - {fault: failure, of: sine, from: 4, until: 6, every: 9}
    - {fault: away, from: 20, until: 22}
  sim/control/1: {class: SimControl}
"""
ENTRY = "/tango/rest"
DEVICES = f"{ENTRY}/rc3/hosts/localhost/10000/devices"
ATTRIBUTES = ("sine", "slewing", "walk", "counter", "noise", "text", "State", "nope")
BELOW = [
    *("", "/state", "/properties", "/pipes/p", "/commands/c/history", "/attributes/sine/history"),
    "/attributes/value?" + "&".join(f"attr={name}" for name in ATTRIBUTES),
    *(f"/attributes/{name}/value" for name in ATTRIBUTES),
]
REST = [
    *("/rc3/hosts/localhost/10000", "/sys/config", "/sys/cache/devices", "/sys/stats"),
    "/rc3/hosts/localhost/10000/devices/sim/control/1/attributes/Time/value",
]
ROUND = [
    *(f"{DEVICES}/a/b/{member}{below}" for member in "cd" for below in BELOW),
    *(f"{ENTRY}{path}" for path in REST),
]
ADVANCE = f"{DEVICES}/sim/control/1/commands/Advance?v="
ROUNDS = 6
START = 1767225600
"""2026-01-01T00:00:00Z"""


def _told(path: str, reply: Reply) -> tuple[str, int, dict[str, str], bytes]:
    """Return all of an answer that is the facility's.

    Two things are not: the header Date, which RFC 9110 has of the machine's clock, and what
    /sys/stats has in `resource`, which is what the process used.
    """
    headers = {name: text for name, text in reply.headers.items() if name != "date"}
    content = reply.content
    if path.endswith("/sys/stats"):
        figures = reply.json
        assert figures.pop("resource")["max_resident_mem"] > 0
        del headers["content-length"]
        content = json.dumps(figures).encode()
    return path, reply.status, headers, content


def _answers(server: Serving, pause: float) -> list[tuple[str, int, dict[str, str], bytes]]:
    """Return the answers to 200 and some requests, with pauses (s) in between."""
    told = []
    with connection(server.port) as opened:
        for number in range(ROUNDS):
            for path in ROUND:
                opened.send(get(path))
                told.append(_told(path, opened.reply()))
            path = f"{ADVANCE}{2.3 * (number + 1)}"
            opened.send(get(path, "Content-Length: 0", method="PUT"))
            told.append(_told(path, opened.reply("PUT")))
            time.sleep(pause)
    return told


@pytest.fixture
def fixture(tmp_path: Path) -> Path:
    file = tmp_path / "moving.yml"
    file.write_text(FIXTURE, "utf-8")
    return file


def test_two_processes_answer_alike(fixture: Path) -> None:
    options = ["--fixture", str(fixture), "--seed", "5", "--clock", "stopped"]
    options += ["--start-time", "2026-01-01T00:00:00Z"]
    with serving(*options) as server:
        first = _answers(server, 0)
    time.sleep(1.1)
    with serving(*options) as server:
        second = _answers(server, 0.2)
    assert len(first) > 200
    for one, other in zip(first, second, strict=True):
        assert one == other
    # And not because nothing moves.
    sines = [each[3] for each in first if each[0].endswith("a/b/c/attributes/sine/value")]
    states = {each[3] for each in first if each[0].endswith("a/b/c/state")}
    assert (len({*sines}), len(states)) == (ROUNDS, 3)
    assert json.loads(sines[0])["timestamp"] == START
    stats = json.loads(next(each[3] for each in first if each[0].endswith("/sys/stats")))
    assert (stats["running_since"], stats["time"]) == (START, START)
    with serving("--fixture", str(fixture), "--seed", "6", *options[4:]) as server:
        other_seed = _answers(server, 0)
    assert sines[0] not in [each[3] for each in other_seed]


def test_running_clock_begins_at_start_time(fixture: Path) -> None:
    options = ["--fixture", str(fixture), "--start-time", "2026-01-01T01:00:00.5+01:00"]
    with serving(*options) as server, connection(server.port) as opened:
        times = []
        for _ in range(2):
            opened.send(get(f"{ENTRY}/sys/stats"))
            times.append(opened.reply().json["time"])
            time.sleep(0.05)
    assert START + 0.5 <= times[0] < times[1] < START + 60


def test_waits_go_by_the_clock_of_the_client(fixture: Path) -> None:
    """A stopped clock holds up nobody: a hang ends in a timeout, and what takes time takes it."""
    more = (
        "  a/b/e: {class: A, faults: [{fault: hang, until: 0.001}]}\n"
        "  a/b/f: {class: A, faults: [{fault: latency, seconds: 0.2, of: sine}]}\n"
    )
    fixture.write_text(FIXTURE + more, "utf-8")
    options = ["--fixture", str(fixture), "--clock", "stopped", "--tango-timeout", "1.0"]
    options += ["--start-time", "2026-01-01T00:00:00Z"]
    with serving(*options) as server, connection(server.port) as opened:
        begun = time.monotonic()
        opened.send(get(f"{DEVICES}/a/b/e/state"))
        assert opened.reply().json["errors"][0]["reason"] == "API_DeviceTimedOut"
        assert time.monotonic() - begun > 0.9
        opened.send(get(f"{ADVANCE}0.01", "Content-Length: 0", method="PUT"))
        assert opened.reply("PUT").status == 200
        opened.send(get(f"{DEVICES}/a/b/e/state"))
        assert opened.reply().json["state"] == "ON"
        begun = time.monotonic()
        opened.send(get(f"{DEVICES}/a/b/f/attributes/sine/value"))
        assert opened.reply().json["quality"] == "ATTR_VALID"
        assert time.monotonic() - begun >= 0.2


def test_the_tango_backend_has_a_clock_of_its_own() -> None:
    for option, value, why in (
        ("--clock", "stopped", "the real facility has its own clock"),
        ("--start-time", "2026-01-01T00:00:00Z", "the real facility has its own time"),
    ):
        told = refusal("serve", "--backend", "tango", option, value)
        assert told == f"{option}: expected the backend fake: {why}"
