"""Tango's names: which may be put to a facility's database, and what is answered for the others.

DataBaseds 9.3.4, which facilities run, puts names into SQL as they come. So a name is put to a
database only if no conversion on its way can make it end a string of SQL.
"""

from __future__ import annotations

import re
import unicodedata

from mtango_ref.model import DevError, DevFailed, ErrSeverity

_ASCII = re.compile("[\"'`\\\\]")

_UNSAFE = re.compile(
    "["
    "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"  # control characters, and ends of a line
    "\\ud800-\\udfff"  # lone surrogates
    "\"'`\\\\"
    # Quotation marks (Unicode's property Quotation_Mark), accents and primes.
    "\\xab\\xb4\\xbb\\u0149\\u02b9-\\u02bd\\u02c8\\u02ca\\u02cb\\u02ee\\u02f4"
    "\\u0300\\u0301\\u030d\\u030e\\u0374\\u0384\\u055a\\u055d\\u05f3\\u05f4\\u07f4\\u07f5"
    "\\u1fbd\\u1fbf\\u1fef\\u1ffd\\u1ffe\\u2018-\\u201f\\u2032-\\u2037\\u2039\\u203a\\u2057"
    "\\u275b-\\u2760\\u276e\\u276f\\u2e42\\u300c-\\u300f\\u301d-\\u301f\\ua78b\\ua78c"
    "\\ufe41-\\ufe44\\uff02\\uff07\\uff40\\uff62\\uff63\\U0001f676-\\U0001f67d"
    "\\u02ce\\u02cf\\u02dd\\u02f5\\u02f6\\u27c8\\u29b8\\u29f7"
    # Backslashes. Shift JIS and KS X 1003 have the yen and the won in their place.
    "\\xa5\\u20a9\\u20e5\\u2216\\u27cd\\u29f5\\u29f9\\ufe68\\uff3c\\uffe5\\uffe6"
    "]"
)


def is_askable(name: str) -> bool:
    """Allow a name, or a wildcard, to be put to the database: no quote, backslash or control
    character, none that looks like one, and no lone surrogate."""
    if name.isascii():
        return _UNSAFE.search(name) is None
    # What a conversion to compatible characters would make of it counts, too.
    plain = unicodedata.normalize("NFKD", name)
    if _UNSAFE.search(name) or _ASCII.search(plain):
        return False
    return all(unicodedata.category(each) not in ("Pi", "Pf") for each in name)


def has_proxy(device: str) -> bool:
    """Allow a device's name to be made a proxy of."""
    # PyTango: #dbase=no makes a proxy that asks no database, #dbase=yes is cut off.
    return is_askable(device) and "#" not in device


def lower(name: str) -> str:
    """Lower the case as Tango does, which compares bytes: of ASCII's letters only."""
    return name.lower() if name.isascii() else _each_ascii_lower(name)


def upper(name: str) -> str:
    """Raise the case of ASCII's letters: Tango takes the result for the same name."""
    return "".join(each.upper() if each.isascii() else each for each in name)


def _each_ascii_lower(name: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in name)


_COMMAND_INOUT = (
    "virtual Tango::DeviceData "
    "Tango::Connection::command_inout(const string&, const Tango::DeviceData&)"
)
_COMMAND_INOUT_ANY = (
    "virtual CORBA::Any_var Tango::Connection::command_inout(const string&, const CORBA::Any&)"
)
_CONSTRUCTOR = "void Tango::DeviceProxy::real_constructor(const string&, bool)"


def no_such_device(database: str, device: str) -> DevFailed:
    """Build the stack of a proxy of a device that the database (its name) does not know."""
    device = lower(device)
    return DevFailed(
        _not_defined(device, "ImportDevice"),
        command_failed(database, "DbImportDevice"),
        _error("API_DeviceNotDefined", f"Can't connect to device {device}", _CONSTRUCTOR),
    )


def no_device_info(database: str, device: str) -> DevFailed:
    """Build the stack of DbGetDeviceInfo of a device that the database does not know."""
    return DevFailed(
        _not_defined(device, "GetDeviceInfo"),
        command_failed(database, "DbGetDeviceInfo", _COMMAND_INOUT_ANY),
    )


def command_failed(device: str, command: str, origin: str = _COMMAND_INOUT) -> DevError:
    """Build the outer level of a command that failed; the command's name as asked."""
    desc = f"Failed to execute command_inout on device {lower(device)}, command {command}"
    return _error("API_CommandFailed", desc, origin)


def no_proxy(device: str) -> DevFailed:
    """Build the failure of a device whose name PyTango would read as more than a name."""
    desc = (
        "Tango's clients read # in a device's name as a modifier (#dbase=no): "
        f"nothing but its entry in the database can be had of {lower(device)}"
    )
    return DevFailed(_error("API_WrongDeviceNameSyntax", desc, __name__))


def _not_defined(device: str, function: str) -> DevError:
    desc = f"device {device} not defined in the database !"
    return _error("DB_DeviceNotDefined", desc, f"DataBase::{function}()")


def _error(reason: str, desc: str, origin: str) -> DevError:
    return DevError(reason, desc, ErrSeverity.ERR, origin)
