"""Blobs of pipes: PyTango's -> the model, and JSON -> PyTango's.

PyTango takes the names of blobs and elements, and a single DevString, for UTF-8 as it reads them;
it writes the names as UTF-8, and a DevString as Latin-1.
"""

from __future__ import annotations

import time
from typing import Any

import tango

from mtango_ref.backends.pytango.convert import DATA_TYPES
from mtango_ref.backends.pytango.values import IN_A_PIPE, from_tango
from mtango_ref.model import CmdArgType, DevicePipe, PipeBlob, PipeElement
from mtango_ref.pipe_input import written_blob

TangoBlob = tuple[str, list[dict[str, Any]]]
"""The name and the elements of a blob, as PyTango has them."""


def device_pipe(name: str, blob: TangoBlob) -> DevicePipe:
    """Convert the result of tango.DeviceProxy.read_pipe; it has no time, so it is now."""
    return DevicePipe(name, _pipe_blob(blob), time.time())


def _pipe_blob(blob: TangoBlob) -> PipeBlob:
    name, elements = blob
    return PipeBlob(name, tuple(map(_pipe_element, elements)))


def _pipe_element(element: dict[str, Any]) -> PipeElement:
    data_type = DATA_TYPES[int(element["dtype"])]
    if data_type is CmdArgType.DevPipeBlob:
        value: Any = _pipe_blob(element["value"])
    elif data_type is CmdArgType.DevString:
        # PyTango has taken it for UTF-8 already; from_tango would expect Latin-1.
        value = element["value"]
    else:
        value = from_tango(data_type, element["value"])
    return PipeElement(element["name"], data_type, value)


def pipe_blob(content: Any) -> TangoBlob:
    """Convert a blob as JSON holds it to what PyTango writes. WrongValue."""
    return _tango_blob(written_blob(content, IN_A_PIPE))


def _tango_blob(blob: PipeBlob) -> TangoBlob:
    return blob.name, [
        {
            "name": each.name,
            # Without it PyTango goes by the type in Python, where an int may be any of Tango's.
            "dtype": getattr(tango.CmdArgType, each.data_type.value),
            "value": _tango_blob(each.value) if isinstance(each.value, PipeBlob) else each.value,
        }
        for each in blob.data
    ]


def is_pipe_writable(config: Any) -> bool:
    """Return True where a tango.PipeInfo is of a pipe that can be written."""
    return bool(config.writable.name == "PIPE_READ_WRITE")
