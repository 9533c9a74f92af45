"""The cases of commands and pipes with writing on, with both backends and in both modes."""

from __future__ import annotations

import pytest

from conftest import Rest
from mtango_ref.conformance.asking.transport import IN_PROCESS, to_app
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import Place, Plan, Server
from mtango_ref.interface import Backend


@pytest.mark.parametrize(("facet", "least"), [("commands", 25), ("pipes", 7)])
def test_cases_hold(writing: Rest, backend: Backend, facet: str, least: int) -> None:
    place = Place(IN_PROCESS + writing.settings.app_base)
    missing = set() if backend.capabilities.has_pipes else {"pipes"}
    server = Server(place, has=loading.needs().keys() - missing)
    plan = Plan(writing.settings.rc3_mode, extensions=("writes",), only=facet, writes=True)
    chosen = [case for case in loading.fitting(plan, server) if case.extension == "writes"]
    assert len(chosen) >= least or missing == {facet}
    send = to_app(writing.app)
    answered = {
        case.name: judge.check(case, send(placing.addressed(case.request, place)), place)
        for case in chosen
    }
    assert {name: found for name, found in answered.items() if found} == {}
