"""Calls to one device, or to the database, and what is raised when they fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from mtango_ref.backends.pytango import convert
from mtango_ref.calls import Calls, timed_out
from mtango_ref.model import DevFailed

T = TypeVar("T")


class Asking(Protocol):
    """Calls a function that asks a target."""

    def __call__(self, function: Callable[..., T], *arguments: Any, **how: Any) -> T:
        """Call it with its arguments within the timeout; how, see Calls."""


class Target:
    """The target of calls: a device, or the database, which is one too."""

    def __init__(self, calls: Calls, label: str, device: str) -> None:
        self._label = label
        self._device = device
        self.timeout = calls.timeout
        """s that a call may take."""
        # No method, which would only pass its arguments on: each request makes such a call.
        self.call: Asking = partial(calls.call, label, self._translated)
        """Call a function that asks the target."""

    def _translated(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(*arguments)
        # PyTango raises TypeErrors and ValueErrors, too, where it refuses an argument itself.
        except convert.PYTANGO_ERRORS as error:
            raise self.failure(error) from error

    def failure(self, error: Exception) -> DevFailed:
        """Translate one of the PYTANGO_ERRORS; CORBA's timeout is ours, in the same words."""
        # CORBA's clock and ours run for the same time, and either may ring first.
        if convert.is_timeout(error, self._device):
            return self.timed_out()
        return convert.translation(error)

    def timed_out(self) -> DevFailed:
        """Word the failure of a call that took too long."""
        return timed_out(self._label, self.timeout)
