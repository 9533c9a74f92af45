"""Tango's objects -> the model, PyTango's exceptions -> DevFailed; values.py has the values.

The only module that knows how PyTango spells what it gives.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

import tango

from mtango_ref.backends.pytango.values import from_tango, is_same, text, to_tango
from mtango_ref.dev_float import fewest_digits
from mtango_ref.model import (
    ArchiveEventInfo,
    AttrDataFormat,
    AttributeAlarmInfo,
    AttributeEventInfo,
    AttributeInfoEx,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    ChangeEventInfo,
    CmdArgType,
    CommandInfo,
    ConnectionFailed,
    DbDevFullInfo,
    DevError,
    DevFailed,
    DeviceAttribute,
    DeviceDataHistory,
    DispLevel,
    ErrSeverity,
    PeriodicEventInfo,
)
from mtango_ref.names import lower

E = TypeVar("E", bound=Enum)

CONNECTION_REASONS = frozenset(
    {
        "API_DeviceNotExported",
        "API_CorbaException",
        "API_CantConnectToDevice",
        "API_CantConnectToDatabase",
        "API_DeviceTimedOut",
    }
)
"""Innermost reasons of interface.py's ConnectionFailed. PyTango's own exception classes do not
show it: a name that comes twice is a tango.ConnectionFailed, a refused reconnection is not."""

DATA_TYPES = {
    int(getattr(tango.CmdArgType, data_type.value)): data_type
    for data_type in CmdArgType
    if hasattr(tango.CmdArgType, data_type.value)
}
"""The data types by number, which is all that some of Tango's objects have."""

# What a reading says, by number too: its enumerations' names take long to look up.
_SAME = {number for number, data_type in DATA_TYPES.items() if is_same(data_type)}
_FLOAT = int(tango.CmdArgType.DevFloat)
_ENUM = int(tango.CmdArgType.DevEnum)
_QUALITIES = {int(getattr(tango.AttrQuality, each.name)): each for each in AttrQuality}
_DEPTHS = {
    int(getattr(tango.AttrDataFormat, each)): d
    for d, each in enumerate(("SCALAR", "SPECTRUM", "IMAGE"))
}

SQL_ERROR = "DB_SQLError"
SQL_FAILED = "Failed to query TANGO database (the statement is in the log of this server)"
"""The rest of a DB_SQLError: nobody who asks is to see a statement."""

_log = logging.getLogger(__name__)

PYTANGO_ERRORS = (tango.DevFailed, TypeError, ValueError, OverflowError, AttributeError)
"""The errors that PyTango raises. The last four refuse an argument before anybody is asked; a
UnicodeError is a ValueError."""


def translation(error: Exception) -> DevFailed:
    """Translate one of the PYTANGO_ERRORS to what is to be raised."""
    if isinstance(error, tango.DevFailed):
        return dev_failed(error)
    return DevFailed(DevError("API_InvalidArgs", f"PyTango: {error}", ErrSeverity.ERR, __name__))


def dev_failed(error: tango.DevFailed) -> DevFailed:
    """Convert the whole stack, in Tango's order."""
    # rc3, "Tango said no": "the whole stack, innermost first", as Tango orders it, too.
    errors = err_stack(error.args)
    failed = ConnectionFailed if errors[0].reason in CONNECTION_REASONS else DevFailed
    return failed(*errors)


def is_broken(error: Exception, device: str) -> bool:
    """Return True where the connection to the device failed, other than by a timeout."""
    return _is_of_connection(error, device) and not is_timeout(error, device)


def is_timeout(error: Exception, device: str) -> bool:
    """Return True where CORBA waited for the device for as long as it may."""
    return _is_of_connection(error, device) and error.args[0].desc.endswith("_CallTimedout")


def _is_of_connection(error: Exception, device: str) -> bool:
    """Return True where the device itself could not be reached, and not another one that it is a
    client of: one of the two innermost levels then names it."""
    if not isinstance(error, tango.DevFailed) or error.args[0].reason not in CONNECTION_REASONS:
        return False
    # cppTango names the device in lower case, and after it there may be a comma and the attribute.
    named = re.compile(rf"device {re.escape(lower(device))}(?![^\s,])")
    return any(named.search(lower(each.desc)) for each in error.args[:2])


def err_stack(errors: Sequence[Any]) -> tuple[DevError, ...]:
    """Convert PyTango's DevErrors, innermost first."""
    return tuple(map(_dev_error, errors))


