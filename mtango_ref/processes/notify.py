"""Messages to systemd: sd_notify(3), a datagram each; nothing where it does not listen."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic, monotonic_ns


class Notifier:
    """Messages to systemd for a service with Type=notify-reload, or with WatchdogSec=."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # Linux: a name of the abstract namespace
            self._address = "\0" + self._address[1:]
        self._pause = _watchdog(environ)
        """s between two messages of the watchdog; None if it does not wait for any."""
        self._due = 0.0

    def ready(self) -> None:
        """Say that the service answers, or that its new configuration is in force."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is read again; `ready` ends it."""
        # Type=notify-reload wants to know when, by CLOCK_MONOTONIC in µs.
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def alive(self) -> float | None:
        """Say so if it is time; how long (s) until it is time again, None for never."""
        if self._pause is None:
            return None
        now = monotonic()
        if now >= self._due:
            self._send("WATCHDOG=1")
            self._due = now + self._pause
        return self._due - now

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A service that cannot be heard goes on all the same.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.connect(self._address)
            to.send(message.encode())


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Return half of the time (s) that systemd waits; it is meant for one process only."""
    usec = environ.get("WATCHDOG_USEC", "")
    pid = environ.get("WATCHDOG_PID", str(os.getpid()))
    if not usec.isdigit() or int(usec) == 0 or pid != str(os.getpid()):
        return None
    return int(usec) / 2e6
