"""The cases of what changes something hold on the app, with both backends and in both modes."""

from __future__ import annotations

from conftest import Rest
from mtango_ref.conformance.asking.transport import IN_PROCESS, to_app
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import Place, Plan, Server


def test_cases_of_properties_hold(writing: Rest) -> None:
    place = Place(IN_PROCESS + writing.settings.app_base)
    plan = Plan(writing.settings.rc3_mode, extensions=("writes",), only="properties", writes=True)
    chosen = [
        case
        for case in loading.fitting(plan, Server(place, has=loading.needs().keys()))
        if case.extension == "writes"
    ]
    assert len(chosen) >= 10
    send = to_app(writing.app)
    answered = {
        case.name: judge.check(case, send(placing.addressed(case.request, place)), place)
        for case in chosen
    }
    assert {name: found for name, found in answered.items() if found} == {}
