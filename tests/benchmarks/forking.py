"""Device servers that start in a moment: each is forked from a process that imported everything.

    forking.py INSTANCE

Most of a start is the import of PyTango. This process imports it and makes no object of Tango's
(omniORB survives no fork); each child that it forks is then a device server of its own, with a
port of its own. `Forking` is its master's side; its lines on stdin are `start LOG` and `kill`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__)
sys.path.insert(0, str(HERE.parent.parent))

from facility.servers import READY, STARTING, ServerError  # noqa: E402 - beside this folder


class Forking:
    """The process that forks, and the one child that it has at most."""

    def __init__(self, instance: str, log: Path) -> None:
        """Start the process that forks. log: for what the child prints."""
        self._log = log
        command = [sys.executable, str(HERE), instance]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", bufsize=1
        )

    def start(self) -> None:
        """Fork a device server and wait until it answers."""
        self._order(f"start {self._log}")
        deadline = time.monotonic() + STARTING
        while READY not in (output := self._log.read_text("utf-8", "replace")):
            if time.monotonic() > deadline:
                raise ServerError(f"The forked server did not start:\n{output}")
            time.sleep(0.005)

    def kill(self) -> None:
        """End the device server at once; the database goes on believing that it is there."""
        self._order("kill")

    def end(self) -> None:
        """End both processes."""
        self._process.communicate()  # who finds its stdin closed ends its child

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        if not self._process.stdout.readline():
            raise ServerError(f"The process that forks ended at {line!r}.")


def _serve(instance: str, log: str) -> None:
    from facility import changing_server

    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        os.dup2(os.open(os.devnull if mode == os.O_RDONLY else log, mode), number)
    changing_server.serve(instance)


def _kill(child: int) -> None:
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def main() -> None:
    """Follow the lines of stdin; answer each by a line when it is done."""
    from facility import changing_server  # noqa: F401 - before the first fork

    child = 0
    while line := sys.stdin.readline():
        order, _, log = line.strip().partition(" ")
        if order == "start":
            Path(log).write_bytes(b"")
            child = os.fork()
            if not child:
                _serve(sys.argv[1], log)
        else:
            _kill(child)
            child = 0
        print(order, flush=True)
    _kill(child)


if __name__ == "__main__":
    main()
