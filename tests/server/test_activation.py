"""Sockets that systemd passes, as systemd passes them: by number, for one process."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from mtango_ref.sockets.activation import take_passed
from passed_sockets import started
from program import SCRIPT, TIMEOUT, environment
from raw import exchange, get

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("this system has no unix sockets", allow_module_level=True)


def test_sockets_of_systemd_are_served(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(path))
        unix.listen()
        port = tcp.getsockname()[1]
        process = stack.enter_context(started([tcp, unix], "--port", "1"))
        assert process.stdout is not None
        url = f"http://127.0.0.1:{port}"
        places = f" at {url}/tango/rest and the unix socket {path} - try it at {url}/swagger/\n"
        assert process.stdout.readline().endswith(places)
        assert exchange(port, get("/tango/rest")).status == 200
        assert exchange(path, get("/tango/rest")).status == 200
        process.terminate()
        assert process.communicate(timeout=TIMEOUT) == ("", "")
        assert process.returncode == 0
        assert path.is_socket()  # systemd's


def test_socket_that_does_not_listen_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other, started([other]) as process:
        assert process.communicate(timeout=TIMEOUT) == (
            "",
            "Error: The descriptor 3 'n0' that systemd passes is no socket that listens:"
            " expected ListenStream= and Accept=no.\n",
        )
        assert process.returncode == 2


@pytest.mark.parametrize("pid", ["", "1", "x"])
def test_sockets_for_others_are_left_alone_and_forgotten(pid: str) -> None:
    environ = {"LISTEN_PID": pid, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a", "HOME": "/"}
    assert take_passed(environ) == []
    assert environ == {"HOME": "/"}


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="no systemd here")
def test_systemd_itself_passes_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    process = subprocess.Popen(
        ["systemd-socket-activate", "--listen", path, *SCRIPT, "serve"],
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        # The file is there before anybody listens.
        assert process.stderr.readline().startswith(f"Listening on {path}")
        assert exchange(path, get("/tango/rest")).status == 200  # the first client starts it
        assert f" at the unix socket {path} - try it" in process.stdout.readline()
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        process.communicate()
