"""The state of a running device: all of it that changes."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from mtango_ref.backends.fake.device.alarms import Guard
from mtango_ref.backends.fake.device.attributes import FakeAttribute
from mtango_ref.backends.fake.timing.polling import Polling


class DeviceState:
    """The attributes of a running device, whose readings change, and what they share."""

    def __init__(self) -> None:
        self.attributes: dict[str, FakeAttribute] = {}
        """The attributes by their names in the fixture; each is there before anything is read."""
        self.pollings: dict[str, Polling] = {}
        """The pollings of State and Status, each shared by attribute and command."""
        self.guarded: Sequence[tuple[str, str, Guard]] = ()
        """The attributes with limits, as (name, label, guard) in the device's order."""
        # cppTango, BY_DEVICE: a device's monitor lets one request in at a time.
        self.acting = Lock()
        """Held by the one command that changes the device at a time."""
