"""A facility whose servers are restarted and whose devices are defined otherwise while it runs."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
from changed_facilities import ONE, REDEFINED
from fake_facilities import NOON, Clock, attribute, backend, failure

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.control.control import Control
from mtango_ref.fixture.loading import parse
from mtango_ref.interface import Backend, Device
from mtango_ref.model import CmdArgType, DevState


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def facility(clock: Clock) -> FakeBackend:
    return backend(REDEFINED, clock=clock)


@pytest.fixture
def control(facility: FakeBackend) -> Control:
    return facility.control


def times(facility: FakeBackend, name: str = "x", device: str = ONE) -> list[float]:
    """Return the times at which an attribute was polled, in s since noon."""
    return [(each.time or 0) - NOON for each in attribute(facility, name, device).history()]


@pytest.mark.parametrize("name", ["S/one", "s/ONE", ONE, "A/B/d"])
def test_restarted_server_begins_anew(
    facility: FakeBackend, control: Control, clock: Clock, name: str
) -> None:
    """All devices of the server are as at a start, those of other servers as they were."""
    cached = attribute(facility, "x")
    scheduled, counted = facility.get_device_proxy("a/b/d"), attribute(facility, "counted")
    before = facility.database.get_device_info(ONE)
    control.set_value(f"{ONE}/x", 5)
    control.set_value("a/b/e/y", "stays")
    clock.now += 7
    assert (scheduled.state(), counted.read().value) == (DevState.FAULT, 7)
    control.restart(name)
    assert (cached.read().value, cached.read().time) == (1, NOON + 7)
    assert (scheduled.state(), counted.read().value) == (DevState.ON, 0)
    clock.now += 1.5
    assert times(facility) == [7, 8]
    executed = facility.get_device_proxy(ONE).command_history("c")
    assert [each.time - NOON for each in executed] == [7, 8]
    assert attribute(facility, "y", "a/b/e").read().value == "stays"
    after = facility.database.get_device_info(ONE)
    assert (before.pid, before.started_date, before.stopped_date) == (7, "then", "?")
    assert (after.pid > 1000, after.ior == before.ior) == (True, False)
    assert after.started_date == after.stopped_date != "then"
    other = facility.database.get_device_info("a/b/e")
    assert (other.stopped_date, control.changed()) == ("?", ["a/b/e/y"])
    siblings = [facility.database.get_device_info(each) for each in ("a/b/d", "dserver/S/one")]
    assert {each.pid for each in siblings} == {after.pid}
    control.restart(name)
    assert facility.database.get_device_info(ONE).pid > after.pid


def test_what_is_memorized_outlives_a_restart(facility: FakeBackend, control: Control) -> None:
    """Tango writes a memorized value when the server starts, unless it is only kept to be"
    " reported."""
    control.set_value(f"{ONE}/kept", 5)
    control.set_value(f"{ONE}/lost", 5)
    control.restart("S/one")
    assert attribute(facility, "kept").read().value == 5
    assert attribute(facility, "lost").read().value == 0
    assert attribute(facility, "kept", "a/b/d").read().value == 0
    control.rename(ONE, "a/b/x")
    assert attribute(facility, "kept", "a/b/x").read().value == 5
    control.define("a/b/x/kept", {"data_type": "DevString", "value": "other"})
    assert attribute(facility, "kept", "a/b/x").read().value == "other"
    control.reset()
    control.restart("S/one")
    assert attribute(facility, "kept").read().value == 0


def test_nobody_notices_a_restart(facility: FakeBackend, control: Control) -> None:
    """A read is tried again, and a command is sent on a connection that was found to be up."""
    device = facility.get_device_proxy(ONE)
    control.restart(ONE)
    assert device.command_inout("set") is None
    assert device.state() is DevState.FAULT
    control.restart(ONE)
    assert device.state() is DevState.ON


@pytest.mark.parametrize("fault", ["hang", "away"])
def test_a_restart_brings_a_server_back(
    facility: FakeBackend, control: Control, clock: Clock, fault: str
) -> None:
    control.fail(ONE, {"fault": fault, "until": 5, "every": 10})
    control.fail(f"{ONE}/x", {"fault": "failure"})
    control.restart(ONE)
    device = facility.get_device_proxy(ONE)
    assert device.state() is DevState.ON
    assert failure(attribute(facility, "x").read)[0] == ("Simulated_Failure", "Failed on purpose")
    control.fail(ONE, {"fault": "away"})
    control.restart(ONE)
    assert device.state() is DevState.ON
    clock.now += 10  # it comes again
    [told, _] = control.faults()
    assert told == "a/b/c: {fault: " + fault + ", until: 5, every: 10}"
    if fault == "away":
        assert failure(device.state)[0][0] == "API_CantConnectToDevice"


