"""The lines that `mtango-ref serve` prints as soon as it answers."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mtango_ref import __version__
from mtango_ref.settings.model import Settings

if TYPE_CHECKING:
    from mtango_ref.sockets import Listening


def announcement(settings: Settings, listening: Listening, tango_host: str) -> str:
    """Say what is served, where, and how to try it; and who is kept out."""
    from mtango_ref.http import cors

    facility = f"Tango at {tango_host}"
    if settings.backend == "fake":
        facility = f"the fake facility {settings.fixture}"
    lines = [
        f"mtango-ref {__version__} serves {facility} (rc3_mode {settings.rc3_mode})"
        f" at {_places(settings, listening)} - try it {_trial(settings, listening)}"
    ]
    if restricted := cors.sentence(settings):
        lines.append(restricted)
    return "\n".join(lines)


def _places(settings: Settings, listening: Listening) -> str:
    """Name where the server listens: addresses, a unix socket, or both."""
    places = []
    if listening.url:
        every = listening.every
        more = f" and every other {every} address of this machine" if every else ""
        places.append(f"{listening.url}{settings.app_base}{more}")
    if listening.path:
        places.append(f"the unix socket {listening.path}")
    return " and ".join(places)


def _trial(settings: Settings, listening: Listening) -> str:
    if listening.url:
        return f"at {listening.url}/swagger/"
    path = shlex.quote(listening.path)
    return f"with curl --unix-socket {path} http://localhost{settings.app_base}"
