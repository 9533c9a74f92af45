"""A device server that is small and quick to start, and changes what it has.

    changing_server.py INSTANCE [EDITION]

Its dynamic attribute `shape` is of the edition's kind, and the command Become makes it another.
The kind `none` has no such attribute.
"""

from __future__ import annotations

import sys
import time

from tango import (
    Attr,
    Attribute,
    AttrWriteType,
    CmdArgType,
    SpectrumAttr,
    UserDefaultAttrProp,
)
from tango.server import Device, attribute, command, run

DEFAULT = "short"
"""The edition."""


class Changing(Device):
    """A counter, and an attribute that is one of several kinds."""

    edition = DEFAULT
    executions = 0

    def init_device(self) -> None:
        super().init_device()
        self._kind = self._name = ""
        self.Become(self.edition)

    @attribute(dtype=int)
    def constant(self) -> int:
        return 7

    @attribute(dtype=int)
    def executed(self) -> int:
        """Count the executions of Count and Nap in this process."""
        return Changing.executions

    @command(dtype_out=int)
    def Count(self) -> int:  # noqa: N802  Tango's names are the methods' own
        Changing.executions += 1
        return Changing.executions

    @command(dtype_in=float)
    def Nap(self, seconds: float) -> None:  # noqa: N802
        Changing.executions += 1
        time.sleep(seconds)

    @command
    def Forget(self) -> None:  # noqa: N802
        """Be as it was when its process began."""
        Changing.executions = 0
        self.Become(self.edition)

    @command(dtype_in=str)
    def Become(self, kind: str) -> None:  # noqa: N802
        """Replace `shape` by one of another kind."""
        if self._name:
            self.remove_attribute(self._name)
        self._kind = kind
        self._name = {"shouted": "SHAPE", "none": ""}.get(kind, "shape")
        if self._name:
            self.add_attribute(_made(self._name, kind), self._read)

    def _read(self, attr: Attribute) -> None:
        attr.set_value(VALUES[self._kind])


VALUES = {
    "short": 1,
    "shouted": 1,
    "double": 1.5,
    "string": "one",
    "spectrum": [1, 2],
    "enum": 1,
    "other labels": 1,
}
"""The value of `shape`, by its kind."""

TYPES = {"double": CmdArgType.DevDouble, "string": CmdArgType.DevString}
LABELS = {"enum": ["ROUND", "SQUARE"], "other labels": ["FLAT", "STEEP"]}


def _made(name: str, kind: str) -> Attr:
    if kind == "spectrum":
        return SpectrumAttr(name, CmdArgType.DevShort, AttrWriteType.READ, 4)
    if kind not in LABELS:
        return Attr(name, TYPES.get(kind, CmdArgType.DevShort), AttrWriteType.READ)
    made = Attr(name, CmdArgType.DevEnum, AttrWriteType.READ)
    properties = UserDefaultAttrProp()
    properties.set_enum_labels(LABELS[kind])
    made.set_default_properties(properties)
    return made


def serve(instance: str, edition: str = DEFAULT) -> None:
    """Be the device server until it is ended."""
    Changing.edition = edition
    run([Changing], args=["Changing", instance])


if __name__ == "__main__":
    serve(*sys.argv[1:])
