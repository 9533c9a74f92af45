"""Writes of pipes to a PyTango that has none."""

from __future__ import annotations

import orjson
import pytest

from conftest import Rest
from mtango_ref.interface import Backend, Capabilities
from rest_answers import D, http_failure
from writing.blobs import blob, element


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
