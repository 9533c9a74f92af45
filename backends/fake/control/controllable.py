"""The facility as those see it that control it: what it consists of, and what runs."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol

from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.proxy import Found
from mtango_ref.backends.fake.timing.clock import MovableClock
from mtango_ref.fixture.definitions import Definitions
from mtango_ref.interface import Capabilities


class Controllable(Protocol):
    """A facility that can be changed while it runs."""

    clock: MovableClock
    capabilities: Capabilities

    @property
    def memorized(self) -> MutableMapping[tuple[str, str], Any]:
        """The set points of memorized attributes, by (device, attribute) in lower case."""

    @property
    def definitions(self) -> Definitions:
        """The definitions that hold now."""

    @property
    def first_definitions(self) -> Definitions:
        """The definitions that held at the start."""

    @property
    def database(self) -> FakeDatabase:
        """Its database."""

    def define(self, definitions: Definitions) -> None:
        """Replace what the facility consists of, and restart the servers that have to be."""

    def restart(self, server: str) -> None:
        """Restart the process of a device server, given in lower case."""

    def reset(self) -> None:
        """Restore the facility of the start, and all of its devices."""

    def find(self, device: str) -> Found:
        """Find the device that has a name now. Raises DB_DeviceNotDefined."""

    def made(self) -> Sequence[FakeDevice]:
        """List the running devices that were asked for or have faults in the fixture, by name."""
