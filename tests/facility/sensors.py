"""A device server of many devices: `sensors.py INSTANCE`. One attribute of each answers at once,
the other counts its readings, and takes its time."""

from __future__ import annotations

import sys
import time

from tango.server import Device, attribute, command, run


class Sensor(Device):
    """A device with two attributes."""

    def init_device(self) -> None:
        super().init_device()
        self._count = 0
        self._fails = False

    @attribute
    def value(self) -> float:
        return 1.5

    @attribute(dtype=int)
    def readings(self) -> int:
        self._count += 1
        time.sleep(0.2)
        if self._fails:
            self._fails = False
            raise RuntimeError("failed")
        return self._count

    @command
    def Fail(self) -> None:  # noqa: N802  Tango's names are the methods' own
        """Let the next reading fail."""
        self._fails = True


if __name__ == "__main__":
    run([Sensor], args=["Sensor", *sys.argv[1:]])
