"""A device that the database knows and whose server is not running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.configuring import Stored
from mtango_ref.model import (
    AttributeInfoEx,
    CommandInfo,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
)
from mtango_ref.names import command_failed
from mtango_ref.pipe_input import write_pipe_failed


# cppTango, DeviceProxy::get_corba_name: API_DeviceNotExported, from the first call on.
class NotExportedDevice:
    """Each call fails as Tango's does, some with a second error that names the verb."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_attribute_list(self) -> Sequence[str]:
        # Tango: the device alone knows its attributes, commands and pipes; the database does not.
        raise tango_errors.not_exported(self.name)

    def get_attribute_config(self, _: Sequence[str]) -> list[AttributeInfoEx]:
        raise tango_errors.not_exported(self.name)

    def set_attribute_config(self, _: str, __: Mapping[str, Any]) -> Stored:
        """Change a configuration: never possible."""
        raise tango_errors.not_exported(self.name)

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        # cppTango, DeviceProxy::same_att_name: before the connection is needed.
        tango_errors.check_distinct(names)
        raise tango_errors.not_exported(
            self.name, tango_errors.all_attributes_failed(self.name, names)
        )

    def read_attribute(self, name: str) -> DeviceAttribute:
        """Read one attribute: never possible."""
        outer = tango_errors.read_attribute_failed(self.name, name)
        raise tango_errors.not_exported(self.name, outer)

    def write_read_attribute(self, config: AttributeInfoEx, _: Any) -> DeviceAttribute:
        outer = tango_errors.write_attribute_failed(self.name, config.name)
        raise tango_errors.not_exported(self.name, outer)

    def write_read_attributes(
        self, values: Sequence[tuple[AttributeInfoEx, Any]]
    ) -> list[DeviceAttribute]:
        raise tango_errors.not_exported(
            self.name, tango_errors.write_attribute_failed(self.name, values[0][0].name)
        )

    def attribute_history(self, _: str) -> list[DeviceAttribute]:
        """Give what polling kept of one attribute: never possible."""
        raise tango_errors.not_exported(self.name)

    def command_inout(self, name: str, argument: Any = None) -> Any:  # noqa: ARG002 - as Device has it
        outer = command_failed(self.name, name)
        raise tango_errors.not_exported(self.name, outer)

    def state(self) -> DevState:
        raise tango_errors.not_exported(self.name)

    def status(self) -> str:
        raise tango_errors.not_exported(self.name)

    def command_list_query(self) -> list[CommandInfo]:
        raise tango_errors.not_exported(self.name)

    def command_query(self, _: str) -> CommandInfo:
        raise tango_errors.not_exported(self.name)

    def command_history(self, _: str) -> list[DeviceDataHistory]:
        raise tango_errors.not_exported(self.name)

    def get_pipe_list(self) -> Sequence[str]:
        raise tango_errors.not_exported(self.name)

    def read_pipe(self, name: str) -> DevicePipe:
        raise tango_errors.not_exported(self.name, tango_errors.read_pipe_failed(self.name, name))

    def write_pipe(self, name: str, content: Any) -> None:  # noqa: ARG002 - as Device has it
        raise tango_errors.not_exported(self.name, write_pipe_failed(self.name, name))
