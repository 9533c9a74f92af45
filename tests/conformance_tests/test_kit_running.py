"""The cases that are asked, the end of a run, and the outcome that an answer gives a case."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from mtango_ref.conformance.asking import asker, survey, watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge
from mtango_ref.conformance.model import (
    ANSWERED,
    KEPT_BODY,
    READING,
    Case,
    Ended,
    NoResponse,
    Place,
    Plan,
    Request,
    Response,
    Send,
    Server,
)

PLACE = Place("http://host/tango/rest")
SERVER = Server(PLACE)


def case(status: int = 200, method: str = "GET") -> Case:
    request = Request(method, "/rc3/hosts/$facility/devices/$device/state")
    return Case("a case", "tree", None, ("strict",), None, request, status, {}, None, ANSWERED)


def answers(*statuses: int | None) -> Send:
    """Answer with these, one after the other; None is no answer."""
    left: Iterator[int | None] = iter(statuses)

    def send(request: Request) -> Response:
        status = next(left)
        if status is None:
            raise NoResponse("Nothing came.")
        return Response(status, {}, b"")

    return send


def outcomes(cases: Sequence[Case], send: Send) -> list[tuple[str, tuple[str, ...]]]:
    results = [*asker.Asker(watch.Watch(send), SERVER).ask_all(cases)]
    return [(one.outcome.value, one.differences) for one in results]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)


PASSED = ("passed", ())
NOTHING = ("failed", ("Nothing came.",))


@pytest.mark.parametrize(
    ("expected", "came", "outcome"),
    [
        (200, 200, PASSED),
        (501, 501, ("not implemented", ())),
        (200, 501, ("failed", ("status: expected 200, got 501",))),
        (501, 200, ("failed", ("status: expected 501, got 200",))),
    ],
)
def test_outcome_follows_the_status(
    expected: int, came: int, outcome: tuple[str, tuple[str, ...]]
) -> None:
    [(value, differences)] = outcomes([case(expected)], answers(came))
    assert (value, differences[:1]) == outcome


def test_server_that_does_not_answer_ends_the_run() -> None:
    """One case without an answer, and the entry point asked three times in vain."""
    asking = asker.Asker(watch.Watch(answers(200, None, None, None, None)), SERVER)
    results = [*asking.ask_all([case()] * 98)]
    assert [(one.outcome.value, one.differences) for one in results] == [PASSED, NOTHING]
    asked = Request("GET", "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/state")
    assert asking.ended(96) == Ended(
        "The server stopped answering.", (asked, asked), 96, came="Nothing came."
    )


@pytest.mark.parametrize("probes", [(404,), (None, 500), (None, None, 200)])
def test_server_that_answers_a_probe_goes_on(probes: tuple[int | None, ...]) -> None:
    asking = asker.Asker(watch.Watch(answers(None, *probes, 200)), SERVER)
    results = [*asking.ask_all([case()] * 2)]
    assert [(one.outcome.value, one.differences) for one in results] == [NOTHING, PASSED]
    assert asking.ended(0) is None


def test_server_that_takes_too_long_in_all_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asker, "PATIENCE", 0.0)
    asking = asker.Asker(watch.Watch(answers(200)), SERVER)
    assert len([*asking.ask_all([case()] * 10)]) == 1
    ended = asking.ended(9)
    assert ended is not None
    assert (ended.why, ended.unasked) == ("The answers took more than 0 s in all.", 9)


def test_answer_that_breaks_its_judge_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*arguments: object) -> tuple[str, ...]:
        raise RecursionError("too deep")

    monkeypatch.setattr(judge, "check", check)
    told = ("failed", ("The answer cannot be judged: RecursionError too deep.",))
    assert outcomes([case()], answers(200)) == [told]


def test_progress_is_reported_and_bodies_are_cut() -> None:
    shares: list[float] = []

    def send(request: Request) -> Response:
        assert request.path == "/rc3/hosts/lab/1/devices/a/b/c/state"
        return Response(404, {}, b"x" * 1_000_000)

    place = PLACE._replace(device="a/b/c", facility="lab/1")
    results = [*asker.Asker(watch.Watch(send), Server(place)).ask_all([case()] * 4, shares.append)]
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert [len(one.response.body) for one in results if one.response] == [KEPT_BODY] * 4


def test_what_writes_is_left_out() -> None:
    every, reading = (
        {each.request.method for each in loading.fitting(Plan(writes=writes))}
        for writes in (True, False)
    )
    assert reading <= {*READING}
    assert every - reading >= {"PUT", "POST", "DELETE"}


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        (b'{"time": 631152000.25}', 631152000.25),
        (b'{"time": 0}', 0),
        (b'{"time": 4070908800}', 4070908800),
        (b'{"time": 1795414926000}', None),  # ms
        (b'{"time": -1}', None),
        (b'{"time": "631152000"}', None),
        (b'{"time": null}', None),
        (b'{"time": [631152000]}', None),
        (b'{"errors": []}', None),
        (b"[]", None),
        (b"7", None),
        (b"<html>", None),
        (None, None),
    ],
)
def test_the_time_is_that_of_the_server(told: bytes | None, ahead: float | None) -> None:
    """The kit's own time, if the server gives none that can be one in seconds."""

    def send(request: Request) -> Response:
        if told is None:
            raise NoResponse("Nothing came.")
        assert request == Request("GET", "/sys/stats")
        return Response(200, {}, told)

    lab = PLACE._replace(facility="lab/10001")
    place = survey.found_at(send, lab)
    expected = 0 if ahead is None else ahead - time.time()
    assert place._replace(ahead=0) == lab
    assert abs(place.ahead - expected) < 60
