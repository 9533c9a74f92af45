"""The pace at which the database is asked in vain: places that rest, and whose turn it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from math import inf

import pytest

from asking_server import Asking, asking, dropped
from echo_server import WAIT, Running, eventually
from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.server import connections
from mtango_ref.threads import pace
from mtango_ref.threads.pace import DatabaseTarget, Pace, Turns
from mtango_ref.threads.work import Work
from raw import Connection, exchange, get

IN_VAIN = DevFailed(DevError("DB_DeviceNotDefined", "d", ErrSeverity.ERR, "o"))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rest last until `end_rest`."""
    begin = Pace.begin
    monkeypatch.setattr(Pace, "begin", lambda self, target, _: begin(self, target, inf))


@pytest.fixture
def send() -> Iterator[Callable[[Running, str], Connection]]:
    """Send a request by a connection of its own."""
    with ExitStack() as stack:

        def send(started: Running, path: str) -> Connection:
            opened = Connection(started.port)
            stack.callback(opened.close)
            opened.send(get(path))
            return opened

        yield send


Send = Callable[[Running, str], Connection]


def end_rest(started: Running, app: Asking) -> None:
    """Let the one rest that there is be over at the next turn of the loop."""
    [(_, target)] = app.shares.rests
    app.shares.rests[0] = 0.0, target
    started.server._loop.wake()


def ask_in_vain(started: Running, app: Asking) -> None:
    app.may_return.release()
    assert exchange(started.port, get("/find/gone")).content == b"gone"
    assert app.entered_call.acquire(timeout=WAIT)


def aside(app: Asking) -> int:
    return len(app.shares._aside)


def is_idle(app: Asking) -> bool:
    """Return True if nobody has a place, and none rests."""
    targets = app.shares._targets.values()
    return not app.shares.rests and not any(each.places or each.waiting for each in targets)


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("threads", [1, 3])
def test_place_rests_after_a_question_in_vain(threads: int, send: Send) -> None:
    """A later question for the database waits, and one for somebody else does not."""
    with asking(threads=threads) as (started, app):
        ask_in_vain(started, app)
        waits = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        assert exchange(started.port, get("/ask/y")).content == b"y"
        assert app.calls == ["gone", "y"]
        end_rest(started, app)
        assert waits.reply().content == b"y"
        assert eventually(lambda: is_idle(app))


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("path", ["/find/y", "/find/failed", "/ask/gone"])
def test_place_rests_after_nothing_else(path: str, send: Send) -> None:
    """A place does not rest after an answer, another failure, or what a device fails by."""
    with asking() as (started, app):
        app.may_return.release()
        send(started, path).reply()
        assert eventually(lambda: is_idle(app))
        assert exchange(started.port, get("/find/y")).content == b"y"


