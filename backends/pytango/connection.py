"""The connection to one device.

It breaks when the device server ends, and PyTango would not connect it again for 1 s; so the
proxies are made anew. Who reads meanwhile sees nothing of it: a read that fails on a connection
that was up is tried once more on a new one. A command is sent once, on a connection that a ping
has just found to be up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import tango

from mtango_ref.backends.pytango import convert, gate
from mtango_ref.backends.pytango.database import TangoDatabase
from mtango_ref.backends.pytango.defined_names import DefinedNames
from mtango_ref.backends.pytango.target import Asking, Target
from mtango_ref.model import ConnectionFailed, DevFailed

T = TypeVar("T")


class Connection:
    """A proxy of a device, made when it is needed."""

    def __init__(
        self, target: Target, name: str, database: TangoDatabase, defined_names: DefinedNames
    ) -> None:
        """Connect nothing yet."""
        self._target = target
        self.database = database
        """The database that knows the device."""
        self._defined_names = defined_names
        self._defined_name = defined_names.add(name)
        self._proxy: tango.DeviceProxy | None = None

    @property
    def read(self) -> Asking:
        """The way to call a function that changes nothing, again if a connection has broken.

        Kept here it would be a reference cycle: until the garbage collector runs the database
        would be asked about a device that nobody uses.
        """
        return partial(self._call, self._read)

    @property
    def name(self) -> str:
        """The device's name as the database defines it; of a deleted one, as it did."""
        self._refresh()
        return self._defined_name.name

    def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function that changes something, once, whatever fails.

        It is not called any more when its caller has been given API_DeviceTimedOut.
        """
        end = time.monotonic() + self._target.timeout
        result: T = self._call(self._run, end, function, *arguments, changes=True)
        return result

    def run_each(
        self, function: Callable[..., T], many: Sequence[tuple[Any, ...]]
    ) -> list[T | DevFailed]:
        """Call a function that changes something with each of several arguments, once each.

        What one raises stands in the place of what it returns. All together take no longer than
        the timeout; those that would come later are not called.
        """
        end = time.monotonic() + self._target.timeout
        return self._call(self._run_each, end, function, many, changes=True)

    def _refresh(self) -> None:
        self._defined_names.refresh()
        if not self._defined_name.exists:
            # Its server may still answer. A new proxy asks the database, in whose words a
            # deleted device fails, and finds one that is defined again at once.
            self._proxy = None

    def _call(self, call: Callable[..., T], *arguments: Any, **how: Any) -> T:
        self._refresh()
        try:
            return self._target.call(call, *arguments, **how)
        except ConnectionFailed:
            self._proxy = None
            raise

    def _read(self, function: Callable[..., T], *arguments: Any) -> T:
        proxy = self._proxy
        if proxy is not None:
            try:
                return function(proxy, *arguments)
            except convert.PYTANGO_ERRORS as error:
                if not self._has_broken(proxy, error):
                    raise
        # To read changes nothing, so it may be asked for again, on a connection that is new.
        return function(self._proxy or self._made(), *arguments)

    def _run(self, end: float, function: Callable[..., T], *arguments: Any) -> T:
        proxy = self._proxy
        if proxy is not None:
            try:
                # A command that is lost with its connection may have been run: nobody could say.
                proxy.ping()
            except tango.DevFailed as error:
                if not self._has_broken(proxy, error):
                    raise
        proxy = self._proxy or self._made()
        if time.monotonic() >= end:
            # A server that hung answers the ping as it goes on: too late to run a command.
            raise self._target.timed_out()
        return function(proxy, *arguments)

    def _run_each(
        self, end: float, function: Callable[..., T], many: Sequence[tuple[Any, ...]]
    ) -> list[T | DevFailed]:
        return [self._outcome(end, function, *arguments) for arguments in many]

    def _outcome(self, end: float, function: Callable[..., T], *arguments: Any) -> T | DevFailed:
        try:
            return self._run(end, function, *arguments)
        except convert.PYTANGO_ERRORS as error:
            return self._target.failure(error)

    def _has_broken(self, proxy: tango.DeviceProxy, error: Exception) -> bool:
        """Return True for a broken connection; then forget it."""
        if not convert.is_broken(error, self._defined_name.name):
            return False
        if proxy is self._proxy:  # or somebody has made another one already
            self._proxy = None
        return True

    def _made(self) -> tango.DeviceProxy:
        """Make a new proxy, also of a device that is not exported."""
        try:
            proxy = self._connected()
        except tango.DevFailed as error:
            if error.args[0].reason != "API_DeviceNotExported":
                raise
            # The function itself shall raise it, in the words that Tango's clients know.
            return gate.device_proxy(self._defined_name.name, self.database.asked_host)
        # That of a deleted device is not kept: the database is to be asked each time.
        if self._defined_name.exists:
            self._proxy = proxy
        return proxy

    def _connected(self) -> tango.DeviceProxy:
        proxy = gate.device_proxy(self._defined_name.name, self.database.asked_host)
        # It would double the time of every failure, and send a command again.
        proxy.set_transparency_reconnection(False)
        # The first call says why a device cannot be reached, the next one only that it was
        # too early to try again. (And set_timeout_millis is a call, which says nothing.)
        proxy.ping()
        proxy.set_timeout_millis(round(self._target.timeout * 1000))
        return proxy
