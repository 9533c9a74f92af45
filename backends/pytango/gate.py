"""The one door to the facility's database: no name goes there that is not askable.

Every proxy of PyTango's and every command of the database is made here, and nowhere else
(tests/project/test_gate.py). Names are looked at; the values of commands that write are not:
they may hold anything, and such a command takes them beside its names.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import tango

from mtango_ref.model import DevError, DevFailed, ErrSeverity
from mtango_ref.names import has_proxy, is_askable, lower, no_proxy

USUAL_NAME = "sys/database/2"
"""The usual name of the database's own device."""


class NotAskedError(DevFailed):
    """A name is not put to the database: nothing is defined under it."""

    def __init__(self, name: str) -> None:
        desc = f"{name} not defined in the database !"
        super().__init__(DevError("DB_DeviceNotDefined", desc, ErrSeverity.ERR, __name__))


class Value(str):
    """A text that is written: it may hold anything, since the database escapes it."""

    __slots__ = ()


def database(tango_host: str, timeout: float) -> tango.Database:
    """Connect to the database at host:port; its calls take at most timeout s."""
    address = _address(tango_host)
    # To make a tango.Database holds the GIL until the database answers, up to 92 s. So see
    # first that it does, by what does not hold it.
    try:
        tango.DeviceProxy(f"tango://{address}/{USUAL_NAME}")
    except tango.DevFailed as error:
        if error.args[0].reason != "DB_DeviceNotDefined":
            raise
    return _connected(address, timeout)


def device_proxy(device: str, tango_host: str) -> tango.DeviceProxy:
    """Make a proxy of domain/family/member in the facility of tango_host (host:port).
    NotAskedError; DevFailed for a name that PyTango would read as more than a name."""
    _check(device)
    # cppTango takes what follows a # in a name for a modifier, such as dbase=no.
    if not has_proxy(device):
        raise no_proxy(device)
    return tango.DeviceProxy(f"tango://{_address(tango_host)}/{device}")


def _address(tango_host: str) -> str:
    """Return host:port with a dot in the host, as it is found now."""
    host, _, port = tango_host.rpartition(":")
    # cppTango: of a host without a dot each new proxy looks for the full name, by the addresses
    # of all network interfaces; where no name server answers, that takes 5 s.
    if "." not in host:
        with suppress(OSError):  # Tango shall say that nobody knows it
            host = socket.gethostbyname(host)
    return f"{host}:{port}"


def ask(proxy: tango.Database, command: str, *names: str) -> object:
    """Run a command of the database, whose argument is a name, several, or nothing; among them
    may be a Value. NotAskedError."""
    for name in names:
        if type(name) is not Value:
            _check(name)
    # PyTango encodes a DevString as Latin-1, but the name of a proxy, and of what is defined, as
    # UTF-8.
    encoded = [name.encode().decode("latin-1") for name in names]
    if not encoded:
        return proxy.command_inout(command)
    return proxy.command_inout(command, encoded if command in _OF_SEVERAL else encoded[0])


def database_once(tango_host: str, timeout: float) -> tango.Database:
    """Connect to the database at host:port anew, by a proxy that sends each command once; its calls
    take at most timeout s. The database has just answered another proxy."""
    proxy = _connected(_address(tango_host), timeout)
    # PyTango would send a command again where a connection breaks.
    proxy.set_transparency_reconnection(False)
    return proxy


def _connected(address: str, timeout: float) -> tango.Database:
    host, _, port = address.rpartition(":")
    proxy = tango.Database(host, int(port))
    proxy.set_timeout_millis(round(timeout * 1000))
    return proxy


def describe_tables(proxy: tango.Database) -> tuple[str, str, str]:
    """Ask MariaDB for charset and size (bytes) of a property's lines, and for the charset of the
    connection."""
    statement = (
        "SELECT character_set_name, character_octet_length, @@character_set_client"
        " FROM information_schema.columns WHERE table_schema = DATABASE()"
        " AND table_name = 'property_device' AND column_name = 'value'"
    )
    [(charset, octets, connection)] = _select(proxy, statement)
    return charset, octets, connection


def find_rows(
    proxy: tango.Database, table: str, names: Mapping[str, str], *, wild: bool
) -> list[tuple[str, ...]]:
    """Ask MariaDB for the rows of a table whose columns are like names. NotAskedError.

    wild: % and _ stand for any text, as they do where DataBaseds writes. Blanks at the end of a
    column count only then.
    """
    for name in names.values():
        _check(name)
    # DataBaseds refuses a statement with a semicolon. It is any character instead.
    conditions = (
        f'{column} LIKE "{name}"' if wild else f'RTRIM({column}) LIKE "{_WILD.sub(_ESCAPED, name)}"'
        for column, name in names.items()
    )
    where = " AND ".join(conditions).replace(";", "_")
    # The names are checked, and tables and columns are of this program.
    statement = f"SELECT DISTINCT {', '.join(names)} FROM {table} WHERE {where}"  # nosec B608  # noqa: S608 - see above
    return _select(proxy, statement)


_WILD = re.compile("[%_]")
_ESCAPED = r"\\\g<0>"


def _select(proxy: tango.Database, statement: str) -> list[tuple[str, ...]]:
    answer: Any = proxy.command_inout("DbMySqlSelect", statement.encode().decode("latin-1"))
    # Whether each field is one and no NULL; the number of rows, and that of columns.
    (*_, columns), fields = answer
    return [*zip(*[iter(fields)] * int(columns), strict=True)]


def check_command(device: tango.DeviceProxy, command: str, argument: object) -> None:
    """Refuse a command that is sent to a database's own device with a text that is not askable.
    NotAskedError."""
    # DataBaseds: each of its commands that takes a name is called Db..
    if not lower(command).startswith("db"):
        return
    forged = [each for each in _texts(argument) if not is_askable(each)]
    # The class of any other device may have commands that are called so.
    if forged and device.info().dev_class == _DATABASE_CLASS:
        raise NotAskedError(forged[0])


def _texts(argument: object) -> Iterator[str]:
    if isinstance(argument, str):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for each in argument:
            yield from _texts(each)


_DATABASE_CLASS = "DataBase"

_OF_SEVERAL = frozenset(
    {
        "DbGetDevicePropertyList",
        "DbGetDeviceProperty",
        "DbGetDeviceAttributeProperty2",
        "DbGetClassProperty",
        "DbPutDeviceProperty",
        "DbPutDeviceAttributeProperty2",
        "DbDeleteDeviceProperty",
        "DbDeleteDeviceAttributeProperty",
    }
)
"""Commands whose argument is a DevVarStringArray; that of the others is a DevString."""


def _check(name: str) -> None:
    if not is_askable(name):
        raise NotAskedError(name)
