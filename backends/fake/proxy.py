"""Proxies: what a client keeps of a device, whichever device answers to that name by now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mtango_ref import pipe_input
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.device.not_exported import NotExportedDevice
from mtango_ref.interface import Attribute, Device
from mtango_ref.json_values import WrongValue
from mtango_ref.model import (
    AttributeInfoEx,
    CommandInfo,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
)
from mtango_ref.properties import Properties

Found = FakeDevice | NotExportedDevice
"""A device that the database knows."""


class DeviceProxy:
    """A client's connection to the device that has a name now, if one has it."""

    def __init__(
        self,
        asked: str,
        find: Callable[[str], Found],
        store: Callable[[str, str, Iterable[str], Properties], None],
    ) -> None:
        """Connect. Raises DB_DeviceNotDefined.

        find: gives the device of a name. store: puts properties of an attribute of it into the
        database, and notes which elements of its configuration were set.
        """
        self._asked, self._find, self._store = asked, find, store
        # PyTango: the proxy of an unknown device cannot be made; of one not exported, it can.
        find(asked)

    @property
    def name(self) -> str:
        """The name as the database spells it now. Raises DB_DeviceNotDefined."""
        return self.reached().name

    def reached(self) -> Found:
        """Find the device that has the name now. Raises DB_DeviceNotDefined."""
        # A name outlives its device: what SimControl defines anew is reached by the same proxy.
        return self._find(self._asked)

    def get_attribute_list(self) -> Sequence[str]:
        return self.reached().get_attribute_list()

    def get_attribute_config(self, names: Sequence[str]) -> list[AttributeInfoEx]:
        return self.reached().get_attribute_config(names)

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        return self.reached().read_attributes(names)

    def set_attribute_config(self, name: str, changes: Mapping[str, Any]) -> None:
        device = self.reached()
        stored = device.set_attribute_config(name, changes)
        # cppTango: it is the device server that writes these into the database.
        self._store(device.name, name, changes, stored)

    def write_read_attribute(self, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
        return self.reached().write_read_attribute(config, value)

    def write_read_attributes(
        self, values: Sequence[tuple[AttributeInfoEx, Any]]
    ) -> list[DeviceAttribute]:
        return self.reached().write_read_attributes(values)

    def command_inout(self, name: str, argument: Any = None) -> Any:
        return self.reached().command_inout(name, argument)

    def state(self) -> DevState:
        return self.reached().state()

    def status(self) -> str:
        return self.reached().status()

    def command_list_query(self) -> list[CommandInfo]:
        return self.reached().command_list_query()

    def command_query(self, name: str) -> CommandInfo:
        return self.reached().command_query(name)

    def command_history(self, name: str) -> list[DeviceDataHistory]:
        return self.reached().command_history(name)

    def get_pipe_list(self) -> Sequence[str]:
        return self.reached().get_pipe_list()

    def read_pipe(self, name: str) -> DevicePipe:
        return self.reached().read_pipe(name)

    def write_pipe(self, name: str, content: Any) -> None:
        device = self.reached()
        try:
            # As the gateway does: the blob is made before the device is asked anything.
            blob = pipe_input.written_blob(content)
        except WrongValue as error:
            raise pipe_input.refused(device.name, name, error) from error
        device.write_pipe(name, blob)


class AttributeProxy:
    """An attribute that a device may or may not have by now."""

    def __init__(self, device: DeviceProxy, asked: str) -> None:
        self._device, self._asked = device, asked

    def read(self) -> DeviceAttribute:
        return self._device.reached().read_attribute(self._asked)

    def get_config(self) -> AttributeInfoEx:
        # PyTango: AttributeProxy.get_config() is the device's get_attribute_config_ex of one name.
        [config] = self._device.reached().get_attribute_config([self._asked])
        return config

    def history(self) -> list[DeviceAttribute]:
        return self._device.reached().attribute_history(self._asked)


_device: type[Device] = DeviceProxy
_attribute: type[Attribute] = AttributeProxy
