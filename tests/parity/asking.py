"""The same requests to two apps, one on each backend, in both modes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import falcon.testing

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.http.modes import MODES
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings

from .comparison import Answer, Comparison, Rules
from .questions import Question

AGO = 60.0
"""s that the fake seems to run already, so that its histories are full."""


def long_running(fixture: str) -> FakeBackend:
    """The fake of a fixture, by its name or path."""
    return FakeBackend(load(fixture), seed=0, clock=_started(AGO))


def compared(
    real: Backend,
    fake: Backend,
    rules: Rules,
    questions: Callable[[Settings], Iterable[Question]],
) -> Comparison:
    """The answers of both to the questions that there are under the settings."""
    found = Comparison(rules)
    for mode in MODES:
        settings = Settings.model_validate({"rc3_mode": mode})
        asks = [_asking(settings, backend) for backend in (real, fake)]
        for question in questions(settings):
            found.add(mode, question, *(ask(question) for ask in asks))
    return found


def _started(ago: float) -> Callable[[], float]:
    """A clock that first gives a time some s ago, then that of now."""
    times = iter([time.time() - ago])
    return lambda: next(times, None) or time.time()


def _asking(settings: Settings, backend: Backend) -> Callable[[Question], Answer]:
    client = falcon.testing.TestClient(create_app(settings, backend), headers={"Host": "h:8000"})

    def ask(question: Question) -> Answer:
        path = settings.app_base + question.path
        result = client.simulate_request(question.method, path, query_string=question.query)
        body = result.json if result.content else None
        headers = {**result.headers}
        headers.pop("content-length", None)  # which is the body's
        return {"status": result.status_code, "headers": headers, "body": body}

    return ask
