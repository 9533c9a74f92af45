"""The fixture language: a Tango facility as pydantic models.

The keys are Tango's own (AttributeInfoEx flattened to the names of Tango's attribute
properties, CommandInfo, DbDevFullInfo) and, in `simulation`, those of tango-simlib's SimDD.
What is left out has Tango's own default. All models are frozen and refuse unknown keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from mtango_ref.backends.fake import mistakes, names
from mtango_ref.backends.fake.faults import MAX_FAULTS, Fault
from mtango_ref.backends.fake.generators import Simulation
from mtango_ref.backends.fake.quantities import (
    IMAGE,
    SCALAR,
    SPECTRUM,
    Model,
    misfit,
)
from mtango_ref.backends.fake.values import KINDS, Shape, WrongValue, fit_argument
from mtango_ref.model import (
    NOT_SPECIFIED,
    AttrDataFormat,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    CmdArgType,
    DevError,
    DevState,
    DispLevel,
    ErrSeverity,
)

_SOURCES = frozenset({"value", "simulation", "raises"})
DIMENSIONS = {SCALAR: (), SPECTRUM: ("max_dim_x",), IMAGE: ("max_dim_x", "max_dim_y")}


def _as_text(value: Any) -> Any:
    """Tango keeps limits and property lines as text; a number may be written as one."""
    return str(value) if type(value) in (int, float) else value


def _as_lines(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _limit(text: str) -> str:
    try:
        float(text if text != NOT_SPECIFIED else 0)
    except ValueError:
        raise ValueError(f"a number, or {NOT_SPECIFIED}") from None
    return text


def _pattern(text: str) -> WithJsonSchema:
    """For the schema; the messages are those of the checks."""
    return WithJsonSchema({"type": "string", "pattern": f"^{text}$"})


def _change(text: str) -> str:
    """Tango keeps how far down and how far up without a sign."""
    if text == NOT_SPECIFIED:
        return text
    try:
        for each in (parts := text.split(",")):
            float(each)
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 2:
        raise ValueError(f"a number, or two with a comma between them, or {NOT_SPECIFIED}")
    return ",".join(each.strip().lstrip("-") for each in parts)


_E = TypeVar("_E", bound=Enum)
Loose = Annotated[_E, Field(strict=False)]
"""An enumeration, written as its label."""
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float)]
Limit = Annotated[Text, AfterValidator(_limit)]
Change = Annotated[Text, AfterValidator(_change)]
Lines = Annotated[list[Text], BeforeValidator(_as_lines, json_schema_input_type=Text | list[Text])]
Properties = dict[str, Lines]
Name = Annotated[str, AfterValidator(names.name), _pattern(names.NAME)]
DeviceName = Annotated[str, AfterValidator(names.device_name), _pattern(names.DEVICE_NAME)]
ServerName = Annotated[str, AfterValidator(names.server_name), _pattern(names.SERVER_NAME)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Period = Annotated[int, Field(ge=5, le=86_400_000)]
"""ms"""
Seconds = Annotated[float, Field(ge=0, le=86_400)]


def _list_or_not(value: Any) -> str:
    """Which of two ways to write something was chosen. A tag is told in no message."""
    return "|list" if isinstance(value, list) else "|one"


def _word_or_not(value: Any) -> str:
    return "|word" if isinstance(value, str) else "|mapping"


class Error(Model):
    """One level of an error stack."""

    reason: str
    description: str
    severity: Loose[ErrSeverity] = ErrSeverity.ERR
    origin: str = "the fixture"

    @property
    def error(self) -> DevError:
        """Without those on top of it."""
        return DevError(self.reason, self.description, self.severity, self.origin)


class Raises(Error):
    """The error that a read, or a command, gives instead of a value; outer: what the device
    server put on top of it, innermost first."""

    outer: list[Error] = Field(default_factory=list)

    @property
    def errors(self) -> tuple[DevError, ...]:
        """What the device server says, innermost first."""
        return tuple(each.error for each in (self, *self.outer))


class AttributeOverride(Model):
    """What one device may have otherwise than its class, and a class's attribute too."""

    value: Any = None
    quality: Loose[AttrQuality] = AttrQuality.ATTR_VALID
    raises: Raises | None = None
    simulation: Simulation | None = None
    polling_period: Period | None = None
    takes: Seconds = 0
    """s that a reading takes; what is polled is at hand."""
    properties: Properties = Field(default_factory=dict)
    description: str = "No description"
    label: str | None = None
    unit: str = ""
    standard_unit: str = "No standard unit"
    display_unit: str = "No display unit"
    format: str | None = None
    min_value: Limit = NOT_SPECIFIED
    max_value: Limit = NOT_SPECIFIED
    min_alarm: Limit = NOT_SPECIFIED
    max_alarm: Limit = NOT_SPECIFIED
    min_warning: Limit = NOT_SPECIFIED
    max_warning: Limit = NOT_SPECIFIED
    delta_t: Limit = NOT_SPECIFIED
    delta_val: Limit = NOT_SPECIFIED
    rel_change: Change = NOT_SPECIFIED
    abs_change: Change = NOT_SPECIFIED
    period: Limit = "1000"
    archive_rel_change: Change = NOT_SPECIFIED
    archive_abs_change: Change = NOT_SPECIFIED
    archive_period: Limit = NOT_SPECIFIED


