"""Properties of devices and attributes, written and deleted, on both backends in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Rest, shared
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import BASE, DEAD, UNKNOWN, D, error, failure, http_failure

PROPERTIES = f"{D}/properties"
A = f"{D}/attributes/long_scalar/properties"
FIRST: list[dict[str, Any]] = [
    {"name": "polled_attr", "values": ["double_scalar", "500", "state", "500"]}
]
JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain"}


@pytest.fixture(autouse=True)
def _unchanged(backend: Backend) -> Iterator[None]:
    """Leave the properties of the device and its attribute as they were."""
    database, device = backend.database, "sys/tg_test/1"
    yield
    database.put_device_property(
        device, {each["name"]: each["values"] for each in FIRST}, only=True
    )
    written = database.get_device_attribute_property(device, "long_scalar")
    database.delete_device_attribute_property(device, "long_scalar", [*written])


def is_strict(rest: Rest) -> bool:
    return rest.settings.rc3_mode == "strict"


def ask(rest: Rest, method: str, path: str, query: str = "", **given: Any) -> tuple[int, Any]:
    result = rest.request(method, path, query_string=query, **given)
    return result.status_code, result.json if result.content else None


# The query, or the body, and what is written.
LINES: list[tuple[dict[str, Any], list[str]]] = [
    ({"query": "value=a&value=b"}, ["a", "b"]),
    ({"query": "value="}, [""]),
    ({"query": "value=a,b"}, ["a,b"]),
    ({"query": "value=a+b%2Bc%26d&async=false"}, ["a b+c&d"]),
    ({"query": "value=%C3%A9", "body": b"[]", "headers": JSON}, ["é"]),
    ({"body": b'["a", "", "\\u00e9"]', "headers": JSON}, ["a", "", "é"]),
    ({"body": b'"a"', "headers": JSON}, ["a"]),
    ({"body": b"[]", "headers": JSON}, []),
    ({"body": 'say "é",\nyes'.encode(), "headers": TEXT}, ['say "é",\nyes']),
]


@pytest.mark.parametrize(("given", "lines"), LINES)
def test_property_has_the_lines_that_are_given(
    writing: Rest, given: dict[str, Any], lines: list[str]
) -> None:
    path = f"{PROPERTIES}/Some_Property"
    expected = {"name": "Some_Property", "values": lines}
    assert ask(writing, "PUT", path, **given) == (200, expected)
    assert writing.body(path) == expected
    listed = [*FIRST, expected] if lines else FIRST
    assert sorted(writing.body(PROPERTIES), key=str) == sorted(listed, key=str)


@pytest.mark.parametrize(("given", "lines"), LINES)
def test_attribute_property_has_the_lines_that_are_given(
    writing: Rest, given: dict[str, Any], lines: list[str]
) -> None:
    path = f"{A}/Some_Property"
    answer: object = {"Some_Property": lines}
    if not is_strict(writing):
        answer = [{"name": "Some_Property", "_empty": False}] if lines else []
    assert ask(writing, "PUT", path, **given) == (200, answer)
    assert writing.body(path) == {"Some_Property": lines}


def test_post_adds_one_property(writing: Rest) -> None:
    page = {"Origin": "https://a.org"}
    path, query = f"{PROPERTIES}/new%231", "value=x"
    result = writing.request("POST", path, query_string=query, headers=page)
    assert result.json == {"name": "new#1", "values": ["x"]}
    exposed = "x-mtango, location" if is_strict(writing) else "x-mtango"
    assert result.headers["access-control-expose-headers"] == exposed
    if is_strict(writing):
        assert result.status_code == 201
        path = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1/properties/new%231"
        assert result.headers["location"] == BASE + path
    else:
        assert (result.status_code, "location" in result.headers) == (200, False)


def test_post_adds_several_properties(writing: Rest) -> None:
    writing.request("PUT", f"{PROPERTIES}/stays", query_string="value=1")
    result = writing.request("POST", PROPERTIES, query_string="a1=x&a1=y&b1=&async=false")
    expected = [
        {"name": "a1", "values": ["x", "y"]},
        {"name": "b1", "values": [""]},
        *FIRST,
        {"name": "stays", "values": ["1"]},
    ]
    assert (result.status_code, result.json) == (201 if is_strict(writing) else 200, expected)
    assert writing.body(PROPERTIES) == expected
    if is_strict(writing):
        assert result.headers["location"] == f"{BASE}{PROPERTIES}"


@pytest.mark.parametrize(
    "given",
    [
        {"query": "a1=x&a1=y&b1="},
        {
            "json": [{"name": "a1", "values": ["x", "y"]}, {"name": "b1", "values": [""]}],
            "query": "async=false",
        },
        {"json": {"a1": ["x", "y"], "b1": ""}},
    ],
)
def test_put_replaces_properties(writing: Rest, given: dict[str, Any]) -> None:
    written = [{"name": "a1", "values": ["x", "y"]}, {"name": "b1", "values": [""]}]
    # Strict: "not specified are deleted"; implementation: they stay.
    expected = written if is_strict(writing) else [*written, *FIRST]
    assert ask(writing, "PUT", PROPERTIES, **given) == (200, expected)
    assert writing.body(PROPERTIES) == expected


@pytest.mark.parametrize("nothing", [[], {}])
def test_put_of_no_properties_deletes_all(writing: Rest, nothing: Any) -> None:
    expected = [] if is_strict(writing) else FIRST
    assert ask(writing, "PUT", PROPERTIES, json=nothing) == (200, expected)


def test_deleted_property_is_gone(writing: Rest) -> None:
    for folder in (PROPERTIES, A):
        ask(writing, "PUT", f"{folder}/gone", "value=x")
        before = writing.body(folder)
        assert len(str(before)) > len(str(FIRST if folder == PROPERTIES else []))
        for name in ("GONE", "gone", "never_there"):
            result = writing.request("DELETE", f"{folder}/{name}")
            assert (result.status_code, result.content) == (204, b"")
        assert "gone" not in str(writing.body(folder))
    assert writing.body(PROPERTIES) == FIRST


def test_polled_attr_is_just_stored(writing: Rest) -> None:
    """Tango itself looks at it when a server starts."""
    before = writing.body(f"{D}/attributes/double_scalar/history")
    assert ask(writing, "PUT", f"{PROPERTIES}/polled_attr", "value=x")[0] == 200
    assert writing.body(f"{PROPERTIES}/polled_attr")["values"] == ["x"]
    assert writing.request("DELETE", f"{PROPERTIES}/polled_attr").status_code == 204
    assert writing.body(PROPERTIES) == []
    assert len(writing.body(f"{D}/attributes/double_scalar/history")) >= len(before)


def test_configuration_in_the_database_is_not_that_of_the_device(writing: Rest) -> None:
    path = f"{D}/attributes/long_scalar/info"
    before = writing.body(path)
    assert ask(writing, "PUT", f"{A}/min_value", "value=1")[0] == 200
    assert ask(writing, "PUT", f"{A}/label", "value=other")[0] == 200
    assert writing.body(path) == before
    assert writing.body(f"{A}/label") == {"label": ["other"]}


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("x", {}, 400, "There is no line: each `value` of the query is one, or the body."),
    ("", {}, 400, "There are no properties: they are the query's arguments, or the body."),
    (
        "",
        {"query": "async=false"},
        400,
        "There are no properties: they are the query's arguments, or the body.",
    ),
    (
        "x",
        {"body": b"[1]", "headers": JSON},
        400,
        "The body is [1]; text or a list of texts is expected.",
    ),
    (
        "x",
        {"body": b"null", "headers": JSON},
        400,
        "The body is null; text or a list of texts is expected.",
    ),
    (
        "",
        {"body": b"3", "headers": JSON},
        400,
        "The body is 3; [{name, values}, ..] or {name: values, ..} is expected.",
    ),
    (
        "",
        {"body": b'[{"name": "a"}]', "headers": JSON},
        400,
        "Element 0 of the body is {'name': 'a'}; {name, values} is expected.",
    ),
    (
        "",
        {"body": b'[{"name": 1, "values": []}]', "headers": JSON},
        400,
        "Element 0 of the body, its name, is 1; text is expected.",
    ),
    (
        "",
        {"body": b'{"a": [null]}', "headers": JSON},
        400,
        "The body's 'a' is [null]; text or a list of texts is expected.",
    ),
    (
        "",
        {"json": [{"name": "a", "values": []}, {"name": "a", "values": []}]},
        400,
        "Element 1 of the body names 'a', as another one does.",
    ),
    (
        "x",
        {"body": b"value=1", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        415,
        "The body is 'application/x-www-form-urlencoded'; application/json is expected, or"
        " text/plain in UTF-8.",
    ),
    (
        "x",
        {"query": "value=%FF"},
        400,
        "The query is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 6: invalid"
        " start byte.",
    ),
]


@pytest.mark.parametrize(("name", "given", "status", "sentence"), BAD)
def test_bad_input_is_refused(
    writing: Rest, name: str, given: dict[str, Any], status: int, sentence: str
) -> None:
    path = f"{PROPERTIES}/{name}".rstrip("/")
    reason = {400: "BAD_REQUEST", 415: "UNSUPPORTED_MEDIA_TYPE"}[status]
    expected = http_failure(status, reason, sentence, writing.ticks)
    for method in ("PUT", "POST"):
        assert ask(writing, method, path, **given) == (status, expected)
    assert writing.body(PROPERTIES) == FIRST


@pytest.mark.parametrize(
    "body", [b"", b"[", b'["a"', b"\xef\xbb\xbf[]", '["a"]'.encode("utf-16"), b'"\\ud800"']
)
def test_body_that_is_not_json_is_refused(writing: Rest, body: bytes) -> None:
    for path in (f"{PROPERTIES}/x", f"{A}/x", PROPERTIES):
        result = writing.request("PUT", path, body=body, headers=JSON)
        assert (result.status_code, result.json["errors"][0]["reason"]) == (400, "BAD_REQUEST")
    assert writing.body(PROPERTIES) == FIRST


@pytest.mark.parametrize("path", ["properties/x", "attributes/any/properties/x"])
def test_properties_of_an_unknown_device_are_a_failure(writing: Rest, path: str) -> None:
    expected = failure(
        error("DB_DeviceNotDefined", "device no/such/device not defined in the database !"),
        error(
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbGetDeviceInfo",
        ),
        ticks=writing.ticks,
    )
    assert ask(writing, "PUT", f"{UNKNOWN}/{path}", "value=x") == (200, expected)
    assert ask(writing, "DELETE", f"{UNKNOWN}/{path}") == (200, expected)
    assert writing.body(f"{UNKNOWN}/properties") == []


def test_device_that_does_not_run_has_properties(serve_writing: Any) -> None:
    rest = serve_writing(writable=["*", "sys/access_control/*"])
    expected = {"name": "p", "values": ["x"]}
    assert ask(rest, "PUT", f"{DEAD}/properties/p", "value=x") == (200, expected)
    assert rest.request("DELETE", f"{DEAD}/properties/p").status_code == 204
    assert rest.body(f"{DEAD}/properties") == []


@pytest.mark.parametrize("name", ["it's", "a*", "a%5Cb", "a%00b", "x" * 256])
def test_name_that_cannot_be_asked_for_is_a_failure(writing: Rest, name: str) -> None:
    before = writing.body(PROPERTIES), writing.body(A)
    for folder in (PROPERTIES, A):
        for method in ("PUT", "DELETE"):
            status, answer = ask(writing, method, f"{folder}/{name}", "value=x")
            assert status == 200
            assert answer["errors"][0]["reason"] == "DB_IncorrectArguments"
    assert (writing.body(PROPERTIES), writing.body(A)) == before


def test_nobody_waits_for_an_asynchronous_change(serve_writing: Any) -> None:
    rest = serve_writing()
    result = rest.request("PUT", f"{PROPERTIES}/later", query_string="value=x&async=true")
    assert (result.status_code, result.content) == (204, b"")
    rest.app.changes.finish(10.0)
    assert rest.body(f"{PROPERTIES}/later") == {"name": "later", "values": ["x"]}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(
        st.text(
            st.characters(max_codepoint=255, exclude_categories=["Cc"], exclude_characters="\\"),
            max_size=10,
        ),
        max_size=3,
    )
)
def test_any_lines_come_back(backend: Backend, lines: list[str]) -> None:
    rest = shared(Settings(extensions=("writes",)), backend)
    expected = {"name": "any", "values": lines}
    path, query = f"{PROPERTIES}/any", "&".join(f"value={quote(line)}" for line in lines)
    if lines:
        assert ask(rest, "PUT", path, query) == (200, expected)
        assert rest.request("DELETE", path).status_code == 204
    assert ask(rest, "PUT", path, json=lines) == (200, expected)
    assert rest.body(path) == expected


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_properties_in_query_and_body_are_refused(writing: Rest, method: str) -> None:
    """The values of one of them would be lost; and with PUT, properties that it does not name."""
    before = writing.body(PROPERTIES)
    body = {"b1": ["y"]}
    result = writing.request(method, PROPERTIES, query_string="a1=x", json=body)
    sentence = "There are properties in the query and in the body; one of both is expected."
    assert (result.status_code, result.json) == (
        400,
        http_failure(400, "BAD_REQUEST", sentence, writing.ticks),
    )
    assert writing.body(PROPERTIES) == before
