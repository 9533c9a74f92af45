"""A backend behind a server in a thread of this process, and clients that ask it at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple
from urllib.request import urlopen

from mtango_ref.http.app import create_app
from mtango_ref.http.facilities import Facilities
from mtango_ref.interface import Backend
from mtango_ref.server import Server, refusals
from mtango_ref.settings.model import Settings
from mtango_ref.sockets import listen
from mtango_ref.threads import Shares

HANGING = 30.0
"""s after which an answer counts as hanging: Tango's own bounds add up to 92 s."""
TIMEOUT = 1.0
FEW = 3
"""Answers that may have come before a hang takes hold; on a busy machine few come in TIMEOUT s."""
THREADS = 8
"""More than a device may have, so that others need not wait for its first calls."""
DEVICE, OTHER = "sys/tg_test/1", "test/one_of_each/1"
STATE = f"devices/{DEVICE}/state"
VALUE = f"devices/{DEVICE}/attributes/long_scalar/value"
ALARM = f"devices/{OTHER}/attributes/alarm/value"


AppOf = Callable[[Backend], Callable[[dict[str, Any], Any], Iterable[bytes]]]


class Served:
    """A server with few threads."""

    def __init__(
        self, made: Callable[[Shares], Backend], app: AppOf | None, value_ttl: float
    ) -> None:
        settings = Settings(port=0, tango_timeout=TIMEOUT, threads=THREADS, value_ttl=value_ttl)
        self.shares = Shares(TIMEOUT)
        self.backend = made(self.shares)
        row = self.shares.row
        facilities = Facilities(self.backend, 10_000, row, value_ttl, self.shares)
        served = app(self.backend) if app else create_app(settings, self.backend, facilities)
        listening = listen(settings.host, 0)
        refuse = refusals(settings.rc3_mode, time.time)
        self.server = Server(served, listening, settings, refuse, self.shares)
        self.thread = threading.Thread(target=self.server.run)

    def get(self, path: str) -> Any:
        """Return the representation at a path below a facility."""
        url = f"{self.server.url}/tango/rest/rc3/hosts/localhost/10000/{path}"
        with urlopen(url, timeout=HANGING) as reply:
            return json.load(reply)

    def why(self, path: str) -> str:
        """Return the description of the innermost error at a path."""
        errors = self.get(path)["errors"]
        assert errors[0]["reason"] == "API_DeviceTimedOut"
        description: str = errors[0]["description"]
        return description

    def figure(self, name: str) -> float:
        """Return a figure of /metrics that has no labels."""
        with urlopen(f"{self.server.url}/metrics", timeout=HANGING) as reply:
            text = reply.read().decode()
        [line] = [each for each in text.splitlines() if each.startswith(f"{name} ")]
        return float(line.partition(" ")[2])


@contextmanager
def served(
    made: Callable[[Shares], Backend], app: AppOf | None = None, value_ttl: float = 0.0
) -> Iterator[Served]:
    """Serve a backend. made: makes it, with what makes its calls. app: makes an unusual one."""
    started = Served(made, app, value_ttl)
    started.thread.start()
    try:
        yield started
    finally:
        started.server.stop()
        started.thread.join(HANGING)
    assert not started.thread.is_alive()


class Noticed(NamedTuple):
    """The experience of clients: of a device that hung, and of another one meanwhile."""

    failures: set[str]
    """The reasons why requests to the device failed."""
    others_waited: bool
    """Less than FEW requests to another device were answered before the first of these."""
    threads: bool
    """The server had no more threads than it may have and those in place of overdue ones."""
    overdue: bool
    """Calls were given up."""
    after: int
    """Requests of 100 that were answered with a value afterwards."""


def hang(server: Served, hanging: AbstractContextManager[Any], asked: int) -> Noticed:
    """Ask a device while it hangs, and after it."""
    for path in (STATE, VALUE, ALARM):
        server.get(path)
    ended, others = threading.Event(), [0]

    def read_other() -> None:
        while not ended.is_set():
            assert server.get(ALARM)["value"] == 1.5
            others[0] += 1

    def why(path: str) -> tuple[str, int]:
        return server.why(path), others[0]

    with ThreadPoolExecutor(101) as pool:
        with hanging:
            reading: Future[None] = pool.submit(read_other)
            asking = [pool.submit(why, path) for path in (STATE, VALUE) * (asked // 2)]
            found = [each.result() for each in asking]
            alive = server.server._loop._crew._alive
            overdue = server.figure("mtango_tango_calls_overdue_total")
            ended.set()
            reading.result()
        until = time.monotonic() + HANGING
        while "value" not in server.get(VALUE) and time.monotonic() < until:
            time.sleep(0.05)
        values = [each.result() for each in [pool.submit(server.get, VALUE) for _ in range(100)]]
    return Noticed(
        failures={why for why, _ in found},
        others_waited=min(count for _, count in found) < FEW,
        threads=alive <= THREADS + 1 + 4,
        overdue=overdue > 0,
        after=sum("value" in each for each in values),
    )


LATE = f"Timeout (1000 mS) exceeded on device {DEVICE}"
EXPECTED = Noticed(
    {LATE, f"{LATE}, earlier calls have not returned yet"},
    others_waited=False,
    threads=True,
    overdue=True,
    after=100,
)
