"""Clients that take their time, and many of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from echo_server import WAIT, Running, eventually, running
from mtango_ref.server import connections, http_server
from raw import Connection, connection, get


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Start a server that waits for nobody."""
    monkeypatch.setattr(http_server, "_CLEANUP_INTERVAL", 0)
    monkeypatch.setattr(connections, "LINGER_TIME", 0.5)
    with running(receive_timeout=0.5, idle_timeout=1.5) as started:
        yield started


def closes(opened: Connection, trickle: bytes = b"") -> bool:
    """Return True if the server closes within WAIT s while the client goes on sending."""
    opened.socket.settimeout(0.1)
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            if trickle:
                opened.send(trickle)
            if opened.socket.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize(
    ("begin", "trickle"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n"),
        (get("/", "Content-Length: 1000"), b"a"),
        (get("/", "Transfer-Encoding: chunked"), b"1\r\na\r\n"),
        (b"garbage\r\n\r\n", b"more garbage"),
    ],
)
def test_slow_requests_are_given_up(hasty: Running, begin: bytes, trickle: bytes) -> None:
    with connection(hasty.port) as opened:
        opened.send(begin)
        assert closes(opened, trickle)
    assert hasty.still_answers()


def test_idle_connections_are_closed(hasty: Running) -> None:
    with connection(hasty.port) as opened:
        assert closes(opened)


def test_who_does_not_read_is_given_up(hasty: Running) -> None:
    """His thread answers others again."""
    with connection(hasty.port) as opened:
        opened.send(get("/big") * 60)
        assert eventually(lambda: len(hasty.channels) == 1)
        assert eventually(lambda: not hasty.channels)
    assert hasty.still_answers()


def reads_now_and_then(hasty: Running) -> bool:
    """Return True if a client may do so for longer than all the bounds, while 16 MB wait for
    him."""
    with connection(hasty.port) as opened:
        opened.send(get("/big") * 60)
        assert eventually(lambda: len(hasty.channels) == 1)
        for _ in range(40):
            opened.socket.recv(65536)
            time.sleep(0.1)
        return bool(hasty.channels)


def test_who_reads_too_slowly_is_given_up(hasty: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SLOWEST", 10_000_000)
    assert not reads_now_and_then(hasty)
    assert hasty.still_answers()


def test_who_reads_slowly_but_steadily_is_not_given_up(hasty: Running) -> None:
    assert reads_now_and_then(hasty)


def test_a_slow_app_is_no_slow_client(hasty: Running) -> None:
    with connection(hasty.port) as opened:
        opened.send(get("/slow"))
        assert hasty.app.entered.acquire(timeout=WAIT)
        time.sleep(3)  # longer than all the bounds
        hasty.app.may_answer.set()
        assert opened.reply().status == 200


def test_connections_beyond_the_limit_wait() -> None:
    """More than are taken: none is refused, each is answered when others have gone."""
    with running(max_connections=100) as started:
        idle = [Connection(started.port) for _ in range(300)]
        assert eventually(lambda: len(started.channels) > 90)
        assert len(started.channels) <= 100
        with connection(started.port) as late:
            late.send(get("/"))
            for opened in idle:
                opened.close()
            assert late.reply().status == 200


SLOW = {
    "header": b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
    "body": get("/", "Content-Length: 100000") + b"a",
    "chunks": get("/", "Transfer-Encoding: chunked") + b"5\r\nhe",
    "reader": get("/big") * 20,
}
"""The bytes of clients that then do no more."""


@pytest.mark.parametrize("how", SLOW)
def test_slow_clients_cost_nobody_else(how: str) -> None:
    """One that asks as usual is answered each time, by two threads, while all of them hang."""
    with running(threads=2) as started, ExitStack() as stack:
        slow = [stack.enter_context(connection(started.port)) for _ in range(50)]
        for opened in slow:
            opened.send(SLOW[how])
        usual = stack.enter_context(connection(started.port))
        for number in range(200):
            usual.send(get("/", "Content-Length: 3") + b"%03d" % number)
            assert usual.reply().content == b"%03d" % number
        assert len(started.channels) == 51
