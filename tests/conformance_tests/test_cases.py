"""The cases hold on the app, with both backends and in both modes."""

from __future__ import annotations

import re
import time
from importlib.resources import files

import pytest
from cachetools import LRUCache, cached

from mtango_ref.conformance.asking.survey import found_at
from mtango_ref.conformance.asking.transport import IN_PROCESS, to_app
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import MODES, Case, Place, Plan, Send, Server
from mtango_ref.http.app import create_app
from mtango_ref.interface import Backend
from mtango_ref.openapi.extensions import AVAILABLE
from mtango_ref.settings.model import Settings

PLACE = Place(IN_PROCESS + Settings().app_base)
FACETS = list(dict.fromkeys(case.facet for case in loading.load()))


def differences(case: Case, send: Send, place: Place = PLACE) -> tuple[str, ...]:
    for request in case.before:
        send(placing.addressed(request, place))
    response = send(placing.addressed(case.request, place))
    return judge.check(case, response, place)


# An app that is kept keeps its backend, so that no other one can have its id.
@cached(LRUCache(8), key=lambda backend, *others, **named: (id(backend), *others, *named.values()))
def app(
    backend: Backend, mode: str, place: Place = PLACE, extensions: tuple[str, ...] = ()
) -> Send:
    """Ask an app of a facility that has polled at least twice; others may have asked it."""
    settings = Settings.model_validate({"rc3_mode": mode, "extensions": extensions})
    send = to_app(create_app(settings, backend))
    deadline = time.monotonic() + 10
    while differences(loading.needs()["history"], send, place) and time.monotonic() < deadline:
        time.sleep(0.1)
    return to_app(create_app(settings, backend))


@pytest.mark.parametrize("extensions", [(), AVAILABLE], ids=["bare", "all"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("facet", FACETS)
def test_cases_pass_on_our_server(
    backend: Backend, facet: str, mode: str, extensions: tuple[str, ...]
) -> None:
    send = app(backend, mode, extensions=extensions)
    missing = set() if backend.capabilities.has_pipes else {"pipes"}
    server = Server(PLACE, has=loading.needs().keys() - missing)
    chosen = loading.fitting(Plan(mode, extensions, only=facet, writes=True), server)
    answered = {case.name: differences(case, send) for case in chosen}
    assert {name: found for name, found in answered.items() if found} == {}
    assert chosen or missing == {facet}


def test_cases_say_what_they_need(backend: Backend) -> None:
    """A server of ours has all that a case can need, but pipes with a PyTango that has none."""
    send = app(backend, "strict")
    lacking = [word for word, case in loading.needs().items() if differences(case, send)]
    assert lacking == ([] if backend.capabilities.has_pipes else ["pipes"])


def test_another_name_of_the_device() -> None:
    """Whatever TangoTest is called, its cases pass."""
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.fixture.loading import parse

    device = "LAB/tango-test/7"
    text = (files("mtango_ref.fixtures") / "tango_test.yml").read_text(encoding="utf-8")
    place = PLACE._replace(device=device)
    backend = FakeBackend(parse(text.replace("sys/tg_test/1", device), "renamed"))
    send = app(backend, "strict", place)
    server = Server(place, has=loading.needs().keys() - {"tg_test"})
    chosen = loading.fitting(Plan(writes=True), server)
    mine = [case for case in chosen if re.search(r"\$device|\$DEVICE", str(case))]
    failed = {case.name: differences(case, send, place) for case in mine}
    assert {name: found for name, found in failed.items() if found} == {}
    assert len(mine) > 500


@pytest.mark.parametrize(("mode", "start"), [("strict", 86_400), ("implementation", 4_070_908_800)])
def test_cases_pass_at_any_time(mode: str, start: float) -> None:
    """Whatever the year of the facility, its cases pass: rc3 asks nothing about it."""
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.fixture.loading import parse

    text = (files("mtango_ref.fixtures") / "tango_test.yml").read_text(encoding="utf-8")
    ahead = start - time.time()
    backend = FakeBackend(parse(text, "then"), clock=lambda: time.time() + ahead)
    backend.control.advance(60)
    send = to_app(create_app(Settings.model_validate({"rc3_mode": mode}), backend))
    place = found_at(send, PLACE)
    chosen = loading.fitting(Plan(mode, writes=True))
    failed = {case.name: differences(case, send, place) for case in chosen}
    assert {name: found for name, found in failed.items() if found} == {}
