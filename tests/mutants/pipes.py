"""Breaks of pipes."""

from __future__ import annotations

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.http.rc3_json import Rc3
from mtango_ref.interface import Device
from mtango_ref.model import (
    DevFailed,
    DevicePipe,
    PipeBlob,
)
from mutants.breaks import (
    Break,
    Mutant,
    after,
    forgiving,
    instead,
    lost,
    put,
    reason_as,
    refusing,
)


def _unknown_pipe(device: Device, name: str) -> DevFailed | None:
    known = set(device.get_pipe_list())
    return None if name in known else tango_errors.pipe_not_found(device.name, name)


def _empty_pipe(self: FakeDevice, name: str) -> DevicePipe:
    return DevicePipe(name, PipeBlob(name, ()), 0.0)


_PIPES: dict[str, Break] = {
    "the pipes are names alone": instead(Rc3, "pipes", lambda self, names, device: list(names)),
    "no pipe is listed": instead(FakeDevice, "get_pipe_list", lambda self: []),
    "the link to a pipe is wrong": after(
        Rc3, "pipes", lambda body: [each | {"href": each["href"] + "/value"} for each in body]
    ),
    "the size of a pipe is wrong": put(Rc3, "pipe", size=lambda size: size + 1),
    "the size of a pipe is missing": lost(Rc3, "pipe", "size"),
    "a pipe has no _links": lost(Rc3, "pipe", "_links"),
    "a pipe has no timestamp": lost(Rc3, "pipe", "timestamp"),
    "the name of a pipe is its blob's": put(Rc3, "pipe", name="blob"),
    "an element of a pipe is no list": after(Rc3, "_element", lambda value: value[0]),
    "the elements of a pipe are backwards": after(Rc3, "_blob", lambda blob: blob[::-1]),
    "the elements of a pipe are an object": after(
        Rc3, "_blob", lambda blob: {each["name"]: each["value"] for each in blob}
    ),
    "an element of a pipe tells its type": after(
        Rc3, "_blob", lambda blob: [each | {"type": "DevString"} for each in blob]
    ),
    "names of pipes heed case": refusing(FakeDevice, "read_pipe", _unknown_pipe),
    "an unknown pipe is empty": forgiving(FakeDevice, "read_pipe", _empty_pipe),
    "an unknown pipe is 404": reason_as("404 Not Found", "API_PipeNotFound"),
}


MUTANTS = [
    *(Mutant(name, "pipes", break_) for name, break_ in _PIPES.items()),
    Mutant(
        "the timestamp of a pipe is in seconds in implementation mode",
        "pipes",
        put(Rc3, "pipe", timestamp=lambda time: time // 1000),
        "implementation",
    ),
]
