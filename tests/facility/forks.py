"""Device servers in Python as forks of a process that has imported PyTango; see forking.py."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any


class Fork:
    """A device server; it has what servers.py uses of Popen."""

    def __init__(self, forking: Forking, command: Sequence[str], pid: int) -> None:
        self._forking = forking
        self._command = command
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        if self._code is None:
            self._code = self._forking.ask(poll=self.pid)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most timeout s.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        deadline = time.monotonic() + timeout if timeout is not None else float("inf")
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self._command, timeout or 0.0)
            time.sleep(0.005)
        return code


class Forking:
    """The process that forks, of one Python; it ends with the thread that needed it first."""

    def __init__(self, python: str) -> None:
        script = str(Path(__file__).with_name("forking.py"))
        # PyTango imports numpy, whose threads none of the servers needs, and no fork would have.
        ours = {"PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", python, script],
            env={**os.environ, **ours},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self._lock = Lock()

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> Fork:
        """Run a script in a folder. command: the script and its arguments; log: what it prints."""
        words = {"environment": {**environment}, "folder": str(folder), "log": str(log)}
        return Fork(self, command, self.ask(command=[*command], **words))

    def end(self) -> None:
        """End it, and with it the servers that still run."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait()

    def ask(self, **request: Any) -> Any:
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(request), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        return json.loads(line)


@cache
def forking(python: str) -> Forking:
    """Return the process of a Python that forks, started once."""
    started = Forking(python)
    atexit.register(started.end)
    return started
