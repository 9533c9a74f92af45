"""The tree down to a device, on both backends."""

from __future__ import annotations

import pytest
from dirty_equals import IsInt, IsStr

from conftest import Rest
from rest_answers import (
    BASE,
    DATABASE_DATE,
    DEAD,
    NOT_EXPORTED,
    OF_MARIADB,
    UNKNOWN,
    D,
    P,
    error,
    failure,
    unknown_device,
)

# The other devices of the tests' facility do not begin so.
SYS = ["sys/access_control/1", "sys/database/2", "sys/tg_test/1"]


def test_entry_point_links_to_the_apis(both: Rest) -> None:
    assert both.body("") == {"rc3": f"{BASE}/rc3", "sys": f"{BASE}/sys"}


def test_rc3_links_to_the_hosts(both: Rest) -> None:
    assert both.body("/rc3") == {"hosts": f"{BASE}/rc3/hosts", "x-auth-method": "none"}


def test_hosts_name_the_facility(both: Rest) -> None:
    body = both.body("/rc3/hosts")
    [(tango_host, href)] = body.items()
    host, port = tango_host.split(":")
    assert href == f"{BASE}/rc3/hosts/{host}/{port}"
    assert both.body(href.removeprefix(BASE))["host"] == host


def test_database_has_its_info(both: Rest) -> None:
    shapes = [
        r"TANGO Database .+",
        " ",
        r"Running since (\.\.\.)?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
        " ",
        r"Devices defined += [1-9]\d*",
        r"Devices exported += [1-9]\d*",
        r"Device servers defined += [1-9]\d*",
        r"Device servers exported += [1-9]\d*",
        " ",
        r"Device properties defined += [1-9]\d* \[History lgth = \d+\]",
        r"Class properties defined += \d+ \[History lgth = \d+\]",
        r"Device attribute properties defined += [1-9]\d* \[History lgth = \d+\]",
        r"Class attribute properties defined += \d+ \[History lgth = \d+\]",
        r"Object properties defined += \d+ \[History lgth = \d+\]",
    ]
    assert both.body(P) == {
        "host": IsStr(regex="[a-z0-9.-]+"),
        "port": IsInt(ge=1, le=65535),
        "name": "sys/database/2",
        "info": [IsStr(regex=shape) for shape in shapes],
        "devices": f"{BASE}{P}/devices",
    }


def test_path_names_no_other_facility(rest: Rest) -> None:
    """{host}/{port} are ignored, but the links stay where the client is."""
    here, there = rest.body(P), rest.body("/rc3/hosts/elsewhere/1")
    assert there == {**here, "devices": f"{BASE}/rc3/hosts/elsewhere/1/devices"}


@pytest.mark.parametrize(
    ("wildcard", "names"),
    [
        ("sys*", SYS),
        ("SYS/*", SYS),
        ("sys*/*/1", ["sys/access_control/1", "sys/tg_test/1"]),
        ("*/TG_TEST/1", ["sys/tg_test/1"]),
        ("sys/tg_test/1", ["sys/tg_test/1"]),
        ("sys/tg_test/?", []),
        ("sys/tg_test/_", []),
        ("sys/tg_test/%25", []),
        ("'", []),
        ("nope", []),
        ("sys%00*", []),
    ],
)
def test_devices_match_the_wildcard(rest: Rest, wildcard: str, names: list[str]) -> None:
    body = rest.body(f"{P}/devices", f"wildcard={wildcard}")
    assert [device for device in body if device["name"] not in OF_MARIADB] == [
        {"name": name, "href": f"{BASE}{P}/devices/{name}"} for name in names
    ]


def test_devices_are_all_without_a_wildcard(both: Rest) -> None:
    body = both.body(f"{P}/devices")
    assert body == both.body(f"{P}/devices", "wildcard=*")
    names = [
        device["name"]
        for device in body
        if not device["name"].startswith("test/") and device["name"] not in OF_MARIADB
    ]
    servers = ["DataBaseds/2", "TangoAccessControl/1", "TangoTest/test"]
    ours = [name for name in names if not name.startswith("dserver/OneOfEach")]
    assert ours == [f"dserver/{server}" for server in servers] + SYS


