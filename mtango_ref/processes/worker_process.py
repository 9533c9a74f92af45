"""Messages between a worker and its parent, and about the worker."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

READY, FAILED = b"+", b"-"
"""The first byte of what a worker says."""


def tell(pipe: int, kind: bytes, text: str) -> None:
    """Say one thing to the master, once."""
    with suppress(OSError):  # it is gone
        os.write(pipe, kind + text.encode(errors="replace")[:60000])
        os.close(pipe)


def end_with(master: int) -> None:
    """End this worker as soon as the other end of a pipe, the master's, is closed."""
    os.read(master, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def how(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by {signal.Signals(-code).name}"
