"""A share of the threads for each target: what is set aside, what is overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from asking_server import Asking, asking, dropped
from echo_server import WAIT, eventually
from mtango_ref.figures.metrics import DROPPED
from mtango_ref.model import DevFailed
from mtango_ref.threads import shares as shares_module
from mtango_ref.threads.shares import Shares
from mtango_ref.threads.work import GivenUp, Target, Work
from raw import Connection, connection, exchange, get

TIMED_OUT = b"Timeout (1000 mS) exceeded on x"
NOT_RETURNED = TIMED_OUT + b", earlier calls have not returned yet"


@pytest.fixture(autouse=True)
def _share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares_module, "SHARE", 2)


@pytest.fixture
def send() -> Iterator[Callable[..., Connection]]:
    """Send a request by a connection of its own, which the test ends."""
    opened: list[Connection] = []

    def send(port: int, path: str, body: bytes = b"") -> Connection:
        opened.append(Connection(port))
        opened[-1].send(get(path, f"Content-Length: {len(body)}", method="PUT") + body)
        return opened[-1]

    yield send
    for each in opened:
        each.close()


Send = Callable[..., Connection]


def fill(app: Asking, port: int, send: Send, share: int = 2) -> list[Connection]:
    """Send as many requests as may be at x, and wait until they are there."""
    sent = [send(port, "/ask/x", b"1") for _ in range(share)]
    for _ in sent:
        assert app.entered_call.acquire(timeout=WAIT)
    return sent


def aside(app: Asking) -> int:
    return len(app.shares._aside)


def is_idle(app: Asking) -> bool:
    """Return True if nobody has a place."""
    targets = app.shares._targets.values()
    return not any(each.places or each.waiting for each in targets)


def test_request_beyond_the_share_is_run_again(send: Send) -> None:
    """The request has its body, and is run when one of the others is done; meanwhile it has no
    thread."""
    with asking(threads=3) as (started, app):
        first = fill(app, started.port, send)
        more = [send(started.port, "/ask/x", b"%d" % number) for number in range(2, 8)]
        assert eventually(lambda: aside(app) == 6)
        assert exchange(started.port, get("/ask/y")).content == b"y"
        app.may_return.release(8)
        assert [each.reply().content for each in first] == [b"1x"] * 2
        assert [each.reply().content for each in more] == [b"%dx" % n for n in range(2, 8)]
        assert app.begun == [False] * 9 + [True] * 6
        assert app.calls.count("x") == 8
        assert eventually(lambda: is_idle(app))


def test_database_is_asked_one_thing_at_a_time(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that floods it leaves the threads to others."""
    monkeypatch.setattr(shares_module, "DATABASE", "x")
    with asking() as (started, app):
        sent = [send(started.port, "/ask/x", b"1") for _ in range(3)]
        for left in (2, 1, 0):
            assert app.entered_call.acquire(timeout=WAIT)
            assert eventually(lambda: aside(app) == left)  # noqa: B023 - at once
            assert not app.entered_call.acquire(blocking=False)
            app.may_return.release()
        assert [each.reply().content for each in sent] == [b"1x"] * 3


def test_those_set_aside_come_in_their_order(send: Send) -> None:
    with asking() as (started, app):
        fill(app, started.port, send)
        more = []
        for number in range(1, 4):
            more.append(send(started.port, "/ask/x", b"%d" % number))
            assert eventually(lambda: aside(app) == number)  # noqa: B023 - at once
        for number in range(1, 4):
            app.may_return.release()
            assert app.entered_call.acquire(timeout=WAIT)
            assert aside(app) == 3 - number
        app.may_return.release(3)
        assert [each.reply().content for each in more] == [b"1x", b"2x", b"3x"]


