"""The contract of a backend: the only thing that the HTTP side knows of Tango.

A backend gives proxies - one for the database, one per device, one per attribute - whose
verbs are PyTango's. Plain data goes in and out (model.py); arrays may stay numpy arrays.
The docstrings here are the contract of every backend, and stand only here.

Rules for all of them:

- Names of devices, attributes, commands, pipes and properties compare without regard to
  case; what comes back has the defined spelling, unless said otherwise.
- Every failure is a DevFailed with Tango's own stack. The reasons named here are those of
  the innermost error.
- ConnectionFailed (a DevFailed) is raised by any verb whose device or database cannot be
  reached. Its reasons: API_DeviceNotExported, API_CorbaException, API_CantConnectToDevice,
  API_CantConnectToDatabase, API_DeviceTimedOut. The proxy works again by itself, with the
  next call, as soon as what failed is back, be it on another port.
- No call takes longer than the backend's timeout (s); it fails then. What may hang is called
  through a `Calls` (calls.py). That may end the run of a request, which is then run again from its
  start. So a verb that changes something asks nothing but the same device afterwards.
- Proxies are shared by threads and called without a lock.
- Times are s since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mtango_ref.model import (
    AttributeInfoEx,
    CommandInfo,
    DbDevFullInfo,
    DeviceAttribute,
    DeviceDataHistory,
    DevicePipe,
    DevState,
)
from mtango_ref.properties import Properties


class BackendError(Exception):
    """The backend cannot start; the text is a sentence for the person who starts it."""


class Database(Protocol):
    """The Tango database of the facility."""

    @property
    def name(self) -> str:
        """The device name of the database, such as sys/database/2."""

    @property
    def tango_host(self) -> str:
        """host:port under which the facility's clients find the database; the first of several."""

    @property
    def tango_hosts(self) -> Sequence[str]:
        """Each host:port of TANGO_HOST, in order."""

    def get_answering_host(self) -> str | None:
        """Return the first of several tango_hosts that takes a connection; None if none does.
        One that is alone is not asked."""

    def get_info(self) -> Sequence[str]:
        """Return the lines of DbInfo, unchanged."""

    def get_device_names(self, wildcard: str) -> Sequence[str]:
        """List all defined devices that match, sorted; as DbGetDeviceWideList, `*` is any text."""

    def get_device_info(self, device: str) -> DbDevFullInfo:
        """Return what is known of a device, running or not. DB_DeviceNotDefined."""

    def get_device_property(self, device: str) -> dict[str, list[str]]:
        """Return all properties of a device, sorted by name; none of an unknown device."""

    def get_device_attribute_property(self, device: str, attribute: str) -> dict[str, list[str]]:
        """Return all properties of an attribute, sorted by name; none of an unknown one."""

    def put_device_property(
        self, device: str, properties: Properties, *, only: bool = False
    ) -> None:
        """Write properties of a device; one without lines is deleted. only: so are all others.

        DB_DeviceNotDefined; DB_IncorrectArguments, with a sentence, for what the database would
        not keep as it is, or delete beside. Then nothing is changed.
        """

    def delete_device_property(self, device: str, names: Sequence[str]) -> None:
        """Delete properties of a device, those that there are. Fails as put_device_property."""

    def put_device_attribute_property(
        self, device: str, attribute: str, properties: Properties
    ) -> None:
        """Write properties of an attribute, which need not exist. Fails as put_device_property."""

    def delete_device_attribute_property(
        self, device: str, attribute: str, names: Sequence[str]
    ) -> None:
        """Delete properties of an attribute, those that there are. Fails as put_device_property."""

    def check_device_property(
        self, device: str, properties: Properties, names: Sequence[str] = (), *, only: bool = False
    ) -> None:
        """Change nothing, and fail as writing these and deleting those names would."""

    def check_device_attribute_property(
        self, device: str, attribute: str, properties: Properties, names: Sequence[str] = ()
    ) -> None:
        """Change nothing, and fail as writing these and deleting those names would."""


