"""A facility is found by host and port: several in one process, several hosts of one."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest

from mtango_ref.interface import BackendError
from mtango_ref.model import ConnectionFailed
from ports import free_port

if TYPE_CHECKING:
    from facility import Facility
    from mtango_ref.backends.pytango.backend import TangoBackend

pytestmark = pytest.mark.tango

T = TypeVar("T")

NOBODY = "127.0.0.1:1"
DEVICE = "sys/tg_test/1"


def connect(*hosts: str) -> TangoBackend:
    from mtango_ref.backends.pytango.backend import TangoBackend

    return TangoBackend(hosts, 30.0)


def is_read(backend: TangoBackend) -> bool:
    device = backend.get_device_proxy(DEVICE)
    return isinstance(backend.get_attribute_proxy(device, "ampli").read().value, float)


def eventually(ask: Callable[[], T]) -> T:
    """Ask again until there is an answer: cppTango connects again after 1 s at the earliest."""
    end = time.monotonic() + 60
    while True:
        try:
            return ask()
        except (ConnectionFailed, BackendError):
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.fixture
def empty_facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start another facility, which has a database and nothing else: its host:port."""
    from facility import Server
    from facility.databases import PyTangoDb

    folder = tmp_path_factory.mktemp("empty")
    servers: list[Server] = []

    def start(command: list[str], *, ready: str = "Ready", **environment: str) -> Server:
        servers.append(Server(command, environment, folder / "log", ready))
        servers[-1].start()
        return servers[-1]

    port = free_port()
    PyTangoDb().start(start, folder, port)
    yield f"127.0.0.1:{port}"
    servers[0].kill()


def test_process_serves_two_facilities(
    facility: Facility, empty_facility: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGO_HOST", NOBODY)
    one, other = connect(facility.tango_host), connect(empty_facility)
    assert one.database.tango_host == facility.tango_host
    assert other.database.tango_host == empty_facility
    assert one.database.get_device_names("sys/tg_test/*") == [DEVICE]
    assert other.database.get_device_names("*/tg_test/*") == [DEVICE]
    assert is_read(one)
    # The tables of a new database have the device, which never ran.
    with pytest.raises(ConnectionFailed) as caught:
        is_read(other)
    assert caught.value.errors[0].reason == "API_DeviceNotExported"
    assert is_read(one)


def test_another_host_is_asked_when_one_dies(facility: Facility) -> None:
    with facility.second_database() as (host, server):
        hosts = (NOBODY, host, facility.tango_host)
        backend = connect(*hosts)
        assert (backend.database.tango_host, backend.database.asked_host) == (NOBODY, host)
        proxy = backend.get_attribute_proxy(backend.get_device_proxy(DEVICE), "ampli")
        assert is_read(backend)
        server.kill()
        names = backend.database.get_device_names("*")
        assert backend.database.asked_host == facility.tango_host
        assert names == connect(facility.tango_host).database.get_device_names("*")
        assert isinstance(proxy.read().value, float)
        assert is_read(backend)


def test_failure_is_reported_when_all_hosts_are_dead(facility: Facility) -> None:
    with facility.second_database() as (host, server):
        database = connect(NOBODY, host).database
        server.kill()
        for _ in range(2):
            with pytest.raises(ConnectionFailed):
                database.get_info()
        server.start()
        assert eventually(database.get_info) == connect(host).database.get_info()


@pytest.mark.parametrize("host", ["localhost", "LocalHost"])
def test_facility_of_this_machine_has_its_name(facility: Facility, host: str) -> None:
    """cppTango: localhost in TANGO_HOST stands for the name of this machine."""
    port = facility.tango_host.rpartition(":")[2]
    backend = eventually(partial(connect, f"{host}:{port}"))
    name = backend.database.tango_host.rpartition(":")[0]
    assert name.partition(".")[0].lower() == socket.gethostname().partition(".")[0].lower()
    assert is_read(backend)
