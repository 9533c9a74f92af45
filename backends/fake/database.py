"""The database of the facility: which devices there are, and their properties."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter

from mtango_ref.backends.fake.device.memory import PROPERTY
from mtango_ref.backends.fake.processes import Processes, server_key
from mtango_ref.backends.fake.properties import Lines, WrittenProperties
from mtango_ref.fixture.completing import properties_of, server_of
from mtango_ref.fixture.definitions import Defined, Definitions
from mtango_ref.fixture.language import Device, DeviceClass
from mtango_ref.interface import Database
from mtango_ref.model import DbDevFullInfo
from mtango_ref.names import (
    has_proxy,
    is_askable,
    lower,
    no_device_info,
    no_proxy,
    no_such_device,
)
from mtango_ref.properties import Properties, check_attribute, check_change, check_name

_NOTHING = "nada"
"""The database's word for what it does not know of a device that never ran."""
# pytango-db's date of what never happened; it is "last_unexported" in rc3's example, too.
_NEVER = "?"


class FakeDatabase:
    """The database of what is defined, of which the processes run."""

    def __init__(
        self, definitions: Definitions, processes: Processes, written: WrittenProperties
    ) -> None:
        options = definitions.options
        self.tango_host = f"{options.host}:{options.port}"
        self.tango_hosts = (self.tango_host,)
        self._devices, self._classes = definitions.devices, definitions.classes
        self._processes = processes
        self.written = written
        """The changes made by clients."""
        # Clients ask for the names of the same devices again and again.
        self._like = lru_cache(maxsize=16)(self._find_names)
        self._own = self._devices[lower(options.database)]
        self.name = self._own.name

    def find(self, device: str) -> Defined:
        """Find a device, whatever the case of its name. Raises DB_DeviceNotDefined."""
        found = self._found(device)
        if found is None:
            raise no_such_device(self.name, device)
        if not has_proxy(found.name):
            # PyTango would take the # for the beginning of a modifier, and ask no database.
            raise no_proxy(found.name)
        return found

    def get_answering_host(self) -> str | None:
        return self.tango_host

    def _found(self, device: str) -> Defined | None:
        """Find what is defined under a name that the gateway would ask the database for."""
        return self._devices.get(lower(device)) if is_askable(device) else None

    def get_info(self) -> Sequence[str]:
        defined = self._devices.values()
        devices = [each.device for each in defined]
        exported = [device for device in devices if device.exported]
        classes = self._classes.values()
        since = self._processes[server_key(self._own)].since
        # pytango-db dates it so; DataBaseds writes words, such as "25th November 2026 at 14:19:37".
        started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(since))
        return [
            f"TANGO Database {self.name}",
            " ",
            f"Running since ...{started}",
            " ",
            # rc3, "GET P": "info: [lines of DbInfo]", here as pytango-db writes them.
            f"Devices defined = {len(devices)}",
            f"Devices exported = {len(exported)}",
            f"Device servers defined = {_count_servers(devices)}",
            f"Device servers exported = {_count_servers(exported)}",
            " ",
            _defined("Device properties", map(self._properties, defined)),
            _defined("Class properties", (each.properties for each in classes)),
            _defined("Device attribute properties", self._of_attributes(defined)),
            _defined("Class attribute properties", _of_classes(classes)),
            _defined("Object properties", ()),
        ]

    def get_device_names(self, wildcard: str) -> Sequence[str]:
        # DbGetDeviceWideList compares without regard to case: SQL's LIKE, with % for *.
        return self._like(lower(wildcard)) if is_askable(wildcard) else []

    def _find_names(self, wildcard: str) -> list[str]:
        first, *inner = wildcard.split("*")
        if not inner:
            # pytango-db escapes % and _: without a * its LIKE is an equation.
            return [self._devices[first].name] if first in self._devices else []
        last = inner.pop()
        # Most names are sorted out one condition after the other, the cheap ones first.
        inner = [*filter(None, inner)]
        least = len(first) + len(last) + sum(map(len, inner))
        if not least:
            return self._names
        found = [each for each in self._sorted if len(each[0]) >= least]
        if first:
            found = [each for each in found if each[0].startswith(first)]
        if last:
            found = [each for each in found if each[0].endswith(last)]
        if inner:
            longest = max(inner, key=len)
            found = [each for each in found if longest in each[0]]
            found = [each for each in found if _in_order(each[0], inner, first, last)]
        return [name for _, name in found]

    @cached_property
    def _sorted(self) -> list[tuple[str, str]]:
        """List (name in lower case, name) of all devices, by their names."""
        # pytango-db: ORDER BY name; the gateway sorts what DataBaseds gives, too.
        return sorted(((key, name) for key, (name, *_) in self._devices.items()), key=itemgetter(1))

    @cached_property
    def _names(self) -> list[str]:
        return [name for _, name in self._sorted]

    def get_device_info(self, device: str) -> DbDevFullInfo:
        found = self._found(device)
        if found is None:
            raise no_device_info(self.name, device)
        # DbGetDeviceInfo answers for what is not exported, too: with 0, and "nada" for an IOR.
        return self._running(found) if found.device.exported else _stopped(found)

    def get_device_property(self, device: str) -> dict[str, list[str]]:
        found = self._found(device)
        # DataBaseds: an unknown device has no properties, and that is no error.
        if found is None:
            return {}
        properties = sorted(self._properties(found).items())
        # The gateway has the names from the database, and asks for each that is askable.
        return {name: [*lines] if is_askable(name) else [] for name, lines in properties}

    def get_device_attribute_property(self, device: str, attribute: str) -> dict[str, list[str]]:
        found = self._found(device)
        # DataBaseds: nor has an unknown device or attribute.
        if found is None or not is_askable(attribute):
            return {}
        # By name, as the gateway sorts what a database gives.
        properties = sorted(self._attribute_properties(found, attribute).items())
        return {name: [*lines] for name, lines in properties}

    def put_device_property(
        self, device: str, properties: Properties, *, only: bool = False
    ) -> None:
        found = self._checked(device, properties, only=only)
        first = properties_of(found.device, found.of)
        self.written.change(lower(device), None, first, properties, only)

    def delete_device_property(self, device: str, names: Sequence[str]) -> None:
        found = self._checked(device, {}, names)
        first = properties_of(found.device, found.of)
        self.written.delete(lower(device), None, first, names)

    def put_device_attribute_property(
        self, device: str, attribute: str, properties: Properties
    ) -> None:
        first = _fixed(self._checked_attribute(device, attribute, properties), attribute)
        self.written.change(lower(device), lower(attribute), first, properties, False)

    def delete_device_attribute_property(
        self, device: str, attribute: str, names: Sequence[str]
    ) -> None:
        first = _fixed(self._checked_attribute(device, attribute, {}, names), attribute)
        self.written.delete(lower(device), lower(attribute), first, names)

    def check_device_property(
        self, device: str, properties: Properties, names: Sequence[str] = (), *, only: bool = False
    ) -> None:
        self._checked(device, properties, names, only=only)

    def check_device_attribute_property(
        self, device: str, attribute: str, properties: Properties, names: Sequence[str] = ()
    ) -> None:
        self._checked_attribute(device, attribute, properties, names)

    def _checked(
        self, device: str, properties: Properties, names: Sequence[str] = (), *, only: bool = False
    ) -> Defined:
        check_change(device, properties, names)
        found = self._known(device)
        if only:
            written = {lower(name) for name in properties}
            for name in self._properties(found):
                if lower(name) not in written:
                    # One name that may not be put to a database keeps all of it from being written.
                    check_name(found.name, name, "deleted")
        return found

    def _checked_attribute(
        self, device: str, attribute: str, properties: Properties, names: Sequence[str] = ()
    ) -> Defined:
        # An attribute need not exist, as Tango itself has it: a server may add it later.
        check_attribute(device, attribute)
        check_change(f"{device}/{attribute}", properties, names)
        return self._known(device)

    def memorize(self, device: str, attribute: str, text: str) -> None:
        """Keep what a client wrote to a memorized attribute, as its server does."""
        first = _fixed(self._known(device), attribute)
        self.written.change(lower(device), lower(attribute), first, {PROPERTY: [text]}, False)

    def memorized(self, device: str, attribute: str) -> str | None:
        """Return what was kept since the start, or written into that property."""
        lines = self.written.get(lower(device), lower(attribute), {}).get(PROPERTY)
        return lines[0] if lines else None

    def _known(self, device: str) -> Defined:
        found = self._found(device)
        if found is None:
            raise no_device_info(self.name, device)
        return found

    def _properties(self, defined: Defined) -> Lines:
        first = properties_of(defined.device, defined.of)
        return self.written.get(lower(defined.name), None, first)

    def _attribute_properties(self, defined: Defined, attribute: str) -> Lines:
        key = lower(defined.name), lower(attribute)
        return self.written.get(*key, _fixed(defined, attribute))

    def _of_attributes(self, devices: Iterable[Defined]) -> Iterator[Lines]:
        """List the properties of the attributes that a device has not from its class alone."""
        for each in devices:
            own = {lower(name) for name in each.device.attributes}
            for attribute in own | {*self.written.attributes(lower(each.name))}:
                yield self._attribute_properties(each, attribute)

    def _running(self, defined: Defined) -> DbDevFullInfo:
        name, device, _ = defined
        process = self._processes[server_key(defined)]
        if process.stopped is None:
            ior = f"IOR:{name.encode().hex()}"
            pid, since = device.pid or process.pid, device.started_date or _date(process.since)
            ior, stopped = device.ior or ior, device.stopped_date or _NEVER
        else:
            # Tango: a server that starts exports its devices, and one that ends takes them back.
            pid, since, stopped = process.pid, _date(process.since), _date(process.stopped)
            ior = f"IOR:{f'{name} {pid}'.encode().hex()}"
        return DbDevFullInfo(
            name=name,
            class_name=device.class_,
            ds_full_name=server_of(device),
            host=device.host or self.tango_host.partition(":")[0],
            exported=True,
            pid=pid,
            ior=ior,
            # The version of its IDL; 5 is that of Tango 9.
            version=device.version or "5",
            started_date=since,
            stopped_date=stopped,
        )


