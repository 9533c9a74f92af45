"""Values that are kept for `value_ttl`, on the running server: who reads, and who gets what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from echo_server import WAIT, eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.http.app import create_app
from mtango_ref.http.facilities import Facilities
from mtango_ref.interface import Attribute, Device
from mtango_ref.model import DeviceAttribute
from mtango_ref.server import Server, Shares, listen, refusals
from mtango_ref.settings.model import Settings
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
CONTROL = f"{DEVICES}/sim/control/1/commands"


class Reading:
    """An attribute whose readings are counted, and wait where the test wants it."""

    def __init__(self, backend: Counting, attribute: Attribute, name: str) -> None:
        self._backend, self._attribute, self._name = backend, attribute, name

    def read(self) -> DeviceAttribute:
        self._backend.reads.append(self._name)
        if self._backend.holds:
            self._backend.entered.release()
            assert self._backend.may_return.acquire(timeout=60)
        return self._attribute.read()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attribute, name)


class Counting(FakeBackend):
    """A fake that counts what is read."""

    def __init__(self) -> None:
        super().__init__(parse(FACILITY, "test.yml"))
        self.control.fail("a/b/c/bad", {"fault": "failure"})
        self.reads: list[str] = []
        self.holds = False
        self.entered, self.may_return = threading.Semaphore(0), threading.Semaphore(0)

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        proxy: Any = Reading(self, super().get_attribute_proxy(device, attribute), attribute)
        return proxy  # type: ignore[no-any-return]


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


@pytest.fixture
def kept() -> Iterator[Started]:
    with started(value_ttl=60.0) as made:
        yield made


def test_without_a_ttl_each_request_reads() -> None:
    """Requests that come at the same time read each, too."""
    with started() as made:
        assert [made.value() for _ in range(3)] == [1, 1, 1]
        assert made.reads == ["x"] * 3
        made.backend.holds = True
        sent = [made.send() for _ in range(3)]
        for _ in sent:
            assert made.backend.entered.acquire(timeout=WAIT)
        made.backend.may_return.release(3)
        assert [each.reply().json["value"] for each in sent] == [1, 1, 1]


def test_64_clients_read_once(kept: Started) -> None:
    sent = kept.board(63)
    assert kept.ask(f"{D}/y").json["name"] == "y"
    replies = kept.land(sent)
    assert len({each.content for each in replies}) == 1
    assert replies[0].json["value"] == 1
    assert kept.value() == 1
    assert kept.reads == ["x"]
    assert kept.figure('mtango_value_reads_total{source="read"}') == 1
    assert kept.figure('mtango_value_reads_total{source="shared"}') == 63
    assert kept.figure('mtango_value_reads_total{source="kept"}') == 1
    assert kept.figure("mtango_values_kept") == 1
    assert kept.figure("mtango_values_kept_bytes") == len(replies[0].content)


def test_names_are_compared_as_tango_does(kept: Started) -> None:
    """The answers have the defined spelling."""
    assert kept.value() == 1
    spelled = X.replace("a/b/c", "A/b/C").replace("/x/", "/X/")
    assert (kept.ask(spelled).json["name"], kept.reads) == ("x", ["x"])


def test_other_attributes_and_devices_are_others(kept: Started) -> None:
    other = X.replace("a/b/c", "a/b/d")
    assert kept.command("SetValue", ["a/b/d/x", "4"]).status == 200
    assert [kept.value(path) for path in (X, Y, other, X, Y, other)] == [1, 2, 4] * 2
    assert kept.reads == ["x", "y", "x"]


def test_failure_is_shared_and_not_kept(kept: Started) -> None:
    replies = kept.land(kept.board(3, BAD))
    assert {each.json["quality"] for each in replies} == {"FAILURE"}
    assert kept.reads == ["bad"]
    assert kept.ask(BAD).json["errors"] == replies[0].json["errors"]
    assert kept.reads == ["bad", "bad"]
    kept.backend.control.heal("a/b/c/bad")
    assert kept.value(BAD) == 3


def test_unknown_device_is_a_failure_each_time(kept: Started) -> None:
    path = X.replace("a/b/c", "no/such/device")
    reasons = [kept.ask(path).json["errors"][0]["reason"] for _ in range(2)]
    assert reasons == ["DB_DeviceNotDefined"] * 2


def test_value_that_is_too_old_is_read_again() -> None:
    with started(value_ttl=0.05) as made:
        made.value()
        made.backend.control.set_value("a/b/c/x", 5)
        assert eventually(lambda: made.value() == 5)


def test_value_that_is_too_old_as_it_comes_is_that_of_who_waited() -> None:
    with started(value_ttl=0.001) as made:
        sent = made.board(3)
        assert [each.json["value"] for each in made.land(sent)] == [1] * 4
        assert made.reads == ["x"]
        assert made.value() == 1
        assert made.reads == ["x", "x"]


@pytest.mark.parametrize("cache", ["devices", "attributes"])
def test_cleaning_forgets_values(kept: Started, cache: str) -> None:
    for _ in range(2):
        kept.value()
    assert kept.ask(f"{BASE}/sys/clean/{cache}").status == 204
    assert kept.figure("mtango_values_kept") == 0
    assert kept.value() == 1
    assert kept.reads == ["x", "x"]


def test_cleaning_while_a_value_is_read(kept: Started) -> None:
    """A later request reads anew; one that has waited gets its value, which is not kept."""
    sent = kept.board(2)
    assert kept.ask(f"{BASE}/sys/clean/attributes").status == 204
    kept.backend.control.set_value("a/b/c/x", 5)
    kept.backend.holds = False
    assert kept.value() == 5
    assert kept.reads == ["x", "x"]
    kept.land(sent)
    assert kept.value() == 5
    assert kept.reads == ["x", "x"]


def test_command_forgets_values(kept: Started) -> None:
    """The values of all devices are forgotten: this one changes others. A command that fails does
    so, too."""
    assert kept.value() == 1
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    assert kept.value() == 5
    assert "errors" in kept.command("SetValue", ["a/b/c/none", "5"]).json
    assert kept.value() == 5
    assert kept.reads == ["x"] * 3


def test_command_while_a_value_is_read(kept: Started) -> None:
    sent = kept.board(1)
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    kept.backend.holds = False
    assert kept.value() == 5
    kept.land(sent)
    assert kept.value() == 5


def test_client_that_reads_is_gone(kept: Started) -> None:
    """Its reading is that of the others."""
    sent = kept.board(2)
    sent.pop(0).close()
    assert [each.json["value"] for each in kept.land(sent)] == [1, 1]
    assert kept.reads == ["x"]


def test_stop_while_a_value_is_read(kept: Started) -> None:
    sent = kept.board(2)
    kept.server.stop()
    assert [each.json["value"] for each in kept.land(sent)] == [1] * 3


def test_several_values_are_read_each_time(kept: Started) -> None:
    """Their readings are one call already."""
    kept.value()
    kept.backend.control.set_value("a/b/c/x", 5)
    values = kept.ask(f"{D}/value?attr=x&attr=y").json
    assert [each["value"] for each in values] == [5, 2]
    assert kept.value() == 1


def test_other_facility_has_values_of_its_own(kept: Started) -> None:
    """The names are the same, as when --watch has seen a change."""
    assert kept.value() == 1
    other = Counting()
    other.control.set_value("a/b/c/x", 7)
    sent = kept.board(1, Y)
    kept.facilities.replace(other)
    third = Y.replace("a/b/c", "a/b/d")
    assert (kept.value(), kept.value(Y), kept.value(third)) == (7, 2, 2)
    kept.land(sent)
    assert other.reads == ["x", "y", "y"]
    assert kept.figure("mtango_values_kept") == 3


@pytest.mark.parametrize("lines", [[], ["Connection: keep-alive"], ["Connection: close"]])
def test_304_on_the_wire(kept: Started, lines: list[str]) -> None:
    """Nothing comes behind its headers, and the connection goes on if the client wants that."""
    first = kept.ask()
    opened = kept.send(X)
    assert opened.reply().content == first.content
    opened.send(get(X, f"If-None-Match: {first.headers['etag']}", *lines) + get(Y))
    found = opened.reply("HEAD")
    names = {"cache-control", "date", "etag", "expires", "vary", "x-mtango"}
    if lines == ["Connection: close"]:
        assert (found.status, {*found.headers}) == (304, names | {"connection"})
        assert opened.rest() == b""
    else:
        assert (found.status, {*found.headers}) == (304, names)
        assert opened.reply().json["value"] == 2
