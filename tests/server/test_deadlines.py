"""The end of a request that asks: by its own time, or because too many others wait."""

from __future__ import annotations

from contextlib import ExitStack

import falcon.testing
import pytest

from asking_server import asking, dropped
from conftest import Rest
from echo_server import WAIT, eventually
from mtango_ref.calls import Ending, OutOfTime, TooManyWait
from mtango_ref.http.facilities import Facility
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from mtango_ref.threads import shares
from raw import Connection, connection, exchange, get
from rest_answers import D, http_failure


@pytest.fixture(autouse=True)
def _share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "SHARE", 1)


def test_request_that_asks_is_ended_by_its_own_time() -> None:
    """Though each call had more of it; the thread that hangs is replaced."""
    with asking(threads=1, request_timeout=0.5) as (started, app):
        assert exchange(started.port, get("/ask/x")).content == b"OutOfTime"
        assert app.calls == ["x"]
        assert exchange(started.port, get("/ask/y")).content == b"y"
        app.may_return.release()
        assert eventually(lambda: dropped(app) == 1)


def test_time_of_several_calls_is_one() -> None:
    with asking(request_timeout=0.5) as (started, app), connection(started.port) as opened:
        opened.send(get("/twice/x"))
        assert app.entered_call.acquire(timeout=WAIT)
        app.may_return.release()
        assert opened.reply().content == b"OutOfTime"


def test_time_goes_on_while_a_request_is_set_aside() -> None:
    with asking(request_timeout=0.5, tango_timeout=60.0) as (started, app):
        with connection(started.port) as first, connection(started.port) as second:
            for opened in (first, second):
                opened.send(get("/ask/x"))
            assert first.reply().content == second.reply().content == b"OutOfTime"
        assert app.calls == ["x"]


def test_as_many_as_may_wait_are_set_aside() -> None:
    """A request for another target is answered."""
    with asking(max_waiting=2) as (started, app), ExitStack() as stack:
        sent: list[Connection] = []
        for _ in range(3):
            sent.append(stack.enter_context(connection(started.port)))
            sent[-1].send(get("/ask/x"))
        assert eventually(lambda: len(app.shares._aside) == 2)
        assert exchange(started.port, get("/ask/x")).content == b"TooManyWait"
        assert exchange(started.port, get("/ask/y")).content == b"y"
        app.may_return.release(3)
        assert [each.reply().content for each in sent] == [b"x"] * 3
        app.may_return.release()
        assert exchange(started.port, get("/ask/x")).content == b"x"


def fails_by(
    error: Exception, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> falcon.testing.Result:
    """Return what the app answers where a call ends the request."""

    def fail(self: Facility, device: str) -> None:
        raise error

    monkeypatch.setattr(Facility, "device", fail)
    return Rest(Settings(), backend).get(D + "/state")


def test_out_of_time_is_504(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    result = fails_by(OutOfTime(), backend, monkeypatch)
    sentence = "The facility did not answer in the time that a request may take."
    assert (result.status_code, result.headers.get("retry-after")) == (504, None)
    assert result.json == http_failure(504, "GATEWAY_TIMEOUT", sentence)


def test_end_before_its_turn_is_503(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    result = fails_by(Ending(), backend, monkeypatch)
    sentence = "The server ends before it is the turn of this request; ask again."
    assert (result.status_code, result.headers.get("retry-after")) == (503, "1")
    assert result.json == http_failure(503, "SERVICE_UNAVAILABLE", sentence)


def test_too_many_that_wait_is_503(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    result = fails_by(TooManyWait(), backend, monkeypatch)
    sentence = "Too many requests wait already; ask again in a moment."
    assert (result.status_code, result.headers.get("retry-after")) == (503, "1")
    assert result.json == http_failure(503, "SERVICE_UNAVAILABLE", sentence)
