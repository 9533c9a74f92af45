"""The device that controls a simulation, over HTTP: the one whose commands can be run while
writes are off. Of the fake only."""

from __future__ import annotations

from functools import cache
from typing import Any

import falcon.testing
import pytest
from dirty_equals import IsInt, IsStr

from conftest import Rest
from mtango_ref import openapi
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import load, parse
from mtango_ref.interface import Capabilities
from mtango_ref.settings.model import Settings
from openapi import Document
from rest_answers import BASE, P, call_failure, error, failure, http_failure

NAME = "sim/control/1"
S = f"{P}/devices/{NAME}"
D = f"{P}/devices/a/b/c"
FACILITY = """\
classes:
  A:
    attributes: {x: {data_type: DevLong, value: 1}}
    commands: {c: }
devices:
  a/b/c: {class: A}
  sim/control/1: {class: SimControl}
"""


@pytest.fixture(params=["strict", "implementation"])
def controlled(request: pytest.FixtureRequest) -> Rest:
    backend = FakeBackend(parse(FACILITY, "test.yml"))
    return Rest(Settings(rc3_mode=request.param), backend)


def put(rest: Rest, command: str, argument: Any = None, query: str = "") -> falcon.testing.Result:
    given = {} if argument is None else {"json": argument}
    path = f"{S}/commands/{command}"
    return rest.request("PUT", path, query_string=query, **given)


def document(rest: Rest) -> Document:
    return parsed(rest.client.simulate_get("/swagger/rc3.yml").content)


@cache
def parsed(content: bytes) -> Document:
    """Read once for all."""
    return Document(content)


def test_command_answers_as_rc3_says(controlled: Rest) -> None:
    """The answer is that of rc3's text and its schema."""
    result = put(controlled, "setvalue", ["a/b/c/x", "5"])
    href = f"{BASE}{S}/commands"
    links = {"_parent": href, "_self": f"{href}/SetValue"}
    assert (result.status_code, result.headers["content-type"]) == (200, "application/json")
    assert result.json == {"name": "SetValue", "output": None, "_links": links}
    assert controlled.body(f"{D}/attributes/x/value")["value"] == 5
    one = document(controlled).operation_at("PUT", f"{S}/commands/SetValue")
    assert one is not None
    assert document(controlled).answer_errors(one, result) == []
    status = put(controlled, "Status").json
    assert status["output"] == "The device is in ON state."


def test_argument_may_be_in_the_query(controlled: Rest) -> None:
    put(controlled, "SetState", ["a/b/c", "FAULT"])
    assert put(controlled, "Advance", query="v=1000").json["output"] is None
    now = controlled.body(f"{S}/attributes/Time/value")
    assert now["value"] == pytest.approx(now["timestamp"] / controlled.ticks, abs=2)
    assert put(controlled, "Heal", query="v=*").status_code == 200
    assert put(controlled, "Reset").status_code == 200
    assert controlled.body(f"{D}/state")["state"] == "ON"


def test_nobody_waits(controlled: Rest) -> None:
    result = put(controlled, "SetState", ["a/b/c", "FAULT"], "async=true")
    assert (result.status_code, result.content) == (204, b"")
    assert controlled.body(f"{D}/state")["state"] == "FAULT"


def test_advance_moves_timestamps_of_failures(controlled: Rest) -> None:
    """Timestamps of failures move with it, too."""
    before = controlled.body(f"{D}/attributes/nope/value")["timestamp"]
    put(controlled, "Advance", 1000)
    after = controlled.body(f"{D}/attributes/nope/value")["timestamp"]
    ticks = controlled.ticks
    assert after == IsInt(ge=before + 1000 * ticks, le=before + 1010 * ticks)


def test_refusal_is_a_failure(controlled: Rest) -> None:
    what = f"Failed to execute command_inout on device {NAME}, command"
    sentence = "a/b/c/x: 'y' is not valid; expected an integer in -2147483648..2147483647"
    answers = {
        ("SetValue", ("a/b/c/x", "y")): ("SimControl_Refused", sentence),
        ("SetValue", 5): (
            "API_IncompatibleCmdArgumentType",
            "Incompatible command argument type, expected type is : Tango::DevVarStringArray",
        ),
        ("Nope", None): ("API_CommandNotFound", "Command Nope not found"),
    }
    for (command, argument), first in answers.items():
        result = put(controlled, command, argument)
        mode = controlled.settings.rc3_mode
        own = "NoSuchCommandException" if command == "Nope" else "ExecuteCommandException"
        outer = error("API_CommandFailed", f"{what} {command}")
        expected = call_failure(mode, own, NAME, error(*first), outer)
        assert (result.status_code, result.json) == (200, expected)


