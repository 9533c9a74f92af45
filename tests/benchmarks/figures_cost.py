"""The CPU time that figures, the access log and extensions cost a request.

    python tests/benchmarks/figures_cost.py [--of figures|log|extensions] [--connections 16]
        [--rounds 301] [--path PATH]

A server of the fake counts in three ways by turns: all that /metrics shows; what the system API
shows, which is requests, answers, and what was asked of the caches; nothing. With `--of log` it
counts all, and writes an access log as JSON, in words, or none; the log is a file in the folder for
temporary files. With `--of extensions` all that are available are on, or off. Each connection
sends the same request TURNS times a round, all of them at once. CPU time is what Linux notes for
the threads of a process, in ns; the one that writes the log counts, too. A ratio is the median of
the rounds' ratios: what else the machine does concerns all alike, and so does how the memory of
the process happens to lie.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from mtango_ref.figures.metrics import BEGUN

VALUE = (
    "/tango/rest/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/long_scalar_rww/value"
)
TURNS = 15
AFTER = 0.03
"""s in which what is left to do behind the answers is done: lines of a log."""
WAYS = {
    "figures": ("metrics", "system", "nothing"),
    "log": ("json", "console", "none"),
    "extensions": ("on", "off"),
}
"""The ways of each measurement; the last one is without what is measured."""
SWITCH = "/switch/"
"""A path of this server's, before a way: it works so from then on."""


class Server:
    """The server in a process of its own, and the connections to it."""

    def __init__(self, stack: ExitStack, connections: int) -> None:
        command = [sys.executable, __file__, "--serve"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        self._sockets = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(connections)
        ]
        self._tasks = Path(f"/proc/{process.pid}/task")

    def ask(self, path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        for each in self._sockets:
            each.sendall(request)
        for each in self._sockets:
            assert each.recv(65536).startswith(b"HTTP/1.1 200")

    def _cpu(self) -> int:
        """Return the CPU time of all its threads, ns."""
        tasks = self._tasks.iterdir()
        return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks)

    def per_request(self, path: str) -> float:
        """Send requests; the CPU time of one, us."""
        self.ask(path)
        before = self._cpu()
        for _ in range(TURNS):
            self.ask(path)
        time.sleep(AFTER)
        return (self._cpu() - before) / TURNS / len(self._sockets) / 1000


def ignore(*_: object) -> None:
    """Count nothing."""


def end(self: Any, *_: object) -> None:
    """Count an answer, and what it asked of the caches."""
    numbers, pending = self._numbers, self._pending.places
    self._lock.acquire()
    numbers[BEGUN + 1] += 1
    for place in pending:
        numbers[place] += 1
    self._lock.release()
    pending.clear()


def switches() -> dict[str, Callable[[Any], None]]:
    """Return what lets a server work in each way."""
    from mtango_ref.http.figures import Figures
    from mtango_ref.logs.access import AccessLog

    def count(begin: Any, end: Any) -> Callable[[Any], None]:
        def switch(_: Any) -> None:
            Figures.begin, Figures.end = begin, end  # type: ignore[method-assign]  # what is measured

        return switch

    file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process

    def write(log: AccessLog | None) -> Callable[[Any], None]:
        def switch(server: Any) -> None:
            file.truncate(0)
            server._listeners[0].access_log = log

        return switch

    return {
        "metrics": count(Figures.begin, Figures.end),
        "system": count(Figures.begin, end),
        "nothing": count(ignore, ignore),
        "json": write(AccessLog("json", file.fileno())),
        "console": write(AccessLog("console", file.fileno())),
        "none": write(None),
    }


def serve() -> None:
    """Be the server."""
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.fixture.loading import load
    from mtango_ref.http import cors
    from mtango_ref.http.app import create_app
    from mtango_ref.openapi.extensions import AVAILABLE
    from mtango_ref.server import Server as HttpServer
    from mtango_ref.server import refusals
    from mtango_ref.settings.model import Settings
    from mtango_ref.sockets import listen

    settings, backend = Settings(port=0), FakeBackend(load("tango_test"))
    apps = {
        "off": create_app(settings, backend),
        "on": create_app(Settings(extensions=AVAILABLE), backend),
    }
    app, switch = apps["off"], switches()

    def switching(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal app
        path = environ["PATH_INFO"]
        if not path.startswith(SWITCH):
            return app(environ, start_response)
        way = path.removeprefix(SWITCH)
        if way in apps:
            app = apps[way]
        else:
            switch[way](server)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    refuse = refusals(settings.rc3_mode, backend.clock, cors.chosen(settings))
    server = HttpServer(switching, listen(settings.host, settings.port), settings, refuse)
    print(server.url.rpartition(":")[2], flush=True)
    server.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", choices=WAYS, default="figures")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=301)
    parser.add_argument("--path", default=VALUE)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve()
        return
    ways = WAYS[given.of]
    with ExitStack() as stack:
        server = Server(stack, given.connections)
        times: list[dict[str, float]] = []
        for _ in range(given.rounds):
            times.append({})
            for way in ways:
                server.ask(SWITCH + way)
                times[-1][way] = server.per_request(given.path)
    for way in ways:
        print(f"{way}: {statistics.median(each[way] for each in times):.1f} us CPU a request")
    pairs = pairwise(ways) if given.of == "figures" else product(ways[:-1], ways[-1:])
    for one, other in pairs:
        low, middle, high = statistics.quantiles(each[one] / each[other] for each in times)
        print(f"{one} / {other}: {middle:.3f} (quartiles {low:.3f} and {high:.3f})")


if __name__ == "__main__":
    main()