def _dev_error(error: Any) -> DevError:
    reason, desc = _field(error, "reason"), _field(error, "desc")
    if reason == SQL_ERROR:
        # DataBaseds: MariaDB's words, which quote the statement, and the statement.
        _log.error("The database could not run a statement: %s", desc)
        desc = SQL_FAILED
    return DevError(reason, desc, _enum(ErrSeverity, error.severity), _field(error, "origin"))


def device_attribute(
    reading: Any, labels: Sequence[str] = (), name: str | None = None
) -> DeviceAttribute:
    """Convert a tango.DeviceAttribute that did not fail; labels: those of a DevEnum."""
    # PyTango extracts the value as a float, an int, a str, a tuple of str, or a numpy array.
    data_type, value = int(reading.type), reading.value
    if data_type == _FLOAT:
        # By itself, since looking up the depth costs as much; an array knows its digits.
        value = fewest_digits(value) if type(value) is float else value
    elif data_type not in _SAME:
        depth = _DEPTHS[int(reading.data_format)]
        value = from_tango(DATA_TYPES[data_type], value, depth, labels)
    # As TimeVal.totime, whose call takes as long as the sum.
    time = reading.time
    seconds = time.tv_sec + 1e-6 * time.tv_usec + 1e-9 * time.tv_nsec
    quality = _QUALITIES[int(reading.quality)]
    return DeviceAttribute(name or reading.name, value, quality, seconds)


def failed_attribute(reading: Any, name: str, seconds: float | None = None) -> DeviceAttribute:
    """Convert a tango.DeviceAttribute that failed."""
    errors = err_stack(reading.get_err_stack())
    return DeviceAttribute(name, None, AttrQuality.ATTR_INVALID, seconds, errors)


def state_attribute(execution: DeviceDataHistory) -> DeviceAttribute:
    """Convert a result of the command State to a reading of the attribute State."""
    # A command's result has no quality; the attribute State is always ATTR_VALID.
    quality = AttrQuality.ATTR_INVALID if execution.err_stack else AttrQuality.ATTR_VALID
    return DeviceAttribute("State", execution.value, quality, execution.time, execution.err_stack)


def is_enum(reading: Any) -> bool:
    """Return True where the value of this tango.DeviceAttribute needs labels."""
    return int(reading.type) == _ENUM


def attribute_info(info: Any) -> AttributeInfoEx:
    """Convert a tango.AttributeInfoEx."""
    return AttributeInfoEx(
        **_texts(
            info,
            "name",
            "description",
            "label",
            "unit",
            "standard_unit",
            "display_unit",
            "format",
            "min_value",
            "max_value",
            "min_alarm",
            "max_alarm",
            "writable_attr_name",
            "root_attr_name",
        ),
        data_type=DATA_TYPES[info.data_type],
        data_format=_enum(AttrDataFormat, info.data_format),
        writable=_enum(AttrWriteType, info.writable),
        max_dim_x=info.max_dim_x,
        max_dim_y=info.max_dim_y,
        disp_level=_enum(DispLevel, info.disp_level),
        memorized=_enum(AttrMemorizedType, info.memorized),
        extensions=tuple(info.extensions),
        sys_extensions=tuple(info.sys_extensions),
        enum_labels=enum_labels(info),
        alarms=AttributeAlarmInfo(
            **_texts(
                info.alarms,
                *("min_alarm", "max_alarm", "min_warning", "max_warning", "delta_t", "delta_val"),
            ),
            extensions=tuple(info.alarms.extensions),
        ),
        events=_events(info.events),
    )


def set_element(config: Any, path: str, given: Any) -> None:
    """Set an element of a tango.AttributeInfoEx, by its path in the model, to a text or a list."""
    *above, key = path.split(".")
    for each in above:
        config = getattr(config, each)
    if not isinstance(given, str):
        # PyTango converts no list where a member of a C++ structure is a vector.
        labels = tango.StdStringVector()
        labels.extend(given)
        given = labels
    setattr(config, key, given)


def enum_labels(info: Any) -> tuple[str, ...]:
    """Read the labels of a tango.AttributeInfoEx."""
    return tuple(map(text, info.enum_labels))


