"""Answers that the tests of the REST API compare with."""

from __future__ import annotations

import re
import time
from typing import Any

from dirty_equals import FunctionCheck, IsInt, IsStr

HOST = "gateway:8000"
BASE = f"http://{HOST}/tango/rest"
P = "/rc3/hosts/localhost/10000"
"""The facility as the tests address it, below app_base."""
D = f"{P}/devices/sys/tg_test/1"
DEAD = f"{P}/devices/sys/access_control/1"
"""A device that is defined and does not run."""
UNKNOWN = f"{P}/devices/no/such/device"
OF_MARIADB = ("sys/rest/0", "dserver/TangoRestServer/rest")
"""Devices that DataBaseds has from the beginning, and pytango-db has not."""
DATABASE_DATE = r"(\d\d-\d\d-|\d{1,2}(st|nd|rd|th) [A-Z][a-z]+ )\d{4} at \d\d:\d\d:\d\d"
"""A date as pytango-db and the fake write it (25-11-2026), or DataBaseds (25th November 2026)."""


def recent(ticks: int = 1, seconds: float = 10) -> Any:
    """Match a timestamp of the last few seconds: whole ticks, `ticks` of them a second."""

    def is_recent(time_: int) -> bool:
        return (time.time() - seconds) * ticks - 1 <= time_ <= time.time() * ticks + 1

    return IsInt() & FunctionCheck(is_recent)


def failure(*errors: dict[str, Any], ticks: int = 1, seconds: float = 10) -> dict[str, Any]:
    """Return a Failure of just these errors, innermost first."""
    return {"errors": list(errors), "quality": "FAILURE", "timestamp": recent(ticks, seconds)}


def error(reason: str, description: object, key: str = "description") -> dict[str, Any]:
    """Return one error; its origin has C++ source positions, which change with the version."""
    return {"reason": reason, key: description, "severity": "ERR", "origin": IsStr(min_length=1)}


def call_failure(mode: str, reason: str, device: str, *stack: dict[str, Any]) -> dict[str, Any]:
    """Return a Failure of a call to a device: the stack; implementation: one error on it."""
    if mode == "strict":
        return failure(*stack)
    said, begin = stack[0]["description"], f"{device}:{stack[0]['reason']}["

    def says(text: str) -> bool:
        return text.startswith(begin) and text.endswith("]") and text[len(begin) : -1] == said

    return failure(error(reason, IsStr() & FunctionCheck(says)), ticks=1000)


def reason_of(body: dict[str, Any]) -> str:
    """Return Tango's own reason in a Failure, be it one in words of the original."""
    first = body["errors"][0]
    said = re.match(r"[^:]+:(.+?)\[", first["description"])
    is_own = first["reason"].endswith("Exception")
    return str(said[1] if is_own and said else first["reason"])


def http_failure(status: int, reason: str, description: object, ticks: int = 1) -> dict[str, Any]:
    return {
        "errors": [
            {
                "reason": reason,
                "description": description,
                "severity": "ERR",
                "origin": "mtango-ref",
            }
        ],
        "quality": "FAILURE",
        "timestamp": recent(ticks),
        "http_status": status,
    }


AS_TANGOS = {404: "NotFoundException", 405: "NotAllowedException"}
"""The reasons of what the original answers with 200, by the status of strict mode."""


def refusal(mode: str, status: int, reason: str, description: object) -> tuple[int, dict[str, Any]]:
    """Return status and body of a refusal; implementation: 200 and a Failure like Tango's."""
    if mode == "strict" or status not in AS_TANGOS:
        ticks = 1 if mode == "strict" else 1000
        return status, http_failure(status, reason, description, ticks)
    first = {**error(AS_TANGOS[status], description), "origin": "mtango-ref"}
    return 200, failure(first, ticks=1000)


def unknown_device(name: str) -> list[dict[str, Any]]:
    """Return the stack of a device that the database does not have."""
    return [
        error("DB_DeviceNotDefined", f"device {name} not defined in the database !"),
        error(
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbImportDevice",
        ),
        error("API_DeviceNotDefined", f"Can't connect to device {name}"),
    ]


NOT_EXPORTED = error(
    "API_DeviceNotExported",
    "Device sys/access_control/1 is not exported (hint: try starting the device server)",
)


def not_a_name(name: str) -> str:
    expected = "text without NUL" if name else "at least one character"
    return f"{name!r} in the path is not a name: {expected}."


def info_of(mode: str, info: dict[str, Any]) -> dict[str, Any]:
    """Return an info; implementation: alarms, events and each kind of event contain themselves."""
    if mode == "strict":
        return info
    alarms, events = _plain(info["alarms"]), _plain(info["events"])
    kinds = {key: _plain(each) for key, each in events.items()}
    return {
        **info,
        "alarms": {**alarms, "tangoObj": alarms},
        "events": {
            **{key: {**each, "tangoObj": each} for key, each in kinds.items()},
            "tangoObj": kinds,
        },
    }


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in part.items() if key != "tangoObj"}
