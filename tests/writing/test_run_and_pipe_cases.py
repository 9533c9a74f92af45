"""The cases of commands and pipes with writing on, with both backends and in both modes; and what a
PyTango that has no pipes answers to them."""

from __future__ import annotations

import orjson
import pytest

from conftest import Rest
from mtango_ref.conformance.asking.transport import IN_PROCESS, to_app
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import Place, Plan, Server
from mtango_ref.interface import Backend, Capabilities
from rest_answers import D, http_failure
from writing.blobs import blob, element


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


def test_pytango_without_pipes_answers_501(
    writing: Rest, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = writing
    if backend.capabilities.has_pipes:
        # An attribute of the fake, a property of the other class.
        holder = backend if "capabilities" in vars(backend) else type(backend)
        monkeypatch.setattr(holder, "capabilities", Capabilities(has_pipes=False))
        rest = Rest(writing.settings, backend)
    result = rest.request(
        "PUT",
        f"{D}/pipes/string_long_short_ro",
        body=orjson.dumps(blob(element("DevLong", 1))),
        headers={"content-type": "application/json"},
    )
    sentence = "Write a pipe: rc3 defines it, but this PyTango does not support pipes."
    expected = http_failure(501, "NOT_IMPLEMENTED", sentence, rest.ticks)
    assert (result.status_code, result.json) == (501, expected)