def test_another_type_is_seen_by_cached_proxies(
    facility: FakeBackend, control: Control, clock: Clock
) -> None:
    """Cached proxies see the new one, and polling has what it found since."""
    cached, device = attribute(facility, "X"), facility.get_device_proxy(ONE)
    assert (cached.read().value, cached.get_config().data_type) == (1, CmdArgType.DevLong)
    clock.now += 3
    control.define(f"{ONE}/set", {"behaviour": "echo"})  # as it cannot set that one to 9
    enum = {"data_type": "DevEnum", "enum_labels": ["SINE", "SQUARE"], "value": "SQUARE"}
    control.define(f"{ONE}/x", {**enum, "polling_period": 1000})
    assert (cached.read().value, cached.get_config().data_type) == ("SQUARE", CmdArgType.DevEnum)
    assert device.read_attributes(["x"])[0].value == "SQUARE"
    clock.now += 1
    assert [(each.value, (each.time or 0) - NOON) for each in cached.history()] == [
        ("SQUARE", 3),
        ("SQUARE", 4),
    ]
    assert attribute(facility, "x", "a/b/d").read().value == 1
    assert control.changed() == [ONE]
    control.define(f"{ONE}/x", enum)
    assert failure(cached.history) == [("API_AttrNotPolled", "Attribute x not polled")]
    properties = facility.database.get_device_property
    assert (properties(ONE), properties("a/b/d")) == (
        {"polled_cmd": ["c", "1000"]},
        {"polled_attr": ["x", "1000"], "polled_cmd": ["c", "1000"]},
    )


def test_another_configuration_keeps_polling(
    facility: FakeBackend, control: Control, clock: Clock
) -> None:
    """Another configuration needs no other server: polling goes on."""
    clock.now += 2
    control.define(f"{ONE}/x", {"unit": "mm", "value": 3})
    cached = attribute(facility, "x")
    assert (cached.get_config().unit, cached.read().value) == ("mm", 3)
    assert times(facility) == [0, 1, 2]
    assert facility.database.get_device_info(ONE).started_date == "then"


def test_added_parts_answer_until_they_are_removed(facility: FakeBackend, control: Control) -> None:
    device = facility.get_device_proxy(ONE)
    names, commands = device.get_attribute_list(), [c.cmd_name for c in device.command_list_query()]
    added = attribute(facility, "new")
    unknown = [
        ("API_AttrNotFound", "new attribute not found"),
        ("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute new"),
    ]
    assert failure(added.read) == unknown
    control.define(f"{ONE}/new", {"data_type": "DevLong", "value": 4})
    control.define(f"{ONE}/Do", {"in_type": "DevVoid", "out_type": "DevLong", "value": 5})
    control.define(f"{ONE}/q", {"data": []})
    assert (added.read().value, device.state()) == (4, DevState.ON)
    assert device.command_inout("do") == 5
    assert device.get_attribute_list() == [*names[:4], "new", *names[4:]]
    assert [*device.get_pipe_list()] == ["p", "q"]
    for part in ("NEW", "do", "q", "X", "c", "p"):
        control.delete(f"{ONE}/{part}")
    assert failure(added.read) == unknown
    assert device.get_attribute_list() == [each for each in names if each != "x"]
    assert [c.cmd_name for c in device.command_list_query()] == [c for c in commands if c != "c"]
    assert [*device.get_pipe_list()] == []
    assert facility.database.get_device_property(ONE) == {}
    facility.get_device_proxy(ONE).command_inout("set")  # which would set x
    assert facility.get_device_proxy("a/b/d").get_attribute_list() == names
    control.define(f"{ONE}/x", {"data_type": "DevLong"})
    assert attribute(facility, "x").read().value == 0
    control.reset()
    assert device.get_attribute_list() == names
    assert ([*device.get_pipe_list()], control.changed()) == (["p"], [])


def test_renamed_device_answers_under_its_new_name(
    facility: FakeBackend, control: Control, clock: Clock
) -> None:
    old, cached = facility.get_device_proxy(ONE), attribute(facility, "x")
    clock.now += 2
    control.rename(ONE, "a/B/Z")
    gone = [
        ("DB_DeviceNotDefined", "device a/b/c not defined in the database !"),
        (
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbImportDevice",
        ),
        ("API_DeviceNotDefined", "Can't connect to device a/b/c"),
    ]
    for ask in (lambda: old.name, old.state, cached.read, cached.get_config, cached.history):
        assert failure(ask) == gone
    assert failure(lambda: facility.get_device_proxy(ONE)) == gone
    new = facility.get_device_proxy("a/b/z")
    assert (new.name, new.state()) == ("a/B/Z", DevState.ON)
    assert times(facility, device="a/b/z") == [2]

    def names(wildcard: str) -> list[str]:
        return [*facility.database.get_device_names(wildcard)]

    assert names("a/*") == ["a/B/Z", "a/b/d", "a/b/e", "a/b/f"]
    control.rename("a/b/z", "A/B/z")
    assert (new.name, names("A/B/Z")) == ("A/B/z", ["A/B/z"])
    assert control.changed() == ["A/B/z", ONE]
    control.rename("a/b/z", ONE)
    assert (cached.read().value, old.name, control.changed()) == (1, ONE, [])


