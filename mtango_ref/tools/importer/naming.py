"""Names for the classes and devices that a file does not name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import PurePath
from typing import NoReturn

from mtango_ref.fixture import names
from mtango_ref.messages import shown
from mtango_ref.names import is_askable, lower
from mtango_ref.tools.importer.description import Authority, Description, Remark, Words

NAMELESS = ""
"""The name of a class or a device that its file does not name."""

_NOT_IN_NAMES = re.compile(r"""[^!-~]|[/:#"'`\\]""")
_MAX_STEM = 60
_UNKNOWN = "Unnamed"


def with_names(descriptions: Sequence[Description]) -> list[Remark]:
    """Name what files do not name, and report it.

    A class that a SimDD describes is that of the one class that the other files describe, or of
    the one that the file is named after; else, and in an export of fandango's, it is named after
    the file. A device is the first of its class: test/CLASS/1.
    """
    remarks = list(_classes_named(descriptions))
    return remarks + list(_devices_named(descriptions))


def free_device_name(class_name: str, taken: set[str]) -> str:
    """Make up a name of a device of a class that is not among those taken, in lower case."""
    # Tango's database has 255 characters for the name of a device.
    free = (f"test/{class_name[:200]}/{number}" for number in count(1))
    return next(name for name in free if lower(name) not in taken)


def is_name(text: str) -> bool:
    """Return True where a class, and a part of a device's name, can be called that."""
    return _fits(names.name, text)


def is_device_name(text: str) -> bool:
    """Return True where a device can be called that."""
    return _fits(names.device_name, text)


def named(data: Words, key: str, check: names.NameCheck, description: Description) -> str:
    """Give the name that a file has for a class or a device.

    Args:
        data: what the file says.
        key: of the name.
        check: the rule that it keeps.
        description: takes the loss if it cannot be a name.

    Returns:
        The name, or NAMELESS.
    """
    name = data.get(key, NAMELESS)
    if name == NAMELESS:
        return NAMELESS
    try:
        return _safe(check(name)) if isinstance(name, str) else _refuse()
    except ValueError as error:
        description.lose(key, f"{shown(name)} is not a valid name; expected {error}")
        return NAMELESS


def _safe(name: str) -> str:
    """Give the name back. Raises ValueError for one that no database is asked for."""
    if not is_askable(name):
        raise ValueError("no quote, backslash or control character")
    return name


def _refuse() -> NoReturn:
    raise ValueError("text")


def _fits(check: names.NameCheck, text: str) -> bool:
    try:
        return is_askable(check(text))
    except ValueError:
        return False


def _classes_named(descriptions: Sequence[Description]) -> Iterator[Remark]:
    named = list(dict.fromkeys(name for each in descriptions for name in each.classes if name))
    for each in descriptions:
        if NAMELESS not in each.classes:
            continue
        stem = _stem(each.file)
        name = next((name for name in named if lower(name) == lower(stem)), "")
        if not name and len(named) == 1 and each.authority is not Authority.DEVICE:
            [name] = named
        name = name or stem or _UNKNOWN
        while name in each.classes:
            name += "_"
        each.classes[name] = each.classes.pop(NAMELESS)
        each.defaults[name] = each.defaults.pop(NAMELESS, {})
        for device in each.devices.values():
            device["class"] = device["class"] or name
        each.losses = [
            loss._replace(place=loss.place.replace("its class", f"class {name}", 1))
            for loss in each.losses
        ]
        yield Remark(each.file, 0, "", f"names no class; taken to describe {name}")


def _stem(file: str) -> str:
    """Find the name in a file's: Weather_SimDD_2.json is named after Weather."""
    if file == "standard input":
        return ""
    stem = PurePath(file.replace("\\", "/")).name.partition(".")[0]
    return _NOT_IN_NAMES.sub("_", re.split(r"[_-]?simdd", stem, flags=re.I)[0])[:_MAX_STEM]


def _devices_named(descriptions: Sequence[Description]) -> Iterator[Remark]:
    taken = {lower(name) for each in descriptions for name in each.devices}
    for each in descriptions:
        if NAMELESS in each.devices:
            device = each.devices.pop(NAMELESS)
            name = free_device_name(device["class"], taken)
            taken.add(lower(name))
            each.devices[name] = device
            each.losses = [
                loss._replace(place=loss.place.replace("its device", f"device {name}", 1))
                for loss in each.losses
            ]
            yield Remark(each.file, 0, "", f"names no device; added {name}")
