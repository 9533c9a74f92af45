"""Commands that are run over HTTP, on both backends and in both modes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import falcon.testing
import orjson
import pytest
from dirty_equals import IsStr
from hypothesis import HealthCheck, given, settings

from conftest import Rest
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.interface import Backend
from mtango_ref.model import CmdArgType, DevState
from rest_answers import P, call_failure, error, http_failure, unknown_device
from writing.drawn import TEXTS, values
from writing.echoing import DEVICE, TYPES

C = f"{P}/devices/{DEVICE}/commands"
JSON = {"content-type": "application/json"}
PLAIN = {"content-type": "text/plain"}
ECHOED = [each for each in TYPES if each not in (CmdArgType.DevVoid, CmdArgType.DevUChar)]
"""The types of which something comes back; of a DevUChar, PyTango loses it."""
SUPPRESSED = [HealthCheck.function_scoped_fixture]


def often(backend: Backend, examples: int, rest: Rest) -> settings:
    """Draw so many examples on the fake, a third on PyTango; and a tenth in the other mode, which
    only spells answers, and on the newest: test_arguments_alike has the ends of each type there."""
    is_fake, is_strict = isinstance(backend, FakeBackend), rest.settings.rc3_mode == "strict"
    is_full = is_strict if is_fake else backend.capabilities.has_pipes
    share = (1 if is_fake else 3) if is_full else 10
    return settings(max_examples=examples // share, deadline=None, suppress_health_check=SUPPRESSED)


def run(rest: Rest, command: str, query: str = "", **given_: Any) -> falcon.testing.Result:
    return rest.request("PUT", f"{C}/{command}", query_string=query, **given_)


def output(result: falcon.testing.Result, command: str) -> Any:
    """Return what a command gave; all else of the answer is as it has to be."""
    assert (result.status_code, result.headers["content-type"]) == (200, "application/json")
    body = result.json
    assert {**body, "output": None} == {"name": command, "output": None}
    return body["output"]


def dumped(value: Any) -> bytes:
    """Dump as JSON, where 1 is not 1.0, and -0.0 not 0.0."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def refused(rest: Rest, command: CmdArgType, sentence: str = "", asked: str = "") -> Any:
    expected = f"argument type, expected type is : Tango::{command.value}"
    # A device server in Python has a word less than one in C++.
    said = IsStr(regex=f"Incompatible (command )?{expected}")
    desc = f"Incompatible command {expected}: {sentence}" if sentence else said
    outer = f"Failed to execute command_inout on device {DEVICE}, command {asked or command.value}"
    return failed(
        rest,
        error("API_IncompatibleCmdArgumentType", desc),
        error("API_CommandFailed", outer),
    )


def failed(
    rest: Rest, *stack: Any, reason: str = "ExecuteCommandException", device: str = DEVICE
) -> Any:
    return call_failure(rest.settings.rc3_mode, reason, device, *stack)


@pytest.mark.parametrize("data_type", ECHOED, ids=lambda each: each.value)
def test_any_argument_comes_back(echo: Rest, echoing: Backend, data_type: CmdArgType) -> None:
    """Arguments are JSON in the body, but for strings in implementation mode; and in the query."""
    is_raw = data_type is CmdArgType.DevString and echo.settings.rc3_mode == "implementation"

    @often(echoing, 60, echo)
    @given(values(data_type))
    def check(argument: Any) -> None:
        text = orjson.dumps(argument)
        if not is_raw:
            given_ = output(run(echo, data_type.value, body=text, headers=JSON), data_type.value)
            assert dumped(given_) == dumped(argument)
        given_ = output(run(echo, data_type.value, f"input={quote(text)}"), data_type.value)
        assert dumped(given_) == dumped(argument)

    check()


