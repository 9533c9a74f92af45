"""A write is sent once, whatever fails: devices that hang, that are gone, and old ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr

from conftest import Rest
from echo_server import eventually
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.settings.model import Settings
from rest_answers import P, error, failure
from writing.settable import DEVICE, FIXTURE
from writing.test_write_refused import outer
from writing.values import put, read, written

if TYPE_CHECKING:
    from facility import Facility, Server

SLOW = f"{P}/devices/test/slowwrites/1/attributes"
TIMEOUT = "Timeout (1000 mS) exceeded on device test/slowwrites/1"


def app(timeout: float) -> Rest:
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    return Rest(Settings(extensions=("writes",)), TangoBackend(tango_hosts(), timeout))


@pytest.fixture
def slow(facility: Facility) -> Iterator[Server]:
    with facility.one_device("SlowWrites", "slow_writes.py") as server:
        yield server


def value(rest: Rest, name: str) -> Any:
    return rest.body(f"{SLOW}/{name}/value")["value"]


def await_begin(slow: Server, name: str) -> None:
    """Wait until the device is at work at a write."""
    assert eventually(lambda: f"{name} begins" in slow.output())


def await_written(rest: Rest, expected: list[str]) -> None:
    """Wait until the device answers again, and for as long as it would take to send again: a write
    is in the list as soon as it begins."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = rest.body(f"{SLOW}/written/value")
        if answer.get("value") == expected:
            break
        time.sleep(0.1)
    time.sleep(0.5)
    assert value(rest, "written") == expected


@pytest.mark.tango
@pytest.mark.usefixtures("slow")
def test_write_that_takes_too_long_is_not_sent_again() -> None:
    rest = app(1.0)
    rest.request("PUT", f"{SLOW}/seconds/value", query_string="v=2")
    answer = rest.request("PUT", f"{SLOW}/first/value", query_string="v=5").json
    assert answer == failure(error("API_DeviceTimedOut", TIMEOUT))
    await_written(rest, ["first 5"])
    assert value(rest, "first") == 5.0


@pytest.mark.tango
def test_device_that_freezes_during_a_write_is_written_once(slow: Server) -> None:
    rest = app(1.0)
    rest.request("PUT", f"{SLOW}/seconds/value", query_string="v=0.8")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(rest.request, "PUT", f"{SLOW}/first/value", query_string="v=6")
        await_begin(slow, "first")
        with slow.suspended():
            answer = writing.result().json
            assert answer == failure(error("API_DeviceTimedOut", TIMEOUT))
    await_written(rest, ["first 6"])


@pytest.mark.tango
def test_frozen_device_is_not_written_when_it_goes_on(slow: Server) -> None:
    rest = app(1.0)
    assert value(rest, "first") == 0.0
    with slow.suspended():
        answer = rest.request("PUT", f"{SLOW}/first/value", query_string="v=7").json
        assert answer == failure(error("API_DeviceTimedOut", TIMEOUT))
    await_written(rest, [])


@pytest.mark.tango
@pytest.mark.usefixtures("slow")
def test_attributes_after_the_timeout_are_not_written() -> None:
    rest = app(1.0)
    rest.request("PUT", f"{SLOW}/seconds/value", query_string="v=1.5")
    answer = rest.request("PUT", f"{SLOW}/value", query_string="first=1&second=2").json
    assert answer == failure(error("API_DeviceTimedOut", TIMEOUT))
    await_written(rest, ["first 1"])


@pytest.mark.tango
def test_nobody_waits_for_a_device_at_work(slow: Server) -> None:
    """Tango says what an attribute is while the device writes another one."""
    rest = app(20.0)
    # Less than the 3.2 s for which cppTango lets a call wait for another one.
    rest.request("PUT", f"{SLOW}/seconds/value", query_string="v=2.5")
    for name in ("first", "second"):
        query = "v=5&async=true"
        assert rest.request("PUT", f"{SLOW}/{name}/value", query_string=query).status_code == 204
        wrong = rest.request("PUT", f"{SLOW}/{name}/value", query_string="v=x&async=true").json
        assert wrong["errors"][0]["reason"] == "API_IncompatibleAttrDataType"
    assert "ends" not in slow.output()
    rest.app.changes.finish(20.0)
    assert sorted(value(rest, "written")) == ["first 5", "second 5"]


