"""A command or a blob is sent to a real device once, and never to one that hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Rest
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.settings.model import Settings
from rest_answers import P

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = pytest.mark.tango

D = f"{P}/devices/test/counting/1"
COUNT: dict[str, Any] = {"path": f"{D}/commands/Count", "query_string": "input=5"}
PIPE: dict[str, Any] = {
    "path": f"{D}/pipes/slow",
    "json": {"name": "b", "data": [{"name": "x", "type": "DevLong", "value": [1]}]},
}
CHANGES = [COUNT, PIPE] if HAS_PIPES else [COUNT]


@pytest.fixture(scope="module")
def counting(facility: Facility) -> Iterator[Server]:
    with facility.one_device("Counting", "counting.py") as server:
        yield server


@pytest.fixture
def rest(counting: Server) -> Rest:
    """Return a gateway that waits for less than the device takes, and is connected with it."""
    rest = Rest(Settings(extensions=("writes",)), TangoBackend(tango_hosts(), timeout=0.7))
    rest.body(f"{D}/attributes/runs/value")
    return rest


def runs(rest: Rest) -> int:
    """Count how often something was sent, as soon as the device answers again."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        body = rest.get(f"{D}/attributes/runs/value").json
        if "value" in body:
            return int(body["value"])
        time.sleep(0.1)
    raise AssertionError("the device does not answer again")


def reasons(rest: Rest, change: dict[str, Any]) -> list[str]:
    return [each["reason"] for each in rest.request("PUT", **change).json["errors"]]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each["path"].rpartition("/")[2])
def test_what_takes_too_long_is_sent_once(rest: Rest, change: dict[str, Any]) -> None:
    before = runs(rest)
    assert reasons(rest, change) == ["API_DeviceTimedOut"]
    assert runs(rest) == before + 1
    time.sleep(0.3)
    assert runs(rest) == before + 1


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each["path"].rpartition("/")[2])
def test_device_that_hangs_is_sent_nothing(
    rest: Rest, counting: Server, change: dict[str, Any]
) -> None:
    before = runs(rest)
    counting.suspend()
    try:
        assert reasons(rest, change)[0] == "API_DeviceTimedOut"
        time.sleep(0.3)
    finally:
        counting.resume()
    assert runs(rest) == before
