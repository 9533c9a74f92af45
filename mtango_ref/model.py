"""Tango's vocabulary as plain data: what crosses the backend interface.

The names, fields and enumeration labels are PyTango's (AttributeInfoEx, CommandInfo,
DeviceAttribute, DevFailed ..), so that those who know Tango know this module. Nothing
here imports tango. An enumeration's value is its label, which is what rc3 writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple


class DevState(str, Enum):
    """State of a device."""

    ON = "ON"
    OFF = "OFF"
    CLOSE = "CLOSE"
    OPEN = "OPEN"
    INSERT = "INSERT"
    EXTRACT = "EXTRACT"
    MOVING = "MOVING"
    STANDBY = "STANDBY"
    FAULT = "FAULT"
    INIT = "INIT"
    RUNNING = "RUNNING"
    ALARM = "ALARM"
    DISABLE = "DISABLE"
    UNKNOWN = "UNKNOWN"


class AttrQuality(str, Enum):
    """Quality of an attribute's value."""

    ATTR_VALID = "ATTR_VALID"
    ATTR_INVALID = "ATTR_INVALID"
    ATTR_ALARM = "ATTR_ALARM"
    ATTR_CHANGING = "ATTR_CHANGING"
    ATTR_WARNING = "ATTR_WARNING"


class AttrDataFormat(str, Enum):
    """Shape of a value: one, a list, or a list of rows."""

    SCALAR = "SCALAR"
    SPECTRUM = "SPECTRUM"
    IMAGE = "IMAGE"
    FMT_UNKNOWN = "FMT_UNKNOWN"


class AttrWriteType(str, Enum):
    """The ways in which clients may use an attribute."""

    READ = "READ"
    READ_WITH_WRITE = "READ_WITH_WRITE"
    WRITE = "WRITE"
    READ_WRITE = "READ_WRITE"
    WT_UNKNOWN = "WT_UNKNOWN"


class DispLevel(str, Enum):
    """The kind of user that an attribute or a command is meant for."""

    OPERATOR = "OPERATOR"
    EXPERT = "EXPERT"
    DL_UNKNOWN = "DL_UNKNOWN"


class ErrSeverity(str, Enum):
    """Severity of one DevError."""

    WARN = "WARN"
    ERR = "ERR"
    PANIC = "PANIC"


class AttrMemorizedType(str, Enum):
    """The persistence of the last written value of an attribute beyond its device server."""

    NOT_KNOWN = "NOT_KNOWN"
    NONE = "NONE"
    MEMORIZED = "MEMORIZED"
    MEMORIZED_WRITE_INIT = "MEMORIZED_WRITE_INIT"


class CmdArgType(str, Enum):
    """Every Tango data type, of attributes, command arguments and pipe elements."""

    DevVoid = "DevVoid"
    DevBoolean = "DevBoolean"
    DevShort = "DevShort"
    DevLong = "DevLong"
    DevFloat = "DevFloat"
    DevDouble = "DevDouble"
    DevUShort = "DevUShort"
    DevULong = "DevULong"
    DevString = "DevString"
    DevVarCharArray = "DevVarCharArray"
    DevVarShortArray = "DevVarShortArray"
    DevVarLongArray = "DevVarLongArray"
    DevVarFloatArray = "DevVarFloatArray"
    DevVarDoubleArray = "DevVarDoubleArray"
    DevVarUShortArray = "DevVarUShortArray"
    DevVarULongArray = "DevVarULongArray"
    DevVarStringArray = "DevVarStringArray"
    DevVarLongStringArray = "DevVarLongStringArray"
    DevVarDoubleStringArray = "DevVarDoubleStringArray"
    DevState = "DevState"
    ConstDevString = "ConstDevString"
    DevVarBooleanArray = "DevVarBooleanArray"
    DevUChar = "DevUChar"
    DevLong64 = "DevLong64"
    DevULong64 = "DevULong64"
    DevVarLong64Array = "DevVarLong64Array"
    DevVarULong64Array = "DevVarULong64Array"
    DevInt = "DevInt"
    DevEncoded = "DevEncoded"
    DevEnum = "DevEnum"
    DevPipeBlob = "DevPipeBlob"
    DevVarStateArray = "DevVarStateArray"
    DevVarEncodedArray = "DevVarEncodedArray"


class DevError(NamedTuple):
    """One level of a Tango error stack."""

    reason: str
    desc: str
    severity: ErrSeverity
    origin: str


class DevFailed(Exception):
    """Tango said no. `errors` is the whole stack, innermost first, never empty."""

    def __init__(self, *errors: DevError) -> None:
        super().__init__(*errors)
        self.errors = errors

    def __str__(self) -> str:
        return " -> ".join(f"{error.reason}: {error.desc}" for error in self.errors)


class ConnectionFailed(DevFailed):
    """The device or the database could not be reached."""


class DevEncoded(NamedTuple):
    """Bytes with the name of their encoding."""

    format: str
    data: bytes


class DevVarLongStringArray(NamedTuple):
    """A command argument of numbers and strings."""

    lvalue: Any
    svalue: list[str]


