"""Calls that requests share: who waits for them, and what comes of those that do not return."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asking_server import Asking, asking, dropped
from echo_server import WAIT, Running, eventually
from mtango_ref.threads import shares as shares_module
from raw import Connection, connection, exchange, get

TIMED_OUT = b"Timeout (1000 mS) exceeded on x"
NOT_RETURNED = TIMED_OUT + b", earlier calls have not returned yet"

Send = Callable[..., Connection]


@pytest.fixture
def send() -> Iterator[Send]:
    """Send a request by a connection of its own, which the test ends."""
    opened: list[Connection] = []

    def send(started: Running, path: str, body: bytes = b"") -> Connection:
        opened.append(Connection(started.port))
        opened[-1].send(get(path, f"Content-Length: {len(body)}", method="PUT") + body)
        return opened[-1]

    yield send
    for each in opened:
        each.close()


def board(
    started: Running, app: Asking, send: Send, path: str = "/share/x", waiting: int = 3
) -> list[Connection]:
    """Let one request make a call, and so many wait for it."""
    sent = [send(started, path, b"0")]
    assert app.entered_call.acquire(timeout=WAIT)
    for number in range(1, waiting + 1):
        sent.append(send(started, path, b"%d" % number))
        assert eventually(lambda: aside(app) == number)  # noqa: B023 - at once
    return sent


def aside(app: Asking) -> int:
    return len(app.shares._aside)


def replies(sent: list[Connection]) -> list[bytes]:
    return [each.reply().content for each in sent]


def is_idle(app: Asking) -> bool:
    """Return True if nobody has a place, waits, or makes a call."""
    shares = app.shares
    targets = shares._targets.values()
    is_used = any(each.places or each.waiting for each in targets)
    return not (is_used or shares._aside or shares._running or shares._flights._flights)


def test_requests_of_64_clients_share_a_call(send: Send) -> None:
    """Each with its body; those that wait have no thread."""
    with asking(threads=2) as (started, app):
        sent = board(started, app, send, waiting=63)
        assert exchange(started.port, get("/ask/y")).content == b"y"
        app.may_return.release()
        assert replies(sent) == [b"%dx" % number for number in range(64)]
        assert app.calls == ["x", "y"]
        assert eventually(lambda: is_idle(app))


def test_call_that_has_returned_is_shared_no_more(send: Send) -> None:
    with asking() as (started, app):
        app.may_return.release(2)
        for _ in range(2):
            assert exchange(started.port, get("/share/x")).content == b"x"
        assert app.calls == ["x", "x"]


def test_other_calls_are_others(send: Send) -> None:
    with asking() as (started, app):
        sent = board(started, app, send)
        assert exchange(started.port, get("/share/y")).content == b"y"
        app.may_return.release()
        assert replies(sent) == [b"0x", b"1x", b"2x", b"3x"]


def test_failure_is_that_of_all_who_waited_and_of_nobody_else(send: Send) -> None:
    with asking() as (started, app):
        sent = board(started, app, send, "/share/failed")
        app.may_return.release()
        assert replies(sent) == [b"%dfailed" % number for number in range(4)]
        assert app.calls == ["failed"]
        app.may_return.release()
        assert exchange(started.port, get("/share/failed")).content == b"failed"
        assert app.calls == ["failed", "failed"]
        assert eventually(lambda: is_idle(app))


def test_defect_is_nobody_elses(send: Send) -> None:
    with asking() as (started, app):
        sent = board(started, app, send, "/share/broken")
        app.may_return.release(4)
        assert [each.reply().status for each in sent] == [500] * 4
        assert app.calls == ["broken"] * 4
        assert eventually(lambda: is_idle(app))


@pytest.mark.parametrize("threads", [1, 4])
def test_call_that_hangs_lets_each_fail_by_its_own_time(threads: int, send: Send) -> None:
    """Only one call hangs, with one thread; others are answered."""
    with asking(threads=threads, tango_timeout=1.0) as (started, app):
        sent = board(started, app, send)
        assert started.still_answers()
        found = replies(sent)
        assert found[0] == b"0" + TIMED_OUT
        assert found[1:] == [b"%d" % number + NOT_RETURNED for number in (1, 2, 3)]
        assert app.calls == ["x"]
        assert started.still_answers()
        app.may_return.release()
        assert eventually(lambda: dropped(app) == 1)
        app.may_return.release()
        assert exchange(started.port, get("/share/x")).content == b"x"
        assert eventually(lambda: is_idle(app))


def test_call_that_fails_by_its_time_is_made_by_the_next(send: Send) -> None:
    """The failure is not that of a request that waits, which may have come much later."""
    with asking(tango_timeout=60.0) as (started, app):
        sent = board(started, app, send)
        app.shares.look(app.shares._due)
        assert sent[0].reply().content == b"0Timeout (60000 mS) exceeded on x"
        assert eventually(lambda: aside(app) == 3)
        app.may_return.release(2)
        assert replies(sent[1:]) == [b"1x", b"2x", b"3x"]
        assert app.calls == ["x", "x"]
        assert eventually(lambda: is_idle(app))


def test_request_has_waited_long_enough_for_what_has_no_target(send: Send) -> None:
    with asking(tango_timeout=1.0) as (started, app):
        sent = board(started, app, send, "/hold/x", waiting=1)
        assert app.entered_call.acquire(timeout=WAIT)
        assert app.calls == ["x", "x"]
        app.may_return.release(2)
        assert replies(sent) == [b"0x", b"1x"]
        assert eventually(lambda: is_idle(app))


def test_each_request_ends_by_its_own_deadline(send: Send) -> None:
    with asking(request_timeout=0.5) as (started, app):
        sent = board(started, app, send)
        assert replies(sent) == [b"%dOutOfTime" % number for number in range(4)]
        assert app.calls == ["x"]
        app.may_return.release()
        assert eventually(lambda: dropped(app) == 1)
        assert eventually(lambda: is_idle(app))


def test_as_many_as_may_wait_share_a_call(send: Send) -> None:
    with asking(max_waiting=2) as (started, app):
        sent = board(started, app, send, waiting=2)
        assert send(started, "/share/x").reply().content == b"TooManyWait"
        app.may_return.release()
        assert replies(sent) == [b"0x", b"1x", b"2x"]


def test_client_that_waits_is_gone(send: Send) -> None:
    with asking() as (started, app):
        sent = board(started, app, send, waiting=2)
        sent.pop(1).close()
        app.may_return.release()
        assert replies(sent) == [b"0x", b"2x"]
        assert eventually(lambda: len(started.channels) == 2)
        assert eventually(lambda: is_idle(app))


@pytest.fixture
def _one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares_module, "SHARE", 1)


@pytest.mark.usefixtures("_one_place")
def test_who_makes_the_call_waits_for_a_place(send: Send) -> None:
    """The others wait for the call."""
    with asking() as (started, app):
        first = send(started, "/ask/x")
        assert app.entered_call.acquire(timeout=WAIT)
        sent = []
        for number in range(4):
            sent.append(send(started, "/share/x", b"%d" % number))
            assert eventually(lambda: aside(app) == number + 1)  # noqa: B023 - at once
        app.may_return.release(2)
        assert first.reply().content == b"x"
        assert replies(sent) == [b"0x", b"1x", b"2x", b"3x"]
        assert app.calls == ["x", "x"]
        assert eventually(lambda: is_idle(app))


def test_request_does_not_wait_twice(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller came to it late; a request that waits for it fails when its own time is over."""
    monkeypatch.setattr(shares_module, "SHARE", 1)
    with asking(tango_timeout=2.0) as (started, app):
        first = send(started, "/ask/x")
        assert app.entered_call.acquire(timeout=WAIT)
        sent = []
        for number in range(2):
            sent.append(send(started, "/share/x", b"%d" % number))
            assert eventually(lambda: aside(app) == number + 1)  # noqa: B023 - at once
        time.sleep(1.0)
        app.may_return.release()
        assert first.reply().content == b"x"
        assert app.entered_call.acquire(timeout=WAIT)
        late = b"Timeout (2000 mS) exceeded on x"
        assert sent[1].reply().content == b"1" + late + b", earlier calls have not returned yet"
        assert sent[0].reply().content == b"0" + late
        assert app.calls == ["x"] * 2


