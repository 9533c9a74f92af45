"""Listening: all sockets of the server, apart from what answers at them.

One process binds them, once; it or its children answer.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtango_ref.messages import StartError
from mtango_ref.settings.model import Settings
from mtango_ref.sockets.activation import take_passed
from mtango_ref.sockets.tcp import bind, reachable
from mtango_ref.sockets.unix import FAMILY, SocketFile, listen_at_path

_EVERY = {"0.0.0.0": "IPv4", "::": "IPv6"}  # noqa: S104 - only named


@dataclass(frozen=True)
class Listening:
    """Sockets that listen."""

    sockets: list[socket.socket]
    """One for every address of the host, all with the same port, and one of a path."""
    url: str
    """scheme://host:port where this machine finds them; empty without TCP."""
    path: str = ""
    """The path at which this machine finds the unix socket; empty without one."""
    file: SocketFile | None = None
    """The file of the unix socket, if this process has made it."""

    @property
    def every(self) -> str:
        """The family every address of which is listened at: IPv4, IPv6, or an empty text."""
        names: list[Any] = [sock.getsockname() for sock in self.sockets]
        return next((_EVERY[name[0]] for name in names if name and name[0] in _EVERY), "")

    def close(self) -> None:
        """Listen no more."""
        if self.file is not None:
            self.file.remove()
        for sock in self.sockets:
            sock.close()

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def listen(host: str, port: int) -> Listening:
    """Listen at all addresses of a host, at a free port for 0. Raises StartError."""
    sockets = bind(host, port)
    return Listening(sockets, f"http://{reachable(host)}:{sockets[0].getsockname()[1]}")


def listen_by(settings: Settings) -> Listening:
    """Listen at what systemd passes, or else where the settings say. Raises StartError."""
    # systemd.socket(5): who is given sockets listens there, whatever its own settings say.
    if passed := take_passed(os.environ):
        return _of_systemd(passed)
    tcp = listen(settings.host, settings.port) if settings.listens_at_port else Listening([], "")
    if settings.socket is None:
        return tcp
    path = Path(settings.socket)
    try:
        sock, file = listen_at_path(path, int(settings.socket_mode, 8))
    except StartError:
        # A server listens at all of its places, or at none.
        tcp.close()
        raise
    return Listening([*tcp.sockets, sock], tcp.url, str(path), file)


def _of_systemd(sockets: list[socket.socket]) -> Listening:
    """Name where the sockets are found; systemd keeps the file of a unix socket."""
    paths = [str(sock.getsockname()) for sock in sockets if sock.family == FAMILY]
    names: list[Any] = [sock.getsockname() for sock in sockets if sock.family != FAMILY]
    urls = [f"http://{reachable(name[0])}:{name[1]}" for name in names]
    return Listening(sockets, next(iter(urls), ""), next(iter(paths), ""))
