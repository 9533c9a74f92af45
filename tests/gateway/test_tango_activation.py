"""Several workers at sockets that systemd listens at: it keeps them, whatever the workers do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from facility import Facility
from master_process import WAIT, eventually
from passed_sockets import started
from raw import connection, exchange, get

pytestmark = pytest.mark.tango

BASE = "/tango/rest"
VALUE = f"{BASE}/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/string_scalar/value"
ASKED = get(VALUE, "Connection: close")
WORKERS = 2


class Kept:
    """A listening socket of systemd's, at a port or at a path."""

    def __init__(self, sock: socket.socket, at: int | Path) -> None:
        self.sock = sock
        self.at = at
        self._number = os.fstat(sock.fileno()).st_ino

    def is_held(self, process: int) -> bool:
        """Say whether a process has the socket open, too."""
        try:
            links = [str(each.readlink()) for each in Path(f"/proc/{process}/fd").iterdir()]
        except FileNotFoundError:  # it has ended, or a descriptor was closed meanwhile
            return Path(f"/proc/{process}").exists() and self.is_held(process)
        return f"socket:[{self._number}]" in links


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[list[Kept]]:
    """Listen at a port and at a path: a gateway has both."""
    path = tmp_path / "a b.sock"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(str(path))
        unix.listen()
        file = path.stat()
        yield [Kept(tcp, int(tcp.getsockname()[1])), Kept(unix, path)]
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (file.st_ino, file.st_mtime_ns)


@contextmanager
def gateway(kept: list[Kept]) -> Iterator[subprocess.Popen[str]]:
    """Run a gateway at the sockets; all of its workers answer."""
    options = ["--backend", "tango", "--workers", str(WORKERS), "--tango-timeout", "30"]
    with started(
        [each.sock for each in kept], *options, "--port", "1", "--socket", "/no/such"
    ) as process:
        assert process.stdout is not None
        port, path = (each.at for each in kept)
        place = f"http://127.0.0.1:{port}{BASE} and the unix socket {path}"
        assert f" at {place} - try it " in process.stdout.readline()
        assert eventually(lambda: are_held(kept, children(process)))
        yield process


def are_held(kept: list[Kept], workers: list[int]) -> bool:
    """Say whether so many workers as there are to be hold each of the sockets."""
    return all(sum(map(each.is_held, workers)) == WORKERS for each in kept)


def children(process: subprocess.Popen[str]) -> list[int]:
    file = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [*map(int, file.read_text("utf-8").split())]


def value(kept: Kept) -> Any:
    return exchange(kept.at, ASKED).json["value"]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return (exit code, standard error) of a process that is about to end."""
    _, errors = process.communicate(timeout=WAIT)
    return process.returncode, errors


def test_reload_of_several_workers_loses_no_request(facility: Facility, kept: list[Kept]) -> None:
    with gateway(kept) as process:
        before = children(process)
        stop = threading.Event()
        answers: list[object] = []

        def ask_on(at: Kept) -> None:
            while not stop.is_set():
                try:
                    answers.append(value(at))
                except Exception as error:  # noqa: BLE001 - the test looks at all of them
                    answers.append(error)
                stop.wait(0.02)  # what the clients compute, the new workers could use to start

        asking = [threading.Thread(target=ask_on, args=(each,)) for each in kept * 4]
        for each in asking:
            each.start()
        process.send_signal(signal.SIGHUP)
        assert eventually(
            lambda: not {*before} & {*children(process)} and are_held(kept, children(process))
        )
        count = len(answers)
        assert eventually(lambda: len(answers) >= count + 50)
        stop.set()
        for each in asking:
            each.join(WAIT)
        assert {*answers} == {"Default string"}
        process.terminate()
        code, errors = ended(process)
        assert code == 0
        assert errors.endswith(" The settings are read again, and the workers replaced\n")
        assert errors.count("\n") == 1


def test_drain_leaves_the_socket_to_the_next_gateway(facility: Facility, kept: list[Kept]) -> None:
    with gateway(kept) as process, ExitStack() as stack:
        with facility.tango_test.suspended():
            opened = [stack.enter_context(connection(each.at)) for each in kept * 4]
            for each in opened:
                each.send(get(VALUE))
            processes = [process.pid, *children(process)]
            process.terminate()
            assert eventually(
                lambda: not any(each.is_held(one) for each in kept for one in processes)
            )
            assert process.poll() is None
            waiting = [stack.enter_context(connection(each.at)) for each in kept]
            for each in waiting:
                each.send(ASKED)
        replies = [each.reply() for each in opened]
        assert [reply.json["value"] for reply in replies] == ["Default string"] * 8
        assert {reply.headers["connection"] for reply in replies} == {"close"}
        assert ended(process) == (0, "")
        with gateway(kept):
            for each in waiting:
                assert each.reply().json["value"] == "Default string"
