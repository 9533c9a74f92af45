"""The cases hold on the app, with both backends and in both modes."""

from __future__ import annotations

import pytest

from mtango_ref.app import create_app
from mtango_ref.conformance import cases, matching
from mtango_ref.conformance.model import MODES, Case
from mtango_ref.conformance.sending import IN_PROCESS, to_app
from mtango_ref.interface import Backend
from mtango_ref.settings import Settings

DEVICE = "sys/tg_test/1"


def differences(case: Case, backend: Backend, mode: str) -> tuple[str, ...]:
    settings = Settings(rc3_mode=mode)
    send = to_app(create_app(settings, backend), settings.app_base)
    response = send(matching.addressed(case.request, DEVICE))
    return matching.check(case, response, IN_PROCESS + settings.app_base, DEVICE)


@pytest.mark.parametrize("mode", MODES)
def test_cases(backend: Backend, mode: str) -> None:
    has = None if backend.has_pipes else cases.needs().keys() - {"pipes"}
    chosen = cases.fitting(cases.load(), mode, extensions=(), has=has)
    failed = {case.name: differences(case, backend, mode) for case in chosen}
    assert {name: found for name, found in failed.items() if found} == {}
