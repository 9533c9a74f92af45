"""A device of IDL 3, as servers of Tango 6 and before have them, without write_read_attribute."""

from __future__ import annotations

import sys
from typing import Any

import tango


class OldDevice(tango.Device_3Impl):  # type: ignore[misc]  # PyTango has no types
    """One attribute, `x`, which can be written."""

    def __init__(self, device_class: Any, name: str) -> None:
        super().__init__(device_class, name)
        self.init_device()

    def init_device(self) -> None:
        self.get_device_properties(self.get_device_class())
        self._x = 0.0

    def read_x(self, attr: Any) -> None:
        attr.set_value(self._x)

    def write_x(self, attr: Any) -> None:
        self._x = attr.get_write_value()


class OldDeviceClass(tango.DeviceClass):  # type: ignore[misc]  # PyTango has no types
    """Its class."""

    attr_list = {"x": [[tango.DevDouble, tango.SCALAR, tango.READ_WRITE]]}  # noqa: RUF012


if __name__ == "__main__":
    util = tango.Util(["OldDevice", *sys.argv[1:]])
    util.add_class(OldDeviceClass, OldDevice, "OldDevice")
    util.server_init()
    print("Ready to accept request", flush=True)
    util.server_run()
