"""A facility simulated from a fixture: no Tango, no thread, no file."""

from __future__ import annotations

import time

from mtango_ref.backends.fake.assembly import Run, assemble
from mtango_ref.backends.fake.clock import Clock
from mtango_ref.backends.fake.database import FakeDatabase
from mtango_ref.backends.fake.device import FakeDevice
from mtango_ref.backends.fake.implied import completed
from mtango_ref.backends.fake.language import Device as Definition
from mtango_ref.backends.fake.language import Facility
from mtango_ref.backends.fake.unexported import UnexportedDevice
from mtango_ref.interface import Attribute, Backend, Device


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
        self._run = Run(seed, clock, since=clock(), timeout=timeout)
        whole = completed(facility)
        self.database = FakeDatabase(whole, self._run.since)
        self._classes = whole.classes
        self._devices: dict[str, FakeDevice | UnexportedDevice] = {}

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
        return assemble(name, definition, self._classes[definition.class_], self._run)


_: type[Backend] = FakeBackend
