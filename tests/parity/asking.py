"""The same requests to two apps, one on each backend.

Those about some devices are asked in both modes. The others are asked in strict: the other mode
shows nothing of a device that strict does not show, and spells each device in the same other way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import orjson

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking.transport import to_app
from mtango_ref.conformance.model import Request
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.http.modes import MODES
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings

from .comparison import Answer, Comparison, Rules
from .questions import DEVICES, Question

AGO = 60.0
"""s that the fake seems to run already, so that its histories are full."""


def long_running(fixture: str) -> FakeBackend:
    """Make the fake of a fixture, by its name or path."""
    return FakeBackend(load(fixture), seed=0, clock=_started(AGO))


def compared(
    real: Backend,
    fake: Backend,
    rules: Rules,
    questions: Callable[[Settings], Iterable[Question]],
    in_both_modes: str | None,
) -> Comparison:
    """Compare the answers of both to the questions that there are under the settings.

    in_both_modes: how the names of those devices begin; without it, all are asked in strict only.
    """
    found = Comparison(rules)
    for mode in MODES if in_both_modes else ["strict"]:
        # What is replaced may make an answer large; Vary would say so.
        settings = Settings.model_validate({"rc3_mode": mode, "compress_above": 0})
        asks = [asking(settings, backend) for backend in (real, fake)]
        for question in questions(settings):
            if mode == "strict" or question.path.startswith(f"{DEVICES}/{in_both_modes}"):
                found.add(mode, question, *(ask(question) for ask in asks))
    return found


def _started(ago: float) -> Callable[[], float]:
    """Make a clock that first gives a time some s ago, then that of now."""
    times = iter([time.time() - ago])
    return lambda: next(times, None) or time.time()


def asking(settings: Settings, backend: Backend) -> Callable[[Question], Answer]:
    """Return what asks an app of the backend: thousands of times, so without falcon's checks of
    WSGI, which the tests of tests/rest have."""
    send = to_app(create_app(settings, backend), f"http://h:8000{settings.app_base}")

    def ask(question: Question) -> Answer:
        path = f"{question.path}?{question.query}" if question.query else question.path
        json = {"Content-Type": "application/json"} if question.body else {}
        answer = send(Request(question.method, path, json, question.body.encode()))
        headers = {**answer.headers}
        headers.pop("content-length", None)  # which is the body's
        body = orjson.loads(answer.body) if answer.body else None
        return {"status": answer.status, "headers": headers, "body": body}

    return ask
