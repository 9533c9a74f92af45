"""The server's own counts: calls to Tango, who waits, what it refuses, how it ends."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from asking_server import Asking, asking
from echo_server import WAIT, eventually, running
from mtango_ref.calls import DATABASE
from mtango_ref.figures.metrics import (
    ASIDE,
    CALL_ERRORS,
    CALL_SECONDS,
    CALLS_HANGING,
    DROPPED,
    LOST,
    OVERDUE,
    REFUSALS,
    REFUSED,
    REQUESTS_WAITING,
    Metric,
)
from mtango_ref.figures.rows import Row
from mtango_ref.http.middleware import DRAINING
from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.threads import shares as shares_module
from program import serving
from raw import connection, exchange, get


@pytest.fixture(autouse=True)
def _share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares_module, "SHARE", 1)


class Failing(Asking):
    """Its function x raises what it is to."""

    reason = "API_CommandNotFound"

    def _ask(self, name: str) -> bytes:
        if name == "failing":
            raise DevFailed(DevError(self.reason, "failed", ErrSeverity.ERR, "here"))
        return super()._ask(name)


def row(app: Asking) -> Row:
    return app.shares.row


def counted(row: Row, *metrics: Metric) -> list[int]:
    return [int(row.numbers[metric.first]) for metric in metrics]


def calls(row: Row, target: str) -> tuple[int, float]:
    """Return the number of calls, and the s that they took."""
    first = CALL_SECONDS.place(target)
    *buckets, took = row.numbers[first : first + CALL_SECONDS.width]
    return int(sum(buckets)), took


def errors(row: Row) -> dict[str, int]:
    return {
        reason: int(number)
        for place, (reason,) in zip(CALL_ERRORS.places, CALL_ERRORS.series, strict=True)
        if (number := row.numbers[place])
    }


def test_calls_are_counted_by_their_target() -> None:
    with asking() as (started, app):
        for name in ("y", "z"):
            exchange(started.port, get(f"/ask/{name}"))
        app.shares.call(DATABASE, lambda: None)  # of nobody's request
        assert calls(row(app), "device")[0] == 2
        assert calls(row(app), "database") == (0, 0.0)
        assert errors(row(app)) == {}


@pytest.mark.parametrize(
    ("reason", "label"),
    [("API_CommandNotFound", "API_CommandNotFound"), ("MyDevice_Broken", "other"), ("", "other")],
)
def test_failed_calls_are_counted_by_reason(reason: str, label: str) -> None:
    with asking(Failing()) as (started, app):
        assert isinstance(app, Failing)
        app.reason = reason
        exchange(started.port, get("/ask/failing"))
        assert calls(row(app), "device")[0] == 1
        assert errors(row(app)) == {label: 1}


def test_overdue_calls_are_counted_until_they_return() -> None:
    with asking(tango_timeout=1.0) as (started, app):
        exchange(started.port, get("/ask/x"))
        assert counted(row(app), OVERDUE, CALLS_HANGING, DROPPED) == [1, 1, 0]
        assert errors(row(app)) == {"API_DeviceTimedOut": 1}
        count, took = calls(row(app), "device")
        assert (count, took >= 1.0) == (1, True)
        app.may_return.release()
        assert eventually(lambda: counted(row(app), DROPPED) == [1])
        assert counted(row(app), OVERDUE, CALLS_HANGING) == [1, 0]
        # Once, not as it returns again.
        assert calls(row(app), "device") == (count, took)


def test_requests_that_wait_are_counted() -> None:
    with asking() as (started, app), ExitStack() as sent:
        for number in range(3):
            one = sent.enter_context(connection(started.port))
            one.send(get("/ask/x"))
            assert eventually(lambda: counted(row(app), REQUESTS_WAITING) == [number])  # noqa: B023
        assert counted(row(app), ASIDE) == [2]
        app.may_return.release(3)
        assert eventually(lambda: counted(row(app), REQUESTS_WAITING) == [0])
        assert counted(row(app), ASIDE) == [2]


def test_request_that_waits_for_too_long_waits_no_more() -> None:
    with asking(tango_timeout=1.0) as (started, app), connection(started.port) as first:
        first.send(get("/ask/x"))
        assert app.entered_call.acquire(timeout=WAIT)
        exchange(started.port, get("/ask/x"))
        assert counted(row(app), REQUESTS_WAITING, ASIDE) == [0, 1]


def test_request_whose_connection_is_closed_while_it_waits_is_lost() -> None:
    """The app has begun with it, and never answers it."""
    with asking() as (started, app), connection(started.port) as first:
        first.send(get("/ask/x"))
        assert app.entered_call.acquire(timeout=WAIT)
        with connection(started.port) as closed:
            closed.send(get("/ask/x"))
            assert eventually(lambda: counted(row(app), REQUESTS_WAITING) == [1])
            [work] = app.shares._aside
            work.channel.will_close = True
            started.server._loop.look(work.channel)
            assert closed.rest() == b""
        assert row(app).numbers[LOST] == 0
        app.may_return.release()
        assert first.reply().content == b"x"
        assert eventually(lambda: row(app).numbers[LOST] == 1)


def test_refusals_are_counted_by_status() -> None:
    """The app never hears of these requests."""
    with running(max_url=300) as started:
        for request in (b"nonsense\r\n\r\n", get("/" + "a" * 300), get("/", "Host: a")):
            exchange(started.port, request)
        numbers = started.server._loop.shares.row.numbers
        assert {
            status: int(numbers[place])
            for place, status in zip(REFUSALS.places, REFUSED, strict=True)
            if numbers[place]
        } == {"400": 2, "414": 1}


def test_request_knows_that_the_server_ends() -> None:
    with running() as started, connection(started.port) as one:
        one.send(get("/slow") + get("/next"))
        assert started.app.entered.acquire(timeout=WAIT)
        assert DRAINING not in started.app.environ
        started.server.stop()
        assert eventually(lambda: started.server._listeners[0].draining)
        started.app.may_answer.set()
        assert [one.reply().status, one.reply().status] == [200, 200]
        assert started.app.environ[DRAINING] is True


def test_program_counts_what_it_answers() -> None:
    """The app and the server in one row, which the answer to /metrics shows."""
    with serving() as started:
        exchange(started.port, get("/tango/rest/rc3"))
        exchange(started.port, b"nonsense\r\n\r\n")
        text = exchange(started.port, get("/metrics")).content.decode()
        lines = text.splitlines()
        assert 'mtango_http_requests_total{operation="getRc3",method="GET",status="200"} 1' in lines
        assert 'mtango_http_refusals_total{status="400"} 1' in lines
        assert "mtango_workers 1" in lines
        assert "mtango_http_requests_in_flight 1" in lines
        assert exchange(started.port, get("/health/ready")).status == 200


def test_program_shows_no_metrics_where_they_are_off() -> None:
    with serving("--no-metrics") as started:
        assert exchange(started.port, get("/metrics")).status == 404