class Attribute(AttributeOverride):
    """An attribute of a class."""

    data_type: Loose[CmdArgType]
    data_format: Loose[AttrDataFormat] = SCALAR
    writable: Loose[AttrWriteType] = AttrWriteType.READ
    max_dim_x: Annotated[Count, Field(ge=1)] = 1
    max_dim_y: Count = 0
    writable_attr_name: str | None = None
    disp_level: Loose[DispLevel] = DispLevel.OPERATOR
    memorized: Loose[AttrMemorizedType] = AttrMemorizedType.NONE
    root_attr_name: str = NOT_SPECIFIED
    enum_labels: list[str] = Field(default_factory=list)

    @property
    def shape(self) -> Shape:
        """What its values have to fit."""
        return Shape(
            self.data_type, self.data_format, self.max_dim_x, self.max_dim_y, self.enum_labels
        )

    @property
    def default(self) -> Any:
        """Its value where it is given none."""
        is_written = self.writable is AttrWriteType.WRITE
        return self.shape.unwritten() if is_written else self.shape.default()

    def overridden(self, override: AttributeOverride) -> Attribute:
        """The attribute as one device has it: the device's own, if it defines one, or this
        with what the override says. A device's value, simulation or raises takes the place
        of whichever the class has."""
        if isinstance(override, Attribute):
            return override
        changes = {key: getattr(override, key) for key in override.model_fields_set}
        if _SOURCES & set(changes):
            changes = {**dict.fromkeys(_SOURCES), **changes}
        return self.model_copy(update=changes)

    def problems_with(self, override: AttributeOverride) -> Iterator[tuple[str, str]]:
        """Those that it has as overridden, of one that has none. Quick where only the value is
        another one, as it is all over in a recorded facility."""
        if override.model_fields_set != {"value"} or override.value is None:
            yield from self.overridden(override).problems()
        elif wrong := misfit(self.shape, override.value):
            yield "value", wrong

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.data_type not in KINDS:
            types = ", ".join(kind.value for kind in KINDS)
            yield "data_type", f"{self.data_type.value} is no attribute's; expected {types}"
            return
        if self.data_format not in DIMENSIONS:
            formats = ", ".join(each.value for each in DIMENSIONS)
            yield "data_format", f"{self.data_format.value} is none; expected {formats}"
            return
        if self.data_type is CmdArgType.DevEnum and not self.enum_labels:
            yield "enum_labels", "missing; expected the labels of a DevEnum"
            return
        if self.writable is AttrWriteType.READ_WITH_WRITE and not self.writable_attr_name:
            yield "writable_attr_name", "missing; expected the attribute that is written with it"
        missing = [key for key in DIMENSIONS[self.data_format] if key not in self.model_fields_set]
        if missing:
            what = f"missing; expected the size of the largest {self.data_format.value}"
            yield from ((key, what) for key in missing)
            return
        yield from self._wrong_values()

    def _wrong_values(self) -> Iterator[tuple[str, str]]:
        given = [key for key in sorted(_SOURCES) if getattr(self, key) is not None]
        if len(given) > 1:
            yield given[1], f"beside {given[0]}; expected one of {', '.join(sorted(_SOURCES))}"
        wrong = None if self.value is None else misfit(self.shape, self.value)
        if wrong:
            yield "value", wrong
        problems = self.simulation.problems(self.shape) if self.simulation else ()
        yield from ((f"simulation.{key}", text) for key, text in problems)


States = Annotated[
    Annotated[Loose[DevState], Tag("|one")]
    | Annotated[list[Loose[DevState]], Tag("|list"), Field(min_length=1)],
    Discriminator(_list_or_not),
]


class Effects(Model):
    """What a command does besides giving its value, after it took its time (s)."""

    takes: Seconds = 0
    raises: Raises | None = None
    """Then nothing else happens."""
    set_state: States | None = None
    """Of several states, the one that follows the present one; else the first."""
    set_status: str | None = None
    set_attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def states(self) -> list[DevState]:
        """Those of set_state; none if it is left out."""
        if self.set_state is None:
            return []
        return self.set_state if isinstance(self.set_state, list) else [self.set_state]

    @property
    def changes(self) -> bool:
        """Whether the device is another one afterwards."""
        return bool(self.states or self.set_status is not None or self.set_attributes)

    def problems(self, attributes: Mapping[str, Attribute]) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) where the device has those attributes,
        by their names in lower case."""
        for name, value in self.set_attributes.items():
            attribute = attributes.get(name.lower())
            if attribute is None:
                hint = mistakes.hint(name, attributes)
                yield f"set_attributes.{name}", f"no attribute of the device; {hint}"
            elif name.lower() in ("state", "status"):
                yield f"set_attributes.{name}", f"expected set_{name.lower()}"
            elif wrong := misfit(attribute.shape, value):
                yield f"set_attributes.{name}", wrong


Behaviour = Annotated[
    Annotated[Literal["echo"], Tag("|word")] | Annotated[Effects, Tag("|mapping")],
    Discriminator(_word_or_not),
]


class CommandOverride(Model):
    """What one device may have otherwise than its class, and a class's command too."""

    value: Any = None
    behaviour: Behaviour | None = None
    polling_period: Period | None = None
    in_type_desc: str = "Uninitialised"
    out_type_desc: str = "Uninitialised"