def test_time_of_one_set_aside_is_over(send: Send) -> None:
    with asking(tango_timeout=1.0) as (started, app):
        overdue = fill(app, started.port, send)
        late = send(started.port, "/ask/x")
        assert late.reply().content == NOT_RETURNED
        assert [each.reply().content for each in overdue] == [b"1" + TIMED_OUT] * 2
        assert app.calls == ["x", "x"]
        assert dropped(app) == 0
        app.may_return.release(2)
        assert eventually(lambda: dropped(app) == 2)
        app.may_return.release()
        assert exchange(started.port, get("/ask/x")).content == b"x"
        assert eventually(lambda: is_idle(app))


@pytest.mark.parametrize("threads", [1, 2])
def test_overdue_thread_is_replaced(threads: int, send: Send) -> None:
    with asking(threads=threads, tango_timeout=1.0) as (started, app):
        for each in fill(app, started.port, send, threads):
            assert each.reply().content == b"1" + TIMED_OUT
        for _ in range(10):
            assert started.still_answers()
        crew = started.server._loop._crew
        assert crew._limit == 2 * threads + 1
        app.may_return.release(threads)
        assert eventually(lambda: crew._limit == crew._alive == threads + 1)
        assert started.still_answers()


def test_threads_are_replaced_up_to_a_bound(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares_module, "MOST_OVERDUE", 1)
    with asking(threads=2, tango_timeout=1.0) as (started, app):
        for each in fill(app, started.port, send):
            assert each.reply().content == b"1" + TIMED_OUT
        crew = started.server._loop._crew
        assert crew._limit == 4
        assert started.still_answers()
        app.may_return.release(2)
        assert eventually(lambda: crew._limit == 3)


def test_after_a_timeout_one_request_probes(send: Send) -> None:
    with asking(tango_timeout=1.0) as (started, app):
        for each in fill(app, started.port, send):
            each.reply()
        app.may_return.release(2)
        assert eventually(lambda: dropped(app) == 2)
        target = Target(("x", ""), 4)
        target.suspect = True  # as if the two had returned by CORBA's timeout
        app.shares._targets[target.key] = target
        app.shares.timeout = 60.0
        more = [send(started.port, "/ask/x") for _ in range(3)]
        assert app.entered_call.acquire(timeout=WAIT)
        assert eventually(lambda: aside(app) == 2)
        assert not app.entered_call.acquire(blocking=False)
        app.may_return.release()
        for _ in range(2):
            assert app.entered_call.acquire(timeout=WAIT)
        app.may_return.release(2)
        assert [each.reply().content for each in more] == [b"x"] * 3


def test_what_changes_something_is_called_once(send: Send) -> None:
    """The call is made once even if a later one is overdue, or others wait for the target."""
    with asking(tango_timeout=1.0) as (started, app):
        for path in ("/run/x", "/twice/x"):
            app.calls.clear()
            if path == "/twice/x":
                app.may_return.release()
            sent = send(started.port, path)
            assert sent.reply().content == TIMED_OUT
            assert app.calls == ["x"] * (1 if path == "/run/x" else 2)
            app.may_return.release()
            assert eventually(lambda: not app.shares._running and not app.shares._overdue)


def test_request_keeps_its_place_for_its_next_call(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares_module, "SHARE", 1)
    with asking() as (started, app):
        twice = send(started.port, "/twice/x")
        assert app.entered_call.acquire(timeout=WAIT)
        other = send(started.port, "/ask/x")
        assert eventually(lambda: aside(app) == 1)
        app.may_return.release()
        assert app.entered_call.acquire(timeout=WAIT)
        assert aside(app) == 1
        app.may_return.release(2)
        assert twice.reply().content == b"xx"
        assert other.reply().content == b"x"
        assert app.calls == ["x"] * 3


def test_place_that_hangs_says_nothing_of_another(send: Send) -> None:
    """One database may have several hosts: the second run of the same request asks the other."""
    with asking(tango_timeout=1.0) as (started, app):
        assert send(started.port, "/move/x").reply().content == b"moved"
        assert app.calls == ["x", "moved"]


