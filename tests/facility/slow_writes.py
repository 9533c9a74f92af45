"""A device server whose attributes take long to write, and count how often they are."""

from __future__ import annotations

import sys
import time

from tango import AttrWriteType
from tango.server import Device, attribute, run


class SlowWrites(Device):  # type: ignore[misc]  # PyTango has no types
    """`first` and `second` are written in `seconds`; `written` lists what was written. The log
    says when a write begins and ends, while the device answers nobody."""

    first = attribute(dtype=float, access=AttrWriteType.READ_WRITE)
    second = attribute(dtype=float, access=AttrWriteType.READ_WRITE)
    seconds = attribute(dtype=float, access=AttrWriteType.READ_WRITE)
    written = attribute(dtype=(str,), max_dim_x=100)

    def init_device(self) -> None:
        super().init_device()
        self._values = {"first": 0.0, "second": 0.0}
        self._seconds = 0.0
        self._written: list[str] = []

    def _write(self, name: str, value: float) -> None:
        self._written.append(f"{name} {value:g}")
        print(f"{name} begins")
        time.sleep(self._seconds)
        self._values[name] = value
        print(f"{name} ends")

    def read_first(self) -> float:
        return self._values["first"]

    def write_first(self, value: float) -> None:
        self._write("first", value)

    def read_second(self) -> float:
        return self._values["second"]

    def write_second(self, value: float) -> None:
        self._write("second", value)

    def read_seconds(self) -> float:
        return self._seconds

    def write_seconds(self, value: float) -> None:
        self._seconds = value

    def read_written(self) -> list[str]:
        return self._written


if __name__ == "__main__":
    run([SlowWrites], args=["SlowWrites", *sys.argv[1:]])
