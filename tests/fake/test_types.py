"""Every data type that a command of a device can have."""

from __future__ import annotations

from typing import Any

import pytest
from fake_facilities import backend, reasons

from mtango_ref.model import CmdArgType, DevFailed

NOT_SENT = {
    *(CmdArgType.ConstDevString, CmdArgType.DevPipeBlob),
    *(CmdArgType.DevVarStateArray, CmdArgType.DevVarEncodedArray),
}
NOT_NEEDED = {CmdArgType.DevVoid, CmdArgType.DevUChar, CmdArgType.DevPipeBlob}
ARGUMENTS: list[Any] = [
    *(True, 1, 0.5, "ON", [], {"format": "", "data": ""}),
    *({"lvalue": [], "svalue": []}, {"dvalue": [], "svalue": []}),
]


def of_type(key: str, data_type: CmdArgType) -> Any:
    commands = f"{{Do: {{{key}: {data_type.value}}}}}"
    facility = backend(
        f"{{classes: {{A: {{commands: {commands}}}}}, devices: {{a/b/c: {{class: A}}}}}}"
    )
    return facility.get_device_proxy("a/b/c")


@pytest.mark.parametrize("data_type", CmdArgType)
def test_command_takes_its_argument(data_type: CmdArgType) -> None:
    """At least one argument fits, but of what PyTango cannot send."""
    device = of_type("in_type", data_type)
    assert device.command_query("Do").in_type is data_type
    taken, refused = [], set()
    for argument in (None,) if data_type is CmdArgType.DevVoid else ARGUMENTS:
        try:
            assert device.command_inout("Do", argument) is None
            taken.append(argument)
        except DevFailed as failed:
            refused.add(failed.errors[0].reason)
    assert refused <= {"API_IncompatibleCmdArgumentType"}
    assert bool(taken) == (data_type not in NOT_SENT)


@pytest.mark.parametrize("data_type", CmdArgType)
def test_command_needs_its_argument(data_type: CmdArgType) -> None:
    """The exceptions are types that only a server in Python can take, which looks for none."""
    device = of_type("in_type", data_type)
    if data_type in NOT_NEEDED:
        assert device.command_inout("Do") is None
        return
    with pytest.raises(DevFailed) as failed:
        device.command_inout("Do")
    told = f"Incompatible command argument type, expected type is : Tango::{data_type.value}"
    assert reasons(failed)[0] == ("API_IncompatibleCmdArgumentType", told)


@pytest.mark.parametrize("data_type", CmdArgType)
def test_command_gives_its_result(data_type: CmdArgType) -> None:
    """PyTango reads the result; of three types it does not."""
    device = of_type("out_type", data_type)
    assert device.command_query("Do").out_type is data_type
    if data_type is CmdArgType.DevVarStateArray:
        with pytest.raises(DevFailed) as failed:
            device.command_inout("Do")
        told = "'this->any' with unexpected sequence kind '17'."
        assert reasons(failed) == [("API_InvalidCorbaAny", told)]
        return
    unread = (CmdArgType.DevVoid, CmdArgType.DevUChar, CmdArgType.DevPipeBlob)
    assert (device.command_inout("Do") is None) == (data_type in unread)
