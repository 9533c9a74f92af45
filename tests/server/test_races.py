"""Servers that start in the same instant, with one path: it is one's, and the others say so."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("this system has no unix sockets", allow_module_level=True)

PROGRAM = Path(__file__).with_name("race_program.py")
SERVERS = 4
ROUNDS = 150
AHEAD = 0.002
"""s until the instant of a round, by when all servers know it."""


class Server:
    """A process that takes a path, and gives it back."""

    def __init__(self, kind: str, path: Path, stack: ExitStack) -> None:
        self.process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, str(PROGRAM), kind, str(path), "mtango-ref"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        )
        stack.callback(self.process.kill)
        assert self.hear() == "ready"

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().removesuffix("\n")


def race(kind: str, path: Path, leave: Callable[[], None]) -> Iterator[list[tuple[int, str]]]:
    """Yield (process, what it says) of all servers, while they have what they have taken.

    leave: leaves at the path what a dead server leaves.
    """
    with ExitStack() as stack:
        servers = [Server(kind, path, stack) for _ in range(SERVERS)]
        for _ in range(ROUNDS):
            leave()
            instant = time.monotonic() + AHEAD
            for server in servers:
                server.say(str(instant))
            yield [(server.process.pid, server.hear()) for server in servers]
            for server in servers:
                server.say("")
            assert {server.hear() for server in servers} == {"given back"}
            assert not [*path.parent.iterdir()]


def test_stale_socket_is_replaced_by_one_server(tmp_path: Path) -> None:
    path = tmp_path / "a b.sock"

    def leave() -> None:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))

    refused = f"Another server listens at the socket {path}; choose another path with --socket."
    for said in race("socket", path, leave):
        assert sorted(text for _, text in said) == [refused] * (SERVERS - 1) + ["taken"]
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_stale_pid_file_is_replaced_by_one_server(tmp_path: Path) -> None:
    path = tmp_path / "a b.pid"

    def leave() -> None:
        path.write_text("999999999\n", "utf-8")

    for said in race("pid", path, leave):
        [first] = [pid for pid, text in said if text == "taken"]
        refused = (
            f"Another server, process {first}, has the pid file {path}; choose another one with"
            " --pid-file."
        )
        assert sorted(text for _, text in said) == [refused] * (SERVERS - 1) + ["taken"]
        assert path.read_text("utf-8") == f"{first}\n"
