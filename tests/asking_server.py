"""A server in a thread, around an app that asks by the server's shares."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from echo_server import Echo, Running
from mtango_ref.calls import DATABASE, OutOfTime, TooManyWait
from mtango_ref.figures.metrics import DROPPED
from mtango_ref.http.middleware import RUN_AGAIN
from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.threads.shares import Shares

FAILURES = {
    "failed": DevFailed(DevError("R", "failed", ErrSeverity.ERR, "o")),
    "broken": ValueError("broken"),
    "gone": DevFailed(DevError("DB_DeviceNotDefined", "gone", ErrSeverity.ERR, "o")),
}
"""The errors that functions raise."""


class Asking(Echo):
    """An app that asks a target: /ask/x calls the function x, /run/x as one that changes.

    /share/x is one call of all that ask at the same time, and /hold/x is one that has no target.
    /find/x asks the database about x, and /pass/x then asks the target y, however that went.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shares: Shares
        self.calls: list[str] = []
        self.begun: list[bool] = []
        """One entry a run: True if it was not the first run of its request."""
        self.entered_call = threading.Semaphore(0)
        self.may_return = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _, verb, name = (environ["PATH_INFO"] + "//").split("/")[:3]
        if verb not in ("ask", "run", "twice", "move", "share", "hold", "find", "pass"):
            return super().__call__(environ, start_response)
        self.begun.append(RUN_AGAIN in environ)
        body = environ["wsgi.input"].read()
        try:
            if verb == "move":
                return self._move(name, start_response)
            if verb in ("find", "pass"):
                body += self._find(name, verb == "pass")
            elif verb in ("share", "hold"):
                body += self.shares.share(name, lambda: self._fly(name, verb == "share"))
            else:
                body += self.shares.call(name, self._ask, name, changes=verb != "ask")
            if verb == "twice":
                body += self.shares.call(name, self._ask, name)
        except DevFailed as failed:
            body += failed.errors[0].desc.encode()
        except (OutOfTime, TooManyWait) as ended:
            body += type(ended).__name__.encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def _move(self, name: str, start_response: Any) -> Iterable[bytes]:
        """Ask at one place, and if it does not answer at another one."""
        try:
            body = self.shares.call(name, self._ask, name, at="here")
        except DevFailed:
            body = self.shares.call(name, self._ask, "moved", at="there")
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def _find(self, name: str, passes_on: bool) -> bytes:
        try:
            return self.shares.call(DATABASE, self._ask, name, about=name)
        except DevFailed:
            if not passes_on:
                raise
            return self.shares.call("y", self._ask, "x")

    def _fly(self, name: str, has_target: bool) -> bytes:
        return self.shares.call("x", self._ask, name) if has_target else self._ask(name)

    def _ask(self, name: str) -> bytes:
        self.calls.append(name)
        if name in ("x", *FAILURES):
            self.entered_call.release()
            assert self.may_return.acquire(timeout=60)
        if name in FAILURES:
            raise FAILURES[name]
        return name.encode()


def dropped(app: Asking) -> int:
    """Count the results that came when nobody waited for them."""
    return int(app.shares.row.numbers[DROPPED.first])


@contextmanager
def asking(app: Asking | None = None, **settings: Any) -> Iterator[tuple[Running, Asking]]:
    app = app or Asking()
    started = Running(app, **{"tango_timeout": 60.0, **settings})
    app.shares = started.server._loop.shares
    try:
        yield started, app
    finally:
        app.may_answer.set()
        app.may_return.release(1000)
        if not started.server.stopping:
            started.server.stop()
        assert started.ended()
