"""A device that changes: the fake by its control, the real one in truth.

The real one is asked by a new backend after each change: how the gateway's proxies follow is the
matter of other tests.
"""

from __future__ import annotations

import re
import sys
import time
from calendar import timegm
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.interface import Backend, Database
from mtango_ref.model import DevFailed, DeviceAttribute
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = pytest.mark.tango

PERIOD = 100
"""ms of polling."""
SERVER = "Changing/test"
CLASS = """\
    attributes:
      x: {{data_type: {type}, value: {value}{labels}}}
      other: {{data_type: DevDouble, value: 2.5}}
    commands: {{c: {{out_type: {type_of_c}, value: 1}}{more}}}
"""
DEVICE = "{{class: Changing, server: Changing/test, attributes: {{x: {{polling_period: 100}}}}}}"
FIRST = {"type": "DevLong", "value": "1", "labels": "", "type_of_c": "DevLong", "more": ""}


def _fixture(name: str = "t/changing/1", **words: str) -> str:
    text = CLASS.format(**{**FIRST, **words})
    return f"classes:\n  Changing:\n{text}devices:\n  {name}: {DEVICE.format()}\n"


class _Change(NamedTuple):
    """An operator's change, and what one does to the fake instead."""

    fixture: str
    """The facility afterwards; the server is started with it again."""
    act: Callable[[Any], object]
    """The change of the fake, by its control."""


NAME = "t/changing/1"
ENUM = {"data_type": "DevEnum", "enum_labels": ["SINE", "SQUARE"], "value": "SQUARE"}
POLLED = {"polling_period": PERIOD}
CHANGES = {
    "restarted": _Change(_fixture(), lambda c: c.restart(SERVER)),
    "another type": _Change(
        _fixture(type="DevEnum", value="SQUARE", labels=", enum_labels: [SINE, SQUARE]"),
        lambda c: c.define(f"{NAME}/x", {**ENUM, **POLLED}),
    ),
    "another command": _Change(
        _fixture(type_of_c="DevDouble"),
        lambda c: c.define(f"{NAME}/c", {"out_type": "DevDouble", "value": 1}),
    ),
    "a new command": _Change(
        _fixture(more=", d: {out_type: DevString, value: new}"),
        lambda c: c.define(f"{NAME}/d", {"out_type": "DevString", "value": "new"}),
    ),
    "renamed": _Change(_fixture("t/changing/2"), lambda c: c.rename(NAME, "t/changing/2")),
    "spelled otherwise": _Change(
        _fixture("T/Changing/1"), lambda c: c.rename(NAME, "T/Changing/1")
    ),
}


