"""A worker: what it serves, what its parent knows of it, and its life in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Generic, NoReturn, TypeVar

from mtango_ref.figures.rows import Row, Rows
from mtango_ref.interface import BackendError
from mtango_ref.messages import StartError

READY, FAILED = b"+", b"-"
"""The first byte of what a worker says."""
STOP = (signal.SIGTERM, signal.SIGINT)
HANDLED = (*STOP, signal.SIGHUP, signal.SIGCHLD)
"""The signals that the parent handles. It blocks them while it starts a worker."""

Configuration = TypeVar("Configuration")


@dataclass(frozen=True)
class Plan(Generic[Configuration]):
    """A configuration, and the number and work of the workers that serve it."""

    configuration: Configuration
    workers: int
    drain_timeout: float
    """s that requests in flight have when a worker ends."""
    work: Callable[[Row, Callable[[str], None]], None]
    """Serves until SIGTERM, in a process of its own. It calls its second argument, with what is
    to be said of the start, as soon as it answers. Raises StartError, BackendError."""


@dataclass(eq=False)
class Worker:
    """A worker as its parent sees it."""

    pid: int
    row: int
    plan: Plan[Any]
    pipe: int
    """The pipe on which it says that it answers, or why it cannot; -1 when it has."""
    began: float = field(default_factory=monotonic)
    said: bytes = b""
    is_ready: bool = False
    kill_at: float | None = None
    """The time by which it has to have ended; None while it is not to end."""
    hangs: bool = False
    """True for a worker that is to end because its loop does not turn."""

    @property
    def text(self) -> str:
        """The text that it said; one that is too long may end within a character."""
        return self.said[1:].decode(errors="replace")

    def send(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


def live(
    plan: Plan[Any], rows: Rows, row: int, said: int, orphaned: int, forget: Callable[[], None]
) -> NoReturn:
    """Be a worker; never return.

    said: the pipe on which it says how it has started. orphaned: a pipe whose other end is closed
    when the parent is gone. forget: closes what is the parent's alone.
    """
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Ctrl-C and a terminal's end go to all processes: the parent passes them on.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        forget()
        threading.Thread(target=_end_with, args=[orphaned], daemon=True).start()
        plan.work(rows.take(row), lambda text: _say(said, READY, text))
        code = 0
    except (StartError, BackendError) as error:
        _say(said, FAILED, str(error))
        code = 2
    except BaseException:  # noqa: BLE001 - it must not return into the parent's loop
        traceback.print_exc()
    finally:
        logging.shutdown()
        sys.stdout.flush()
        # At once: calls to Tango that have not returned would hold a usual exit.
        os._exit(code)


def _say(pipe: int, kind: bytes, text: str) -> None:
    """Say one thing to the parent, once."""
    with suppress(OSError):  # it is gone
        os.write(pipe, kind + text.encode(errors="replace")[:60000])
        os.close(pipe)


def _end_with(orphaned: int) -> None:
    """End this worker as soon as its parent is gone."""
    os.read(orphaned, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def how(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    # subprocess: the code is that of a signal, with a minus.
    return f"was ended by {signal.Signals(-code).name}"
