"""A device server of many devices that answer at once: `sensors.py INSTANCE`."""

from __future__ import annotations

import sys

from tango.server import Device, attribute, run


class Sensor(Device):
    """A device with one attribute."""

    @attribute
    def value(self) -> float:
        return 1.5


if __name__ == "__main__":
    run([Sensor], args=["Sensor", *sys.argv[1:]])
