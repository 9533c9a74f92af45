"""What a facility consists of: the fixture, and what was defined otherwise since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from mtango_ref.backends.fake.implied import completed
from mtango_ref.backends.fake.language import Attribute, Command, Device, DeviceClass, Facility
from mtango_ref.names import lower

PARTS = ("attributes", "commands", "pipes")

_Owner = TypeVar("_Owner", Device, DeviceClass)


class Defined(NamedTuple):
    """A device, and what it has of its class."""

    name: str
    device: Device
    of: DeviceClass

    @property
    def kinds(self) -> tuple[Any, ...]:
        """What a client can rely on while the server runs: another one is another server's."""
        device = self.device
        own = {
            name: _kind(each)
            for name, each in (*device.attributes.items(), *device.commands.items())
            if isinstance(each, Attribute | Command)
        }
        return self.name, device.class_, device.server, device.exported, own, _kinds(self.of)


def _kinds(of: DeviceClass) -> dict[str, dict[str, Any]]:
    return {
        "attributes": {name: _kind(each) for name, each in of.attributes.items()},
        "commands": {name: _kind(each) for name, each in of.commands.items()},
        "pipes": dict.fromkeys(of.pipes),
    }


def _kind(part: Attribute | Command) -> tuple[Any, ...]:
    if isinstance(part, Command):
        return part.in_type, part.out_type
    return part.data_type, part.data_format, part.writable, tuple(part.enum_labels)


class Definitions:
    """All devices of a facility, those that every facility has included. Never changed itself."""

    def __init__(
        self, facility: Facility, reduced: Mapping[str, DeviceClass] | None = None
    ) -> None:
        """reduced: by a device's name in lower case, its class without what was deleted."""
        self.facility = facility
        """As a fixture has it: without what every facility has."""
        self._reduced = reduced or {}
        whole = completed(facility)
        self.options, self.classes = whole.facility, whole.classes
        self.devices = {
            (key := lower(name)): Defined(
                name, device, self._reduced.get(key) or self.classes[device.class_]
            )
            for name, device in whole.devices.items()
        }
        """By their names in lower case."""

    def with_device(self, name: str, device: Device) -> Definitions:
        """Define a device; it takes the place of one whose name differs in case at most."""
        key = lower(name)
        before = self.devices.get(key)
        reduced = self._reduced
        if before is None or before.device.class_ != device.class_:
            reduced = _without(reduced, key)
        devices = self.facility.devices
        if before is not None and before.name in devices:
            # It keeps its place among the others.
            items = [
                (name, device) if each == before.name else (each, devices[each]) for each in devices
            ]
            return self._with(dict(items), reduced)
        return self._with({**devices, name: device}, reduced)

    def without_device(self, name: str) -> Definitions:
        """Delete a device of the facility, told as it is spelled."""
        devices = {each: device for each, device in self.facility.devices.items() if each != name}
        return self._with(devices, _without(self._reduced, lower(name)))

    def renamed(self, old: str, new: str) -> Definitions:
        """Give a device, told as it is spelled, another name."""
        devices = {
            new if each == old else each: device for each, device in self.facility.devices.items()
        }
        reduced = {
            lower(new) if each == lower(old) else each: of for each, of in self._reduced.items()
        }
        return self._with(devices, reduced)

    def without_part(self, defined: Defined, part: str) -> Definitions:
        """Delete an attribute, command or pipe of a device, told in lower case."""
        name, device, of = defined
        devices = {**self.facility.devices, name: _lacking(device, part)}
        return self._with(devices, {**self._reduced, lower(name): _lacking(of, part)})

    def _with(
        self, devices: Mapping[str, Device], reduced: Mapping[str, DeviceClass]
    ) -> Definitions:
        return Definitions(self.facility.model_copy(update={"devices": devices}), reduced)


def _without(reduced: Mapping[str, DeviceClass], key: str) -> dict[str, DeviceClass]:
    return {each: of for each, of in reduced.items() if each != key}


def _lacking(owner: _Owner, part: str) -> _Owner:
    return owner.model_copy(
        update={
            each: {
                name: piece for name, piece in getattr(owner, each).items() if lower(name) != part
            }
            for each in PARTS
        }
    )
