"""A server of a fake that counts what is read, and lets it wait where a test wants that."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from echo_server import WAIT, eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.proxy import DeviceProxy
from mtango_ref.fixture.loading import parse
from mtango_ref.http.app import create_app
from mtango_ref.http.facilities import Facilities
from mtango_ref.interface import Attribute, Device
from mtango_ref.model import DeviceAttribute
from mtango_ref.server import Server, refusals
from mtango_ref.settings.model import Settings
from mtango_ref.sockets import listen
from mtango_ref.threads import Shares
from raw import Connection, Reply, exchange, get

FACILITY = """\
classes:
  A:
    attributes:
      x: {data_type: DevLong, value: 1}
      y: {data_type: DevLong, value: 2}
      bad: {data_type: DevLong, value: 3}
    commands: {c: }
devices:
  a/b/c: {class: A}
  a/b/d: {class: A}
  sim/control/1: {class: SimControl}
"""
BASE = "/tango/rest"
DEVICES = f"{BASE}/rc3/hosts/localhost/10000/devices"
D = f"{DEVICES}/a/b/c/attributes"
X, Y, BAD = (f"{D}/{name}/value" for name in ("x", "y", "bad"))
SEVERAL = f"{D}/value?attr=x&attr=y"
CONTROL = f"{DEVICES}/sim/control/1/commands"


class Reading:
    """An attribute whose readings are counted, and wait where the test wants it."""

    def __init__(self, backend: Counting, attribute: Attribute, name: str) -> None:
        self._backend, self._attribute, self._name = backend, attribute, name

    def read(self) -> DeviceAttribute:
        self._backend.note(self._name)
        return self._attribute.read()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attribute, name)


class Readings:
    """A device whose readings of several attributes are counted so, too."""

    def __init__(self, backend: Counting, device: Device) -> None:
        self._backend, self.device = backend, device

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        self._backend.note(" ".join(names))
        return self.device.read_attributes(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.device, name)


class Counting(FakeBackend):
    """A fake that counts what is read."""

    def __init__(self) -> None:
        super().__init__(parse(FACILITY, "test.yml"))
        self.control.fail("a/b/c/bad", {"fault": "failure"})
        self.reads: list[str] = []
        self.holds = False
        self.entered, self.may_return = threading.Semaphore(0), threading.Semaphore(0)

    def note(self, names: str) -> None:
        """Count a call, and let it wait where the test wants it."""
        self.reads.append(names)
        if self.holds:
            self.entered.release()
            assert self.may_return.acquire(timeout=60)

    def get_device_proxy(self, device: str) -> DeviceProxy:
        proxy: Any = Readings(self, super().get_device_proxy(device))
        return proxy  # type: ignore[no-any-return]  # stands in for one

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        assert isinstance(device, Readings)
        plain = super().get_attribute_proxy(device.device, attribute)
        proxy: Any = Reading(self, plain, attribute)
        return proxy  # type: ignore[no-any-return]  # as above


class Started:
    """A server of such a fake."""

    def __init__(self, **settings: Any) -> None:
        self.backend = Counting()
        chosen = Settings(port=0, **settings)
        self.shares = Shares(chosen.tango_timeout, chosen.max_waiting)
        self.facilities = Facilities(
            self.backend, chosen.cache_size, self.shares.row, chosen.value_ttl, self.shares
        )
        app = create_app(chosen, self.backend, self.facilities)
        refuse = refusals(chosen.rc3_mode, self.backend.clock)
        listening = listen(chosen.host, 0)
        self.server = Server(app, listening, chosen, refuse, self.shares, app.changes.finish)
        self.port = int(self.server.url.rpartition(":")[2])
        self.opened: list[Connection] = []
        self.thread = threading.Thread(target=self.server.run)

    @property
    def reads(self) -> list[str]:
        return self.backend.reads

    def ask(self, path: str = X, *lines: str, method: str = "GET") -> Reply:
        return exchange(self.port, get(path, *lines, method=method), method)

    def value(self, path: str = X) -> int:
        value: int = self.ask(path).json["value"]
        return value

    def send(self, path: str = X) -> Connection:
        self.opened.append(Connection(self.port))
        self.opened[-1].send(get(path))
        return self.opened[-1]

    def command(self, name: str, argument: Any) -> Reply:
        body = str(argument).replace("'", '"').encode()
        head = get(
            f"{CONTROL}/{name}",
            *("Content-Type: application/json", f"Content-Length: {len(body)}"),
            method="PUT",
        )
        return exchange(self.port, head + body)

    def figure(self, name: str) -> int:
        text = self.ask("/metrics").content.decode()
        [line] = [each for each in text.splitlines() if each.startswith(f"{name} ")]
        return int(float(line.rpartition(" ")[2]))

    def board(self, waiting: int, path: str = X) -> list[Connection]:
        """Let one request read, and so many wait for it."""
        self.backend.holds = True
        sent = [self.send(path)]
        assert self.backend.entered.acquire(timeout=WAIT)
        for number in range(1, waiting + 1):
            sent.append(self.send(path))
            assert eventually(lambda: len(self.shares._aside) == number)  # noqa: B023 - at once
        return sent

    def land(self, sent: list[Connection]) -> list[Reply]:
        self.backend.holds = False
        self.backend.may_return.release()
        return [each.reply() for each in sent]


@contextmanager
def started(**settings: Any) -> Iterator[Started]:
    made = Started(**settings)
    made.thread.start()
    try:
        yield made
    finally:
        made.backend.may_return.release(1000)
        for each in made.opened:
            each.close()
        made.server.stop()
        made.thread.join(WAIT)
        assert not made.thread.is_alive()
