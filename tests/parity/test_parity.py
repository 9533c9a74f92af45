"""The gateway on a real facility and the fake of its recording: the same answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import falcon.testing
import pytest

import program
from mtango_ref.app import create_app
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.fixture import load
from mtango_ref.interface import Backend
from mtango_ref.modes import MODES
from mtango_ref.settings import Settings

from .comparison import DIFFERS, REPLACEMENTS, Answer, Comparison
from .figure import PROPERTY
from .questions import Question, questions

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = [pytest.mark.tango, pytest.mark.xdist_group("parity")]

AGO = 60.0
"""s that the fake seems to run already, so that its histories are full."""

FACETS = (
    *("tree", "state", "attributes", "values", "info", "history", "properties", "commands"),
    *("pipes", "change", "periodic", "user", "several", "odd names", "unknown device"),
    *("wildcards", "refused", "system"),
)


@pytest.fixture(scope="module")
def recording(
    facility: Facility, weather: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What `mtango-ref record '*'` makes of the whole facility."""
    path = tmp_path_factory.mktemp("parity") / "recorded.yml"
    environment = {"TANGO_HOST": facility.tango_host}
    code, output, errors = program.run("record", "*", "-o", str(path), **environment)
    assert (code, output) == (0, ""), errors
    return path


@pytest.fixture(scope="module")
def comparison(recording: Path) -> Comparison:
    from mtango_ref.backends.pytango.backend import TangoBackend

    real = TangoBackend(3.0)
    fake = FakeBackend(load(str(recording)), seed=0, clock=_started(AGO))
    found = Comparison()
    for mode in MODES:
        settings = Settings.model_validate({"rc3_mode": mode})
        asks = [_asking(settings, backend) for backend in (real, fake)]
        for question in questions(real, settings):
            found.add(mode, question, *(ask(question) for ask in asks))
    return found


def _started(ago: float) -> Callable[[], float]:
    """A clock that first tells a time some s ago, then that of now."""
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


@pytest.mark.parametrize("facet", FACETS)
def test_alike(comparison: Comparison, facet: str) -> None:
    differing = comparison.differing.get(facet, [])
    assert comparison.requests[facet] > 0
    assert not differing, f"{len(differing)} differ\n" + "\n".join(differing[:40])


def test_all_is_compared(
    comparison: Comparison, record_property: Callable[[str, object], None]
) -> None:
    """The figures of it all, printed after the tests."""
    assert {*comparison.requests} == {*FACETS}
    total = comparison.requests.total()
    differing = sum(map(len, comparison.differing.values()))
    rows = [
        ("requests", total),
        ("answers that are the same as they are", comparison.identical),
        ("answers that are the same after replacements", comparison.equal - comparison.identical),
        *((f"places where were replaced: {what}", n) for what, n in comparison.replaced.items()),
        *((f"answers known to differ: {what}", n) for what, n in comparison.known.items()),
        ("answers that differ otherwise", differing),
    ]
    record_property(PROPERTY, rows)
    assert total >= 400
    assert comparison.equal + comparison.known.total() + differing == total


def test_every_replacement_is_needed(comparison: Comparison) -> None:
    assert {*comparison.replaced} == {each.what for each in REPLACEMENTS}


def test_what_is_known_to_differ_still_does(comparison: Comparison) -> None:
    from mtango_ref.backends.pytango.device import HAS_PIPES

    expected = {each.what for each in DIFFERS if HAS_PIPES or not each.of_old_pytango}
    assert {*comparison.known} == expected
