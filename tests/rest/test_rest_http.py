"""HTTP itself: statuses, headers, and what is wrong with a request."""

from __future__ import annotations

import io
import logging
from typing import Any
from urllib.parse import quote

import pytest
from dirty_equals import IsStr

from conftest import Rest
from mtango_ref import __version__
from mtango_ref.openapi import operations
from mtango_ref.settings.model import Settings
from path_examples import EXAMPLES, PATHS
from rest_answers import (
    HOST,
    D,
    P,
    failure,
    http_failure,
    not_a_name,
    refusal,
    unknown_device,
)

VALUE = f"{D}/attributes/double_scalar/value"
OFF = [operation for operation in operations(Settings()) if operation.status == 501]
ANSWERED = [operation for operation in operations(Settings()) if operation.status != 501]


def address(path: str) -> str:
    return path.format(**EXAMPLES)


def check(result: Any, status: int, reason: str, description: object, ticks: int = 1) -> None:
    assert result.json == http_failure(status, reason, description, ticks)
    assert result.status_code == status
    assert result.headers["content-type"] == "application/json"
    assert result.headers["x-mtango"] == f"mtango-py {__version__}"


def test_rest_has_its_number_of_operations() -> None:
    """22 GET operations of rc3 and the entry point answer, 15 are 501."""
    rc3 = [operation for operation in ANSWERED if operation.path.startswith("/rc3")]
    assert (len(rc3), {operation.method for operation in rc3}) == (22, {"GET"})
    kinds = [operation.needs for operation in OFF]
    assert (kinds.count("writes"), kinds.count("events"), len(kinds)) == (12, 3, 15)


@pytest.mark.parametrize("operation", OFF, ids=lambda operation: operation.operation_id)
@pytest.mark.parametrize("arguments", [{}, {"body": "{"}, {"query_string": "v=1&v=2&async=x"}])
def test_operation_that_is_off_is_501(
    both: Rest, operation: Any, arguments: dict[str, Any]
) -> None:
    """Always 501, whatever the arguments."""
    headers = {"Origin": "http://synoptic.lab"}
    result = both.request(operation.method, address(operation.path), headers=headers, **arguments)
    sentence = f"{operation.summary}: rc3 defines it, but the extension '{operation.needs}' is off."
    check(result, 501, "NOT_IMPLEMENTED", sentence, both.ticks)
    assert result.headers["access-control-allow-origin"] == "http://synoptic.lab"


@pytest.mark.parametrize("field", ["0", "99999", "%00", "ä", "a:b"])
def test_operation_that_is_off_is_501_whatever_the_fields(rest: Rest, field: str) -> None:
    for operation in OFF:
        path = operation.path.format(**dict.fromkeys(EXAMPLES, field))
        assert rest.request(operation.method, path).status_code == 501


