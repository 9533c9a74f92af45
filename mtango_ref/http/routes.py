"""The routes of paths, found once: a client that polls names the same ones each time."""

from __future__ import annotations

from typing import Any

from falcon.routing import CompiledRouter

MOST = 1024
"""Paths whose routes are kept."""
LONGEST = 512
"""Characters of one that is kept."""


class Router(CompiledRouter):
    """Falcon's router, and what it has found. The fields of a path stay as who checks them first
    leaves them; a responder has its own."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, tuple[Any, ...]] = {}

    def find(self, uri: str, req: Any = None) -> Any:
        """Return resource, responders, fields and template of a path; None of an unknown one."""
        found = self._found.get(uri)
        if found is None:
            found = super().find(uri, req)
            if found is not None and len(uri) <= LONGEST:
                if len(self._found) >= MOST:
                    self._found.clear()
                self._found[uri] = found
        return found
