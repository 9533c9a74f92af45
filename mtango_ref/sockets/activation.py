"""Sockets that systemd listens at, and passes to the service: sd_listen_fds(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

from mtango_ref.messages import StartError
from mtango_ref.sockets.unix import FAMILY

_FIRST = 3
"""Number of the first descriptor that is passed; the others follow."""
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_FAMILIES = (socket.AF_INET, socket.AF_INET6, FAMILY)


def take_passed(environ: MutableMapping[str, str]) -> list[socket.socket]:
    """Take what is passed to this process; no child of it finds any. Raises StartError."""
    pid, count, names = (environ.pop(name, "") for name in _VARIABLES)
    # sd_listen_fds(3): what is meant for another process is none of ours.
    if pid != str(os.getpid()) or not (count.isascii() and count.isdigit()):
        return []
    called = dict(enumerate(names.split(":")))
    return [_taken(_FIRST + each, called.get(each, "")) for each in range(int(count))]


def _taken(descriptor: int, name: str) -> socket.socket:
    try:
        sock = socket.socket(fileno=descriptor)
        sock.set_inheritable(False)
        if (
            sock.family in _FAMILIES
            and sock.type == socket.SOCK_STREAM
            and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        ):
            return sock
    except OSError:
        pass
    called = f" {name!r}" if name else ""
    raise StartError(
        f"The descriptor {descriptor}{called} that systemd passes is no socket that listens:"
        " expected ListenStream= and Accept=no."
    )
