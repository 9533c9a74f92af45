"""The devices of what was merged: what each has otherwise than its class, and one for each class
that has none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from mtango_ref.backends.fake import names
from mtango_ref.backends.fake.implied import DATABASE_CLASS
from mtango_ref.backends.fake.language import (
    BUILT_IN_ATTRIBUTES,
    AttributeOverride,
    CommandOverride,
)
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.backends.importer.converting import as_attribute, as_state
from mtango_ref.backends.importer.description import BUILT_IN, Remark, Words, filled, listed
from mtango_ref.backends.importer.merging import Merged
from mtango_ref.backends.importer.wording import defaults, said

_OVERRIDES: dict[str, type[Model]] = {"attributes": AttributeOverride, "commands": CommandOverride}
_OWN = {"value", "quality", "polling_period", "properties"}
"""What a device may have of its own without differing from its class's configuration."""


class Settled:
    """The fixture as it will be, `losses`, and `notes` on what nobody said."""

    def __init__(self, merged: Merged) -> None:
        self.losses: list[Remark] = []
        self.notes: list[Remark] = []
        self._merged = merged
        self._unknown: dict[tuple[str, str, str], dict[str, set[str]]] = {}
        self._built_in: dict[str, dict[str, Words]] = {}
        self._lower: dict[str, dict[str, dict[str, str]]] = {}
        fixture = merged.fixture
        self.classes: dict[str, Words] = fixture["classes"]
        self.devices: dict[str, Words] = fixture["devices"]
        self._settle_classes()
        self._add_missing()
        for name, device in self.devices.items():
            self._settle_device(name, device)
        self._lose_unknown()
        self.fixture = filled({**fixture, "facility": self._facility(fixture["facility"])})

    def _lose_unknown(self) -> None:
        for (file, class_name, part), pieces in self._unknown.items():
            devices = set().union(*pieces.values())
            number = "1 device has" if len(devices) == 1 else f"{len(devices)} devices have"
            what = f"which {number}, are in no description of the class; its .xmi would tell"
            place = f"class {class_name}, {part} {listed([*pieces])}"
            self.losses.append(Remark(file, 0, place, what))

    def _facility(self, facility: Words) -> Words:
        databases = [name for name, each in self.devices.items() if each["class"] == DATABASE_CLASS]
        return {**facility, **({"database": databases[0]} if databases else {})}

    def _settle_classes(self) -> None:
        for name, words in self.classes.items():
            # What every device has is not the class's; how it is polled is its devices'.
            self._built_in[name] = {
                part: {
                    each: {"polling_period": piece["polling_period"]}
                    for each, piece in words.get(part, {}).items()
                    if each.lower() in BUILT_IN and "polling_period" in piece
                }
                for part in _OVERRIDES
            }
            for part in _OVERRIDES:
                pieces = words.get(part, {})
                for each in [each for each in pieces if each.lower() in BUILT_IN]:
                    del pieces[each]
            attributes = words.get("attributes", {})
            self._lose_untyped(name, attributes)
            for each, piece in attributes.items():
                attributes[each] = said("attributes", each, as_attribute(piece))
            for each, piece in words.get("commands", {}).items():
                words["commands"][each] = said("commands", each, piece)
            self._lower[name] = {
                part: {each.lower(): each for each in words.get(part, {})} for part in _OVERRIDES
            }
            self.classes[name] = filled(words)

    def _lose_untyped(self, name: str, attributes: dict[str, Words]) -> None:
        untyped: dict[str, list[str]] = {}
        for each in [key for key, piece in attributes.items() if "data_type" not in piece]:
            file = self._merged.origin(("classes", name, "attributes", each))
            untyped.setdefault(file, []).append(each)
            del attributes[each]
        for file, pieces in untyped.items():
            what = "no file tells their data type; the .xmi of the class would"
            self.losses.append(Remark(file, 0, f"class {name}, attributes {listed(pieces)}", what))

    def _add_missing(self) -> None:
        """A class for every device, a device for every class."""
        for name, device in self.devices.items():
            class_name = device["class"] = self._merged.spelled(("classes",), device["class"])
            if class_name not in self.classes:
                self.classes[class_name] = {}
                if class_name not in (DATABASE_CLASS, "DServer"):
                    file = self._merged.origin(("devices", name))
                    what = "no file describes it: its devices have State, Status and Init only"
                    self.notes.append(Remark(file, 0, f"class {class_name}", what))
        used = {device["class"] for device in self.devices.values()}
        for class_name in [name for name in self.classes if name not in used]:
            # The checker refuses the others, and a device would be refused with its class.
            if is_name(class_name):
                self._add_device(class_name)

    def _add_device(self, class_name: str) -> None:
        taken = {name.lower() for name in self.devices}
        free = (f"test/{class_name}/{number}" for number in count(1))
        name = next(name for name in free if name.lower() not in taken)
        properties = self._merged.defaults.get(class_name, {})
        self.devices[name] = filled({"class": class_name, "properties": properties})
        file = self._merged.origin(("classes", class_name))
        what = "no file has a device of it; made one up"
        self.notes.append(Remark(file, 0, f"class {class_name}", f"{what}: {name}"))

    def _settle_device(self, name: str, device: Words) -> None:
        for part in _OVERRIDES:
            built_in = self._built_in.get(device["class"], {}).get(part, {})
            own = device.get(part, {})
            known = {each.lower() for each in own}
            extra = {each: words for each, words in built_in.items() if each.lower() not in known}
            pieces = {**extra, **own}
            device[part] = dict(self._overrides(name, device, part, pieces))
        if "state" in device:
            device["state"] = as_state(device["state"])
        self.devices[name] = filled(device)

    def _overrides(
        self, name: str, device: Words, part: str, pieces: dict[str, Words]
    ) -> Iterator[tuple[str, Words]]:
        class_name = device["class"]
        of_class = self.classes[class_name].get(part, {})
        for each, words in pieces.items():
            spelled = self._lower.get(class_name, {}).get(part, {}).get(each.lower())
            if each.lower() not in BUILT_IN and spelled is None:
                file = self._merged.origin(("devices", name, part, each))
                found = self._unknown.setdefault((file, class_name, part), {})
                found.setdefault(each.lower(), set()).add(name)
                continue
            base = of_class.get(spelled, {}) if spelled else _built_in_words(each)
            override = self._different(name, part, spelled or each, words, base)
            if override:
                yield spelled or each, override

    def _different(self, name: str, part: str, piece: str, words: Words, base: Words) -> Words:
        """What a device has otherwise than its class, and may have."""
        words = as_attribute({**base, **words}, words) if part == "attributes" else words
        base = {**defaults(part, piece, {**base, **words}), **base}
        own = {key: value for key, value in words.items() if key in _OWN or value != base.get(key)}
        if base.get("simulation") and "value" in own:
            del own["value"]
            self._lose(name, part, piece, "value; a simulation takes its place")
        fixed = [key for key in own if key not in _OVERRIDES[part].model_fields]
        if fixed:
            what = f"{listed(fixed)}; expected no other than its class has"
            self._lose(name, part, piece, what)
        return {key: value for key, value in own.items() if key not in fixed}

    def _lose(self, name: str, part: str, piece: str, what: str) -> None:
        file = self._merged.origin(("devices", name, part, piece))
        self.losses.append(Remark(file, 0, f"device {name}, {part[:-1]} {piece}", what))


def is_name(text: str) -> bool:
    """Whether a class, and a part of a device's name, can be called that."""
    try:
        return bool(names.name(text))
    except ValueError:
        return False


def _built_in_words(name: str) -> Words:
    attribute: Any = {each.lower(): each for each in BUILT_IN_ATTRIBUTES}.get(name.lower())
    if attribute is None:
        return {}
    return {"data_type": BUILT_IN_ATTRIBUTES[attribute].data_type.value}
