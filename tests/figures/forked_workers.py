"""Workers in forks of one parent, each with the app over one facility; a test asks each by itself.

The parent is a small one of the tests: it makes the rows, forks, and forks again in the place of a
worker that died.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from forked import IMPORTED

WAIT = 30.0
"""s after which a test fails."""


class Workers:
    """The workers, as a test asks them."""

    def __init__(self, connections: list[Connection], restarted: Connection) -> None:
        self._connections = connections
        self._restarted = restarted

    def get(self, worker: int, path: str) -> tuple[int, Any]:
        """Ask one; the status and the JSON of its answer."""
        connection = self._connections[worker]
        connection.send(path)
        assert connection.poll(WAIT)
        status, body = connection.recv()
        return status, body

    def body(self, worker: int, path: str) -> Any:
        status, body = self.get(worker, path)
        assert status == 200
        return body

    def die(self, worker: int) -> None:
        """Kill one while it answers, and wait until another one is in its place."""
        self._connections[worker].send("die")
        assert self._restarted.poll(WAIT)
        assert self._restarted.recv() == worker


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """Start so many workers, and end them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    pipes = [context.Pipe() for _ in range(count)]
    ours, theirs = context.Pipe()
    ends = [end for _, end in pipes]
    parent = context.Process(target=_parent, args=(ends, theirs), daemon=True)
    parent.start()
    try:
        yield Workers([end for end, _ in pipes], ours)
    finally:
        for end, _ in pipes:
            end.send("end")
        parent.join(WAIT)
    assert parent.exitcode == 0


def _parent(connections: list[Connection], restarted: Connection) -> None:
    from mtango_ref.figures.rows import Rows

    rows = Rows(len(connections))
    indices = {_forked(rows, index, each): index for index, each in enumerate(connections)}
    while indices:
        pid, code = os.wait()
        index = indices.pop(pid)
        if code:
            rows.count_restart()
            indices[_forked(rows, index, connections[index], restarted)] = index


def _forked(
    rows: Any, index: int, connection: Connection, restarted: Connection | None = None
) -> int:
    pid = os.fork()
    if pid == 0:
        code = 2
        try:
            code = _worker(rows, index, connection, restarted)
        finally:
            os._exit(code)
    return pid


def _worker(rows: Any, index: int, connection: Connection, restarted: Connection | None) -> int:
    """Answer until it shall end; its exit code."""
    import falcon.testing

    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.fixture.loading import load
    from mtango_ref.http.app import create_app
    from mtango_ref.http.facilities import Facilities
    from mtango_ref.settings.model import Settings

    backend = FakeBackend(load("tango_test"), seed=0)
    facilities = Facilities(backend, Settings().cache_size, rows.take(index))
    client = falcon.testing.TestClient(create_app(Settings(), backend, facilities))
    if restarted is not None:
        restarted.send(index)
    while (path := connection.recv()) != "end":
        if path == "die":
            # In the middle of a request: the database is what it asks.
            setattr(backend.database, "get_info", lambda: os._exit(1))  # noqa: B010
            path = "/rc3/hosts/localhost/10000"
        result = client.simulate_get("/tango/rest" + path)
        connection.send((result.status_code, result.json if result.content else None))
    return 0
