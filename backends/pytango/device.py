"""Devices and their attributes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tango

from mtango_ref import pipe_input
from mtango_ref.backends.pytango import convert, gate, pipes, writing
from mtango_ref.backends.pytango.connection import Connection
from mtango_ref.interface import Attribute, Device
from mtango_ref.json_values import WrongValue
from mtango_ref.model import (
    AttributeInfoEx,
    CmdArgType,
    CommandInfo,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
)
from mtango_ref.names import lower

WHOLE_HISTORY = 2**31 - 1
"""More than polling can keep; Tango gives what there is."""

UNREADABLE = {
    CmdArgType.DevUShort,
    CmdArgType.DevULong,
    CmdArgType.DevVarUShortArray,
    CmdArgType.DevVarULongArray,
}
"""The results of commands whose history PyTango (10.0.4 to 10.3.1 at least) reads from memory that
is not its own: the values are arbitrary, and often the process is killed."""

KILLING = {
    *(CmdArgType(f"DevVar{each}Array") for each in ("Char", "Short", "Long", "Long64", "ULong64")),
    *(CmdArgType(f"DevVar{each}Array") for each in ("Float", "Double", "String")),
}
"""The process is killed, too, by a history in which every execution of such a command failed."""

Function = Callable[..., Any]


def _pinged(function: Function) -> Function:
    """Wrap a function so that a ping goes before it.

    The function holds the GIL until the device answers, which a ping does not: so a device that
    hangs stops one thread and not all.
    """

    def ping_first(proxy: tango.DeviceProxy, *arguments: Any) -> Any:
        proxy.ping()
        return function(proxy, *arguments)

    return ping_first


def _without_green_modes(function: Function) -> Function:
    """Unwrap a function that PyTango lets choose its green mode, in an eighth of a read's time.

    One level, and not all: beneath it, PyTango 10.1 and later traces calls for OpenTelemetry.
    """
    found: Function = getattr(function, "__wrapped__", function)
    return found


_read_one = _without_green_modes(tango.DeviceProxy.read_attribute)
_read_several = _without_green_modes(tango.DeviceProxy.read_attributes)

_get_attribute_list = _pinged(tango.DeviceProxy.get_attribute_list)
_get_attribute_config = _pinged(tango.DeviceProxy.get_attribute_config_ex)
_command_list_query = _pinged(tango.DeviceProxy.command_list_query)
_command_query = _pinged(tango.DeviceProxy.command_query)

# PyTango 10.1 and later has neither. Earlier ones warn, each time, that they are deprecated;
# unwrap gives the functions that do not.
HAS_PIPES = hasattr(tango.DeviceProxy, "read_pipe")
if HAS_PIPES:
    _get_pipe_list = _pinged(inspect.unwrap(tango.DeviceProxy.get_pipe_list))
    _get_pipe_config = _pinged(inspect.unwrap(tango.DeviceProxy.get_pipe_config))
    _read_pipe = inspect.unwrap(tango.DeviceProxy.read_pipe)
    _write_pipe = inspect.unwrap(tango.DeviceProxy.write_pipe)


class TangoDevice:
    """A device by its connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.ask = connection.read
        """Call a function of the proxy that changes nothing, within the deadline."""

    @property
    def name(self) -> str:
        return self.connection.name

    def connect(self) -> None:
        """Raise what a connection raises."""
        self.ask(tango.DeviceProxy.ping)

    def get_attribute_list(self) -> Sequence[str]:
        return list(self.ask(_get_attribute_list))

    def get_attribute_config(self, names: Sequence[str]) -> list[AttributeInfoEx]:
        # cppTango: one unknown name, and get_attribute_config fails as a whole.
        configs = self.ask(_get_attribute_config, list(names))
        return [convert.attribute_info(config) for config in configs]

    def set_attribute_config(self, name: str, changes: Mapping[str, Any]) -> None:
        # The device server writes them into the database, which may lose a part of them.
        self.connection.database.check_stored(f"{self.name}/{name}", changes)
        self.connection.run(_set_attribute_config, name, changes)

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        readings, labels = self.ask(_read_attributes, list(names))
        return [
            # rc3, "GET D/attributes/value": a failed element is one, under the name as asked.
            convert.failed_attribute(reading, name)
            if reading.has_failed
            else convert.device_attribute(reading, labels.get(reading.name, ()) if labels else ())
            for name, reading in zip(names, readings, strict=True)
        ]

    def write_read_attribute(self, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
        return writing.write_read(self.connection, config, value)

    def write_read_attributes(
        self, values: Sequence[tuple[AttributeInfoEx, Any]]
    ) -> list[DeviceAttribute]:
        return writing.write_read_each(self.connection, values)

    def state(self) -> DevState:
        # cppTango, DeviceProxy::state: an attribute of IDL, which is read live, polled or not.
        return DevState[self.ask(tango.DeviceProxy.state).name]

    def status(self) -> str:
        return self.ask(convert.status)

    def command_inout(self, name: str, argument: Any = None) -> Any:
        outcome = self.connection.run(_command_inout, self.name, name, argument)
        return convert.device_data(outcome)

    def command_list_query(self) -> list[CommandInfo]:
        infos = self.ask(_command_list_query)
        return [convert.command_info(info) for info in infos]

    def command_query(self, name: str) -> CommandInfo:
        return convert.command_info(self.ask(_command_query, name))

    def command_history(self, name: str) -> list[DeviceDataHistory]:
        records = self.ask(_command_history, name)
        return [convert.data_history(record) for record in records]

    def get_pipe_list(self) -> Sequence[str]:
        return list(self.ask(_get_pipe_list))

    def read_pipe(self, name: str) -> DevicePipe:
        blob = self.ask(_read_pipe, name)
        # PyTango gives the content of a pipe without its name; answers have the defined spelling.
        defined = {lower(pipe): pipe for pipe in self.get_pipe_list()}
        return pipes.device_pipe(defined.get(lower(name), name), blob)

    def write_pipe(self, name: str, content: Any) -> None:
        try:
            blob = pipes.pipe_blob(content)
        except WrongValue as error:
            raise pipe_input.refused(self.name, name, error) from error
        self.connection.run(_write_pipe, name, blob)

    def writable_pipes(self) -> set[str]:
        """Name the pipes that can be written."""
        configs = self.ask(_get_pipe_config)
        return {config.name for config in configs if pipes.is_pipe_writable(config)}


class TangoAttribute:
    """An attribute, read through its device."""

    def __init__(self, device: TangoDevice, name: str) -> None:
        self._device = device
        self._name = name

    def read(self) -> DeviceAttribute:
        return convert.device_attribute(*self._device.ask(_read_attribute, self._name))

    def get_config(self) -> AttributeInfoEx:
        return self._device.get_attribute_config([self._name])[0]

    def history(self) -> list[DeviceAttribute]:
        records, config = self._device.ask(_attribute_history, self._name)
        if config.name == "State":
            # PyTango loses these values; the command has the same history, and loses nothing.
            executions = self._device.command_history(config.name)
            return [convert.state_attribute(execution) for execution in executions]
        labels = convert.enum_labels(config)
        return [
            convert.failed_attribute(record, config.name, record.time.totime())
            if record.has_failed
            else convert.device_attribute(record, labels, config.name)
            for record in records
        ]


def _set_attribute_config(proxy: tango.DeviceProxy, name: str, changes: Mapping[str, Any]) -> None:
    # Tango's call takes whole configurations: what is not to change is sent as it is.
    [config] = proxy.get_attribute_config_ex([name])
    for path, given in changes.items():
        convert.set_element(config, path, given)
    proxy.set_attribute_config(config)


def _read_attribute(proxy: tango.DeviceProxy, name: str) -> tuple[Any, Sequence[str]]:
    """Read one attribute, with the labels of its value if it is a DevEnum."""
    reading = _read_one(proxy, name)
    # Tango sends the index of a DevEnum's label; the labels are in the configuration. The type is
    # part of each answer: a dynamic attribute may have become another one.
    if convert.is_enum(reading):
        return reading, convert.enum_labels(proxy.get_attribute_config(name))
    return reading, ()


def _read_attributes(
    proxy: tango.DeviceProxy, names: list[str]
) -> tuple[list[Any], dict[str, Sequence[str]]]:
    """Read attributes, and the labels by name of those that are DevEnum."""
    readings = _read_several(proxy, names)
    enums = [each.name for each in readings if not each.has_failed and convert.is_enum(each)]
    configs = proxy.get_attribute_config_ex(enums) if enums else []
    return readings, {config.name: convert.enum_labels(config) for config in configs}


def _command_history(proxy: tango.DeviceProxy, name: str) -> list[Any]:
    if _is_deadly(proxy, name):
        raise convert.history_lost(name)
    history: list[Any] = proxy.command_history(name, WHOLE_HISTORY)
    return history


def _is_deadly(proxy: tango.DeviceProxy, command: str) -> bool:
    """Return True if reading the history would read beyond it; an empty one is harmless."""
    try:
        info = _command_query(proxy, command)
    except tango.DevFailed as error:
        if error.args[0].reason != "API_CommandNotFound":
            raise
        return False  # the history itself says it, in its own words
    out_type = convert.command_type(info, "out_type")
    # Tango polls nothing that takes an argument, and says so when it is asked for the history.
    if convert.command_type(info, "in_type") is not CmdArgType.DevVoid:
        return False
    if out_type in UNREADABLE:
        # Without polling there are no records to read: Tango's own failure comes.
        return bool(proxy.is_command_polled(command))
    # If the last one was good, not all failed; if it failed, nothing is known of those before.
    return out_type in KILLING and _failed_last(proxy, command)


def _failed_last(proxy: tango.DeviceProxy, command: str) -> bool:
    """Return True if the last execution by polling failed."""
    # cppTango: the status of polling is text for people, with the names in lower case.
    first_line = f"polled command name = {lower(command)}\n"
    return any(
        "\nLast command execution FAILED" in each and lower(each).startswith(first_line)
        for each in proxy.polling_status()
    )


def _command_inout(proxy: tango.DeviceProxy, device: str, name: str, argument: Any) -> Any:
    """Run a command that gives a tango.DeviceData. The argument is made into one here: PyTango
    would raise what is no DevFailed. The device has been pinged, see _pinged."""
    data = tango.DeviceData()
    if argument is not None:
        gate.check_command(proxy, name, argument)
        try:
            in_type = convert.command_info(proxy.command_query(name)).in_type
        except tango.DevFailed as error:
            if error.args[0].reason != "API_CommandNotFound":
                raise
            # The command itself shall raise it, in the words that Tango's clients know.
            return proxy.command_inout_raw(name, data)
        convert.insert(data, in_type, argument, device, name)
    return proxy.command_inout_raw(name, data)


def _attribute_history(proxy: tango.DeviceProxy, name: str) -> tuple[list[Any], Any]:
    """Read the records, with the name as asked, and the configuration, as defined."""
    history = proxy.attribute_history(name, WHOLE_HISTORY)
    return history, proxy.get_attribute_config(name)


_device: type[Device] = TangoDevice
_attribute: type[Attribute] = TangoAttribute
