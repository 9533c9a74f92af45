"""The facility's database, by its commands: PyTango's Database object retries for minutes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import tango

from mtango_ref.backends.pytango import convert, gate
from mtango_ref.backends.pytango.answering import AnsweringHost
from mtango_ref.backends.pytango.properties import (
    Change,
    Owner,
    Plan,
    attribute_properties,
    check_spelling,
    class_properties,
    device_properties,
)
from mtango_ref.backends.pytango.tables import find_tables, is_plain
from mtango_ref.backends.pytango.target import Target
from mtango_ref.backends.pytango.values import text
from mtango_ref.calls import DATABASE, Calls
from mtango_ref.interface import BackendError, Database
from mtango_ref.model import ConnectionFailed, DbDevFullInfo, DevFailed
from mtango_ref.names import is_askable, lower, no_device_info
from mtango_ref.properties import Properties, refused

T = TypeVar("T")

MANY = 25
"""Devices whose names are asked for one by one; of more, the whole list costs less. One name costs
pytango-db 0.5 ms and MariaDB 0.4 ms, a list of 10,000 30 ms and 22 ms."""

_WILD = frozenset("*%")
"""The wildcards of the database: for a name with one, it would list all that match."""


class _Link(NamedTuple):
    """The host:port that is asked, and the proxy for that, which connects again by itself."""

    tango_host: str
    proxy: tango.Database


class TangoDatabase:
    """The database of a facility at the first of its hosts that answers, and then, as soon as
    that one fails, at another. What the gate keeps from it is not defined."""

    def __init__(self, tango_hosts: Sequence[str], calls: Calls) -> None:
        """Connect. tango_hosts: each host:port, in order. Raises BackendError."""
        self.tango_hosts = tango_hosts
        self._answering_host = AnsweringHost(tango_hosts)
        self._calls = calls
        try:
            self._link = self._connected(self.get_answering_host() or tango_hosts[0])
            self.name: str = self._link.proxy.dev_name()
            self._target = Target(calls, DATABASE, self.name)
            self.get_info()
        except tango.DevFailed as error:
            raise BackendError(self._no_answer(convert.dev_failed(error))) from error
        except DevFailed as error:
            raise BackendError(self._no_answer(error)) from error
        self.tango_host = tango_hosts[0]
        # cppTango names the first of several as it is written.
        if len(tango_hosts) == 1:
            with suppress(DevFailed):  # no name server answers
                self.tango_host = calls.call("the name server", _named_in_full, tango_hosts[0])

    @property
    def asked_host(self) -> str:
        """The host:port that is asked now."""
        return self._link.tango_host

    def get_answering_host(self) -> str | None:
        if len(self.tango_hosts) == 1:
            return self.tango_hosts[0]
        # cppTango names the first of several, be it dead, and asks the first that it can
        # connect to.
        return self._answering_host.find()

    def get_info(self) -> Sequence[str]:
        return self._ask(_command, "DbInfo")

    def get_device_names(self, wildcard: str) -> Sequence[str]:
        with suppress(gate.NotAskedError):
            # MariaDB orders names by its collation, SQLite by their bytes: answers have one order.
            return sorted(self._ask(_command, "DbGetDeviceWideList", wildcard))
        return []

    def get_device_info(self, device: str) -> DbDevFullInfo:
        try:
            name, answer = self._ask(_device_info, device, about=lower(device))
        except gate.NotAskedError:
            raise no_device_info(self.name, device) from None
        return convert.device_info(name, *answer)

    def find_name(self, device: str) -> str | None:
        """Find the defined name of a device; None of one that is not defined.

        That is one question, in which the database has nothing to raise.
        """
        try:
            if _WILD.isdisjoint(device):
                return self._ask(_defined_name, device, about=lower(device))
            return self.get_device_info(device).name
        except DevFailed as error:
            if error.errors[0].reason != "DB_DeviceNotDefined":
                raise
            return None

    def get_spellings(self, devices: Sequence[str]) -> dict[str, str]:
        """Find the defined names of devices by their lower-case names.

        Those that are not defined are left out.
        """
        wildcards = devices if len(devices) <= MANY else ["*"]
        found = self._ask(_spellings, wildcards)
        return {key: found[key] for device in devices if (key := lower(device)) in found}

    def get_device_property(self, device: str) -> dict[str, list[str]]:
        with suppress(gate.NotAskedError):
            # A name that may not be asked is an unknown one, which has no properties.
            return self._ask(_device_properties, device)
        return {}

    def get_device_attribute_property(self, device: str, attribute: str) -> dict[str, list[str]]:
        return self.get_device_attribute_properties(device, [attribute])[0]

    def get_device_attribute_properties(
        self, device: str, attributes: Sequence[str]
    ) -> list[dict[str, list[str]]]:
        """Read the properties of several attributes, in the order asked."""
        # A name that may not be asked has no properties; the others are asked for all the same.
        asked = [name for name in attributes if is_askable(name)]
        found: list[dict[str, list[str]]] = []
        with suppress(gate.NotAskedError):
            found = self._ask(_attribute_properties, device, asked)
        by_name = dict(zip(asked, found, strict=False))
        return [by_name.get(name, {}) for name in attributes]

    def get_class_property(self, class_name: str) -> dict[str, list[str]]:
        """Read all properties of a class, sorted by name."""
        with suppress(gate.NotAskedError):
            return self._ask(class_properties, class_name)
        return {}

    def put_device_property(
        self, device: str, properties: Properties, *, only: bool = False
    ) -> None:
        self._change(Change(Owner(device), properties, only=only))

    def delete_device_property(self, device: str, names: Sequence[str]) -> None:
        self._change(Change(Owner(device), {}, names))

    def put_device_attribute_property(
        self, device: str, attribute: str, properties: Properties
    ) -> None:
        self._change(Change(Owner(device, attribute), properties))

    def delete_device_attribute_property(
        self, device: str, attribute: str, names: Sequence[str]
    ) -> None:
        self._change(Change(Owner(device, attribute), {}, names))

    def check_device_property(
        self, device: str, properties: Properties, names: Sequence[str] = (), *, only: bool = False
    ) -> None:
        self._check(Change(Owner(device), properties, names, only))

    def check_device_attribute_property(
        self, device: str, attribute: str, properties: Properties, names: Sequence[str] = ()
    ) -> None:
        self._check(Change(Owner(device, attribute), properties, names))

    def check_stored(self, attribute: str, texts: Mapping[str, Any]) -> None:
        """Refuse texts of an attribute's configuration that the database would not keep as they
        are. attribute: domain/family/member/attribute. DevFailed."""
        lines = {
            path: [given] if isinstance(given, str) else given for path, given in texts.items()
        }
        # Most texts are kept by any database, so that it need not be asked.
        if all(is_plain(each) for given in lines.values() for each in given):
            return
        tables = self._ask(find_tables)
        for path, given in lines.items():
            if tables is not None and (why := tables.misfit(path, given)):
                raise refused(attribute, path, why)

    def _no_answer(self, error: DevFailed) -> str:
        """Return one sentence with the next step."""
        return (
            f"The Tango database at TANGO_HOST={','.join(self.tango_hosts)} does not answer"
            f" ({error.errors[0].desc}): start it, or set TANGO_HOST to host:port of one that"
            " runs."
        )

    def _ask(self, function: Callable[..., T], *arguments: Any, about: str = "") -> T:
        # Both attempts have one timeout together: a dead host may take all of it.
        end = monotonic() + self._calls.timeout
        link = self._link
        try:
            return self._target.call(
                function, link.proxy, *arguments, at=link.tango_host, about=about
            )
        except ConnectionFailed:
            if not self._moved_from(link, end):
                raise
        left = end - monotonic()
        link = self._link
        return self._target.call(
            function, link.proxy, *arguments, left=left, at=link.tango_host, about=about
        )

    def _check(self, change: Change) -> None:
        change.check()
        try:
            self._ask(_planned, change)
        except gate.NotAskedError:
            raise no_device_info(self.name, change.owner.device) from None

    def _change(self, change: Change) -> None:
        """Make a change, once, whatever fails."""
        # Sent twice, a change might undo what somebody else wrote meanwhile.
        change.check()
        end = monotonic() + self._calls.timeout
        link = self._link
        try:
            self._target.call(self._make, link, change, end, changes=True, at=link.tango_host)
        except gate.NotAskedError:
            raise no_device_info(self.name, change.owner.device) from None
        except ConnectionFailed:
            # What is asked next finds another host.
            self._moved_from(link, end)
            raise

    def _make(self, link: _Link, change: Change, end: float) -> None:
        def connected() -> tango.Database:
            # A database that hung answers as it goes on: nobody waits for the change any more.
            if monotonic() >= end:
                raise self._target.timed_out()
            return gate.database_once(link.tango_host, self._calls.timeout)

        _planned(link.proxy, change).send(connected)

    def _moved_from(self, link: _Link, end: float) -> bool:
        """Ask another of several hosts from now on, as cppTango does; return False without one."""
        if len(self.tango_hosts) == 1:
            return False
        self._answering_host.forget(link.tango_host)
        host = self._answering_host.find()
        if host is None or monotonic() >= end:
            return False
        if self._link is link:  # or somebody else has moved already
            with suppress(DevFailed, tango.DevFailed):
                self._link = self._connected(host, end - monotonic())
        return self._link is not link

    def _connected(self, tango_host: str, left: float | None = None) -> _Link:
        timeout = self._calls.timeout
        proxy = self._calls.call(
            DATABASE, gate.database, tango_host, timeout, left=left, at=tango_host
        )
        return _Link(tango_host, proxy)


def _command(proxy: tango.Database, command: str, *names: str) -> list[str]:
    answer: Any = gate.ask(proxy, command, *names)
    return [text(each) for each in answer]


def _device_info(proxy: tango.Database, device: str) -> tuple[str, Any]:
    """Get the device's name as defined, and the answer, in which a server's own device is lower
    case. NotAskedError."""
    answer = gate.ask(proxy, "DbGetDeviceInfo", device)
    return _defined_name(proxy, device), answer


def _defined_name(proxy: tango.Database, device: str) -> str:
    """Find the device's name as defined. NotAskedError without one; see check_spelling, too."""
    name = _spellings(proxy, [device]).get(lower(device))
    if name is None:
        raise gate.NotAskedError(device)
    return name


