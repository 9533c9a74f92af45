"""A gateway of several processes, at a real facility."""

from __future__ import annotations

import json
import re
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from facility import Facility
from master_process import WAIT, eventually
from program import SCRIPT, Serving, serving
from raw import connection, exchange, get

pytestmark = pytest.mark.tango

BASE = "/tango/rest"
VALUE = f"{BASE}/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/string_scalar/value"


def ask(gateway: Serving, path: str) -> Any:
    """Ask with a connection of its own, which any worker may take."""
    return json.loads(exchange(gateway.port, get(path, "Connection: close")).content)


def children(gateway: Serving) -> list[int]:
    pid = gateway.process.pid
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split())]


def test_workers_have_figures_and_caches_together(facility: Facility) -> None:
    with serving("--backend", "tango", MTANGO_WORKERS="2") as gateway:
        assert eventually(lambda: ask(gateway, f"{BASE}/sys/cache/attributes")["maxsize"] == 20_000)
        before = ask(gateway, f"{BASE}/sys/stats")["requests"]
        # One after the other, all could be taken by one worker; open together, they are spread.
        with ExitStack() as stack:
            for _ in range(40):
                asking = stack.enter_context(connection(gateway.port))
                asking.send(get(VALUE))
                assert asking.reply().json["value"] == "Default string"
        assert ask(gateway, f"{BASE}/sys/stats")["requests"] == before + 41
        cache = ask(gateway, f"{BASE}/sys/cache/attributes")
        assert cache["hits"] + cache["misses"] == 40
        assert cache["currsize"] == cache["misses"] > 1
        cleaned = exchange(gateway.port, get(f"{BASE}/sys/clean/attributes", "Connection: close"))
        assert cleaned.status == 204
        figures = [ask(gateway, f"{BASE}/sys/cache/attributes") for _ in range(8)]
        assert figures == [{"hits": 0, "misses": 0, "currsize": 0, "maxsize": 20_000}] * 8


def test_parent_knows_no_tango(facility: Facility) -> None:
    """The parent may fork, as it has no threads; a child of a process with CORBA's could not
    live."""
    with serving("--backend", "tango", MTANGO_WORKERS="2", start=SCRIPT) as gateway:
        assert ask(gateway, VALUE)["value"] == "Default string"
        pid = gateway.process.pid
        assert "omniORB" in Path(f"/proc/{children(gateway)[0]}/maps").read_text("utf-8")
        assert "omniORB" not in Path(f"/proc/{pid}/maps").read_text("utf-8")
        assert [each.name for each in Path(f"/proc/{pid}/task").iterdir()] == [str(pid)]
        gateway.signal(signal.SIGTERM)
        assert gateway.exit_code() == 0
        assert gateway.errors() == ""


def test_reload_takes_the_new_settings(facility: Facility, tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text("backend: tango\nrc3_mode: strict\nworkers: 2\n", "utf-8")
    environ = {"MTANGO_WORKERS": "2"}
    with serving("--config", str(file), **environ) as gateway:
        assert len(str(ask(gateway, VALUE)["timestamp"])) == 10
        before = children(gateway)
        file.write_text("backend: tango\nrc3_mode: implementation\nport: four\n", "utf-8")
        gateway.signal(signal.SIGHUP)
        assert eventually(lambda: "line 3, port: expected a whole number" in gateway.errors())
        assert children(gateway) == before
        file.write_text("backend: tango\nrc3_mode: implementation\n", "utf-8")
        gateway.signal(signal.SIGHUP)
        assert eventually(lambda: not {*before} & {*children(gateway)})
        # rc3: seconds; the original: milliseconds.
        assert len(str(ask(gateway, VALUE)["timestamp"])) == 13


FIXED = "expected {} as before, got {}; restart the server to change it"
FAKE = "MTANGO_WORKERS: expected 1: the fake keeps its state in one process"
WRONG = {
    "backend: tango\nport: 8123\n": f"--port: {FIXED.format(0, 8123)}",
    "backend: tango\nport: 0\npid_file: /run/x\nsocket_mode: '600'\n": (
        "The settings have 2 mistakes:\n"
        f"--socket-mode: {FIXED.format('660', '600')}\n"
        f"--pid-file: {FIXED.format('nothing', '/run/x')}"
    ),
    "backend: tango\nthreads: four\nthread: 4\n": (
        "The settings have 2 mistakes:\n"
        "{file}, line 3: there is no setting 'thread' (did you mean 'threads'?)\n"
        "{file}, line 2, threads: expected a whole number from 1 to 256, got 'four'"
    ),
    "backend: fake\n": FAKE,
    "": FAKE,
    "- a\n": "{file}: expected lines such as 'port: 8000'",
    "a: [\n": "{file}, line 2: not YAML: expected the node content, but found '<stream end>'",
    "gone": "{file}: cannot be read: No such file or directory",
}
"""The message at SIGHUP, by the text of the file."""


def test_reload_of_a_wrong_file_changes_nothing(facility: Facility, tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text("backend: tango\nport: 0\n", "utf-8")
    with serving("--config", str(file), at=(), MTANGO_WORKERS="2") as gateway:
        assert eventually(lambda: len(children(gateway)) == 2)
        before = children(gateway)
        expected: list[str] = []
        for text, sentence in WRONG.items():
            file.unlink()
            if text != "gone":
                file.write_text(text, "utf-8")
            gateway.signal(signal.SIGHUP)
            expected.append(f"The settings stay as they were:\n{sentence.format(file=file)}\n")
            assert eventually(lambda: said(gateway) == "".join(expected)), said(gateway)
        assert children(gateway) == before
        assert ask(gateway, VALUE)["value"] == "Default string"


def said(gateway: Serving) -> str:
    """Return its errors without the time and the name of the module."""
    head = r"^\S+ \S+ ERROR mtango_ref\.processes\.master: "
    return re.sub(head, "", gateway.errors(), flags=re.MULTILINE)


def test_two_gateways_cannot_have_one_port(facility: Facility) -> None:
    with serving("--backend", "tango") as gateway:
        other = Serving("--backend", "tango", "--port", str(gateway.port), environ={})
        assert other.process.wait(WAIT) == 2
        assert other.errors() == (
            f"Error: Port {gateway.port} of 127.0.0.1 is taken; choose another one with --port,"
            " or any free one with --port 0.\n"
        )
        assert ask(gateway, VALUE)["value"] == "Default string"
        other.end()


def test_workers_answer_at_a_unix_socket(facility: Facility, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    file = tmp_path / "pid"
    at = ("--backend", "tango", "--socket", str(path), "--pid-file", str(file))
    with serving(at=at, MTANGO_WORKERS="2") as gateway:
        assert f" at the unix socket {path} - try it with curl" in gateway.line
        assert file.read_text("utf-8") == f"{gateway.process.pid}\n"
        with ExitStack() as stack:  # a worker leaves the next connection to the other one
            opened = [stack.enter_context(connection(path)) for _ in range(8)]
            for each in opened:
                each.send(get(VALUE))
            assert [each.reply().json["value"] for each in opened] == ["Default string"] * 8
        other = Serving(environ={}, at=at)
        assert other.process.wait(WAIT) == 2
        assert other.errors() == (
            f"Error: Another server listens at the socket {path};"
            " choose another path with --socket.\n"
        )
        other.end()
        gateway.signal()
        assert gateway.exit_code() == 0
        assert gateway.errors() == ""
    assert not path.exists()
    assert not file.exists()
