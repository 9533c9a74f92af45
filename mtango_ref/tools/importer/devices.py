"""The devices of what was merged: what each has that differs from its class, and one for each class
that has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mtango_ref.fixture.completing import DATABASE_CLASS, SERVER_CLASS
from mtango_ref.fixture.language import (
    BUILT_IN_ATTRIBUTES,
    AttributeOverride,
    CommandOverride,
)
from mtango_ref.fixture.quantities import Model
from mtango_ref.messages import listed
from mtango_ref.names import lower
from mtango_ref.tools.importer.classes import PARTS, Classes
from mtango_ref.tools.importer.converting import as_attribute, as_state
from mtango_ref.tools.importer.description import BUILT_IN, Remark, Words, filled
from mtango_ref.tools.importer.merging import Merged
from mtango_ref.tools.importer.naming import free_device_name, is_device_name, is_name
from mtango_ref.tools.importer.simlib_metadata import defaults

_OVERRIDES: dict[str, type[Model]] = {"attributes": AttributeOverride, "commands": CommandOverride}
_OWN = {"value", "quality", "polling_period", "properties"}
"""The keys that a device may have of its own without differing from its class's configuration."""


class Settled:
    """The fixture as it will be, `losses`, and `notes` on what nobody said."""

    def __init__(self, merged: Merged) -> None:
        self.losses: list[Remark] = []
        self.notes: list[Remark] = []
        self._merged = merged
        self._classes = Classes(merged)
        self.notes += self._classes.notes
        self._unknown: dict[tuple[str, str, str], dict[str, set[str]]] = {}
        self._devices: dict[str, Words] = merged.fixture["devices"]
        self._add_classes()
        self._add_devices()
        facility = merged.fixture["facility"] | self._database()
        devices = {name: self._final(name, each) for name, each in self._devices.items()}
        self._lose_unknown()
        self.losses[:0] = self._classes.losses
        self.fixture = filled(
            {"facility": facility, "classes": self._classes.words, "devices": devices}
        )

    def _database(self) -> Words:
        names = [name for name, each in self._devices.items() if each["class"] == DATABASE_CLASS]
        return {"database": names[0]} if names else {}

    def _add_classes(self) -> None:
        for name, device in self._devices.items():
            class_name = device["class"] = self._merged.spelled(("classes",), device["class"])
            if class_name in self._classes.words:
                continue
            self._classes.add(class_name)
            if class_name not in (DATABASE_CLASS, SERVER_CLASS):
                file = self._merged.origin(("devices", name))
                what = "no file describes it; its devices have only State, Status and Init"
                self.notes.append(Remark(file, 0, f"class {class_name}", what))

    def _add_devices(self) -> None:
        used = {each["class"] for name, each in self._devices.items() if is_device_name(name)}
        for class_name in self._classes.words:
            # The checker refuses the others, and a device would be refused with its class.
            if class_name not in used and is_name(class_name):
                self._add_device(class_name)

    def _add_device(self, class_name: str) -> None:
        name = free_device_name(class_name, {lower(name) for name in self._devices})
        properties = self._classes.defaults(class_name)
        self._devices[name] = {"class": class_name, "properties": properties}
        file = self._merged.origin(("classes", class_name))
        what = "no file has a device of it; added one"
        self.notes.append(Remark(file, 0, f"class {class_name}", f"{what}: {name}"))

    def _final(self, name: str, device: Words) -> Words:
        parts = {}
        for part in PARTS:
            own = device.get(part, {})
            known = {lower(each) for each in own}
            built_in = self._classes.built_in(device["class"], part)
            polled = {each: words for each, words in built_in.items() if lower(each) not in known}
            parts[part] = dict(self._overrides(name, device["class"], part, {**polled, **own}))
        state = {"state": as_state(device["state"])} if "state" in device else {}
        return filled({**device, **parts, **state})

    def _overrides(
        self, name: str, class_name: str, part: str, pieces: dict[str, Words]
    ) -> Iterator[tuple[str, Words]]:
        for each, words in pieces.items():
            found = self._classes.find(class_name, part, each)
            if found is None and lower(each) not in BUILT_IN:
                file = self._merged.origin(("devices", name, part, each))
                unknown = self._unknown.setdefault((file, class_name, part), {})
                unknown.setdefault(lower(each), set()).add(name)
                continue
            spelled, base = found or (each, _built_in_words(each))
            override = self._different(name, part, spelled, words, base)
            if override:
                yield spelled, override

    def _different(self, name: str, part: str, piece: str, words: Words, base: Words) -> Words:
        """Return what a device has other than its class, and may have."""
        words = as_attribute({**base, **words}, words) if part == "attributes" else words
        base = {**defaults(part, piece, {**base, **words}), **base}
        own = {key: value for key, value in words.items() if key in _OWN or value != base.get(key)}
        if base.get("simulation") and "value" in own:
            del own["value"]
            self._lose(name, part, piece, "value; a simulation replaces it")
        fixed = [key for key in own if key not in _OVERRIDES[part].model_fields]
        if fixed:
            what = f"{listed(fixed)}; expected only those of its class"
            self._lose(name, part, piece, what)
        return {key: value for key, value in own.items() if key not in fixed}

    def _lose_unknown(self) -> None:
        for (file, class_name, part), pieces in self._unknown.items():
            devices = set().union(*pieces.values())
            number = "1 device has" if len(devices) == 1 else f"{len(devices)} devices have"
            what = f"which {number}, are in no description of the class; add its .xmi"
            place = f"class {class_name}, {part} {listed([*pieces])}"
            self.losses.append(Remark(file, 0, place, what))

    def _lose(self, name: str, part: str, piece: str, what: str) -> None:
        file = self._merged.origin(("devices", name, part, piece))
        self.losses.append(Remark(file, 0, f"device {name}, {part[:-1]} {piece}", what))


def _built_in_words(name: str) -> Words:
    attribute: Any = {lower(each): each for each in BUILT_IN_ATTRIBUTES}.get(lower(name))
    if attribute is None:
        return {}
    return {"data_type": BUILT_IN_ATTRIBUTES[attribute].data_type.value}
