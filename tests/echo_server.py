"""A server in a thread, around an app that the test holds back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mtango_ref.server import Server, refusals
from mtango_ref.settings.model import Settings
from mtango_ref.sockets import listen
from raw import exchange, get

WAIT = 10.0
"""s that a test waits for what should come at once."""


class Echo:
    """A WSGI app that answers with the body it got; in /slow when it may, in /big a lot."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        self.entered.release()
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("broken")
        if environ["PATH_INFO"] == "/slow":
            self.may_answer.wait(WAIT)
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"] == "/big":
            body = bytes(1024 * 1024)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


class Running:
    """A server in a thread of its own."""

    def __init__(self, app: Echo, **settings: Any) -> None:
        self.app = app
        chosen = Settings(port=0, **settings)
        listening = listen(chosen.host, chosen.port)
        self.server = Server(app, listening, chosen, refusals(chosen.rc3_mode, time.time))
        self.port = int(self.server.url.rpartition(":")[2])
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()

    @property
    def channels(self) -> dict[int, Any]:
        """The open connections as the server knows them."""
        channels: dict[int, Any] = self.server._listeners[0].active_channels
        return channels

    def ended(self) -> bool:
        """Return True if the server ends within WAIT s."""
        self._thread.join(WAIT)
        return not self._thread.is_alive()

    def still_answers(self) -> bool:
        return exchange(self.port, get("/", "Connection: close")).status == 200


@contextmanager
def running(**settings: Any) -> Iterator[Running]:
    started = Running(Echo(), **settings)
    try:
        yield started
    finally:
        started.app.may_answer.set()
        if not started.server.stopping:
            started.server.stop()
        assert started.ended()


def eventually(happens: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while not happens():
        if time.monotonic() >= end:
            return False
        time.sleep(0.01)
    return True


def refuses_connections(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT):
            return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it came while the server ceased to listen
        return False
