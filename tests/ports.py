"""Free ports, for servers that have to keep theirs when they are started again."""

from __future__ import annotations

import random
import socket

_CHOICE = range(12_000, 32_000)
"""Below those that Linux gives to clients (32,768 and more): any connection could take one of these
between the moment it is found and the start of its server, or while that one is restarted."""


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody uses right now."""
    # By chance, so that processes that look at the same time find others.
    for port in random.sample(_CHOICE, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"100 ports of {_CHOICE} are taken")
