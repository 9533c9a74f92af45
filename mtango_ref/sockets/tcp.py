"""TCP sockets that listen at the addresses of a host."""

from __future__ import annotations

import errno
import socket
from typing import Any

from mtango_ref.messages import StartError

_PORT_TRIES = 10
_SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps (twice) for a connection: left alone it takes 4 MB, and reports
what a slow client reads only in steps of a third of that."""


def bind(host: str, port: int, tries: int = _PORT_TRIES) -> list[socket.socket]:
    """Listen at every address of a host, all at the same port, a free one for 0. StartError."""
    try:
        return _bind_once(host, port)
    except OSError as error:
        # Port 0: what is free at the first address may be taken at the next.
        if port == 0 and error.errno == errno.EADDRINUSE and tries > 1:
            return bind(host, port, tries - 1)
        raise StartError(_sentence(host, port, error)) from error


def _bind_once(host: str, port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    absent: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, _, _, _, address in found:
        try:
            sock = _listening(family, (address[0], port, *address[2:]))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)  # its connections'
        except OSError as error:
            # localhost often means ::1 too, on machines that have no IPv6.
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                absent = error
                continue
            for sock in sockets:
                sock.close()
            raise
        sockets.append(sock)
        port = sock.getsockname()[1]
    if absent is not None and not sockets:
        raise absent
    return sockets


def _listening(family: int, address: tuple[Any, ...]) -> socket.socket:
    """Return a socket that listens at the address, alone. Raises OSError."""
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    if exclusive is None:
        return socket.create_server(address, family=family)
    # Winsock: without this option another process may take the same port, and its requests.
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock


def _sentence(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"The host {host!r} cannot be resolved: {error.strerror}."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken; choose another one with --port, or any free one"
            " with --port 0."
        )
    if error.errno == errno.EACCES and hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        # Winsock: WSAEACCES, also of a port that Windows keeps for itself.
        return f"Port {port} of {host} is taken or reserved; choose another one with --port."
    if error.errno == errno.EACCES:
        return (
            f"Port {port} needs privileges that this user does not have; choose one from 1024"
            " on with --port."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {host}; choose another one with --host."
    return f"Port {port} of {host} cannot be listened on: {error.strerror or error}."


def reachable(host: str) -> str:
    """Name the host that is listened at as a URL on this machine has it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened at
    host = anywhere.get(host, host)
    return f"[{host.replace('%', '%25')}]" if ":" in host else host
