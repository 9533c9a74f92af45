"""Devices that are running, and their commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mtango_ref.backends.fake import errors
from mtango_ref.backends.fake.attributes import (
    AttributeProxy,
    Clock,
    FakeAttribute,
    UnknownAttributeProxy,
)
from mtango_ref.backends.fake.polling import Polling
from mtango_ref.interface import Attribute, Device
from mtango_ref.model import (
    AttributeInfoEx,
    AttrQuality,
    CmdArgType,
    CommandInfo,
    DevError,
    DevFailed,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
    PipeBlob,
)


class FakeCommand(NamedTuple):
    """A command of a running device, and what polling it gives."""

    info: CommandInfo
    execute_at: Callable[[float], DeviceDataHistory]
    polling: Polling | None
    is_dynamic: bool = False
    """It is not the class's: Tango, which polls those only, does not even find it then."""


PipeContent = PipeBlob | tuple[DevError, ...]
"""What reading a pipe gives, or what the device server says instead."""


class FakeDevice:
    """A device with its attributes and commands in Tango's order; State and Status, the
    attributes, are among them. All proxies of the device are this object.

    is_of_tango_10: its server was made with Tango 10, which words some errors otherwise."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        attributes: Iterable[FakeAttribute],
        commands: Iterable[FakeCommand],
        pipes: Mapping[str, PipeContent],
        *,
        is_of_tango_10: bool,
    ) -> None:
        self.name = name
        self._clock = clock
        self._is_of_tango_10 = is_of_tango_10
        self._attributes = {each.config.name.lower(): each for each in attributes}
        self._commands = {each.info.cmd_name.lower(): each for each in commands}
        self._pipes = {pipe.lower(): (pipe, content) for pipe, content in pipes.items()}

    def attribute_proxy(self, attribute: str) -> Attribute:
        """A proxy of an attribute, be there one or not."""
        found = self._attributes.get(attribute.lower())
        if found is None:
            return UnknownAttributeProxy(self.name, attribute)
        return AttributeProxy(self.name, attribute, found, self._is_of_tango_10)

    def get_attribute_list(self) -> Sequence[str]:
        return [attribute.config.name for attribute in self._attributes.values()]

    def get_attribute_config(self, names: Sequence[str]) -> list[AttributeInfoEx]:
        return [self.attribute_proxy(name).get_config() for name in names]

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        errors.check_distinct(names)
        return [self._element(name) for name in names]

    def state(self) -> DevState:
        return self._value("state")  # type: ignore[no-any-return]

    def status(self) -> str:
        return self._value("status")  # type: ignore[no-any-return]

    def command_list_query(self) -> list[CommandInfo]:
        return [command.info for command in self._commands.values()]

    def command_query(self, name: str) -> CommandInfo:
        command = self._commands.get(name.lower())
        if command is None:
            raise errors.command_not_found(name)
        return command.info

    def command_history(self, name: str) -> list[DeviceDataHistory]:
        command = self._commands.get(name.lower())
        if command is None or (command.is_dynamic and command.polling is None):
            raise errors.history_of_unknown_command(name)
        if command.info.in_type is not CmdArgType.DevVoid:
            raise errors.command_needs_input(name)
        if command.polling is None:
            raise errors.command_not_polled(name)
        if self._is_of_tango_10 and errors.is_untold(command.info):
            raise errors.history_not_told(command.info.out_type)
        return [command.execute_at(time) for time in command.polling.times(self._clock())]

    def get_pipe_list(self) -> Sequence[str]:
        return [name for name, _ in self._pipes.values()]

    def read_pipe(self, name: str) -> DevicePipe:
        found = self._pipes.get(name.lower())
        if found is None:
            raise errors.pipe_not_found(self.name, name)
        defined, content = found
        if not isinstance(content, PipeBlob):
            raise DevFailed(*content, errors.read_pipe_failed(self.name, name))
        return DevicePipe(defined, content, self._clock())

    def _element(self, asked: str) -> DeviceAttribute:
        """One of several: a failure of its own, under the name as asked, without a time."""
        found = self._attributes.get(asked.lower())
        if found is None:
            stack: tuple[DevError, ...] = (errors.read_of_unknown_attribute(asked),)
        else:
            reading = found.read_now()
            if not reading.err_stack:
                return reading
            stack = reading.err_stack
        outer = errors.read_attributes_failed(self.name, asked)
        return DeviceAttribute(asked, None, AttrQuality.ATTR_INVALID, None, (*stack, outer))

    def _value(self, attribute: str) -> Any:
        reading = self._attributes[attribute].read_now()
        if reading.err_stack:
            raise DevFailed(*reading.err_stack)
        return reading.value


_: type[Device] = FakeDevice