@pytest.mark.usefixtures("_one_place")
def test_client_whose_request_was_to_make_the_call_is_gone(send: Send) -> None:
    """The next one makes it."""
    with asking() as (started, app):
        first = send(started, "/ask/x")
        assert app.entered_call.acquire(timeout=WAIT)
        with connection(started.port) as gone:
            gone.send(get("/share/x"))
            assert eventually(lambda: aside(app) == 1)
            [work] = app.shares._aside
            sent = []
            for number in range(3):
                sent.append(send(started, "/share/x", b"%d" % number))
                assert eventually(lambda: aside(app) == number + 2)  # noqa: B023 - at once
            work.channel.will_close = True
            started.server._loop.look(work.channel)
            assert gone.rest() == b""
        app.may_return.release(2)
        assert first.reply().content == b"x"
        assert replies(sent) == [b"0x", b"1x", b"2x"]
        assert app.calls == ["x", "x"]
        assert eventually(lambda: is_idle(app))


def test_stop_while_requests_share_a_call(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    """All are answered."""
    with asking() as (started, app):
        sent = board(started, app, send)
        started.server.stop()
        assert eventually(lambda: started.server._listeners[0].draining)
        app.may_return.release()
        found = [each.reply() for each in sent]
        assert [each.content for each in found] == [b"0x", b"1x", b"2x", b"3x"]
        assert {each.headers["connection"] for each in found} == {"close"}
        assert started.ended()
        assert caplog.messages == []


def test_stop_while_a_shared_call_hangs(send: Send) -> None:
    with asking(tango_timeout=1.0) as (started, app):
        sent = board(started, app, send, waiting=1)
        started.server.stop()
        assert replies(sent) == [b"0" + TIMED_OUT, b"1" + NOT_RETURNED]
        assert started.ended()


def test_call_returns_as_it_is_given_up(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is nobody's; the next request that waits makes the call."""
    end = shares_module.Shares._end

    def give_up_first(self: shares_module.Shares, call: Any, failed: Any) -> None:
        with self._lock:
            if not dropped(app) and not call.overdue:
                self._give_up(call)
        end(self, call, failed)

    monkeypatch.setattr(shares_module.Shares, "_end", give_up_first)
    with asking() as (started, app):
        sent = board(started, app, send)
        app.may_return.release(2)
        assert replies(sent) == [
            b"0Timeout (60000 mS) exceeded on x",
            *(b"1x", b"2x", b"3x"),
        ]
        assert (dropped(app), app.calls) == (1, ["x", "x"])
        assert eventually(lambda: is_idle(app))
