"""Properties in a Tango database: what may be written, and what is answered for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mtango_ref.json_values import PLAIN, WrongValue, elements
from mtango_ref.messages import cut
from mtango_ref.model import CmdArgType, DevError, DevFailed, ErrSeverity
from mtango_ref.names import is_askable, lower

Properties = Mapping[str, Sequence[str]]
"""Names and lines."""

MAX_NAME = 255
"""Characters of a name; DataBaseds' tables cut what is longer."""

MAX_LINES = 999_999
"""Lines of a property; DataBaseds reads no more digits of their number."""


def refused(
    owner: str, name: str, why: str, act: str = "written", what: str = "Property"
) -> DevFailed:
    """Word why a property cannot be written, or deleted. owner: device, or device/attribute."""
    desc = f"{what} {cut(name)!r} of {owner} cannot be {act}: {why}"
    return DevFailed(DevError("DB_IncorrectArguments", desc, ErrSeverity.ERR, __name__))


def check_written(owner: str, properties: Properties) -> None:
    """Refuse names and lines that a database does not keep as they are. DevFailed."""
    first: dict[str, str] = {}
    for name, lines in properties.items():
        check_name(owner, name)
        # Tango names compare without regard to case.
        if first.setdefault(lower(name), name) != name:
            raise refused(owner, name, f"it is given as {cut(first[lower(name)])!r}, too")
        if len(lines) > MAX_LINES:
            raise refused(owner, name, f"a property has at most {MAX_LINES} lines")
        try:
            elements(PLAIN[CmdArgType.DevString], [*lines])
        except WrongValue as error:
            raise refused(owner, name, str(error)) from None


def check_change(owner: str, properties: Properties, deleted: Iterable[str]) -> None:
    """Refuse what no database keeps as it is, and names that cannot be deleted. DevFailed."""
    check_written(owner, properties)
    for name in deleted:
        check_name(owner, name, "deleted")


def check_attribute(device: str, attribute: str) -> None:
    """Refuse the name of an attribute that a database cannot be asked for. DevFailed."""
    check_name(device, attribute, what="Properties of attribute")


def check_name(owner: str, name: str, act: str = "written", what: str = "Property") -> None:
    """Refuse the name of a property that a database cannot be asked for. DevFailed."""
    why = _why_not(name)
    if why is not None:
        raise refused(owner, name, why, act, what)


def _why_not(name: str) -> str | None:
    if not name:
        return "a name has at least one character"
    if not is_askable(name):
        return "the name has a quote, a backslash, a control character, or what looks like one"
    # DbGetDeviceProperty and DbDeleteDeviceProperty take it for any text.
    if "*" in name:
        return "in a name, * stands for any text"
    return f"a name has at most {MAX_NAME} characters" if len(name) > MAX_NAME else None


def spelled(properties: Properties, known: Iterable[str]) -> dict[str, Sequence[str]]:
    """Give properties the spelling that their names have already, if they have one."""
    defined = {lower(name): name for name in known}
    return {defined.get(lower(name), name): lines for name, lines in properties.items()}


def find(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """List the known names, as defined, that are among `names`."""
    wanted = {lower(name) for name in names}
    return [name for name in known if lower(name) in wanted]