def test_any_plain_text_is_a_string(echo: Rest, echoing: Backend) -> None:
    """The text is kept with quotes, blanks, commas and lines; in implementation mode, so is
    JSON."""

    @often(echoing, 100, echo)
    @given(TEXTS.filter(lambda text: bool(text) and not text.startswith("\ufeff")))
    def check(text: str) -> None:
        headers = [PLAIN, {"content-type": "Text/Plain; Charset=UTF-8"}]
        if echo.settings.rc3_mode == "implementation":
            headers.append(JSON)
        for each in headers:
            result = run(echo, "DevString", body=text.encode(), headers=each)
            assert output(result, "DevString") == text

    check()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi!", "Hi!"),
        ("", ""),
        ('"Hi!"', "Hi!"),
        ('"Hi!', '"Hi!'),
        ("5", "5"),
        ("null", "null"),
        ("[1]", "[1]"),
        ("a,b/c+d_e%", "a,b/c+d_e%"),
        ("Größe", "Größe"),
    ],
)
def test_string_in_the_query_is_text_or_json(echo: Rest, text: str, expected: str) -> None:
    for key in ("input", "v"):
        assert output(run(echo, "DevString", f"{key}={quote(text)}"), "DevString") == expected


def test_string_in_a_body_is_json_or_as_it_is(echo: Rest) -> None:
    """rc3: "Hi!" is Hi!. The original keeps the quotes."""
    body = '"Hi!"'
    is_strict = echo.settings.rc3_mode == "strict"
    result = run(echo, "DevString", body=body, headers=JSON)
    assert output(result, "DevString") == ("Hi!" if is_strict else body)
    assert output(run(echo, "DevString", body=body, headers=PLAIN), "DevString") == body
    result = run(echo, "DevString", body="5", headers=JSON)
    if is_strict:
        assert result.json == refused(echo, CmdArgType.DevString, "5 is not valid; expected text")
    else:
        assert output(result, "DevString") == "5"


WORDS: list[tuple[str, str, Any]] = [
    ("DevState", "RUNNING", "RUNNING"),
    ("DevState", " ON ", "ON"),
    ("DevBoolean", "true", True),
    ("DevBoolean", "1", True),
    ("DevBoolean", "Yes", True),
    ("DevBoolean", "ON", True),
    ("DevBoolean", "false", False),
    ("DevBoolean", "0", False),
    ("DevBoolean", "no", False),
    ("DevBoolean", "off", False),
    ("DevDouble", "3.14", 3.14),
    ("DevDouble", "1e+3", 1000.0),
    ("DevDouble", "NaN", "NaN"),
    ("DevDouble", "-Infinity", "-Infinity"),
    ("DevLong64", "-9223372036854775808", -(2**63)),
    ("DevULong64", "18446744073709551615", 2**64 - 1),
    ("DevVarDoubleArray", "[1, 2.5]", [1.0, 2.5]),
    ("DevVarStringArray", '["a,b", ""]', ["a,b", ""]),
    ("DevVarLongStringArray", '{"lvalue": [1], "svalue": ["a"]}', {"lvalue": [1], "svalue": ["a"]}),
    ("DevEncoded", '{"format": "raw", "data": "AAH/"}', {"format": "raw", "data": "AAH/"}),
]


@pytest.mark.parametrize(("command", "text", "expected"), WORDS)
def test_text_is_json_or_a_word(echo: Rest, command: str, text: str, expected: Any) -> None:
    for key in ("input", "v"):
        result = run(echo, command, f"{key}={quote(text)}")
        assert repr(output(result, command)) == repr(expected)
    result = run(echo, command, body=text, headers=PLAIN)
    assert repr(output(result, command)) == repr(expected)


def test_command_without_argument_takes_nothing(echo: Rest) -> None:
    for given_ in ({}, {"query": "async=false"}, {"query": "input="}):
        result = run(echo, "DevVoid", **given_)
        assert (result.status_code, result.json) == (200, {"name": "DevVoid"})
    result = run(echo, "DevVoid", body="5", headers=JSON)
    if echo.settings.rc3_mode == "strict":
        assert result.json == refused(echo, CmdArgType.DevVoid, "5 is not valid; expected nothing")
    else:
        assert result.json == {"name": "DevVoid"}
    assert run(echo, "State").json == {"name": "State", "output": "ON"}


