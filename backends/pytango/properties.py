"""Properties in the facility's database, by its commands: read, written, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import tango

from mtango_ref.backends.pytango import gate
from mtango_ref.backends.pytango.gate import Value
from mtango_ref.backends.pytango.tables import Tables, find_tables
from mtango_ref.backends.pytango.values import text
from mtango_ref.names import is_askable, lower
from mtango_ref.properties import (
    Properties,
    check_attribute,
    check_change,
    check_name,
    find,
    refused,
    spelled,
)

Spellings = Callable[[Any, Sequence[str]], dict[str, str]]
"""Lists the defined names of devices by their lower-case names."""


@dataclass(frozen=True)
class Owner:
    """A device, or one of its attributes."""

    device: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.device if self.attribute is None else f"{self.device}/{self.attribute}"

    @property
    def keys(self) -> dict[str, str]:
        """Return the columns of the database's table that say whose a property is."""
        device = {"device": self.device}
        return device if self.attribute is None else {**device, "attribute": self.attribute}

    def read(self, proxy: tango.Database) -> dict[str, list[str]]:
        """Read all properties, sorted by name."""
        if self.attribute is None:
            return device_properties(proxy, self.device)
        return attribute_properties(proxy, self.device, [self.attribute])[0]

    def put(self, proxy: tango.Database, properties: Properties) -> None:
        """Write properties; the database deletes first what their names match."""
        many = str(len(properties))
        items = chain.from_iterable(
            (name, str(len(lines)), *map(Value, lines)) for name, lines in properties.items()
        )
        if self.attribute is None:
            gate.ask(proxy, "DbPutDeviceProperty", self.device, many, *items)
        else:
            # Device, number of attributes, and for each: name, number of properties, these.
            attribute = (self.attribute, many, *items)
            gate.ask(proxy, "DbPutDeviceAttributeProperty2", self.device, "1", *attribute)

    def delete(self, proxy: tango.Database, names: Sequence[str]) -> None:
        """Delete properties."""
        if self.attribute is None:
            gate.ask(proxy, "DbDeleteDeviceProperty", self.device, *names)
        else:
            of = self.device, self.attribute
            gate.ask(proxy, "DbDeleteDeviceAttributeProperty", *of, *names)


@dataclass(frozen=True)
class Change:
    """A change of the properties of an owner."""

    owner: Owner
    written: Properties
    deleted: Sequence[str] = ()
    only: bool = False
    """True if properties that are not written are deleted."""

    def check(self) -> None:
        """Refuse what no database keeps as it is. DevFailed."""
        owner = str(self.owner)
        if self.owner.attribute is not None:
            check_attribute(self.owner.device, self.owner.attribute)
        check_change(owner, self.written, self.deleted)

    def plan(self, proxy: tango.Database) -> Plan:
        """Find what is to be written and deleted. DevFailed where the database would not do just
        that."""
        known = self.owner.read(proxy)
        written = spelled(self.written, known)
        put: Properties = {name: lines for name, lines in written.items() if lines}
        # A property without lines is none; and DbPut.. would leave no trace in the history.
        deleted = find([*self.deleted, *(written.keys() - put.keys())], known)
        if self.only:
            # rc3, "PUT D/properties": "not specified are deleted".
            deleted = [name for name in known if name not in put]
        for name in deleted:
            check_name(str(self.owner), name, "deleted")
        if (tables := find_tables(proxy)) is not None:
            put = self._fitted(proxy, tables, put, deleted)
        return Plan(self.owner, put, deleted)

    def _fitted(
        self, proxy: tango.Database, tables: Tables, put: Properties, deleted: Sequence[str]
    ) -> dict[str, Sequence[str]]:
        """Refuse what these tables do not keep, and where others would be deleted, too; order the
        rest so that none deletes another one."""
        owner = str(self.owner)
        for name, lines in put.items():
            if why := tables.misfit(name, lines):
                raise refused(owner, name, why)
        # DbPut.. deletes what a name is LIKE before it writes it: the widest one goes first.
        ordered = sorted(put, key=lambda name: (name.count("%"), name.count("_")), reverse=True)
        concerned = {lower(name) for name in (*ordered, *deleted)}
        for name in ordered:
            others = tables.matched(proxy, self.owner.keys, name, concerned, wild=True)
            before = ordered[: ordered.index(name)]
            if found := others or [each for each in before if tables.is_like(name, each)]:
                raise refused(owner, name, f"the database would delete {found[0]!r}, too")
        for name in deleted:
            if found := tables.matched(proxy, self.owner.keys, name, concerned, wild=False):
                why = f"the database would delete {found[0]!r}, too"
                raise refused(owner, name, why, "deleted")
        return {name: put[name] for name in ordered}


