"""A device server with memorized attributes, one of which it is given again at its start."""

from __future__ import annotations

import sys

from tango import AttrWriteType
from tango.server import Device, attribute, run


class Memorizing(Device):
    """`kept` is written when the server starts, `lost` is only reported as the last one written."""

    def init_device(self) -> None:
        super().init_device()
        self._values = {"kept": 0, "lost": 0}

    def read_kept(self) -> int:
        return self._values["kept"]

    def write_kept(self, value: int) -> None:
        self._values["kept"] = value

    def read_lost(self) -> int:
        return self._values["lost"]

    def write_lost(self, value: int) -> None:
        self._values["lost"] = value

    kept = attribute(
        dtype="DevLong", access=AttrWriteType.READ_WRITE, memorized=True, hw_memorized=True
    )
    lost = attribute(dtype="DevLong", access=AttrWriteType.READ_WRITE, memorized=True)


if __name__ == "__main__":
    run([Memorizing], args=["Memorizing", *sys.argv[1:]])
