"""Leader and followers: what comes at the moment at which the lead changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from echo_server import WAIT, Running, eventually, running
from mtango_ref.threads.crew import Crew, Member
from raw import Connection, connection, exchange, get


@pytest.fixture
def echo() -> Iterator[Running]:
    with running() as started:
        yield started


def crew(echo: Running) -> Crew:
    return echo.server._loop._crew


def numbered(count: int) -> list[tuple[bytes, bytes]]:
    """Make requests, and the bodies of their answers."""
    bodies = [b"%04d" % number for number in range(count)]
    return [(get("/", "Content-Length: 4") + body, body) for body in bodies]


@pytest.fixture(params=["as it ends", "as it begins", "both"])
def _losing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each leader lose the lead with each request."""
    begin, finish = Crew.begin, Crew.finish

    def lose_beginning(self: Crew, me: Member) -> None:
        begin(self, me)
        self.pass_on(me)

    def lose_ending(self: Crew, me: Member) -> bool:
        self.pass_on(me)
        return finish(self, me)

    if request.param != "as it ends":
        monkeypatch.setattr(Crew, "begin", lose_beginning)
    if request.param != "as it begins":
        monkeypatch.setattr(Crew, "finish", lose_ending)


@pytest.mark.usefixtures("_losing")
@pytest.mark.parametrize("threads", [1, 16])
def test_lost_lead_loses_no_request(threads: int) -> None:
    with (
        running(threads=threads) as echo,
        connection(echo.port) as one,
        connection(echo.port) as two,
    ):
        for request, body in numbered(50):
            one.send(request)
            two.send(request)
            assert one.reply().content == body
            assert two.reply().content == body
        one.send(b"".join(request for request, _ in numbered(50)))
        assert [one.reply().content for _ in range(50)] == [body for _, body in numbered(50)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_so_many_are_at_work_as_the_setting_says(threads: int) -> None:
    """One more is read, and answered when one of them is done."""
    with running(threads=threads) as echo:
        slow = [Connection(echo.port) for _ in range(threads + 1)]
        for each in slow:
            each.send(get("/slow"))
        for _ in range(threads):
            assert echo.app.entered.acquire(timeout=WAIT)
        assert eventually(lambda: len(echo.server._loop._requests) == 1)
        assert not echo.app.entered.acquire(blocking=False)
        echo.app.may_answer.set()
        for each in slow:
            assert each.reply().status == 200
            each.close()
        assert echo.still_answers()


def test_late_request_stops_nobody(echo: Running) -> None:
    with connection(echo.port) as late:
        late.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        for _ in range(100):
            assert echo.still_answers()
        echo.app.may_answer.set()
        assert late.reply().status == 200


def test_late_client_that_sends_on_is_not_read(echo: Running) -> None:
    """Its next requests wait in the kernel, and nothing looks at them again and again."""
    with connection(echo.port) as late:
        late.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        late.send(b"".join(request for request, _ in numbered(20)))
        assert echo.still_answers()
        assert eventually(lambda: len(echo.channels) == 1)
        [channel] = echo.channels.values()
        assert eventually(lambda: channel._fileno not in echo.server._loop._poller._watched)
        assert len(channel.requests) == 1
        echo.app.may_answer.set()
        assert late.reply().status == 200
        assert [late.reply().content for _ in range(20)] == [body for _, body in numbered(20)]


def test_number_of_a_closed_connection_is_anothers(echo: Running) -> None:
    """The thread that is late hands a connection over whose descriptor is somebody else's now."""
    with connection(echo.port) as late:
        late.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
        [(descriptor, channel)] = echo.channels.items()
        channel.will_close = True
        echo.server._loop.look(channel)
        assert late.rest() == b""
    with connection(echo.port) as other:
        assert eventually(lambda: descriptor in echo.channels)
        echo.app.may_answer.set()
        for request, body in numbered(10):
            other.send(request)
            assert other.reply().content == body
        assert echo.channels[descriptor] is not channel


def test_client_of_a_late_request_may_go(echo: Running) -> None:
    with connection(echo.port) as late:
        late.send(get("/slow"))
        assert echo.app.entered.acquire(timeout=WAIT)
    assert echo.still_answers()
    echo.app.may_answer.set()
    assert eventually(lambda: not echo.channels)


def test_idle_server_sleeps(echo: Running) -> None:
    """Its watchdog, too, until there is a request."""
    watching = crew(echo)
    for _ in range(3):
        assert eventually(lambda: watching._dozes)
        assert echo.still_answers()
    looked: list[float] = []
    look = watching._look
    assert eventually(lambda: watching._dozes)

    def note(now: float) -> float:
        looked.append(now)
        return look(now)

    watching._look = note
    time.sleep(0.2)
    assert looked == []


def test_reader_that_is_slow_holds_no_thread(echo: Running) -> None:
    """Its next request waits until it has read."""
    with connection(echo.port) as slow:
        slow.send(get("/big") * 40)
        assert eventually(lambda: any(each._waits_for_reader for each in echo.channels.values()))
        assert eventually(lambda: len(crew(echo).reserve) == crew(echo)._alive - 1)
        assert echo.still_answers()
        assert [len(slow.reply().content) for _ in range(40)] == [1024 * 1024] * 40


def test_burst_of_connections_is_taken_in(echo: Running) -> None:
    opened = [Connection(echo.port) for _ in range(200)]
    for each in opened:
        each.send(get("/", "Connection: close"))
    assert [each.reply().status for each in opened] == [200] * 200
    for each in opened:
        each.close()
    assert exchange(echo.port, get("/")).status == 200


def test_defect_of_the_loop_ends_the_server(monkeypatch: pytest.MonkeyPatch, echo: Running) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            other.run()
        except OSError as error:
            raised.append(error)

    from mtango_ref.server import Server, refusals
    from mtango_ref.settings.model import Settings
    from mtango_ref.sockets import listen

    settings = Settings(port=0)
    listening = listen(settings.host, 0)
    other = Server(echo.app, listening, settings, refusals("strict", time.time))
    defect = OSError("no more descriptors")

    def fail(_: float) -> Any:
        raise defect

    monkeypatch.setattr(other._loop._poller, "wait", fail)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(WAIT)
    assert raised == [defect]
