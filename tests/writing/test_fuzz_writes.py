"""schemathesis runs commands and writes pipes of the fake, in both modes."""

from __future__ import annotations

import sys

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.fuzz import document as documents
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.model import Fuzz, Place, Plan, Server
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.settings.model import Settings

PLACE = Place(f"{IN_PROCESS}/tango/rest")
ASKED = ("/commands/{command}", "/pipes/{pipe}")


@pytest.mark.parametrize("mode", ["strict", "implementation"])
def test_commands_and_pipes_pass(mode: str) -> None:
    extensions = ("writes",)
    settings = Settings.model_validate({"rc3_mode": mode, "extensions": extensions})
    app = create_app(settings, FakeBackend(load("tango_test"), seed=0))
    server = Server(PLACE, app=app)
    plan = Plan(mode, extensions, writes=True, fuzz=Fuzz(20261123, examples=20))
    asked = documents.document(server, plan)
    asked["paths"] = {path: each for path, each in asked["paths"].items() if path.endswith(ASKED)}
    for _, operation in documents.operations(asked):
        for response in operation["responses"].values():
            response.pop("links", None)  # to what is not asked here
    findings = fuzz(server, plan, asked=asked)
    assert [each.differences for each in findings.results() if each.differences] == []
    assert findings.statuses["runCommand"][200] >= 5
    assert {200, 400, 415} <= findings.statuses["writePipe"].keys()