@pytest.mark.parametrize(
    "operation",
    [operation for operation in operations(Settings()) if operation.method == "GET"],
    ids=lambda operation: operation.operation_id,
)
def test_head_is_answered_as_get_is(both: Rest, operation: Any) -> None:
    """Status and headers, the body's length among them; /sys/stats is longer now and then."""
    path = address(operation.path)
    got, head, again = both.get(path), both.request("HEAD", path), both.get(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    if not operation.path.endswith("/stats"):
        # A history may have got an entry before one of the three.
        assert head.headers in (got.headers, again.headers)


@pytest.mark.parametrize("path", ["/nope", f"{D}/nope", f"{D}/attributes/nope/value"])
def test_head_of_an_unknown_path_is_answered_as_get_is(both: Rest, path: str) -> None:
    got, head = both.get(path), both.request("HEAD", path)
    assert (head.status_code, head.headers, head.content) == (got.status_code, got.headers, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/swagger/",
        "/swagger/rc3.yml",
        "/swagger/ui/swagger-ui.css",
        "/manual/",
        "/manual/first-steps",
    ],
)
def test_head_of_a_page_is_answered_as_get_is(rest: Rest, path: str) -> None:
    got, head = (rest.client.simulate_request(method, path) for method in ("GET", "HEAD"))
    assert (head.status_code, head.headers, head.content) == (200, got.headers, b"")


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}])
def test_head_of_a_file_leaves_none_open(
    rest: Rest, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """Falcon wraps the file of a range in what is no io.IOBase."""
    opened, open_file = [], io.open

    def noted(*arguments: Any, **options: Any) -> Any:
        opened.append(open_file(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(io, "open", noted)
    rest.client.simulate_head("/swagger/ui/swagger-ui.css", headers=headers)
    assert [file.closed for file in opened] == [True]


@pytest.mark.parametrize(
    ("path", "target"),
    [("/", "/swagger/"), ("/favicon.ico", "/swagger/ui/favicon-32x32.png")],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_browsers_are_led_to_what_they_want(
    rest: Rest, path: str, target: str, method: str
) -> None:
    answer = rest.client.simulate_request(method, path)
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["location"] == f"http://{HOST}{target}"
    assert answer.headers["x-mtango"] == f"mtango-py {__version__}"
    assert rest.client.simulate_get(target).status_code == 200


@pytest.mark.parametrize(
    "path", ["/tango", "/rc3", "/swagger/nope.yml", "/swagger/ui/nope", "/manual/nope"]
)
def test_path_outside_app_base_is_404(both: Rest, path: str) -> None:
    """Both modes answer so: the original had nothing there."""
    result = both.client.simulate_get(path)
    check(result, 404, "NOT_FOUND", IsStr(regex=".*nothing at.*"), both.ticks)


@pytest.mark.parametrize(
    "port", ["0", "65536", "-1", "+3", "1_000", "abc", "1.0", "٣", "1e3", "", "9" * 400]
)
def test_wrong_port_is_404(both: Rest, port: str) -> None:
    result = both.get(f"/rc3/hosts/localhost/{port}/devices")
    sentence = f"{port!r} in the path is not a port: a number from 1 to 65535."
    expected = refusal(both.settings.rc3_mode, 404, "NOT_FOUND", sentence)
    assert (result.status_code, result.json) == expected


@pytest.mark.parametrize("port", ["1", "65535", "00080"])
def test_port_may_have_leading_zeros(rest: Rest, port: str) -> None:
    assert rest.body(f"/rc3/hosts/localhost/{port}")["name"] == "sys/database/2"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{D}/attributes/double_scalar%00x/value", "double_scalar\0x"),
        (f"{D}/attributes/%00", "\0"),
        (f"{D}/attributes//value", ""),
        (f"{D}/commands/State%00", "State\0"),
        (f"{P}/devices/sys//1/state", ""),
        (f"{P}/devices/tango:///state", ""),
    ],
)
def test_impossible_name_is_404(both: Rest, path: str, name: str) -> None:
    result = both.get(path)
    expected = refusal(both.settings.rc3_mode, 404, "NOT_FOUND", not_a_name(name))
    assert (result.status_code, result.json) == expected


@pytest.mark.parametrize("name", ["ü", "日", "\n", "\x1b", "a:b", "a#b", "a b", "it's", "\ufffd"])
def test_unknown_names_are_asked_of_tango(rest: Rest, name: str) -> None:
    """Whatever can stand in a segment is a name."""
    errors = rest.body(f"{D}/attributes/{quote(name)}/info")["errors"]
    assert [(each["reason"], each["description"]) for each in errors] == [
        ("API_AttrNotFound", f"{name} attribute not found")
    ]
    errors = rest.body(f"{D}/commands/{quote(name)}")["errors"]
    assert [(each["reason"], each["description"]) for each in errors] == [
        ("API_CommandNotFound", f"Command {name} not found")
    ]


def test_encoded_slashes_split_segments(rest: Rest) -> None:
    path = f"{P}/devices/sys%2Ftg_test%2F1/state"
    assert rest.body(path) == rest.body(f"{D}/state")


@pytest.mark.parametrize("escape", ["%", "%zz", "%4"])
def test_malformed_percent_encoding_is_text(rest: Rest, escape: str) -> None:
    body = rest.body(f"{P}/devices/no/{escape}/1/state")
    assert body == failure(*unknown_device(f"no/{escape}/1"))


@pytest.mark.parametrize(
    ("path", "query", "sentence"),
    [
        (
            f"{D}/attributes/value",
            "attr=State&attr=%00",
            "attr='\\x00' in the query: text without NUL is expected.",
        ),
        (f"{D}/attributes/info", "attr=", "attr='' in the query: text without NUL is expected."),
        (f"{P}/devices", "wildcard=", "wildcard='' in the query: text is expected."),
        (
            f"{P}/devices",
            "&".join(["wildcard=sys*"] * 1000),
            "wildcard in the query: one is expected, 1000 are given.",
        ),
    ],
)
def test_wrong_argument_is_400(both: Rest, path: str, query: str, sentence: str) -> None:
    check(both.get(path, query_string=query), 400, "BAD_REQUEST", sentence, both.ticks)


@pytest.mark.parametrize("query", ["x=1", "&".join(["x=1"] * 1000), "%", "%00=%00", "=&&="])
def test_unknown_query_arguments_are_ignored(rest: Rest, query: str) -> None:
    path = f"{D}/attributes/double_scalar/info"
    assert rest.body(path, query) == rest.body(path)


@pytest.mark.parametrize("body", ["{}", "{", "x" * 100_000])
def test_a_body_on_get_is_ignored(rest: Rest, body: str) -> None:
    result = rest.get(f"{D}/commands/State", body=body)
    assert result.json == rest.body(f"{D}/commands/State")


@pytest.mark.parametrize("path", ["", P, f"{D}/attributes", f"{D}/properties/polled_attr", "/sys"])
def test_slash_at_the_end_makes_no_difference(rest: Rest, path: str) -> None:
    with_one, without = rest.get(path + "/"), rest.get(path)
    assert (with_one.status_code, with_one.json) == (200, without.json)


CORS = {
    "x-mtango": f"mtango-py {__version__}",
    "vary": "Origin",
}
WITH_ORIGIN = {
    **CORS,
    "access-control-allow-origin": "https://synoptic.lab:8443",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-mtango",
}


@pytest.mark.parametrize("path", [VALUE, f"{D}/attributes/nope/value", "/nope", "/rc3/hosts/x/0"])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_every_answer_has_its_headers(rest: Rest, method: str, path: str) -> None:
    result = rest.request(method, path)
    assert {key: result.headers.get(key) for key in CORS} == CORS
    assert "access-control-allow-origin" not in result.headers
    result = rest.request(
        method,
        path,
        headers={"Origin": "https://synoptic.lab:8443", "Authorization": "Basic nonsense"},
    )
    assert {key: result.headers.get(key) for key in WITH_ORIGIN} == WITH_ORIGIN


@pytest.mark.parametrize("path", PATHS)
def test_preflight_is_answered_on_every_path(rest: Rest, path: str) -> None:
    headers = {
        "Origin": "https://synoptic.lab:8443",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization",
    }
    result = rest.request("OPTIONS", address(path), headers=headers)
    expected = {
        **WITH_ORIGIN,
        "access-control-allow-methods": "GET, PUT, POST, DELETE, OPTIONS",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "86400",
    }
    assert (result.status_code, result.content) == (200, b"")
    assert {key: result.headers.get(key) for key in expected} == expected


def test_credentials_are_ignored(rest: Rest) -> None:
    headers = {"Authorization": "Basic bm9ib2R5OndoYXRldmVy"}
    path = f"{D}/commands/State"
    assert rest.get(path, headers=headers).json == rest.body(path)


def test_defect_is_500_and_logged(
    rest: Rest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the same shape; the traceback goes to the log, and only there."""
    from mtango_ref.http import links

    def broken(*_: object) -> str:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(links.Base, "of", broken)
    with caplog.at_level(logging.ERROR):
        result = rest.get("/rc3", headers={"Origin": "http://o"})
    sentence = "Internal error; the server's log has the details."
    check(result, 500, "INTERNAL_SERVER_ERROR", sentence)
    assert result.headers["access-control-allow-origin"] == "http://o"
    assert "ZeroDivisionError: secret" in caplog.text
    assert "GET /tango/rest/rc3" in caplog.text


@pytest.mark.parametrize("host", ['a"b', "a/b", "a b", "a:99999999", "u@a", "é"])
def test_wrong_host_header_is_400(rest: Rest, host: str) -> None:
    sentence = f"The Host header {host!r} is not host or host:port."
    check(rest.get("/rc3", headers={"Host": host}), 400, "BAD_REQUEST", sentence)
