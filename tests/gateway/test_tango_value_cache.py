"""Values that a gateway keeps: what devices notice of many clients, and of one that hangs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tango
from test_tango_faults import await_success
from test_tango_shares import NOT_RETURNED, real
from test_tango_workers import children

from master_process import eventually
from program import serving
from raw import Reply, exchange, get
from served_backend import ALARM, LATE, VALUE, Served, served

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

SENSORS = ["test/sensor/1", "test/sensor/2"]
CLIENTS = 64


@pytest.fixture(scope="module")
def _sensors(facility: Facility) -> Iterator[None]:
    with facility.sensors(SENSORS):
        yield


@pytest.fixture
def gateway() -> Iterator[Served]:
    """Serve with values kept for longer than a test takes."""
    with served(real, value_ttl=60.0) as started:
        yield started


@pytest.fixture
def brief() -> Iterator[Served]:
    """Serve with no value kept for longer than the reading takes."""
    with served(real, value_ttl=0.001) as started:
        yield started


def path(device: str, attribute: str = "readings") -> str:
    return f"devices/{device}/attributes/{attribute}/value"


def at_once(gateway: Served, asked: str) -> list[Any]:
    """Return the answers to so many clients."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [*pool.map(gateway.get, [asked] * CLIENTS)]


def count(device: str) -> int:
    """Read it past the gateway."""
    number: int = tango.DeviceProxy(device).readings
    return number


@pytest.mark.usefixtures("_sensors")
def test_device_is_read_once_for_64_clients(gateway: Served) -> None:
    """The device is not read again while its value is kept; that of another device is its own."""
    before = count(SENSORS[0])
    answers = at_once(gateway, path(SENSORS[0]))
    assert {answer["value"] for answer in answers} == {before + 1}
    assert answers == [answers[0]] * CLIENTS
    assert gateway.get(path(SENSORS[0].upper())) == answers[0]
    other = count(SENSORS[1])
    assert gateway.get(path(SENSORS[1]))["value"] == other + 1
    assert count(SENSORS[0]) == before + 2


@pytest.mark.usefixtures("_sensors")
def test_device_is_read_once_for_several_values(gateway: Served) -> None:
    """64 clients ask for two attributes, and then for one of them, and another with it."""
    before = count(SENSORS[0])
    several = f"devices/{SENSORS[0]}/attributes/value?attr=readings&attr=State"
    answers = at_once(gateway, several)
    assert answers == [answers[0]] * CLIENTS
    reading, state = answers[0]
    assert (reading["name"], reading["value"], state["value"]) == (
        "readings",
        before + 1,
        "UNKNOWN",
    )
    assert gateway.get(path(SENSORS[0])) == reading
    more = gateway.get(several.replace("State", "Status"))
    assert (more[0], more[1]["name"]) == (reading, "Status")
    assert count(SENSORS[0]) == before + 2


@pytest.mark.usefixtures("_sensors")
def test_readings_follow_each_other_where_nothing_is_kept(brief: Served) -> None:
    """Each serves those who wait for it; 64 clients cause a few."""
    before = count(SENSORS[0])
    values = {answer["value"] for answer in at_once(brief, path(SENSORS[0]))}
    readings = count(SENSORS[0]) - before - 1
    assert values == {*range(before + 1, before + 1 + readings)}
    assert readings < CLIENTS / 2
    assert brief.get(path(SENSORS[0]))["value"] == before + readings + 2


@pytest.mark.usefixtures("_sensors")
def test_failure_is_not_kept(gateway: Served) -> None:
    tango.DeviceProxy(SENSORS[0]).Fail()
    errors = gateway.get(path(SENSORS[0]))["errors"]
    assert [error["reason"] for error in errors] == ["PyDs_PythonError", "API_AttributeFailed"]
    assert gateway.get(path(SENSORS[0]))["quality"] == "ATTR_VALID"


def test_device_that_hangs_fails_for_all_who_wait(facility: Facility, gateway: Served) -> None:
    """Each request fails in its own time; another is read, and the first as soon as it goes on."""
    for each in (VALUE, ALARM):
        gateway.get(each)
    hanging = VALUE.replace("long_scalar", "double_scalar")
    with facility.tango_test.suspended(), ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(gateway.why, hanging) for _ in range(CLIENTS)]
        assert gateway.get(ALARM)["value"] == 1.5
        found = {each.result() for each in asking}
        # One that is kept is answered all the same.
        assert gateway.get(VALUE)["quality"] == "ATTR_VALID"
    assert found <= {LATE, LATE + NOT_RETURNED}
    assert LATE in found
    await_success(lambda: gateway.get(hanging)["value"])


def test_workers_forget_together_and_reload_the_setting(facility: Facility, tmp_path: Path) -> None:
    config = tmp_path / "settings.yml"
    config.write_text("backend: tango\nvalue_ttl: 60\n", "utf-8")
    url = f"/tango/rest/rc3/hosts/localhost/10000/{VALUE}"
    with serving("--config", str(config), MTANGO_WORKERS="2") as gateway:

        def ask(path: str) -> Reply:
            """Ask with a connection of its own, which any worker may take."""
            return exchange(gateway.port, get(path, "Connection: close"))

        def read() -> bool:
            """Read it twice, as the two workers may take requests by turns."""
            return {ask(url).status for _ in range(2)} == {200}

        def kept() -> int:
            lines = ask("/metrics").content.decode().splitlines()
            [line] = [each for each in lines if each.startswith("mtango_values_kept ")]
            return int(float(line.split()[1]))

        assert eventually(lambda: read() and kept() == 2)
        assert ask("/tango/rest/sys/clean/attributes").status == 204
        # Each worker, as soon as it begins with another request.
        assert eventually(lambda: kept() == 0)
        assert eventually(lambda: read() and kept() == 2)
        config.write_text("backend: tango\nvalue_ttl: 0\n", "utf-8")
        before = {*children(gateway)}
        gateway.signal(signal.SIGHUP)
        assert eventually(lambda: not before & {*children(gateway)})
        assert "etag" not in ask(url).headers
        assert kept() == 0
