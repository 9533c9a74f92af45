"""The facility: its classes and its devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import Discriminator, Field, Tag

from mtango_ref.backends.fake.faults import MAX_FAULTS, Fault
from mtango_ref.backends.fake.language.attributes import Attribute, AttributeOverride
from mtango_ref.backends.fake.language.commands import Command, CommandOverride
from mtango_ref.backends.fake.language.pipes import Pipe
from mtango_ref.backends.fake.language.terms import (
    Count,
    DatabaseName,
    HostName,
    Loose,
    Properties,
    ServerName,
    Text,
    list_or_not,
)
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.model import CmdArgType, DevState
from mtango_ref.names import lower

BUILT_IN_ATTRIBUTES = {
    "State": Attribute(data_type=CmdArgType.DevState),
    "Status": Attribute(data_type=CmdArgType.DevString),
}
BUILT_IN_COMMANDS = {
    "Init": Command(),
    "State": Command(out_type=CmdArgType.DevState, out_type_desc="Device state"),
    "Status": Command(out_type=CmdArgType.DevString, out_type_desc="Device status"),
}
"""What every device has besides; a device may override them, a class not."""


class DeviceClass(Model):
    """A device class; every class has State, Status and Init besides."""

    inherits: str | None = None
    """The class whose attributes, commands, pipes and properties this one has, too. It may
    have them otherwise, as a device may have those of its class."""
    properties: Properties = Field(default_factory=dict)
    attributes: dict[str, Attribute] = Field(default_factory=dict)
    commands: dict[str, Command] = Field(default_factory=dict)
    pipes: dict[str, Pipe] = Field(default_factory=dict)

    def attributes_of(self, device: Device) -> dict[str, Attribute]:
        """The attributes of one device of this class, in the order of the device."""
        own = _lacking(device.attributes, Attribute, {**self.attributes, **BUILT_IN_ATTRIBUTES})
        overrides = {lower(name): each for name, each in device.attributes.items()}
        return {
            name: attribute.overridden(overrides[lower(name)])
            if lower(name) in overrides
            else attribute
            for name, attribute in {**self.attributes, **own, **BUILT_IN_ATTRIBUTES}.items()
        }

    def commands_of(self, device: Device) -> dict[str, Command]:
        """The commands of one device of this class, in the order of the device: Tango
        sorts those of a class by name; the device's own come after them."""
        overrides = {lower(name): each for name, each in device.commands.items()}
        commands = {**self.commands, **BUILT_IN_COMMANDS}
        own = _lacking(device.commands, Command, commands)
        return {
            name: commands[name].overridden(overrides[lower(name)])
            if lower(name) in overrides
            else commands[name]
            for name in sorted(commands)
        } | own

    def pipes_of(self, device: Device) -> dict[str, Pipe]:
        """The pipes of one device of this class, in the order of the device."""
        own = {lower(name): each for name, each in device.pipes.items()}
        pipes = {name: own.get(lower(name), pipe) for name, pipe in self.pipes.items()}
        return pipes | _lacking(device.pipes, Pipe, pipes)


_M = TypeVar("_M", bound=Model)


def _lacking(
    own: Mapping[str, Model], definition: type[_M], of_class: Mapping[str, _M]
) -> dict[str, _M]:
    """Those that a device defines and its class lacks."""
    known = {lower(name) for name in of_class}
    return {
        name: each
        for name, each in own.items()
        if isinstance(each, definition) and lower(name) not in known
    }


class Spell(Model):
    """A state, and how long it lasts (s)."""

    state: Loose[DevState]
    lasts: Annotated[float, Field(gt=0, le=1e9)]


class Device(Model):
    """A device, running (exported) or only known to the database.

    An attribute with a data_type, or a command with an in_type or an out_type, is the device's
    own: its class lacks it or has it otherwise.
    """

    class_: Annotated[str, Field(alias="class")]
    server: ServerName | None = None
    exported: bool = True
    state: Annotated[
        Annotated[Loose[DevState], Tag("|one")]
        | Annotated[list[Spell], Tag("|list"), Field(min_length=1, max_length=1000)],
        Discriminator(list_or_not),
    ] = DevState.ON
    """Of a list, one after the other, over and over since the start."""
    faults: Annotated[list[Fault], Field(max_length=MAX_FAULTS)] = Field(default_factory=list)
    status: str | None = None
    host: str | None = None
    pid: Count | None = None
    ior: str | None = None
    version: Text | None = None
    started_date: str | None = None
    stopped_date: str = "?"
    properties: Properties = Field(default_factory=dict)
    attributes: dict[str, AttributeOverride | Attribute] = Field(default_factory=dict)
    commands: dict[str, CommandOverride | Command] = Field(default_factory=dict)
    pipes: dict[str, Pipe] = Field(default_factory=dict)

    @property
    def spells(self) -> list[Spell]:
        """The states that it goes through."""
        if isinstance(self.state, list):
            return self.state
        return [Spell(state=self.state, lasts=1)]


class Options(Model):
    """Where the facility's clients find its database."""

    host: HostName = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 10000
    database: DatabaseName = "sys/database/2"
    unsafe_names: bool = False
    """Whether names may hold quotes, backslashes and control characters. Such devices are listed,
    and not defined when somebody asks for them, as behind the gateway."""


class Facility(Model):
    """A whole fixture."""

    facility: Options = Field(default_factory=Options)
    classes: dict[str, DeviceClass] = Field(default_factory=dict)
    devices: dict[str, Device] = Field(default_factory=dict)