class Command(CommandOverride):
    """A command of a class; `value` is what it gives."""

    in_type: Loose[CmdArgType] = CmdArgType.DevVoid
    out_type: Loose[CmdArgType] = CmdArgType.DevVoid
    disp_level: Loose[DispLevel] = DispLevel.OPERATOR
    cmd_tag: Count = 0

    def overridden(self, override: CommandOverride) -> Command:
        """The command as one device has it; its own, if it defines one."""
        if isinstance(override, Command):
            return override
        changes = {key: getattr(override, key) for key in override.model_fields_set}
        return self.model_copy(update=changes)

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.polling_period is not None and self.in_type is not CmdArgType.DevVoid:
            yield "polling_period", "beside an in_type; expected a command without argument"
        if self.behaviour == "echo":
            if self.in_type is not self.out_type:
                yield "behaviour", "echo gives what it takes; expected in_type and out_type alike"
            if self.value is not None:
                yield "value", "beside behaviour echo; expected one of them"
        elif self.polling_period is not None and self.behaviour and self.behaviour.changes:
            yield "polling_period", "beside a behaviour that changes the device; expected neither"
        try:
            fit_argument(self.out_type, self.value)
        except WrongValue as error:
            yield "value", str(error)


class PipeElement(Model):
    """One element; DevPipeBlob has `data`, all others `value`."""

    name: str
    type: Loose[CmdArgType]
    value: Any = None
    blob: str | None = None
    """The name of the inner blob; that of the element unless said."""
    data: list[PipeElement] | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.type is CmdArgType.DevPipeBlob:
            for index, element in enumerate(self.data or ()):
                yield from ((f"data.{index}.{key}", text) for key, text in element.problems())
            return
        for key in ("blob", "data"):
            if getattr(self, key) is not None:
                yield key, f"beside type {self.type.value}; expected it only of a DevPipeBlob"
        try:
            fit_argument(self.type, self.value)
        except WrongValue as error:
            yield "value", str(error)


class Pipe(Model):
    """A pipe of a class: the blob that reading it gives, or its error; a device's own takes
    the place of its class's."""

    blob: str = ""
    data: list[PipeElement] = Field(default_factory=list)
    raises: Raises | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if len(self.model_fields_set & {"data", "raises"}) != 1:
            yield "data", "expected either data or raises"
        for index, element in enumerate(self.data):
            yield from ((f"data.{index}.{key}", text) for key, text in element.problems())


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
        overrides = {name.lower(): each for name, each in device.attributes.items()}
        return {
            name: attribute.overridden(overrides[name.lower()])
            if name.lower() in overrides
            else attribute
            for name, attribute in {**self.attributes, **own, **BUILT_IN_ATTRIBUTES}.items()
        }

    def commands_of(self, device: Device) -> dict[str, Command]:
        """The commands of one device of this class, in the order of the device: Tango
        sorts those of a class by name; the device's own come after them."""
        overrides = {name.lower(): each for name, each in device.commands.items()}
        commands = {**self.commands, **BUILT_IN_COMMANDS}
        own = _lacking(device.commands, Command, commands)
        return {
            name: commands[name].overridden(overrides[name.lower()])
            if name.lower() in overrides
            else commands[name]
            for name in sorted(commands)
        } | own

    def pipes_of(self, device: Device) -> dict[str, Pipe]:
        """The pipes of one device of this class, in the order of the device."""
        own = {name.lower(): each for name, each in device.pipes.items()}
        pipes = {name: own.get(name.lower(), pipe) for name, pipe in self.pipes.items()}
        return pipes | _lacking(device.pipes, Pipe, pipes)


_M = TypeVar("_M", bound=Model)


def _lacking(
    own: Mapping[str, Model], definition: type[_M], of_class: Mapping[str, _M]
) -> dict[str, _M]:
    """Those that a device defines and its class lacks."""
    known = {name.lower() for name in of_class}
    return {
        name: each
        for name, each in own.items()
        if isinstance(each, definition) and name.lower() not in known
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
        Discriminator(_list_or_not),
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

    host: Name = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 10000
    database: DeviceName = "sys/database/2"


class Facility(Model):
    """A whole fixture."""

    facility: Options = Field(default_factory=Options)
    classes: dict[str, DeviceClass] = Field(default_factory=dict)
    devices: dict[str, Device] = Field(default_factory=dict)
