"""Devices and a database that hang, as clients of the gateway's server notice it.

The clock is looked at only to know what hangs: see HANGING.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from test_tango_faults import _all_answer, await_success

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.http.app import create_app
from mtango_ref.server import Server, Shares, listen, refusals
from mtango_ref.settings.model import Settings

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

TIMEOUT = 1.0
HANGING = 30.0
"""s after which an answer counts as hanging: Tango's own bounds add up to 92 s."""

DEVICE, OTHER = "sys/tg_test/1", "test/one_of_each/1"
STATE = f"devices/{DEVICE}/state"
VALUE = f"devices/{DEVICE}/attributes/long_scalar/value"
ALARM = f"devices/{OTHER}/attributes/alarm/value"
LATE = f"Timeout (1000 mS) exceeded on device {DEVICE}"
LATE_DATABASE = "Timeout (1000 mS) exceeded on the database"
NOT_RETURNED = ", earlier calls have not returned yet"


class Gateway:
    """A gateway in a thread of its own."""

    def __init__(self) -> None:
        settings = Settings(port=0, backend="tango", tango_timeout=TIMEOUT, threads=4)
        self.shares = Shares(TIMEOUT)
        self.backend = TangoBackend(tango_hosts(), TIMEOUT, self.shares)
        app = create_app(settings, self.backend)
        listening = listen(settings.host, 0)
        refuse = refusals(settings.rc3_mode, time.time)
        self.server = Server(app, listening, settings, refuse, self.shares)
        self.thread = threading.Thread(target=self.server.run)

    def get(self, path: str) -> Any:
        """Return the representation at a path below a facility."""
        url = f"{self.server.url}/tango/rest/rc3/hosts/localhost/10000/{path}"
        with urlopen(url, timeout=HANGING) as reply:
            return json.load(reply)

    def why(self, path: str) -> str:
        """Return the description of the innermost error at a path."""
        errors = self.get(path)["errors"]
        assert errors[0]["reason"] == "API_DeviceTimedOut"
        description: str = errors[0]["description"]
        return description


@pytest.fixture
def gateway(facility: Facility) -> Iterator[Gateway]:
    started = Gateway()
    started.thread.start()
    yield started
    started.server.stop()
    started.thread.join(HANGING)
    assert not started.thread.is_alive()
    await_success(_all_answer)


def test_hanging_device_leaves_threads_to_others(facility: Facility, gateway: Gateway) -> None:
    """More than there are threads; another device answers meanwhile."""
    for path in (STATE, VALUE, ALARM):
        gateway.get(path)
    ended = threading.Event()

    def read_other() -> int:
        reads = 0
        while not ended.is_set():
            assert gateway.get(ALARM)["value"] == 1.5
            reads += 1
        return reads

    with ThreadPoolExecutor(101) as pool:
        with facility.tango_test.suspended():
            reading = pool.submit(read_other)
            asking = [pool.submit(gateway.why, path) for path in (STATE, VALUE) * 50]
            found = {each.result() for each in asking}
            ended.set()
            assert reading.result() > 10
        assert found == {LATE, LATE + NOT_RETURNED}
        crew = gateway.server._loop._crew
        assert crew._alive <= 5 + 4
        await_success(lambda: gateway.get(VALUE)["value"])
        values = [pool.submit(gateway.get, VALUE) for _ in range(100)]
        assert all("value" in each.result() for each in values)


def test_hanging_database_leaves_connected_devices_alone(
    facility: Facility, gateway: Gateway
) -> None:
    """Devices that are connected answer as ever."""
    gateway.get(ALARM)
    with facility.database.suspended(), ThreadPoolExecutor(20) as pool:
        asking = [pool.submit(gateway.why, "devices/no/such/device") for _ in range(20)]
        assert gateway.get(ALARM)["value"] == 1.5
        assert {each.result() for each in asking} == {LATE_DATABASE, LATE_DATABASE + NOT_RETURNED}
        assert gateway.get(ALARM)["value"] == 1.5
    await_success(lambda: gateway.get(f"devices/{DEVICE}")["name"])
