"""Forged names on every route and every field: nothing of them may reach the database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import tango

from facility import Facility
from mtango_ref.backends.pytango import convert, gate
from mtango_ref.model import DevFailed
from mtango_ref.names import is_askable
from mtango_ref.openapi import operations
from mtango_ref.settings.model import Settings
from path_examples import EXAMPLES
from patient_backend import patient_backend

pytestmark = pytest.mark.tango

FORGED = ["x' OR 'a'='a", 'x"', "x`", "x\\", "x\x01", "x\u2019", "x\uff07", "x\0", "x'; -- "]
PATHS = sorted({each.path for each in operations(Settings()) if each.method == "GET"})


class Spy:
    """Stands for the module tango in the gate, and remembers every text that goes through."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen
        self.DevFailed = tango.DevFailed

    def DeviceProxy(self, name: str) -> tango.DeviceProxy:  # noqa: N802  PyTango's
        self.seen.append(name)
        return tango.DeviceProxy(name)


def forged() -> Iterator[tuple[str, str]]:
    """Give path and query with one field, or one argument, that is forged."""
    for path, name in itertools.product(PATHS, FORGED):
        for field in EXAMPLES:
            if f"{{{field}}}" in path and field != "port":
                yield path.format(**{**EXAMPLES, field: quote(name, safe="")}), ""
        for key in ("wildcard", "attr"):
            yield path.format(**EXAMPLES), f"{key}={quote(name, safe='')}"


def test_no_forged_name_reaches_the_database(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conftest import Rest

    tables = facility.tables.tables()
    rest = Rest(Settings(backend="tango"), patient_backend())
    seen: list[str] = []
    asked = tango.Database.command_inout

    def command_inout(self: Any, command: str, argument: Any = "") -> Any:
        seen.extend([argument] if isinstance(argument, str) else argument)
        return asked(self, command, argument) if argument else asked(self, command)

    monkeypatch.setattr(tango.Database, "command_inout", command_inout)
    monkeypatch.setattr(gate, "tango", Spy(seen))
    statuses = {rest.get(path, query_string=query).status_code for path, query in forged()}
    assert statuses <= {200, 204, 400, 404, 501}
    assert "sys/tg_test/1" in seen  # the spy sees what is asked
    assert [each for each in seen if not is_askable(each)] == []
    assert facility.tables.tables() == tables


@pytest.mark.parametrize("name", FORGED)
def test_forged_devices_are_not_defined(backend: Any, name: str) -> None:
    """The stack is that of an unknown device."""
    database, device = backend.database, f"zz/zz/{name}"
    unknown = "zz/zz/unknown"
    for ask in (database.get_device_info, backend.get_device_proxy):
        stacks = []
        for each in (device, unknown):
            with pytest.raises(Exception, match="not defined") as caught:
                ask(each)
            stacks.append(
                [
                    (error.reason, error.desc.lower().replace(each.lower(), "NAME"))
                    for error in caught.value.errors  # type: ignore[attr-defined]  # of DevFailed
                ]
            )
        assert stacks[0] == stacks[1]
    assert database.get_device_names(f"*{name}*") == []
    assert database.get_device_property(device) == {}
    assert database.get_device_attribute_property("sys/tg_test/1", name) == {}
    assert database.get_device_attribute_property(device, "double_scalar") == {}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("DbGetDeviceInfo", str),
        ("dbimportdevice", str),
        ("DbGetDeviceProperty", lambda name: ["sys/tg_test/1", name]),
        ("DbAddDevice", lambda name: ["test/1", name, "Test"]),
    ],
)
def test_forged_commands_are_not_sent_to_the_database(
    facility: Facility,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    argument: Callable[[str], Any],
    name: str,
) -> None:
    device = patient_backend().get_device_proxy("sys/database/2")
    monkeypatch.setattr(convert, "insert", lambda *_: pytest.fail("it is sent"))
    with pytest.raises(DevFailed) as caught:
        device.command_inout(command, argument(name))
    assert (caught.value.errors[0].reason, caught.value.errors[0].desc) == (
        "DB_DeviceNotDefined",
        f"{name} not defined in the database !",
    )


def test_good_commands_are_sent_to_the_database(facility: Facility) -> None:
    device = patient_backend().get_device_proxy("sys/database/2")
    names = device.command_inout("DbGetDeviceWideList", "sys/tg_test/*")
    assert [*names] == ["sys/tg_test/1"]
