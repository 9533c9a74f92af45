"""Properties that clients have written into the fake's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import TypeVar

from mtango_ref.properties import Properties, find, spelled

Lines = Mapping[str, Sequence[str]]


class WrittenProperties:
    """The properties of devices and attributes of which one was written or deleted: all of them, in
    the place of those that the fixture has. Owners are named in lower case."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[tuple[str, str | None], Lines] = {}
        self._configured: dict[tuple[str, str], frozenset[str]] = {}

    def get(self, device: str, attribute: str | None, first: Lines) -> Lines:
        """Return the properties of a device, or of its attribute. first: what the fixture has."""
        return self._of.get((device, attribute), first)

    def change(
        self, device: str, attribute: str | None, first: Lines, written: Properties, only: bool
    ) -> None:
        """Write properties; one without lines is deleted. only: so are all others."""
        with self._lock:
            before = self.get(device, attribute, first)
            kept = {} if only else before
            # A property keeps its spelling: Tango compares names without regard to case.
            after = {**kept, **spelled(written, before)}
            # DataBaseds: a property is its lines, and one without any is none.
            self._of[device, attribute] = {
                name: tuple(lines) for name, lines in after.items() if lines or name not in written
            }

    def delete(
        self, device: str, attribute: str | None, first: Lines, names: Sequence[str]
    ) -> None:
        """Delete properties, those that there are."""
        with self._lock:
            before = self.get(device, attribute, first)
            # Tango: deleting what is not there is no error.
            gone = find(names, before)
            self._of[device, attribute] = {
                name: lines for name, lines in before.items() if name not in gone
            }

    def note_configured(self, device: str, attribute: str, paths: Iterable[str]) -> None:
        """Remember which elements of a configuration a client has set."""
        with self._lock:
            key = device, attribute
            self._configured[key] = self._configured.get(key, frozenset()) | {*paths}

    def configured(self, device: str) -> dict[str, frozenset[str]]:
        """List the elements that clients have set, by the attributes of a device."""
        # cppTango: a server writes them into the database, and reads them when it starts again.
        paths = self._configured.items()
        return {attribute: each for (owner, attribute), each in paths if owner == device}

    def attributes(self, device: str) -> Iterator[str]:
        """List the attributes of a device of which a property was changed."""
        return (attribute for owner, attribute in [*self._of] if owner == device and attribute)

    def devices(self) -> set[str]:
        """List the devices of which a property was changed, or of their attributes."""
        return {device for device, _ in [*self._of]}

    def rename(self, old: str, new: str) -> None:
        """Give what a device has to a device of another name."""
        with self._lock:
            self._of = _renamed(self._of, old, new)
            self._configured = _renamed(self._configured, old, new)

    def forget(self, device: str, attribute: str | None = None) -> None:
        """Let a device, or one of its attributes, have again what the fixture says."""
        with self._lock:
            self._of = _without(self._of, device, attribute)
            self._configured = _without(self._configured, device, attribute)

    def clear(self) -> None:
        """Let all have again what the fixture says."""
        with self._lock:
            self._of, self._configured = {}, {}


P = TypeVar("P", str, str | None)
T = TypeVar("T")


def _renamed(owned: Mapping[tuple[str, P], T], old: str, new: str) -> dict[tuple[str, P], T]:
    return {
        (new if device == old else device, part): each for (device, part), each in owned.items()
    }


def _without(
    owned: Mapping[tuple[str, P], T], device: str, attribute: str | None
) -> dict[tuple[str, P], T]:
    """Leave what belongs to others. attribute: None for all that a device has."""
    return {
        (owner, part): each
        for (owner, part), each in owned.items()
        if owner != device or attribute not in (None, part)
    }