def _date(since: float) -> str:
    # pytango-db dates a device so; DataBaseds has words here, too.
    return time.strftime("%d-%m-%Y at %H:%M:%S", time.gmtime(since))


def _fixed(defined: Defined, attribute: str) -> Lines:
    """Return the properties of an attribute that the fixture has; none of an unknown one."""
    attributes = defined.of.attributes_of(defined.device)
    found = (each for name, each in attributes.items() if lower(name) == lower(attribute))
    return next((each.properties for each in found), {})


# rc3, "GET D": "answers for a defined device that is not running too".
def _stopped(defined: Defined) -> DbDevFullInfo:
    name, device, _ = defined
    return DbDevFullInfo(
        name=name,
        class_name=device.class_,
        ds_full_name=server_of(device),
        host=device.host or _NOTHING,
        exported=False,
        pid=device.pid or 0,
        ior=device.ior or _NOTHING,
        # pytango-db: "0" until the device is exported for the first time.
        version=device.version or "0",
        started_date=device.started_date or _NEVER,
        stopped_date=device.stopped_date or _NEVER,
    )


def _in_order(text: str, pieces: Sequence[str], first: str, last: str) -> bool:
    """Find the pieces one after the other between the first and the last.

    Unlike a regular expression, this needs neither long nor memory for a wildcard of a hundred
    thousand *.
    """
    position, end = len(first), len(text) - len(last)
    for piece in pieces:
        position = text.find(piece, position, end) + len(piece)
        if position < len(piece):
            return False
    return True


def _count_servers(devices: Iterable[Device]) -> int:
    return len({lower(server_of(device)) for device in devices})


def _of_classes(classes: Iterable[DeviceClass]) -> Iterator[Lines]:
    return (each.properties for owner in classes for each in owner.attributes.values())


def _defined(what: str, owners: Iterable[Lines]) -> str:
    """Count a property once for each of its lines, as Tango does; here nothing has a history."""
    lines = sum(max(len(value), 1) for properties in owners for value in properties.values())
    return f"{what} defined = {lines} [History lgth = 0]"


_: type[Database] = FakeDatabase