@pytest.mark.tango
def test_server_that_dies_during_a_write_is_a_failure(slow: Server) -> None:
    rest = app(3.0)
    rest.request("PUT", f"{SLOW}/seconds/value", query_string="v=2")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(rest.request, "PUT", f"{SLOW}/first/value", query_string="v=6")
        await_begin(slow, "first")
        with slow.killed():
            answer = writing.result().json
    assert answer == failure(
        error("API_CorbaException", IsStr(regex="COMM_FAILURE CORBA system exception: .+")),
        error(
            "API_CommunicationFailed",
            "Failed to execute write_read_attribute on device test/slowwrites/1",
        ),
    )
    await_written(rest, [])


@pytest.mark.tango
def test_device_of_an_old_server_is_written(facility: Facility) -> None:
    with facility.one_device("OldDevice", "old_device.py"):
        rest = app(3.0)
        asked = f"{P}/devices/test/olddevice/1/attributes"
        answer = rest.request("PUT", f"{asked}/x/value", query_string="v=2.5").json
        assert answer == written(rest, "x", 2.5)
        answer = rest.request("PUT", f"{asked}/value", query_string="x=3.5").json
        assert answer == [written(rest, "x", 3.5)]


# The fake's faults.


@pytest.fixture
def fake() -> FakeBackend:
    return FakeBackend(FIXTURE, timeout=0.3)


@pytest.fixture
def faulty(fake: FakeBackend) -> Rest:
    return Rest(Settings(extensions=("writes",)), fake)


LONG = f"{DEVICE}/DevLong_scalar"


@pytest.mark.parametrize(
    ("name", "fault", "stack"),
    [
        (
            LONG,
            {"fault": "failure", "reason": "Broken", "description": "It is broken"},
            [error("Broken", "It is broken"), outer("DevLong_scalar")],
        ),
        (
            DEVICE,
            {"fault": "hang"},
            [error("API_DeviceTimedOut", f"Timeout (300 mS) exceeded on device {DEVICE}")],
        ),
        (
            DEVICE,
            {"fault": "away"},
            [
                error(
                    "API_CantConnectToDevice", IsStr(regex=f"(?s)Failed to connect to .*{DEVICE}.*")
                )
            ],
        ),
        (
            LONG,
            {"fault": "timeout"},
            [error("API_DeviceTimedOut", f"Timeout (300 mS) exceeded on device {DEVICE}")],
        ),
        (
            LONG,
            {"fault": "latency", "seconds": 0.5},
            [error("API_DeviceTimedOut", f"Timeout (300 mS) exceeded on device {DEVICE}")],
        ),
    ],
    ids=lambda each: each.get("fault") if isinstance(each, dict) else "",
)
def test_faulty_device_is_not_written(
    fake: FakeBackend, faulty: Rest, name: str, fault: dict[str, Any], stack: list[Any]
) -> None:
    put(faulty, "DevLong_scalar", "1")
    fake.control.fail(name, fault)
    assert put(faulty, "DevLong_scalar", "2").json == failure(*stack)
    fake.control.heal("*")
    assert read(faulty, "DevLong_scalar")["value"] == 1


def test_attribute_that_fails_alone_keeps_no_other_from_being_written(
    fake: FakeBackend, faulty: Rest
) -> None:
    fake.control.fail(LONG, {"fault": "failure", "reason": "Broken", "description": "It is"})
    asked = f"{P}/devices/{DEVICE}/attributes/value"
    answer = faulty.request("PUT", asked, query_string="DevLong_scalar=3&DevShort_scalar=4").json
    failed = {
        "name": "DevLong_scalar",
        **failure(error("Broken", "It is"), outer("DevLong_scalar")),
    }
    assert answer == [failed, written(faulty, "DevShort_scalar", 4)]


def test_reset_forgets_what_was_written(fake: FakeBackend, faulty: Rest) -> None:
    put(faulty, "kept_double", "1.5")
    put(faulty, "DevLong_scalar_w", "5")
    # What is memorized is a property, too.
    changed = {DEVICE, f"{DEVICE}/DevLong_scalar_w", f"{DEVICE}/kept_double"}
    assert {*fake.control.changed()} == changed
    fake.control.reset()
    assert fake.control.changed() == []
    assert read(faulty, "kept_double")["value"] == 0.0
    assert read(faulty, "DevLong_scalar_w")["value"] == 0
    assert faulty.body(f"{P}/devices/{DEVICE}/attributes/kept_double/properties") == {}
    fake.restart("settable/test")
    assert read(faulty, "kept_double")["value"] == 0.0
