"""The answers of one of everything are what the swagger files say, too."""

from __future__ import annotations

import pytest

import openapi
from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.settings.model import Settings
from parity.questions import DEVICES, questions


@pytest.mark.parametrize("mode", openapi.MODES)
def test_answers_of_every_device_fit_the_schema(mode: str) -> None:
    settings = Settings.model_validate({"rc3_mode": mode})
    backend = FakeBackend(load("one_of_everything"))
    rest, document = Rest(settings, backend), openapi.documents(settings)["rc3.yml"]
    asked = [
        each
        for each in questions(backend, settings)
        if each.method == "GET" and each.path.startswith(f"{DEVICES}/test/everything/1/")
    ]
    assert len(asked) > 1000
    for question in asked:
        operation = document.operation_at("GET", question.path)
        assert operation is not None, question
        answer = rest.get(question.path, query_string=question.query)
        assert document.answer_errors(operation, answer) == [], question