def test_argument_that_pytango_cannot_read_again_gives_null(echo: Rest) -> None:
    assert run(echo, "DevUChar", "input=7").json == {"name": "DevUChar", "output": None}


INTEGER = "expected an integer in -2147483648..2147483647"
WRONG: list[tuple[str, str, str]] = [
    ("DevLong", '"x"', f"'x' is not valid; {INTEGER}"),
    ("DevLong", "2147483648", f"2147483648 is not valid; {INTEGER}"),
    ("DevLong", "1.5", f"1.5 is not valid; {INTEGER}"),
    ("DevLong", "true", f"true is not valid; {INTEGER}"),
    ("DevLong", "[1]", f"[1] is not valid; {INTEGER}"),
    ("DevUShort", "-1", "-1 is not valid; expected an integer in 0..65535"),
    (
        "DevULong64",
        "18446744073709551616",
        "1.8446744073709552e+19 is not valid; expected an integer in 0..18446744073709551615",
    ),
    ("DevDouble", '"x"', "'x' is not valid; expected a number"),
    ("DevBoolean", "5", "5 is not valid; expected true or false"),
    ("DevState", '"NOPE"', f"'NOPE' is not valid; expected a state: {', '.join(DevState)}"),
    ("DevVarLongArray", "5", "5 is not valid; expected a list"),
    ("DevVarLongArray", "[1, null]", f"element 1: null is not valid; {INTEGER}"),
    ("DevVarStringArray", '["a", 5]', "element 1: 5 is not valid; expected text"),
    (
        "DevVarLongStringArray",
        "[[1], [2]]",
        "[[1], [2]] is not valid; expected {lvalue: [..], svalue: [..]}",
    ),
    (
        "DevVarDoubleStringArray",
        '{"dvalue": [1], "svalue": [1]}',
        "svalue: element 0: 1 is not valid; expected text",
    ),
    ("DevEncoded", '"AAH/"', "'AAH/' is not valid; expected {format: text, data: base64}"),
]


@pytest.mark.parametrize(("command", "text", "sentence"), WRONG)
def test_wrong_argument_is_refused_with_what_was_expected(
    echo: Rest, command: str, text: str, sentence: str
) -> None:
    asked = command.upper()
    expected = refused(echo, CmdArgType(command), sentence, asked)
    assert run(echo, asked, body=text, headers=JSON).json == expected
    assert run(echo, asked, f"input={quote(text)}").json == expected


def test_word_that_is_none_is_refused(echo: Rest) -> None:
    words = {"DevBoolean": "maybe", "DevLong": "x", "DevState": "on", "DevVarLongArray": "1,2"}
    for command, word in words.items():
        for given_ in ({"query": f"v={word}"}, {"body": word, "headers": PLAIN}):
            errors = run(echo, command, **given_).json["errors"]
            assert f": {word!r} is not valid; expected" in errors[0]["description"], command


@pytest.mark.parametrize("data_type", ECHOED, ids=lambda each: each.value)
def test_missing_argument_is_refused(echo: Rest, data_type: CmdArgType) -> None:
    assert run(echo, data_type.value).json == refused(echo, data_type)
    if data_type is not CmdArgType.DevString or echo.settings.rc3_mode == "strict":
        assert run(echo, data_type.value, body="null", headers=JSON).json == refused(
            echo, data_type
        )


@pytest.mark.parametrize("name", ["DEVLONG", "devlong", "dEvLoNg"])
def test_name_in_another_case_is_answered_as_defined(echo: Rest, name: str) -> None:
    assert run(echo, name, "input=5").json == {"name": "DevLong", "output": 5}


def test_unknown_command_and_device_fail(echo: Rest) -> None:
    outer = f"Failed to execute command_inout on device {DEVICE}, command Nope"
    for query in ("", "input=5"):
        assert run(echo, "Nope", query).json == failed(
            echo,
            error("API_CommandNotFound", "Command Nope not found"),
            error("API_CommandFailed", outer),
            reason="NoSuchCommandException",
        )
    result = echo.request("PUT", f"{P}/devices/no/such/device/commands/State")
    # The original: it is the database that is asked first.
    expected = failed(echo, *unknown_device("no/such/device"), device="sys/database/2")
    assert (result.status_code, result.json) == (200, expected)