@dataclass(frozen=True)
class Plan:
    """The plan of a change: what is sent to the database for an owner's properties."""

    owner: Owner
    put: Properties
    deleted: Sequence[str]

    def send(self, connected: Callable[[], Any]) -> None:
        """Write and delete, each once. connected: makes a proxy that sends it once, or raises where
        that is too late."""
        if self.put:
            self.owner.put(connected(), self.put)
        if self.deleted:
            self.owner.delete(connected(), self.deleted)


def check_spelling(spellings: Spellings, proxy: tango.Database, device: str) -> None:
    """See that the database takes a device's name for no other one. NotAskedError."""
    # MariaDB, latin1_swedish_ci: ý is y, ä is Ä, and blanks at the end are none. Tango folds the
    # case of ASCII's letters: a device has one name, by which rules may go.
    is_plain = device.isascii() and not device.endswith(" ")
    if not is_plain and lower(device) not in spellings(proxy, [device]):
        raise gate.NotAskedError(device)


def device_properties(proxy: tango.Database, device: str) -> dict[str, list[str]]:
    """Read all properties of a device, sorted by name."""
    names = _command(proxy, "DbGetDevicePropertyList", device, "*")
    asked, found = _parted(names)
    # device, number of properties, and for each: name, number of values, the values.
    answer = iter(_command(proxy, "DbGetDeviceProperty", device, *asked)[2:] if asked else ())
    for name in answer:
        count = int(next(answer))
        if count:
            found[name] = _take(answer, count)
        else:
            # Not the device's: % and _ in its name stood for any text when the list was made.
            # There is no property without values, but a " " stands in their place.
            next(answer)
    return dict(sorted(found.items()))


def attribute_properties(
    proxy: tango.Database, device: str, attributes: Sequence[str]
) -> list[dict[str, list[str]]]:
    """Read all properties of attributes, in the order asked, sorted by name."""
    # device, number of attributes, and for each: its name and what _properties takes.
    command = "DbGetDeviceAttributeProperty2"
    answer = iter(_command(proxy, command, device, *attributes)[2:])
    return [_properties(answer) for _ in answer]


def class_properties(proxy: tango.Database, class_name: str) -> dict[str, list[str]]:
    """Read all properties of a class, sorted by name."""
    asked, found = _parted(_command(proxy, "DbGetClassPropertyList", class_name))
    # class, and what _properties takes.
    answer = iter(_command(proxy, "DbGetClassProperty", class_name, *asked)[1:])
    return dict(sorted({**found, **_properties(answer)}.items()))


def _command(proxy: tango.Database, command: str, *names: str) -> list[str]:
    answer: Any = gate.ask(proxy, command, *names)
    return [text(each) for each in answer]


def _parted(names: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Part the names of properties: those to ask for, and the others, which are empty."""
    # Other clients may have written properties of such names.
    asked = [name for name in names if is_askable(name)]
    return asked, {name: [] for name in names if not is_askable(name)}


def _properties(answer: Iterator[str]) -> dict[str, list[str]]:
    """Read the number of properties, and for each: name, number of values, the values."""
    count = int(next(answer))
    found = {next(answer): _take(answer, int(next(answer))) for _ in range(count)}
    return dict(sorted(found.items()))


def _take(items: Iterator[str], count: int) -> list[str]:
    return [next(items) for _ in range(count)]