def test_changed_devices_are_seen_by_proxies(controlled: Rest) -> None:
    """The gateway keeps its proxies, and they see the present devices."""

    def run(command: str, argument: Any) -> None:
        assert put(controlled, command, argument).json["output"] is None

    value = controlled.body(f"{D}/attributes/x/value")
    run("SetValue", ["a/b/c/x", "5"])
    run("Restart", "a/b/c")
    assert controlled.body(f"{D}/attributes/x/value")["value"] == value["value"] == 1
    run("Define", ["a/b/c/x", "{data_type: DevEnum, enum_labels: [SINE, SQUARE], value: SQUARE}"])
    assert controlled.body(f"{D}/attributes/x/value")["value"] == "SQUARE"
    [told] = controlled.body(f"{D}/attributes/value", "attr=x")
    assert told["value"] == "SQUARE"
    assert controlled.body(f"{D}/attributes/x/info")["data_type"] == "DevEnum"
    run("Delete", "a/b/c/x")
    unknown = "Failed to read_attribute on device a/b/c, attribute x"
    expected = [
        error("API_AttrNotFound", "x attribute not found"),
        error("API_AttributeFailed", unknown),
    ]
    mode, reason = controlled.settings.rc3_mode, "ReadAttributeException"
    failed = call_failure(mode, reason, "a/b/c", *expected)["errors"]
    assert controlled.get(f"{D}/attributes/x/value").json["errors"] == failed
    run("Rename", ["a/b/c", "A/b/C"])
    assert controlled.body(D)["name"] == "A/b/C"
    run("Rename", ["a/b/c", "a/b/z"])
    for path in ("", "/state", "/attributes", "/commands"):
        reasons = [each["reason"] for each in controlled.get(f"{D}{path}").json["errors"]]
        assert reasons[0] == "DB_DeviceNotDefined", path
    other = f"{P}/devices/a/b/z"
    names = [each["name"] for each in controlled.body(f"{P}/devices", "wildcard=a/*")]
    assert (controlled.body(other)["name"], names) == ("a/b/z", ["a/b/z"])
    run("Define", ["a/b/c", "{class: A}"])
    assert controlled.body(f"{D}/attributes/x/value")["value"] == 1
    put(controlled, "Reset")
    names = [each["name"] for each in controlled.body(f"{P}/devices", "wildcard=a/*")]
    assert (controlled.body(D)["name"], names) == ("a/b/c", ["a/b/c"])


def test_device_that_is_away_fails(controlled: Rest) -> None:
    """The database still answers; all else is the failure of the connection."""
    put(controlled, "Fail", ["a/b/c", "{fault: away, until: 60}"])
    info = controlled.body(D)["info"]
    assert (info["exported"], info["classname"]) == (True, "A")
    assert controlled.body(f"{D}/properties") == []
    assert controlled.body(f"{D}/attributes/x/properties") == (
        {} if controlled.settings.rc3_mode == "strict" else []
    )
    gone = (
        "Failed to connect to device a/b/c\nThe connection request was delayed.\n"
        "The last connection request was done less than 1000 ms ago"
    )
    expected = failure(error("API_CantConnectToDevice", gone), ticks=controlled.ticks)
    mode, reason = controlled.settings.rc3_mode, "ReadAttributeException"
    failed = call_failure(mode, reason, "a/b/c", error("API_CantConnectToDevice", gone))
    # Its time is that of the simulation.
    failed["timestamp"] = expected["timestamp"]
    assert controlled.body(f"{D}/attributes/x/value") == failed
    paths = ["state", "attributes", "attributes/x", "attributes/x/history"]
    for path in (*paths, "commands", "commands/c", "commands/c/history", "pipes"):
        assert controlled.body(f"{D}/{path}") == expected, path
    put(controlled, "Advance", 60)
    assert controlled.body(f"{D}/state")["state"] == "ON"