def test_device_that_is_not_running_fails(echo: Rest) -> None:
    other = "test/echoing/2"
    result = echo.request("PUT", f"{P}/devices/{other}/commands/DevLong", query_string="v=5")
    text = f"Device {other} is not exported (hint: try starting the device server)"
    outer = f"Failed to execute command_inout on device {other}, command DevLong"
    assert result.json == failed(
        echo,
        error("API_DeviceNotExported", text),
        error("API_CommandFailed", outer),
        device=other,
    )


UTF_16 = '{"a": 1}'.encode("utf-16")
NOT_UTF_8 = "The body is not UTF-8, which is expected:"
BAD: list[tuple[bytes, dict[str, str], int, object]] = [
    (b"\xef\xbb\xbf5", JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (UTF_16, JSON, 400, f"{NOT_UTF_8} byte 0 is 0xff."),
    (b"[1, 2", JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b"x", JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b"1e400", JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b"NaN", JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b"[" * 5000, JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b"[" * 2000 + b"]" * 2000, JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b'"\\ud800"', JSON, 400, IsStr(regex="The body is not JSON: .+")),
    (b'["a", "\xe4"]', JSON, 400, f"{NOT_UTF_8} byte 7 is 0xe4."),
    (b"\xff", PLAIN, 400, f"{NOT_UTF_8} byte 0 is 0xff."),
    (UTF_16, PLAIN, 400, f"{NOT_UTF_8} byte 0 is 0xff."),
    (b"\xef\xbb\xbf5", PLAIN, 400, "The body begins with a byte order mark."),
    *(
        (
            b"5",
            {"content-type": media_type} if media_type else {},
            415,
            f"The body {said}; application/json is expected, or text/plain in UTF-8.",
        )
        for media_type, said in (
            ("application/x-www-form-urlencoded", "is 'application/x-www-form-urlencoded'"),
            ("multipart/form-data; boundary=x", "is 'multipart/form-data; boundary=x'"),
            ("application/xml", "is 'application/xml'"),
            ("text/html", "is 'text/html'"),
            ("text/plain; charset=utf-16", "is 'text/plain; charset=utf-16'"),
            ("application/octet-stream", "is 'application/octet-stream'"),
            (None, "has no Content-Type"),
        )
    ),
]
REASONS = {400: "BAD_REQUEST", 415: "UNSUPPORTED_MEDIA_TYPE"}


@pytest.mark.parametrize("number", range(len(BAD)))
def test_bad_body_is_refused(echo: Rest, number: int) -> None:
    body, headers, status, sentence = BAD[number]
    result = run(echo, "DevLong", body=body, headers=headers)
    expected = http_failure(status, REASONS[status], sentence, echo.ticks)
    assert (result.status_code, result.json) == (status, expected)


@pytest.mark.parametrize("key", ["input", "v"])
def test_several_arguments_are_refused(echo: Rest, key: str) -> None:
    result = run(echo, "DevLong", f"{key}=1&{key}=2")
    sentence = f"{key} in the query: one is expected, 2 are given."
    expected = http_failure(400, "BAD_REQUEST", sentence, echo.ticks)
    assert (result.status_code, result.json) == (400, expected)


def test_query_comes_before_the_body(echo: Rest) -> None:
    assert output(run(echo, "DevLong", "v=1", body="2", headers=JSON), "DevLong") == 1
    assert output(run(echo, "DevLong", "input=3", body="2", headers=JSON), "DevLong") == 3


LARGE = {"DevVarDoubleArray": [1.25] * 400_000, "DevVarStringArray": ["x" * 100] * 60_000}


@pytest.mark.parametrize("command", LARGE)
def test_megabytes_come_back(echo: Rest, command: str) -> None:
    result = run(echo, command, body=orjson.dumps(LARGE[command]), headers=JSON)
    assert len(result.content) > 1_900_000
    assert output(result, command) == LARGE[command]
