"""Several descriptions -> one: what each says of a class or a device, side by side, and whose
word it is where two say something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mtango_ref.messages import shown
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import (
    Authority,
    Description,
    Remark,
    Words,
)
from mtango_ref.tools.importer.simlib_metadata import number

Path = tuple[str, ...]
_NAMED = frozenset({"classes", "devices", "attributes", "commands", "pipes", "properties"})
"""The keys below which are names of the user's choice."""
_ORDER = (Authority.CODE, Authority.DATABASE, Authority.DEVICE)


class Merged:
    """The content of all files: `fixture`, where the attributes of devices still have every word;
    `conflicts`, and for each path of the fixture the file that it comes from."""

    def __init__(self, descriptions: Sequence[Description]) -> None:
        self.fixture: Words = {"facility": {}, "classes": {}, "devices": {}}
        self.conflicts: list[Remark] = []
        self._origins: dict[Path, str] = {}
        self._spellings: dict[Path, dict[str, str]] = {}
        self._describers: dict[Path, str] = {}
        for authority in _ORDER:
            for each in descriptions:
                if each.authority is authority:
                    self._file, self._authority = each.file, authority
                    self._merge(self.fixture["facility"], each.facility, ("facility",))
                    self._merge(self.fixture, {"classes": each.classes}, ())
        for each in descriptions:
            self._file, self._authority = each.file, Authority.CODE
            self._merge(self.fixture, {"devices": each.devices}, ())
        self.defaults: dict[str, Words] = {}
        for each in descriptions:
            for name, properties in each.defaults.items():
                self.defaults.setdefault(self.spelled(("classes",), name), {}).update(properties)

    def spelled(self, path: Path, name: str) -> str:
        """Return a name as it was first written below a path."""
        return self._spellings.get(path, {}).get(lower(name), name)

    def origin(self, path: Iterable[str]) -> str:
        """Return the file that gave what is at a path, or most of what is above it."""
        path = tuple(path)
        while path and path not in self._origins:
            path = path[:-1]
        return self._origins.get(path, "the fixture")

    def _merge(self, into: Words, words: Words, path: Path) -> None:
        for key, value in words.items():
            if key in _NAMED and isinstance(value, dict):
                self._merge_named(into.setdefault(key, {}), value, (*path, key))
            else:
                self._set(into, key, value, path)

    def _merge_named(self, into: Words, pieces: Words, path: Path) -> None:
        spellings = self._spellings.setdefault(path, {})
        for name, piece in pieces.items():
            spelled = spellings.setdefault(lower(name), name)
            if self._authority is Authority.DEVICE and self._is_described((*path, spelled)):
                continue
            self._origins.setdefault((*path, spelled), self._file)
            if isinstance(piece, dict):
                self._merge(into.setdefault(spelled, {}), piece, (*path, spelled))
            else:
                self._set(into, spelled, piece, path)

    def _is_described(self, piece: Path) -> bool:
        """Return True where another device has had this attribute or command of the class: what it
        left out is then as Tango has it, and not as this one has it."""
        is_piece = len(piece) == len(("classes", "Furnace", "attributes", "heat"))
        return is_piece and self._describers.setdefault(piece, self._file) != self._file

    def _set(self, into: Words, key: str, value: Any, path: Path) -> None:
        place = (*path, key)
        if key in into and not _same(into[key], value):
            if self._authority is Authority.DEVICE:
                return
            if self._authority is Authority.CODE:
                self._tell(place, into[key], value)
        into[key] = value
        self._origins[place] = self._file

    def _tell(self, path: Path, before: Any, after: Any) -> None:
        text = f"{path[-1]} {shown(after)}, not {shown(before)} as in {self.origin(path)}"
        self.conflicts.append(Remark(self._file, 0, called(path[:-1]), text))


_CALLED = {
    "classes": "class",
    "devices": "device",
    "attributes": "attribute",
    "commands": "command",
    "pipes": "pipe",
    "properties": "properties",
}


def called(path: Sequence[str]) -> str:
    """Say a path of the fixture in a sentence: class Weather, attribute rainfall."""
    pairs = zip(path[::2], (*path[1::2], ""), strict=False)
    return ", ".join(f"{_CALLED.get(kind, kind)} {name}".rstrip() for kind, name in pairs)


def _same(one: Any, other: Any) -> bool:
    """Compare values: 3 and 3.0 are the same, though Tango keeps limits as text."""
    return bool(one == other or number(one) == number(other))
