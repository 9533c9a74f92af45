"""The choice of the TANGO_HOST that answers, within one deadline, whatever hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from mtango_ref.backends.pytango import answering
from mtango_ref.backends.pytango.answering import AnsweringHost

HOSTS = ["a:1", "b:2", "c:3"]


class Network:
    """Hosts that are up, down, or hang until released."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.hanging: set[str] = set()
        self.asked: list[str] = []
        self.released = threading.Event()

    def takes(self, host: str) -> bool:
        self.asked.append(host)
        if host in self.hanging:
            self.released.wait(60)
        return host in self.up


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    monkeypatch.setattr(answering, "PATIENCE", 0.2)
    made = Network()
    yield made
    made.released.set()


@pytest.fixture
def stale(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let each question begin a round from now on."""
    return lambda: monkeypatch.setattr(answering, "FRESH", 0.0)


@pytest.mark.parametrize(
    ("up", "hanging", "found"),
    [
        ({"a:1", "b:2", "c:3"}, set(), "a:1"),
        ({"b:2", "c:3"}, set(), "b:2"),
        ({"c:3"}, {"a:1", "b:2"}, "c:3"),
        ({"a:1"}, {"b:2", "c:3"}, "a:1"),
        (set(), set(), None),
        (set(), {"a:1", "b:2", "c:3"}, None),
    ],
)
def test_first_that_takes_connections_is_found(
    network: Network, up: set[str], hanging: set[str], found: str | None
) -> None:
    network.up, network.hanging = up, hanging
    began = monotonic()
    assert AnsweringHost(HOSTS, network.takes).find() == found
    assert monotonic() - began < 30  # not the 60 s for which they hang


def test_answer_is_remembered_for_a_while(network: Network, stale: Callable[[], None]) -> None:
    network.up = {"b:2"}
    host = AnsweringHost(HOSTS, network.takes)
    assert [host.find(), host.find()] == ["b:2", "b:2"]
    assert sorted(network.asked) == HOSTS
    for thread in threading.enumerate():
        if thread.name == "tango host":
            thread.join(60)
    network.up = {"c:3"}
    assert host.find() == "b:2"
    stale()
    assert host.find() == "c:3"


def test_hosts_that_hang_are_asked_once(network: Network, stale: Callable[[], None]) -> None:
    network.up, network.hanging = {"b:2"}, {"a:1"}
    host = AnsweringHost(HOSTS, network.takes)
    stale()
    for _ in range(5):
        assert host.find() == "b:2"
    assert network.asked.count("a:1") == 1


def test_host_that_hung_is_found_when_it_answers(
    network: Network, stale: Callable[[], None]
) -> None:
    network.up, network.hanging = {"a:1", "b:2"}, {"a:1"}
    host = AnsweringHost(HOSTS, network.takes)
    assert host.find() == "b:2"
    network.released.set()
    stale()
    deadline = monotonic() + 30
    while host.find() != "a:1" and monotonic() < deadline:
        pass
    assert host.find() == "a:1"


def test_resolver_that_hangs_costs_one_deadline(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """getaddrinfo takes no timeout."""

    def create_connection(address: tuple[str, int], _: float) -> object:
        assert address[0] in ("a", "b", "c")
        network.released.wait(60)
        raise OSError

    monkeypatch.setattr("socket.create_connection", create_connection)
    host = AnsweringHost(HOSTS)
    began = monotonic()
    assert [host.find() for _ in range(100)] == [None] * 100
    assert monotonic() - began < 30
