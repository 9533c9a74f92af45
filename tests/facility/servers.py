"""One server process of the facility: started, stopped, killed, suspended, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .forks import Fork, forking

PYTHON = Path(os.environ.get("FACILITY_PYTHON", sys.executable))
"""The Python that the Python servers run with: an environment variable may name another one, so
that a new PyTango is tested against servers that are the same as ever."""

PYTHONS = {str(PYTHON), sys.executable}
"""The programs that run a script of a device server."""

STARTING = 120.0
"""Seconds that a server may take to start."""

READY = "Ready to accept request"
"""The line that every Tango device server prints when its devices answer."""


class ServerError(Exception):
    """A server did not start; the text has what it printed."""


class Server:
    """A device server as a process, at most one at a time. One in Python is a fork: see forks.py.

    It dies with this process whatever ends it (setpriv's --pdeathsig: the kernel sends it when
    the thread that started the child ends, so start servers from the main thread).
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        ready: str = READY,
    ) -> None:
        """ready: what it prints when it can be asked."""
        self.command = list(command)
        self.ready = ready
        self.environment = {**os.environ, **environment}
        self.log = log
        self._process: subprocess.Popen[bytes] | Fork | None = None

    @property
    def pid(self) -> int:
        """Return the number of the running process."""
        assert self._process is not None, f"{self.command[0]} is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the process and wait until it says that it is ready."""
        assert self._process is None, f"{self.command[0]} runs already"
        self.log.write_bytes(b"")
        self._process = self._started()
        deadline = time.monotonic() + STARTING
        while self.ready not in self.output():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{' '.join(self.command)} did not start:\n{self.output()}")
            time.sleep(0.02)

    def _started(self) -> subprocess.Popen[bytes] | Fork:
        program, *arguments = self.command
        if program in PYTHONS:
            folder = self.log.parent
            return forking(program).start(arguments, self.environment, folder, self.log)
        with self.log.open("wb") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.log.parent,
            )

    def output(self) -> str:
        """Return what it has printed since it was started."""
        return self.log.read_text(errors="replace", encoding="utf-8")

    def stop(self) -> None:
        """Ask it to end, as an operator does: the database learns that its devices are gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once; the database goes on believing that its devices are there."""
        self._end(signal.SIGKILL)

    def suspend(self) -> None:
        """Let it hang: connections are taken, nothing is answered."""
        os.killpg(self.pid, signal.SIGSTOP)
        while not _is_stopped(self.pid):  # until then it may still answer
            time.sleep(0.001)

    def resume(self) -> None:
        """Let it go on after suspend()."""
        os.killpg(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """End it and start it again; a device server then listens on another port."""
        self.stop()
        self.start()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend it inside, and let it go on afterwards."""
        self.suspend()
        try:
            yield
        finally:
            self.resume()

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill it inside, and start it again afterwards."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """End it in good order inside, and start it again afterwards."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _end(self, signal_number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, signal_number)
            os.killpg(process.pid, signal.SIGCONT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_stopped(pid: int) -> bool:
    """Say whether each thread of a process that was sent SIGSTOP has stopped, or ended."""
    stats = (each.read_text("utf-8") for each in Path(f"/proc/{pid}/task").glob("*/stat"))
    return all(stat.rpartition(")")[2].split()[0] in "TZX" for stat in stats)
