"""Devices and a database that hang, as clients of the gateway's server notice it.

The clock is looked at only to know what hangs: see HANGING.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from test_tango_faults import _all_answer, await_success

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.threads import Shares
from served_backend import ALARM, DEVICE, EXPECTED, TIMEOUT, Served, hang, served

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

LATE_DATABASE = "Timeout (1000 mS) exceeded on the database"
NOT_RETURNED = ", earlier calls have not returned yet"


def real(shares: Shares) -> TangoBackend:
    return TangoBackend(tango_hosts(), TIMEOUT, shares)


@pytest.fixture
def gateway(facility: Facility) -> Iterator[Served]:
    with served(real) as started:
        yield started
    await_success(_all_answer)


def test_hanging_device_leaves_threads_to_others(facility: Facility, gateway: Served) -> None:
    """More than there are threads; tests/fake/test_hanging_served.py has the fake's."""
    assert hang(gateway, facility.tango_test.suspended(), 100) == EXPECTED


def test_hanging_database_leaves_connected_devices_alone(
    facility: Facility, gateway: Served
) -> None:
    """Devices that are connected answer as ever."""
    gateway.get(ALARM)
    with facility.database.suspended(), ThreadPoolExecutor(20) as pool:
        asking = [pool.submit(gateway.why, "devices/no/such/device") for _ in range(20)]
        assert gateway.get(ALARM)["value"] == 1.5
        assert {each.result() for each in asking} == {LATE_DATABASE, LATE_DATABASE + NOT_RETURNED}
        assert gateway.get(ALARM)["value"] == 1.5
    await_success(lambda: gateway.get(f"devices/{DEVICE}")["name"])
