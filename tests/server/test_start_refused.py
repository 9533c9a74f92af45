"""Reasons for `mtango-ref serve` not to start: one sentence each, and exit code 2."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtango_ref.settings.sources import CAN_FORK
from mtango_ref.tango_host import EXPECTED
from program import TIMEOUT, Serving, refusal, run, serving
from raw import exchange, get

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def test_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refusal("serve", "--port", str(port)) == (
            f"Port {port} of 127.0.0.1 is taken; choose another one with --port, or any free one"
            " with --port 0."
        )


GATEWAY = ("serve", "--backend", "tango", "--port", "0")


def test_taken_port_is_refused_to_a_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refusal(*GATEWAY, "--port", str(port)) == (
            f"Port {port} of 127.0.0.1 is taken; choose another one with --port, or any free one"
            " with --port 0."
        )


@pytest.mark.parametrize("workers", ["0", "-1", "65", "1e9", "1000000000", "four", "2.5", ""])
def test_wrong_number_of_workers_is_refused(tmp_path: Path, workers: str) -> None:
    wrong = f"expected a whole number from 1 to 64, got {workers!r}"
    assert refusal(*GATEWAY, "--workers", workers) == f"--workers: {wrong}"
    assert refusal(*GATEWAY, MTANGO_WORKERS=workers) == f"MTANGO_WORKERS: {wrong}"
    file = tmp_path / "settings.yml"
    file.write_text(f"workers: {workers!r}\n", "utf-8")
    assert refusal(*GATEWAY, "--config", str(file)) == f"{file}, line 1, workers: {wrong}"


@pytest.mark.parametrize(
    ("name", "why"),
    [("no/file", "No such file or directory"), ("file/x", "Not a directory")],
)
def test_path_that_cannot_be_written_is_refused_to_a_gateway(
    tmp_path: Path, name: str, why: str
) -> None:
    (tmp_path / "file").touch()
    path = str(tmp_path / name)
    assert refusal(*GATEWAY, "--pid-file", path) == f"The pid file {path} cannot be written: {why}."
    assert refusal(*GATEWAY, "--socket", path) == (
        f"The socket {path} cannot be made: {why}; choose another path with --socket."
    )


@pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")
@pytest.mark.parametrize(
    ("end", "how"),
    [
        ("os._exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
    ],
)
def test_worker_that_dies_before_it_is_ready_is_given_up(
    tmp_path: Path, end: str, how: str
) -> None:
    """The worker dies where it imports PyTango."""
    (tmp_path / "tango.py").write_text(f"import os\n{end}\n", "utf-8")
    files = ("--pid-file", str(tmp_path / "pid"), "--socket", str(tmp_path / "socket"))
    code, output, errors = run(*GATEWAY, *files, PYTHONPATH=str(tmp_path))
    assert (code, output) == (1, "")
    lines = [re.sub(r"^\S+ \S+ |\d+(?= ended| was)", "", each) for each in errors.splitlines()]
    assert lines == [
        *[f"ERROR mtango_ref.processes.master: Worker  {how}, and is replaced"] * 5,
        "CRITICAL mtango_ref.processes.master: 5 workers in a row ended as soon as they began:"
        " giving up",
    ]
    assert [each.name for each in tmp_path.iterdir() if each.name != "__pycache__"] == ["tango.py"]


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.1", "This machine has no address 192.0.2.1; choose another one with --host."),
        ("host.invalid", "The host 'host.invalid' cannot be resolved: "),
    ],
)
def test_host_of_another_machine_is_refused(host: str, sentence: str) -> None:
    assert refusal("serve", "--port", "0", "--host", host).startswith(sentence)


def test_wrong_config_is_refused(tmp_path: Path) -> None:
    """All mistakes at once, and no server."""
    file = tmp_path / "settings.yml"
    file.write_text("port: x\nprot: 8000\n", "utf-8")
    assert refusal("serve", "--config", str(file), MTANGO_THREADS="0").splitlines() == [
        "The settings have 3 mistakes:",
        f"{file}, line 2: there is no setting 'prot' (did you mean 'port'?)",
        f"{file}, line 1, port: expected a whole number from 0 to 65535, got 'x'",
        "MTANGO_THREADS: expected a whole number from 1 to 256, got '0'",
    ]


def test_unreadable_config_is_refused() -> None:
    sentence = "/no/such.yml: cannot be read: No such file or directory"
    assert refusal("serve", "--config", "/no/such.yml") == sentence


def test_missing_fixture_is_refused(tmp_path: Path) -> None:
    """The sentences are the checker's, as `check` prints them."""
    file = tmp_path / "my.yml"
    file.write_text("devices: 1\n", "utf-8")
    for fixture in (str(file), "nope", str(tmp_path), "/no/such.yml"):
        told = refusal("serve", "--port", "0", "--fixture", fixture)
        assert told == refusal("check", fixture)
        assert fixture in told


