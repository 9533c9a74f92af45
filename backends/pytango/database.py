"""The facility's database, by its commands: PyTango's Database object retries for minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import tango

from mtango_ref.backends.pytango import convert
from mtango_ref.backends.pytango.deadline import Deadline
from mtango_ref.backends.pytango.target import Target
from mtango_ref.backends.pytango.values import text
from mtango_ref.interface import BackendError, Database
from mtango_ref.model import DbDevFullInfo, DevFailed

T = TypeVar("T")

TARGET = "the database"

MANY = 25
"""Devices whose names are asked for one by one; of more, the whole list costs less. One name costs
pytango-db 0.5 ms and MariaDB 0.4 ms, a list of 10,000 30 ms and 22 ms."""

USUAL_NAME = "sys/database/2"
"""Of the database's own device."""


class TangoDatabase:
    """Asks by command_inout of one tango.Database, which connects again by itself."""

    def __init__(self, deadline: Deadline) -> None:
        try:
            self._proxy = deadline.call(TARGET, _connected, deadline.timeout)
            self.name: str = self._proxy.dev_name()
            self._target = Target(deadline, TARGET, self.name)
            self.get_info()
        except tango.DevFailed as error:
            raise BackendError(_cannot_start(convert.dev_failed(error))) from error
        except DevFailed as error:
            raise BackendError(_cannot_start(error)) from error
        self.tango_host = f"{self._proxy.get_db_host()}:{self._proxy.get_db_port()}"

    def get_info(self) -> Sequence[str]:
        return self._ask(lambda proxy: _texts(proxy.command_inout("DbInfo")))

    def get_device_names(self, wildcard: str) -> Sequence[str]:
        names = self._ask(
            lambda proxy: _texts(proxy.command_inout("DbGetDeviceWideList", wildcard))
        )
        return sorted(names)

    def get_device_info(self, device: str) -> DbDevFullInfo:
        name, answer = self._ask(_device_info, device)
        return convert.device_info(name, *answer)

    def get_spellings(self, devices: Sequence[str]) -> dict[str, str]:
        """Find the defined names of devices by their lower-case names.

        Those that are not defined are left out.
        """
        wildcards = devices if len(devices) <= MANY else ["*"]
        found = self._ask(_spellings, wildcards)
        return {key: found[key] for device in devices if (key := device.lower()) in found}

    def get_device_property(self, device: str) -> dict[str, list[str]]:
        return self._ask(_device_properties, device)

    def get_device_attribute_property(self, device: str, attribute: str) -> dict[str, list[str]]:
        return self.get_device_attribute_properties(device, [attribute])[0]

    def get_device_attribute_properties(
        self, device: str, attributes: Sequence[str]
    ) -> list[dict[str, list[str]]]:
        """Those of several attributes, in the order asked."""
        return self._ask(_attribute_properties, device, attributes)

    def get_class_property(self, class_name: str) -> dict[str, list[str]]:
        """All properties of a class, sorted by name."""
        return self._ask(_class_properties, class_name)

    def _ask(self, function: Callable[..., T], *arguments: Any) -> T:
        return self._target.call(function, self._proxy, *arguments)


def _connected(timeout: float) -> tango.Database:
    # To make a tango.Database holds the GIL until the database answers, up to 92 s. So see
    # first that it does, by what does not hold it.
    try:
        tango.DeviceProxy(USUAL_NAME)
    except tango.DevFailed as error:
        if error.args[0].reason != "DB_DeviceNotDefined":
            raise
    proxy = tango.Database()
    proxy.set_timeout_millis(round(timeout * 1000))
    return proxy


def _device_info(proxy: tango.Database, device: str) -> tuple[str, Any]:
    """The device's name as defined, and the answer, in which a server's own device is lower
    case."""
    answer = proxy.command_inout("DbGetDeviceInfo", device)
    return _spellings(proxy, [device]).get(device.lower(), device), answer


def _spellings(proxy: tango.Database, wildcards: Sequence[str]) -> dict[str, str]:
    """The defined names by lower-case name. A name with a * in it stands for others too."""
    return {
        name.lower(): name
        for wildcard in wildcards
        for name in _texts(proxy.command_inout("DbGetDeviceWideList", wildcard))
    }


def _device_properties(proxy: tango.Database, device: str) -> dict[str, list[str]]:
    names = _texts(proxy.command_inout("DbGetDevicePropertyList", [device, "*"]))
    if not names:
        return {}
    # device, number of properties, and for each: name, number of values, the values.
    answer = iter(_texts(proxy.command_inout("DbGetDeviceProperty", [device, *names]))[2:])
    found = {}
    for name in answer:
        count = int(next(answer))
        if count:
            found[name] = _take(answer, count)
        else:
            # Not the device's: % and _ in its name stood for any text when the list was made.
            # There is no property without values, but a " " stands in their place.
            next(answer)
    return dict(sorted(found.items()))


def _attribute_properties(
    proxy: tango.Database, device: str, attributes: Sequence[str]
) -> list[dict[str, list[str]]]:
    # device, number of attributes, and for each: its name and what _properties takes.
    command = "DbGetDeviceAttributeProperty2"
    answer = iter(_texts(proxy.command_inout(command, [device, *attributes]))[2:])
    return [_properties(answer) for _ in answer]


def _class_properties(proxy: tango.Database, class_name: str) -> dict[str, list[str]]:
    names = _texts(proxy.command_inout("DbGetClassPropertyList", class_name))
    # class, and what _properties takes.
    answer = iter(_texts(proxy.command_inout("DbGetClassProperty", [class_name, *names]))[1:])
    return _properties(answer)


def _properties(answer: Iterator[str]) -> dict[str, list[str]]:
    """Number of properties, and for each: name, number of values, the values."""
    count = int(next(answer))
    found = {next(answer): _take(answer, int(next(answer))) for _ in range(count)}
    return dict(sorted(found.items()))


def _take(items: Iterator[str], count: int) -> list[str]:
    return [next(items) for _ in range(count)]


def _texts(values: Sequence[str]) -> list[str]:
    return [text(value) for value in values]


def _cannot_start(error: DevFailed) -> str:
    """One sentence with the next step."""
    try:
        host = tango.ApiUtil.get_env_var("TANGO_HOST")
    except tango.DevFailed:
        host = None
    if not host:
        return "TANGO_HOST is not set: set it to host:port of the Tango database."
    return (
        f"The Tango database at TANGO_HOST={host} does not answer ({error.errors[0].desc}): "
        "start it, or set TANGO_HOST to host:port of one that runs."
    )


_: type[Database] = TangoDatabase