@pytest.mark.parametrize("held", [0.1, 0.5])
def test_rest_is_as_long_as_the_question(
    held: float, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rest is no longer than MOST_REST."""
    monkeypatch.setattr(pace, "MOST_REST", 0.4)
    rests = []
    begin = Pace.begin

    def noting(self: Pace, target: DatabaseTarget, now: float) -> None:
        rests.append(target.rest)
        begin(self, target, now)
        [(ends, _)] = self.rests
        assert ends == now + rests[0]

    monkeypatch.setattr(Pace, "begin", noting)
    with asking() as (started, app):
        vain = send(started, "/find/gone")
        assert app.entered_call.acquire(timeout=WAIT)
        time.sleep(held)
        app.may_return.release()
        vain.reply()
        assert exchange(started.port, get("/find/y")).content == b"y"
        [rest] = rests
        assert min(held, 0.4) <= rest <= 0.4
        assert eventually(lambda: is_idle(app))


def test_questions_in_vain_are_all_answered(send: Send) -> None:
    """Many of them are answered one after the other, in their order."""
    with asking() as (started, app):
        app.may_return.release(20)
        sent = [send(started, "/find/gone") for _ in range(20)]
        assert [each.reply().content for each in sent] == [b"gone"] * 20
        assert app.calls == ["gone"] * 20
        assert eventually(lambda: is_idle(app))


def test_rest_wakes_who_leads(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that does not lead lets a place rest, and has more to do for its request."""
    monkeypatch.setattr(connections, "TURN", 60.0)
    with asking() as (started, app):
        passes_on = send(started, "/pass/gone")
        assert app.entered_call.acquire(timeout=WAIT)
        waits = send(started, "/find/z")
        assert eventually(lambda: aside(app) == 1)
        app.may_return.release()
        assert app.entered_call.acquire(timeout=WAIT)
        assert waits.reply().content == b"z"
        app.may_return.release()
        assert passes_on.reply().content == b"x"
        assert eventually(lambda: is_idle(app))


@pytest.mark.usefixtures("endless")
def test_names_asked_in_vain_wait_apart(send: Send) -> None:
    """The others and they take turns, however many they are."""
    with asking() as (started, app):
        ask_in_vain(started, app)
        app.calls.clear()
        sent = []
        for count, name in enumerate(("gone", "gone", "gone", "a", "b"), 1):
            sent.append(send(started, f"/find/{name}"))
            assert eventually(lambda: aside(app) == count)  # noqa: B023 - at once
        app.may_return.release(3)
        for calls in (
            ["a", "gone"],
            ["a", "gone", "b", "gone"],
            ["a", "gone", "b", "gone", "gone"],
        ):
            end_rest(started, app)
            assert eventually(lambda: app.calls == calls)  # noqa: B023 - at once
            assert eventually(lambda: len(app.shares.rests) == 1)
        end_rest(started, app)
        assert [each.reply().content for each in sent] == [*[b"gone"] * 3, b"a", b"b"]


@pytest.mark.usefixtures("endless")
def test_name_that_is_found_is_one_of_the_others(send: Send) -> None:
    """Nothing is kept of a device from before it was defined."""
    with asking() as (started, app):
        app.shares._pace._in_vain[hash("y")] = None
        assert exchange(started.port, get("/find/y")).content == b"y"
        assert not app.shares._pace.is_in_vain("y")


@pytest.mark.usefixtures("endless")
def test_client_gone_while_a_place_rests(send: Send) -> None:
    """The place goes to the next that waits for it."""
    with asking() as (started, app):
        ask_in_vain(started, app)
        gone = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        last = send(started, "/find/z")
        assert eventually(lambda: aside(app) == 2)
        gone.close()
        end_rest(started, app)
        assert last.reply().content == b"z"
        assert eventually(lambda: is_idle(app))


@pytest.mark.usefixtures("endless")
def test_place_does_not_rest_after_who_asked_nothing(send: Send) -> None:
    """The connection of such a request was closed before it had the place."""
    with asking() as (started, app):
        ask_in_vain(started, app)
        closed = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        [work] = app.shares._aside
        work.channel.will_close = True
        started.server._loop.look(work.channel)
        assert closed.rest() == b""
        last = send(started, "/find/z")
        assert eventually(lambda: aside(app) == 2)
        end_rest(started, app)
        assert last.reply().content == b"z"
        assert app.calls == ["gone", "z"]
        assert eventually(lambda: is_idle(app))


def test_client_gone_that_asked_in_vain(send: Send) -> None:
    with asking() as (started, app):
        gone = send(started, "/find/gone")
        assert app.entered_call.acquire(timeout=WAIT)
        waits = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        gone.close()
        app.may_return.release()
        assert waits.reply().content == b"y"
        assert eventually(lambda: is_idle(app))


@pytest.mark.usefixtures("endless")
def test_time_is_over_while_a_place_rests() -> None:
    with asking(tango_timeout=0.5) as (started, app):
        ask_in_vain(started, app)
        late = exchange(started.port, get("/find/y")).content
        assert late.endswith(b"earlier calls have not returned yet")
        end_rest(started, app)
        assert exchange(started.port, get("/find/y")).content == b"y"
        assert eventually(lambda: is_idle(app))


def test_place_of_an_overdue_question_does_not_rest(send: Send) -> None:
    """The place has been away for long enough."""
    with asking(tango_timeout=0.5) as (started, app):
        late = send(started, "/find/gone")
        assert late.reply().content.startswith(b"Timeout")
        app.may_return.release()
        assert eventually(lambda: dropped(app) == 1)
        assert is_idle(app)
        assert exchange(started.port, get("/find/y")).content == b"y"


@pytest.mark.usefixtures("endless")
def test_stop_while_a_place_rests(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    """A request that waits for it is answered at the end, and nobody waits for its rest."""
    with asking(drain_timeout=0.5) as (started, app):
        ask_in_vain(started, app)
        waits = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        started.server.stop()
        assert waits.reply().content == b"Ending"
        assert started.ended()
        assert app.calls == ["gone"]
        assert caplog.messages == []


def test_drain_goes_on_after_a_rest(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopping server ends rests, too."""
    monkeypatch.setattr(pace, "MOST_REST", 0.3)
    with asking() as (started, app):
        vain = send(started, "/find/gone")
        assert app.entered_call.acquire(timeout=WAIT)
        waits = send(started, "/find/y")
        assert eventually(lambda: aside(app) == 1)
        time.sleep(0.3)
        started.server.stop()
        app.may_return.release()
        assert [each.reply().content for each in (vain, waits)] == [b"gone", b"y"]
        assert started.ended()


@pytest.mark.usefixtures("endless")
def test_stop_while_a_place_rests_and_nobody_waits() -> None:
    with asking() as (started, app):
        ask_in_vain(started, app)
        started.server.stop()
        assert started.ended()


def test_place_does_not_rest_after_a_later_answer() -> None:
    """The last question of a request counts."""
    of_pace = Pace()
    target = DatabaseTarget(("", ""), 1, of_pace)
    target.took = 0.001
    for error, rest in ((IN_VAIN, 0.001), (None, 0.0)):
        of_pace.note(target, "", error)
        assert target.rest == rest


def test_names_are_forgotten_after_many_others() -> None:
    of_pace = Pace()
    target = DatabaseTarget(("", ""), 1, of_pace)
    for number in range(1001):
        of_pace.note(target, str(number), IN_VAIN)
    assert [of_pace.is_in_vain(each) for each in ("0", "1", "1000")] == [False, True, True]


def test_question_about_no_device_never_waits_apart() -> None:
    of_pace = Pace()
    of_pace.note(DatabaseTarget(("", ""), 1, of_pace), "", IN_VAIN)
    assert not of_pace.is_in_vain("")


def test_both_kinds_take_turns() -> None:
    """Each kind in its order, and anyone may leave."""
    of_pace = Pace()
    of_pace.note(DatabaseTarget(("", ""), 1, of_pace), "vain", IN_VAIN)
    turns = Turns(of_pace)
    works = [Work(None) for _ in range(6)]
    for work, about in zip(works, ("vain", "vain", "vain", "a", "b", "c"), strict=True):
        work.about = about
        turns.append(work)
    turns.remove(works[1])
    turns.remove(works[4])
    assert len(turns) == 4
    assert [turns.popleft() for _ in range(4)] == [works[3], works[0], works[5], works[2]]
    assert not turns
