"""Clients that ask without end, and what they got."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from typing import Any, NamedTuple

PATIENCE = 60.0
"""s after which a client takes a request for lost."""


class Reason(str):
    """The first reason of a failure, which rc3 answers with 200."""


class Answer(NamedTuple):
    """One request and what came of it."""

    target: str
    """A key of the paths that the clients ask."""
    begin: float
    end: float
    """s by time.monotonic()."""
    status: int
    """0 if no answer came."""
    value: Any
    """The attribute's value, or a Reason."""

    @property
    def wait(self) -> float:
        """Seconds between request and answer."""
        return self.end - self.begin


class Client:
    """One connection, which is kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: HTTPConnection | None = None

    def get(self, path: str) -> tuple[int, Any]:
        """Ask for a path; (0, the error) if no answer comes."""
        if self._connection is not None:
            try:
                return self._get(self._connection, path)
            # RFC 9112, 9.3.1: a GET may be sent again if a kept connection was closed meanwhile.
            except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
        self._connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            return self._get(self._connection, path)
        except (OSError, HTTPException) as error:
            self.close()
            return 0, f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _get(self, connection: HTTPConnection, path: str) -> tuple[int, Any]:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.will_close:
            self.close()
        return answer.status, _content(body)


def _content(body: bytes) -> Any:
    """Take the value, or the first reason of a failure, out of a body."""
    try:
        read = json.loads(body)
    except ValueError:
        return None
    if isinstance(read, dict) and read.get("errors"):
        return Reason(read["errors"][0]["reason"])
    return read.get("value") if isinstance(read, dict) else None


class Load:
    """All that clients were answered since the last `taken`."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._lock = threading.Lock()

    def add(self, answer: Answer) -> None:
        """Keep an answer."""
        with self._lock:
            self._answers.append(answer)

    def taken(self) -> list[Answer]:
        """Take away the answers, in the order in which they came."""
        with self._lock:
            answers, self._answers = self._answers, []
        return answers

    def kept(self) -> list[Answer]:
        """Return the answers that nobody has taken yet."""
        with self._lock:
            return [*self._answers]

    def await_answer(self, target: str, good: Callable[[Answer], bool], seconds: float) -> bool:
        """Wait until an answer of a target is good; False if none is within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._lock:
                newest = self._answers[-400:]
            if any(each.target == target and good(each) for each in newest):
                return True
            time.sleep(0.01)
        return False


def _ask_on(
    client: Client, load: Load, paths: Sequence[tuple[str, str]], pause: float, end: threading.Event
) -> None:
    while not end.is_set():
        for target, path in paths:
            begin = time.monotonic()
            status, value = client.get(path)
            load.add(Answer(target, begin, time.monotonic(), status, value))
            if end.wait(pause if status else max(pause, 0.02)):
                break
    client.close()


@contextmanager
def asking(
    port: int, load: Load, paths: Sequence[tuple[str, str]], clients: int, pause: float
) -> Iterator[None]:
    """Run clients that ask for each (target, path) by turns.

    Each target has clients of its own, so that a slow one holds up none of the others'.
    """
    end = threading.Event()
    groups = [[each for each in paths if each[0] == target] for target in dict(paths)]
    threads = [
        threading.Thread(target=_ask_on, args=(Client(port), load, group, pause, end))
        for group in groups
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()