def test_missing_pytango_is_reported(tmp_path: Path) -> None:
    """Reported where it is needed; the fake works without it."""
    (tmp_path / "tango.py").write_text("raise ImportError('libtango.so: no such file')", "utf-8")
    environ = {"PYTHONPATH": str(tmp_path)}
    sentence = (
        "PyTango cannot be imported: libtango.so: no such file."
        " Run 'pip install pytango', or use the fake backend, which does without it."
    )
    assert refusal("serve", "--backend", "tango", "--port", "0", **environ) == sentence
    assert refusal("routes", "--backend", "tango", **environ) == sentence
    assert refusal("record", "sys/tg_test/1", **environ) == sentence
    with serving(**environ) as started:
        assert exchange(started.port, get("/tango/rest")).status == 200


def test_unreachable_tango_host_is_refused() -> None:
    told = refusal("serve", "--backend", "tango", "--port", "0", TANGO_HOST="127.0.0.1:1")
    assert "TANGO_HOST=127.0.0.1:1" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("tango_host", "sentence"),
    [
        ("a:1,,b:2", f"TANGO_HOST=a:1,,b:2: '' is not an address: {EXPECTED}."),
        ("", "TANGO_HOST is not set: set it to host:port of the Tango database."),
    ],
)
def test_serve_refuses_a_wrong_tango_host(tango_host: str, sentence: str) -> None:
    """Other texts that are no address are in test_tango_host.py."""
    arguments = ("serve", "--backend", "tango", "--port", "0")
    assert refusal(*arguments, TANGO_HOST=tango_host) == sentence


def test_serve_refuses_a_host_that_does_not_resolve() -> None:
    """The last line is ours; Tango's library may print lines of its own before it."""
    arguments = ("serve", "--backend", "tango", "--port", "0")
    code, printed, errors = run(*arguments, TANGO_HOST="host.invalid:10000")
    assert (code, printed) == (2, "")
    assert errors.splitlines()[-1] == (
        "Error: The Tango database at TANGO_HOST=host.invalid:10000 does not answer (TRANSIENT"
        " CORBA system exception: TRANSIENT_NoUsableProfile): start it, or set TANGO_HOST to"
        " host:port of one that runs."
    )


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Take connections, and never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIMEOUT)
        yield listening


def host_of(listening: socket.socket) -> str:
    return f"127.0.0.1:{listening.getsockname()[1]}"


def test_silent_tango_host_is_refused(silent: socket.socket) -> None:
    host = host_of(silent)
    arguments = ["serve", "--backend", "tango", "--port", "0", "--tango-timeout", "1"]
    told = refusal(*arguments, TANGO_HOST=host)
    assert f"TANGO_HOST={host}" in told


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_the_start(silent: socket.socket, number: signal.Signals) -> None:
    arguments = ["--backend", "tango", "--tango-timeout", "60"]
    started = Serving(*arguments, environ={"TANGO_HOST": host_of(silent)}, waits=False)
    try:
        connected, _ = silent.accept()  # now it waits for the database
        assert started.process.poll() is None, started.errors()
        started.signal(number)
        assert started.exit_code() == 0
        assert "Traceback" not in started.errors()
        connected.close()
    finally:
        started.end()