class _Real:
    """The server, as an operator changes it."""

    def __init__(self, facility: Facility) -> None:
        self._facility = facility
        self._made: Any = None
        self._server: Server | None = None

    def become(self, fixture: str) -> None:
        from facility.from_fixture import FromFixture
        from facility.servers import PYTHON

        self.end()
        self._made = FromFixture(parse(fixture, "f.yml"), SERVER)
        self._made.define()
        self._server = self._facility._start(self._made.command(PYTHON, self._facility._folder))
        self._made.poll()

    def end(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._made.forget()
            self._server = None

    def restart(self) -> None:
        assert self._server is not None
        self._server.restart()

    def delete(self) -> None:
        import tango

        tango.Database().delete_device(NAME)


@pytest.fixture
def real(facility: Facility) -> Iterator[_Real]:
    server = _Real(facility)
    server.become(_fixture())
    yield server
    server.end()


def _failure(call: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(DevFailed) as failed:
        call()
    return [(error.reason, error.desc) for error in failed.value.errors]


def _answers(backend: Backend, name: str) -> dict[str, Any]:
    """Return all that is known of a device but times, sorted where Tango has another order."""
    device = backend.get_device_proxy(name)
    names = device.get_attribute_list()
    info = backend.database.get_device_info(name)
    return {
        "name": (device.name, info.name, info.exported, info.ds_full_name, info.class_name),
        "names": sorted(names),
        "types": [
            (each.name, each.data_type, each.data_format, each.enum_labels)
            for each in device.get_attribute_config(sorted(names))
            if each.name != "Status"
        ],
        "values": [each.value for each in device.read_attributes(["x", "other"])],
        "commands": [(c.cmd_name, c.in_type, c.out_type) for c in device.command_list_query()],
        "listed": backend.database.get_device_names("t/*"),
        "polled": backend.database.get_device_property(name),
        "removed": _failure(backend.get_attribute_proxy(device, "removed").read),
        "not polled": _failure(backend.get_attribute_proxy(device, "other").history),
    }


def _begun(backend: Backend, name: str) -> float:
    """Return the time of the oldest value that polling has kept."""
    deadline = time.monotonic() + 60
    while not (history := _history(backend, name)):
        assert time.monotonic() < deadline
        time.sleep(PERIOD / 1000)
    return min(each.time or 0 for each in history)


def _history(backend: Backend, name: str) -> list[DeviceAttribute]:
    try:
        return backend.get_attribute_proxy(backend.get_device_proxy(name), "x").history()
    except DevFailed as failed:  # of a real server that has just started
        if failed.errors[0].reason != "API_NoDataYet":
            raise
        return []


def _await_next_second() -> None:
    """Wait until a new date of the database is another one: they are in whole seconds."""
    time.sleep(1 - time.time() % 1 + 0.05)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_device_is_alike(real: _Real, change: _Change) -> None:
    """Polling begins anew, and the database names another process that began since."""
    fake = FakeBackend(parse(_fixture(), "f.yml"))
    device = fake.get_device_proxy(NAME)
    cached = fake.get_attribute_proxy(device, "x")
    assert _answers(fake, NAME) == _answers(patient_backend(), NAME)
    both: list[Backend] = [fake, patient_backend()]
    before = [backend.database.get_device_info(NAME) for backend in both]
    _await_next_second()
    changed = time.time()
    real.become(change.fixture)
    change.act(fake.control)
    both[1] = patient_backend()
    [name] = parse(change.fixture, "f.yml").devices
    assert _answers(fake, name) == _answers(patient_backend(), name)
    for backend, former in zip(both, before, strict=True):
        assert _begun(backend, name) >= changed - 0.01
        info = backend.database.get_device_info(name)
        assert info.pid != former.pid
        assert info.ior != former.ior
        assert info.started_date != former.started_date
    if name.lower() == NAME:
        config = patient_backend().get_device_proxy(name).get_attribute_config(["x"])
        assert (cached.get_config().data_type, device.name) == (config[0].data_type, name)
    else:
        told = _failure(lambda: patient_backend().get_device_proxy(NAME))
        assert _failure(cached.read) == _failure(lambda: device.name) == told


def test_deleted_device_is_alike(real: _Real) -> None:
    fake = FakeBackend(parse(_fixture(), "f.yml"))
    cached = fake.get_device_proxy(NAME)
    real.delete()
    fake.control.delete(NAME)
    truth = patient_backend()
    told = _failure(lambda: truth.get_device_proxy(NAME))
    assert _failure(cached.state) == told
    for backend in (truth, fake):
        database = backend.database
        assert [*database.get_device_names("t/*")] == []
        assert database.get_device_property(NAME) == {}
    assert _failure(lambda: fake.database.get_device_info(NAME)) == _failure(
        lambda: truth.database.get_device_info(NAME)
    )


MEMORIZING = """\
classes:
  Memorizing:
    attributes:
      kept: {data_type: DevLong, writable: READ_WRITE, memorized: MEMORIZED_WRITE_INIT}
      lost: {data_type: DevLong, writable: READ_WRITE, memorized: MEMORIZED}
devices: {t/memorizing/1: {class: Memorizing, server: Memorizing/test}}
"""


def test_memorized_value_is_alike(facility: Facility) -> None:
    """A memorized value comes back with the server, if it is to be written then."""
    import tango

    name = "t/memorizing/1"
    known = tango.DbDevInfo()
    known.name, known._class, known.server = name, "Memorizing", "Memorizing/test"
    tango.Database().add_device(known)
    script = Path(__file__).parents[1] / "facility" / "memorizing.py"
    server = facility._start([sys.executable, str(script), "test"])
    fake, truth = FakeBackend(parse(MEMORIZING, "f.yml")), patient_backend()
    try:
        for attribute in ("kept", "lost"):
            tango.DeviceProxy(name).write_attribute(attribute, 5)
            fake.control.set_value(f"{name}/{attribute}", 5)
        for expected in ([5, 5], [5, 0]):
            for backend in (fake, patient_backend()):
                device = backend.get_device_proxy(name)
                assert [each.value for each in device.read_attributes(["kept", "lost"])] == expected
                kinds = {each.memorized for each in device.get_attribute_config(["kept", "lost"])}
                assert len(kinds) == 2
            server.restart()
            fake.control.restart(name)
    finally:
        server.stop()
        tango.Database().delete_server("Memorizing/test")
    assert truth.database.get_device_names("t/memorizing/*") == []


def _parse_database_date(date: str) -> time.struct_time:
    """Parse 25-11-2026 at 14:19:37, or DataBaseds' 25th November 2026 at 14:19:37."""
    day, words = re.subn(r"(?<=\d)(st|nd|rd|th) ", " ", date)
    return time.strptime(day, "%d %B %Y at %H:%M:%S" if words else "%d-%m-%Y at %H:%M:%S")


def test_an_ordinary_restart_is_dated(facility: Facility) -> None:
    """The C++ server takes its devices back when it is stopped."""
    fake, name = FakeBackend(parse(_fixture(), "f.yml")), "sys/tg_test/1"
    truth = patient_backend()
    _await_next_second()
    facility.tango_test.restart()
    fake.control.restart(SERVER)
    # The fake's dates are in UTC.
    asked: list[tuple[Database, str, Callable[[time.struct_time], float]]] = [
        (fake.database, NAME, timegm),
        (truth.database, name, time.mktime),
    ]
    for database, each, seconds in asked:
        info = database.get_device_info(each)
        stopped, started = (
            seconds(_parse_database_date(date)) for date in (info.stopped_date, info.started_date)
        )
        assert time.time() - 600 < stopped <= started
