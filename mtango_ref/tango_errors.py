"""Tango's error stacks, as PyTango 10.0.4 and a C++ device server give them; with
mtango_ref/names.py the one place where the fake says no. `origin` is the function's, without
the position in Tango's source. A client of Tango sends the name of a device in lower case,
whatever the database has.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mtango_ref.messages import listed
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    CmdArgType,
    CommandInfo,
    ConnectionFailed,
    DevError,
    DevFailed,
    DeviceDataHistory,
    ErrSeverity,
)
from mtango_ref.names import command_failed, lower

_READ_ATTRIBUTE = "virtual Tango::DeviceAttribute Tango::DeviceProxy::read_attribute(const string&)"
_READ_ATTRIBUTES = (
    "virtual std::vector<Tango::DeviceAttribute>* "
    "Tango::DeviceProxy::read_attributes(const std::vector<std::basic_string<char> >&)"
)
_WRITE_ATTRIBUTE = (
    "virtual Tango::DeviceAttribute "
    "Tango::DeviceProxy::write_read_attribute(const DeviceAttribute&)"
)
_WRITE_ATTRIBUTES = "Device_3Impl::write_attributes_34"
_READ_PIPE = "virtual Tango::DevicePipe Tango::DeviceProxy::read_pipe(const string&)"


def _error(reason: str, desc: str, origin: str) -> DevError:
    return DevError(reason, desc, ErrSeverity.ERR, origin)


def attribute_not_found(name: str) -> DevError:
    """Word the failure of the configuration or history of an unknown attribute, named as asked."""
    desc = f"{name} attribute not found"
    return _error("API_AttrNotFound", desc, "MultiAttribute::get_attr_by_name")


def read_of_unknown_attribute(name: str) -> DevError:
    """Word the failure to read the value of an unknown attribute."""
    return attribute_not_found(name)._replace(origin="MultiAttribute::get_attr_ind_by_name")


def read_attribute_failed(device: str, attribute: str) -> DevError:
    """Word the outer level of a failure to read one attribute."""
    desc = f"Failed to read_attribute on device {lower(device)}, attribute {attribute}"
    return _error("API_AttributeFailed", desc, _READ_ATTRIBUTE)


def read_attributes_failed(device: str, attribute: str) -> DevError:
    """Word the outer level of an element that failed among several."""
    desc = f"Failed to read_attributes on device {lower(device)}, attribute {attribute}"
    return _error("API_AttributeFailed", desc, _READ_ATTRIBUTES)


def all_attributes_failed(device: str, attributes: Sequence[str]) -> DevError:
    """Word the outer level where read_attributes did not reach the device at all."""
    listed = ", ".join(attributes)
    desc = f"Failed to read_attributes on device {lower(device)}, attributes {listed}"
    return _error("API_AttributeFailed", desc, _READ_ATTRIBUTES)


def write_attribute_failed(device: str, attribute: str) -> DevError:
    """Word the outer level of a failure to write one attribute."""
    desc = f"Failed to write_read_attribute on device {lower(device)}, attribute {attribute}"
    return _error("API_AttributeFailed", desc, _WRITE_ATTRIBUTE)


def attribute_not_writable(name: str) -> DevError:
    """Word the failure to write an attribute that can be read only; named as defined."""
    return _error("API_AttrNotWritable", f"Attribute {name} is not writable", _WRITE_ATTRIBUTES)


def too_long(dimension: str, name: str) -> DevError:
    """Word the failure to write more elements than max_dim_x or max_dim_y; dimension: X or Y."""
    # cppTango spells it so.
    desc = f"{dimension} dimesion is greater than the max defined for attribute {name}"
    return _error("API_WAttrOutsideLimit", desc, _WRITE_ATTRIBUTES)


def outside_limit(name: str, what: str, element: int) -> DevError:
    """Word the failure to write a value that is beyond a limit; what: below or above which."""
    desc = f"Set value for attribute {name} is {what} (at least element {element})"
    return _error("API_WAttrOutsideLimit", desc, "WAttribute::check_data_limits")


def not_finite(name: str, element: int) -> DevError:
    """Word the failure to write what is no finite number."""
    return outside_limit(name, "a NaN or INF value", element)._replace(
        origin="void Tango::{anonymous}::check_nan"
    )


_FORMS = {
    AttrDataFormat.SCALAR: "a ",
    AttrDataFormat.SPECTRUM: "a spectrum of ",
    AttrDataFormat.IMAGE: "an image of ",
    AttrDataFormat.FMT_UNKNOWN: "a ",
}


def incompatible_value(config: AttributeInfoEx, why: str) -> DevFailed:
    """Word the failure to convert what a client writes; why: the text of a WrongValue."""
    desc = f"Attribute {config.name} is {_FORMS[config.data_format]}{config.data_type.value}: {why}"
    return DevFailed(_error("API_IncompatibleAttrDataType", desc, __name__))


def not_written(others: Sequence[str]) -> DevError:
    """Word that an attribute was not written, since values of others cannot be."""
    desc = f"Nothing is written: what is given for {listed(others)} cannot be"
    return _error("API_AttributeFailed", desc, __name__)


def read_pipe_failed(device: str, pipe: str) -> DevError:
    """Word the outer level of a failure to read a pipe."""
    desc = f"Failed to read_pipe on device {lower(device)}, pipe {pipe}"
    return _error("API_PipeFailed", desc, _READ_PIPE)


def check_distinct(names: Sequence[str]) -> None:
    """Raise DevFailed if a name comes twice; one that comes three times is in the text twice."""
    # cppTango, DeviceProxy::same_att_name: the client sorts the names in lower case, and lists
    # each that equals the one after it.
    in_order = sorted(map(lower, names))
    repeated = [name for name, after in pairwise(in_order) if name == after]
    if repeated:
        listed = ", ".join(repeated)
        desc = f"Several times the same attribute in required attributes list: {listed}"
        raise DevFailed(_error("API_AttributeFailed", desc, "Deviceproxy::read_attributes()"))


def attribute_not_polled(name: str) -> DevFailed:
    """Word the failure of a history without polling; Tango has the name in lower case."""
    return DevFailed(
        _error(
            "API_AttrNotPolled",
            # cppTango: names of polled objects are kept in lower case.
            f"Attribute {lower(name)} not polled",
            "Device_5Impl::read_attribute_history_5",
        )
    )


def command_not_found(name: str) -> DevFailed:
    """Word the failure to describe an unknown command; the name as asked."""
    return _command_not_found(name, "Device_2Impl::command_query_2")


def history_of_unknown_command(name: str) -> DevFailed:
    """Word the error as Tango does, with the name in lower case."""
    return _command_not_found(lower(name), "DeviceImpl::check_command_exists")


def _command_not_found(name: str, origin: str) -> DevFailed:
    return DevFailed(_error("API_CommandNotFound", f"Command {name} not found", origin))


def command_needs_input(name: str) -> DevFailed:
    """Word the failure of the history of a command that cannot be polled."""
    return DevFailed(
        _error(
            "API_IncompatibleCmdArgumentType",
            f"Command {lower(name)} cannot be polled because it needs input value",
            "DeviceImpl::check_command_exists",
        )
    )


def command_not_polled(name: str) -> DevFailed:
    """Word the error as Tango does, with the name in lower case."""
    return DevFailed(
        _error(
            "API_CmdNotPolled",
            f"Command {lower(name)} not polled",
            "Device_4Impl::command_inout_history_4",
        )
    )


def is_history_served(info: CommandInfo, records: Sequence[DeviceDataHistory]) -> bool:
    """Return True where a server of Tango 10 gives what polling such a command gave."""
    if info.out_type is CmdArgType.DevVoid:
        # cppTango 10: what failed has no type, and only what did not stops the others.
        return all(record.err_stack for record in records)
    return info.cmd_name == "State" or info.out_type not in _NOT_SERVED


# cppTango 10, PollRing::get_cmd_history: the types for which its switch has no case.
_NOT_SERVED = (
    *(CmdArgType.DevState, CmdArgType.DevEnum, CmdArgType.DevUChar),
    *(CmdArgType.DevPipeBlob, CmdArgType.DevVarStateArray),
)


def history_not_served(out_type: CmdArgType) -> DevFailed:
    """Return what a server of Tango 10 raises in the place of such a history."""
    return DevFailed(
        _error(
            "API_CmdArgumentTypeNotSupported",
            f"Unhandled command argument type {out_type.value}",
            "PollRing::get_cmd_history",
        )
    )


def output_not_readable() -> DevFailed:
    """Word what PyTango raises of a command that gives a DevVarStateArray."""
    desc = "'this->any' with unexpected sequence kind '17'."
    return DevFailed(_error("API_InvalidCorbaAny", desc, "int Tango::DeviceData::get_type()"))


def pipe_not_found(name: str, outer: DevError) -> DevFailed:
    """Word the failure to read or write an unknown pipe; the name as asked."""
    inner = _error("API_PipeNotFound", f"{name} pipe not found", "DeviceClass::get_pipe_by_name")
    return DevFailed(inner, outer)


def pipe_not_writable(name: str, outer: DevError) -> DevFailed:
    """Word the failure to write a pipe that can be read only; the name as asked."""
    inner = _error(
        "API_PipeNotWritable", f"Pipe {name} is not writable", "Device_5Impl::write_pipe_5"
    )
    return DevFailed(inner, outer)


def not_exported(device: str, *outer: DevError) -> ConnectionFailed:
    """Word the failure of a device that is defined and whose server is not running."""
    desc = f"Device {lower(device)} is not exported (hint: try starting the device server)"
    origin = "virtual std::string Tango::DeviceProxy::get_corba_name(bool)"
    return ConnectionFailed(_error("API_DeviceNotExported", desc, origin), *outer)


def cannot_connect(device: str) -> ConnectionFailed:
    """Word the failure of a server that is gone, though the database believes it runs."""
    desc = (
        f"Failed to connect to device {lower(device)}\nThe connection request was delayed.\n"
        # cppTango, Connection::reconnect: RECONNECTION_DELAY, after the attempt that failed.
        "The last connection request was done less than 1000 ms ago"
    )
    origin = "virtual void Tango::Connection::reconnect(bool)"
    return ConnectionFailed(_error("API_CantConnectToDevice", desc, origin))


def state_failed(device: str) -> ConnectionFailed:
    """Word the failure of State; whatever the reason, this is what arrives."""
    origin = "virtual Tango::DevState Tango::DeviceProxy::state()"
    return ConnectionFailed(
        _error(
            "API_CorbaException",
            # cppTango, DeviceImpl::state: an attribute of IDL cannot raise DevFailed.
            "IMP_LIMIT CORBA system exception: Unknown minor code: b",
            origin,
        ),
        _error(
            "API_CommunicationFailed",
            f"Failed to execute state() on device {lower(device)}",
            origin,
        ),
    )


STATUS_FAILED = "Got exception    when trying to build device status"
"""Tango's status of a device whose server cannot give it."""


def run_of_unknown_command(device: str, name: str) -> DevFailed:
    """Word the failure to run an unknown command; the name as asked."""
    inner = _error(
        "API_CommandNotFound", f"Command {name} not found", "DeviceClass::command_handler"
    )
    return DevFailed(inner, command_failed(device, name))


def incompatible_argument(device: str, name: str, in_type: CmdArgType) -> DevFailed:
    """Word the failure of a command with an argument of another type, or without one."""
    # cppTango, Command::extract: it is the server that finds out, not the client.
    desc = f"Incompatible command argument type, expected type is : Tango::{in_type.value}"
    inner = _error("API_IncompatibleCmdArgumentType", desc, "Command::extract()")
    return DevFailed(inner, command_failed(device, name))
