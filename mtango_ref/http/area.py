"""The addresses that the original Java server had, whatever it answered there."""

from __future__ import annotations

_OURS = ("sys",)
"""The names below app_base that are this server's own."""
_BESIDE = ("swagger", "manual", "health", "metrics", "favicon.ico")
"""The names of its own below its root."""


class Area:
    """The addresses at app_base and below, where the original had its servlet."""

    def __init__(self, app_base: str) -> None:
        """app_base: empty, or as the setting has it."""
        self._base = app_base
        # Without app_base the original's addresses begin at the root, among this server's own.
        self._beside = _OURS if app_base else (*_OURS, *_BESIDE)

    def has(self, path: str) -> bool:
        """Return True for what is no page or operation of this server's own, nor below one."""
        below = path.removeprefix(self._base)
        # /tango/restless begins with /tango/rest, and is not below it.
        is_below = path.startswith(self._base) and (not below or below[0] == "/")
        return is_below and below.split("/")[1:2] not in [[name] for name in self._beside]
