"""A device that the database knows and whose server is not running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtango_ref.backends.fake import errors
from mtango_ref.interface import Attribute, Device
from mtango_ref.model import (
    AttributeInfoEx,
    CommandInfo,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
)
from mtango_ref.names import command_failed


class UnexportedDevice:
    """Each call fails as Tango's does, some with a second error that names the verb."""

    def __init__(self, name: str) -> None:
        self.name = name

    def attribute_proxy(self, attribute: str) -> UnexportedAttribute:
        """A proxy of any of its attributes."""
        return UnexportedAttribute(self.name, attribute)

    def get_attribute_list(self) -> Sequence[str]:
        raise errors.not_exported(self.name)

    def get_attribute_config(self, _: Sequence[str]) -> list[AttributeInfoEx]:
        raise errors.not_exported(self.name)

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        errors.check_distinct(names)
        raise errors.not_exported(self.name, errors.all_attributes_failed(self.name, names))

    def command_inout(self, name: str, argument: Any = None) -> Any:  # noqa: ARG002
        outer = command_failed(self.name, name)
        raise errors.not_exported(self.name, outer)

    def state(self) -> DevState:
        raise errors.not_exported(self.name)

    def status(self) -> str:
        raise errors.not_exported(self.name)

    def command_list_query(self) -> list[CommandInfo]:
        raise errors.not_exported(self.name)

    def command_query(self, _: str) -> CommandInfo:
        raise errors.not_exported(self.name)

    def command_history(self, _: str) -> list[DeviceDataHistory]:
        raise errors.not_exported(self.name)

    def get_pipe_list(self) -> Sequence[str]:
        raise errors.not_exported(self.name)

    def read_pipe(self, name: str) -> DevicePipe:
        raise errors.not_exported(self.name, errors.read_pipe_failed(self.name, name))


class UnexportedAttribute:
    """A proxy of an attribute of such a device."""

    def __init__(self, device: str, name: str) -> None:
        self._device, self._name = device, name

    def read(self) -> DeviceAttribute:
        outer = errors.read_attribute_failed(self._device, self._name)
        raise errors.not_exported(self._device, outer)

    def get_config(self) -> AttributeInfoEx:
        raise errors.not_exported(self._device)

    def history(self) -> list[DeviceAttribute]:
        raise errors.not_exported(self._device)


_device: type[Device] = UnexportedDevice
_attribute: type[Attribute] = UnexportedAttribute
