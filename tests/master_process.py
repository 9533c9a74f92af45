"""A master and its workers, as processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from program import environment

WAIT = 60.0
"""s that a test waits for what should come at once, on a machine with much else to do."""
PROGRAM = Path(__file__).parent / "server" / "master_program.py"


class Master:
    """A master, and what it has printed."""

    def __init__(
        self,
        folder: Path,
        workers: int,
        word: str,
        environ: dict[str, str],
        stderr: int | None = None,
    ) -> None:
        self.file = folder / "word"
        self.file.write_text(word, "utf-8")
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(workers), str(self.file)],
                env=environment(environ),
                stdout=subprocess.PIPE,
                stderr=errors if stderr is None else stderr,
                encoding="utf-8",
            )
        self._answering: set[int] = set()
        assert self.process.stdout is not None
        self.announced = self.process.stdout.readline()
        found = re.search(r":(\d+)$", self.announced.strip())
        self.port = int(found[1]) if found else 0

    def get(self, path: str = "/") -> tuple[int, str]:
        """Return (process, word) that answered."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        try:
            return ask(connection, path)
        finally:
            connection.close()

    def workers(self) -> set[int]:
        """Find every process that is a child of the master's."""
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, file.read_text("utf-8").split()))

    def answering(self) -> set[int]:
        """Ask once more; the processes that have answered so far."""
        self._answering.add(self.get()[0])
        return self._answering

    def said(self) -> str:
        return self.errors.read_text("utf-8")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def reload(self, word: str) -> None:
        self.file.write_text(word, "utf-8")
        self.signal(signal.SIGHUP)

    def ended(self) -> int:
        return self.process.wait(WAIT)


def eventually(happens: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    # Not once more when it has happened: an old worker may answer the next time.
    while not happens():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True


def ask(connection: HTTPConnection, path: str = "/") -> tuple[int, str]:
    connection.request("GET", path)
    process, _, word = connection.getresponse().read().decode().partition(" ")
    return int(process), word


@contextmanager
def serving(
    folder: Path, workers: int, word: str = "one", stderr: int | None = None, **environ: str
) -> Iterator[Master]:
    """Run it. stderr: a descriptor in place of the file that `said` reads."""
    master = Master(folder, workers, word, environ, stderr)
    try:
        yield master
    finally:
        if master.process.poll() is None:
            children = master.workers()
            master.process.kill()
            master.process.wait(WAIT)
            assert eventually(lambda: not any(map(is_alive, children)))
        assert master.process.stdout is not None
        master.process.stdout.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