def _events(events: Any) -> AttributeEventInfo:
    change, periodic, archive = events.ch_event, events.per_event, events.arch_event
    return AttributeEventInfo(
        ChangeEventInfo(
            **_texts(change, "rel_change", "abs_change"), extensions=tuple(change.extensions)
        ),
        PeriodicEventInfo(**_texts(periodic, "period"), extensions=tuple(periodic.extensions)),
        ArchiveEventInfo(
            **_texts(archive, "archive_rel_change", "archive_abs_change", "archive_period"),
            extensions=tuple(archive.extensions),
        ),
    )


def command_info(info: Any) -> CommandInfo:
    """Convert a tango.CommandInfo."""
    return CommandInfo(
        **_texts(info, "cmd_name", "in_type_desc", "out_type_desc"),
        in_type=command_type(info, "in_type"),
        out_type=command_type(info, "out_type"),
        disp_level=_enum(DispLevel, info.disp_level),
        cmd_tag=info.cmd_tag,
    )


def command_type(info: Any, which: str) -> CmdArgType:
    """Return the in_type or the out_type of a tango.CommandInfo."""
    try:
        return DATA_TYPES[int(getattr(info, which))]
    except ValueError:
        # PyTango 10.1 and later refuses to give a type that it has no name for: of Tango's,
        # that is the one which went with the pipes.
        return CmdArgType.DevPipeBlob


def history_lost(command: str) -> DevFailed:
    """Word the failure for a history that PyTango cannot read."""
    desc = f"PyTango cannot read the history of {command}, because of the type that it gives"
    return DevFailed(DevError("API_NotSupported", desc, ErrSeverity.ERR, __name__))


def data_history(record: Any) -> DeviceDataHistory:
    """Convert a tango.DeviceDataHistory; without an output the value is None."""
    seconds = record.get_date().totime()
    if record.has_failed():
        return DeviceDataHistory(None, seconds, err_stack(record.get_err_stack()))
    return DeviceDataHistory(device_data(record), seconds)


def device_data(data: Any) -> Any:
    """Extract the content of a tango.DeviceData; None if it is empty."""
    try:
        value = data.extract()
    except tango.DevFailed as error:
        # cppTango: an empty Any, which is what a DevVoid arrives as.
        if error.args[0].reason != "API_EmptyDeviceData":
            raise dev_failed(error) from error
        return None
    return from_tango(DATA_TYPES[int(data.get_type())], value)


def insert(data: Any, in_type: CmdArgType, argument: Any, device: str, command: str) -> None:
    """Put a command's argument, as JSON holds it, into a tango.DeviceData. DevFailed, as the
    device server would say it, if it is not valid."""
    try:
        data.insert(getattr(tango.CmdArgType, in_type.value), to_tango(in_type, argument))
    except (TypeError, ValueError, OverflowError) as error:
        desc = f"Incompatible command argument type, expected type is : Tango::{in_type.value}"
        outer = f"Failed to execute command_inout on device {device}, command {command}"
        raise DevFailed(
            DevError("API_IncompatibleCmdArgumentType", desc, ErrSeverity.ERR, __name__),
            DevError("API_CommandFailed", outer, ErrSeverity.ERR, __name__),
        ) from error


def status(proxy: Any) -> str:
    """Read the status of a tango.DeviceProxy."""
    try:
        # PyTango takes this text for UTF-8, and raises where it is not.
        return text(proxy.status())
    except UnicodeDecodeError as error:
        return error.object.decode("latin-1")


def device_info(name: str, lvalue: Sequence[int], svalue: Sequence[str]) -> DbDevFullInfo:
    """Convert the result of the database's command DbGetDeviceInfo for a device."""
    # DataBaseds, DbGetDeviceInfo: name, IOR, version, server, host, started, stopped, class.
    _, ior, version, server, host, started, stopped, class_name = map(text, svalue)
    exported, pid = (int(number) for number in lvalue)
    return DbDevFullInfo(
        name=name,
        class_name=class_name,
        ds_full_name=server,
        host=host,
        exported=bool(exported),
        pid=pid,
        ior=ior,
        version=version,
        started_date=started,
        stopped_date=stopped,
    )


def _enum(kind: type[E], value: Any) -> E:
    # rc3: "Enumerations by name", and PyTango has the names of Tango's IDL.
    return kind[value.name]


def _texts(struct: Any, *names: str) -> dict[str, str]:
    return {name: _field(struct, name) for name in names}


def _field(struct: Any, name: str) -> str:
    """Decode a text of a struct: PyTango takes some for UTF-8, others for Latin-1."""
    try:
        return text(getattr(struct, name))
    except UnicodeDecodeError as error:
        return error.object.decode("latin-1")
