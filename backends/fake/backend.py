"""A facility simulated from a fixture: no Tango, no thread, no file."""

from __future__ import annotations

import time
from copy import copy

from mtango_ref.backends.fake.assembly import BuiltIn, Run, assemble
from mtango_ref.backends.fake.clock import Clock, MovableClock
from mtango_ref.backends.fake.control import Control, functions
from mtango_ref.backends.fake.control_class import SIM_CONTROL, control_device
from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device import FakeDevice
from mtango_ref.backends.fake.implied import completed
from mtango_ref.backends.fake.language import Device as Definition
from mtango_ref.backends.fake.language import Facility
from mtango_ref.backends.fake.unexported import UnexportedDevice
from mtango_ref.interface import Attribute, Backend, Device
from mtango_ref.names import has_proxy


class FakeBackend:
    """The same seed and the same clock (s since the epoch) give the same answers, as long as
    nobody runs a command. No answer takes longer than the timeout (s)."""

    has_pipes = True

    def __init__(
        self,
        facility: Facility,
        seed: int = 0,
        clock: Clock = time.time,
        timeout: float = 3.0,
    ) -> None:
        self.clock = MovableClock(clock)
        self._run = Run(seed, self.clock, since=clock(), timeout=timeout)
        self._open(facility)

    def reloaded(self, facility: Facility) -> FakeBackend:
        """Another facility in the same run: time goes on, so that values move on as they did
        and what is polled keeps its history. What somebody changed is as the fixture says."""
        other = copy(self)
        other._open(facility)
        return other

    def _open(self, facility: Facility) -> None:
        whole = completed(facility)
        self.database = FakeDatabase(whole, self._run.since)
        self._classes = whole.classes
        self._devices: dict[str, FakeDevice | UnexportedDevice] = {}
        self.control = Control(self)
        self.control_device = control_device(facility)
        faulty = (name for name, device in whole.devices.items() if device.faults)
        self._faulty = list(filter(has_proxy, faulty))

    def get_device_proxy(self, device: str) -> FakeDevice | UnexportedDevice:
        name, definition = self.database.find(device)
        # Made when it is first asked for; two threads may make it twice, and keep one.
        return self._devices.get(name) or self._devices.setdefault(
            name, self._made(name, definition)
        )

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        assert isinstance(device, FakeDevice | UnexportedDevice)
        return device.attribute_proxy(attribute)

    def _made(self, name: str, definition: Definition) -> FakeDevice | UnexportedDevice:
        if not definition.exported:
            return UnexportedDevice(name)
        built_in = self._controlling() if definition.class_ == SIM_CONTROL else None
        return assemble(name, definition, self._classes[definition.class_], self._run, built_in)

    def made(self) -> list[FakeDevice]:
        """The running devices that anybody asked for, or that the fixture has faults of, sorted
        by name."""
        for name in self._faulty:
            self.get_device_proxy(name)
        devices = self._devices.copy()
        return [each for _, each in sorted(devices.items()) if isinstance(each, FakeDevice)]

    def _controlling(self) -> BuiltIn:
        control = self.control
        sources = {
            "Time": lambda now: now,
            "Faults": lambda _: control.faults(),
            "Changed": lambda _: control.changed(),
        }
        return BuiltIn(sources, functions(control))


_: type[Backend] = FakeBackend
