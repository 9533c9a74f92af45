"""A server that is stopped finishes what is in flight."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from asking_server import asking
from echo_server import WAIT, Running, eventually, refuses_connections, running
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


def test_stop_answers_what_came_after_the_last_look(
    echo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection has been idle for long, and its next request is not read yet."""
    close = http_server.Server._close_idle
    with connection(echo.port) as opened:
        opened.send(get("/"))
        opened.reply()
        requests = [get("/")]

        def send_and_close(server: http_server.Server) -> None:
            if requests:
                [channel] = server._channels()
                channel.last_activity = 0
                opened.send(requests.pop())
            close(server)

        monkeypatch.setattr(http_server.Server, "_close_idle", send_and_close)
        echo.server.stop()
        assert opened.reply().headers["connection"] == "close"
        assert opened.rest() == b""
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


@pytest.mark.parametrize(("verb", "running_"), [("ask", 4), ("run", 4), ("share", 1)])
def test_stop_answers_those_that_wait_in_vain(
    verb: str, running_: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The end is no timeout, for they have not waited so long; a call that hangs gets no answer."""
    with asking(tango_timeout=30.0, drain_timeout=1.0) as (started, app), ExitStack() as stack:
        sent = []
        for number in range(running_ + 3):
            sent.append(stack.enter_context(connection(started.port)))
            sent[-1].send(get(f"/{verb}/x"))
            if number < running_:
                assert app.entered_call.acquire(timeout=WAIT)
        assert eventually(lambda: len(app.shares._aside) == 3)
        started.server.stop()
        replies = [each.reply() for each in sent[running_:]]
        assert [each.content for each in replies] == [b"Ending"] * 3
        assert [each.headers["connection"] for each in replies] == ["close"] * 3
        assert [each.rest() for each in sent[:running_]] == [b""] * running_
        assert app.calls == ["x"] * running_
        assert started.ended()
    assert caplog.messages == [f"{running_} requests did not finish in 1 s"]


def test_stop_lets_those_that_wait_have_their_turn() -> None:
    with asking(drain_timeout=5.0) as (started, app), ExitStack() as stack:
        sent = [stack.enter_context(connection(started.port)) for _ in range(6)]
        for each in sent:
            each.send(get("/ask/x"))
        assert eventually(lambda: len(app.shares._aside) == 2)
        started.server.stop()
        app.may_return.release(6)
        assert [each.reply().content for each in sent] == [b"x"] * 6
        assert started.ended()


def test_stop_ends_an_idle_server(echo: Running) -> None:
    echo.server.stop()
    assert echo.ended()