class Attributes(Protocol):
    """The attributes of one device, several at a time."""

    def get_attribute_list(self) -> Sequence[str]:
        """List the names, in the device's order."""

    def get_attribute_config(self, names: Sequence[str]) -> list[AttributeInfoEx]:
        """Return configurations in the order asked. API_AttrNotFound if one is unknown."""

    def set_attribute_config(self, name: str, changes: Mapping[str, Any]) -> None:
        """Change elements of a configuration, by their paths in AttributeInfoEx, such as
        alarms.max_alarm: texts, and enum_labels. The database keeps them for the next start.

        API_AttrNotFound; API_AttrOptProp, API_IncoherentValues, API_NotSupportedFeature of the
        device server, DB_IncorrectArguments for texts that the database would not keep as they
        are. Then nothing is changed.
        """

    def read_attributes(self, names: Sequence[str]) -> list[DeviceAttribute]:
        """Read attributes, in the order asked. API_AttributeFailed if a name comes twice.

        One that fails is an element with its err_stack, under the name as asked.
        """

    def write_read_attribute(self, config: AttributeInfoEx, value: Any) -> DeviceAttribute:
        """Write an attribute, whose configuration has been asked for, and read it then.

        value: of the model, as DeviceAttribute has it, and fit for the configuration
        (text_values.py). It is sent once, whatever fails. What is read is live, be the attribute
        polled or not. API_AttrNotFound, API_AttrNotWritable, API_WAttrOutsideLimit (it is not
        written), or what the device server raises; then API_AttributeFailed.
        """

    def write_read_attributes(
        self, values: Sequence[tuple[AttributeInfoEx, Any]]
    ) -> list[DeviceAttribute]:
        """Write attributes one after the other, and read each then; as write_read_attribute.

        One that fails is an element with its err_stack, and the others are written.
        """


class Commands(Protocol):
    """The commands of one device."""

    def command_inout(self, name: str, argument: Any = None) -> Any:
        """Run a command; what it gives, as in DeviceDataHistory, None if nothing. The argument
        is what JSON can hold: DevState by name, DevEncoded as {format, data: base64},
        DevVarLongStringArray as {lvalue, svalue}, NaN and infinities as the strings "NaN",
        "Infinity" and "-Infinity"; None if there is none. API_CommandNotFound,
        API_IncompatibleCmdArgumentType (the command is not run), or what the device server
        raises; then API_CommandFailed, which has the name as asked."""

    def state(self) -> DevState:
        """Execute the command State."""

    def status(self) -> str:
        """Execute the command Status."""

    def command_list_query(self) -> list[CommandInfo]:
        """List all commands, in the device's order."""

    def command_query(self, name: str) -> CommandInfo:
        """Return one command. API_CommandNotFound."""

    def command_history(self, name: str) -> list[DeviceDataHistory]:
        """Return what polling kept, oldest first. API_CommandNotFound, API_CmdNotPolled."""


class Pipes(Protocol):
    """The pipes of one device; never asked where `Capabilities.has_pipes` is False."""

    def get_pipe_list(self) -> Sequence[str]:
        """List the names, in the device's order."""

    def read_pipe(self, name: str) -> DevicePipe:
        """Read one pipe now. API_PipeNotFound."""

    def write_pipe(self, name: str, content: Any) -> None:
        """Write a blob, {name, data: [{name, type, value}]} as JSON can hold it. Its values are
        those of command_inout; a list of one may stand for one. API_PipeWrongArg and
        API_PipeDuplicateDEName, with the element's place (the device is not asked);
        API_PipeNotFound, API_PipeNotWritable, or what the device server raises; then
        API_PipeFailed, which has the name as asked."""


class Device(Attributes, Commands, Pipes, Protocol):
    """A DeviceProxy."""

    @property
    def name(self) -> str:
        """domain/family/member as defined in the database."""


class Attribute(Protocol):
    """An AttributeProxy. Making one does not ask whether the attribute exists."""

    def read(self) -> DeviceAttribute:
        """Read the value now.

        DevFailed: API_AttrNotFound, API_AttrValueNotSet, or whatever the device server raises.
        Never returns an element with an err_stack.
        """

    def get_config(self) -> AttributeInfoEx:
        """Return the configuration. API_AttrNotFound."""

    def history(self) -> list[DeviceAttribute]:
        """Return what polling kept, oldest first. API_AttrNotFound, API_AttrNotPolled."""


@dataclass(frozen=True)
class Capabilities:
    """The abilities in which backends differ; what depends on them is 501 without."""

    has_pipes: bool = True
    """Pipes exist at all: PyTango 10.1 and later has none."""

    control_device: str | None = None
    """The device by which clients control a simulation. Its commands can be run whether or not
    writing is on."""


class Backend(Protocol):
    """A Tango facility, real or not."""

    @property
    def database(self) -> Database:
        """The database; the same object each time."""

    @property
    def capabilities(self) -> Capabilities:
        """The abilities in which this backend differs from others."""

    def clock(self) -> float:
        """Return the time of the facility: s since the epoch."""

    def get_device_proxy(self, device: str) -> Device:
        """Make a proxy of a defined device, running or not. DB_DeviceNotDefined."""

    def get_attribute_proxy(self, device: Device, attribute: str) -> Attribute:
        """Make a proxy of an attribute of that device. Asks nothing of the facility."""
