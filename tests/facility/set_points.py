"""The values that tests write to a device, as against those it starts with."""

from __future__ import annotations

from typing import Any

import numpy as np
import tango


class SetPoints:
    """The set points of a device's writable attributes, as they are when this is made."""

    def __init__(self, device: str) -> None:
        self._device = tango.DeviceProxy(device)
        self._found = self._read()

    def are_as_found(self) -> bool:
        """Say whether nobody wrote anything else since."""
        now = self._read()
        return now.keys() == self._found.keys() and all(
            np.array_equal(now[name], found) for name, found in self._found.items()
        )

    def _read(self) -> dict[str, Any]:
        """Read name -> set point."""
        every = self._device.attribute_list_query()
        names = [each.name for each in every if each.writable is not tango.AttrWriteType.READ]
        return {each.name: each.w_value for each in self._device.read_attributes(names)}
