"""A server that is stopped finishes what is in flight."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from echo_server import WAIT, Running, eventually, running
from mtango_ref.server import http_server
from raw import connection, get


@pytest.fixture
def echo() -> Iterator[Running]:
    with running() as started:
        yield started


def test_stop_finishes_what_is_in_flight(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/slow", "Content-Length: 2") + b"ok")
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        echo.app.may_answer.set()
        reply = opened.reply()
        assert (reply.content, reply.headers["connection"]) == (b"ok", "close")
        assert opened.rest() == b""
    assert echo.ended()


def refuses_connections(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT):
            return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it came while the server ceased to listen
        return False


def test_stop_within_a_stop_waits_for_nobody(echo: Running) -> None:
    """A handler of a signal may be interrupted by that of the next, in the same thread."""
    loop = echo.server._loop
    pull = loop._trigger.pull_trigger

    def pull_and_stop() -> None:
        pull()
        loop._waits = True  # as who leads says when it waits anew
        echo.server.stop()

    assert eventually(lambda: loop._waits)
    loop._trigger.pull_trigger = pull_and_stop
    threading.Thread(target=echo.server.stop, daemon=True).start()
    assert echo.ended()


def test_stop_finishes_a_pipeline(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/slow") + get("/slow") + get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        echo.app.may_answer.set()
        replies = [opened.reply() for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 200]
        assert [reply.headers.get("connection") for reply in replies] == [None, None, "close"]
    assert echo.ended()


def test_stop_takes_in_a_request_that_is_half_here(
    echo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "_GRACE", 0.0)
    with connection(echo.port) as opened:
        opened.send(get("/", "Content-Length: 4") + b"bo")
        assert eventually(lambda: len(echo.channels) == 1)
        echo.server.stop()
        assert eventually(lambda: refuses_connections(echo.port))
        time.sleep(0.2)  # in which what idles is closed
        opened.send(b"dy")
        assert opened.reply().content == b"body"
    assert echo.ended()


def test_stop_gives_up_a_request_whose_rest_does_not_come(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(drain_timeout=0.5) as echo, connection(echo.port) as opened:
        opened.send(get("/", "Content-Length: 4") + b"bo")
        assert eventually(lambda: any(each.unfinished() for each in [*echo.channels.values()]))
        echo.server.stop()
        assert opened.rest() == b""
        assert echo.ended()
    assert caplog.messages == ["1 requests did not finish in 0.5 s"]


def test_stop_closes_idle_connections(echo: Running) -> None:
    with connection(echo.port) as opened:
        opened.send(get("/"))
        opened.reply()
        echo.server.stop()
        assert opened.rest() == b""
        assert echo.ended()


def test_stop_gives_up_what_does_not_finish(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(drain_timeout=0.5) as echo, connection(echo.port) as opened:
        opened.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        echo.server.stop()
        assert echo.ended()
    assert caplog.messages == ["1 requests did not finish in 0.5 s"]


def test_stop_ends_an_idle_server(echo: Running) -> None:
    echo.server.stop()
    assert echo.ended()
