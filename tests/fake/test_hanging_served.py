"""A device of the fake that hangs behind a server, as those of a gateway do.

tests/gateway/test_tango_shares.py asks a real one for the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.request import urlopen

import pytest

from echo_server import eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.figures.metrics import ASIDE, DROPPED
from mtango_ref.fixture.loading import parse
from mtango_ref.interface import Backend
from mtango_ref.model import DevFailed
from mtango_ref.threads import Shares
from served_backend import (
    ALARM,
    DEVICE,
    EXPECTED,
    HANGING,
    OTHER,
    TIMEOUT,
    VALUE,
    Served,
    hang,
    served,
)

FIXTURE = f"""\
classes:
  TangoTest: {{attributes: {{long_scalar: {{data_type: DevLong, value: 5}}}}}}
  OneOfEach: {{attributes: {{alarm: {{data_type: DevDouble, value: 1.5}}}}}}
devices:
  {DEVICE}: {{class: TangoTest}}
  {OTHER}: {{class: OneOfEach}}
"""


def fake(shares: Shares) -> FakeBackend:
    return FakeBackend(parse(FIXTURE, "test.yml"), timeout=TIMEOUT, calls=shares)


@contextmanager
def faulty(server: Served, fault: str = "hang", **fields: object) -> Iterator[None]:
    assert isinstance(server.backend, FakeBackend)
    server.backend.control.fail(DEVICE, {"fault": fault, **fields})
    yield
    server.backend.control.heal(DEVICE)


@pytest.fixture
def server() -> Iterator[Served]:
    with served(fake) as started:
        yield started


@pytest.mark.parametrize("asked", [4, 32, 100])
def test_hanging_device_leaves_threads_to_others(server: Served, asked: int) -> None:
    """There are as many clients as it has places, and many more than there are threads."""
    found = hang(server, faulty(server), asked)
    if asked <= 4:
        assert found == EXPECTED._replace(failures=found.failures)
        assert found.failures <= EXPECTED.failures
    else:
        assert found == EXPECTED


def test_device_that_is_too_slow_leaves_threads_to_others(server: Served) -> None:
    """The fault `timeout` takes as long of each request."""
    found = hang(server, faulty(server, "timeout"), 32)
    assert (found.failures <= EXPECTED.failures, found.others_waited) == (True, False)
    assert (found.threads, found.after) == (True, 100)


def test_who_waits_is_answered_when_it_is_back(server: Served) -> None:
    """Requests with a place are answered, and those without, before their time is over."""
    server.get(VALUE)
    with ThreadPoolExecutor(40) as pool:
        with faulty(server):
            asking = [pool.submit(server.get, VALUE) for _ in range(40)]
            while server.figure("mtango_requests_waiting") + 4 < 40:
                assert server.get(ALARM)["value"] == 1.5
        assert [each.result().get("value") for each in asking] == [5] * 40


class Commanding:
    """An app that runs a command, and then reads; it notes when the command had its effect."""

    def __init__(self, backend: Backend) -> None:
        assert isinstance(backend, FakeBackend)
        self._device = backend.get_device_proxy(DEVICE)
        found = backend.find(DEVICE)
        assert isinstance(found, FakeDevice)
        found.commands["init"] = replace(found.commands["init"], effect=self._effect)
        self.effects: list[float] = []

    def _effect(self, at: float, _: float) -> None:
        self.effects.append(at)

    def __call__(self, _: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            self._device.command_inout("Init")
            self._device.state()
            body = b"done"
        except DevFailed as failed:
            body = failed.errors[0].reason.encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def commanding() -> Iterator[tuple[Served, Commanding]]:
    apps: list[Commanding] = []

    def make(backend: Backend) -> Commanding:
        apps.append(Commanding(backend))
        return apps[0]

    with served(fake, make) as started:
        yield started, apps[0]


def ask(server: Served, _: int) -> bytes:
    with urlopen(server.server.url, timeout=HANGING) as reply:
        return bytes(reply.read())


def test_command_that_waits_is_run_once(commanding: tuple[Served, Commanding]) -> None:
    """A request that is set aside, and run again from its start, runs it once, too."""
    server, app = commanding
    with ThreadPoolExecutor(16) as pool, faulty(server, "latency", seconds=0.05):
        assert [*pool.map(partial(ask, server), range(16))] == [b"done"] * 16
    assert len(app.effects) == 16
    assert server.shares.row.numbers[ASIDE.first] > 0


def test_command_that_is_given_up_is_not_run(commanding: tuple[Served, Commanding]) -> None:
    """The command is not run when the device is back either."""
    server, app = commanding
    with ThreadPoolExecutor(16) as pool, faulty(server):
        assert {*pool.map(partial(ask, server), range(16))} == {b"API_DeviceTimedOut"}
    assert eventually(lambda: server.shares.row.numbers[DROPPED.first] == 4)
    assert ask(server, 0) == b"done"
    assert len(app.effects) == 1


def test_command_is_run_once_if_what_follows_is_given_up(
    commanding: tuple[Served, Commanding],
) -> None:
    """Its answer says that time was over, as it does where the command itself hangs."""
    server, app = commanding
    with faulty(server, "timeout", of="State"):
        assert ask(server, 0) == b"API_DeviceTimedOut"
    assert len(app.effects) == 1