def device_body(name: str, info: dict[str, object], mode: str) -> dict[str, object]:
    """Return the body of a device; implementation: the parent's address ends with a slash."""
    href = f"{BASE}{P}/devices/{name}"
    slash = "" if mode == "strict" else "/"
    return {
        "name": name,
        "info": {"name": name, "is_taco": False, **info},
        "attributes": f"{href}/attributes",
        "commands": f"{href}/commands",
        "pipes": f"{href}/pipes",
        "properties": f"{href}/properties",
        "state": f"{href}/state",
        "_links": {"_parent": f"{BASE}{P}/devices{slash}", "_self": href},
    }


@pytest.mark.parametrize("path", [D, D.replace("sys/tg_test", "SYS/Tg_Test"), D + "/"])
def test_device_has_its_entry(both: Rest, path: str) -> None:
    assert both.body(path) == device_body(
        "sys/tg_test/1",
        {
            "last_exported": IsStr(regex=DATABASE_DATE),
            "last_unexported": IsStr(regex=rf"\?|{DATABASE_DATE}"),
            "ior": IsStr(regex="IOR:[0-9a-f]+"),
            "version": "5",
            "exported": True,
            "pid": IsInt(ge=1, le=2**31 - 1),
            "server": "TangoTest/test",
            "hostname": IsStr(regex="[a-zA-Z0-9.-]+"),
            "classname": "TangoTest",
        },
        both.settings.rc3_mode,
    )


def test_stopped_device_is_not_exported(both: Rest) -> None:
    assert both.body(DEAD) == device_body(
        "sys/access_control/1",
        {
            "last_exported": "?",
            "last_unexported": "?",
            "ior": "nada",
            "version": "nada",
            "exported": False,
            "pid": 0,
            "server": "TangoAccessControl/1",
            "hostname": "nada",
            "classname": "TangoAccessControl",
        },
        both.settings.rc3_mode,
    )


def test_unknown_device_is_a_failure(both: Rest) -> None:
    stack = [
        error("DB_DeviceNotDefined", "device no/such/device not defined in the database !"),
        error(
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbGetDeviceInfo",
        ),
    ]
    assert both.body(UNKNOWN) == failure(*stack, ticks=both.ticks)


def test_state_has_its_body(both: Rest) -> None:
    """Implementation: its links lack the member."""
    href = parent = BASE + D
    if both.settings.rc3_mode == "implementation":
        href = href.removesuffix("/1")
        parent = f"{href}/"
    body = both.body(f"{D}/state")
    assert body == {
        "state": IsStr(regex="RUNNING|FAULT"),
        "status": f"The device is in {body['state']} state.",
        "_links": {
            "_state": f"{href}/attributes/State",
            "_status": f"{href}/attributes/Status",
            "_parent": parent,
            "_self": f"{href}/state",
        },
    }


def test_state_of_a_stopped_device_is_a_failure(both: Rest) -> None:
    for _ in range(2):  # asked again at once, the answer is the same
        assert both.body(f"{DEAD}/state") == failure(NOT_EXPORTED, ticks=both.ticks)


def test_state_of_an_unknown_device_is_a_failure(rest: Rest) -> None:
    assert rest.body(f"{UNKNOWN}/state") == failure(*unknown_device("no/such/device"))


def test_state_of_an_unusual_name_is_a_failure(rest: Rest) -> None:
    """`..`, blanks, quotes and 10,000 characters are names like any other that is unknown."""
    for part in ("..", "a b", "'; --", "->", "x" * 10_000, "%25"):
        name = f"no/{part}/1".replace("%25", "%")
        body = rest.body(f"{P}/devices/no/{part}/1/state")
        assert body == failure(*unknown_device(name)), part
