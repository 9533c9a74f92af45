"""A real facility."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mtango_ref.backends.pytango.connection import Connection
from mtango_ref.backends.pytango.database import TangoDatabase
from mtango_ref.backends.pytango.defined_names import DefinedNames
from mtango_ref.backends.pytango.device import HAS_PIPES, TangoAttribute, TangoDevice
from mtango_ref.backends.pytango.target import Target
from mtango_ref.calls import Alone, Calls
from mtango_ref.interface import Attribute, Backend, Capabilities, Device
from mtango_ref.names import no_such_device


class TangoBackend:
    """A facility whose database is at one host:port, or at several; a process may have more than
    one. Every call to it takes at most `timeout` s."""

    def __init__(
        self, tango_hosts: Sequence[str], timeout: float, calls: Calls | None = None
    ) -> None:
        """Connect. Raises BackendError.

        tango_hosts: each host:port of the database, in order. calls: makes the calls; without, each
        has a thread of its own.
        """
        self._calls = calls or Alone(timeout)
        self._database = TangoDatabase(tango_hosts, self._calls)
        self._defined_names = DefinedNames(self._database.get_spellings)

    @property
    def database(self) -> TangoDatabase:
        return self._database

    @property
    def capabilities(self) -> Capabilities:
        # PyTango has no pipes since 10.1.
        return Capabilities(has_pipes=HAS_PIPES)

    def clock(self) -> float:
        # A device dates its readings itself; this is for what fails, which has no time.
        return time.time()

    def get_device_proxy(self, device: str) -> TangoDevice:
        name = self._database.find_name(device)
        if name is None:
            # PyTango: a proxy asks by DbImportDevice, and says so.
            raise no_such_device(self._database.name, device)
        return self._device(name)

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        assert isinstance(device, TangoDevice)
        return TangoAttribute(device, attribute)

    def _device(self, name: str) -> TangoDevice:
        target = Target(self._calls, f"device {name}", name)
        connection = Connection(target, name, self._database, self._defined_names)
        return TangoDevice(connection)


_: type[Backend] = TangoBackend