def test_client_gone_while_set_aside(send: Send) -> None:
    with asking() as (started, app):
        first = fill(app, started.port, send)
        with connection(started.port) as gone:
            gone.send(get("/ask/x"))
            assert eventually(lambda: aside(app) == 1)
        last = send(started.port, "/ask/x")
        assert eventually(lambda: aside(app) == 2)
        app.may_return.release(4)
        assert [each.reply().content for each in (*first, last)] == [b"1x", b"1x", b"x"]
        assert eventually(lambda: len(started.channels) == 3)
        assert eventually(lambda: is_idle(app))


def test_connection_closed_while_set_aside(send: Send) -> None:
    """The server closes the connection; its place goes to the next."""
    with asking() as (started, app):
        fill(app, started.port, send)
        closed = send(started.port, "/ask/x")
        assert eventually(lambda: aside(app) == 1)
        [work] = app.shares._aside
        work.channel.will_close = True
        started.server._loop.look(work.channel)
        assert closed.rest() == b""
        last = send(started.port, "/ask/x")
        assert eventually(lambda: aside(app) == 2)
        app.may_return.release(3)
        assert last.reply().content == b"x"
        assert app.calls == ["x"] * 3
        assert eventually(lambda: is_idle(app))


def test_stop_while_a_call_is_overdue(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    """Its request is answered, and so is one that was set aside; the thread is left behind."""
    with asking(tango_timeout=1.0) as (started, app):
        overdue = fill(app, started.port, send)
        late = send(started.port, "/ask/x")
        assert eventually(lambda: aside(app) == 1)
        started.server.stop()
        replies = [each.reply() for each in overdue]
        assert [each.content for each in replies] == [b"1" + TIMED_OUT] * 2
        assert {each.headers["connection"] for each in replies} == {"close"}
        assert late.reply().content == NOT_RETURNED
        assert started.ended()
        assert caplog.messages == []
        app.may_return.release(2)
        assert eventually(lambda: dropped(app) == 2)


def test_overdue_as_it_returns(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is given up after the function has returned, and before that is noted."""
    end = Shares._end

    def give_up_first(self: Shares, call: Any, failed: DevFailed | None) -> None:
        with self._lock:
            if not self.row.numbers[DROPPED.first] and not call.overdue:
                self._give_up(call)
        end(self, call, failed)

    monkeypatch.setattr(Shares, "_end", give_up_first)
    with asking(tango_timeout=1.0) as (started, app):
        app.may_return.release(10)
        assert exchange(started.port, get("/ask/x")).content == TIMED_OUT
        assert dropped(app) == 1
        assert exchange(started.port, get("/ask/x")).content == b"x"


@pytest.mark.parametrize(
    ("waits_until", "ends", "is_suspect"),
    [(None, 10.0, True), (9.75, 10.0, True), (9.25, 9.75, True), (9.0, 9.5, False)],
    ids=["has not waited", "has waited a little", "has waited", "for as long as it may"],
)
def test_call_has_what_is_left_of_the_time(
    monkeypatch: pytest.MonkeyPatch, waits_until: float | None, ends: float, is_suspect: bool
) -> None:
    """A request does not wait for its place and then as long again."""
    time = 9.0
    monkeypatch.setattr(shares_module, "monotonic", lambda: time)
    shares = Shares(1.0)
    shares.serve(loop := Mock(), Mock())
    work = Work(Mock())
    work.ends = waits_until

    def hang() -> bool:
        """Last until the call is given up; return True if its target is suspect then."""
        nonlocal time
        time = ends - 0.01
        shares.look(time)
        loop.answer.assert_not_called()
        time = ends
        shares.look(time)
        loop.answer.assert_called_once_with(work.channel)
        return shares._targets["x", ""].suspect

    suspect = []
    shares.begin(work)
    with pytest.raises(GivenUp):
        shares.call("x", lambda: suspect.append(hang()))
    assert suspect == [is_suspect]
