"""Commands, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

import pytest
from dirty_equals import IsStr

from conftest import Rest
from rest_answers import (
    BASE,
    DEAD,
    NOT_EXPORTED,
    UNKNOWN,
    D,
    error,
    failure,
    recent,
    unknown_device,
)
from tango_test_device import COMMANDS

C = f"{D}/commands"


def command(name: str, **info: Any) -> dict[str, Any]:
    href = f"{BASE}{C}/{name}"
    return {
        "name": name,
        "history": f"{href}/history",
        "info": {
            "cmd_name": name,
            "level": "OPERATOR",
            "cmd_tag": 0,
            "in_type": "DevVoid",
            "out_type": "DevVoid",
            "in_type_desc": "Uninitialised",
            "out_type_desc": "Uninitialised",
            **info,
        },
        "_links": {"_parent": BASE + C, "_self": href},
    }


ECHO = {"in_type_desc": "Any DevDouble value", "out_type_desc": "Echo of the argin value"}
SOME = {
    "DevDouble": command("DevDouble", in_type="DevDouble", out_type="DevDouble", **ECHO),
    "State": command("State", out_type="DevState", out_type_desc="Device state"),
    "CrashFromOmniThread": command("CrashFromOmniThread", level="EXPERT"),
    "DevVarLongStringArray": command(
        "DevVarLongStringArray",
        in_type="DevVarLongStringArray",
        out_type="DevVarLongStringArray",
        in_type_desc="-",
        out_type_desc="-",
    ),
}


def in_mode(row: dict[str, Any], rest: Rest, *, in_list: bool = False) -> dict[str, Any]:
    """Link a row as the mode has it; implementation: with itself alone, in a list with the list."""
    if rest.settings.rc3_mode == "strict":
        return row
    href = BASE + C if in_list else row["_links"]["_self"]
    return {**row, "history": f"{href}/history", "_links": {"_self": href}}


def test_list_has_every_command(both: Rest) -> None:
    body = both.body(C)
    assert [row["name"] for row in body] == COMMANDS
    types = {
        "in_type": IsStr(regex="Dev.+"),
        "out_type": IsStr(regex="Dev.+"),
        "level": IsStr(regex="OPERATOR|EXPERT"),
    }
    described = {"in_type_desc": IsStr(), "out_type_desc": IsStr()}
    rows = [command(name, **types, **described) for name in COMMANDS]
    assert body == [in_mode(row, both, in_list=True) for row in rows]
    some = sorted(SOME.values(), key=lambda row: COMMANDS.index(row["name"]))
    assert [row for row in body if row["name"] in SOME] == [
        in_mode(row, both, in_list=True) for row in some
    ]


@pytest.mark.parametrize("name", SOME)
def test_command_has_its_info(both: Rest, name: str) -> None:
    expected = in_mode(SOME[name], both)
    assert both.body(f"{C}/{name}") == expected
    assert both.body(f"{C}/{name.upper()}") == expected


@pytest.mark.parametrize("name", ["nope", "..", "a b", "x" * 10_000])
def test_unknown_command_is_a_failure(both: Rest, name: str) -> None:
    failed = failure(error("API_CommandNotFound", f"Command {name} not found"), ticks=both.ticks)
    assert both.body(f"{C}/{name}") == failed
    assert both.body(f"{C}/{name}/history") == failed


@pytest.mark.parametrize("name", ["State", "STATE"])
def test_history_has_what_polling_read(both: Rest, name: str) -> None:
    body = both.body(f"{C}/{name}/history")
    execution: dict[str, Any] = {"name": "State", "output": IsStr(regex="RUNNING|FAULT")}
    if both.settings.rc3_mode == "strict":
        execution["timestamp"] = recent()
        times = [execution["timestamp"] for execution in body]
        assert times == sorted(times)
    assert 1 <= len(body) <= 10
    assert body == [execution] * len(body)


@pytest.mark.parametrize(
    ("name", "reason", "description"),
    [
        ("Status", "API_CmdNotPolled", "Command status not polled"),
        (
            "DevDouble",
            "API_IncompatibleCmdArgumentType",
            "Command devdouble cannot be polled because it needs input value",
        ),
    ],
)
def test_history_without_polling_is_a_failure(
    both: Rest, name: str, reason: str, description: str
) -> None:
    failed = failure(error(reason, description), ticks=both.ticks)
    assert both.body(f"{C}/{name}/history") == failed


@pytest.mark.parametrize("path", ["", "/State", "/State/history"])
def test_commands_of_a_stopped_device_are_a_failure(rest: Rest, path: str) -> None:
    assert rest.body(f"{DEAD}/commands{path}") == failure(NOT_EXPORTED)


@pytest.mark.parametrize("path", ["", "/State", "/State/history"])
def test_unknown_device_is_a_failure(rest: Rest, path: str) -> None:
    assert rest.body(f"{UNKNOWN}/commands{path}") == failure(*unknown_device("no/such/device"))
