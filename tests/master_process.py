"""A master and its workers, as processes."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from forked import SCRIPT, Forked
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
        reading, writing = os.pipe()
        self.output = os.fdopen(reading, encoding="utf-8")  # closed by `serving`
        arguments = (str(PROGRAM), str(workers), str(self.file))
        with self.errors.open("wb") as errors:
            streams = (writing, errors.fileno() if stderr is None else stderr)
            self.process = Forked(SCRIPT, arguments, environment(environ), str(folder), streams)
        os.close(writing)
        self.announced = self.output.readline()
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

    def all_answer(self, count: int) -> bool:
        """Ask until so many workers have answered: one with fewer connections takes the next."""
        found = set()
        with ExitStack() as stack:

            def answered() -> bool:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
                stack.callback(connection.close)
                found.add(ask(connection)[0])
                return len(found) == count

            return eventually(answered)

    def said(self) -> str:
        return self.errors.read_text("utf-8")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def reload(self, word: str) -> None:
        self.file.write_text(word, "utf-8")
        self.signal(signal.SIGHUP)

    def let_go(self) -> None:
        """Let the requests for /held be answered."""
        self.file.with_name("go").touch()

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
        master.output.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