class DevVarDoubleStringArray(NamedTuple):
    """A command argument of floating point numbers and strings."""

    dvalue: Any
    svalue: list[str]


class DeviceAttribute(NamedTuple):
    """One reading of an attribute, or the failure to read it.

    value: int, float, bool, str (DevEnum: the label), DevState, DevEncoded; a list or a
    numpy array of them, [x] for a spectrum, [y][x] for an image; None where the quality
    is ATTR_INVALID or the reading failed. time: s since the epoch, None where Tango gives
    none. err_stack: innermost first; not empty exactly where the reading failed.
    """

    name: str
    value: Any
    quality: AttrQuality
    time: float | None
    err_stack: tuple[DevError, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceDataHistory:
    """One past execution of a polled command; `value` as in DeviceAttribute, or one of
    the two DevVar..StringArray; time in s since the epoch."""

    value: Any
    time: float
    err_stack: tuple[DevError, ...] = ()


NOT_SPECIFIED = "Not specified"
"""Tango's word for a limit or a criterion that nobody set."""


@dataclass(frozen=True, slots=True)
class AttributeAlarmInfo:
    """Alarm limits as Tango keeps them: text, in the attribute's unit; delta_t in ms."""

    min_alarm: str = NOT_SPECIFIED
    max_alarm: str = NOT_SPECIFIED
    min_warning: str = NOT_SPECIFIED
    max_warning: str = NOT_SPECIFIED
    delta_t: str = NOT_SPECIFIED
    delta_val: str = NOT_SPECIFIED
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeEventInfo:
    """The conditions for a change event."""

    rel_change: str = NOT_SPECIFIED
    abs_change: str = NOT_SPECIFIED
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodicEventInfo:
    """The condition for a periodic event; period in ms, as text."""

    period: str = "1000"
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveEventInfo:
    """The conditions for an archive event; archive_period in ms, as text."""

    archive_rel_change: str = NOT_SPECIFIED
    archive_abs_change: str = NOT_SPECIFIED
    archive_period: str = NOT_SPECIFIED
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeEventInfo:
    """The three kinds of events of an attribute."""

    ch_event: ChangeEventInfo = field(default_factory=ChangeEventInfo)
    per_event: PeriodicEventInfo = field(default_factory=PeriodicEventInfo)
    arch_event: ArchiveEventInfo = field(default_factory=ArchiveEventInfo)


@dataclass(frozen=True, slots=True)
class AttributeInfoEx:
    """The configuration of an attribute; what is left out has Tango's own default."""

    name: str
    data_type: CmdArgType
    data_format: AttrDataFormat = AttrDataFormat.SCALAR
    writable: AttrWriteType = AttrWriteType.READ
    max_dim_x: int = 1
    max_dim_y: int = 0
    description: str = "No description"
    label: str = ""
    unit: str = ""
    standard_unit: str = "No standard unit"
    display_unit: str = "No display unit"
    format: str = "%6.2f"
    min_value: str = NOT_SPECIFIED
    max_value: str = NOT_SPECIFIED
    min_alarm: str = NOT_SPECIFIED
    max_alarm: str = NOT_SPECIFIED
    writable_attr_name: str = "None"
    disp_level: DispLevel = DispLevel.OPERATOR
    extensions: tuple[str, ...] = ()
    alarms: AttributeAlarmInfo = field(default_factory=AttributeAlarmInfo)
    events: AttributeEventInfo = field(default_factory=AttributeEventInfo)
    sys_extensions: tuple[str, ...] = ()
    memorized: AttrMemorizedType = AttrMemorizedType.NONE
    root_attr_name: str = NOT_SPECIFIED
    enum_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """The description of a command: what it takes and gives."""

    cmd_name: str
    in_type: CmdArgType = CmdArgType.DevVoid
    out_type: CmdArgType = CmdArgType.DevVoid
    in_type_desc: str = "Uninitialised"
    out_type_desc: str = "Uninitialised"
    disp_level: DispLevel = DispLevel.OPERATOR
    cmd_tag: int = 0


@dataclass(frozen=True, slots=True)
class DbDevFullInfo:
    """The database's knowledge of a device.

    The dates are the database's text, "?" or "" where it has none; host, ior and version
    are "nada" for a device that never ran. is_taco: the device is one of TACO's.
    """

    name: str
    class_name: str
    ds_full_name: str
    host: str
    exported: bool
    pid: int
    ior: str
    version: str
    started_date: str
    stopped_date: str
    is_taco: bool = False


@dataclass(frozen=True, slots=True)
class PipeElement:
    """One element of a pipe's blob; value as in DeviceAttribute, or an inner PipeBlob."""

    name: str
    data_type: CmdArgType
    value: Any


@dataclass(frozen=True, slots=True)
class PipeBlob:
    """Named elements, in the order of the device server."""

    name: str
    data: tuple[PipeElement, ...]


@dataclass(frozen=True, slots=True)
class DevicePipe:
    """One reading of a pipe. time: s since the epoch."""

    name: str
    blob: PipeBlob
    time: float
