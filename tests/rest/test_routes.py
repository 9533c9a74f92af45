"""The routes that are kept: a path is answered again as it was the first time."""

from __future__ import annotations

from typing import Any

import pytest
from falcon.routing import CompiledRouter

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load
from mtango_ref.http import routes
from mtango_ref.settings.model import Settings
from rest_answers import D, P


@pytest.fixture(scope="module")
def serving() -> Rest:
    return Rest(Settings(), FakeBackend(load("tango_test")))


REFUSED = [
    "/rc3/hosts/localhost/x/devices",
    "/rc3/hosts/localhost/99999999/devices",
    "/rc3/hosts//10000/devices",
    f"{P}/devices/sys//1",
    f"{D}/attributes//value",
    f"{D}/attributes/a%00b/value",
]


@pytest.mark.parametrize("path", REFUSED)
def test_path_is_refused_each_time(serving: Rest, path: str) -> None:
    """A path that was refused is not remembered as one whose fields have been checked."""
    assert [serving.get(path).status_code for _ in range(3)] == [404] * 3


def test_router_is_asked_once_for_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few paths are kept, and none that is long or unknown."""
    asked: list[str] = []

    def find(_: CompiledRouter, uri: str, __: Any = None) -> Any:
        asked.append(uri)
        return None if uri == "/unknown" else (object(), {}, {}, uri)

    monkeypatch.setattr(CompiledRouter, "find", find)
    monkeypatch.setattr(routes, "MOST", 2)
    router = routes.Router()
    long = "/" + "x" * routes.LONGEST
    for path in ("/a", "/a", "/unknown", "/unknown", long, long):
        router.find(path)
    assert asked == ["/a", "/unknown", "/unknown", long, long]
    for path in ("/b", "/c", "/c", "/a"):  # the third clears the two that are kept
        router.find(path)
    assert asked[5:] == ["/b", "/c", "/a"]