def _spellings(proxy: tango.Database, wildcards: Sequence[str]) -> dict[str, str]:
    """Find the defined names by their lower-case names. A name with a * in it stands for others,
    too."""
    return {
        lower(name): name
        for wildcard in wildcards
        for name in _command(proxy, "DbGetDeviceWideList", wildcard)
    }


def _planned(proxy: tango.Database, change: Change) -> Plan:
    """Find what a change sends, of a device by its defined name. NotAskedError."""
    defined = _defined_name(proxy, change.owner.device)
    return replace(change, owner=replace(change.owner, device=defined)).plan(proxy)


def _device_properties(proxy: tango.Database, device: str) -> dict[str, list[str]]:
    check_spelling(_spellings, proxy, device)
    return device_properties(proxy, device)


def _attribute_properties(
    proxy: tango.Database, device: str, attributes: Sequence[str]
) -> list[dict[str, list[str]]]:
    check_spelling(_spellings, proxy, device)
    return attribute_properties(proxy, device, attributes)


def _named_in_full(tango_host: str) -> str:
    """Return host:port as PyTango names it."""
    # cppTango, of TANGO_HOST: localhost is the name of this machine, and to a name without a dot
    # the name servers' domain is added.
    host, _, port = tango_host.rpartition(":")
    if lower(host) == "localhost":
        host = socket.gethostname()
    full = host if "." in host else socket.getfqdn(host)
    is_same = lower(full).startswith(f"{lower(host)}.")
    return f"{full if is_same else host}:{port}"


_: type[Database] = TangoDatabase
