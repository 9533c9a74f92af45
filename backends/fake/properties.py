"""Properties that clients have written into the fake's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock

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
            self._of = {
                (new if device == old else device, attribute): lines
                for (device, attribute), lines in self._of.items()
            }
            self._configured = {
                (new if device == old else device, attribute): paths
                for (device, attribute), paths in self._configured.items()
            }

    def forget(self, device: str, attribute: str | None = None) -> None:
        """Let a device, or one of its attributes, have again what the fixture says."""
        with self._lock:
            self._of = {
                (owner, part): lines
                for (owner, part), lines in self._of.items()
                if owner != device or (attribute is not None and part != attribute)
            }
            self._configured = {
                (owner, part): paths
                for (owner, part), paths in self._configured.items()
                if owner != device or (attribute is not None and part != attribute)
            }

    def clear(self) -> None:
        """Let all have again what the fixture says."""
        with self._lock:
            self._of, self._configured = {}, {}
