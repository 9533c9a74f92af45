"""Waiting for what Tango's polling keeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import tango

from .servers import STARTING


def await_polling() -> None:
    """Wait until what is polled has a history; before, Tango says API_NoDataYet."""
    device = tango.DeviceProxy("sys/tg_test/1")
    for history, name in (
        (device.attribute_history, "double_scalar"),
        (device.command_history, "State"),
    ):
        await_kept(history, name)


def await_kept(history: Callable[[str, int], object], name: str) -> None:
    deadline = time.monotonic() + STARTING
    while not _has(history, name) and time.monotonic() < deadline:
        time.sleep(0.05)


def await_same(device: tango.DeviceProxy, *attributes: str) -> None:
    """Wait until all that polling keeps of each attribute is the same value: a Starter looks
    around for some seconds before it knows its host."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        with suppress(tango.DevFailed):  # nothing is kept yet
            kept = [device.attribute_history(each, 10) for each in attributes]
            if all(len(each) == 10 and len({one.value for one in each}) == 1 for each in kept):
                return
        time.sleep(0.5)


def _has(history: Callable[[str, int], object], name: str) -> bool:
    try:
        history(name, 1)
    except tango.DevFailed:
        return False
    return True