@pytest.mark.parametrize(
    ("status", "reason", "sentence", "request_"),
    [
        (
            400,
            "BAD_REQUEST",
            IsStr(regex="The body is not JSON: .+"),
            {"body": "[", "headers": {"content-type": "application/json"}},
        ),
        (
            400,
            "BAD_REQUEST",
            "The body is not UTF-8, which is expected: byte 0 is 0xff.",
            {"body": "[]".encode("utf-16"), "headers": {"content-type": "application/json"}},
        ),
        (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body has no Content-Type; application/json is expected.",
            {"body": "[]"},
        ),
        (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is 'text/plain'; application/json is expected.",
            {"body": "[]", "headers": {"content-type": "text/plain"}},
        ),
        (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body has the Content-Encoding 'gzip'; a body without is expected.",
            {
                "body": "[]",
                "headers": {"content-type": "application/json", "content-encoding": "gzip"},
            },
        ),
        (
            400,
            "BAD_REQUEST",
            "async='7' in the query: true or false is expected.",
            {"query_string": "async=7"},
        ),
        (
            400,
            "BAD_REQUEST",
            "async in the query: one is expected, 2 are given.",
            {"query_string": "async=true&async=false"},
        ),
        (
            400,
            "BAD_REQUEST",
            "v in the query: one is expected, 2 are given.",
            {"query_string": "v=1&v=2"},
        ),
    ],
)
def test_bad_requests_are_refused(
    controlled: Rest, status: int, reason: str, sentence: object, request_: dict[str, Any]
) -> None:
    result = controlled.request("PUT", f"{S}/commands/Reset", **request_)
    expected = http_failure(status, reason, sentence, controlled.ticks)
    assert (result.status_code, result.json) == (status, expected)
    one = document(controlled).operation_at("PUT", f"{S}/commands/Reset")
    assert one is not None
    assert document(controlled).answer_errors(one, result) == []


def test_other_devices_stay_as_they_are(controlled: Rest) -> None:
    for device in ("a/b/c", "no/such/device"):
        result = controlled.request("PUT", f"{P}/devices/{device}/commands/Init")
        sentence = "Execute a command: rc3 defines it, but the extension 'writes' is off."
        expected = http_failure(501, "NOT_IMPLEMENTED", sentence, controlled.ticks)
        assert (result.status_code, result.json) == (501, expected)
        one = document(controlled).operation_at("PUT", f"{P}/devices/{device}/commands/Init")
        assert one is not None
        assert document(controlled).answer_errors(one, result) == []


def test_nothing_else_of_it_can_be_written(controlled: Rest) -> None:
    off = 0
    for one in openapi.operations(controlled.settings, Capabilities(control_device=NAME)):
        if one.status == 501:
            fields = {"attribute": "Time", "property": "p", "pipe": "p", "command": "Reset"}
            host = {"host": "localhost", "port": 10000}
            names = dict(zip(("domain", "family", "member"), NAME.split("/"), strict=True))
            path = one.path.format(**fields, **host, **names)
            assert controlled.request(one.method, path).status_code == 501
            off += 1
    assert off == 14


def test_served_file_describes_the_control_device(controlled: Rest) -> None:
    """The served file, too, has the answers of the control device's commands."""
    [one] = [each for each in document(controlled).operations if each.operation_id == "runCommand"]
    # Implementation: an unknown address is a Failure with 200.
    not_found = {"404"} if controlled.settings.rc3_mode == "strict" else set()
    assert {*one.content["responses"]} == {"200", "204", "400", "415", "501"} | not_found
    assert one.content["summary"] == f"Execute a command ({NAME})"
    assert one.content["description"].startswith(
        f"**Here for `{NAME}` only, which controls the simulation; for other devices 501: needs"
        " the extension `writes`.**"
    )
    assert "x-control" not in one.content


def test_control_device_exists_only_in_its_fixture() -> None:
    rest = Rest(Settings(), FakeBackend(load("tango_test")))
    assert put(rest, "Reset").status_code == 501
    [one] = [each for each in document(rest).operations if each.operation_id == "runCommand"]
    assert {*one.content["responses"]} == {"404", "501"}
    assert "x-control" not in one.content
