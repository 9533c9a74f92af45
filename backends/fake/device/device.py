"""Devices that are running."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.attributes import FakeAttribute, ReadAt
from mtango_ref.backends.fake.device.commands import FakeCommand, output
from mtango_ref.backends.fake.device.configuring import Configuring, Stored, stored_changes
from mtango_ref.backends.fake.device.faults import DeviceFaults
from mtango_ref.backends.fake.device.memory import Memory, is_written_at_start
from mtango_ref.backends.fake.device.pipes import FakePipe, Pipes
from mtango_ref.backends.fake.processes import Process
from mtango_ref.backends.fake.timing.clock import Clock
from mtango_ref.json_values import WrongValue
from mtango_ref.model import (
    AttributeInfoEx,
    AttrQuality,
    AttrWriteType,
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
from mtango_ref.names import command_failed, lower
from mtango_ref.pipe_input import write_pipe_failed
from mtango_ref.properties import Properties
from mtango_ref.refusals import fit_input, refusal


class FakeDevice:
    """A device with its attributes and commands in Tango's order; State and Status, the
    attributes, are among them. It runs until its server is restarted or it is defined anew.

    is_of_tango_10: its server was made with Tango 10, which writes some histories differently."""

    def __init__(
        self,
        name: str,
        server: Process,
        clock: Clock,
        attributes: Iterable[FakeAttribute],
        commands: Iterable[FakeCommand],
        pipes: Iterable[FakePipe],
        faults: DeviceFaults,
        with_value: Callable[[str, Any], ReadAt],
        with_written: Callable[[str, Any], ReadAt | None],
        memory: Memory,
        configure: Callable[[AttributeInfoEx, float], None],
        *,
        is_of_tango_10: bool,
    ) -> None:
        self.name = name
        self.server = server
        """The process that it runs in."""
        self.faults = faults
        self.with_value = with_value
        """A reader of an attribute, by its defined name, as if it had another value. WrongValue."""
        self._with_written, self._configure = with_written, configure
        self._memory = memory
        self._clock = clock
        self._is_of_tango_10 = is_of_tango_10
        self.attributes = {lower(each.config.name): each for each in attributes}
        self._first = self.attributes.copy()
        """The attributes by their names in lower case, as the commands."""
        self.commands = {lower(each.info.cmd_name): each for each in commands}
        self._pollings = [
            (name, polling)
            for name, polling in (
                *((name, each.polling) for name, each in self.attributes.items()),
                *((name, each.polling) for name, each in self.commands.items()),
            )
            if polling is not None
        ]
        self._pipes = Pipes(pipes)
        self._restore()

    def get_attribute_list(self) -> Sequence[str]:
        self.faults.apply()
        return [attribute.config.name for attribute in self.attributes.values()]

    def get_attribute_config(self, names: Sequence[str]) -> list[AttributeInfoEx]:
        self.faults.apply()
        # cppTango: one unknown name, and get_attribute_config fails as a whole.
        return [self._config(name) for name in names]

    def set_attribute_config(self, name: str, changes: Mapping[str, Any]) -> Stored:
        """Change a configuration, and return what the database is to keep of it. DevFailed."""
        self.faults.apply()
        return self._reconfigure(name, changes)

    def _reconfigure(self, name: str, changes: Mapping[str, Any]) -> Stored:
        found = self._found(name)
        config, stored = Configuring(self.name, found.config, self._first[lower(name)].config).make(
            changes
        )
        self.attributes[lower(name)] = found._replace(config=config)
        self._configure(config, self._clock())
        return stored

    def restore(self, attribute: str, properties: Properties, gone: Iterable[str]) -> None:
        """Configure an attribute, if there is one, as its properties say.

        gone: elements, by their paths, that have their default where no property says otherwise.
        """
        changes = {**dict.fromkeys(gone, ""), **stored_changes(properties)}
        # Tango: a server that starts takes no notice of a property that is not valid.
        for path, given in changes.items():
            with suppress(DevFailed):
                self._reconfigure(attribute, {path: given})

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        # cppTango, DeviceProxy::same_att_name: the client refuses before the device is asked.
        tango_errors.check_distinct(names)
        found = [self.attributes.get(lower(name)) for name in names]
        # cppTango: a device serves one request at a time, and reads one attribute after the other.
        takes = sum(each.takes for each in found if each is not None)
        self.faults.apply(names, takes)
        # A request that fails as a whole has no elements: the outer error names all attributes.
        self.faults.check(tango_errors.all_attributes_failed(self.name, names))
        return [self._element(*each) for each in zip(names, found, strict=True)]

    def read_attribute(self, name: str) -> DeviceAttribute:
        """Read one attribute. DevFailed, also of an attribute that the device lacks."""
        found, faults = self.attributes.get(lower(name)), self.faults
        if faults.entries or (found is not None and found.takes):
            asked = () if found is None else (name,)
            faults.apply(asked, 0.0 if found is None else found.takes)
        # cppTango, MultiAttribute::get_attr_ind_by_name: the device is asked, and does not find it.
        if found is None:
            stack: tuple[DevError, ...] = (tango_errors.read_of_unknown_attribute(name),)
        else:
            reading = found.read_now()
            if not reading.err_stack:
                return reading
            # The device's errors are the inner ones; the client library adds its own outside.
            stack = reading.err_stack
        raise DevFailed(*stack, tango_errors.read_attribute_failed(self.name, name))

    def write_read_attribute(self, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
        found, name = self.attributes.get(lower(config.name)), config.name
        self.faults.apply((name,), 0.0 if found is None else found.takes, changes=True)
        outer = tango_errors.write_attribute_failed(self.name, name)
        if found is None:
            raise DevFailed(tango_errors.read_of_unknown_attribute(name), outer)
        # A device that fails gets no further than to be asked.
        now = self._clock()
        fault = self.faults.failure(lower(name), now)
        error = fault.error if fault is not None else refusal(found.config, value)
        if error is not None:
            raise DevFailed(error, outer)
        self._give(found, value, now)
        self._memory.keep(found.config, value)
        # cppTango, write_read_attributes_4: the device reads, though the attribute is polled.
        reading = found.readings.read_at(now)
        if reading.err_stack:
            raise DevFailed(*reading.err_stack, outer)
        return reading

    def write_read_attributes(
        self, values: Sequence[tuple[AttributeInfoEx, Any]]
    ) -> list[DeviceAttribute]:
        # As the gateway does: each in a call of its own, so that one that fails stops no other.
        return [self._written(*each) for each in values]

    def _written(self, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
        try:
            return self.write_read_attribute(config, value)
        except DevFailed as failed:
            errors = failed.errors
        # The answer to a write that failed brings no reading, and so no time.
        return DeviceAttribute(config.name, None, AttrQuality.ATTR_INVALID, None, errors)

    def _give(self, found: FakeAttribute, value: Any, at: float) -> None:
        """Give an attribute a value of the model from a time on, as a client that writes it."""
        read_at = self._with_written(found.config.name, value)
        if read_at is not None:
            found.readings.become(read_at, at, at)

    def _restore(self) -> None:
        """Write what is memorized, as a server does when it starts."""
        for found in self.attributes.values():
            config = found.config
            # cppTango: the set point is always restored, and is all that one can read of an
            # attribute which can be written only; the others are written by
            # MEMORIZED_WRITE_INIT alone.
            if config.writable is AttrWriteType.WRITE or is_written_at_start(config):
                value = self._memory.kept(config)
                if value is not None:
                    self._give(found, value, self.server.since)

    def attribute_history(self, name: str) -> list[DeviceAttribute]:
        """Give what polling kept of one attribute, oldest first. DevFailed."""
        self.faults.apply()
        found = self._found(name)
        # cppTango, read_attribute_history_5: the name is looked up first.
        if found.polling is None:
            raise tango_errors.attribute_not_polled(found.config.name)
        return [found.readings.read_at(time) for time in found.polling.times(self._clock())]

    def state(self) -> DevState:
        reading = self._live("state")
        if reading.err_stack:
            # cppTango, DeviceImpl::state: an attribute of IDL cannot raise DevFailed.
            raise tango_errors.state_failed(self.name)
        state: DevState = reading.value
        return state

    def status(self) -> str:
        reading = self._live("status")
        # cppTango, DeviceImpl::status: a failure becomes this text, and raises nothing.
        return tango_errors.STATUS_FAILED if reading.err_stack else reading.value

    def command_inout(self, name: str, argument: Any = None) -> Any:
        command = self.commands.get(lower(name))
        left = self.faults.apply((name,), changes=True)
        # cppTango, DeviceClass::command_handler: the command is looked up before its argument.
        if command is None:
            raise tango_errors.run_of_unknown_command(self.name, name)
        try:
            fitted = fit_input(command.info.in_type, argument)
        except WrongValue:
            raise tango_errors.incompatible_argument(
                self.name, name, command.info.in_type
            ) from None
        outcome = command.run(fitted, left)
        if outcome.err_stack:
            raise DevFailed(*outcome.err_stack, command_failed(self.name, name))
        return output(command.info.out_type, outcome.value)

    def command_list_query(self) -> list[CommandInfo]:
        self.faults.apply()
        return [command.info for command in self.commands.values()]

    def command_query(self, name: str) -> CommandInfo:
        self.faults.apply()
        command = self.commands.get(lower(name))
        if command is None:
            raise tango_errors.command_not_found(name)
        return command.info

    def command_history(self, name: str) -> list[DeviceDataHistory]:
        self.faults.apply()
        command = self.commands.get(lower(name))
        # cppTango, DeviceImpl::check_command_exists: first the name, among the commands of the
        # class, then the argument; and then whether it is polled.
        if command is None or (command.is_dynamic and command.polling is None):
            raise tango_errors.history_of_unknown_command(name)
        if command.info.in_type is not CmdArgType.DevVoid:
            raise tango_errors.command_needs_input(name)
        if command.polling is None:
            raise tango_errors.command_not_polled(name)
        records = [command.execute_at(time) for time in command.polling.times(self._clock())]
        # cppTango 10, PollRing::get_cmd_history: it has no case for some types, and raises.
        if self._is_of_tango_10 and not tango_errors.is_history_served(command.info, records):
            raise tango_errors.history_not_served(command.info.out_type)
        return records

    def get_pipe_list(self) -> Sequence[str]:
        self.faults.apply()
        return self._pipes.names

    def read_pipe(self, name: str) -> DevicePipe:
        self.faults.apply()
        # The names of pipes come from the class; their values are what a device can fail to give.
        outer = tango_errors.read_pipe_failed(self.name, name)
        self.faults.check(outer)
        pipe = self._pipes.found(name, outer)
        # rc3, "GET D/pipes/{pipe}": the name is the pipe's, as defined, not its blob's.
        return DevicePipe(pipe.name, pipe.read(outer), self._clock())

    def write_pipe(self, name: str, content: PipeBlob) -> None:
        """Write a blob that has been read from JSON already."""
        self.faults.apply(changes=True)
        outer = write_pipe_failed(self.name, name)
        self.faults.check(outer)
        # cppTango, write_pipe_5: the pipe is looked up first, and whether it can be written then.
        self._pipes.found(name, outer).write(name, content, outer)

    def set_value(self, attribute: str, value: Any, at: float) -> None:
        """Give an attribute (lower case) another value, as a fixture writes it.

        at: from when on, in s since the epoch. Raises WrongValue, and KeyError of no attribute.
        """
        found = self.attributes[attribute]
        found.readings.become(self.with_value(found.config.name, value), at, at)

    def poll(self, *parts: str) -> None:
        """Poll now what is polled of these attributes and commands (lower case), or of all."""
        now = self._clock()
        for name, polling in self._pollings:
            if not parts or name in parts:
                polling.poll(now)

    def reset(self) -> None:
        """Restore the initial state, and forget every recorded change."""
        for key, first in self._first.items():
            if self.attributes[key].config is not first.config:
                self._configure(first.config, self._clock())
        self.attributes.update(self._first)
        for attribute in self.attributes.values():
            attribute.readings.reset()
        for _, polling in self._pollings:
            polling.reset()
        self._pipes.reset()
        self.faults.reset()

    def _config(self, asked: str) -> AttributeInfoEx:
        return self._found(asked).config

    def _found(self, asked: str) -> FakeAttribute:
        found = self.attributes.get(lower(asked))
        if found is None:
            raise DevFailed(tango_errors.attribute_not_found(asked))
        return found

    def _element(self, asked: str, found: FakeAttribute | None) -> DeviceAttribute:
        """Read one of several attributes.

        cppTango: a failure is an element under the name as asked, without a time.
        """
        if found is None:
            stack: tuple[DevError, ...] = (tango_errors.read_of_unknown_attribute(asked),)
        else:
            reading = found.read_now()
            if not reading.err_stack:
                return reading
            stack = reading.err_stack
        outer = tango_errors.read_attributes_failed(self.name, asked)
        return DeviceAttribute(asked, None, AttrQuality.ATTR_INVALID, None, (*stack, outer))

    def _live(self, attribute: str) -> DeviceAttribute:
        """Read State or Status now."""
        # cppTango, DeviceProxy::state and ::status: attributes of IDL, which are read live even
        # if the attributes and commands of these names are polled.
        found = self.attributes[attribute]
        self.faults.apply((attribute,), found.takes)
        return found.readings.read_at(self._clock())
