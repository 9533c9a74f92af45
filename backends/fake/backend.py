"""A facility simulated from a fixture: no Tango, no thread, no file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mtango_ref.backends.fake import processes
from mtango_ref.backends.fake.builder.assembly import BuiltIn, Run, assemble
from mtango_ref.backends.fake.control.control import Control
from mtango_ref.backends.fake.control.sim_control import functions
from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.device.faults import DeviceFaults
from mtango_ref.backends.fake.device.memory import Memory
from mtango_ref.backends.fake.device.not_exported import NotExportedDevice
from mtango_ref.backends.fake.processes import Processes
from mtango_ref.backends.fake.properties import WrittenProperties
from mtango_ref.backends.fake.proxy import AttributeProxy, DeviceProxy, Found
from mtango_ref.backends.fake.timing.clock import Clock, MovableClock
from mtango_ref.calls import Alone, Calls
from mtango_ref.fixture.control_class import SIM_CONTROL, control_device
from mtango_ref.fixture.definitions import Definitions
from mtango_ref.fixture.language import Facility
from mtango_ref.interface import Attribute, Backend, Capabilities, Device
from mtango_ref.json_values import WrongValue
from mtango_ref.names import has_proxy, lower
from mtango_ref.properties import Properties


@dataclass(frozen=True)
class _Edition:
    """The facility until something is defined otherwise, or a server is restarted."""

    definitions: Definitions
    processes: Processes
    database: FakeDatabase
    devices: dict[str, Found] = field(default_factory=dict)
    """The devices that anybody asked for, by their names in lower case."""
    faults: dict[str, DeviceFaults] = field(default_factory=dict)
    """The faults of these devices; a restart does not end them."""


def _edition(definitions: Definitions, after: Processes, written: WrittenProperties) -> _Edition:
    return _Edition(definitions, after, FakeDatabase(definitions, after, written))


class FakeBackend:
    """The same seed and the same clock (s since the epoch) give the same answers, as long as
    nobody runs a command. No answer takes longer than the timeout (s)."""

    def __init__(
        self,
        facility: Facility,
        seed: int = 0,
        clock: Clock = time.time,
        timeout: float = 3.0,
        calls: Calls | None = None,
    ) -> None:
        """Start all device servers.

        calls: makes the calls that a device keeps waiting; without, each has a thread of its own,
        and takes the timeout at most.
        """
        self.clock = MovableClock(clock)
        self._run = Run(seed, self.clock, since=clock(), calls=calls or Alone(timeout))
        first = Definitions(facility)
        since = self._run.since
        self._open(_edition(first, processes.started(first, since), WrittenProperties()))

    def reloaded(self, facility: Facility) -> FakeBackend:
        """Open another facility in the same run: time goes on, so that values move on as they
        did and what is polled keeps its history, but where a server has to be another one. What
        somebody changed is as the fixture says."""
        before = self._edition
        definitions = Definitions(facility)
        after = processes.followed(before.processes, before.definitions, definitions, self.clock())
        other = copy(self)
        other._open(_edition(definitions, after, WrittenProperties()))
        return other

    def _open(self, edition: _Edition) -> None:
        self._first = self._edition = edition
        self.memorized: dict[tuple[str, str], Any] = {}
        """The set points of memorized attributes, by (device, attribute) in lower case."""
        self.control = Control(self)
        # Pipes are always on: a fake needs no PyTango, whose later versions have none.
        self.capabilities = Capabilities(
            control_device=control_device(edition.definitions.facility)
        )

    @property
    def database(self) -> FakeDatabase:
        """The database, which knows what is defined now."""
        return self._edition.database

    @property
    def definitions(self) -> Definitions:
        """The definitions that hold now."""
        return self._edition.definitions

    @property
    def first_definitions(self) -> Definitions:
        """The definitions that held at the start."""
        return self._first.definitions

    def define(self, definitions: Definitions) -> None:
        """Replace what the facility consists of, and restart the servers that have to be."""
        before, now = self._edition, self.clock()
        after = processes.followed(before.processes, before.definitions, definitions, now)
        self._replace(definitions, after)

    def restart(self, server: str) -> None:
        """Restart the process of a device server, named in lower case."""
        before, now = self._edition, self.clock()
        self._replace(before.definitions, processes.restarted(before.processes, server, now))

    def _replace(self, definitions: Definitions, after: Processes) -> None:
        """Go on with all devices that are as they were and whose servers run on."""
        self.made()  # so that a restart ends what holds up a device that nobody asked for
        before = self._edition
        edition = _edition(definitions, after, before.database.written)
        for key, device in before.devices.copy().items():
            defined = definitions.devices.get(key)
            if isinstance(device, NotExportedDevice):
                continue
            if defined is None or defined != before.definitions.devices[key]:
                # Nobody waits any longer for a device that is gone, or has become another one.
                device.faults.abandon()
                continue
            # A fault lies outside of the server: its next process meets the same one.
            edition.faults[key] = device.faults
            if after[processes.server_key(defined)] is device.server:
                edition.devices[key] = device
            else:
                device.faults.restarted()
        # At once: no thread finds a device of the old facility beside one of the new.
        self._edition = edition

    def reset(self) -> None:
        """Restore the facility of the start, and all of its devices."""
        self.memorized.clear()
        self.database.written.clear()
        for device in self.made():
            device.reset()
        if self._edition is not self._first:
            self._first.devices.clear()
            self._first.faults.clear()
            self._edition = self._first

    def get_device_proxy(self, device: str) -> DeviceProxy:
        return DeviceProxy(device, self.find, self._store)

    def _store(
        self, device: str, attribute: str, paths: Iterable[str], properties: Properties
    ) -> None:
        self.database.written.note_configured(lower(device), lower(attribute), paths)
        self.database.put_device_attribute_property(device, attribute, properties)

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        assert isinstance(device, DeviceProxy)
        return AttributeProxy(device, attribute)

    def find(self, device: str) -> Found:
        """Find the device that has a name now. Raises DB_DeviceNotDefined."""
        key, edition = lower(device), self._edition
        found = edition.devices.get(key)
        if found is None:
            # Made when it is first asked for; two threads may make it twice, and keep one.
            found = edition.devices.setdefault(key, self._made(edition, device))
        return found

    def _made(self, edition: _Edition, asked: str) -> Found:
        defined = edition.database.find(asked)
        name, device, _ = defined
        # Tango: not exported is what the database knows of a server that does not run.
        if not device.exported:
            return NotExportedDevice(name)
        key, run = lower(name), self._run
        faults = edition.faults.setdefault(
            key, DeviceFaults(name, run.clock, run.calls, run.since, device.faults)
        )
        server = edition.processes[processes.server_key(defined)]
        built_in = self._controlling() if device.class_ == SIM_CONTROL else None
        memory = Memory(partial(self._memorize, name), partial(edition.database.memorized, name))
        made = assemble(defined, run, server, faults, memory, built_in)
        # Tango: when a server starts, memorized attributes are written with the value they had.
        for (owner, attribute), value in self.memorized.copy().items():
            if owner == key:
                with suppress(WrongValue, KeyError):  # of an attribute as it was defined before
                    made.set_value(attribute, value, server.since)
        self._configure(made, edition.database)
        return made

    def _memorize(self, device: str, attribute: str, text: str) -> None:
        """Keep what a client wrote, which comes after what SetValue gave."""
        self.database.memorize(device, attribute, text)
        self.memorized.pop((lower(device), lower(attribute)), None)

    @staticmethod
    def _configure(made: FakeDevice, database: FakeDatabase) -> None:
        # Tango: a server that starts reads the configuration of its attributes from the database.
        key = lower(made.name)
        configured = database.written.configured(key)
        for attribute in {*configured, *database.written.attributes(key)} & made.attributes.keys():
            properties = database.get_device_attribute_property(made.name, attribute)
            made.restore(attribute, properties, configured.get(attribute, ()))

    def made(self) -> list[FakeDevice]:
        """List the running devices that were asked for or have faults in the fixture, by name."""
        return sorted(self._running(), key=lambda device: device.name)

    def _running(self) -> Iterator[FakeDevice]:
        edition = self._edition
        for key in {*edition.devices, *self._faulty(edition.definitions)}:
            device = self.find(key)
            if isinstance(device, FakeDevice):
                yield device

    @staticmethod
    def _faulty(definitions: Definitions) -> Iterator[str]:
        # A fault of the fixture is listed before anybody asked for its device.
        faulty = (key for key, each in definitions.devices.items() if each.device.faults)
        return filter(has_proxy, faulty)

    def _controlling(self) -> BuiltIn:
        control = self.control
        sources = {
            "Time": lambda now: now,
            "Faults": lambda _: control.faults(),
            "Changed": lambda _: control.changed(),
        }
        return BuiltIn(sources, functions(control))


_: type[Backend] = FakeBackend