def test_deleted_device_answers_when_it_is_defined_again(
    facility: FakeBackend, control: Control
) -> None:
    old, cached = facility.get_device_proxy("a/b/e"), attribute(facility, "y", "a/b/e")
    control.delete("A/b/e")
    assert failure(cached.read)[0][0] == failure(old.state)[0][0] == "DB_DeviceNotDefined"

    def names(wildcard: str) -> list[str]:
        return [*facility.database.get_device_names(wildcard)]

    assert names("*/b/e") == names("dserver/S/two") == []
    assert control.changed() == ["a/b/e", "dserver/S/two"]
    control.define("a/B/e", {"class": "B", "attributes": {"y": {"value": "again"}}})
    assert (old.name, cached.read().value) == ("a/B/e", "again")
    control.define("a/b/E", {"class": "A"})
    assert failure(cached.read)[0] == ("API_AttrNotFound", "y attribute not found")
    control.define("a/b/e", {"class": "A", "exported": False})
    assert failure(cached.read)[0][0] == "API_DeviceNotExported"
    control.define("a/b/new", {"class": "B", "server": "S/one"})
    assert attribute(facility, "y", "a/b/new").read().value == ""
    control.reset()
    assert names("a/*") == [ONE, "a/b/d", "a/b/e", "a/b/f"]
    assert facility.database.get_device_info("a/b/d").stopped_date == "?"


def _everything(backend: Backend, name: str) -> list[Any]:
    """Return every answer about a device, or its failure."""
    device: Device = backend.get_device_proxy(name)
    names = device.get_attribute_list()
    return [
        device.name,
        device.state(),
        device.status(),
        names,
        device.get_attribute_config(names),
        device.read_attributes(names),
        device.command_list_query(),
        [*device.get_pipe_list()],
        backend.database.get_device_info(name),
        backend.database.get_device_property(name),
        *(
            backend.get_attribute_proxy(device, each).history()
            for each in names
            if each in ("x", "new")
        ),
    ]


# A change of the fixture's text, and what the control device does instead.
CHANGES: list[tuple[str, str, Callable[[Control], object]]] = [
    (
        "a/b/c: {class: A, server: S/one,",
        "a/b/c: {class: A, server: S/one, attributes: {x: {data_type: DevDouble, value: 1.5,"
        " polling_period: 1000}}, commands: {set: {behaviour: echo}},",
        lambda c: (
            c.define(f"{ONE}/set", {"behaviour": "echo"}),
            c.define(f"{ONE}/x", {"data_type": "DevDouble", "value": 1.5, "polling_period": 1000}),
        ),
    ),
    ("a/b/c: {class: A", "A/b/C: {class: A", lambda c: c.rename(ONE, "A/b/C")),
    ("  a/b/e: {class: B, server: S/two}\n", "", lambda c: c.delete("a/b/e")),
    (
        "  a/b/f:",
        "  a/b/new: {class: B, server: S/one}\n  a/b/f:",
        lambda c: c.define("a/b/new", {"class": "B", "server": "S/one"}),
    ),
    (
        "a/b/e: {class: B, server",
        "a/b/e: {class: B, status: other, server",
        lambda c: c.define("a/b/e", {"class": "B", "status": "other", "server": "S/two"}),
    ),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_changed_fixture_answers_the_same(facility: FakeBackend, clock: Clock, number: int) -> None:
    """`serve --watch`, and the control device."""
    before, after, act = CHANGES[number]
    watched = backend(REDEFINED, clock=clock)
    clock.now += 3
    assert REDEFINED.count(before) == 1
    changed = watched.reloaded(parse(dedent(REDEFINED.replace(before, after)), "f.yml"))
    act(facility.control)
    clock.now += 2.5
    names = changed.database.get_device_names("*")
    assert sorted(facility.database.get_device_names("*")) == sorted(names)
    assert facility.database.get_info() == changed.database.get_info()
    for name in names:
        if changed.database.get_device_info(name).exported and "control" not in name.lower():
            assert _everything(facility, name) == _everything(changed, name)
