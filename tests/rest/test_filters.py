"""rc3's `filter`: the fields that are wanted, on both backends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conftest import Rest, shared
from mtango_ref.http.filters import Filter
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import BASE, D, P, call_failure, error, http_failure

NODE: dict[str, Any] = {
    "name": "a",
    "info": {"name": "b", "server": "c", "pid": 1},
    "list": [{"name": "d", "x": 1}, {"x": 2}],
    "lines": ["name", "x"],
    "deep": {"er": {"x": {"name": "e"}}},
    "_links": {"_self": "f", "name": "g"},
}

# kept, dropped -> what is left of NODE
LEFT: list[tuple[set[str], set[str], Any]] = [
    (
        {"name"},
        set(),
        {
            "name": "a",
            "info": {"name": "b"},
            "list": [{"name": "d"}, {}],
            "deep": {"er": {"x": {"name": "e"}}},
            "_links": {"name": "g"},
        },
    ),
    ({"server"}, set(), {"info": {"server": "c"}}),
    ({"info"}, set(), {"info": NODE["info"]}),
    ({"lines"}, set(), {"lines": ["name", "x"]}),
    ({"nope"}, set(), {}),
    ({"info"}, {"name"}, {"info": {"server": "c", "pid": 1}}),
    ({"info", "name"}, {"name"}, {"info": {"server": "c", "pid": 1}}),
    (
        set(),
        {"name", "_links", "deep"},
        {
            "info": {"server": "c", "pid": 1},
            "list": [{"x": 1}, {"x": 2}],
            "lines": ["name", "x"],
        },
    ),
    (set(), {"nope"}, NODE),
    ({"er"}, {"deep"}, {}),
]


@pytest.mark.parametrize(("kept", "dropped", "left"), LEFT)
def test_fields_are_kept_wherever_they_stand(
    kept: set[str], dropped: set[str], left: dict[str, Any]
) -> None:
    assert Filter(kept, dropped).apply(NODE) == left
    assert Filter(kept, dropped).apply([NODE, 1]) == [left, 1]


@pytest.fixture(params=["strict", "implementation"])
def filtering(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    return shared(Settings(rc3_mode=request.param, extensions=("filters",)), backend)


Links = Callable[[Any], Any]


def test_links_stay_in_strict_mode(filtering: Rest) -> None:
    whole = filtering.body(f"{D}/attributes/double_scalar")
    kept = filtering.body(f"{D}/attributes/double_scalar", "filter=name&filter=value")
    links = {"_links": whole["_links"]} if filtering.settings.rc3_mode == "strict" else {}
    assert kept == {"name": "double_scalar", "value": whole["value"], **links}


def test_fields_that_are_not_wanted_are_left_out(filtering: Rest) -> None:
    whole = filtering.body(f"{D}/attributes/double_scalar")
    query = "filter=!info&filter=!properties&filter=!_links"
    left = filtering.body(f"{D}/attributes/double_scalar", query)
    unwanted = {"info", "properties", "_links"}
    assert left == {key: node for key, node in whole.items() if key not in unwanted}


def test_fields_within_fields_are_found(filtering: Rest) -> None:
    whole = filtering.body(D)
    kept = filtering.body(D, "filter=name&filter=server&filter=!_links")
    assert kept == {
        "name": "sys/tg_test/1",
        "info": {key: whole["info"][key] for key in ("name", "server")},
    }


def test_elements_of_a_list_are_filtered(filtering: Rest) -> None:
    whole = filtering.body(f"{P}/devices", "wildcard=sys/tg*")
    assert whole == [{"name": "sys/tg_test/1", "href": f"{BASE}{D}"}]
    assert filtering.body(f"{P}/devices", "wildcard=sys/tg*&filter=href") == [
        {"href": f"{BASE}{D}"}
    ]
    assert filtering.body(f"{P}/devices", "wildcard=sys/tg*&filter=Name") == [{}]


def test_failures_stay_whole(filtering: Rest) -> None:
    path = f"{D}/attributes/nope/value"
    outer = error(
        "API_AttributeFailed", "Failed to read_attribute on device sys/tg_test/1, attribute nope"
    )
    inner = error("API_AttrNotFound", "nope attribute not found")
    mode, reason = filtering.settings.rc3_mode, "ReadAttributeException"
    whole = call_failure(mode, reason, "sys/tg_test/1", inner, outer)
    assert filtering.body(path, "filter=value") == whole
    several = filtering.body(f"{D}/attributes/value", "attr=nope&attr=State&filter=value")
    assert several[0].keys() == {"name", "errors", "quality", "timestamp"}
    assert several[1].keys() == {"value"}


@pytest.mark.parametrize("query", ["filter=", "filter=!", "filter=name&filter=", "filter"])
def test_filter_that_names_nothing_is_400(filtering: Rest, query: str) -> None:
    result = filtering.get(f"{P}/devices/no/such/device", query_string=query)
    sentence = "filter in the query: the name of a field is expected, or ! and a name."
    assert (result.status_code, result.json) == (
        400,
        http_failure(400, "BAD_REQUEST", sentence, filtering.ticks),
    )


def test_filter_is_ignored_where_it_is_off(rest: Rest) -> None:
    assert rest.body(D, "filter=name") == rest.body(D)
