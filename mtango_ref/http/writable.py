"""The devices that may be changed, by the setting `writable`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.names import lower

PROTECTED = ("dserver/", "sys/database/", "sys/access_control/", "tango/admin/")
"""Prefixes of the devices that run the facility: their commands end servers, delete devices, start
programs."""


class Writable:
    """Names of devices, with `*` for any text; whatever their case, as Tango compares names."""

    def __init__(self, patterns: Sequence[str], always: str | None = None) -> None:
        """Allow what the patterns name, and one device in any case."""
        self._always = lower(always or "")
        self._patterns = [
            (lower(each), re.compile(".*".join(map(re.escape, lower(each).split("*"))), re.DOTALL))
            for each in patterns
        ]

    def check(self, device: str) -> None:
        """Raise DevFailed for a device that may not be changed: API_ReadOnlyMode."""
        name = lower(device)
        protection = next(filter(name.startswith, PROTECTED), "")
        if name == self._always or any(
            # What runs the facility has to be named: `*` is not enough.
            text.startswith(protection) and pattern.fullmatch(name)
            for text, pattern in self._patterns
        ):
            return
        # cppTango, NotAllowed: the reason of what a client may read and not change.
        desc = f"Device {device} may not be changed here: the setting writable does not name it"
        raise DevFailed(DevError("API_ReadOnlyMode", desc, ErrSeverity.ERR, "mtango-ref"))
